/** Finds cards by the deck's query language: ids of all matches in the order that was asked for. */
import type { CardSearch, CardSort, FoundCards } from '../../shared/deck.ts';
import { parseDeckQuery } from '../../shared/deckQuery.ts';
import { studyDayOf } from '../../shared/studyDays.ts';
import type { Db } from '../sqlite/openDatabase.ts';
import {
  bitsOf,
  complementOf,
  idsAlong,
  idsOf,
  intersectionOf,
  type CardBits,
  type CardSet,
} from './cardSet.ts';
import { createQueryCompiler, type QueryMoment, type QueryPlan } from './compileQuery.ts';
import { createUntilWritten } from './untilWritten.ts';

/** What searches mean by now and by today. */
export type SearchClock = {
  readonly now?: () => number;
  readonly dayStartsAtHour?: () => number;
  readonly leechLapses?: () => number;
};

/** Orders that are read from the greatest to the least. */
const FALLING: ReadonlySet<CardSort> = new Set(['newest', 'changed', 'difficulty', 'lapses']);
/** Covering indexes give these orders. A new card that is buried has a row of memory as well, without a due date. */
const MEMORY_ORDERS = {
  due: `SELECT card_id FROM memory INDEXED BY memory_by_due WHERE state > 0
    ORDER BY due_ms, state, buried_until_ms, last_review_ms, stability, card_id`,
  difficulty: 'SELECT card_id FROM memory ORDER BY difficulty, card_id',
  lapses: 'SELECT card_id FROM memory ORDER BY lapses, card_id',
};

/** Searches over an open connection. Without a clock a day begins at four and a leech has 8 lapses. */
export function createCardSearch(
  db: Db,
  { now = Date.now, dayStartsAtHour = () => 4, leechLapses = () => 8 }: SearchClock = {},
) {
  const compile = createQueryCompiler(db);
  // The same parts of a query come again with every key pressed.
  const untilWritten = createUntilWritten(db);
  const lastId = db.prepare<[], number | null>('SELECT max(id) FROM cards').pluck();
  const read = (sql: string, parameters: readonly (string | number)[] = []): number[] =>
    db
      .prepare<(string | number)[], number>(sql)
      .pluck()
      .all(...parameters);

  function bits(sql: string, parameters: readonly (string | number)[] = []): CardBits {
    return untilWritten(JSON.stringify([sql, ...parameters]), () =>
      bitsOf(read(sql, parameters), lastId.get() ?? 0),
    );
  }

  function setOf(plan: QueryPlan): CardSet {
    switch (plan.kind) {
      case 'words':
        return only(bits('SELECT rowid FROM card_words WHERE card_words MATCH ?', [plan.match]));
      case 'facts':
        return only(bits(`SELECT id FROM cards INDEXED BY cards_facts WHERE ${plan.where}`, plan.parameters));
      case 'ids':
        return only(bits(plan.sql, plan.parameters));
      case 'not':
        return complementOf(setOf(plan.part));
      case 'and':
        return plan.parts.map(setOf).reduce(intersectionOf);
    }
  }

  /** The cards of a whole deck from the least to the greatest. A new card has no place among schedules. */
  function orderBy(sort: Exclude<CardSort, 'newest' | 'oldest'>): Uint32Array {
    const stride = (lastId.get() ?? 0) + 1;
    switch (sort) {
      case 'changed':
        // In seconds: with the id it must stay below 2^53.
        return byKey(new Float64Array(read(`SELECT modified_ms / 1000 * ${stride} + id FROM cards`)), stride);
      case 'term': {
        const ranks = ranksOf(read('SELECT id FROM notes ORDER BY term COLLATE NOCASE, id'));
        const packed = new Float64Array(read(`SELECT note_id * ${stride} + id FROM cards`));
        for (let at = 0; at < packed.length; at += 1) {
          const one = packed[at]!;
          packed[at] = ranks[Math.floor(one / stride)]! * stride + (one % stride);
        }
        return byKey(packed, stride);
      }
      case 'due':
      case 'difficulty':
      case 'lapses':
        return Uint32Array.from(read(MEMORY_ORDERS[sort]));
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
      const asked = compile(parts.length > 1 ? { kind: 'and', parts, ...place } : (parts[0] ?? null), moment);
      const set = setOf(asked);
      // Where a set says what is not in it, all that exist are needed.
      const found = (set.isComplement ? intersectionOf(only(bits('SELECT id FROM cards')), set) : set).bits;
      const ids =
        sort === 'newest' || sort === 'oldest'
          ? idsOf(found)
          : idsAlong(
              found,
              untilWritten(sort, () => orderBy(sort)),
              sort === 'due' ? 'last' : 'first',
            );
      if (FALLING.has(sort)) ids.reverse();
      return { ids, tookMs: performance.now() - startedMs, problem: parsed.problem };
    },
  };
}

const only = (bits: CardBits): CardSet => ({ bits, isComplement: false });

/** Ids of what comes as `key * stride + id`, by key and then by id. */
function byKey(packed: Float64Array, stride: number): Uint32Array {
  packed.sort();
  const ids = new Uint32Array(packed.length);
  for (let at = 0; at < ids.length; at += 1) ids[at] = packed[at]! % stride;
  return ids;
}

/** The place of each id in `order`. */
function ranksOf(order: readonly number[]): Uint32Array {
  let last = 0;
  for (const id of order) last = Math.max(last, id);
  const ranks = new Uint32Array(last + 1);
  for (let rank = 0; rank < order.length; rank += 1) ranks[order[rank]!] = rank;
  return ranks;
}
