/** Trace files as the program sees them: into the store, and out of it. Each file is read or written by a thread of its own. */
import { stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { spanCountOf } from '../../shared/spanFormat.ts';
import type { LogRecord, Origin } from '../../shared/span.ts';
import { countOf, formatCount } from '../../shared/units.ts';
import type {
  ExportFormat,
  ExportReport,
  ExportSelection,
  Found,
  FoundSpan,
  FoundTrace,
  ImportReport,
  LeftOut,
  MetricPage,
  MetricPageQuestion,
  SpanSearch,
  StoredPoint,
  TraceSearch,
} from '../../shared/traceQuery.ts';
import { toTracedeckError, TracedeckError } from '../errors/tracedeckError.ts';
import { exportTraces, type ExportOptions, type RecordsOf, type TextSink } from './exportTraces.ts';
import { readJob, removePart, targetOf, writeJob, type WriteTarget } from './fileJobs.ts';
import type { FromFileWorker, PackedBatch, ToFileWorker } from './fileMessages.ts';
import { runThread } from './fileThread.ts';
import type { Stored } from './readTraceFile.ts';
import { csvHead, csvRow } from './writeCsv.ts';

/** What is asked of the trace store. */
export interface TraceFileStore {
  /** Takes the bytes over, unless it says `traces_busy`. */
  writeSpans(bytes: Uint8Array): Promise<{ readonly added: number; readonly refused: number }>;
  writeLogs(records: readonly LogRecord[]): Promise<unknown>;
  writeMetrics(points: readonly StoredPoint[]): Promise<unknown>;
  /** Packed by `encodeSpans`; no spans for a trace that is not there. */
  get(traceId: string): Promise<Uint8Array>;
  /** Of a trace, newest last, at most `limit`. */
  logs(traceId: string, limit: number): Promise<readonly LogRecord[]>;
  metricPoints(question: MetricPageQuestion): Promise<MetricPage>;
  searchTraces(search: TraceSearch): Promise<Found<FoundTrace>>;
  searchSpans(search: SpanSearch): Promise<Found<FoundSpan>>;
}

export type ExportTarget = {
  readonly format: ExportFormat;
  /** Of CSV: attributes with a column of their own. */
  readonly columns?: readonly string[];
  /** Of CSV of a search: at most so many spans, whatever the search says of traces; 100,000 unless given. */
  readonly maxSpans?: number;
  /** Log records of the traces as well, where the form has a place for them: OTLP has. */
  readonly withLogs?: boolean;
  /** Metric points as well, where the form has a place for them: those of the time and the services of the traces. */
  readonly withMetrics?: boolean;
};

export type ImportWatch = {
  readonly signal?: AbortSignal;
  /** Bytes of all files, read and in all; `null` where one of them has no size, as a pipe. Some ten times a second. */
  readonly onProgress?: (readBytes: number, allBytes: number | null) => void;
};

export interface TraceFiles {
  /**
   * Reads files into the store. Of several, one that cannot be read is told in its report; what was read before a stop
   * stays.
   * @throws TracedeckError `file_unreadable`, `file_packed`, `file_unknown`, `file_too_large` where none could be read; `cancelled`
   */
  importFiles(paths: readonly string[], watch?: ImportWatch): Promise<readonly ImportReport[]>;
  /** @throws TracedeckError `trace_unknown` where there is nothing to write, `export_failed`; `cancelled` by the signal */
  exportFile(
    selection: ExportSelection,
    path: string,
    target: ExportTarget,
    signal?: AbortSignal,
  ): Promise<ExportReport>;
  /** The same in pieces. */
  exportText(
    selection: ExportSelection,
    sink: TextSink,
    target: ExportTarget,
    signal?: AbortSignal,
  ): Promise<Omit<ExportReport, 'path'>>;
  /** @throws TracedeckError `trace_unknown` */
  textForLlm(traceId: string): Promise<string>;
}

export type TraceFilesOptions = {
  readonly store: TraceFileStore;
  /** The origin of what this program itself recorded: its resource, and the scope of its spans. */
  readonly own: Origin;
  /** Entry of the thread: fileWorker.ts in the sources, fileWorker.cjs in the bundle; `null` for no thread. */
  readonly workerFile: string | URL | null;
};

const CSV_SPANS = 100_000;
const BUSY_MS = 20;

export function createTraceFiles({ store, own, workerFile }: TraceFilesOptions): TraceFiles {
  async function put({ spans, spanCount, logs, points }: PackedBatch): Promise<Stored> {
    let known = 0;
    let refused = 0;
    if (spans !== null) {
      const report = await whenFree(() => store.writeSpans(spans));
      refused = report.refused;
      known = spanCount - report.added - refused;
    }
    if (logs.length > 0) await whenFree(() => store.writeLogs(logs));
    if (points.length > 0) await whenFree(() => store.writeMetrics(points));
    return { known, refused };
  }

  async function importFile(
    path: string,
    came: Came,
    signal: AbortSignal | undefined,
    onRead: (bytes: number) => void,
  ): Promise<ImportReport> {
    const take = async (batch: PackedBatch): Promise<Stored> => {
      const stored = await put(batch);
      came.spans += batch.spanCount - stored.refused;
      came.logs += batch.logs.length;
      came.points += batch.points.length;
      return stored;
    };
    if (workerFile === null) return readJob(path, own, take, onRead);
    let taking: Promise<unknown> = Promise.resolve();
    const answer = async (message: FromFileWorker): Promise<ToFileWorker> => {
      if (message.type !== 'batch') return { type: 'taken' };
      const taken = take(message.batch);
      taking = taken.catch(() => undefined);
      return { type: 'stored', ...(await taken) };
    };
    const job = { type: 'read', path, own } as const;
    // What is on its way into the store when the thread is stopped gets there, and is counted.
    const result = await runThread(workerFile, job, answer, { signal, onRead }).finally(() => taking);
    if (result.type !== 'read') throw new TracedeckError('permanent', 'internal', 'The file was not read.');
    return result.report;
  }

  /** An export of a stretch of time has its metrics, and not those of the traces in it alone. */
  function recordsOf(selection: ExportSelection): RecordsOf {
    const time =
      'search' in selection && selection.search.query === ''
        ? { fromMs: selection.search.fromMs, toMs: selection.search.toMs, services: null }
        : {};
    return {
      logs: (traceId, limit) => store.logs(traceId, limit),
      metrics: (question) => store.metricPoints({ ...question, ...time }),
    };
  }

  /** The packed spans of traces, one after the other. */
  async function* tracesOf(ids: readonly string[]): AsyncGenerator<Uint8Array> {
    for (const traceId of ids) yield await store.get(traceId);
  }

  /** @param target `null` for the sink */
  async function write(
    selection: ExportSelection,
    target: WriteTarget | null,
    sink: TextSink,
    options: ExportOptions,
    {
      maxSpans = CSV_SPANS,
      signal,
    }: { readonly maxSpans?: number; readonly signal?: AbortSignal | undefined },
  ): Promise<Omit<ExportReport, 'path'>> {
    if (options.format === 'csv' && 'search' in selection) {
      const rows = (to: TextSink) => writeFoundSpans(selection.search, options.columns ?? [], maxSpans, to);
      return target === null ? rows(sink) : writeJob(target, rows);
    }
    const found = 'search' in selection ? await store.searchTraces(selection.search) : null;
    const ids =
      found?.items.map(({ traceId }) => traceId) ?? ('traceIds' in selection ? selection.traceIds : []);
    const traces = await fromFirst(tracesOf(ids), found !== null);
    const report = await writeTraces(
      traces,
      recordsOf(selection),
      target,
      sink,
      { ...options, expected: ids.length },
      signal,
    );
    return found === null
      ? report
      : { ...report, notes: [...report.notes, ...leftOutNotes(found.leftOut, 'traces')] };
  }

  async function writeTraces(
    traces: AsyncGenerator<Uint8Array>,
    records: RecordsOf,
    target: WriteTarget | null,
    sink: TextSink,
    options: ExportOptions,
    signal: AbortSignal | undefined,
  ): Promise<Omit<ExportReport, 'path'>> {
    if (workerFile === null) {
      const all = (to: TextSink) => exportTraces(traces, options, to, records);
      return target === null ? all(sink) : writeJob(target, all);
    }
    const answer = async (message: FromFileWorker): Promise<ToFileWorker> => {
      if (message.type === 'next') {
        const { value, done } = await traces.next();
        return { type: 'trace', bytes: done === true ? null : value };
      }
      if (message.type === 'logs')
        return { type: 'logs', records: await records.logs(message.traceId, message.limit) };
      if (message.type === 'metrics')
        return { type: 'metrics', page: await records.metrics(message.question) };
      if (message.type === 'piece') await sink.write(message.text);
      return { type: 'taken' };
    };
    try {
      const result = await runThread(workerFile, { type: 'write', target, options }, answer, { signal });
      if (result.type !== 'written')
        throw new TracedeckError('permanent', 'internal', 'The file was not written.');
      return result.report;
    } catch (error) {
      if (target !== null) await removePart(target);
      throw error;
    }
  }

  /** CSV of a query has the spans that match, and not the whole of their traces. */
  async function writeFoundSpans(
    { query, fromMs, toMs, order }: TraceSearch,
    columns: readonly string[],
    limit: number,
    sink: TextSink,
  ): Promise<Omit<ExportReport, 'path'>> {
    const found = await store.searchSpans({
      query,
      fromMs,
      toMs,
      order: order === 'longest' ? 'longest' : 'newest',
      limit,
    });
    let bytes = 0;
    const put = async (text: string): Promise<void> => {
      bytes += Buffer.byteLength(text);
      await sink.write(text);
    };
    await put(csvHead(columns));
    for (let from = 0; from < found.items.length; from += 1000) {
      await put(
        found.items
          .slice(from, from + 1000)
          .map((span) => csvRow(span, columns))
          .join(''),
      );
    }
    return {
      format: 'csv',
      traces: new Set(found.items.map(({ traceId }) => traceId)).size,
      spans: found.items.length,
      bytes,
      notes: ['Events, links and status messages are left out.', ...leftOutNotes(found.leftOut, 'spans')],
    };
  }

  return {
    async importFiles(paths, { signal, onProgress } = {}) {
      const came: Came = { spans: 0, logs: 0, points: 0 };
      const reports: ImportReport[] = [];
      const failures: TracedeckError[] = [];
      const sizes = await Promise.all(paths.map(sizeOf));
      const isKnown = sizes.every((bytes) => bytes !== null);
      const allBytes = isKnown ? sizes.reduce<number>((sum, bytes) => sum + bytes!, 0) : null;
      let before = 0;
      for (const [i, path] of paths.entries()) {
        try {
          reports.push(
            await importFile(path, came, signal, (bytes) => onProgress?.(before + bytes, allBytes)),
          );
        } catch (thrown) {
          const error = toTracedeckError(thrown);
          if (error.code === 'cancelled') throw stopped(came);
          if (error.category !== 'user') throw error;
          failures.push(error);
          reports.push(failedReport(path, error));
        }
        before += sizes[i] ?? 0;
      }
      if (failures.length === paths.length && failures[0] !== undefined) throw failures[0];
      return reports;
    },
    async exportFile(
      selection,
      path,
      { format, columns = [], withLogs = false, withMetrics = false, ...bounds },
      signal,
    ) {
      const nowhere = { write: () => undefined };
      const target = await targetOf(path);
      const options = { format, own, columns, withLogs, withMetrics };
      return { path, ...(await write(selection, target, nowhere, options, { ...bounds, signal })) };
    },
    exportText(
      selection,
      sink,
      { format, columns = [], withLogs = false, withMetrics = false, ...bounds },
      signal,
    ) {
      const options = { format, own, columns, withLogs, withMetrics };
      return write(selection, null, sink, options, { ...bounds, signal });
    },
    async textForLlm(traceId) {
      let text = '';
      const sink = { write: (piece: string) => void (text += piece) };
      await write({ traceIds: [traceId] }, null, sink, { format: 'llm', own, withLogs: true }, {});
      return text;
    },
  };
}

/** What the store has taken of an import so far. */
type Came = { spans: number; logs: number; points: number };

function stopped({ spans, logs, points }: Came): TracedeckError {
  const parts = [
    [spans, 'span'],
    [logs, 'log record'],
    [points, 'metric point'],
  ] as const;
  const told = parts.filter(([count]) => count > 0).map(([count, what]) => countOf(count, what));
  const stays = told.length === 0 ? 'Nothing had come in.' : `What had come in stays: ${told.join(', ')}.`;
  return new TracedeckError('transient', 'cancelled', `The import was stopped before the end. ${stays}`, {
    hint: 'Import the file again for the rest: what is there already is known.',
  });
}

/** `null` for what has none, as a pipe; 0 for what cannot be looked at: reading it says why. */
async function sizeOf(path: string): Promise<number | null> {
  const found = await stat(path).catch(() => null);
  return found === null ? 0 : found.isFile() ? found.size : null;
}

/**
 * Begins: no file is replaced for a search that finds nothing or an id that is not there.
 * @throws TracedeckError `trace_unknown` where no trace has a span
 */
async function fromFirst(
  traces: AsyncGenerator<Uint8Array>,
  isSearch: boolean,
): Promise<AsyncGenerator<Uint8Array>> {
  for (;;) {
    const { value, done } = await traces.next();
    if (done === true) {
      const why = isSearch ? 'the query finds no trace' : 'the trace is not there';
      throw new TracedeckError('user', 'trace_unknown', `There is nothing to export: ${why}.`, {
        hint: isSearch ? 'Ask for more, or for a longer time.' : 'It may have been pruned.',
      });
    }
    if (spanCountOf(value) === 0) continue;
    return (async function* () {
      yield value;
      yield* traces;
    })();
  }
}

function leftOutNotes({ more, unscanned }: LeftOut, what: string): string[] {
  return [
    ...(more ? [`There are more ${what} than were asked for; the newest or longest are written.`] : []),
    ...(unscanned > 0 ? [`${formatCount(unscanned)} spans were not looked at.`] : []),
  ];
}

function failedReport(path: string, { message }: TracedeckError): ImportReport {
  return {
    file: basename(path),
    problem: message,
    format: 'otlp',
    traces: 0,
    spans: 0,
    logs: 0,
    metricPoints: 0,
    known: 0,
    refused: [{ reason: message, count: 1, at: 'the file' }],
    notes: [],
    traceIds: [],
  };
}

/** The store takes so many batches at once and no more: then it is asked again. */
async function whenFree<T>(write: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await write();
    } catch (error) {
      if (!(error instanceof TracedeckError) || error.code !== 'traces_busy') throw error;
      await sleep(BUSY_MS);
    }
  }
}
