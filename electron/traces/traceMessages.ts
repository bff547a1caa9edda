/** What passes between the trace store's client and its thread. Every request is answered, by its `seq`. */
import type { LogRecord, SpanRecord, TraceSummary } from '../../shared/span.ts';
import type { ErrorCategory } from '../errors/tracedeckError.ts';

export type TraceLimits = {
  /** Pages in use; the oldest traces go first. */
  readonly maxBytes: number;
  readonly maxTraces: number;
  readonly maxLogs: number;
};

export type TraceStats = {
  readonly path: string;
  /** Pages in use, in bytes. */
  readonly bytes: number;
  readonly traces: number;
  readonly spans: number;
  readonly logs: number;
  /** Since this store was opened. */
  readonly prunedTraces: number;
  /** Spans for which there was no room left beside those of their own trace. */
  readonly refusedSpans: number;
  /** Epoch milliseconds; `null` for an empty store. */
  readonly oldestMs: number | null;
};

export type TraceCall =
  | { readonly type: 'open'; readonly path: string; readonly limits: TraceLimits }
  | { readonly type: 'writeSpans'; readonly bytes: Uint8Array }
  | { readonly type: 'writeLogs'; readonly records: readonly LogRecord[] }
  | { readonly type: 'list'; readonly limit: number }
  | { readonly type: 'get'; readonly traceId: string }
  | { readonly type: 'logs'; readonly traceId: string | null; readonly limit: number }
  | { readonly type: 'stats' }
  | { readonly type: 'close' };
export type TraceRequest = {
  readonly seq: number;
  /** W3C, of the span that a read belongs to; its statements are then recorded under it. */
  readonly traceparent?: string;
} & TraceCall;
export type TraceRequestType = TraceCall['type'];
export type TraceCallOf<T extends TraceRequestType> = Extract<TraceCall, { readonly type: T }>;

/** A file that could not be read was set aside for an empty one. */
export type TraceNotice = { readonly code: string; readonly message: string; readonly hint: string | null };

export type TraceValues = {
  readonly open: null;
  /** Spans that were new. */
  readonly writeSpans: { readonly added: number };
  readonly writeLogs: null;
  readonly list: readonly TraceSummary[];
  /** Packed by `encodeSpans`. */
  readonly get: Uint8Array;
  readonly logs: readonly LogRecord[];
  readonly stats: TraceStats;
  readonly close: null;
};

export type TraceReply =
  | {
      readonly seq: number;
      readonly ok: true;
      readonly value: TraceValues[TraceRequestType];
      /** Spent in the thread. */
      readonly durationMs: number;
      readonly notice: TraceNotice | null;
      /** The statements of a read that brought a `traceparent` along; failed ones come with nothing. */
      readonly spans?: readonly SpanRecord[];
    }
  | {
      readonly seq: number;
      readonly ok: false;
      readonly error: {
        readonly category: ErrorCategory;
        readonly code: string;
        readonly message: string;
        readonly hint: string | null;
      };
    };
