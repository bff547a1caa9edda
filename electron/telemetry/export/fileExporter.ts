/** Writes spans, logs and metrics into a file. A disk that is slow, full or gone costs what found no room, no more. */
import type { FileExporterSettings, Signal } from '../../../shared/telemetrySettings.ts';
import type { ExportContext, SignalExporter } from './exporter.ts';
import { ExporterFigures } from './exporterFigures.ts';
import type { FileSink } from './fileSink.ts';
import { openJaegerFile } from './jaegerFile.ts';
import { openJsonLinesFile, pointsOf } from './jsonLinesFile.ts';
import { codeOf } from './rotateFiles.ts';
import { within } from '../within.ts';

export type FileExporterOptions = {
  /** Before the first repetition; doubles with each. */
  readonly backoffMs?: number;
  /** What may wait for the disk, in bytes of lines. */
  readonly maxWaitingBytes?: number;
  /** Of a Jaeger document. */
  readonly maxTraces?: number;
  readonly maxSpans?: number;
};

const METRIC_INTERVAL_MS = 60_000;
const BACKOFF_MS = 1000;
const MAX_BACKOFF_MS = 30_000;

const REASONS: Readonly<Record<string, string>> = {
  ENOSPC: 'the disk is full',
  EDQUOT: 'the disk quota is used up',
  EFBIG: 'the file may not grow further',
  EACCES: 'access is denied',
  EPERM: 'access is denied',
  EROFS: 'the disk is read-only',
  EISDIR: 'a folder is in its place',
  ENOTFILE: 'something that is no file is in its place',
  EEXIST: 'a file is in the place of its folder',
  ENOTDIR: 'a file is in the place of its folder',
  ENAMETOOLONG: 'its name is too long',
  ENOENT: 'its folder is not there and cannot be made',
};

/** `otlp-jsonl`: all signals, a request a line. `jaeger`: the latest traces as one document. Never throws. */
export function createFileExporter(
  settings: FileExporterSettings,
  context: ExportContext,
  options: FileExporterOptions = {},
): SignalExporter {
  const { path, maxBytes, format } = settings;
  const { backoffMs = BACKOFF_MS, ...limits } = options;
  const isJaeger = format === 'jaeger';
  const signals = settings.signals.filter((signal) => signal === 'traces' || !isJaeger);
  const figures = new ExporterFigures(settings, signals);
  let failures = 0;
  let timer: NodeJS.Timeout | null = null;
  let writing: Promise<boolean> | null = null;
  let isClosed = false;

  const tally = {
    sent: (signal: Signal, count: number): void => {
      if (!isClosed) figures.count(signal, 'sent', count);
    },
    dropped: (signal: Signal, count: number): void => {
      if (!isClosed) figures.count(signal, 'dropped', count);
    },
    unwritable: (signal: Signal, count: number, error: unknown): void => {
      tally.dropped(signal, count);
      figures.failed(`What was recorded could not be written: ${String(error)}`);
    },
  };
  const file = { path, maxBytes, ...limits };
  const sink: FileSink = isJaeger
    ? openJaegerFile(file, context, tally)
    : openJsonLinesFile(file, context, tally);

  function take(signal: Signal, count: number, into: () => void): void {
    if (isClosed || !figures.take(signal, count)) return;
    into();
    schedule();
  }

  /** A disk that failed is asked again at its time, and not with each span. */
  function schedule(): void {
    if (isClosed || timer !== null || writing !== null || sink.isEmpty) return;
    const afterMs = failures === 0 ? sink.waitMs : Math.min(MAX_BACKOFF_MS, backoffMs * 2 ** (failures - 1));
    timer = setTimeout(() => void writeAll(), afterMs);
    timer.unref();
  }

  /** Until nothing is left, or the disk refuses; then `false`. One at a time. */
  function writeAll(): Promise<boolean> {
    writing ??= attempt().finally(() => {
      writing = null;
      schedule();
    });
    return writing;
  }

  async function attempt(): Promise<boolean> {
    if (timer !== null) clearTimeout(timer);
    timer = null;
    while (!sink.isEmpty && !isClosed) {
      const begunMs = performance.now();
      if (failures > 0) figures.retries += 1;
      try {
        await sink.write();
      } catch (error) {
        failures += 1;
        figures.failed(`${path} could not be written: ${reasonOf(error)}.`);
        return false;
      }
      failures = 0;
      figures.requests += 1;
      figures.arrived(performance.now() - begunMs);
      // A document is written whole: what came meanwhile waits for its turn.
      if (isJaeger) break;
    }
    return sink.isEmpty;
  }

  async function flush(timeoutMs: number): Promise<boolean> {
    // What comes in while a write is under way is written by the next.
    const all = (writing ?? Promise.resolve(true)).then(() => (sink.isEmpty ? true : writeAll()));
    return within(all, timeoutMs, false);
  }

  return {
    spans: (spans) => take('traces', spans.length, () => sink.spans(spans)),
    logs: (records) => take('logs', records.length, () => sink.logs(records)),
    metrics: (snapshots, timeMs) =>
      take('metrics', pointsOf(snapshots), () => sink.metrics(snapshots, timeMs)),
    metricIntervalMs: figures.wants('metrics') ? METRIC_INTERVAL_MS : null,
    status: () => figures.status(path, isClosed ? { state: 'off' } : {}),
    flush,
    async close(timeoutMs) {
      if (isClosed) return;
      await flush(timeoutMs);
      sink.clear();
      isClosed = true;
      if (timer !== null) clearTimeout(timer);
      timer = null;
    },
  };
}

function reasonOf(error: unknown): string {
  const code = codeOf(error);
  return code === undefined ? String(error) : (REASONS[code] ?? code);
}
