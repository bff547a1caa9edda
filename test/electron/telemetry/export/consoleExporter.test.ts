import { afterEach, describe, expect, it } from 'vitest';
import { createConsoleExporter } from '../../../../electron/telemetry/export/consoleExporter.ts';
import type { ConsoleExporterOptions } from '../../../../electron/telemetry/export/consoleExporter.ts';
import type { ExportContext, SignalExporter } from '../../../../electron/telemetry/export/exporter.ts';
import { textWidth } from '../../../../electron/telemetry/console/textWidth.ts';
import type { MetricSnapshot } from '../../../../shared/metric.ts';
import type { LogRecord } from '../../../../shared/span.ts';
import { consoleExporterSchema } from '../../../../shared/telemetrySettings.ts';
import type { Signal } from '../../../../shared/telemetrySettings.ts';
import { pipelineSpans, span } from '../pipelineSpans.ts';
import { countsOf, exportContext } from './exportContext.ts';
import { oddLog, oddMetric, oddRecords } from './otlpRecords.ts';

let exporter: SignalExporter;
let printed: string[];
afterEach(() => exporter.close(0));

function begin(
  context: Partial<ExportContext> = {},
  options: ConsoleExporterOptions = {},
  signals?: readonly Signal[],
): SignalExporter {
  printed = [];
  const print = (text: string): void => void printed.push(text);
  const settings = consoleExporterSchema.parse({ id: 'console', kind: 'console', signals });
  const whole = exportContext({ print, terminal: null, ...context });
  exporter = createConsoleExporter(settings, whole, { graceMs: 20, ...options });
  return exporter;
}
const until = async (isTrue: () => boolean): Promise<void> => {
  while (!isTrue()) await new Promise((resolve) => void setTimeout(resolve, 5));
};
const [ROOT, CHILD, OTHER] = ['1'.repeat(16), '2'.repeat(16), '3'.repeat(16)] as const;
const child = (part = {}) => span({ spanId: CHILD, parentSpanId: ROOT, name: 'item', ...part });
const root = (part = {}) => span({ spanId: ROOT, ...part });
const log: LogRecord = {
  timeMs: new Date(2026, 8, 21, 7, 5, 3, 42).getTime(),
  level: 'warn',
  message: 'slow answer',
  attributes: { 'error.type': 'timeout', tries: 3 },
  traceId: 'abcdef0123456789abcdef0123456789',
  spanId: ROOT,
};

