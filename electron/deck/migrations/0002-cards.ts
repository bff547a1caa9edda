import type { Migration } from '../../sqlite/openDatabase.ts';

/**
 * Notes of any origin, in decks within decks; what the user says of each card; the schedule; a log of changes that can
 * be taken back; prompt templates; media; what was pushed to Anki. Tags belong to notes, as in every flashcard program:
 * the cards' own ones are united.
 */
export const cards: Migration = {
  name: '0002-cards',
  up: (db) =>
    db.exec(`
      -- Notetypes of imported notes, with their ids there. Notes of our own have none: their cards are written one by one.
      CREATE TABLE notetypes (
        id INTEGER PRIMARY KEY,
        name TEXT NOT NULL,
        kind TEXT NOT NULL CHECK (kind IN ('standard', 'cloze')),
        -- JSON: [{ name, rtl, ... }] and [{ name, front, back, ... }], with all that the package said of each.
        fields TEXT NOT NULL,
        templates TEXT NOT NULL,
        css TEXT NOT NULL,
        -- JSON object: whatever else the package said.
        extra TEXT NOT NULL
      ) STRICT;

      CREATE TABLE new_notes (
        id INTEGER PRIMARY KEY,
        uuid TEXT NOT NULL UNIQUE,
        -- Anki's id of an imported note; NULL where it follows from the uuid.
        guid TEXT UNIQUE,
        -- Where its key counts: the deck of its first card.
        deck_id INTEGER NOT NULL REFERENCES decks(id),
        key TEXT NOT NULL,
        term TEXT NOT NULL,
        notetype_id INTEGER REFERENCES notetypes(id),
        -- JSON array of HTML, one a field of the notetype.
        fields TEXT,
        -- JSON: the analysis, and the row it was made from with all its columns; NULL where no run made the note.
        analysis TEXT,
        source TEXT,
        run_id TEXT REFERENCES runs(id),
        created_ms INTEGER NOT NULL,
        modified_ms INTEGER NOT NULL,
        CHECK ((notetype_id IS NULL) = (fields IS NULL))
      ) STRICT;
      INSERT INTO new_notes (id, uuid, deck_id, key, term, analysis, source, run_id, created_ms, modified_ms)
        SELECT id, uuid, deck_id, key, term, analysis, source, run_id, created_ms, created_ms FROM notes;
      DROP TABLE notes;
      ALTER TABLE new_notes RENAME TO notes;
      -- Not unique: imported notes may share a first field. The pipeline looks before it writes.
      CREATE INDEX notes_by_key ON notes (deck_id, key);
      CREATE INDEX notes_by_run ON notes (run_id) WHERE run_id IS NOT NULL;
      CREATE INDEX notes_by_notetype ON notes (notetype_id) WHERE notetype_id IS NOT NULL;

      CREATE TABLE note_tags (
        note_id INTEGER NOT NULL REFERENCES notes(id) ON DELETE CASCADE,
        tag_id INTEGER NOT NULL REFERENCES tags(id),
        PRIMARY KEY (note_id, tag_id)
      ) STRICT, WITHOUT ROWID;
      CREATE INDEX note_tags_by_tag ON note_tags (tag_id);
      INSERT INTO note_tags SELECT DISTINCT cards.note_id, card_tags.tag_id
        FROM card_tags JOIN cards ON cards.id = card_tags.card_id;
      DROP TABLE card_tags;

      CREATE TABLE new_cards (
        id INTEGER PRIMARY KEY,
        note_id INTEGER NOT NULL REFERENCES notes(id) ON DELETE CASCADE,
        deck_id INTEGER NOT NULL REFERENCES decks(id),
        -- Of a note of our own: counted on. Of a notetype: the template, or the gap less one.
        ordinal INTEGER NOT NULL,
        type TEXT NOT NULL,
        front TEXT NOT NULL,
        back TEXT NOT NULL,
        -- The gap that is asked for; cards of one cloze text have the same front.
        cloze INTEGER,
        quote TEXT,
        stage_result_id INTEGER REFERENCES stage_results(id),
        -- A deleted card lies here until its deletion can no longer be taken back; a note without others is deleted.
        status TEXT NOT NULL DEFAULT 'accepted'
          CHECK (status IN ('proposed', 'accepted', 'rejected', 'deleted')),
        suspended INTEGER NOT NULL DEFAULT 0 CHECK (suspended IN (0, 1)),
        flag INTEGER NOT NULL DEFAULT 0 CHECK (flag BETWEEN 0 AND 7),
        -- Quality codes between spaces, ' too_long vague ', NULL for none.
        warnings TEXT,
        created_ms INTEGER NOT NULL,
        modified_ms INTEGER NOT NULL,
        UNIQUE (note_id, ordinal)
      ) STRICT;
      INSERT INTO new_cards (id, note_id, deck_id, ordinal, type, front, back, cloze, stage_result_id, created_ms, modified_ms)
        SELECT cards.id, note_id, notes.deck_id, ordinal, type, front, back, iif(type = 'cloze', 1, NULL),
          stage_result_id, cards.created_ms, cards.created_ms
        FROM cards JOIN notes ON notes.id = cards.note_id;
      DROP TABLE cards;
      ALTER TABLE new_cards RENAME TO cards;
      CREATE INDEX cards_by_stage_result ON cards (stage_result_id) WHERE stage_result_id IS NOT NULL;
      -- The note is part of it so that what to study next is found without reading a card.
      CREATE INDEX cards_by_deck ON cards (deck_id, status, suspended, note_id);
      CREATE INDEX cards_proposed ON cards (note_id) WHERE status = 'proposed';

      -- What was asked and answered, where a model was: the deck's own, never part of a trace.
      CREATE TABLE stage_texts (
        stage_result_id INTEGER PRIMARY KEY REFERENCES stage_results(id) ON DELETE CASCADE,
        prompt TEXT NOT NULL,
        answer TEXT NOT NULL
      ) STRICT;

      -- The schedule of a card that was studied. A new card has none, or one of state 0 while it is buried.
      -- Times in ms, stability in days.
      CREATE TABLE memory (
        card_id INTEGER PRIMARY KEY REFERENCES cards(id) ON DELETE CASCADE,
        state INTEGER NOT NULL CHECK (state BETWEEN 0 AND 3),
        due_ms INTEGER NOT NULL,
        stability REAL NOT NULL,
        difficulty REAL NOT NULL,
        reps INTEGER NOT NULL,
        lapses INTEGER NOT NULL,
        learning_step INTEGER NOT NULL,
        scheduled_days INTEGER NOT NULL,
        last_review_ms INTEGER,
        buried_until_ms INTEGER,
        -- JSON of the scheduling columns of an imported card, as they were.
        imported TEXT
      ) STRICT;
      -- All that decides whether a card is due, and how far overdue it is: no row of memory is read for that.
      CREATE INDEX memory_by_due ON memory (due_ms, state, buried_until_ms, last_review_ms, stability);
      CREATE INDEX memory_learning ON memory (due_ms) WHERE state IN (1, 3);

      CREATE TABLE reviews (
        id INTEGER PRIMARY KEY,
        card_id INTEGER NOT NULL REFERENCES cards(id) ON DELETE CASCADE,
        rating INTEGER NOT NULL CHECK (rating BETWEEN 0 AND 4),
        reviewed_ms INTEGER NOT NULL,
        duration_ms INTEGER NOT NULL,
        -- State before it, as in memory; 4 for cramming, which leaves the schedule alone.
        kind INTEGER NOT NULL CHECK (kind BETWEEN 0 AND 4),
        -- JSON of the memory row before it and of cards that it buried or suspended; NULL for an imported review,
        -- which cannot be taken back.
        before TEXT,
        -- JSON of an imported review's own columns.
        imported TEXT,
        -- Days of the interval that it ended. NULL: imported, and not looked at yet.
        interval_days INTEGER,
        -- Chance of recall as FSRS had it; NULL where nothing was known of the card.
        predicted REAL
      ) STRICT;
      -- All that the statistics, and the optimiser, read: neither looks at the rows with their JSON.
      CREATE INDEX reviews_by_card ON reviews (card_id, reviewed_ms, rating, kind);
      CREATE INDEX reviews_by_time
        ON reviews (reviewed_ms, kind, rating, duration_ms, interval_days, predicted, card_id);
      CREATE INDEX reviews_to_undo ON reviews (id) WHERE before IS NOT NULL;
      CREATE INDEX reviews_not_seen ON reviews (card_id) WHERE interval_days IS NULL;

      -- Everything a hand or an import changed, newest last; each set is taken back as a whole.
      CREATE TABLE change_sets (
        id INTEGER PRIMARY KEY,
        label TEXT NOT NULL,
        at_ms INTEGER NOT NULL,
        undone_ms INTEGER,
        notes INTEGER NOT NULL DEFAULT 0,
        cards INTEGER NOT NULL DEFAULT 0
      ) STRICT;
      CREATE TABLE changes (
        change_set_id INTEGER NOT NULL REFERENCES change_sets(id) ON DELETE CASCADE,
        id INTEGER PRIMARY KEY,
        -- A note's or a card's row id; a deleted one keeps its history.
        entity TEXT NOT NULL CHECK (entity IN ('note', 'card', 'deck')),
        entity_id INTEGER NOT NULL,
        note_uuid TEXT,
        -- JSON of the parts that changed, NULL where there was nothing before, or is nothing after.
        before TEXT,
        after TEXT
      ) STRICT;
      CREATE INDEX changes_by_set ON changes (change_set_id);
      CREATE INDEX changes_by_note ON changes (note_uuid) WHERE note_uuid IS NOT NULL;

      CREATE TABLE prompt_templates (
        id TEXT PRIMARY KEY,
        stage TEXT NOT NULL CHECK (stage IN ('analyse', 'write')),
        kind TEXT NOT NULL CHECK (kind IN ('term', 'passage')),
        name TEXT NOT NULL,
        version INTEGER NOT NULL,
        text TEXT NOT NULL,
        created_ms INTEGER NOT NULL,
        UNIQUE (stage, kind, name, version)
      ) STRICT;

      -- Files by their names on cards; the bytes lie in the media folder under their hash.
      CREATE TABLE media (
        name TEXT PRIMARY KEY,
        sha256 TEXT NOT NULL,
        bytes INTEGER NOT NULL,
        added_ms INTEGER NOT NULL
      ) STRICT;
      CREATE INDEX media_by_hash ON media (sha256);

      -- A note of ours is one or several notes there: its term, and each cloze text.
      CREATE TABLE anki_pushes (
        note_uuid TEXT NOT NULL,
        piece INTEGER NOT NULL,
        anki_id INTEGER NOT NULL,
        -- Of what was sent, and of what Anki made of it: tells whose hand changed it since.
        sent_hash TEXT NOT NULL,
        stored_hash TEXT NOT NULL,
        -- JSON array, and the deck's name: what is taken away later is only what we gave.
        sent_tags TEXT NOT NULL DEFAULT '[]',
        sent_deck TEXT NOT NULL DEFAULT '',
        pushed_ms INTEGER NOT NULL,
        PRIMARY KEY (note_uuid, piece)
      ) STRICT, WITHOUT ROWID;
      CREATE TABLE anki_queue (
        note_uuid TEXT PRIMARY KEY,
        queued_ms INTEGER NOT NULL,
        attempts INTEGER NOT NULL DEFAULT 0,
        problem TEXT
      ) STRICT, WITHOUT ROWID;

      -- Files of watched folders that were read, by content: the same text is not read twice.
      CREATE TABLE watched_files (
        path TEXT PRIMARY KEY,
        hash TEXT NOT NULL,
        run_id TEXT,
        state TEXT NOT NULL,
        message TEXT,
        at_ms INTEGER NOT NULL
      ) STRICT, WITHOUT ROWID;

      -- Settings of a deck of its own: JSON of a part of StudySettings.
      ALTER TABLE decks ADD COLUMN study TEXT;
      -- A removed deck stays while runs, or cards whose deletion can be taken back, refer to it; nobody sees it. The first
      -- card that lives in it again brings it back.
      ALTER TABLE decks ADD COLUMN removed INTEGER NOT NULL DEFAULT 0 CHECK (removed IN (0, 1));
      CREATE TRIGGER deck_of_new_card AFTER INSERT ON cards WHEN new.status <> 'deleted' BEGIN
        UPDATE decks SET removed = 0 WHERE id = new.deck_id AND removed = 1;
      END;
      CREATE TRIGGER deck_of_changed_card AFTER UPDATE OF deck_id, status ON cards WHEN new.status <> 'deleted' BEGIN
        UPDATE decks SET removed = 0 WHERE id = new.deck_id AND removed = 1;
      END;
    `),
};
