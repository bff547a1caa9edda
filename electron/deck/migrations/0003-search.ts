import type { Migration } from '../../sqlite/openDatabase.ts';

/**
 * Full text of cards and of tag names, kept in step by triggers: whoever writes a card, the index follows. The index
 * keeps no text of its own. `deck_words` is registered by `openDeck`. Tags are apart from cards, so that tagging
 * 100,000 cards writes no index at all.
 */
export const search: Migration = {
  name: '0003-search',
  up: (db) =>
    db.exec(`
      -- The ascii tokenizer parts at spaces and takes everything beyond ASCII as it is.
      CREATE VIRTUAL TABLE card_words USING fts5(
        front, back, term, content = '', contentless_delete = 1, tokenize = 'ascii'
      );
      CREATE VIRTUAL TABLE tag_words USING fts5(name, content = '', contentless_delete = 1, tokenize = 'ascii');

      INSERT INTO card_words (rowid, front, back, term)
        SELECT cards.id, deck_words(front, notetype_id IS NOT NULL), deck_words(back, notetype_id IS NOT NULL),
          deck_words(term, 0)
        FROM cards JOIN notes ON notes.id = cards.note_id ORDER BY cards.id;
      INSERT INTO tag_words (rowid, name) SELECT id, deck_words(name, 0) FROM tags;

      CREATE TRIGGER card_words_of_new AFTER INSERT ON cards BEGIN
        INSERT INTO card_words (rowid, front, back, term)
        SELECT new.id, deck_words(new.front, notetype_id IS NOT NULL), deck_words(new.back, notetype_id IS NOT NULL),
          deck_words(term, 0)
        FROM notes WHERE id = new.note_id;
      END;
      CREATE TRIGGER card_words_of_changed AFTER UPDATE OF front, back ON cards
        WHEN new.front <> old.front OR new.back <> old.back
      BEGIN
        DELETE FROM card_words WHERE rowid = old.id;
        INSERT INTO card_words (rowid, front, back, term)
        SELECT new.id, deck_words(new.front, notetype_id IS NOT NULL), deck_words(new.back, notetype_id IS NOT NULL),
          deck_words(term, 0)
        FROM notes WHERE id = new.note_id;
      END;
      CREATE TRIGGER card_words_of_deleted AFTER DELETE ON cards BEGIN
        DELETE FROM card_words WHERE rowid = old.id;
      END;
      CREATE TRIGGER card_words_of_renamed AFTER UPDATE OF term, notetype_id ON notes
        WHEN new.term <> old.term OR new.notetype_id IS NOT old.notetype_id
      BEGIN
        DELETE FROM card_words WHERE rowid IN (SELECT id FROM cards WHERE note_id = new.id);
        INSERT INTO card_words (rowid, front, back, term)
        SELECT id, deck_words(front, new.notetype_id IS NOT NULL), deck_words(back, new.notetype_id IS NOT NULL),
          deck_words(new.term, 0)
        FROM cards WHERE note_id = new.id;
      END;
      CREATE TRIGGER tag_words_of_new AFTER INSERT ON tags BEGIN
        INSERT INTO tag_words (rowid, name) VALUES (new.id, deck_words(new.name, 0));
      END;
      CREATE TRIGGER tag_words_of_renamed AFTER UPDATE OF name ON tags BEGIN
        DELETE FROM tag_words WHERE rowid = old.id;
        INSERT INTO tag_words (rowid, name) VALUES (new.id, deck_words(new.name, 0));
      END;
      CREATE TRIGGER tag_words_of_deleted AFTER DELETE ON tags BEGIN
        DELETE FROM tag_words WHERE rowid = old.id;
      END;

      -- What searches look at besides words, without the texts: a look at all cards reads a tenth of the pages.
      CREATE INDEX cards_facts ON cards
        (status, deck_id, note_id, type, suspended, flag, created_ms, modified_ms, warnings, stage_result_id);
      CREATE INDEX memory_by_difficulty ON memory (difficulty);
      CREATE INDEX memory_by_lapses ON memory (lapses);
      CREATE INDEX notes_by_term ON notes (term COLLATE NOCASE);
      CREATE INDEX stage_results_by_run ON stage_results (run_id);
    `),
};
