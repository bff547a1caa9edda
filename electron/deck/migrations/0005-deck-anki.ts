import type { Migration } from '../../sqlite/openDatabase.ts';

/** What Anki says of a deck and has no place of its own here: kept, and given back to it. */
export const deckAnki: Migration = {
  name: '0005-deck-anki',
  up: (db) =>
    db.exec(`
      -- JSON: { description, isMarkdown, options: { name, values } }, each where there is one; NULL for nothing.
      ALTER TABLE decks ADD COLUMN anki TEXT;
    `),
};
