/** Writes traces as a document of any form, one trace after the other, in pieces. */
import type { LogRecord, Origin } from '../../shared/span.ts';
import type { ExportFormat, ExportReport, MetricPage, MetricPageQuestion } from '../../shared/traceQuery.ts';
import { PackedTrace, serviceOf } from './packedTrace.ts';
import type { TraceWriter } from './traceWriter.ts';
import { createChromeWriter } from './writeChrome.ts';
import { createCsvWriter } from './writeCsv.ts';
import { createHtmlWriter } from './writeHtml.ts';
import { createJaegerWriter } from './writeJaeger.ts';
import { createLlmWriter } from './writeLlm.ts';
import { createOtlpWriter } from './writeOtlp.ts';
import { createSpeedscopeWriter } from './writeSpeedscope.ts';

export type ExportOptions = {
  readonly format: ExportFormat;
  /** The origin of spans that this program itself recorded. */
  readonly own: Origin;
  /** Of CSV: attributes with a column of their own. */
  readonly columns?: readonly string[];
  /** How many traces there will be at most, for a text that they share. */
  readonly expected?: number;
  /** Log records of the traces as well. */
  readonly withLogs?: boolean;
  /** Metric points of their time and services as well. */
  readonly withMetrics?: boolean;
};
/** The log records of a trace, newest last, at most `limit`. */
export type LogsOf = (traceId: string, limit: number) => Promise<readonly LogRecord[]>;
/** A page of metric points. */
export type MetricsOf = (question: MetricPageQuestion) => Promise<MetricPage>;
/** What is asked of the store beside the spans. */
export type RecordsOf = { readonly logs: LogsOf; readonly metrics: MetricsOf };
export const NO_RECORDS: RecordsOf = {
  logs: async () => [],
  metrics: async () => ({ points: [], next: null }),
};
/** Programs report that often or more often: what a short trace counted is in the next report. */
const REPORT_MS = 60_000;
/** Of one trace: as many as the longest runs write. */
const MAX_LOGS = 100_000;
export interface TextSink {
  /** Resolves when there is room for more. */
  write(text: string): Promise<void> | void;
}

/** Written at once: small enough for memory, large enough for the disk. */
const PIECE_CHARS = 256 * 1024;

/** @param traces packed by `encodeSpans`, one trace each; empty ones are passed over */
export async function exportTraces(
  traces: AsyncIterable<Uint8Array>,
  { format, own, columns = [], expected = 1, withLogs = false, withMetrics = false }: ExportOptions,
  sink: TextSink,
  recordsOf: RecordsOf = NO_RECORDS,
): Promise<Omit<ExportReport, 'path'>> {
  const writer = createWriter(format, columns, expected);
  const counts = { traces: 0, spans: 0, bytes: 0 };
  let held: string[] = [];
  let heldChars = 0;

  async function put(pieces: Iterable<string>): Promise<void> {
    for (const piece of pieces) {
      held.push(piece);
      heldChars += piece.length;
      if (heldChars >= PIECE_CHARS) await flush();
    }
  }
  async function flush(): Promise<void> {
    const text = held.join('');
    held = [];
    heldChars = 0;
    if (text === '') return;
    counts.bytes += Buffer.byteLength(text);
    await sink.write(text);
  }

  async function logsOf(traceId: string): Promise<readonly LogRecord[]> {
    const records = await recordsOf.logs(traceId, MAX_LOGS);
    logs += records.length;
    if (records.length >= MAX_LOGS) cut += 1;
    return records;
  }

  const hasLogs = writer.logs !== undefined || writer.logsWithin === true;
  const traceIds: string[] = [];
  const services = new Set<string>();
  let [fromMs, toMs] = [Infinity, -Infinity];
  let logs = 0;
  let cut = 0;
  await put(writer.begin());
  for await (const bytes of traces) {
    const trace = new PackedTrace(bytes, own);
    if (trace.count === 0) continue;
    counts.traces += 1;
    counts.spans += trace.count;
    const records = withLogs && writer.logsWithin === true ? await logsOf(trace.traceId) : [];
    await put(writer.trace(trace, records));
    if (withLogs) traceIds.push(trace.traceId);
    if (!withMetrics) continue;
    fromMs = Math.min(fromMs, trace.firstMs);
    toMs = Math.max(toMs, trace.lastMs);
    for (const origin of trace.origins().list) services.add(serviceOf(origin));
  }
  for (const traceId of writer.logs === undefined ? [] : traceIds) {
    const records = await logsOf(traceId);
    await put(writer.logs!(records.map((record) => ({ origin: own, ...record }))));
  }
  let metricPoints = 0;
  const within = { fromMs: fromMs - REPORT_MS, toMs: toMs + REPORT_MS, services: [...services] };
  for (let after: number | null = null; withMetrics && writer.metrics !== undefined;) {
    const { points, next } = await recordsOf.metrics({ ...within, after });
    metricPoints += points.length;
    await put(writer.metrics(points.map((point) => ({ origin: own, ...point }))));
    if (next === null) break;
    after = next;
  }
  await put(writer.end());
  await flush();
  const notes = [
    ...writer.notes(),
    ...(withLogs && !hasLogs ? ['This form has no place for log records.'] : []),
    ...(withMetrics && writer.metrics === undefined ? ['This form has no place for metrics.'] : []),
    ...(cut > 0 ? [`Of ${cut} traces the newest ${MAX_LOGS} log records alone are written.`] : []),
  ];
  return {
    format,
    ...counts,
    ...(withLogs ? { logs } : {}),
    ...(withMetrics ? { metricPoints } : {}),
    notes,
  };
}

function createWriter(format: ExportFormat, columns: readonly string[], expected: number): TraceWriter {
  switch (format) {
    case 'otlp':
      return createOtlpWriter(false);
    case 'otlp-jsonl':
      return createOtlpWriter(true);
    case 'jaeger':
      return createJaegerWriter();
    case 'chrome':
      return createChromeWriter();
    case 'speedscope':
      return createSpeedscopeWriter();
    case 'csv':
      return createCsvWriter(columns);
    case 'html':
      return createHtmlWriter();
    case 'llm':
      return createLlmWriter(expected);
  }
}
