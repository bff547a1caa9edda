/** What passes between the program and the thread that reads or writes one file. Each side waits for the other's answer. */
import type { LogRecord, Origin } from '../../shared/span.ts';
import type {
  ExportReport,
  ImportReport,
  MetricPage,
  MetricPageQuestion,
  StoredPoint,
} from '../../shared/traceQuery.ts';
import type { PlainError } from '../errors/tracedeckError.ts';
import type { ExportOptions } from './exportTraces.ts';
import type { WriteTarget } from './fileJobs.ts';
import type { Stored } from './readTraceFile.ts';

export type FileJob =
  | { readonly type: 'read'; readonly path: string; readonly own: Origin }
  /** Without a target the text comes in pieces. */
  | { readonly type: 'write'; readonly target: WriteTarget | null; readonly options: ExportOptions };

export type PackedBatch = {
  /** Packed by `encodeSpans`; `null` for none. */
  readonly spans: Uint8Array | null;
  readonly spanCount: number;
  readonly logs: readonly LogRecord[];
  readonly points: readonly StoredPoint[];
};

export type FromFileWorker =
  /** How many bytes of the file have been read; waits for no answer. */
  | { readonly type: 'progress'; readonly bytes: number }
  | { readonly type: 'batch'; readonly batch: PackedBatch }
  | { readonly type: 'next' }
  | { readonly type: 'logs'; readonly traceId: string; readonly limit: number }
  | { readonly type: 'metrics'; readonly question: MetricPageQuestion }
  | { readonly type: 'piece'; readonly text: string }
  | { readonly type: 'read'; readonly report: ImportReport }
  | { readonly type: 'written'; readonly report: Omit<ExportReport, 'path'> }
  | {
      readonly type: 'failed';
      readonly error: PlainError;
    };

export type ToFileWorker =
  | ({ readonly type: 'stored' } & Stored)
  /** `null` after the last trace. */
  | { readonly type: 'trace'; readonly bytes: Uint8Array | null }
  | { readonly type: 'logs'; readonly records: readonly LogRecord[] }
  | { readonly type: 'metrics'; readonly page: MetricPage }
  | { readonly type: 'taken' };
