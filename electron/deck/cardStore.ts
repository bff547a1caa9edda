/** Reads decks and cards. One query shape for every list of cards, one `toCard`. */
import type { Card, CardStatus, CardType, DeckSummary, QualityCode } from '../../shared/card.ts';
import type { CardSearch, FoundCards } from '../../shared/deck.ts';
import type { SourcePlace } from '../../shared/source.ts';
import type { Db, Statement } from '../sqlite/openDatabase.ts';
import { createCardSearch, type SearchClock } from './cardSearch.ts';
import { NOTE_OF_KEY } from './noteStore.ts';

export type CardFilter = {
  readonly deck: string | null;
  /** Cards that a run made, those included that wait for the user's word. */
  readonly runId: string | null;
  /** Cards of all notes of a run's list, those that it found in the deck included. */
  readonly listOfRun: string | null;
  /** Case-insensitive part of term, front or back. */
  readonly search: string | null;
};

type CardRow = {
  cardId: number;
  noteId: string;
  deck: string;
  term: string;
  type: string;
  isHtml: 0 | 1;
  front: string;
  back: string;
  cloze: number | null;
  tags: string | null;
  status: string;
  suspended: 0 | 1;
  flag: number;
  quote: string | null;
  place: string | null;
  warnings: string | null;
  dueMs: number | null;
  createdMs: number;
  modifiedMs: number;
  /** From here on `null` for a card that no run made. */
  generator: string | null;
  model: string;
  promptVersion: string;
  parameters: string;
  runId: string;
  traceId: string;
  sourceName: string;
  row: number;
  cached: 0 | 1;
};

const SELECT = `
  SELECT cards.id AS cardId, notes.uuid AS noteId, decks.name AS deck, notes.term, cards.type,
    notes.notetype_id IS NOT NULL AS isHtml, cards.front, cards.back, cards.cloze,
    (SELECT json_group_array(name) FROM
      (SELECT tags.name FROM note_tags JOIN tags ON tags.id = note_tags.tag_id
       WHERE note_tags.note_id = notes.id ORDER BY tags.name)) AS tags,
    cards.status, cards.suspended, cards.flag, cards.quote,
    iif(instr(notes.source, '"place"') > 0, notes.source ->> '$.place', NULL) AS place, cards.warnings,
    iif(memory.state > 0, memory.due_ms, NULL) AS dueMs, cards.created_ms AS createdMs,
    cards.modified_ms AS modifiedMs, identity.generator, identity.model, identity.prompt_version AS promptVersion,
    identity.parameters, result.run_id AS runId, result.trace_id AS traceId, runs.source_name AS sourceName,
    result.source_row AS row, result.cached
  FROM cards
  JOIN notes ON notes.id = cards.note_id
  JOIN decks ON decks.id = cards.deck_id
  LEFT JOIN stage_results AS result ON result.id = cards.stage_result_id
  LEFT JOIN stage_identities AS identity ON identity.id = result.identity_id
  LEFT JOIN runs ON runs.id = result.run_id
  LEFT JOIN memory ON memory.card_id = cards.id`;
const PATTERN = `(notes.term LIKE :pattern ESCAPE '\\' OR cards.front LIKE :pattern ESCAPE '\\'
  OR cards.back LIKE :pattern ESCAPE '\\')`;
const OF_RUN = 'cards.stage_result_id IN (SELECT id FROM stage_results WHERE run_id = :runId)';
const OF_LIST = `EXISTS (SELECT 1 FROM run_items
  WHERE run_items.note_id = cards.note_id AND run_items.run_id = :listOfRun)`;

export type CardStore = ReturnType<typeof createCardStore>;

