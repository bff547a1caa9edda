/**
 * Small blocks become large ones, and blocks of which much is dead become smaller. Blocks of about one size are put
 * together when there are enough of them, so that a span is written few times in all, however small the batches were;
 * while spans come in, more of them are waited for, so that it is twice or three times. A merge works in steps and writes in one transaction at its end: a process that ends in between has lost
 * nothing, and one that has put the same blocks together first is found out.
 */
import type { Db } from '../sqlite/openDatabase.ts';
import { BlockGone } from './blockTables.ts';
import type { BlockRow, BlockTables } from './blockTables.ts';
import { mergeBlocks } from './blocks/mergeBlocks.ts';
import type { SumUp } from './blocks/mergeBlocks.ts';
import type { NewBlock } from './blocks/newBlock.ts';
import { BLOCK_BYTES, BLOCK_ROWS } from './writeSpans.ts';

/** Blocks of one size class that are put together: at rest, and while spans come in. */
export const FAN_IN = 4;
export const BUSY_FAN_IN = 24;
const MAX_ROWS = BLOCK_ROWS * 1.25;
/** Blocks that are this full stay as they are. */
const FULL_ROWS = BLOCK_ROWS * 0.7;
const FULL_BYTES = BLOCK_BYTES * 0.5;
/** A block of which more than this share is dead is written anew. */
export const DEAD_SHARE = 0.4;
/** Different small classes are put together at the most so far apart. */
const CLASS_BASE = 4;

export type Compaction = {
  /** Whether there is something to do. */
  isDue(): boolean;
  /** Works for about so long, or until somebody waits; returns whether there is more to do. */
  step(budgetMs: number, isWaitedFor?: () => boolean, fanIn?: number): boolean;
  /** The longest step so far. */
  readonly longestStepMs: number;
};

export function createCompaction(db: Db, blocks: BlockTables, sumUp: SumUp): Compaction {
  let work: Generator<void, void> | null = null;
  let longestStepMs = 0;
  /** The blocks as they were when nothing was due, and for how many of a class. */
  let settled = { version: -1, fanIn: 0 };

  function* merge(rows: readonly BlockRow[]): Generator<void, void> {
    const merged = yield* mergeBlocks(
      rows.map((row) => blocks.loaded(row)),
      sumUp,
    );
    db.transaction(() => replaceBlocks(blocks, rows, merged)).immediate();
  }

  function next(fanIn: number): readonly BlockRow[] | null {
    if (settled.version === blocks.version && settled.fanIn <= fanIn) return null;
    const found = chooseBlocks(blocks.rows(), fanIn);
    if (found === null) settled = { version: blocks.version, fanIn };
    return found;
  }

  return {
    get longestStepMs() {
      return longestStepMs;
    },
    isDue() {
      if (work !== null) return true;
      return next(FAN_IN) !== null;
    },
    step(budgetMs, isWaitedFor = () => false, fanIn = FAN_IN) {
      const startMs = performance.now();
      for (let now = startMs; now - startMs < budgetMs;) {
        if (work === null) {
          blocks.refresh();
          const rows = next(fanIn);
          if (rows === null) return false;
          work = merge(rows);
        }
        try {
          if (work.next().done === true) work = null;
        } catch (error) {
          work = null;
          if (!(error instanceof BlockGone)) throw error;
          blocks.reload();
        }
        const then = performance.now();
        longestStepMs = Math.max(longestStepMs, then - now);
        now = then;
        if (isWaitedFor()) break;
      }
      return true;
    },
  };
}

/** Puts the merged block in the place of the others, unless one of them has changed. Needs a transaction. */
export function replaceBlocks(
  blocks: BlockTables,
  old: readonly BlockRow[],
  merged: NewBlock | null,
): boolean {
  blocks.refresh();
  const now = new Map(blocks.rows().map((row) => [row.id, row]));
  const current = old.map(({ id }) => now.get(id));
  if (current.some((row, i) => row?.deadCount !== old[i]!.deadCount)) return false;
  if (merged !== null) blocks.add(merged);
  for (const row of current) blocks.remove(row!);
  return true;
}

const liveOf = ({ count, deadCount }: BlockRow): number => count - deadCount;
const isFull = (row: BlockRow): boolean => liveOf(row) >= FULL_ROWS || row.bytes >= FULL_BYTES;
const classOf = (row: BlockRow): number =>
  Math.floor(Math.log(Math.max(1, liveOf(row))) / Math.log(CLASS_BASE));

/** Which blocks to put together next; `null` where all is well. */
function chooseBlocks(rows: readonly BlockRow[], fanIn: number): readonly BlockRow[] | null {
  const rotten = rows.find(
    (row) => row.deadCount > row.count * DEAD_SHARE && (isFull(row) || row.count >= 256),
  );
  const classes = new Map<number, BlockRow[]>();
  for (const row of rows) {
    if (isFull(row)) continue;
    const group = classes.get(classOf(row));
    if (group === undefined) classes.set(classOf(row), [row]);
    else group.push(row);
  }
  for (const [, group] of [...classes].sort(([a], [b]) => a - b)) {
    if (group.length < fanIn) continue;
    // Traces that began together lie together.
    const near = group.sort((a, b) => a.minTrace - b.minTrace || a.firstUs - b.firstUs || a.id - b.id);
    const chosen: BlockRow[] = [];
    let live = 0;
    let bytes = 0;
    for (const row of near) {
      if (chosen.length >= 2 && (live + liveOf(row) > MAX_ROWS || bytes + row.bytes > BLOCK_BYTES)) break;
      if (chosen.length === 64) break;
      chosen.push(row);
      live += liveOf(row);
      bytes += row.bytes;
    }
    return chosen;
  }
  return rotten === undefined ? null : [rotten];
}
