import type { Migration } from '../../sqlite/openDatabase.ts';

/** Decks, notes and cards; runs, their work queue and the provenance of every stage result. All text is NFC. */
export const init: Migration = {
  name: '0001-init',
  up: (db) =>
    db.exec(`
      CREATE TABLE decks (
        id INTEGER PRIMARY KEY,
        name TEXT NOT NULL UNIQUE,
        created_ms INTEGER NOT NULL
      ) STRICT;

      CREATE TABLE runs (
        id TEXT PRIMARY KEY,
        deck_id INTEGER NOT NULL REFERENCES decks(id),
        settings TEXT NOT NULL,
        source_name TEXT NOT NULL,
        -- preparing: its rows are still being written; such a run is deleted when its process has died.
        state TEXT NOT NULL
          CHECK (state IN ('preparing', 'running', 'paused', 'cancelled', 'interrupted', 'done')),
        -- The trace of the latest session; an earlier session's results keep their own trace id.
        trace_id TEXT NOT NULL,
        -- JSON array of StageStats, all sessions summed.
        stages TEXT NOT NULL DEFAULT '[]',
        -- JSON of why the run stopped by itself, NULL where it did not.
        problem TEXT,
        started_ms INTEGER NOT NULL,
        active_ms INTEGER NOT NULL DEFAULT 0,
        -- Counters, changed in the very transaction that changes the items.
        terms INTEGER NOT NULL DEFAULT 0,
        done INTEGER NOT NULL DEFAULT 0,
        duplicates INTEGER NOT NULL DEFAULT 0,
        skipped INTEGER NOT NULL DEFAULT 0,
        failed INTEGER NOT NULL DEFAULT 0,
        cards INTEGER NOT NULL DEFAULT 0,
        -- The process that works on it, and its last sign of life.
        owner_pid INTEGER,
        heartbeat_ms INTEGER
      ) STRICT;
      CREATE INDEX runs_by_start ON runs (started_ms);

      CREATE TABLE notes (
        id INTEGER PRIMARY KEY,
        uuid TEXT NOT NULL UNIQUE,
        deck_id INTEGER NOT NULL REFERENCES decks(id),
        key TEXT NOT NULL,
        term TEXT NOT NULL,
        -- JSON: the analysis, and the row it was made from with all its columns.
        analysis TEXT NOT NULL,
        source TEXT NOT NULL,
        run_id TEXT NOT NULL REFERENCES runs(id),
        created_ms INTEGER NOT NULL,
        UNIQUE (deck_id, key)
      ) STRICT;

      CREATE INDEX notes_by_run ON notes (run_id);

      -- The work queue: the list's rows in their order. The rows themselves lie apart, so that a change of state
      -- rewrites a few bytes.
      CREATE TABLE run_items (
        run_id TEXT NOT NULL REFERENCES runs(id) ON DELETE CASCADE,
        position INTEGER NOT NULL,
        row INTEGER NOT NULL,
        state TEXT NOT NULL CHECK (state IN ('pending', 'done', 'duplicate', 'skipped', 'failed')),
        attempts INTEGER NOT NULL DEFAULT 0,
        error_code TEXT,
        error_message TEXT,
        note_id INTEGER REFERENCES notes(id) ON DELETE SET NULL,
        PRIMARY KEY (run_id, position)
      ) STRICT, WITHOUT ROWID;
      CREATE INDEX run_items_pending ON run_items (run_id, position) WHERE state = 'pending';
      CREATE INDEX run_items_by_note ON run_items (note_id) WHERE note_id IS NOT NULL;
      CREATE TABLE run_sources (
        run_id TEXT NOT NULL,
        position INTEGER NOT NULL,
        key TEXT NOT NULL,
        -- JSON of SourceItem.
        source TEXT NOT NULL,
        PRIMARY KEY (run_id, position),
        -- A term stands once in a run's queue; the same row again is a duplicate at once.
        UNIQUE (run_id, key),
        FOREIGN KEY (run_id, position) REFERENCES run_items (run_id, position) ON DELETE CASCADE
      ) STRICT, WITHOUT ROWID;

      -- What decides a stage's answer besides its input, stored once.
      CREATE TABLE stage_identities (
        id INTEGER PRIMARY KEY,
        generator TEXT NOT NULL,
        model TEXT NOT NULL,
        prompt_version TEXT NOT NULL,
        parameters TEXT NOT NULL,
        UNIQUE (generator, model, prompt_version, parameters)
      ) STRICT;

      CREATE TABLE stage_results (
        id INTEGER PRIMARY KEY,
        note_id INTEGER NOT NULL REFERENCES notes(id) ON DELETE CASCADE,
        run_id TEXT NOT NULL REFERENCES runs(id),
        stage TEXT NOT NULL CHECK (stage IN ('analyse', 'write')),
        identity_id INTEGER NOT NULL REFERENCES stage_identities(id),
        trace_id TEXT NOT NULL,
        source_row INTEGER NOT NULL,
        cached INTEGER NOT NULL CHECK (cached IN (0, 1)),
        -- JSON of TokenUsage, NULL where nothing was billed.
        usage TEXT,
        created_ms INTEGER NOT NULL
      ) STRICT;
      CREATE INDEX stage_results_by_note ON stage_results (note_id);

      CREATE TABLE cards (
        id INTEGER PRIMARY KEY,
        note_id INTEGER NOT NULL REFERENCES notes(id) ON DELETE CASCADE,
        ordinal INTEGER NOT NULL,
        type TEXT NOT NULL,
        front TEXT NOT NULL,
        back TEXT NOT NULL,
        stage_result_id INTEGER NOT NULL REFERENCES stage_results(id),
        created_ms INTEGER NOT NULL,
        UNIQUE (note_id, ordinal)
      ) STRICT;
      CREATE INDEX cards_by_stage_result ON cards (stage_result_id);

      CREATE TABLE tags (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE) STRICT;
      CREATE TABLE card_tags (
        card_id INTEGER NOT NULL REFERENCES cards(id) ON DELETE CASCADE,
        tag_id INTEGER NOT NULL REFERENCES tags(id),
        PRIMARY KEY (card_id, tag_id)
      ) STRICT, WITHOUT ROWID;
    `),
};
