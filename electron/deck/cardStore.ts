/** Reads decks and cards. One query shape for every list of cards, one `toCard`. */
import type { Card, CardType, DeckSummary } from '../../shared/card.ts';
import type { Db } from '../sqlite/openDatabase.ts';

export type CardFilter = {
  readonly deck: string | null;
  /** Cards that a run made. */
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
  front: string;
  back: string;
  tags: string;
  createdMs: number;
  generator: string;
  model: string;
  promptVersion: string;
  parameters: string;
  runId: string;
  traceId: string;
  sourceName: string;
  row: number;
  cached: 0 | 1;
};

const FROM_CARDS = `
  FROM cards
  JOIN notes ON notes.id = cards.note_id
  JOIN decks ON decks.id = notes.deck_id`;
const WHERE = `
  WHERE (:deck IS NULL OR decks.name = :deck)
    AND (:runId IS NULL OR notes.run_id = :runId)
    AND (:listOfRun IS NULL
      OR EXISTS (SELECT 1 FROM run_items WHERE note_id = notes.id AND run_items.run_id = :listOfRun))
    AND (:pattern IS NULL OR notes.term LIKE :pattern ESCAPE '\\'
      OR cards.front LIKE :pattern ESCAPE '\\' OR cards.back LIKE :pattern ESCAPE '\\')`;
const SELECT = `
  SELECT cards.id AS cardId, notes.uuid AS noteId, decks.name AS deck, notes.term, cards.type, cards.front, cards.back,
    (SELECT json_group_array(name) FROM
      (SELECT tags.name FROM card_tags JOIN tags ON tags.id = card_tags.tag_id
       WHERE card_tags.card_id = cards.id ORDER BY tags.name)) AS tags,
    cards.created_ms AS createdMs, identity.generator, identity.model, identity.prompt_version AS promptVersion,
    identity.parameters, result.run_id AS runId, result.trace_id AS traceId, runs.source_name AS sourceName,
    result.source_row AS row, result.cached
  ${FROM_CARDS}
  JOIN stage_results AS result ON result.id = cards.stage_result_id
  JOIN stage_identities AS identity ON identity.id = result.identity_id
  JOIN runs ON runs.id = result.run_id
  ${WHERE}`;

export type CardStore = ReturnType<typeof createCardStore>;

/** The deck's reading side over an open connection. */
export function createCardStore(db: Db) {
  type Where = Omit<CardFilter, 'search'> & { pattern: string | null };
  const page = db.prepare<[Where & { offset: number; limit: number }], CardRow>(
    `${SELECT} ORDER BY cards.id DESC LIMIT :limit OFFSET :offset`,
  );
  const after = db.prepare<[Where & { afterId: number; limit: number }], CardRow>(
    `${SELECT} AND cards.id > :afterId ORDER BY cards.id LIMIT :limit`,
  );
  const count = db.prepare<[Where], number>(`SELECT count(*) ${FROM_CARDS} ${WHERE}`).pluck();
  const decks = db.prepare<[], DeckSummary>(`
    SELECT decks.name, count(DISTINCT notes.id) AS noteCount, count(cards.id) AS cardCount
    FROM decks LEFT JOIN notes ON notes.deck_id = decks.id LEFT JOIN cards ON cards.note_id = notes.id
    GROUP BY decks.id ORDER BY decks.name`);

  return {
    decks: (): DeckSummary[] => decks.all(),

    /** One page, newest card first, and the number of all that match. */
    page(filter: CardFilter & { offset: number; limit: number }): { cards: Card[]; total: number } {
      const where = toWhere(filter);
      const { offset, limit } = filter;
      return { cards: page.all({ ...where, offset, limit }).map(toCard), total: count.get(where) ?? 0 };
    },

    /** All that match, oldest first, read in pages so that a large deck never stands in memory at once. */
    *all(filter: CardFilter): Generator<Card> {
      const where = toWhere(filter);
      let afterId = 0;
      for (;;) {
        const rows = after.all({ ...where, afterId, limit: 500 });
        const last = rows.at(-1);
        if (!last) return;
        for (const row of rows) yield toCard(row);
        afterId = last.cardId;
      }
    },
  };
}

function toWhere({ deck, runId, listOfRun, search }: CardFilter) {
  const wanted = search?.trim().normalize('NFC');
  const pattern = wanted ? `%${wanted.replace(/[\\%_]/g, '\\$&')}%` : null;
  return { deck: deck === null ? null : deck.normalize('NFC'), runId, listOfRun, pattern };
}

function toCard(row: CardRow): Card {
  const { generator, model, promptVersion, parameters, runId, traceId, sourceName, cached } = row;
  return {
    cardId: row.cardId,
    noteId: row.noteId,
    deck: row.deck,
    term: row.term,
    type: row.type as CardType,
    front: row.front,
    back: row.back,
    tags: JSON.parse(row.tags) as string[],
    createdMs: row.createdMs,
    provenance: {
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
