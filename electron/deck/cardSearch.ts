/** Finds cards by the deck's query language: ids of all matches in the order that was asked for. */
import type { CardSearch, CardSort, FoundCards } from '../../shared/deck.ts';
import { parseDeckQuery } from '../../shared/deckQuery.ts';
import { studyDayOf } from '../../shared/studyDays.ts';
import type { Db, Statement } from '../sqlite/openDatabase.ts';
import { createQueryCompiler, type QueryMoment } from './compileQuery.ts';

/** What searches mean by now and by today. */
export type SearchClock = {
  readonly now?: () => number;
  readonly dayStartsAtHour?: () => number;
  readonly leechLapses?: () => number;
};

/** Orders that are read from the greatest to the least. */
const FALLING: ReadonlySet<CardSort> = new Set(['newest', 'changed', 'difficulty', 'lapses']);
/** Prepared statements by their text: the same shape of query comes again with every key pressed. */
const MAX_PREPARED = 50;

/** Searches over an open connection. Without a clock a day begins at four and a leech has 8 lapses. */
export function createCardSearch(
  db: Db,
  { now = Date.now, dayStartsAtHour = () => 4, leechLapses = () => 8 }: SearchClock = {},
) {
  const compile = createQueryCompiler(db);
  const lastId = db.prepare<[], number | null>('SELECT max(id) FROM cards').pluck();
  // Covering indexes give these orders. A new card that is buried has a row of memory as well, without a due date.
  const byMemory = {
    due: db
      .prepare<[], number>(
        `SELECT card_id FROM memory INDEXED BY memory_by_due WHERE state > 0
         ORDER BY due_ms, state, buried_until_ms, last_review_ms, stability, card_id`,
      )
      .pluck(),
    difficulty: db.prepare<[], number>('SELECT card_id FROM memory ORDER BY difficulty, card_id').pluck(),
    lapses: db.prepare<[], number>('SELECT card_id FROM memory ORDER BY lapses, card_id').pluck(),
  };
  const notesByTerm = db.prepare<[], number>('SELECT id FROM notes ORDER BY term COLLATE NOCASE, id').pluck();
  const prepared = new Map<string, Statement<(string | number)[], number>>();
  function statement(sql: string): Statement<(string | number)[], number> {
    const known = prepared.get(sql) ?? db.prepare<(string | number)[], number>(sql).pluck();
    prepared.delete(sql);
    prepared.set(sql, known);
    const [oldest] = prepared.keys();
    if (prepared.size > MAX_PREPARED && oldest !== undefined) prepared.delete(oldest);
    return known;
  }

  function inOrder(sort: CardSort, stride: number, select: (column: string) => number[]): Uint32Array {
    switch (sort) {
      case 'newest':
      case 'oldest':
        return Uint32Array.from(select('cards.id')).sort();
      case 'changed':
        // In seconds: with the id it must stay below 2^53.
        return sorted(Float64Array.from(select(`cards.modified_ms / 1000 * ${stride} + cards.id`)), stride);
      case 'term':
        return byNote(select(`cards.note_id * ${stride} + cards.id`), stride, notesByTerm.all());
      case 'due':
        return along(select('cards.id'), stride, byMemory.due.all(), 'last');
      case 'difficulty':
      case 'lapses':
        return along(select('cards.id'), stride, byMemory[sort].all(), 'first');
    }
  }

  return {
    /** Never throws for what was typed: see `problem`. Rejected cards are found only where the query says `is:rejected`. */
    find({ query, deck, runId, sort }: CardSearch): FoundCards {
      const startedMs = performance.now();
      const nowMs = now();
      const moment: QueryMoment = {
        nowMs,
        ...studyDayOf(nowMs, dayStartsAtHour()),
        leechLapses: leechLapses(),
      };
      const parsed = parseDeckQuery(query);
      const place = { from: 0, to: 0 };
      const parts = [
        ...(deck === null ? [] : [{ kind: 'deck', name: deck, exact: true, ...place } as const]),
        ...(runId === null ? [] : [{ kind: 'run', runId, ...place } as const]),
        ...(parsed.query === null ? [] : [parsed.query]),
      ];
      const { where, parameters, namesRejected } = compile(
        parts.length > 1 ? { kind: 'and', parts, ...place } : (parts[0] ?? null),
        moment,
      );
      const status = namesRejected ? `'accepted', 'proposed', 'rejected'` : `'accepted', 'proposed'`;
      // A power of two, so that the statement stays the same while cards come in.
      const stride = 2 ** Math.max(17, Math.ceil(Math.log2((lastId.get() ?? 0) + 1)));
      const select = (column: string) =>
        statement(`SELECT ${column} FROM cards WHERE cards.status IN (${status}) AND ${where}`).all(
          ...parameters,
        );
      const ids = inOrder(sort, stride, select);
      if (FALLING.has(sort)) ids.reverse();
      return { ids, tookMs: performance.now() - startedMs, problem: parsed.problem };
    },
  };
}

/** Ids of what SQLite gave as `key * stride + id`, by key and then by id. */
function sorted(packed: Float64Array, stride: number): Uint32Array {
  packed.sort();
  const ids = new Uint32Array(packed.length);
  for (let index = 0; index < ids.length; index += 1) ids[index] = packed[index]! % stride;
  return ids;
}

/** Cards that come as `note * stride + card`, by the place of their notes in `order`. */
function byNote(packed: readonly number[], stride: number, order: readonly number[]): Uint32Array {
  let most = 0;
  for (const note of order) most = Math.max(most, note);
  const ranks = new Uint32Array(most + 1);
  for (let rank = 0; rank < order.length; rank += 1) ranks[order[rank]!] = rank;
  const keyed = new Float64Array(packed.length);
  for (let index = 0; index < keyed.length; index += 1) {
    const one = packed[index]!;
    keyed[index] = ranks[Math.floor(one / stride)]! * stride + (one % stride);
  }
  return sorted(keyed, stride);
}

/** Those of `ids`, all below `stride`, in the order of `order`; those that are not in it by id at one end. */
function along(
  ids: readonly number[],
  stride: number,
  order: readonly number[],
  others: 'first' | 'last',
): Uint32Array {
  const wanted = new Uint8Array(stride);
  for (const id of ids) wanted[id] = 1;
  const ordered = new Uint32Array(ids.length);
  let count = 0;
  for (const id of order) {
    if (wanted[id] !== 1) continue;
    ordered[count] = id;
    count += 1;
    wanted[id] = 0;
  }
  const rest = Uint32Array.from(ids.filter((id) => wanted[id] === 1)).sort();
  if (others === 'first') {
    ordered.copyWithin(rest.length, 0, count);
    ordered.set(rest, 0);
  } else {
    ordered.set(rest, count);
  }
  return ordered;
}
