/**
 * Writes notes with their cards. Statements are prepared once; nothing here opens a transaction: the run
 * store's `settle` does, so that a note, its cards and the queue's state land together or not at all.
 */
import { randomUUID } from 'node:crypto';
import type { Card, CardDraft, Stage } from '../../shared/card.ts';
import { checkCard } from '../../shared/quality/checkCard.ts';
import { gapNumbers } from '../../shared/cloze.ts';
import { totalTokens, type RunSettings } from '../../shared/run.ts';
import type { ItemOutcome, QueuedItem, StageResult } from '../pipeline/ports.ts';
import { NOTE_CHANGED_MS } from '../sqlite/noteChanged.ts';
import type { Db } from '../sqlite/openDatabase.ts';
import { cleanTags } from './deckParts.ts';
import { createIdentityIds, rowIdOf } from './rowIdOf.ts';

export type NoteOrigin = {
  readonly runId: string;
  readonly traceId: string;
  readonly sourceName: string;
  readonly deckId: number;
  readonly settings: RunSettings;
  readonly nowMs: number;
};
type Finished = Extract<ItemOutcome, { state: 'done' }>;
type Target = { readonly noteId: number; readonly uuid: string; readonly tags: readonly string[] };
type KnownNote = {
  readonly uuid: string;
  readonly term: string;
  readonly notetypeId: number | null;
  /** JSON arrays: types of its cards, deleted ones left out; its tags. */
  readonly types: string;
  readonly tags: string;
  readonly nextOrdinal: number;
};

/**
 * The deck's note of a key, for other statements too; one whose cards are all deleted is not there. Not EXISTS: SQLite
 * makes a join of it, which takes ten times as long where, as nearly always, there is no such note.
 */
export const NOTE_OF_KEY = `
  SELECT id FROM notes WHERE notes.deck_id = :deckId AND notes.key = :key
    AND (SELECT 1 FROM cards WHERE cards.note_id = notes.id AND cards.status <> 'deleted' LIMIT 1)
  ORDER BY id LIMIT 1`;

