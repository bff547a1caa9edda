/**
 * Writes notes with their cards. Statements are prepared once; nothing here opens a transaction: the run
 * store's `settle` does, so that a note, its cards and the queue's state land together or not at all.
 */
import { randomUUID } from 'node:crypto';
import type { Card, Stage, StageIdentity } from '../../shared/card.ts';
import { totalTokens } from '../../shared/run.ts';
import type { ItemOutcome, QueuedItem, StageResult } from '../pipeline/ports.ts';
import type { Db } from '../sqlite/openDatabase.ts';

export type NoteOrigin = {
  readonly runId: string;
  readonly traceId: string;
  readonly sourceName: string;
  readonly deckId: number;
  readonly deckName: string;
  readonly nowMs: number;
};
type Finished = Extract<ItemOutcome, { state: 'done' }>;

export type NoteStore = ReturnType<typeof createNoteStore>;

/** The deck's writing side over an open connection. */
export function createNoteStore(db: Db) {
  const findNote = db
    .prepare<[number, string], number>('SELECT id FROM notes WHERE deck_id = ? AND key = ?')
    .pluck();
  const insertNote = db.prepare(
    `INSERT INTO notes (uuid, deck_id, key, term, analysis, source, run_id, created_ms) VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
  );
  const insertStageResult = db.prepare(
    `INSERT INTO stage_results (note_id, run_id, stage, identity_id, trace_id, source_row, cached, usage, created_ms)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  );
  const insertCard = db.prepare(
    `INSERT INTO cards (note_id, ordinal, type, front, back, stage_result_id, created_ms) VALUES (?, ?, ?, ?, ?, ?, ?)`,
  );
  const insertTag = db.prepare(
    'INSERT INTO card_tags (card_id, tag_id) VALUES (?, ?) ON CONFLICT DO NOTHING',
  );
  const tagId = rowIdOf(db, 'SELECT id FROM tags WHERE name = ?', 'INSERT INTO tags (name) VALUES (?)');
  const identityRowId = rowIdOf(
    db,
    'SELECT id FROM stage_identities WHERE generator = ? AND model = ? AND prompt_version = ? AND parameters = ?',
    'INSERT INTO stage_identities (generator, model, prompt_version, parameters) VALUES (?, ?, ?, ?)',
  );
  const identityId = (identity: StageIdentity) =>
    identityRowId(identity.generator, identity.model, identity.promptVersion, identity.parameters);

  function writeStageResult(noteId: number, row: number, result: StageResult, origin: NoteOrigin): number {
    return Number(
      insertStageResult.run(
        noteId,
        origin.runId,
        result.stage,
        identityId(result),
        origin.traceId,
        row,
        result.cached ? 1 : 0,
        totalTokens(result.usage) === 0 ? null : JSON.stringify(result.usage),
        origin.nowMs,
      ).lastInsertRowid,
    );
  }

  return {
    /** Row id of the deck's note with this key, `null` where there is none. */
    find: (deckId: number, key: string): number | null => findNote.get(deckId, key) ?? null,

    /** Writes a new note and its cards. The caller has made sure that the key is free. */
    insert(queued: QueuedItem, outcome: Finished, origin: NoteOrigin): { noteId: number; cards: Card[] } {
      const { item } = queued;
      const uuid = randomUUID();
      const noteId = Number(
        insertNote.run(
          uuid,
          origin.deckId,
          queued.noteKey,
          outcome.analysis.term.normalize('NFC'),
          JSON.stringify(outcome.analysis).normalize('NFC'),
          JSON.stringify({ name: origin.sourceName, ...item }),
          origin.runId,
          origin.nowMs,
        ).lastInsertRowid,
      );
      const resultIds = new Map<Stage, number>();
      for (const result of outcome.stages) {
        resultIds.set(result.stage, writeStageResult(noteId, item.row, result, origin));
      }
      const writer = outcome.stages.find((result) => result.stage === 'write');
      const writeResultId = resultIds.get('write');
      if (!writer || writeResultId === undefined) throw new Error('a finished item names both of its stages');
      const { stage: _stage, cached, usage: _usage, ...identity } = writer;
      const cards = outcome.cards.map((draft, ordinal): Card => {
        const front = draft.front.normalize('NFC');
        const back = draft.back.normalize('NFC');
        const cardId = Number(
          insertCard.run(noteId, ordinal, draft.type, front, back, writeResultId, origin.nowMs)
            .lastInsertRowid,
        );
        const tags = [...new Set(draft.tags.map((tag) => tag.normalize('NFC')))].sort();
        for (const tag of tags) insertTag.run(cardId, tagId(tag));
        return {
          cardId,
          noteId: uuid,
          deck: origin.deckName,
          term: outcome.analysis.term,
          type: draft.type,
          front,
          back,
          tags,
          createdMs: origin.nowMs,
          provenance: {
            ...identity,
            runId: origin.runId,
            traceId: origin.traceId,
            sourceName: origin.sourceName,
            row: item.row,
            cached,
          },
        };
      });
      return { noteId, cards };
    },
  };
}

/** Finds a row by its natural key or makes it. Not remembered in memory: a rolled back insert must not linger. */
function rowIdOf(db: Db, select: string, insert: string) {
  const find = db.prepare<string[], number>(select).pluck();
  const make = db.prepare(insert);
  return (...key: string[]): number => find.get(...key) ?? Number(make.run(...key).lastInsertRowid);
}
