/** What passes between the hub on the main thread and the export thread. Requests with `seq` are answered by `done`. */
import type { MetricSnapshot } from '../../../shared/metric.ts';
import type { Attributes, LogRecord } from '../../../shared/span.ts';
import type { ExporterSettings, ExporterStatus } from '../../../shared/telemetrySettings.ts';

export type ToExportWorker =
  | {
      readonly type: 'open';
      readonly seq: number;
      readonly resource: Attributes;
      readonly scope: { readonly name: string; readonly version: string };
      readonly spoolDir: string | null;
      readonly startedMs: number;
    }
  /** The exporters as they shall be: known ids with the same settings stay, others are closed or begun. */
  | { readonly type: 'configure'; readonly seq: number; readonly exporters: readonly ExporterSettings[] }
  /** Packed spans or rows; done when every exporter has queued or refused them. */
  | { readonly type: 'spans'; readonly seq: number; readonly bytes: Uint8Array }
  | { readonly type: 'logs'; readonly seq: number; readonly records: readonly LogRecord[] }
  /** The answer to `pullMetrics`, or a push for exporters with an interval. */
  | {
      readonly type: 'metrics';
      readonly seq: number;
      readonly pull: number | null;
      readonly snapshots: readonly MetricSnapshot[];
      readonly timeMs: number;
    }
  | { readonly type: 'flush' | 'close'; readonly seq: number; readonly timeoutMs: number };

export type FromExportWorker =
  | { readonly type: 'done'; readonly seq: number; readonly ok: boolean }
  /** Once a second while something changes. */
  | { readonly type: 'status'; readonly exporters: readonly ExporterStatus[] }
  | { readonly type: 'pullMetrics'; readonly pull: number }
  | { readonly type: 'print'; readonly text: string }
  /** The shortest interval that an exporter wants metrics at; `null` for none. */
  | { readonly type: 'metricInterval'; readonly intervalMs: number | null };
