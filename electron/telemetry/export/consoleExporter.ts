/** Prints for people: each trace as a waterfall once its root has ended, log records as lines, metrics as a table. */
import { isatty } from 'node:tty';
import type { MetricSnapshot } from '../../../shared/metric.ts';
import type { LogRecord, SpanRecord } from '../../../shared/span.ts';
import type { ConsoleExporterSettings, Signal } from '../../../shared/telemetrySettings.ts';
import { textWaterfall } from '../console/textWaterfall.ts';
import { logLine, metricTable } from './consoleText.ts';
import type { ExportContext, SignalExporter } from './exporter.ts';
import { ExporterFigures } from './exporterFigures.ts';
import { pointsOf } from './jsonLinesFile.ts';

export type ConsoleExporterOptions = {
  /** After its root, so long may a trace's last spans take. */
  readonly graceMs?: number;
  /** A trace whose root does not come (it may be in another process) is printed after so long without a span. */
  readonly quietMs?: number;
  /** Of one trace; further ones are counted. */
  readonly maxSpans?: number;
  /** Of all that wait; beyond it the oldest trace is printed as it is. */
  readonly maxWaiting?: number;
};

const METRIC_INTERVAL_MS = 60_000;
const MAX_ROWS = 40;
const DEFAULT_COLUMNS = 100;

type Waiting = { readonly spans: SpanRecord[]; left: number; lastMs: number; isRootThere: boolean };

/** Never throws: where printing does, what was to be printed is dropped. */
export function createConsoleExporter(
  settings: ConsoleExporterSettings,
  context: ExportContext,
  options: ConsoleExporterOptions = {},
): SignalExporter {
  const { graceMs = 250, quietMs = 30_000, maxSpans = 5000, maxWaiting = 20_000 } = options;
  const { colour, columns } = terminalOf(context);
  const figures = new ExporterFigures(settings, settings.signals);
  /** In the order of their first span. */
  const traces = new Map<string, Waiting>();
  let waiting = 0;
  let timer: NodeJS.Timeout | null = null;
  let isClosed = false;

  const take = (signal: Signal, count: number) => !isClosed && figures.take(signal, count);

  function print(signal: Signal, count: number, dropped: number, text: () => string): void {
    figures.count(signal, 'dropped', dropped);
    try {
      context.print(text().trimEnd());
      figures.count(signal, 'sent', count);
      figures.requests += 1;
      figures.arrived(null);
    } catch (error) {
      figures.count(signal, 'dropped', count);
      figures.failed(`It could not be printed: ${String(error)}.`);
    }
  }

  function hold(span: SpanRecord, nowMs: number): void {
    let trace = traces.get(span.traceId);
    if (trace === undefined) {
      trace = { spans: [], left: 0, lastMs: nowMs, isRootThere: false };
      traces.set(span.traceId, trace);
    }
    trace.lastMs = nowMs;
    if (span.parentSpanId === null) trace.isRootThere = true;
    // The root is drawn in any case.
    if (trace.spans.length >= maxSpans && span.parentSpanId !== null) {
      trace.left += 1;
      return;
    }
    trace.spans.push(span);
    waiting += 1;
    if (waiting > maxWaiting) printTrace(...traces.entries().next().value!);
  }

  function printTrace(traceId: string, { spans, left }: Waiting): void {
    traces.delete(traceId);
    waiting -= spans.length;
    print('traces', spans.length, left, () => {
      const picture = textWaterfall(spans, { width: columns, maxRows: MAX_ROWS, colour });
      return left === 0 ? picture : `${picture}… ${left} more spans were not kept\n`;
    });
  }

  function printDue(): void {
    timer = null;
    const nowMs = performance.now();
    for (const [traceId, trace] of traces) {
      if (nowMs - trace.lastMs >= (trace.isRootThere ? graceMs : quietMs)) printTrace(traceId, trace);
    }
    arm();
  }

  function arm(): void {
    if (timer !== null || traces.size === 0) return;
    timer = setTimeout(printDue, graceMs);
    timer.unref();
  }

  function flush(): void {
    for (const [traceId, trace] of traces) printTrace(traceId, trace);
  }

  return {
    spans(spans) {
      if (!take('traces', spans.length)) return;
      const nowMs = performance.now();
      for (const span of spans) hold(span, nowMs);
      arm();
    },
    logs(records: readonly LogRecord[]) {
      if (!take('logs', records.length)) return;
      print('logs', records.length, 0, () => records.map((record) => logLine(record, colour)).join('\n'));
    },
    metrics(snapshots: readonly MetricSnapshot[], timeMs: number) {
      const points = pointsOf(snapshots);
      if (!take('metrics', points)) return;
      print('metrics', points, 0, () => metricTable(snapshots, timeMs, { width: columns, colour }));
    },
    metricIntervalMs: figures.wants('metrics') ? METRIC_INTERVAL_MS : null,
    status: () => figures.status('console', isClosed ? { state: 'off' } : {}),
    flush() {
      flush();
      return Promise.resolve(true);
    },
    close() {
      flush();
      isClosed = true;
      if (timer !== null) clearTimeout(timer);
      timer = null;
      return Promise.resolve();
    },
  };
}

function terminalOf({ terminal, env }: ExportContext): { colour: boolean; columns: number } {
  const plain = (env['NO_COLOR'] ?? '') !== '' || env['TERM'] === 'dumb';
  const columns = terminal?.columns ?? Number(env['COLUMNS']);
  const isTerminal = terminal === undefined ? isatty(1) : terminal !== null;
  return { colour: isTerminal && !plain, columns: columns > 0 ? columns : DEFAULT_COLUMNS };
}
