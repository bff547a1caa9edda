/**
 * Edits of one note, as steps of a change set. Of a note of our own the sides are written (`editSides.ts`). Of a note with
 * a notetype the fields are, and its cards are rendered anew.
 */
import type { ChangeSet, NoteEdit, NoteFrom } from '../../shared/deck.ts';
import { foldKey } from '../../shared/foldKey.ts';
import { placeText } from '../../shared/placeText.ts';
import { TracedeckError } from '../errors/tracedeckError.ts';
import type { Db } from '../sqlite/openDatabase.ts';
import type { ChangeLog, Changes } from './changeLog.ts';
import { cleanTags } from './deckParts.ts';
import { createNoteReader, showsTags, type EditableNote, type StoredNotetype } from './editableNote.ts';
import { changedMeanwhile, createSideEditor } from './editSides.ts';
import { createAnewRecorder, type MadeAnew } from './madeAnew.ts';
import { keyOfSides, termOfFront } from './noteFolding.ts';

export type RenderedCard = {
  readonly ordinal: number;
  readonly front: string;
  readonly back: string;
  readonly cloze: number | null;
};
/** What notes with a notetype need; none of our own asks for it. */
export interface NoteRenderer {
  /** All cards that these fields give, by the notetype's templates. */
  renderCards(
    notetype: StoredNotetype,
    fields: readonly string[],
    tags: readonly string[],
    deck: string,
  ): readonly RenderedCard[];
  /** What a note is called by its first field. */
  fieldTitle(html: string): string;
}

export type NoteEditor = ReturnType<typeof createNoteEditor>;

