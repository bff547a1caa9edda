import type { MetricSnapshot } from '../../../shared/metric.ts';
import type { LogRecord, SpanRecord } from '../../../shared/span.ts';
import type { Signal } from '../../../shared/telemetrySettings.ts';

/** What became of spans, records and points. */
export interface Tally {
  sent(signal: Signal, count: number): void;
  dropped(signal: Signal, count: number): void;
  /** Dropped, since it cannot be written in any form. */
  unwritable(signal: Signal, count: number, error: unknown): void;
}

/** What the file exporter writes into: it queues at once, and writes when it is told to. */
export interface FileSink {
  /** How long to gather before writing, in ms; grows where writing is slow. */
  readonly waitMs: number;
  /** Nothing is left to write. */
  readonly isEmpty: boolean;
  spans(spans: readonly SpanRecord[]): void;
  logs(records: readonly LogRecord[]): void;
  metrics(snapshots: readonly MetricSnapshot[], timeMs: number): void;
  /** Writes some of what waits. What failed is tried again with the next call. @throws what the disk says */
  write(): Promise<void>;
  /** Drops all that waits. */
  clear(): void;
}
