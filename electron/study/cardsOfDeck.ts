import type { Db } from '../sqlite/openDatabase.ts';
import type { DeckRow } from './studyScope.ts';
import { STUDY_SQL } from './studySql.ts';

export const CARD_IDS = `SELECT cards.id FROM cards INDEXED BY cards_by_deck
  WHERE cards.deck_id IN (SELECT value FROM json_each(?))`;

/** A deck and those below it; all for `null`. */
export function decksWithin(db: Db, deck: string | null): readonly DeckRow[] {
  const name = deck?.normalize('NFC');
  const rows =
    name === undefined
      ? db.prepare(STUDY_SQL.allDecks).all()
      : db.prepare(STUDY_SQL.decksWithin).all({ deck: name });
  return rows as DeckRow[];
}

/** 1 at the id of each of the cards that live in the decks, whatever their status. */
export function cardsOfDecks(db: Db, decks: readonly DeckRow[]): Uint8Array {
  const cardIds = db
    .prepare<[string], number>(CARD_IDS)
    .pluck()
    .all(JSON.stringify(decks.map(({ id }) => id)));
  const most = db.prepare<[], number | null>('SELECT max(id) FROM cards').pluck().get() ?? 0;
  const isOurs = new Uint8Array(most + 1);
  for (const cardId of cardIds) isOurs[cardId] = 1;
  return isOurs;
}
