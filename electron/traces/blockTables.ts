/**
 * Blocks in SQLite: which there are (held in memory, and looked at anew when another process has written), their
 * columns (some of them kept decoded), adding, marking rows dead, taking away.
 */
import * as zlib from 'node:zlib';
import type { Db } from '../sqlite/openDatabase.ts';
import { BlockMemos, ColumnCache } from './blockCache.ts';
import { ByteReader, ByteWriter, ChunkError } from './blocks/bytes.ts';
import type { NewBlock } from './blocks/newBlock.ts';
import type { Chunk } from './blocks/blockChunks.ts';
import { BlockColumns } from './blocks/blockColumns.ts';
import type { ChunkSource } from './blocks/blockColumns.ts';
import { StoredBlock } from './blocks/storedBlock.ts';

/** Blocks smaller than this are one row. */
const WHOLE_BYTES = 24_000;
export type BlockRow = {
  readonly id: number;
  readonly count: number;
  readonly firstUs: number;
  readonly lastUs: number;
  readonly minTrace: number;
  readonly maxTrace: number;
  readonly bytes: number;
  readonly isWhole: boolean;
  readonly directory: Uint8Array;
  readonly deadCount: number;
  /** A bit a row. */
  readonly deadBits: Uint8Array | null;
  /** CRC-32 of each chunk; `null` for blocks of a version that had none. */
  readonly sums: Uint8Array | null;
};

/** Another process has put the block's rows into another one. */
export class BlockGone extends Error {
  constructor(id: number) {
    super(`Block ${id} is gone.`);
    this.name = 'BlockGone';
  }
}

/** A block's bytes are not what was written, or cannot be read: it is left out from then on (`setDamaged`). */
export class BlockDamaged extends Error {
  readonly id: number;
  constructor(id: number, cause: unknown) {
    super(`Block ${id} cannot be read.`, { cause });
    this.name = 'BlockDamaged';
    this.id = id;
  }
}

export type BlockTables = {
  /** Ascending by id, without the damaged ones. As of `refresh`, or of the own changes since. */
  rows(): readonly BlockRow[];
  /** Those that cannot be read. */
  damaged(): readonly BlockRow[];
  setDamaged(id: number): void;
  /** Takes away the damaged ones of which no trace is left. Needs a transaction. */
  removeDamaged(isLeft: (minTrace: number, maxTrace: number) => boolean): void;
  /** Looks whether another process has written; to be called at the begin of each transaction. */
  refresh(): void;
  /** Forgets all that is held: after a rollback. */
  reload(): void;
  block(row: BlockRow): StoredBlock;
  /** Kept ones, or read ones that are not kept: for those who read all there is. */
  passingBlock(row: BlockRow): StoredBlock;
  /** All its bytes at once. */
  loaded(row: BlockRow): StoredBlock;
  dead(row: BlockRow): Uint8Array | null;
  /** The methods that write need a transaction. */
  add(block: NewBlock): BlockRow;
  /** Marks rows (ascending or not, none of them dead); a block without a live row is taken away. */
  markDead(row: BlockRow, rows: Iterable<number>): BlockRow | null;
  remove(row: BlockRow): void;
  /** Changes of the blocks since the store was opened, own and others'. */
  readonly version: number;
};

type SqlRow = {
  id: number;
  count: number;
  first_us: number;
  last_us: number;
  min_trace: number;
  max_trace: number;
  bytes: number;
  is_whole: number;
  directory: Uint8Array;
  dead_count: number;
  dead: Uint8Array | null;
  sums: Uint8Array | null;
};