export function createNoteEditor(db: Db, { log, renderer }: { log: ChangeLog; renderer: NoteRenderer }) {
  const notes = createNoteReader(db);
  const editSides = createSideEditor(db);
  const anew = createAnewRecorder(db);
  const anyCardAt = db
    .prepare<[number, number], number>('SELECT id FROM cards WHERE note_id = ? AND ordinal = ?')
    .pluck();
  const FIRST_CARD = `(SELECT id FROM cards WHERE note_id = notes.id AND status <> 'deleted' ORDER BY ordinal LIMIT 1)`;
  const strays = db.prepare<[string], { noteId: number; deck: string }>(
    `SELECT notes.id AS noteId, decks.name AS deck
     FROM json_each(?) AS wanted JOIN notes ON notes.id = wanted.value JOIN cards ON cards.id = ${FIRST_CARD}
       JOIN decks ON decks.id = cards.deck_id
     WHERE cards.deck_id <> notes.deck_id`,
  );
  const handWritten = db.prepare<[number], { front: string; back: string }>(
    `SELECT front, back FROM notes JOIN cards ON cards.id = ${FIRST_CARD}
     WHERE notes.id = ? AND run_id IS NULL AND notetype_id IS NULL`,
  );

  /** Renders a note's cards anew: those that the fields no longer give are deleted. */
  function renderAnew(
    changes: Changes,
    note: EditableNote,
    fields: readonly string[],
    tags: readonly string[],
  ): void {
    if (note.notetype === null) return;
    const rendered = renderer.renderCards(note.notetype, fields, tags, note.deck);
    const byOrdinal = new Map(note.cards.map((card) => [card.ordinal, card]));
    const [like] = note.cards;
    for (const { ordinal, front, back, cloze } of rendered) {
      const card = byOrdinal.get(ordinal);
      byOrdinal.delete(ordinal);
      if (card) {
        changes.card(card.id, { front, back, cloze });
        continue;
      }
      const status = like?.status ?? 'accepted';
      const deleted = anyCardAt.get(note.id, ordinal);
      if (deleted !== undefined) changes.card(deleted, { front, back, cloze, status });
      else {
        changes.addCard({
          noteId: note.id,
          type: note.notetype.kind === 'cloze' ? 'cloze' : 'basic',
          deck: like?.deck ?? note.deck,
          warnings: null,
          ordinal,
          front,
          back,
          cloze,
          status,
        });
      }
    }
    // Fields that give no card at all leave the cards as they are: an empty note would be gone.
    if (rendered.length > 0) for (const { id } of byOrdinal.values()) changes.card(id, { status: 'deleted' });
  }

  /** @throws TracedeckError `fields_mismatch`, `no_cards` */
  function editFields(changes: Changes, note: EditableNote, wanted: readonly string[]): void {
    if (note.notetype === null || note.notetype.fields.length !== wanted.length) {
      throw new TracedeckError('user', 'fields_mismatch', 'The fields are not those of the note’s type.', {
        hint: 'Open the note again.',
      });
    }
    const fields = wanted.map((field) => field.normalize('NFC'));
    if (renderer.renderCards(note.notetype, fields, note.tags, note.deck).length === 0) {
      throw new TracedeckError('user', 'no_cards', 'With these fields the note has no card.', {
        hint:
          note.notetype.kind === 'cloze'
            ? 'It needs a gap, written {{c1::hidden}}. To give the note up, delete its cards.'
            : 'Fill the field that its question shows. To give the note up, delete its cards.',
      });
    }
    const term = renderer.fieldTitle(fields[0] ?? '') || note.term;
    if (changes.note(note.id, { fields, term, key: foldKey(term) }))
      renderAnew(changes, note, fields, note.tags);
  }

  function editTags(changes: Changes, note: EditableNote, wanted: readonly string[]): boolean {
    const tags = cleanTags(wanted);
    if (!changes.note(note.id, { tags })) return false;
    if (note.notetype && note.fields && showsTags(note.notetype))
      renderAnew(changes, note, note.fields, tags);
    return true;
  }

  function sayWhoMade(changes: Changes, cards: readonly { readonly cardId: number }[], made: MadeAnew): void {
    for (const { cardId } of cards) {
      const stageResultId = anew.record(cardId, made);
      if (stageResultId !== null) changes.card(cardId, { stageResultId });
    }
  }

  const editor = {
    byId: notes.byId,
    editSides,
    editFields,
    editTags,

    /** Notes live where their first card does: to be called when cards were moved or deleted. */
    follow(changes: Changes, noteIds: ReadonlySet<number>): void {
      for (const { noteId, deck } of strays.all(JSON.stringify([...noteIds]))) changes.note(noteId, { deck });
    },

    /** The name of a note written by hand follows its first card: to be called when its texts were edited. */
    rename(changes: Changes, noteId: number): void {
      const first = handWritten.get(noteId);
      if (!first) return;
      const { front, back } = first;
      changes.note(noteId, { term: termOfFront(front), key: keyOfSides(front, back) });
    },

    /**
     * One edit of one note, by its uuid. `null` where nothing changed.
     * @param made where the text of its cards is from; not given: from a hand
     * @throws TracedeckError of category `user`: `note_unknown`, `card_unknown`, `empty_front`, `no_gap`,
     *   `fields_mismatch`, `no_cards`, `edit_mismatch`, `note_changed`
     */
    editNote(
      { noteId, fields, fieldsWere, cards, tags, from, cause }: NoteEdit,
      made?: MadeAnew,
    ): ChangeSet | null {
      const label = cause === 'regenerate' ? 'Regenerated text' : 'Edited a note';
      const set = log.record(label, (changes) => {
        const note = notes.byUuid(noteId);
        if (note === null) {
          throw new TracedeckError('user', 'note_unknown', 'The note is not there any more.', {
            hint: 'It may have been deleted in another window: undo brings it back.',
          });
        }
        if ((note.notetype === null) === (fields !== undefined) && (fields ?? cards) !== undefined) {
          throw new TracedeckError('user', 'edit_mismatch', 'This note is edited in another way.', {
            hint:
              note.notetype === null
                ? 'Its cards are edited one by one.'
                : 'Its fields are edited, not its cards.',
          });
        }
        if (fieldsWere && note.fields?.some((field, at) => field !== fieldsWere[at]))
          throw changedMeanwhile();
        if (fields) editFields(changes, note, fields);
        if (cards) {
          editSides(changes, note, cards);
          if (made !== undefined) sayWhoMade(changes, cards, made);
          editor.rename(changes, note.id);
          editor.follow(changes, new Set([note.id]));
        }
        // The fields may be new by now.
        if (tags) editTags(changes, notes.byId(note.id) ?? note, tags);
        if (from !== undefined) changes.note(note.id, { from: from && cleanFrom(from) });
      });
      return set.changeSetId === 0 ? null : set;
    },
  };
  return editor;
}

/** NFC; a place that says nothing is none. */
function cleanFrom({ name, place }: NoteFrom): NoteFrom {
  const clean = JSON.parse(JSON.stringify(place).normalize('NFC')) as NoteFrom['place'];
  return { name: name.normalize('NFC'), place: clean === null || placeText(clean) === '' ? null : clean };
}
