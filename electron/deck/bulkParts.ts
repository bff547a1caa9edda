/** The parts that many cards get at once, as statements over lists of cards. */
import type { Db, Statement } from '../sqlite/openDatabase.ts';
import type { DeckPartStore } from './deckParts.ts';

/** Parts that many cards get at once. */
export type BulkPart = 'deck' | 'status' | 'suspended' | 'flag';
/** Each as JSON, and the column that is compared and written. */
const BULK: Readonly<Record<BulkPart, { readonly json: string; readonly column: string }>> = {
  deck: { json: '(SELECT name FROM decks WHERE id = cards.deck_id)', column: 'deck_id' },
  status: { json: 'cards.status', column: 'status' },
  suspended: { json: "json(iif(cards.suspended = 1, 'true', 'false'))", column: 'suspended' },
  flag: { json: 'cards.flag', column: 'flag' },
};

type OfPart = {
  /** Those of the cards that have another value. */
  readonly find: Statement<[{ ids: string; value: string | number }], { id: number; noteId: number }>;
  readonly log: Statement<[{ setId: number; ids: string; after: string }]>;
  readonly write: Statement<[{ ids: string; value: string | number; nowMs: number }]>;
  /** Those that are no longer as they were made. */
  readonly others: Statement<[{ ids: string; made: string | number; value: string | number }], number>;
};
export type BulkParts = {
  readonly parts: Readonly<Record<BulkPart, OfPart>>;
  /** A part's value as its column keeps it. */
  readonly stored: (part: BulkPart, value: unknown) => string | number;
};

/** Transactions are the caller's. */
export function createBulkParts(db: Db, store: DeckPartStore, now: () => number): BulkParts {
  const parts = forEachBulkPart((part): OfPart => {
    const { json, column } = BULK[part];
    const differing = `FROM json_each(:ids) AS wanted JOIN cards ON cards.id = wanted.value WHERE cards.${column} <> :value`;
    return {
      find: db.prepare<[{ ids: string; value: string | number }], { id: number; noteId: number }>(
        `SELECT cards.id, note_id AS noteId ${differing} ORDER BY cards.id`,
      ),
      log: db.prepare(
        `INSERT INTO changes (change_set_id, entity, entity_id, note_uuid, before, after)
         SELECT :setId, 'card', cards.id, notes.uuid, json_object('${part}', ${json}), :after
         FROM json_each(:ids) AS wanted JOIN cards ON cards.id = wanted.value JOIN notes ON notes.id = note_id`,
      ),
      write: db.prepare(
        `UPDATE cards SET ${column} = :value, modified_ms = :nowMs WHERE id IN (SELECT value FROM json_each(:ids))`,
      ),
      others: db
        .prepare<[{ ids: string; made: string | number; value: string | number }], number>(
          `SELECT wanted.value FROM json_each(:ids) AS wanted LEFT JOIN cards ON cards.id = wanted.value
         WHERE cards.${column} IS NULL OR cards.${column} NOT IN (:made, :value)`,
        )
        .pluck(),
    };
  });
  const stored = (part: BulkPart, value: unknown): string | number =>
    part === 'deck'
      ? (store.deckNamed(String(value))?.id ?? store.addDeck(String(value), now()))
      : typeof value === 'boolean'
        ? Number(value)
        : (value as string | number);
  return { parts, stored };
}

export function isBulkPart(part: string): part is BulkPart {
  return part in BULK;
}

function forEachBulkPart<T>(make: (part: BulkPart) => T): Record<BulkPart, T> {
  return { deck: make('deck'), status: make('status'), suspended: make('suspended'), flag: make('flag') };
}
