/** What every form of export is written through. */
import type { LogRecord } from '../../shared/span.ts';
import type { ExportFormat, StoredPoint } from '../../shared/traceQuery.ts';
import type { PackedTrace } from './packedTrace.ts';

/** Makes a document of traces, in pieces: what it yields is written before it goes on. */
export interface TraceWriter {
  begin(): Iterable<string>;
  /** @param logs its log records, of a form that has `logsWithin`, where they are wanted; newest last */
  trace(trace: PackedTrace, logs: readonly LogRecord[]): Iterable<string>;
  /** Log records stand with their trace, and not behind all of them. */
  readonly logsWithin?: boolean;
  /** Of a form that has a place for them: log records, after all traces. */
  logs?(records: readonly LogRecord[]): Iterable<string>;
  /** The same of metric points, after the log records. */
  metrics?(points: readonly StoredPoint[]): Iterable<string>;
  end(): Iterable<string>;
  /** What the form cannot say, and what was left out, of the traces written so far. */
  notes(): readonly string[];
}

export type ExtensionOf = Readonly<Record<ExportFormat, string>>;
export const EXPORT_EXTENSIONS: ExtensionOf = {
  otlp: '.otlp.json',
  'otlp-jsonl': '.jsonl',
  jaeger: '.jaeger.json',
  chrome: '.trace.json',
  speedscope: '.speedscope.json',
  csv: '.csv',
  html: '.html',
  llm: '.txt',
};

/** The form that a file's name asks for; `null` where it says nothing. */
export function formatOfPath(path: string): ExportFormat | null {
  const name = path.toLowerCase();
  if (/\.(?:jsonl|ndjson)$/.test(name)) return 'otlp-jsonl';
  if (name.endsWith('.csv')) return 'csv';
  if (/\.html?$/.test(name)) return 'html';
  if (/\.(?:txt|md)$/.test(name)) return 'llm';
  if (!name.endsWith('.json')) return null;
  const before = /[.-](otlp|jaeger|trace|chrome|perfetto|speedscope)\.json$/.exec(name)?.[1];
  if (before === 'trace' || before === 'chrome' || before === 'perfetto') return 'chrome';
  return before === 'jaeger' || before === 'speedscope' ? before : 'otlp';
}