describe('the console exporter', () => {
  it('prints a trace as a waterfall when its root has ended, its last children included', async () => {
    begin();
    exporter.spans([child()]);
    expect(countsOf(exporter.status())).toStrictEqual([1, 0, 0, 1]);
    exporter.spans([root()]);
    exporter.spans([child({ spanId: OTHER, name: 'late' })]);
    expect(printed).toStrictEqual([]);
    await until(() => printed.length > 0);
    expect(printed).toHaveLength(1);
    expect(printed[0]).toMatch(/^trace 0123456789abcdef0123456789abcdef · 3 spans/);
    expect(printed[0]).toContain('├─item');
    expect(printed[0]).toContain('└─late');
    expect(printed[0]).not.toMatch(/\n$/);
    expect(countsOf(exporter.status())).toStrictEqual([3, 3, 0, 0]);
    expect(exporter.status()).toMatchObject({ state: 'ok', target: 'console', kind: 'console' });
  });

  it('keeps traces apart, and waits for the root of each', async () => {
    begin();
    exporter.spans([child(), child({ traceId: 'b'.repeat(32) }), root({ traceId: 'b'.repeat(32) })]);
    await until(() => printed.length > 0);
    expect(printed).toHaveLength(1);
    expect(printed[0]).toContain('b'.repeat(32));
    expect(countsOf(exporter.status())).toStrictEqual([3, 2, 0, 1]);
    expect(await exporter.flush(100)).toBe(true);
    expect(printed).toHaveLength(2);
  });

  it('prints a trace without a root, when nothing more of it comes', async () => {
    begin({}, { quietMs: 30 });
    exporter.spans([child()]);
    await until(() => printed.length > 0);
    expect(printed[0]).toContain('item');
  });

  it('draws a large trace with a bounded number of rows', async () => {
    begin();
    exporter.spans(pipelineSpans(3000));
    await exporter.flush(0);
    expect(printed[0]!.split('\n').length).toBeLessThan(45);
  });

  it('holds a bounded number of spans of a trace, its root among them', async () => {
    begin({}, { maxSpans: 10 });
    const spans = Array.from({ length: 30 }, (_, index) =>
      child({ spanId: `${1000 + index}`.padStart(16, '0') }),
    );
    exporter.spans([...spans, root()]);
    await exporter.flush(0);
    expect(printed[0]).toContain('· 11 spans');
    expect(printed[0]).toMatch(/… 20 more spans were not kept$/);
    expect(countsOf(exporter.status())).toStrictEqual([31, 11, 20, 0]);
  });

  it('holds a bounded number of spans in all, and prints the oldest trace before it drops any', () => {
    begin({}, { maxWaiting: 10 });
    for (let index = 0; index < 25; index += 1)
      exporter.spans([
        child({ traceId: `${index % 5}`.repeat(32), spanId: `${1000 + index}`.padStart(16, '0') }),
      ]);
    const [taken, sent, dropped, queued] = countsOf(exporter.status());
    expect([taken, dropped]).toStrictEqual([25, 0]);
    expect(queued).toBeLessThanOrEqual(10);
    expect(sent).toBeGreaterThanOrEqual(15);
  });

  it('prints a log record as one line with level, facts and the beginning of its trace id', () => {
    begin();
    exporter.logs([log, { ...log, level: 'info', attributes: {}, traceId: null, spanId: null }]);
    expect(printed[0]!.split('\n')).toStrictEqual([
      '07:05:03.042 warn  slow answer error.type=timeout tries=3 #abcdef01',
      '07:05:03.042 info  slow answer',
    ]);
    expect(countsOf(exporter.status(), 'logs')).toStrictEqual([2, 2, 0, 0]);
  });

  it('prints metrics as a table', () => {
    begin();
    const histogram = {
      count: 4,
      sum: 0.01,
      min: 0.001,
      max: 0.004,
      boundaries: [0.002, 0.005],
      counts: [2, 2, 0],
    };
    const descriptor = { unit: '', description: '' };
    const snapshots: MetricSnapshot[] = [
      {
        ...descriptor,
        name: 'items',
        unit: '{item}',
        kind: 'counter',
        points: [{ attributes: { state: 'done', kind: 'x' }, value: 12_345 }],
      },
      { ...descriptor, name: 'size', unit: 'By', kind: 'gauge', points: [{ attributes: {}, value: 2048 }] },
      {
        ...descriptor,
        name: 'share',
        kind: 'gauge',
        points: [
          { attributes: {}, value: 0.123456 },
          { attributes: { of: 'none' }, value: NaN },
        ],
      },
      {
        ...descriptor,
        name: 'rate',
        unit: 'W',
        kind: 'upDownCounter',
        points: [{ attributes: {}, value: -3 }],
      },
      {
        ...descriptor,
        name: 'duration',
        unit: 's',
        kind: 'histogram',
        points: [
          { attributes: {}, value: histogram },
          { attributes: { of: 'none' }, value: { ...histogram, count: 0, sum: 0, min: null, max: null } },
        ],
      },
    ];
    exporter.metrics(snapshots, log.timeMs);
    expect(printed[0]!.split('\n')).toStrictEqual([
      'metrics · 07:05:03.042',
      'items{state=done, kind=x}  12,345',
      'size                       2.0 kB',
      'share                      0.1235',
      'share{of=none}             NaN',
      'rate                       -3 W',
      'duration                   n 4 · mean 2.50 ms · p50 2.00 ms · p95 3.80 ms · max 4.00 ms',
      'duration{of=none}          n 0',
    ]);
    expect(countsOf(exporter.status(), 'metrics')).toStrictEqual([7, 7, 0, 0]);
    expect(exporter.metricIntervalMs).toBe(60_000);
  });

  it('cuts a long table, and says so', () => {
    begin();
    const points = Array.from({ length: 100 }, (_, index) => ({ attributes: { index }, value: index }));
    exporter.metrics([{ name: 'n', unit: '', description: '', kind: 'counter', points }], 0);
    expect(printed[0]!.split('\n')).toHaveLength(62);
    expect(printed[0]).toMatch(/… 40 more series$/);
  });

  it('is coloured on a terminal alone, and never against NO_COLOR', async () => {
    const show = async (context: Partial<ExportContext>): Promise<string> => {
      begin(context);
      exporter.spans([root({ status: 'error' })]);
      exporter.logs([log]);
      exporter.metrics(oddRecords(1, 1, oddMetric), 5);
      await exporter.flush(0);
      expect(printed).toHaveLength(3);
      return printed.join('\n');
    };
    const terminal = { columns: 80 };
    expect(await show({ terminal: null })).not.toContain('\u001b');
    expect(await show({ terminal, env: { NO_COLOR: '1' } })).not.toContain('\u001b');
    expect(await show({ terminal, env: { TERM: 'dumb' } })).not.toContain('\u001b');
    const coloured = await show({ terminal, env: { NO_COLOR: '' } });
    for (const code of ['[31m', '[33mwarn', '[1mmetrics', '[2m']) expect(coloured).toContain(`\u001b${code}`);
  });

  it('fits the terminal, whatever is in it, and lets nothing through that a terminal would obey', async () => {
    for (const columns of [80, 120]) {
      begin({ terminal: { columns } });
      exporter.spans(pipelineSpans(300));
      await exporter.flush(0);
      for (const line of printed[0]!.replace(/\p{Cc}\[\d*m/gu, '').split('\n'))
        expect(textWidth(line)).toBeLessThanOrEqual(columns);
    }
    begin({ env: { COLUMNS: '90' } });
    exporter.spans([root({ name: 'evil \u001b[2J' })]);
    exporter.logs(oddRecords(50, 3, oddLog));
    exporter.logs([
      { ...log, message: 'two\nlines \u001b[2J', attributes: { 'k\u0007': 'v\r', long: 'x'.repeat(500) } },
    ]);
    exporter.metrics(oddRecords(20, 3, oddMetric), 5);
    await exporter.flush(0);
    for (const text of printed) expect(text).not.toMatch(/[^\P{Cc}\n]/u);
    expect(printed[0]!.split('\n')).toHaveLength(50);
    expect(printed[1]!.split('\n')).toHaveLength(1);
    expect(printed[1]!.length).toBeLessThan(250);
  });

  it('drops what cannot be printed, and says why', async () => {
    let isGone = true;
    begin({
      print: (text) => {
        if (isGone) throw new Error('EPIPE');
        printed.push(text);
      },
    });
    exporter.logs([log]);
    exporter.spans([root()]);
    await exporter.flush(0);
    expect(exporter.status()).toMatchObject({ state: 'failed' });
    expect(exporter.status().lastError!.message).toBe('It could not be printed: Error: EPIPE.');
    isGone = false;
    exporter.logs([log]);
    expect(exporter.status()).toMatchObject({ state: 'ok' });
    expect(countsOf(exporter.status(), 'logs')).toStrictEqual([2, 1, 1, 0]);
    expect(countsOf(exporter.status())).toStrictEqual([1, 0, 1, 0]);
  });

  it('prints what waits when it is closed, and nothing after', async () => {
    begin();
    exporter.spans([child()]);
    await exporter.close(0);
    expect(printed).toHaveLength(1);
    exporter.spans([root()]);
    exporter.logs([log]);
    await exporter.close(0);
    expect(printed).toHaveLength(1);
    expect(exporter.status().state).toBe('off');
  });

  it('leaves out the signals that are not wanted', async () => {
    begin({}, {}, ['logs']);
    exporter.spans([root()]);
    exporter.metrics(oddRecords(1, 1, oddMetric), 5);
    exporter.logs([]);
    await exporter.flush(0);
    expect(printed).toStrictEqual([]);
    expect(exporter.metricIntervalMs).toBeNull();
    expect(exporter.status().state).toBe('idle');
  });
});
