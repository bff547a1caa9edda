/**
 * How it is written which row is whose parent: 0 none, 1 elsewhere, 2 cut out of a cycle, else 3 + the steps back to its
 * row. Then the ids of those that are not in the block: each once, and which one a row names.
 */
import { NO_PARENT, PARENT_ELSEWHERE } from '../blockTypes.ts';
import type { NamedParents } from '../blockTypes.ts';
import { bitsFor, ChunkError, packBits, unpackBits } from './bytes.ts';
import type { ByteReader, ByteWriter } from './bytes.ts';
import { readIds, writeIds } from './idCodec.ts';
import { openInts, readInts, writeInts } from './numberCodec.ts';
import { parentRows } from './parents.ts';
import type { SpanColumns } from './spanColumns.ts';

const NONE = 0;
const ELSEWHERE = 1;
const CUT = 2;
const STEPS = 3;

export function writeParents(into: ByteWriter, columns: SpanColumns): void {
  const { count, parentId } = columns;
  const { parent, isCut } = parentRows(columns);
  const codes = new Float64Array(count);
  const named: number[] = [];
  for (let row = 0; row < count; row += 1) {
    const found = parent[row]!;
    if (found >= 0) {
      const steps = row - found;
      codes[row] = STEPS + (steps > 0 ? 2 * steps - 2 : -2 * steps - 1);
    } else if (found === PARENT_ELSEWHERE) codes[row] = ELSEWHERE;
    else codes[row] = isCut?.[row] === 1 ? CUT : NONE;
    if (codes[row] === ELSEWHERE || codes[row] === CUT) named.push(row);
  }
  writeInts(into, codes);
  const places = new Map<string, number>();
  const ids: number[] = [];
  const indexes = Uint32Array.from(named, (row) => {
    const high = parentId[row * 2]!;
    const low = parentId[row * 2 + 1]!;
    const key = `${high} ${low}`;
    let place = places.get(key);
    if (place === undefined) {
      places.set(key, (place = places.size));
      ids.push(high, low);
    }
    return place;
  });
  into.varint(named.length);
  into.varint(places.size);
  writeIds(into, Uint32Array.from(ids));
  packBits(into, indexes, named.length, bitsFor(places.size));
}

/** A parent that is not a row of the block, in the answers of `openParents`: its id is among those that are named. */
export const NAMED = PARENT_ELSEWHERE;

/** The parents of single rows, without the others: a row, NO_PARENT or NAMED. */
export function openParents(from: ByteReader, count: number): (row: number) => number {
  const code = openInts(from, count);
  return (row) => {
    const of = code(row);
    return of >= STEPS ? rowAbove(row, of, count) : of === NONE ? NO_PARENT : NAMED;
  };
}

function rowAbove(row: number, code: number, count: number): number {
  const steps = code - STEPS;
  const above = row - ((steps & 1) === 0 ? (steps >> 1) + 1 : -((steps + 1) >> 1));
  if (above < 0 || above >= count) throw new ChunkError('A parent is not in its block.');
  return above;
}

export type Parents = { readonly parent: Int32Array; readonly named: NamedParents };

export function readParents(from: ByteReader, count: number): Parents {
  const codes = readInts(from, count);
  const parent = new Int32Array(count);
  let rows = new Uint32Array(64);
  let length = 0;
  for (let row = 0; row < count; row += 1) {
    const code = codes[row]!;
    if (code >= STEPS) {
      parent[row] = rowAbove(row, code, count);
      continue;
    }
    parent[row] = code === ELSEWHERE ? PARENT_ELSEWHERE : NO_PARENT;
    if (code === NONE) continue;
    if (length === rows.length) {
      const next = new Uint32Array(length * 2);
      next.set(rows);
      rows = next;
    }
    rows[length++] = row;
  }
  if (from.varint() !== length) throw new ChunkError('Parents are missing.');
  const different = from.varint();
  if (different > length) throw new ChunkError('Parents are missing.');
  const all = readIds(from, different);
  const indexes = unpackBits(from, length, bitsFor(different));
  const ids = new Uint32Array(length * 2);
  for (let i = 0; i < length; i += 1) {
    ids[i * 2] = all[indexes[i]! * 2]!;
    ids[i * 2 + 1] = all[indexes[i]! * 2 + 1]!;
  }
  return { parent, named: { rows: rows.slice(0, length), ids } };
}
