import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import {
  appendFile,
  chmod,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rm,
  rmdir,
  stat,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createFileExporter } from '../../../../electron/telemetry/export/fileExporter.ts';
import type { FileExporterOptions } from '../../../../electron/telemetry/export/fileExporter.ts';
import type { SignalExporter } from '../../../../electron/telemetry/export/exporter.ts';
import { fileExporterSchema } from '../../../../shared/telemetrySettings.ts';
import type { FileExporterSettings } from '../../../../shared/telemetrySettings.ts';
import type { SpanRecord } from '../../../../shared/span.ts';
import { decodeRequest, toLogs, toMetrics, toSpans } from '../../../fixtures/otlpDecode.ts';
import { pipelineSpans, span } from '../pipelineSpans.ts';
import { countsOf, exportContext } from './exportContext.ts';
import { oddLog, oddMetric, oddRecords } from './otlpRecords.ts';

const root = fileURLToPath(new URL('../../../../', import.meta.url));
let folder: string;
let path: string;
let exporter: SignalExporter;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tracedeck-file-'));
  path = join(folder, 'out', 'traces.json');
});
afterEach(async () => {
  await exporter.close(1000);
  await chmod(folder, 0o755);
  await rm(folder, { recursive: true, force: true });
});

/** Retries wait long, so that a test alone says when something is tried again. */
function begin(
  settings: Partial<FileExporterSettings> = {},
  options: FileExporterOptions = {},
): SignalExporter {
  const whole = fileExporterSchema.parse({ id: 'file', kind: 'file', path, ...settings });
  exporter = createFileExporter(whole, exportContext(), { backoffMs: 600_000, ...options });
  return exporter;
}

const linesOf = async (file = path): Promise<string[]> => {
  const text = await readFile(file, 'utf8');
  expect(text.endsWith('\n')).toBe(true);
  return text.slice(0, -1).split('\n');
};
const spansOf = async (file = path): Promise<SpanRecord[]> =>
  (await linesOf(file)).flatMap((line) => toSpans(decodeRequest('traces', 'json', Buffer.from(line))));
const idsOf = (spans: readonly SpanRecord[]): string[] => spans.map(({ spanId }) => spanId);
const documentOf = async (file = path) => JSON.parse(await readFile(file, 'utf8'));
const until = async (isTrue: () => boolean): Promise<void> => {
  while (!isTrue()) await new Promise((resolve) => void setTimeout(resolve, 5));
};
const numbered = (count: number, traceId = 'a'.repeat(32)): SpanRecord[] =>
  Array.from({ length: count }, (_, index) =>
    span({ traceId, spanId: (index + 1).toString(16).padStart(16, '0') }),
  );

