/** What passes between the program and the thread that receives. */
import type { LogRecord } from '../../shared/span.ts';
import type { ReceiverSettings, ReceiverStatus, StoredPoint } from '../../shared/traceQuery.ts';

export type ReceiverAccess = {
  /** Clients must show it; `null` for none. */
  readonly token: string | null;
  /** There is a token that cannot be read: nobody is let in. */
  readonly isLocked: boolean;
};

export type ReceiverConfig = {
  readonly settings: ReceiverSettings;
  readonly access: ReceiverAccess;
  /** `service.instance.id` of this very process: its own records do not come in again. */
  readonly ownInstance: string | null;
};

/** Of one request or of several that came at the same time. */
export type PackedRecords = {
  /** Packed by `encodeSpans`. */
  readonly spans: readonly Uint8Array[];
  readonly logs: readonly LogRecord[];
  /** Running totals, and values as of now. */
  readonly points: readonly StoredPoint[];
  /** What was added since the point before. */
  readonly deltas: readonly StoredPoint[];
};

export type StoreOutcome =
  | {
      readonly type: 'stored';
      /** Spans for which the store has no room. */
      readonly refused: number;
    }
  | {
      readonly type: 'failed';
      /** Whether the same records may be sent again. */
      readonly canRetry: boolean;
      readonly message: string;
    };

export type ToReceiver =
  | { readonly type: 'configure'; readonly seq: number; readonly config: ReceiverConfig }
  | { readonly type: 'outcome'; readonly seq: number; readonly outcome: StoreOutcome }
  | { readonly type: 'close'; readonly seq: number };

export type FromReceiver =
  /** What was to be configured or closed is. */
  | { readonly type: 'done'; readonly seq: number }
  | { readonly type: 'write'; readonly seq: number; readonly records: PackedRecords }
  | { readonly type: 'status'; readonly status: ReceiverStatus };
