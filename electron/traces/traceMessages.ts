/** What passes between the trace store's client and its thread. Every request is answered, by its `seq`. */
import type { Origin, SpanRecord, TraceSummary } from '../../shared/span.ts';
import type { PlainError } from '../errors/tracedeckError.ts';
import type { Method, ParamsOf, StoreSettings } from './questions.ts';
import type { SqlCounts, SqlRecording } from './sqlSpans.ts';

/** What a thread is started with: numbers in shared memory. */
export type StoreThreadData = {
  /** One: calls that were sent and not taken up. Work that can wait ends for them. */
  readonly waiting: SharedArrayBuffer;
  /** `COUNTS` of them, one store's: what one thread counts and another tells, and what one waits for. */
  readonly counts: SharedArrayBuffer;
};
/** Places in `counts`. */
export const COUNTS = {
  /** Spans without room beside the others of their trace. */
  refused: 0,
  /** Spans that came again. */
  duplicates: 1,
  /** 1 when no other thread of this store has the file open any more. */
  isAlone: 2,
} as const;

export type OpenStore = {
  readonly path: string;
  readonly settings: StoreSettings;
  /** Of spans that come without an origin: this program; `null` where that is not known. */
  readonly ownOrigin: Origin | null;
  /** Small batches are put together while nobody asks for anything. */
  readonly compacts: boolean;
  /** Whether another thread writes: this one only reads, and leaves what is damaged to the other. */
  readonly isReader: boolean;
};

export type TraceCall =
  | { readonly method: 'open'; readonly params: OpenStore }
  | { readonly method: 'close'; readonly params: null }
  | { [M in Method]: { readonly method: M; readonly params: ParamsOf<M> } }[Method];
export type TraceRequest = TraceCall & {
  readonly seq: number;
  /** W3C, of the span that a read belongs to; its statements are then recorded under it. */
  readonly traceparent?: string;
  /** How closely; not given: each statement. */
  readonly recording?: SqlRecording;
};

/** A file that could not be read was set aside for an empty one. */
export type TraceNotice = { readonly code: string; readonly message: string; readonly hint: string | null };

type SqlReport = {
  /** The statements of a read that brought a `traceparent` along. */
  readonly spans?: readonly SpanRecord[];
  /** Of a read: all its statements, recorded or not. */
  readonly counts?: SqlCounts;
};
export type TraceReply = SqlReport &
  (
    | {
        readonly seq: number;
        readonly ok: true;
        readonly value: unknown;
        /** Spent in the thread. */
        readonly durationMs: number;
        readonly notice: TraceNotice | null;
      }
    | {
        readonly seq: number;
        readonly ok: false;
        readonly error: PlainError;
        /** The file is damaged, and this thread only reads. */
        readonly isDamage?: boolean;
      }
  );

/** Told without being asked. */
export type TraceNews = {
  /** Traces that were written to since the last news, newest first. */
  readonly changed?: readonly TraceSummary[];
  /** A file that showed its damage while nobody had asked. */
  readonly notice?: TraceNotice;
  /** A damaged file is about to be moved: the thread waits until no other has it open (`COUNTS.isAlone`). */
  readonly wantsAlone?: true;
};

/** Reads of what the thread that writes knows before the file does: reports that changed nothing are written later. */
export const KNOWN_TO_WRITER: ReadonlySet<Method | 'open' | 'close'> = new Set<Method>([
  'metricSeries',
  'metricPoints',
]);

/** Methods that change the file; the others are read as of one moment. */
export const WRITES: ReadonlySet<Method | 'open' | 'close'> = new Set<Method>([
  'writeSpans',
  'writeLogs',
  'writeMetrics',
  'configure',
  'pinTrace',
  'saveQuery',
  'removeQuery',
]);
