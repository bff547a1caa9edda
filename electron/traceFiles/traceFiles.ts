/** Trace files as the program sees them: into the store, and out of it. Each file is read or written by a thread of its own. */
import { basename } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { spanCountOf } from '../../shared/spanFormat.ts';
import type { LogRecord, Origin } from '../../shared/span.ts';
import type {
  ExportFormat,
  ExportReport,
  ExportSelection,
  Found,
  FoundSpan,
  FoundTrace,
  ImportReport,
  LeftOut,
  SpanSearch,
  StoredPoint,
  TraceSearch,
} from '../../shared/traceQuery.ts';
import { toTracedeckError, TracedeckError } from '../errors/tracedeckError.ts';
import { exportTraces, type ExportOptions, type TextSink } from './exportTraces.ts';
import { partOf, readJob, targetOf, writeJob } from './fileJobs.ts';
import type { PackedBatch } from './fileMessages.ts';
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
  searchTraces(search: TraceSearch): Promise<Found<FoundTrace>>;
  searchSpans(search: SpanSearch): Promise<Found<FoundSpan>>;
}

export type ExportTarget = {
  readonly format: ExportFormat;
  /** Of CSV: attributes with a column of their own. */
  readonly columns?: readonly string[];
};

export interface TraceFiles {
  /**
   * Reads files into the store. Of several, one that cannot be read is told in its report.
   * @throws TracedeckError `file_unreadable`, `file_packed`, `file_unknown`, `file_too_large` where none could be read
   */
  importFiles(paths: readonly string[]): Promise<readonly ImportReport[]>;
  /** @throws TracedeckError `trace_unknown` where there is nothing to write, `export_failed` */
  exportFile(selection: ExportSelection, path: string, target: ExportTarget): Promise<ExportReport>;
  /** The same in pieces. */
  exportText(
    selection: ExportSelection,
    sink: TextSink,
    target: ExportTarget,
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

  async function importFile(path: string): Promise<ImportReport> {
    if (workerFile === null) return readJob(path, own, put);
    const result = await runThread(workerFile, { type: 'read', path, own }, async (message) => {
      if (message.type !== 'batch') return { type: 'taken' };
      return { type: 'stored', ...(await put(message.batch)) };
    });
    if (result.type !== 'read') throw new TracedeckError('permanent', 'internal', 'The file was not read.');
    return result.report;
  }

  /** The packed spans of what is asked for, trace by trace. */
  async function* tracesOf(selection: ExportSelection): AsyncGenerator<Uint8Array> {
    const ids =
      'traceIds' in selection
        ? selection.traceIds
        : (await store.searchTraces(selection.search)).items.map(({ traceId }) => traceId);
    for (const traceId of ids) yield await store.get(traceId);
  }

  async function write(
    selection: ExportSelection,
    path: string | null,
    sink: TextSink,
    options: ExportOptions,
  ): Promise<Omit<ExportReport, 'path'>> {
    if (options.format === 'csv' && 'search' in selection) {
      const rows = (to: TextSink) => writeFoundSpans(selection.search, options.columns ?? [], to);
      return path === null ? rows(sink) : writeJob(path, rows);
    }
    const traces = await fromFirst(tracesOf(selection));
    if (workerFile === null) {
      const all = (to: TextSink) => exportTraces(traces, options, to);
      return path === null ? all(sink) : writeJob(path, all);
    }
    const result = await runThread(workerFile, { type: 'write', path, options }, async (message) => {
      if (message.type === 'next') {
        const { value, done } = await traces.next();
        return { type: 'trace', bytes: done === true ? null : value };
      }
      if (message.type === 'piece') await sink.write(message.text);
      return { type: 'taken' };
    });
    if (result.type !== 'written')
      throw new TracedeckError('permanent', 'internal', 'The file was not written.');
    return result.report;
  }

  /** CSV of a query has the spans that match, and not the whole of their traces. */
  async function writeFoundSpans(
    { query, fromMs, toMs, order }: TraceSearch,
    columns: readonly string[],
    sink: TextSink,
  ): Promise<Omit<ExportReport, 'path'>> {
    const found = await store.searchSpans({
      query,
      fromMs,
      toMs,
      order: order === 'longest' ? 'longest' : 'newest',
      limit: CSV_SPANS,
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
    const { more, unscanned } = found.leftOut;
    return {
      format: 'csv',
      traces: new Set(found.items.map(({ traceId }) => traceId)).size,
      spans: found.items.length,
      bytes,
      notes: [
        'Events, links and status messages are left out.',
        ...(more ? [`More spans match than the ${CSV_SPANS} that were written.`] : []),
        ...(unscanned > 0 ? [`${unscanned} spans were not looked at.`] : []),
      ],
    };
  }

  return {
    async importFiles(paths) {
      const reports: ImportReport[] = [];
      const failures: TracedeckError[] = [];
      for (const path of paths) {
        try {
          reports.push(await importFile(path));
        } catch (thrown) {
          const error = toTracedeckError(thrown);
          if (error.category !== 'user') throw error;
          failures.push(error);
          reports.push(failedReport(path, error));
        }
      }
      if (failures.length === paths.length && failures[0] !== undefined) throw failures[0];
      return reports;
    },
    async exportFile(selection, path, { format, columns = [] }) {
      const nowhere = { write: () => undefined };
      return { path, ...(await write(selection, path, nowhere, { format, own, columns })) };
    },
    exportText: (selection, sink, { format, columns = [] }) =>
      write(selection, null, sink, { format, own, columns }),
    async textForLlm(traceId) {
      let text = '';
      const sink = { write: (piece: string) => void (text += piece) };
      await write({ traceIds: [traceId] }, null, sink, { format: 'llm', own });
      return text;
    },
  };
}

/**
 * Begins: no file is replaced for a search that finds nothing or an id that is not there.
 * @throws TracedeckError `trace_unknown` where no trace has a span
 */
async function fromFirst(traces: AsyncGenerator<Uint8Array>): Promise<AsyncGenerator<Uint8Array>> {
  for (;;) {
    const { value, done } = await traces.next();
    if (done === true) {
      throw new TracedeckError('user', 'trace_unknown', 'There is nothing to export: no trace is there.', {
        hint: 'It may have been pruned; see: trace list',
      });
    }
    if (spanCountOf(value) === 0) continue;
    return (async function* () {
      yield value;
      yield* traces;
    })();
  }
}

function failedReport(path: string, { message }: TracedeckError): ImportReport {
  return {
    file: basename(path),
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