describe('the OTLP file', () => {
  it('holds one request a line, of all signals in their order, readable by the schema', async () => {
    begin();
    expect(exporter.status().state).toBe('idle');
    const spans = pipelineSpans(300);
    const logs = oddRecords(20, 1, oddLog);
    const metrics = oddRecords(5, 1, oddMetric);
    exporter.spans(spans);
    exporter.logs(logs);
    exporter.metrics(metrics, 1_790_000_000_500);
    expect(await exporter.flush(5000)).toBe(true);
    const [traceLine, logLine, metricLine] = await linesOf();
    expect(toSpans(decodeRequest('traces', 'json', Buffer.from(traceLine!)))).toMatchObject(spans);
    expect(toLogs(decodeRequest('logs', 'json', Buffer.from(logLine!)))).toHaveLength(20);
    expect(toMetrics(decodeRequest('metrics', 'json', Buffer.from(metricLine!)))).toHaveLength(5);
    const points = metrics.reduce((sum, metric) => sum + metric.points.length, 0);
    const status = exporter.status();
    expect(countsOf(status)).toStrictEqual([spans.length, spans.length, 0, 0]);
    expect(countsOf(status, 'logs')).toStrictEqual([20, 20, 0, 0]);
    expect(countsOf(status, 'metrics')).toStrictEqual([points, points, 0, 0]);
    expect(status).toMatchObject({ id: 'file', kind: 'file', state: 'ok', target: path, lastError: null });
    expect(status.latencyMs).toBeGreaterThan(0);
  });

  it('writes by itself, and goes on after what an earlier program left', async () => {
    await mkdir(join(folder, 'out'));
    await writeFile(path, '{"resourceSpans":[]}\n{"resourceSp');
    begin();
    exporter.spans([span()]);
    await until(() => exporter.status().state === 'ok');
    exporter.spans([span({ name: 'second' })]);
    await exporter.flush(1000);
    const lines = await linesOf();
    expect(lines.slice(0, 2)).toStrictEqual(['{"resourceSpans":[]}', '{"resourceSp']);
    expect(
      lines.slice(2).map((line) => JSON.parse(line).resourceSpans[0].scopeSpans[0].spans[0].name),
    ).toStrictEqual(['run', 'second']);
  });

  it('leaves out the signals that are not wanted', async () => {
    begin({ signals: ['logs'] });
    exporter.spans([span()]);
    exporter.metrics(oddRecords(2, 1, oddMetric), 5);
    exporter.logs(oddRecords(1, 1, oddLog));
    await exporter.flush(1000);
    expect(await linesOf()).toHaveLength(1);
    expect(Object.keys(exporter.status().signals)).toStrictEqual(['logs']);
    expect(exporter.metricIntervalMs).toBeNull();
    expect(begin({ signals: ['metrics'] }).metricIntervalMs).toBe(60_000);
  });

  it('cuts large batches into lines', async () => {
    begin();
    const spans = pipelineSpans(5000);
    exporter.spans(spans);
    await exporter.flush(10_000);
    expect((await linesOf()).length).toBeGreaterThanOrEqual(3);
    expect(idsOf(await spansOf())).toStrictEqual(idsOf(spans));
  });

  it('puts the file away at its size, keeps three older ones, and loses no span among them', async () => {
    begin({ maxBytes: 20_000 });
    const spans = numbered(460);
    for (let at = 0; at < spans.length; at += 23) {
      exporter.spans(spans.slice(at, at + 23));
      await exporter.flush(1000);
    }
    expect((await readdir(join(folder, 'out'))).sort()).toStrictEqual([
      'traces.json',
      'traces.json.1',
      'traces.json.2',
      'traces.json.3',
    ]);
    const kept: string[] = [];
    for (const end of ['.3', '.2', '.1', '']) {
      expect((await stat(path + end)).size).toBeLessThanOrEqual(20_000);
      kept.push(...idsOf(await spansOf(path + end)));
    }
    expect(kept).toStrictEqual(idsOf(spans).slice(-kept.length));
    expect(countsOf(exporter.status())).toStrictEqual([460, 460, 0, 0]);
  });

  it('cuts a batch that is larger than a file, and gives a span that is larger a file of its own', async () => {
    begin({ maxBytes: 10_000 });
    const spans = numbered(60);
    const large = span({ name: 'large', attributes: { text: 'x'.repeat(30_000) } });
    exporter.spans([...spans, large]);
    await exporter.flush(1000);
    expect((await spansOf()).map(({ name }) => name)).toStrictEqual(['large']);
    for (const end of ['.1', '.2']) expect((await stat(path + end)).size).toBeLessThanOrEqual(10_000);
    expect(countsOf(exporter.status())).toStrictEqual([61, 61, 0, 0]);
  });

  it('drops alone what cannot be encoded', async () => {
    begin();
    const broken = { ...span(), events: null } as unknown as SpanRecord;
    exporter.spans([...numbered(5), broken, ...numbered(3)]);
    expect(exporter.status()).toMatchObject({ state: 'failed' });
    expect(exporter.status().lastError!.message).toContain('could not be written');
    await exporter.flush(1000);
    expect(await spansOf()).toHaveLength(8);
    expect(countsOf(exporter.status())).toStrictEqual([9, 8, 1, 0]);
  });
});

