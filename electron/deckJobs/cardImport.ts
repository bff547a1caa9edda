/** What an import of a file of cards needs of the deck: lookups, and all of it as one change that can be taken back. */
import { randomUUID } from 'node:crypto';
import type { Card } from '../../shared/card.ts';
import { foldKey } from '../../shared/foldKey.ts';
import { checkCard } from '../../shared/quality/checkCard.ts';
import { PIECE } from '../../shared/span.ts';
import { guidOf, sortText } from '../anki/ankiIds.ts';
import { renderCards } from '../anki/templates.ts';
import { createChangeLog, type Changes } from '../deck/changeLog.ts';
import { cleanTags, packWarnings } from '../deck/deckParts.ts';
import type { StoredNotetype } from '../deck/editableNote.ts';
import { createNoteEditor, type NoteRenderer } from '../deck/editNotes.ts';
import { termOfFront } from '../deck/noteFolding.ts';
import { isAbort, TracedeckError } from '../errors/tracedeckError.ts';
import { ankiRows, rowPiece } from '../exchange/ankiRows.ts';
import type {
  CardImportPort,
  CardSchedule,
  IncomingNote,
  KnownNote,
  NoteUpdate,
} from '../exchange/incomingNotes.ts';
import type { Db } from '../sqlite/openDatabase.ts';
import { createCardProvenance } from './cardProvenance.ts';
import { createCardSchedules, toMemoryParts } from './cardSchedules.ts';
import { inPiece, UNWATCHED, type JobContext } from './job.ts';

type NoteRow = {
  id: number;
  uuid: string;
  guid: string | null;
  term: string;
  tags: string;
  notetype: string | null;
  fields: string | null;
  modifiedMs: number;
};
type CardRow = Pick<Card, 'cardId' | 'type' | 'front' | 'back' | 'cloze' | 'quote'>;
type SidesRow = Pick<Card, 'cardId' | 'noteId' | 'type' | 'front' | 'back'>;

const TITLE_CHARS = 200;
/** In one transaction: some 30 ms, for which nobody else can write. */
const NOTES_A_PIECE = 50;

/** By Anki's own rules. */
export const ankiRenderer: NoteRenderer = {
  renderCards,
  fieldTitle: (html) => [...sortText(html).replace(/\s+/gu, ' ').trim()].slice(0, TITLE_CHARS).join(''),
};

