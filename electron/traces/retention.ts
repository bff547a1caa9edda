/**
 * What the store is held to: its size and its age. Traces go by when they were last written to, the oldest first;
 * pinned ones never do, nor does the one that is newest.
 */
import type { Db } from '../sqlite/openDatabase.ts';
import type { BlockTables } from './blockTables.ts';
import { mergeBlocks } from './blocks/mergeBlocks.ts';
import { DEAD_SHARE, replaceBlocks } from './compaction.ts';

export type TraceLimits = {
  /** Pages in use. */
  readonly maxBytes: number;
  readonly maxAgeMs: number;
};
export type Absence = { readonly atMs: number } | null;

/** Pruning in the background keeps this share free, so that few batches wait for it. */
const FREE_SHARE = 0.02;
/** Spans that go in one transaction, at least one trace. */
const SPANS_AT_ONCE = 32_768;
const TRACES_AT_ONCE = 2000;
/** Traces that are remembered after they went: at most so many, in at most this share of the store. */
const MAX_REMEMBERED = 50_000;
const REMEMBERED_SHARE = 0.02;
const REMEMBERED_BYTES = 60;
/** Free pages that are left in the file. */
const KEPT_FREE_SHARE = 0.1;
const VACUUM_PAGES = 256;

export type Retention = {
  /** Brings the store below its limits; to be called after each batch. Returns whether it is full of what is left. */
  enforce(limits: TraceLimits, nowMs: number): boolean;
  /** A little of what can wait: age, free room, free pages. Returns whether there is more to do. */
  step(limits: TraceLimits, nowMs: number): boolean;
  usedBytes(): number;
  pin(traceId: string, pinned: boolean): boolean;
  absence(traceId: string): Absence;
  facts(): {
    readonly prunedTraces: number;
    readonly prunedSpans: number;
    readonly prunedBeforeMs: number | null;
  };
  /** Gives free pages back to the system, for at most so long. */
  shrink(budgetMs: number): void;
};

/** A clock that is put forward by more while the store is open makes no trace older. */
const MAX_AHEAD_MS = 3_600_000;

type Oldest = { readonly id: number; readonly span_count: number };