describe('the Jaeger file', () => {
  it('is one document of the latest traces, whole at every moment', async () => {
    begin({ format: 'jaeger' });
    expect(exporter.metricIntervalMs).toBeNull();
    const spans = pipelineSpans(2000);
    let reads = 0;
    let isDone = false;
    const reading = (async () => {
      while (!isDone) {
        if (existsSync(path)) {
          expect((await documentOf()).data[0].spans.length).toBeGreaterThan(0);
          reads += 1;
        }
        await new Promise((resolve) => void setImmediate(resolve));
      }
    })();
    for (let at = 0; at < spans.length; at += 100) {
      exporter.spans(spans.slice(at, at + 100));
      exporter.logs(oddRecords(2, 1, oddLog));
      await exporter.flush(5000);
    }
    isDone = true;
    await reading;
    expect(reads).toBeGreaterThan(5);
    const { data } = await documentOf();
    expect(data).toHaveLength(1);
    expect(data[0].spans.map(({ spanID }: { spanID: string }) => spanID)).toStrictEqual(idsOf(spans));
    expect(data[0].processes.p1.serviceName).toBe('tracedeck');
    expect(countsOf(exporter.status())).toStrictEqual([spans.length, spans.length, 0, 0]);
    expect(Object.keys(exporter.status().signals)).toStrictEqual(['traces']);
    expect(await readdir(join(folder, 'out'))).toStrictEqual(['traces.json']);
  });

  it('writes by itself, and puts away the document of an earlier program', async () => {
    await mkdir(join(folder, 'out'));
    await writeFile(path, 'earlier');
    begin({ format: 'jaeger' });
    exporter.spans([span()]);
    await until(() => exporter.status().state === 'ok');
    expect(await readFile(`${path}.1`, 'utf8')).toBe('earlier');
    expect((await documentOf()).data).toHaveLength(1);
  });

  it('forgets the oldest traces beyond its number, and counts those that were never written', async () => {
    begin({ format: 'jaeger' }, { maxTraces: 3 });
    const trace = (digit: string) => numbered(4, digit.repeat(32));
    exporter.spans(trace('1'));
    await exporter.flush(1000);
    exporter.spans([...'23456'].flatMap(trace));
    await exporter.flush(1000);
    const { data } = await documentOf();
    expect(data.map(({ traceID }: { traceID: string }) => traceID[0])).toStrictEqual(['4', '5', '6']);
    expect(countsOf(exporter.status())).toStrictEqual([24, 16, 8, 0]);
  });

  it('holds no more spans than it may, and says so in the trace', async () => {
    begin({ format: 'jaeger' }, { maxSpans: 10 });
    exporter.spans(numbered(4, 'b'.repeat(32)));
    exporter.spans(numbered(25));
    await exporter.flush(1000);
    const { data } = await documentOf();
    expect(data).toHaveLength(1);
    expect(data[0].spans).toHaveLength(10);
    expect(data[0].warnings).toStrictEqual(['15 more spans found no room.']);
    expect(countsOf(exporter.status())).toStrictEqual([29, 10, 19, 0]);
  });

  it('leaves the oldest traces out where the document would be too large, and never the newest', async () => {
    begin({ format: 'jaeger', maxBytes: 10_000 });
    const trace = (digit: string, count: number) => numbered(count, digit.repeat(32));
    exporter.spans([...trace('1', 15), ...trace('2', 15), ...trace('3', 15)]);
    await exporter.flush(1000);
    expect((await stat(path)).size).toBeLessThanOrEqual(10_000);
    expect((await documentOf()).data.map(({ traceID }: { traceID: string }) => traceID[0])).toStrictEqual([
      '2',
      '3',
    ]);
    exporter.spans(trace('4', 200));
    await exporter.flush(1000);
    expect((await documentOf()).data.map(({ traceID }: { traceID: string }) => traceID[0])).toStrictEqual([
      '4',
    ]);
    expect(countsOf(exporter.status())).toStrictEqual([245, 230, 15, 0]);
  });

  it('drops a trace that cannot be written, and goes on with the others', async () => {
    begin({ format: 'jaeger' });
    exporter.spans([{ ...span(), events: null } as unknown as SpanRecord, ...numbered(3)]);
    await exporter.flush(1000);
    expect((await documentOf()).data).toHaveLength(1);
    expect(countsOf(exporter.status())).toStrictEqual([4, 3, 1, 0]);
  });

  it('leaves the old document whole where the new one cannot be written, and writes it later', async () => {
    begin({ format: 'jaeger' }, { backoffMs: 20 });
    exporter.spans(numbered(2));
    await exporter.flush(1000);
    const old = await readFile(path, 'utf8');
    await mkdir(`${path}.tmp`);
    exporter.spans(numbered(3, 'b'.repeat(32)));
    await until(() => exporter.status().state === 'failed');
    expect(await readFile(path, 'utf8')).toBe(old);
    expect(countsOf(exporter.status())).toStrictEqual([5, 2, 0, 3]);
    await rmdir(`${path}.tmp`);
    await until(() => exporter.status().state === 'ok');
    expect((await documentOf()).data).toHaveLength(2);
    expect(countsOf(exporter.status())).toStrictEqual([5, 5, 0, 0]);
    expect(await readdir(join(folder, 'out'))).toStrictEqual(['traces.json']);
  });

  it('touches nothing that is no file', async () => {
    await mkdir(path, { recursive: true });
    await writeFile(join(path, 'precious'), 'x');
    begin({ format: 'jaeger' });
    exporter.spans([span()]);
    expect(await exporter.flush(1000)).toBe(false);
    expect(exporter.status().lastError!.message).toContain('something that is no file is in its place');
    await exporter.close(1000);
    expect(await readdir(join(folder, 'out'))).toStrictEqual(['traces.json']);
    expect(await readdir(path)).toStrictEqual(['precious']);
  });
});