export function openBlockTables(db: Db): BlockTables {
  const sql = {
    states: db.prepare<[], { id: number; dead_count: number }>(
      'SELECT id, dead_count FROM block ORDER BY id',
    ),
    block: db.prepare<[number], SqlRow>('SELECT * FROM block WHERE id = ?'),
    chunk: db.prepare<[number], { data: Uint8Array }>('SELECT data FROM chunk WHERE id = ?'),
    chunks: db.prepare<[number, number], { data: Uint8Array }>(
      'SELECT data FROM chunk WHERE id >= ? AND id < ? ORDER BY id',
    ),
    exists: db.prepare<[number]>('SELECT 1 FROM block WHERE id = ?'),
    nextChunk: db.prepare<[number], { value: number }>(
      "UPDATE fact SET value = value + ? WHERE name = 'next_chunk' RETURNING value",
    ),
    addChunk: db.prepare<[number, Uint8Array]>('INSERT INTO chunk (id, data) VALUES (?, ?)'),
    addBlock: db.prepare<[SqlRow]>(
      `INSERT INTO block
         (id, count, first_us, last_us, min_trace, max_trace, bytes, is_whole, directory, dead_count, dead, sums)
       VALUES
         ($id, $count, $first_us, $last_us, $min_trace, $max_trace, $bytes, $is_whole, $directory, $dead_count, $dead, $sums)`,
    ),
    setDead: db.prepare<[number, Uint8Array, number]>(
      'UPDATE block SET dead_count = ?, dead = ? WHERE id = ?',
    ),
    removeBlock: db.prepare<[number]>('DELETE FROM block WHERE id = ?'),
    removeChunks: db.prepare<[number, number]>('DELETE FROM chunk WHERE id >= ? AND id < ?'),
    nextBlock: db.prepare<[number], { id: number | null }>('SELECT min(id) AS id FROM block WHERE id > ?'),
  };
  let rows: BlockRow[] | null = null;
  /** As they were read, by their ids: of what another has written, only what is new is read. */
  let lastRead = new Map<number, BlockRow>();
  let damagedRows: BlockRow[] = [];
  const damagedIds = new Set<number>();
  let dataVersion = -1;
  let version = 0;
  const cache = new ColumnCache();
  const memos = new BlockMemos();
  const deadOf = new WeakMap<BlockRow, Uint8Array>();
  const directories = new WeakMap<BlockRow, Directory>();

  function held(): BlockRow[] {
    if (rows !== null) return rows;
    const all = sql.states.all().flatMap(({ id, dead_count: deadCount }) => {
      const known = lastRead.get(id);
      if (known?.deadCount === deadCount) return known;
      const row = sql.block.get(id);
      // Outside a transaction another may have taken it away by now.
      return row === undefined ? [] : fromSql(row);
    });
    lastRead = new Map(all.map((row) => [row.id, row]));
    memos.keepOnly(lastRead);
    cache.keepOnly(lastRead);
    damagedRows = damagedIds.size === 0 ? [] : all.filter(({ id }) => damagedIds.has(id));
    rows = damagedRows.length === 0 ? all : all.filter(({ id }) => !damagedIds.has(id));
    return rows;
  }
  function replace(row: BlockRow, by: BlockRow | null): void {
    const at = held().indexOf(row);
    if (at === -1) return;
    if (by === null) held().splice(at, 1);
    else held()[at] = by;
    version += 1;
  }
  function missing(id: number): Error {
    return sql.exists.get(id) === undefined ? new BlockGone(id) : new ChunkError('A chunk is missing.');
  }
  function forget(id: number): void {
    cache.forget(id);
    memos.forget(id);
  }

  function sourceOf(row: BlockRow, isWholeRead: boolean): ChunkSource {
    const damaged = (cause: unknown): Error => new BlockDamaged(row.id, cause);
    /** SQLite's own verdict on a page of chunks says nothing of the other blocks. */
    const reading = <T>(read: () => T): T => {
      try {
        return read();
      } catch (error) {
        if (error instanceof ChunkError || isCorrupt(error)) throw damaged(error);
        throw error;
      }
    };
    let directory = directories.get(row);
    if (directory === undefined)
      directories.set(row, (directory = reading(() => directoryOf(row.directory))));
    const { slots, bytes } = directory;
    let parts: readonly Uint8Array[] | null = null;
    const isChecked = new Uint8Array(slots.length);
    const checked = (data: Uint8Array, at: number): Uint8Array => {
      if (row.sums !== null && isChecked[at] !== 1 && crc32(data) !== sumAt(row.sums, at)) {
        throw new ChunkError('A chunk is not what was written.');
      }
      isChecked[at] = 1;
      return data;
    };
    const wholeParts = (data: Uint8Array): readonly Uint8Array[] => {
      let at = 0;
      return bytes.map((length) => data.subarray(at, (at += length)));
    };
    const read = (slot: number): Uint8Array => {
      const place = slots.indexOf(slot);
      if (place === -1) throw new ChunkError('A column is missing.');
      if (parts === null && (row.isWhole || isWholeRead)) {
        const found = sql.chunks.all(row.id, row.id + (row.isWhole ? 1 : slots.length));
        if (found.length !== (row.isWhole ? 1 : slots.length)) throw missing(row.id);
        parts = row.isWhole ? wholeParts(checked(found[0]!.data, 0)) : found.map(({ data }) => data);
      }
      if (parts !== null) return row.isWhole ? parts[place]! : checked(parts[place]!, place);
      const found = sql.chunk.get(row.id + place);
      if (found === undefined) throw missing(row.id);
      return checked(found.data, place);
    };
    return { slots, damaged, read: (slot) => reading(() => read(slot)) };
  }

  function open(row: BlockRow, isPassing: boolean): StoredBlock {
    const columns = new BlockColumns(row.count, sourceOf(row, false), cache.of(row.id, isPassing));
    return new StoredBlock(row, dead(row), columns, memos.of(row.id, row.deadCount));
  }
  function dead(row: BlockRow): Uint8Array | null {
    if (row.deadBits === null) return null;
    let found = deadOf.get(row);
    if (found === undefined) {
      found = new Uint8Array(row.count);
      for (let i = 0; i < row.count; i += 1) found[i] = (row.deadBits[i >> 3]! >> (i & 7)) & 1;
      deadOf.set(row, found);
    }
    return found;
  }
  function remove(row: BlockRow): void {
    held();
    sql.removeBlock.run(row.id);
    sql.removeChunks.run(row.id, row.id + (row.isWhole ? 1 : directoryOf(row.directory).slots.length));
    replace(row, null);
    forget(row.id);
  }

  return {
    get version() {
      return version;
    },
    rows: held,
    refresh() {
      const now = db.pragma('data_version', { simple: true }) as number;
      if (now === dataVersion) return;
      dataVersion = now;
      rows = null;
      version += 1;
    },
    reload() {
      rows = null;
      version += 1;
      // A number that was rolled back is given again.
      lastRead.clear();
      cache.clear();
      memos.keepOnly(lastRead);
    },
    damaged() {
      held();
      return damagedRows;
    },
    setDamaged(id) {
      damagedIds.add(id);
      forget(id);
      rows = null;
      version += 1;
    },
    removeDamaged(isLeft) {
      held();
      for (const { id, minTrace, maxTrace } of damagedRows) {
        if (isLeft(minTrace, maxTrace)) continue;
        // How many chunks it has may be among what is damaged: up to where the next block begins.
        const next = sql.nextBlock.get(id)!.id ?? Number.MAX_SAFE_INTEGER;
        sql.removeBlock.run(id);
        sql.removeChunks.run(id, next);
        damagedIds.delete(id);
        rows = null;
        version += 1;
      }
    },
    block: (row) => open(row, false),
    passingBlock: (row) => open(row, true),
    loaded: (row) => new StoredBlock(row, dead(row), new BlockColumns(row.count, sourceOf(row, true))),
    dead,
    add({ chunks, ...block }) {
      const all = held();
      const bytes = chunks.reduce((sum, chunk) => sum + chunk.bytes.length, 0);
      const isWhole = bytes < WHOLE_BYTES;
      const next = sql.nextChunk.get(isWhole ? 1 : chunks.length)!.value;
      const id = next - (isWhole ? 1 : chunks.length);
      const written = isWhole
        ? [Buffer.concat(chunks.map((chunk) => chunk.bytes))]
        : chunks.map((chunk) => chunk.bytes);
      written.forEach((data, i) => sql.addChunk.run(id + i, data));
      const row: BlockRow = {
        ...block,
        id,
        bytes,
        isWhole,
        directory: writeDirectory(chunks),
        deadCount: 0,
        deadBits: null,
        sums: sumsOf(written),
      };
      sql.addBlock.run({
        id,
        count: row.count,
        first_us: row.firstUs,
        last_us: row.lastUs,
        min_trace: row.minTrace,
        max_trace: row.maxTrace,
        bytes,
        is_whole: isWhole ? 1 : 0,
        directory: row.directory,
        dead_count: 0,
        dead: null,
        sums: row.sums,
      });
      all.push(row);
      version += 1;
      return row;
    },
    markDead(row, dying) {
      const bits = new Uint8Array(Math.ceil(row.count / 8));
      if (row.deadBits !== null) bits.set(row.deadBits);
      let { deadCount } = row;
      for (const at of dying) {
        bits[at >> 3]! |= 1 << (at & 7);
        deadCount += 1;
      }
      if (deadCount === row.count) {
        remove(row);
        return null;
      }
      sql.setDead.run(deadCount, bits, row.id);
      const changed = { ...row, deadCount, deadBits: bits };
      replace(row, changed);
      return changed;
    },
    remove,
  };
}

