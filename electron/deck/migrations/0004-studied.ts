import type { Migration } from '../../sqlite/openDatabase.ts';

/**
 * Each card says whether it was ever studied, as part of the index by deck: its new cards stand together there, and the
 * first of them is found without passing over all that were studied. Triggers keep it, whoever writes a schedule.
 */
export const studied: Migration = {
  name: '0004-studied',
  up: (db) =>
    db.exec(`
      ALTER TABLE cards ADD COLUMN studied INTEGER NOT NULL DEFAULT 0 CHECK (studied IN (0, 1));
      UPDATE cards SET studied = 1 WHERE id IN (SELECT card_id FROM memory WHERE state > 0);
      DROP INDEX cards_by_deck;
      -- The note is part of it so that what to study next is found without reading a card.
      CREATE INDEX cards_by_deck ON cards (deck_id, status, suspended, studied, note_id);
      -- New cards that are put off, the only ones of state 0.
      CREATE INDEX memory_buried ON memory (buried_until_ms) WHERE state = 0;

      -- A row that is replaced fires no trigger of deletion: the new one says all.
      CREATE TRIGGER studied_of_new_memory AFTER INSERT ON memory BEGIN
        UPDATE cards SET studied = new.state > 0 WHERE id = new.card_id AND studied <> (new.state > 0);
      END;
      CREATE TRIGGER studied_of_changed_memory AFTER UPDATE OF state ON memory
        WHEN (new.state > 0) <> (old.state > 0)
      BEGIN
        UPDATE cards SET studied = new.state > 0 WHERE id = new.card_id;
      END;
      CREATE TRIGGER studied_of_forgotten AFTER DELETE ON memory WHEN old.state > 0 BEGIN
        UPDATE cards SET studied = 0 WHERE id = old.card_id;
      END;
    `),
};