describe.each(['otlp-jsonl', 'jaeger'] as const)('a file as %s', (format) => {
  const nothingWritten = async (reason: string): Promise<void> => {
    exporter.spans(numbered(7));
    expect(await exporter.flush(2000)).toBe(false);
    const status = exporter.status();
    expect(status.state).toBe('failed');
    expect(status.lastError!.message).toContain(reason);
    expect(countsOf(status)).toStrictEqual([7, 0, 0, 7]);
  };
  const count = async (): Promise<number> =>
    format === 'jaeger' ? (await documentOf()).data[0].spans.length : (await spansOf()).length;

  it('waits while a folder is in its place, and is written when that is gone', async () => {
    await mkdir(path, { recursive: true });
    begin({ format });
    await nothingWritten('in its place');
    await rm(path, { recursive: true });
    expect(await exporter.flush(2000)).toBe(true);
    expect(exporter.status()).toMatchObject({ state: 'ok', retries: 1 });
    expect(countsOf(exporter.status())).toStrictEqual([7, 7, 0, 0]);
    expect(await count()).toBe(7);
  });

  it('tries again by itself', async () => {
    await writeFile(join(folder, 'out'), 'a file where its folder shall be');
    begin({ format }, { backoffMs: 20 });
    await nothingWritten('a file is in the place of its folder');
    await until(() => exporter.status().retries > 1);
    await rm(join(folder, 'out'));
    await until(() => exporter.status().state === 'ok');
    expect(await count()).toBe(7);
  });

  it('waits while access is denied', async ({ skip }) => {
    skip(process.getuid?.() === 0 || process.platform === 'win32', 'access rights bind nobody who is root');
    await chmod(folder, 0o500);
    begin({ format });
    await nothingWritten('access is denied');
    await chmod(folder, 0o700);
    expect(await exporter.flush(2000)).toBe(true);
  });

  it('waits where nothing can ever be written', async ({ skip }) => {
    skip(process.platform !== 'linux', 'there is no /proc here');
    path = '/proc/tracedeck/traces.json';
    begin({ format });
    await nothingWritten('/proc/tracedeck/traces.json could not be written: ');
  });

  it('makes its folder again when that disappeared', async () => {
    begin({ format });
    exporter.spans(numbered(3));
    await exporter.flush(1000);
    await rm(join(folder, 'out'), { recursive: true });
    exporter.spans(numbered(5).slice(3));
    expect(await exporter.flush(1000)).toBe(true);
    expect(await count()).toBe(format === 'jaeger' ? 5 : 2);
  });

  it('takes nothing after it was closed, and its counts still add up', async () => {
    await mkdir(path, { recursive: true });
    begin({ format });
    exporter.spans(numbered(3));
    await exporter.close(1000);
    exporter.spans(numbered(3));
    await exporter.close(1000);
    expect(await exporter.flush(10)).toBe(true);
    expect(countsOf(exporter.status())).toStrictEqual([3, 0, 3, 0]);
    expect(exporter.status().state).toBe('off');
  });

  it('writes on close what waits', async () => {
    begin({ format });
    exporter.spans(numbered(9));
    await exporter.close(2000);
    expect(await count()).toBe(9);
    expect(countsOf(exporter.status())).toStrictEqual([9, 9, 0, 0]);
  });
});

