/**
 * Prepared statements, kept by their SQL. Whoever prepares the same text gets an object of his own over the same
 * native statement; who changes a statement's ways (pluck, raw, bind) or iterates it gets a native one of his own.
 */
import type { Cell } from '../api.ts';
import type { SqliteStatement } from './sqliteTypes.ts';

export type Slot = {
  readonly sql: string;
  readonly native: SqliteStatement;
  /** Objects that were ever handed out over it. */
  users: number;
  isCached: boolean;
};
export type StatementCacheCounts = {
  readonly held: number;
  readonly hits: number;
  readonly misses: number;
  readonly evicted: number;
};

export function createStatementCache(
  prepare: (sql: string) => SqliteStatement,
  max: number,
  cells: { readonly hit: Cell; readonly miss: Cell },
) {
  const slots = new Map<string, Slot>();
  let hits = 0;
  let misses = 0;
  let evicted = 0;

  const fresh = (sql: string): Slot => ({ sql, native: prepare(sql), users: 1, isCached: false });

  function keep(slot: Slot): void {
    slots.set(slot.sql, slot);
    slot.isCached = true;
    if (slots.size <= max) return;
    const [oldest] = slots.values();
    remove(oldest!);
    evicted += 1;
  }

  function remove(slot: Slot): void {
    if (slot.isCached) slots.delete(slot.sql);
    slot.isCached = false;
  }

  return {
    take(sql: string): Slot {
      const found = slots.get(sql);
      if (found !== undefined && !found.native.busy) {
        hits += 1;
        cells.hit.add(1);
        slots.delete(sql);
        slots.set(sql, found);
        found.users += 1;
        return found;
      }
      const slot = fresh(sql);
      misses += 1;
      cells.miss.add(1);
      if (found === undefined && max > 0) keep(slot);
      return slot;
    },
    /** The slot with nobody else in it; a new one where others have it. */
    own(slot: Slot): Slot {
      if (slot.users > 1) return fresh(slot.sql);
      remove(slot);
      return slot;
    },
    /** Puts a slot back that was taken out by `own` and is as it was. */
    giveBack(slot: Slot): void {
      if (!slot.isCached && max > 0 && !slots.has(slot.sql)) keep(slot);
    },
    clear(): void {
      for (const slot of slots.values()) slot.isCached = false;
      slots.clear();
    },
    counts: (): StatementCacheCounts => ({ held: slots.size, hits, misses, evicted }),
  };
}
export type StatementCache = ReturnType<typeof createStatementCache>;