/** The deck's writing side over an open connection, for what runs make. */
export function createNoteStore(db: Db) {
  const findNote = db.prepare<[{ deckId: number; key: string }], number>(NOTE_OF_KEY).pluck();
  const knownNote = db.prepare<[number], KnownNote>(
    `SELECT uuid, term, notetype_id AS notetypeId,
       (SELECT json_group_array(type) FROM cards WHERE note_id = notes.id AND status <> 'deleted') AS types,
       (SELECT json_group_array(name) FROM (SELECT name FROM note_tags JOIN tags ON tags.id = tag_id
          WHERE note_id = notes.id ORDER BY name)) AS tags,
       (SELECT coalesce(max(ordinal), -1) + 1 FROM cards WHERE note_id = notes.id) AS nextOrdinal
     FROM notes WHERE id = ?`,
  );
  const insertNote = db.prepare(
    `INSERT INTO notes (uuid, deck_id, key, term, analysis, source, run_id, created_ms, modified_ms)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  );
  const insertStageResult = db.prepare(
    `INSERT INTO stage_results (note_id, run_id, stage, identity_id, trace_id, source_row, cached, usage, created_ms)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  );
  const insertStageText = db.prepare(
    'INSERT INTO stage_texts (stage_result_id, prompt, answer) VALUES (?, ?, ?)',
  );
  const insertCard = db.prepare(
    `INSERT INTO cards (note_id, deck_id, ordinal, type, front, back, cloze, quote, stage_result_id, status, warnings,
       created_ms, modified_ms)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  );
  const touchNote = db.prepare(`UPDATE notes SET modified_ms = ${NOTE_CHANGED_MS} WHERE id = :noteId`);
  const insertTag = db.prepare(
    'INSERT INTO note_tags (note_id, tag_id) VALUES (?, ?) ON CONFLICT DO NOTHING',
  );
  const tagId = rowIdOf(db, 'SELECT id FROM tags WHERE name = ?', 'INSERT INTO tags (name) VALUES (?)');
  const identityId = createIdentityIds(db);

  function writeStageResult(noteId: number, row: number, result: StageResult, origin: NoteOrigin): number {
    const id = Number(
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
    if (result.exchange) insertStageText.run(id, result.exchange.prompt, result.exchange.answer);
    return id;
  }

  /** The stage results of an outcome and its cards: one a draft, of a cloze text one a gap. */
  function writeCards(
    { noteId, uuid, tags }: Target,
    firstOrdinal: number,
    drafts: readonly CardDraft[],
    queued: QueuedItem,
    outcome: Finished,
    origin: NoteOrigin,
  ): Card[] {
    const { settings, nowMs } = origin;
    const { row, place } = queued.item;
    const resultIds = new Map<Stage, number>();
    for (const result of outcome.stages) {
      resultIds.set(result.stage, writeStageResult(noteId, row, result, origin));
    }
    const writer = outcome.stages.find((result) => result.stage === 'write');
    const writeResultId = resultIds.get('write');
    if (!writer || writeResultId === undefined) throw new Error('a finished item names both of its stages');
    const { stage: _stage, cached, usage: _usage, exchange: _exchange, ...identity } = writer;
    const { runId, traceId, sourceName } = origin;
    const provenance = { ...identity, runId, traceId, sourceName, row, cached };
    const status = settings.review === true ? 'proposed' : 'accepted';
    const term = outcome.analysis.term.normalize('NFC');
    const { termLanguage, meaningLanguage } = settings;

    const cards: Card[] = [];
    for (const draft of drafts) {
      const front = draft.front.normalize('NFC');
      const back = draft.back.normalize('NFC');
      const quote = draft.quote?.normalize('NFC') ?? null;
      const gaps = draft.type === 'cloze' ? gapNumbers(front) : [];
      // A cloze text without a gap stays one card: its warning says what is wrong with it.
      for (const cloze of gaps.length === 0 ? [null] : gaps) {
        const { type } = draft;
        const warnings = checkCard({ type, front, back, cloze, termLanguage, meaningLanguage, term });
        const cardId = Number(
          insertCard.run(
            noteId,
            origin.deckId,
            firstOrdinal + cards.length,
            type,
            front,
            back,
            cloze,
            quote,
            writeResultId,
            status,
            warnings.length === 0 ? null : ` ${warnings.join(' ')} `,
            nowMs,
            nowMs,
          ).lastInsertRowid,
        );
        cards.push({
          cardId,
          noteId: uuid,
          deck: settings.deck,
          term,
          type,
          format: 'text',
          front,
          back,
          cloze,
          tags,
          status,
          suspended: false,
          flag: 0,
          quote,
          place: place ?? null,
          warnings,
          dueMs: null,
          createdMs: nowMs,
          modifiedMs: nowMs,
          provenance,
        });
      }
    }
    return cards;
  }

  return {
    /** Row id of the deck's note with this key, `null` where there is none, or all its cards are deleted. */
    find: (deckId: number, key: string): number | null => findNote.get({ deckId, key }) ?? null,

    /** Writes a new note and its cards. The caller has made sure that the key is free. */
    insert(queued: QueuedItem, outcome: Finished, origin: NoteOrigin): { noteId: number; cards: Card[] } {
      const uuid = randomUUID();
      const noteId = Number(
        insertNote.run(
          uuid,
          origin.deckId,
          queued.noteKey,
          outcome.analysis.term.normalize('NFC'),
          JSON.stringify(outcome.analysis).normalize('NFC'),
          JSON.stringify({ name: origin.sourceName, ...queued.item }),
          origin.runId,
          origin.nowMs,
          origin.nowMs,
        ).lastInsertRowid,
      );
      const drafts = outcome.cards;
      const tags = cleanTags(drafts.flatMap((draft) => draft.tags));
      for (const tag of tags) insertTag.run(noteId, tagId(tag));
      return { noteId, cards: writeCards({ noteId, uuid, tags }, 0, drafts, queued, outcome, origin) };
    },

    /**
     * Adds the cards of the kinds that a note has none of, and changes nothing else of it. A note of an imported
     * notetype has the cards that its templates make, and gets none.
     */
    fill(noteId: number, queued: QueuedItem, outcome: Finished, origin: NoteOrigin): Card[] {
      const note = knownNote.get(noteId);
      if (!note || note.notetypeId !== null) return [];
      const present = new Set(JSON.parse(note.types) as string[]);
      const missing = outcome.cards.filter((draft) => !present.has(draft.type));
      if (missing.length === 0) return [];
      touchNote.run({ nowMs: origin.nowMs, noteId });
      const target = { noteId, uuid: note.uuid, tags: JSON.parse(note.tags) as string[] };
      return writeCards(target, note.nextOrdinal, missing, queued, outcome, origin).map((card) => ({
        ...card,
        term: note.term,
      }));
    },
  };
}
