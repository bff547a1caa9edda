/**
 * What every exporter is: it takes recorded data at once, keeps it in a bounded queue of its own, and never
 * throws. Exporters live in the export thread (exportWorker.ts), or in this one where no thread is wanted.
 */
import type { MetricSnapshot } from '../../../shared/metric.ts';
import type { Attributes, LogRecord, SpanRecord } from '../../../shared/span.ts';
import type { ExporterStatus } from '../../../shared/telemetrySettings.ts';

export interface SignalExporter {
  /** Ended spans. Exporters without interest in a signal ignore it. */
  spans(spans: readonly SpanRecord[]): void;
  logs(records: readonly LogRecord[]): void;
  /** Totals since the start, as of `timeMs` (epoch). */
  metrics(snapshots: readonly MetricSnapshot[], timeMs: number): void;
  /** How often this exporter wants metrics pushed; `null`: never (Prometheus asks by `pullMetrics`). */
  readonly metricIntervalMs: number | null;
  status(): ExporterStatus;
  /** Sends what is queued; `false` where some of it is left. */
  flush(timeoutMs: number): Promise<boolean>;
  /** Sends or spools what is queued, then lets go of everything. */
  close(timeoutMs: number): Promise<void>;
}

export type ExportContext = {
  readonly resource: Attributes;
  /** Name and version under which spans, metrics and logs are sent. */
  readonly scope: { readonly name: string; readonly version: string };
  /** Folder for what waits on disk; `null` for memory alone. */
  readonly spoolDir: string | null;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Metrics as of now, from the main thread. */
  readonly pullMetrics: () => Promise<readonly MetricSnapshot[]>;
  /** Epoch milliseconds at which the totals began to count. */
  readonly startedMs: number;
  /** Lines for the console exporter. */
  readonly print: (text: string) => void;
  /** The terminal that shows those lines; `null` for none, not given for the standard output, whatever that is. */
  readonly terminal?: { readonly columns: number } | null;
};
