import type { Migration } from '../../sqlite/openDatabase.ts';

/**
 * Cards that come again, note by note, in an index of their own: the notes of thousands of reviews that are due are
 * counted in it, and no further than needed, without reading a card.
 */
export const reviewed: Migration = {
  name: '0006-reviewed',
  up: (db) =>
    db.exec(`
      CREATE INDEX cards_reviewed ON cards (note_id, deck_id)
        WHERE studied = 1 AND status = 'accepted' AND suspended = 0;
    `),
};
