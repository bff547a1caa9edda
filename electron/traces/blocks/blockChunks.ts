/**
 * A block of spans as chunks of bytes, one a column.
 *
 *   trace      runs of rows of one trace: number, rows          start, duration   whole microseconds
 *   name, origin, flags, parent's id where it is not in the block: each value once, and which one a row has
 *   parent     see parentCodec.ts
 *   startRest, endRest: nanoseconds (shared/nanoseconds.ts), only where one is not 0
 *   usageSums  see usageCodec.ts, only in large blocks
 *   extraRows, extra: see extraCodec.ts                         16 + key: one attribute
 */
import type { AttributeColumn } from '../blockTypes.ts';
import { writeAttribute } from './attributeCodec.ts';
import { ByteWriter, ChunkError } from './bytes.ts';
import type { ByteReader } from './bytes.ts';
import { writeExtras } from './extraCodec.ts';
import { writeIds } from './idCodec.ts';
import { writeIndexed, writeInts } from './numberCodec.ts';
import { writeParents } from './parentCodec.ts';
import type { SpanColumns } from './spanColumns.ts';

export const SLOT = {
  trace: 0,
  start: 1,
  duration: 2,
  name: 3,
  origin: 4,
  flags: 5,
  spanId: 6,
  parent: 7,
  extraRows: 8,
  extra: 9,
  startRest: 10,
  endRest: 11,
  usageSums: 12,
  attributes: 16,
} as const;

export type Chunk = { readonly slot: number; readonly bytes: Uint8Array };

/** Attributes by key; one that is made from others may be made when it is asked for. */
export type Attributes = { keys(): Iterable<number>; get(key: number): AttributeColumn | undefined };

/**
 * At most one chunk a step, so that somebody who has other work can do it in between.
 * @param columns - in `clusterOrder`
 */
export function* writeChunks(
  columns: SpanColumns,
  attributes: Attributes = columns.attributes,
): Generator<Chunk | null, void> {
  const { count, startUs, durationUs } = columns;
  const into = new ByteWriter();
  const chunk = (slot: number): Chunk => ({ slot, bytes: into.take() });
  writeTraces(into, columns.trace);
  yield chunk(SLOT.trace);
  writeInts(into, startUs);
  yield chunk(SLOT.start);
  // 0: open; above: the duration and one; below: a negative one.
  writeInts(
    into,
    durationUs.map((us) => (Number.isNaN(us) ? 0 : us >= 0 ? us + 1 : us)),
  );
  yield chunk(SLOT.duration);
  writeIndexed(into, columns.name);
  yield chunk(SLOT.name);
  writeIndexed(into, columns.origin);
  yield chunk(SLOT.origin);
  writeIndexed(into, columns.flags);
  yield chunk(SLOT.flags);
  writeIds(into, columns.spanId);
  yield chunk(SLOT.spanId);
  writeParents(into, columns);
  yield chunk(SLOT.parent);
  if (columns.extras.size > 0) {
    const { rows, bodies } = yield* writeExtras(columns.extras, count);
    yield { slot: SLOT.extraRows, bytes: rows };
    yield { slot: SLOT.extra, bytes: bodies };
  }
  for (const [slot, rests] of [
    [SLOT.startRest, columns.startRestNs],
    [SLOT.endRest, columns.endRestNs],
  ] as const) {
    if (rests === null || !rests.some((ns) => ns !== 0)) continue;
    writeInts(into, Float64Array.from(rests));
    yield chunk(slot);
  }
  for (const key of [...attributes.keys()].sort((a, b) => a - b)) {
    const column = attributes.get(key);
    if (column === undefined || column.rows.length === 0) continue;
    writeAttribute(into, column, count);
    yield chunk(SLOT.attributes + key);
  }
}

/** The same at once. */
export function allChunks(columns: SpanColumns): Chunk[] {
  return [...writeChunks(columns)].filter((chunk) => chunk !== null);
}

function writeTraces(into: ByteWriter, trace: Uint32Array): void {
  let last = 0;
  for (let row = 0; row < trace.length;) {
    let end = row + 1;
    while (end < trace.length && trace[end] === trace[row]) end += 1;
    into.varint(trace[row]! - last);
    into.varint(end - row);
    last = trace[row]!;
    row = end;
  }
}

export type TraceRun = { readonly trace: number; readonly from: number; readonly to: number };

export function readRuns(from: ByteReader, count: number): TraceRun[] {
  const runs: TraceRun[] = [];
  let trace = 0;
  for (let row = 0; row < count;) {
    trace += from.varint();
    const to = row + from.varint();
    if (to <= row || to > count) throw new ChunkError('A trace has rows that are not there.');
    runs.push({ trace, from: row, to });
    row = to;
  }
  return runs;
}
