/** Reading and writing of files in tests: in this thread, through a temporary folder that goes away. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';
import { exportTraces } from '../../../electron/traceFiles/exportTraces.ts';
import { timeOfNanos } from '../../../electron/traceFiles/attributeValues.ts';
import { toNanos } from '../../../electron/traceFiles/otlpAnyValue.ts';
import { readTraceFile } from '../../../electron/traceFiles/readTraceFile.ts';
import { encodeSpans } from '../../../shared/spanCodec.ts';
import type { LogRecord, Origin, SpanRecord } from '../../../shared/span.ts';
import type { ExportFormat, ImportReport, StoredPoint } from '../../../shared/traceQuery.ts';

export const OWN: Origin = {
  resource: { 'service.name': 'tracedeck', 'service.version': '1.2.3' },
  scope: { name: 'tracedeck', version: '1.2.3' },
};

const folder = mkdtempSync(join(tmpdir(), 'trace-files-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

export type ReadFile = {
  readonly report: ImportReport;
  readonly spans: readonly SpanRecord[];
  readonly logs: readonly LogRecord[];
  readonly points: readonly StoredPoint[];
  readonly batches: number;
};

export function pathFor(name: string): string {
  return join(folder, name);
}

export function writeFile(name: string, content: string | Uint8Array): string {
  writeFileSync(pathFor(name), content);
  return pathFor(name);
}

/** Text and bytes are written to a file of that name first. */
export async function readFile(name: string, content?: string | Uint8Array | object): Promise<ReadFile> {
  const bytes =
    content === undefined || typeof content === 'string' || content instanceof Uint8Array
      ? content
      : JSON.stringify(content);
  const path = bytes === undefined ? name : writeFile(name, bytes);
  const spans: SpanRecord[] = [];
  const logs: LogRecord[] = [];
  const points: StoredPoint[] = [];
  let batches = 0;
  const report = await readTraceFile(path, {
    own: OWN,
    async write(batch) {
      spans.push(...batch.spans);
      logs.push(...batch.logs);
      points.push(...batch.points);
      batches += 1;
      return { known: 0, refused: 0 };
    },
  });
  return { report, spans, logs, points, batches };
}

/** Spans as a document, trace by trace. */
export async function exported(
  format: ExportFormat,
  spans: readonly SpanRecord[],
  columns: readonly string[] = [],
) {
  let text = '';
  const report = await exportTraces(
    tracesOf(spans),
    { format, own: OWN, columns },
    { write: (piece) => void (text += piece) },
  );
  return { text, report };
}

async function* tracesOf(spans: readonly SpanRecord[]): AsyncGenerator<Uint8Array> {
  for (const traceId of new Set(spans.map((span) => span.traceId)))
    yield encodeSpans(spans.filter((span) => span.traceId === traceId));
}

/** The same span, its times as a file that has nanoseconds tells them. */
export function inNanoseconds(span: SpanRecord): SpanRecord {
  const told = <Name extends 'start' | 'end'>(name: Name, ms: number | null) => {
    const time = ms === null ? null : timeOfNanos(toNanos(ms));
    const rest = time === null || time.restNs === 0 ? {} : { [`${name}RestNs`]: time.restNs };
    return { [`${name}Ms`]: time?.ms ?? null, ...rest } as object;
  };
  return { ...span, ...told('start', span.startMs), ...told('end', span.endMs) };
}

/** By id, for comparisons in which order says nothing. */
export function byId(spans: readonly SpanRecord[]): Record<string, SpanRecord> {
  return Object.fromEntries(
    spans
      .map((span) => [`${span.traceId} ${span.spanId}`, span] as const)
      .sort(([a], [b]) => (a < b ? -1 : 1)),
  );
}

export function aSpan(part: Partial<SpanRecord> = {}): SpanRecord {
  return {
    traceId: '0af7651916cd43dd8448eb211c80319c',
    spanId: 'b7ad6b7169203331',
    parentSpanId: null,
    name: 'GET /cart',
    kind: 'server',
    startMs: 1_790_000_000_000.25,
    endMs: 1_790_000_000_012.5,
    status: 'unset',
    statusMessage: null,
    attributes: {},
    events: [],
    links: [],
    ...part,
  };
}