/** @param context of the writing: where it is stopped, what was written is taken back */
export function createCardImport(db: Db, context: JobContext = UNWATCHED): CardImportPort {
  const log = createChangeLog(db);
  const editor = createNoteEditor(db, { log, renderer: ankiRenderer });
  const schedules = createCardSchedules(db);
  const origins = createCardProvenance(db);
  const isThere = `EXISTS (SELECT 1 FROM cards WHERE note_id = notes.id AND status <> 'deleted')`;
  const selectNotes = `SELECT notes.id, uuid, guid, term, notes.fields, notetypes.name AS notetype, modified_ms AS modifiedMs,
      (SELECT json_group_array(name) FROM (SELECT name FROM note_tags JOIN tags ON tags.id = tag_id
         WHERE note_id = notes.id ORDER BY name)) AS tags
    FROM json_each(?) AS wanted JOIN notes ON %key = wanted.value
      LEFT JOIN notetypes ON notetypes.id = notetype_id WHERE ${isThere}`;
  const byUuid = db.prepare<[string], NoteRow>(selectNotes.replace('%key', 'uuid'));
  const byOwnGuid = db.prepare<[string], NoteRow>(selectNotes.replace('%key', 'guid'));
  const cardsOf = db.prepare<[number], CardRow>(
    `SELECT id AS cardId, type, front, back, cloze, quote FROM cards
     WHERE note_id = ? AND status <> 'deleted' ORDER BY ordinal`,
  );
  const ownSides = db.prepare<[], SidesRow>(
    `SELECT cards.id AS cardId, uuid AS noteId, type, front, back FROM notes JOIN cards ON note_id = notes.id
     WHERE notetype_id IS NULL AND status <> 'deleted' ORDER BY notes.id, ordinal`,
  );
  const notetypeNamed = db.prepare<
    [string],
    { id: number; kind: StoredNotetype['kind'] } & Record<string, string>
  >('SELECT * FROM notetypes WHERE name = ? ORDER BY id LIMIT 1');
  const rowIdOf = db.prepare<[string], number>('SELECT id FROM notes WHERE uuid = ?').pluck();
  const sameRows = db.prepare<[string | null, string | null], { id: number; isTyped: 0 | 1 }>(
    'SELECT id, notetype_id IS NOT NULL AS isTyped FROM notes WHERE uuid = ? OR guid = ?',
  );
  /** What is left of a deleted note gives its names to the one that comes. */
  const release = db.prepare('UPDATE notes SET guid = NULL, uuid = ? WHERE id = ?');
  const nextOrdinal = db
    .prepare<[number], number>('SELECT coalesce(max(ordinal), -1) + 1 FROM cards WHERE note_id = ?')
    .pluck();
  const complete = db.prepare(
    `UPDATE notes SET guid = coalesce(guid, ?), source = coalesce(source, ?), created_ms = coalesce(?, created_ms)
     WHERE id = ?`,
  );
  const setCreated = db.prepare('UPDATE cards SET created_ms = ? WHERE id = ?');
  const insertNote = db.prepare(
    `INSERT INTO notes (uuid, guid, deck_id, key, term, notetype_id, fields, created_ms, modified_ms)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  );
  const insertCard = db.prepare(
    `INSERT INTO cards (note_id, deck_id, ordinal, type, front, back, cloze, suspended, flag, created_ms, modified_ms)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  );

  function known(row: NoteRow): KnownNote {
    return {
      noteId: row.uuid,
      term: row.term,
      tags: JSON.parse(row.tags) as string[],
      notetype:
        row.notetype === null
          ? null
          : { name: row.notetype, fields: JSON.parse(row.fields ?? '[]') as string[] },
      cards: cardsOf.all(row.id),
      modifiedMs: row.modifiedMs,
    };
  }

  /** Rows that `ankiRows` makes of notes of ours, by guid: the whole deck is looked at. */
  function ownRows(wanted: ReadonlySet<string>): Map<string, { noteId: string; cardIds: readonly number[] }> {
    const found = new Map<string, { noteId: string; cardIds: readonly number[] }>();
    const tools = { guidOf, importedNote: () => null };
    let note: SidesRow[] = [];
    const take = (): void => {
      for (const { guid, cardIds } of ankiRows(note as unknown as readonly Card[], tools)) {
        if (wanted.has(guid)) found.set(guid, { noteId: note[0]!.noteId, cardIds });
      }
      note = [];
    };
    for (const card of ownSides.iterate()) {
      if (note.length > 0 && note[0]!.noteId !== card.noteId) take();
      note.push(card);
    }
    take();
    return found;
  }

  /** Only of deleted notes: others are known, and not added. @returns one of ours that can come back */
  function releaseNames({ noteId, guid }: IncomingNote, isTyped: boolean): number | undefined {
    const rows = sameRows.all(noteId, guid);
    const own = isTyped ? undefined : rows.find((row) => row.isTyped === 0);
    for (const { id } of rows) if (id !== own?.id) release.run(randomUUID(), id);
    return own?.id;
  }

  function addOwn(changes: Changes, note: IncomingNote): number {
    const term = note.term || termOfFront(note.cards[0]?.front ?? '');
    const parts = { deck: note.deck, key: foldKey(term), term, tags: cleanTags(note.tags) };
    // All cards of one that is there were deleted: it comes back with these.
    const gone = releaseNames(note, false);
    const id = gone ?? changes.addNote({ uuid: note.noteId ?? randomUUID(), ...parts });
    if (gone !== undefined) changes.note(gone, parts);
    const place = note.cards.find((card) => card.place !== null)?.place ?? null;
    const source = place === null ? null : { row: 1, term, kind: 'term', fields: {}, extra: {}, place };
    complete.run(note.guid, source === null ? null : JSON.stringify(source), note.createdMs, id);
    let ordinal = nextOrdinal.get(id) ?? 0;
    for (const { type, front, back, cloze, quote, suspended, flag, schedule, provenance } of note.cards) {
      const sides = { type, front, back, cloze };
      const found = checkCard({ ...sides, term, termLanguage: 'und', meaningLanguage: 'und' });
      const card = { noteId: id, deck: note.deck, ordinal, ...sides, quote, status: 'accepted' as const };
      const stageResultId = origins.resultFor(id, provenance, note.createdMs ?? Date.now());
      const cardId = changes.addCard({ ...card, stageResultId, warnings: packWarnings(found) });
      if (suspended || flag > 0) changes.card(cardId, { suspended, flag });
      if (note.createdMs !== null) setCreated.run(note.createdMs, cardId);
      takeSchedule(changes, cardId, schedule);
      ordinal += 1;
    }
    return note.cards.length;
  }

  function takeSchedule(changes: Changes, cardId: number, schedule: CardSchedule | null): void {
    if (schedule === null) return;
    if (schedule.memory !== null) changes.card(cardId, { memory: toMemoryParts(schedule.memory) });
    schedules.addReviews(cardId, schedule.reviews);
  }

  function addTyped(changes: Changes, note: IncomingNote, { name, fields: given }: NamedFields): number {
    const row = notetypeNamed.get(name);
    if (row === undefined)
      throw new TracedeckError('user', 'notetype_unknown', `There is no notetype ${name}.`);
    const notetype = {
      name,
      kind: row.kind,
      fields: JSON.parse(row['fields']!) as StoredNotetype['fields'],
      templates: JSON.parse(row['templates']!) as StoredNotetype['templates'],
    };
    const fields = given.map((field) => field.normalize('NFC'));
    const tags = cleanTags(note.tags);
    const rendered = renderCards(notetype, fields, tags, note.deck);
    // A note without a card would not be there: its first field is what can be shown of it.
    const cards =
      rendered.length > 0 ? rendered : [{ ordinal: 0, front: fields[0] ?? '', back: '', cloze: null }];
    releaseNames(note, true);
    const nowMs = Date.now();
    const createdMs = note.createdMs ?? nowMs;
    const term = ankiRenderer.fieldTitle(fields[0] ?? '') || note.term;
    const key = foldKey(term);
    const deckId = changes.deckId(note.deck);
    const id = Number(
      insertNote.run(
        note.noteId ?? randomUUID(),
        note.guid,
        deckId,
        key,
        term,
        row.id,
        JSON.stringify(fields),
        createdMs,
        nowMs,
      ).lastInsertRowid,
    );
    const type = row.kind === 'cloze' ? 'cloze' : 'basic';
    const added: { cardId: number; schedule: CardSchedule | null }[] = [];
    for (const [at, { ordinal, front, back, cloze }] of cards.entries()) {
      const { suspended = false, flag = 0, schedule = null } = note.cards[at] ?? {};
      const inserted = insertCard.run(
        id,
        deckId,
        ordinal,
        type,
        front,
        back,
        cloze,
        Number(suspended),
        flag,
        createdMs,
        nowMs,
      );
      added.push({ cardId: Number(inserted.lastInsertRowid), schedule });
    }
    changes.added('note', id);
    changes.note(id, { tags });
    for (const { cardId, schedule } of added) takeSchedule(changes, cardId, schedule);
    return cards.length;
  }

  function update(changes: Changes, { noteId, tags, fields, cards }: NoteUpdate): void {
    const id = rowIdOf.get(noteId);
    const note = id === undefined ? null : editor.byId(id);
    if (note === null) return;
    try {
      if (fields !== undefined) editor.editFields(changes, note, fields);
      if (cards !== undefined) {
        editor.editSides(changes, note, cards);
        editor.rename(changes, note.id);
        editor.follow(changes, new Set([note.id]));
      }
      if (tags !== undefined) editor.editTags(changes, editor.byId(note.id) ?? note, tags);
    } catch (error) {
      // One note that cannot be as the file has it is no reason to leave all others out.
      if (!(error instanceof TracedeckError) || isAbort(error)) throw error;
      changes.leave(note.cards[0]?.id ?? 0, error.message);
    }
  }

  return {
    byNoteId: (noteIds) => new Map(byUuid.all(JSON.stringify(noteIds)).map((row) => [row.uuid, known(row)])),

    byGuid(guids) {
      const found = new Map<string, { note: KnownNote; cardIds: readonly number[] }>();
      for (const row of byOwnGuid.all(JSON.stringify(guids))) {
        const note = known(row);
        found.set(row.guid!, { note, cardIds: note.cards.map(({ cardId }) => cardId) });
      }
      const others = new Set(guids.filter((guid) => !found.has(guid)));
      if (others.size === 0) return found;
      const rows = ownRows(others);
      const notes = new Map(
        byUuid
          .all(JSON.stringify([...new Set([...rows.values()].map(({ noteId }) => noteId))]))
          .map((row) => [row.uuid, known(row)]),
      );
      for (const [guid, { noteId, cardIds }] of rows) {
        const note = notes.get(noteId);
        if (note !== undefined) found.set(guid, { note, cardIds });
      }
      return found;
    },

    rowGuid: (noteId, cardId) => guidOf(noteId, rowPiece(cardId)),

    knownRuns: origins.knownRuns,

    fieldCount(name) {
      const fields = notetypeNamed.get(name)?.['fields'];
      return fields === undefined ? null : (JSON.parse(fields) as readonly unknown[]).length;
    },

    addNotes({ label, add, update: updates }) {
      let cards = 0;
      let reviews = 0;
      let done = 0;
      function* pieces(): Generator<(changes: Changes) => void> {
        for (let at = 0; at < add.length; at += NOTES_A_PIECE) {
          yield (changes) => {
            for (const note of add.slice(at, at + NOTES_A_PIECE)) {
              const { notetype } = note;
              for (const { schedule } of note.cards) reviews += schedule?.reviews.length ?? 0;
              cards += notetype === null ? addOwn(changes, note) : addTyped(changes, note, notetype);
              done += 1;
            }
          };
        }
        for (let at = 0; at < updates.length; at += NOTES_A_PIECE) {
          yield (changes) => {
            for (const one of updates.slice(at, at + NOTES_A_PIECE)) update(changes, one);
            done += NOTES_A_PIECE;
          };
        }
      }
      const { changeSetId } = log.recordInPieces(
        label,
        pieces(),
        () => {
          context.throwIfCancelled();
          context.progress(Math.min(done, add.length + updates.length), add.length + updates.length);
        },
        (piece) => inPiece(context, PIECE.writeNotes, piece),
      );
      return { changeSetId: changeSetId === 0 ? null : changeSetId, cards, reviews };
    },
  };
}

type NamedFields = NonNullable<IncomingNote['notetype']>;