/** The deck's reading side over an open connection. `clock`: what searches mean by today. */
export function createCardStore(db: Db, clock?: SearchClock) {
  // A statement a shape of filter: an OR over absent parameters would keep indexes from being used. Cards are found
  // first and read then, so that what is not asked for is never read, nor sorted.
  const prepared = new Map<string, Statement<[object], number>>();
  function found({ runId, listOfRun, deck, search: text }: CardFilter, withProposed: boolean) {
    const pattern =
      text
        ?.trim()
        .normalize('NFC')
        .replace(/[\\%_]/g, '\\$&') || null;
    const where = [
      withProposed ? `cards.status IN ('accepted', 'proposed')` : `cards.status = 'accepted'`,
      deck === null ? '' : 'cards.deck_id = (SELECT id FROM decks WHERE name = :deck)',
      runId === null ? '' : OF_RUN,
      listOfRun === null ? '' : OF_LIST,
      pattern === null ? '' : PATTERN,
    ].filter((condition) => condition !== '');
    const notes = pattern === null ? '' : 'JOIN notes ON notes.id = cards.note_id';
    const from = `FROM cards ${notes} WHERE ${where.join(' AND ')}`;
    const parameters = { deck: deck?.normalize('NFC'), runId, listOfRun, pattern: `%${pattern}%` };
    const ask = (sql: string, more: object = {}): number[] => {
      const statement = prepared.get(sql) ?? db.prepare<[object], number>(sql).pluck();
      prepared.set(sql, statement);
      return statement.all({ ...parameters, ...more });
    };
    return {
      count: (): number => ask(`SELECT count(*) ${from}`)[0] ?? 0,
      oldestFirst: () => ask(`SELECT cards.id ${from} ORDER BY cards.id`),
      newestFirst: (offset: number, limit: number) =>
        ask(`SELECT cards.id ${from} ORDER BY cards.id DESC LIMIT :limit OFFSET :offset`, { offset, limit }),
    };
  }
  const some = db.prepare<[string], CardRow>(
    `${SELECT} WHERE cards.id IN (SELECT value FROM json_each(?)) AND cards.status <> 'deleted'`,
  );
  const ofNote = db.prepare<[string], CardRow>(
    `${SELECT} WHERE notes.uuid = ? AND cards.status <> 'deleted' ORDER BY cards.ordinal`,
  );
  const decks = db.prepare<[], DeckSummary>(`
    SELECT decks.name, count(DISTINCT cards.note_id) AS noteCount, count(cards.id) AS cardCount
    FROM decks LEFT JOIN cards ON cards.deck_id = decks.id AND cards.status IN ('accepted', 'proposed')
    WHERE decks.removed = 0 GROUP BY decks.id ORDER BY decks.name`);
  const noteOfKey = db
    .prepare<[{ deck: string; key: string }], number | null>(
      `SELECT (${NOTE_OF_KEY.replace(':deckId', 'decks.id')}) FROM decks WHERE decks.name = :deck`,
    )
    .pluck();
  const search = createCardSearch(db, clock);

  function byIds(ids: readonly number[]): Card[] {
    const rows = new Map(some.all(JSON.stringify(ids)).map((row) => [row.cardId, row]));
    return ids.flatMap((id) => {
      const row = rows.get(id);
      return row === undefined ? [] : [toCard(row)];
    });
  }

  return {
    /** Every deck by itself, those below it not counted in. */
    decks: (): DeckSummary[] => decks.all(),

    /**
     * One page, newest card first, and the number of all that match. Of a run also the cards that wait for the
     * user's word; else accepted ones alone.
     */
    page(filter: CardFilter & { offset: number; limit: number }): { cards: Card[]; total: number } {
      const { newestFirst, count } = found(filter, filter.runId !== null);
      return { cards: byIds(newestFirst(filter.offset, filter.limit)), total: count() };
    },

    /** All accepted ones that match, oldest first, read in pages: a large deck never stands in memory at once. */
    *all(filter: CardFilter): Generator<Card> {
      const ids = found(filter, false).oldestFirst();
      for (let from = 0; from < ids.length; from += 500) yield* byIds(ids.slice(from, from + 500));
    },

    /** Cards in the order of `ids`, of any status; those that are not there, or deleted, are left out. */
    byIds,

    /** All cards of a note in their order, of any status but deleted. */
    byNote: (noteId: string): Card[] => ofNote.all(noteId).map(toCard),

    /** Whether a deck has a note of this key; one whose cards are all deleted is not there. */
    hasNote: (deck: string, key: string): boolean => (noteOfKey.get({ deck, key }) ?? null) !== null,

    /** Ids of all cards that a query finds; see docs/deck-search.md. */
    find: (wanted: CardSearch): FoundCards => search.find(wanted),
  };
}

function toCard(row: CardRow): Card {
  const { generator, model, promptVersion, parameters, runId, traceId, sourceName, cached } = row;
  return {
    cardId: row.cardId,
    noteId: row.noteId,
    deck: row.deck,
    term: row.term,
    type: row.type as CardType,
    format: row.isHtml === 1 ? 'html' : 'text',
    front: row.front,
    back: row.back,
    cloze: row.cloze,
    tags: JSON.parse(row.tags ?? '[]') as string[],
    status: row.status as CardStatus,
    suspended: row.suspended === 1,
    flag: row.flag,
    quote: row.quote,
    place: row.place === null ? null : (JSON.parse(row.place) as SourcePlace),
    warnings: row.warnings === null ? [] : (row.warnings.trim().split(' ') as QualityCode[]),
    dueMs: row.dueMs,
    createdMs: row.createdMs,
    modifiedMs: row.modifiedMs,
    provenance:
      generator === null
        ? null
        : {
            generator,
            model,
            promptVersion,
            parameters,
            runId,
            traceId,
            sourceName,
            row: row.row,
            cached: cached === 1,
          },
  };
}