describe('a disk in trouble', () => {
  it('that is full: waits within its bound, the oldest go', async ({ skip }) => {
    skip(!existsSync('/dev/full'), 'there is no /dev/full here');
    path = '/dev/full';
    begin({}, { maxWaitingBytes: 20_000 });
    exporter.spans(numbered(5));
    expect(await exporter.flush(1000)).toBe(false);
    expect(exporter.status().lastError!.message).toBe('/dev/full could not be written: the disk is full.');
    for (let round = 0; round < 100; round += 1) exporter.spans(numbered(5));
    const [taken, sent, dropped, queued] = countsOf(exporter.status());
    expect([taken, sent]).toStrictEqual([505, 0]);
    expect(dropped).toBeGreaterThan(300);
    expect(queued).toBeGreaterThan(20);
    await exporter.close(1000);
    expect(countsOf(exporter.status())).toStrictEqual([505, 0, 505, 0]);
  });

  /** In a process of its own whose files may not grow beyond 16 KB: the write that crosses it is cut off. */
  function inSmallFiles(format: string, sizes: readonly number[]) {
    const url = (file: string): string => JSON.stringify(new URL(file, `file://${root}`).href);
    const script = `
      const { createFileExporter } = await import(${url('electron/telemetry/export/fileExporter.ts')});
      const { exportContext, countsOf } = await import(${url('test/electron/telemetry/export/exportContext.ts')});
      const { span } = await import(${url('test/electron/telemetry/pipelineSpans.ts')});
      const settings = { id: 'f', kind: 'file', path: ${JSON.stringify(path)}, format: '${format}', maxBytes: 1e9,
        signals: ['traces'], enabled: true };
      const exporter = createFileExporter(settings, exportContext());
      const results = [];
      for (const size of ${JSON.stringify(sizes)}) {
        exporter.spans([span({ attributes: { text: 'x'.repeat(size) } })]);
        results.push(await exporter.flush(5000));
      }
      console.log(JSON.stringify([results, countsOf(exporter.status()), exporter.status().lastError.message]));
      process.exit(0);`;
    const { stdout, stderr } = spawnSync(
      '/bin/bash',
      ['-c', `trap '' XFSZ; ulimit -f 16; exec "$0" --input-type=module -e "$1"`, process.execPath, script],
      { encoding: 'utf8' },
    );
    expect(stderr).not.toContain('Error');
    return JSON.parse(stdout);
  }

  it('that ends in the middle of a line leaves no part of it', async ({ skip }) => {
    skip(!existsSync('/bin/bash'), 'there is no bash here');
    const [results, counts, message] = inSmallFiles('otlp-jsonl', [6000, 6000, 6000, 100]);
    expect(results).toStrictEqual([true, true, false, false]);
    expect(counts).toStrictEqual([4, 2, 0, 2]);
    expect(message).toContain('may not grow');
    expect(await spansOf()).toHaveLength(2);
    begin();
    exporter.spans(numbered(2));
    await exporter.flush(1000);
    expect(await spansOf()).toHaveLength(4);
  });

  it('that ends in the middle of a document leaves the one before', async ({ skip }) => {
    skip(!existsSync('/bin/bash'), 'there is no bash here');
    const [results, counts, message] = inSmallFiles('jaeger', [6000, 6000, 6000]);
    expect(results).toStrictEqual([true, true, false]);
    expect(counts).toStrictEqual([3, 2, 0, 1]);
    expect(message).toContain('may not grow');
    expect((await documentOf()).data[0].spans).toHaveLength(2);
    expect(await readdir(join(folder, 'out'))).toStrictEqual(['traces.json']);
    begin();
  });

  it('does not push a folder away that stands where an older file shall go', async () => {
    await mkdir(join(folder, 'out', 'traces.json.1'), { recursive: true });
    begin({ maxBytes: 10_000 });
    exporter.spans(numbered(30));
    await exporter.flush(1000);
    exporter.spans(numbered(30));
    expect(await exporter.flush(1000)).toBe(false);
    expect(exporter.status().lastError!.message).toContain('something that is no file');
    expect((await stat(join(folder, 'out', 'traces.json.1'))).isDirectory()).toBe(true);
    await rm(join(folder, 'out', 'traces.json.1'), { recursive: true });
    expect(await exporter.flush(1000)).toBe(true);
    expect(countsOf(exporter.status())).toStrictEqual([60, 60, 0, 0]);
  });

  it('that answers late: flush does not wait longer than it may, and closing counts what is left', async () => {
    begin();
    exporter.spans(pipelineSpans(20_000));
    expect(await exporter.flush(0)).toBe(false);
    await exporter.close(0);
    const [taken, sent, dropped, queued] = countsOf(exporter.status());
    expect(taken).toBe(sent! + dropped!);
    expect(queued).toBe(0);
  });

  it('that gives the file to somebody else: goes on at the end of what is there', async () => {
    begin();
    exporter.spans(numbered(1));
    await exporter.flush(1000);
    await appendFile(path, 'not ours\n');
    exporter.spans(numbered(1));
    await exporter.flush(1000);
    expect((await linesOf())[1]).toBe('not ours');
    expect(await linesOf()).toHaveLength(3);
  });

  it('that has the file elsewhere: follows its link', async ({ skip }) => {
    skip(process.platform === 'win32', 'links need rights of their own on Windows');
    await mkdir(join(folder, 'out'));
    const elsewhere = join(folder, 'elsewhere.json');
    await symlink(elsewhere, path);
    begin();
    exporter.spans(numbered(2));
    await exporter.flush(1000);
    expect(await spansOf(elsewhere)).toHaveLength(2);
  });
});
