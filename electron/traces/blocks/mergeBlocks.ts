/** Several blocks as one, trace by trace, without the rows that no longer count. */
import type { AttributeColumn, SpanBlock, SpanExtra, UsageSums } from '../blockTypes.ts';
import { BlockColumns } from './blockColumns.ts';
import { ByteWriter } from './bytes.ts';
import { EXTRAS_AT_ONCE } from './extraCodec.ts';
import { newBlock } from './newBlock.ts';
import type { NewBlock } from './newBlock.ts';
import { clusterOrder, ColumnBuilder, selectEntries, selectRows } from './spanColumns.ts';
import type { SpanColumns } from './spanColumns.ts';
import { SLOT, writeChunks } from './blockChunks.ts';
import type { Chunk } from './blockChunks.ts';
import { StoredBlock } from './storedBlock.ts';
import { writeUsageSums } from './usageCodec.ts';

/** What the model calls of a block used. */
export type SumUp = (block: SpanBlock) => Generator<void, UsageSums>;

/** From so many rows on what model calls used is summed up: smaller blocks soon become part of others. */
const SUMMED_ROWS = 4096;

/**
 * Works in steps of a few milliseconds for blocks of the usual size. Returns `null` where no row is left.
 * @param sumUp - of the new block, what its model calls used; not given: left to who asks
 */
export function* mergeBlocks(
  blocks: readonly StoredBlock[],
  sumUp?: SumUp,
): Generator<void, NewBlock | null> {
  const fixed: SpanColumns[] = [];
  for (const block of blocks) {
    const { count, trace, startUs, durationUs, name, origin, flags, spanId, parentId } = block.columns;
    const { startRestNs, endRestNs } = block.columns;
    fixed.push({
      count,
      trace,
      startUs,
      durationUs,
      name,
      origin,
      flags,
      spanId,
      parentId,
      startRestNs,
      endRestNs,
      attributes: new Map(),
      extras: yield* extrasOf(block),
    });
    yield;
  }
  const all = concat(fixed);
  const dead = new Uint8Array(all.count);
  let offset = 0;
  for (const block of blocks) {
    if (block.dead !== null) dead.set(block.dead, offset);
    offset += block.count;
  }
  yield;
  const order = clusterOrder(all, dead);
  if (order.length === 0) return null;
  yield;
  const columns = selectRows(all, order);
  yield;
  const newRow = new Int32Array(all.count).fill(-1);
  for (let row = 0; row < order.length; row += 1) newRow[order[row]!] = row;
  const place = new Int32Array(order.length).fill(-1);
  const keys = new Set(blocks.flatMap((block) => [...block.keys]));
  const chunks: Chunk[] = [];
  const writing = writeChunks(columns, {
    keys: () => keys,
    get: (key) => selectEntries(appended(blocks, key), newRow, place),
  });
  for (const chunk of writing) {
    if (chunk !== null) chunks.push(chunk);
    yield;
  }
  const merged = newBlock(columns, chunks);
  if (sumUp === undefined || columns.count < SUMMED_ROWS) return merged;
  const summed = yield* withUsageSums(merged, sumUp);
  yield;
  return summed;
}

/** The chunk of sums stands before those of attributes: slots are ascending. */
function* withUsageSums(merged: NewBlock, sumUp: SumUp): Generator<void, NewBlock> {
  const { count, chunks } = merged;
  const source = {
    slots: chunks.map(({ slot }) => slot),
    read: (slot: number) => chunks.find((chunk) => chunk.slot === slot)!.bytes,
  };
  const block = new StoredBlock({ ...merged, id: 0 }, null, new BlockColumns(count, source));
  const into = new ByteWriter();
  writeUsageSums(into, yield* sumUp(block));
  const sums: Chunk = { slot: SLOT.usageSums, bytes: into.take() };
  const at = chunks.findIndex(({ slot }) => slot > SLOT.usageSums);
  return { ...merged, chunks: chunks.toSpliced(at === -1 ? chunks.length : at, 0, sums) };
}

function* extrasOf(block: StoredBlock): Generator<void, Map<number, SpanExtra>> {
  const extras = new Map<number, SpanExtra>();
  for (const row of block.extraRows) {
    if (block.dead?.[row] === 1) continue;
    extras.set(row, block.extra(row)!);
    if (extras.size % EXTRAS_AT_ONCE === 0) yield;
  }
  return extras;
}

function appended(blocks: readonly StoredBlock[], key: number): AttributeColumn {
  if (blocks.length === 1) return blocks[0]!.attribute(key)!;
  const builder = new ColumnBuilder();
  let offset = 0;
  for (const block of blocks) {
    const column = block.attribute(key);
    if (column !== null) builder.append(column, offset);
    offset += block.count;
  }
  return builder.finish();
}

function concat(parts: readonly SpanColumns[]): SpanColumns {
  const count = parts.reduce((sum, part) => sum + part.count, 0);
  const join = <
    K extends 'trace' | 'startUs' | 'durationUs' | 'name' | 'origin' | 'flags' | 'spanId' | 'parentId',
  >(
    column: K,
    into: SpanColumns[K],
  ): SpanColumns[K] => {
    let at = 0;
    for (const part of parts) {
      into.set(part[column] as never, at);
      at += part[column].length;
    }
    return into;
  };
  const joinRests = (column: 'startRestNs' | 'endRestNs'): Int16Array | null => {
    if (parts.every((part) => part[column] === null)) return null;
    const into = new Int16Array(count);
    let at = 0;
    for (const part of parts) {
      if (part[column] !== null) into.set(part[column], at);
      at += part.count;
    }
    return into;
  };
  const extras = new Map<number, SpanExtra>();
  let offset = 0;
  for (const part of parts) {
    for (const [row, extra] of part.extras) extras.set(row + offset, extra);
    offset += part.count;
  }
  return {
    count,
    trace: join('trace', new Uint32Array(count)),
    startUs: join('startUs', new Float64Array(count)),
    durationUs: join('durationUs', new Float64Array(count)),
    name: join('name', new Uint32Array(count)),
    origin: join('origin', new Uint32Array(count)),
    flags: join('flags', new Uint8Array(count)),
    spanId: join('spanId', new Uint32Array(count * 2)),
    parentId: join('parentId', new Uint32Array(count * 2)),
    startRestNs: joinRests('startRestNs'),
    endRestNs: joinRests('endRestNs'),
    attributes: new Map(),
    extras,
  };
}
