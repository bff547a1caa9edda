/** Rows as a recorder holds them, packed (leafFormat.ts). */
import { HEADER_BYTES, HEADER_WORDS, MAGIC, PARENT_WORDS, WORD } from './leafFormat.ts';
import type { LeafErrorType, LeafOperation } from './leafFormat.ts';
import { SPAN_KINDS } from './span.ts';
import type { Attributes } from './span.ts';
import { writeUtf8 } from './utf8.ts';

/** Columns written round and round: row n lies in slot n % length. */
export type LeafColumns = {
  readonly startMs: Float64Array;
  readonly durationMs: Float32Array;
  readonly operation: Uint16Array;
  readonly error: Uint16Array;
  readonly parent: Uint32Array;
  readonly first: Float64Array;
  readonly second: Float32Array;
};
/** What the numbers in the columns stand for. */
export type LeafTables = {
  readonly idBase: readonly [number, number];
  readonly operations: readonly LeafOperation[];
  /** Without a use for 0. */
  readonly errors: readonly LeafErrorType[];
  /** Six words each: trace id and span id. */
  readonly parentIds: Uint32Array;
  /** By parent; of all rows beneath it. */
  readonly parentAttributes: ReadonlyMap<number, Attributes>;
  readonly parentLimit: number;
};

export const ROW_COLUMNS = { bytes: 32 } as const;

/** Whether a number has been met in the block in the making: where the stamp is the block's. */
let seen = new Uint32Array(1024);
let stamp = 0;

function distinct(column: Uint32Array | Uint16Array, limit: number): number[] {
  if (seen.length < limit) seen = new Uint32Array(limit * 2);
  stamp = (stamp + 1) >>> 0;
  if (stamp === 0) {
    seen.fill(0);
    stamp = 1;
  }
  const found: number[] = [];
  let last = -1;
  for (let i = 0; i < column.length; i += 1) {
    const no = column[i]!;
    if (no === last) continue;
    last = no;
    if (seen[no] === stamp) continue;
    seen[no] = stamp;
    found.push(no);
  }
  return found;
}

/**
 * Packs `count` rows from row `from` on, or those of `rows` (ascending, the first of them `from`), in a buffer
 * of its own.
 */
export function packLeaves(
  columns: LeafColumns,
  tables: LeafTables,
  from: number,
  count: number,
  rows: readonly number[] | null,
): Uint8Array {
  const capacity = columns.startMs.length;
  const copy = <T extends Float64Array | Float32Array | Uint32Array | Uint16Array>(to: T, column: T): T => {
    if (rows !== null) {
      for (let i = 0; i < count; i += 1) to[i] = column[rows[i]! % capacity]!;
      return to;
    }
    const slot = from % capacity;
    const straight = Math.min(count, capacity - slot);
    to.set(column.subarray(slot, slot + straight));
    if (straight < count) to.set(column.subarray(0, count - straight), straight);
    return to;
  };
  // The small columns first: what they refer to decides how large the block is.
  const operation = copy(new Uint16Array(count), columns.operation);
  const error = copy(new Uint16Array(count), columns.error);
  const parent = copy(new Uint32Array(count), columns.parent);
  const parents = distinct(parent, tables.parentLimit);
  const { sets, noOf } = attributeSets(parents, tables.parentAttributes);
  const text = JSON.stringify([
    distinct(operation, tables.operations.length).map((no) => {
      const { name, kind, attributes, facts } = tables.operations[no]!;
      return [no, name, SPAN_KINDS.indexOf(kind), Object.entries(attributes), facts];
    }),
    distinct(error, tables.errors.length)
      .filter((no) => no !== 0)
      .map((no) => [no, tables.errors[no]!.type, tables.errors[no]!.expected]),
    sets.map((attributes) => Object.entries(attributes)),
  ]);
  const utf8 = new Uint8Array(text.length * 3);
  const textBytes = writeUtf8(text, utf8, 0);

  const n = count;
  const words = n * (rows === null ? 1 : 2) + parents.length * PARENT_WORDS;
  const intsAt = HEADER_BYTES + 24 * n;
  const shortsAt = intsAt + words * 4;
  const textAt = shortsAt + 4 * n;
  const total = textAt + textBytes;
  const out = new Uint8Array(total);
  const [baseHigh, baseLow] = tables.idBase;
  new Uint32Array(out.buffer, 0, HEADER_WORDS).set([
    MAGIC,
    n,
    parents.length,
    rows === null ? 0 : 1,
    textBytes,
    total,
    baseHigh,
    baseLow,
    Math.floor(from / WORD),
    from % WORD,
  ]);
  copy(new Float64Array(out.buffer, HEADER_BYTES, n), columns.startMs);
  copy(new Float64Array(out.buffer, HEADER_BYTES + 8 * n, n), columns.first);
  copy(new Float32Array(out.buffer, HEADER_BYTES + 16 * n, n), columns.durationMs);
  copy(new Float32Array(out.buffer, HEADER_BYTES + 20 * n, n), columns.second);
  const ints = new Uint32Array(out.buffer, intsAt, words);
  ints.set(parent);
  let at = n;
  if (rows !== null) for (let i = 0; i < n; i += 1) ints[at++] = rows[i]! - from;
  for (const no of parents) {
    ints[at] = no;
    for (let word = 0; word < 6; word += 1) ints[at + 1 + word] = tables.parentIds[no * 6 + word]!;
    ints[at + 7] = noOf(no);
    at += PARENT_WORDS;
  }
  const shorts = new Uint16Array(out.buffer, shortsAt, 2 * n);
  shorts.set(operation);
  shorts.set(error, n);
  out.set(utf8.subarray(0, textBytes), textAt);
  return out;
}

/** The different attributes of these parents, and which of them, counted from 1, are whose; 0 for none. */
function attributeSets(parents: readonly number[], attributes: LeafTables['parentAttributes']) {
  const nos = new Map<Attributes, number>();
  if (attributes.size > 0) {
    for (const parent of parents) {
      const own = attributes.get(parent);
      if (own !== undefined && !nos.has(own)) nos.set(own, nos.size + 1);
    }
  }
  const noOf = (parent: number): number => {
    const own = attributes.get(parent);
    return own === undefined ? 0 : nos.get(own)!;
  };
  return { sets: [...nos.keys()], noOf };
}
