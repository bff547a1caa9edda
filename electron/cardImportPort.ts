/** The deck as an import of cards sees it: what the change log, the note editor and the notetypes make of it. */
import { randomUUID } from 'node:crypto';
import type { ChangeLog, Changes } from './deck/changeLog.ts';
import { cleanTags } from './deck/deckParts.ts';
import type { EditableNote, NoteEditor, NoteRenderer, StoredNotetype } from './deck/editNotes.ts';
import { foldKey } from './deck/noteFolding.ts';
import { TracedeckError } from './errors/tracedeckError.ts';
import { rowPiece } from './exchange/ankiRows.ts';
import type { CardImportPort, IncomingNote, KnownNote, NoteUpdate } from './exchange/incomingNotes.ts';
import type { Db } from './sqlite/openDatabase.ts';

export type CardImportTools = {
  readonly log: ChangeLog;
  readonly editor: NoteEditor;
  readonly renderer: NoteRenderer;
  readonly guidOf: (noteUuid: string, piece: number) => string;
};

type Known = { id: number; uuid: string; guid: string | null; modifiedMs: number };
type NotetypeRow = Omit<StoredNotetype, 'fields' | 'templates' | 'extra'> &
  Record<'fields' | 'templates' | 'extra', string>;

export function createCardImportPort(
  db: Db,
  { log, editor, renderer, guidOf }: CardImportTools,
): CardImportPort {
  const LIVE = "EXISTS (SELECT 1 FROM cards WHERE note_id = notes.id AND status <> 'deleted')";
  const SELECT = 'SELECT notes.id, uuid, guid, notes.modified_ms AS modifiedMs FROM notes';
  const byUuids = db.prepare<[string], Known>(
    `${SELECT} WHERE uuid IN (SELECT value FROM json_each(?)) AND ${LIVE}`,
  );
  const byGuids = db.prepare<[string], Known>(
    `${SELECT} WHERE guid IN (SELECT value FROM json_each(?)) AND ${LIVE}`,
  );
  const ownCards = db.prepare<[], { noteId: number; uuid: string; cardId: number }>(`
    SELECT notes.id AS noteId, uuid, cards.id AS cardId FROM notes JOIN cards ON cards.note_id = notes.id
    WHERE notetype_id IS NULL AND cards.status = 'accepted'`);
  const byId = db.prepare<[number], Known>(`${SELECT} WHERE notes.id = ?`);
  const notetypesNamed = db.prepare<[string], NotetypeRow>(
    'SELECT * FROM notetypes WHERE name = ? ORDER BY id',
  );
  const idOf = db.prepare<[string], number>('SELECT id FROM notes WHERE uuid = ?').pluck();
  const dropGuid = db.prepare('UPDATE notes SET guid = NULL WHERE guid = ?');
  const renameNote = db.prepare('UPDATE notes SET uuid = ? WHERE uuid = ?');
  const setGuid = db.prepare('UPDATE notes SET guid = ? WHERE id = ?');
  const setPlace = db.prepare('UPDATE notes SET source = ? WHERE id = ?');
  const setCreated = db.prepare('UPDATE notes SET created_ms = ? WHERE id = ?');
  const setCardsCreated = db.prepare('UPDATE cards SET created_ms = ? WHERE note_id = ?');
  const addTyped = db.prepare(`
    INSERT INTO notes (uuid, deck_id, key, term, notetype_id, fields, created_ms, modified_ms)
    VALUES (:uuid, :deckId, :key, :term, :notetypeId, :fields, :nowMs, :nowMs)`);

  function knownOf({ id, uuid, modifiedMs }: Known): KnownNote | null {
    const note = editor.byId(id);
    if (note === null) return null;
    const { term, tags, notetype, fields } = note;
    return {
      noteId: uuid,
      term,
      tags,
      notetype: notetype === null ? null : { name: notetype.name, fields: fields ?? [] },
      cards: note.cards.map(({ id: cardId, type, front, back, cloze }) => ({
        cardId,
        type,
        front,
        back,
        cloze,
      })),
      modifiedMs,
    };
  }

  function notetypeNamed(name: string): StoredNotetype | null {
    const row = notetypesNamed.get(name);
    if (row === undefined) return null;
    const { fields, templates, extra, ...rest } = row;
    return {
      ...rest,
      fields: JSON.parse(fields) as StoredNotetype['fields'],
      templates: JSON.parse(templates) as StoredNotetype['templates'],
      extra: JSON.parse(extra) as StoredNotetype['extra'],
    };
  }

  function add(changes: Changes, note: IncomingNote, atMs: number): number {
    const { deck, term, notetype, createdMs } = note;
    const uuid = note.noteId ?? randomUUID();
    // One of that UUID may lie there deleted, until its deletion can no longer be taken back: the new one is it now.
    renameNote.run(randomUUID(), uuid);
    const tags = cleanTags(note.tags);
    const key = foldKey(term);
    let id: number;
    let count = 0;
    if (notetype === null) {
      id = changes.addNote({ uuid, deck, key, term, tags });
      for (const [ordinal, { suspended, flag, place: _place, ...card }] of note.cards.entries()) {
        const cardId = changes.addCard({
          noteId: id,
          deck,
          ordinal,
          ...card,
          status: 'accepted',
          warnings: null,
        });
        if (suspended || flag > 0) changes.card(cardId, { suspended, flag });
        count += 1;
      }
      const place = note.cards.find((card) => card.place !== null)?.place ?? null;
      if (place !== null) {
        setPlace.run(JSON.stringify({ row: 1, term, kind: 'term', fields: {}, extra: {}, place }), id);
      }
    } else {
      const stored = notetypeNamed(notetype.name);
      const rendered = stored === null ? [] : renderer.renderCards(stored, notetype.fields, tags, deck);
      if (stored === null || rendered.length === 0) {
        changes.leave(0, 'Its fields give no card.');
        return 0;
      }
      const deckId = changes.deckId(deck);
      const fields = JSON.stringify(notetype.fields);
      const row = { uuid, deckId, key, term, notetypeId: stored.id, fields, nowMs: atMs };
      id = Number(addTyped.run(row).lastInsertRowid);
      changes.added('note', id);
      changes.note(id, { tags });
      const type = stored.kind === 'cloze' ? 'cloze' : 'basic';
      for (const card of rendered) {
        changes.addCard({ noteId: id, deck, type, ...card, status: 'accepted', warnings: null });
        count += 1;
      }
    }
    if (note.guid !== null) {
      // Whoever had it is deleted: otherwise the note would have been known by it.
      dropGuid.run(note.guid);
      setGuid.run(note.guid, id);
    }
    if (createdMs !== null) {
      setCreated.run(createdMs, id);
      setCardsCreated.run(createdMs, id);
    }
    return count;
  }

  function update(changes: Changes, { noteId, tags, fields, cards }: NoteUpdate): void {
    const id = idOf.get(noteId);
    const note: EditableNote | null = id === undefined ? null : editor.byId(id);
    if (note === null) return;
    try {
      if (fields !== undefined) editor.editFields(changes, note, fields);
      if (cards !== undefined) {
        editor.editSides(changes, note, cards);
        editor.rename(changes, note.id);
        editor.follow(changes, new Set([note.id]));
      }
    } catch (thrown) {
      // A text that no card can have: the note stays as it is.
      if (!(thrown instanceof TracedeckError) || thrown.category !== 'user') throw thrown;
      changes.leave(note.cards[0]?.id ?? 0, thrown.message);
      return;
    }
    if (tags !== undefined) editor.editTags(changes, editor.byId(note.id) ?? note, tags);
  }

  return {
    byNoteId(noteIds) {
      const found = new Map<string, KnownNote>();
      for (const row of byUuids.all(JSON.stringify(noteIds))) {
        const note = knownOf(row);
        if (note !== null) found.set(row.uuid, note);
      }
      return found;
    },
    byGuid(guids) {
      const found = new Map<string, { note: KnownNote; cardIds: readonly number[] }>();
      for (const row of byGuids.all(JSON.stringify(guids))) {
        const note = knownOf(row);
        if (note !== null && row.guid !== null) {
          found.set(row.guid, { note, cardIds: note.cards.map(({ cardId }) => cardId) });
        }
      }
      const missing = new Set(guids.filter((guid) => !found.has(guid)));
      if (missing.size === 0) return found;
      for (const { noteId, uuid, cardId } of ownCards.all()) {
        const guid = guidOf(uuid, rowPiece(cardId));
        if (!missing.has(guid)) continue;
        const row = byId.get(noteId);
        const note = row === undefined ? null : knownOf(row);
        const card = note?.cards.find((one) => one.cardId === cardId);
        if (note === null || card === undefined) continue;
        const isSameRow = (other: typeof card): boolean =>
          other.cardId === cardId ||
          (card.type === 'cloze' && other.type === 'cloze' && other.front === card.front);
        found.set(guid, { note, cardIds: note.cards.filter(isSameRow).map((one) => one.cardId) });
      }
      return found;
    },
    fieldCount: (name) => notetypeNamed(name)?.fields.length ?? null,
    addNotes({ label, add: added, update: updated }) {
      let cards = 0;
      const atMs = Date.now();
      const { changeSetId } = log.record(label, (changes) => {
        for (const note of added) cards += add(changes, note, atMs);
        for (const one of updated) update(changes, one);
      });
      return { changeSetId: changeSetId === 0 ? null : changeSetId, cards };
    },
  };
}