const fromSql = (row: SqlRow): BlockRow => ({
  id: row.id,
  count: row.count,
  firstUs: row.first_us,
  lastUs: row.last_us,
  minTrace: row.min_trace,
  maxTrace: row.max_trace,
  bytes: row.bytes,
  isWhole: row.is_whole === 1,
  directory: row.directory,
  deadCount: row.dead_count,
  deadBits: row.dead,
  sums: row.sums ?? null,
});

function writeDirectory(chunks: readonly Chunk[]): Uint8Array {
  const into = new ByteWriter();
  for (const { slot, bytes } of chunks) {
    into.varint(slot);
    into.varint(bytes.length);
  }
  return into.take();
}

type Directory = { readonly slots: readonly number[]; readonly bytes: readonly number[] };

function directoryOf(bytes: Uint8Array): Directory {
  const from = new ByteReader(bytes);
  const slots: number[] = [];
  const lengths: number[] = [];
  while (!from.done) {
    slots.push(from.varint());
    lengths.push(from.varint());
  }
  return { slots, bytes: lengths };
}

const isCorrupt = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && String(error.code).startsWith('SQLITE_CORRUPT');

function sumsOf(chunks: readonly Uint8Array[]): Uint8Array {
  const sums = Buffer.alloc(chunks.length * 4);
  chunks.forEach((chunk, i) => sums.writeUInt32LE(crc32(chunk), i * 4));
  return sums;
}
function sumAt(sums: Uint8Array, at: number): number {
  return new DataView(sums.buffer, sums.byteOffset, sums.byteLength).getUint32(at * 4, true);
}

/** Node has it since 20.15. */
const crc32: (data: Uint8Array) => number =
  (zlib as { crc32?: (data: Uint8Array) => number }).crc32 ?? slowCrc32;

let table: Uint32Array | null = null;
function slowCrc32(data: Uint8Array): number {
  table ??= Uint32Array.from({ length: 256 }, (_, byte) => {
    let value = byte;
    for (let bit = 0; bit < 8; bit += 1) value = (value >>> 1) ^ ((value & 1) === 1 ? 0xedb88320 : 0);
    return value;
  });
  let sum = 0xffff_ffff;
  for (const byte of data) sum = table[(sum ^ byte) & 255]! ^ (sum >>> 8);
  return (sum ^ 0xffff_ffff) >>> 0;
}