/** @param steadyMs - epoch milliseconds that go on whatever happens to the clock */
export function createRetention(
  db: Db,
  blocks: BlockTables,
  steadyMs: () => number = steadyClock(),
): Retention {
  const sql = {
    oldest: db.prepare<[number], Oldest>(
      'SELECT id, span_count FROM trace WHERE pinned = 0 ORDER BY written_ms, id LIMIT ?',
    ),
    aged: db.prepare<[number, number], Oldest>(
      'SELECT id, span_count FROM trace WHERE pinned = 0 AND written_ms < ? ORDER BY written_ms, id LIMIT ?',
    ),
    remember: db.prepare<[number, number]>(
      `INSERT OR REPLACE INTO pruned (id, trace_id, at_ms)
       SELECT (SELECT coalesce(max(id), 0) + 1 FROM pruned), trace_id, ? FROM trace WHERE id = ?`,
    ),
    forget: db.prepare<[number]>('DELETE FROM pruned WHERE id <= (SELECT max(id) FROM pruned) - ?'),
    unpinned: db.prepare<[number], { start_us: number; span_count: number }>(
      'SELECT start_us, span_count FROM trace WHERE id = ? AND pinned = 0',
    ),
    ahead: db.prepare<[number, number]>(
      'UPDATE trace SET written_ms = ? WHERE pinned = 0 AND written_ms > ?',
    ),
    anyWithin: db.prepare<[number, number]>('SELECT 1 FROM trace WHERE id >= ? AND id <= ? LIMIT 1'),
    removeTrace: db.prepare<[number]>('DELETE FROM trace WHERE id = ?'),
    removeLinks: db.prepare<[number]>('DELETE FROM link WHERE trace = ?'),
    count: db.prepare<[number, string]>('UPDATE fact SET value = value + ? WHERE name = ?'),
    prunedBefore: db.prepare<[number]>(
      `INSERT INTO fact VALUES ('pruned_before_us', ?)
       ON CONFLICT (name) DO UPDATE SET value = max(value, excluded.value)`,
    ),
    facts: db.prepare<[], { name: string; value: number }>(
      "SELECT name, value FROM fact WHERE name LIKE 'pruned%'",
    ),
    pin: db.prepare<[number, Uint8Array]>('UPDATE trace SET pinned = ? WHERE trace_id = ?'),
    absence: db.prepare<[Uint8Array], { at_ms: number }>('SELECT at_ms FROM pruned WHERE trace_id = ?'),
  };

  const pragma = (name: string): number => db.pragma(name, { simple: true }) as number;
  const usedBytes = (): number => (pragma('page_count') - pragma('freelist_count')) * pragma('page_size');

  const removeTraces = db.transaction((chosen: readonly number[], nowMs: number, maxBytes: number) => {
    blocks.refresh();
    // Another process may have been quicker, or have pinned one.
    const found = new Map(
      chosen.flatMap((id) => {
        const row = sql.unpinned.get(id);
        return row === undefined ? [] : [[id, row] as const];
      }),
    );
    const ids = [...found.keys()];
    if (ids.length === 0) return;
    const gone = new Set(ids);
    const first = Math.min(...ids);
    const last = Math.max(...ids);
    for (const row of blocks
      .rows()
      .filter(({ minTrace, maxTrace }) => minTrace <= last && maxTrace >= first)) {
      const { columns } = blocks.passingBlock(row);
      const dead = blocks.dead(row);
      const dying: number[] = [];
      for (const run of columns.runs) {
        if (!gone.has(run.trace)) continue;
        for (let at = run.from; at < run.to; at += 1) if (dead?.[at] !== 1) dying.push(at);
      }
      if (dying.length === 0) continue;
      const left = blocks.markDead(row, dying);
      if (left !== null && left.deadCount > left.count * DEAD_SHARE) {
        const work = mergeBlocks([blocks.loaded(left)]);
        let step = work.next();
        while (step.done !== true) step = work.next();
        replaceBlocks(blocks, [left], step.value);
      }
    }
    let before = -Infinity;
    for (const id of ids) {
      before = Math.max(before, found.get(id)!.start_us);
      sql.remember.run(nowMs, id);
      sql.removeTrace.run(id);
      sql.removeLinks.run(id);
    }
    sql.forget.run(
      Math.max(1, Math.min(MAX_REMEMBERED, Math.floor((maxBytes * REMEMBERED_SHARE) / REMEMBERED_BYTES))),
    );
    sql.count.run(ids.length, 'pruned_traces');
    sql.count.run(
      [...found.values()].reduce((sum, row) => sum + row.span_count, 0),
      'pruned_spans',
    );
    blocks.removeDamaged((first, last) => sql.anyWithin.get(first, last) !== undefined);
    sql.prunedBefore.run(Math.min(before, nowMs * 1000));
  });

  /** Some of the traces that `rows` names in order, at least one; never the last trace that is left where it is not aged. */
  function removeSome(rows: readonly Oldest[], maxSpans: number, nowMs: number, maxBytes: number): number {
    const ids: number[] = [];
    let spans = 0;
    for (const { id, span_count: count } of rows) {
      if (ids.length > 0 && spans + count > maxSpans) break;
      ids.push(id);
      spans += count;
    }
    if (ids.length > 0) removeTraces.immediate(ids, nowMs, maxBytes);
    return ids.length;
  }

  /** Of the oldest, so many that so many bytes come free; returns how many traces went. */
  function makeRoom(bytes: number, nowMs: number, maxBytes: number): number {
    const rows = sql.oldest.all(TRACES_AT_ONCE + 1);
    // The newest of all stays.
    if (rows.length <= TRACES_AT_ONCE) rows.pop();
    const held = blocks.rows().reduce((sum, row) => sum + row.count - row.deadCount, 0);
    const bytesEach = Math.max(20, usedBytes() / Math.max(1, held));
    return removeSome(rows, Math.min(SPANS_AT_ONCE, Math.ceil(bytes / bytesEach)), nowMs, maxBytes);
  }

  return {
    usedBytes,
    enforce({ maxBytes }, nowMs) {
      blocks.refresh();
      for (;;) {
        const over = usedBytes() - maxBytes;
        if (over <= 0) return false;
        if (makeRoom(over, nowMs, maxBytes) === 0) return true;
      }
    },
    step({ maxBytes, maxAgeMs }, nowMs) {
      // Written by a clock that ran ahead: they would be the last to go for as long as it was ahead.
      sql.ahead.run(nowMs, nowMs + MAX_AHEAD_MS);
      const aged = sql.aged.all(Math.min(nowMs, steadyMs() + MAX_AHEAD_MS) - maxAgeMs, TRACES_AT_ONCE);
      if (removeSome(aged, SPANS_AT_ONCE, nowMs, maxBytes) > 0) return true;
      const over = usedBytes() - maxBytes * (1 - FREE_SHARE);
      if (over > 0 && makeRoom(over, nowMs, maxBytes) > 0) return true;
      const free = pragma('freelist_count');
      if (
        free > VACUUM_PAGES &&
        free > pragma('page_count') * KEPT_FREE_SHARE &&
        pragma('auto_vacuum') === 2
      ) {
        db.pragma(`incremental_vacuum(${VACUUM_PAGES})`);
        return pragma('freelist_count') < free;
      }
      return false;
    },
    pin: (traceId, pinned) => sql.pin.run(pinned ? 1 : 0, Buffer.from(traceId, 'hex')).changes > 0,
    absence(traceId) {
      const row = sql.absence.get(Buffer.from(traceId, 'hex'));
      return row === undefined ? null : { atMs: row.at_ms };
    },
    facts() {
      const found = new Map(sql.facts.all().map(({ name, value }) => [name, value]));
      const beforeUs = found.get('pruned_before_us');
      return {
        prunedTraces: found.get('pruned_traces') ?? 0,
        prunedSpans: found.get('pruned_spans') ?? 0,
        prunedBeforeMs: beforeUs === undefined ? null : beforeUs / 1000,
      };
    },
    shrink(budgetMs) {
      const untilMs = performance.now() + budgetMs;
      if (pragma('auto_vacuum') !== 2) return;
      for (let free = pragma('freelist_count'); performance.now() < untilMs;) {
        if (free <= pragma('page_count') * KEPT_FREE_SHARE) return;
        db.pragma(`incremental_vacuum(${VACUUM_PAGES})`);
        const left = pragma('freelist_count');
        if (left >= free) return;
        free = left;
      }
    },
  };
}

function steadyClock(): () => number {
  const openedMs = Date.now();
  const openedAtMs = performance.now();
  return () => openedMs + performance.now() - openedAtMs;
}
