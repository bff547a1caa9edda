/** What a delivery is made of (delivery.ts). */
import type { Signal } from '../../../shared/telemetrySettings.ts';
import type { OtlpForm } from './otlpEncode.ts';
import type { Spool } from './spool.ts';
import type { Transport } from './transport.ts';

export type DeliveryTiming = {
  /** How long something waits for others to share its request. */
  readonly batchMs: number;
  /** The same while requests go to disk. */
  readonly spoolMs: number;
  /** Before the first repetition; doubles with each, and half of it is chance. */
  readonly backoffMs: number;
  readonly maxBackoffMs: number;
  /** A server's own wish is followed so far. */
  readonly maxRetryAfterMs: number;
  /** After so many failures in a row what waits goes to disk. */
  readonly spoolAfter: number;
  /** Between attempts while something has to be put right first (certificates). */
  readonly repairMs: number;
};
export const DELIVERY_TIMING: DeliveryTiming = {
  batchMs: 1000,
  spoolMs: 5000,
  backoffMs: 1000,
  maxBackoffMs: 30_000,
  maxRetryAfterMs: 600_000,
  spoolAfter: 2,
  repairMs: 60_000,
};

/** Where to, and how. */
export type DeliveryTarget = {
  readonly transport: Transport;
  readonly form: OtlpForm;
  readonly timeoutMs: number;
};
export type DeliveryLimits = { readonly maxQueue: number; readonly maxBatch: number };

/** What the exporter wants to know of all its signals. */
export type DeliveryReport = {
  request(isRetry: boolean): void;
  delivered(latencyMs: number): void;
  error(message: string): void;
};

export type DeliveryOptions<T> = {
  readonly signal: Signal;
  /** Items (spans, records, points) in one element of the queue. */
  readonly weigh: (element: T) => number;
  readonly encode: (elements: readonly T[], form: OtlpForm) => Uint8Array;
  /** What the server left out of a request that it took. May throw on what is no answer. */
  readonly readAnswer: (
    form: OtlpForm,
    bytes: Uint8Array,
  ) => { readonly rejected: number; readonly message: string | null };
  readonly limits: DeliveryLimits;
  readonly spool: Spool | null;
  readonly timing: DeliveryTiming;
  readonly report: DeliveryReport;
};
