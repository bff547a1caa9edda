/** Writes traces as a document of any form, one trace after the other, in pieces. */
import type { LogRecord, Origin } from '../../shared/span.ts';
import type { ExportFormat, ExportReport } from '../../shared/traceQuery.ts';
import { PackedTrace } from './packedTrace.ts';
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
};
/** The log records of a trace, newest last, at most `limit`. */
export type LogsOf = (traceId: string, limit: number) => Promise<readonly LogRecord[]>;
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
  { format, own, columns = [], expected = 1, withLogs = false }: ExportOptions,
  sink: TextSink,
  logsOf: LogsOf = async () => [],
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

  const traceIds: string[] = [];
  let logs = 0;
  let cut = 0;
  await put(writer.begin());
  for await (const bytes of traces) {
    const trace = new PackedTrace(bytes, own);
    if (trace.count === 0) continue;
    counts.traces += 1;
    counts.spans += trace.count;
    await put(writer.trace(trace));
    if (withLogs) traceIds.push(trace.traceId);
  }
  for (const traceId of writer.logs === undefined ? [] : traceIds) {
    const records = await logsOf(traceId, MAX_LOGS);
    logs += records.length;
    if (records.length >= MAX_LOGS) cut += 1;
    await put(writer.logs!(records.map((record) => ({ origin: own, ...record }))));
  }
  await put(writer.end());
  await flush();
  const notes = [
    ...writer.notes(),
    ...(withLogs && writer.logs === undefined ? ['This form has no place for log records.'] : []),
    ...(cut > 0 ? [`Of ${cut} traces the newest ${MAX_LOGS} log records alone are written.`] : []),
  ];
  return { format, ...counts, ...(withLogs ? { logs } : {}), notes };
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
