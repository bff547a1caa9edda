/**
 * Edits of one note, as steps of a change set. Of a note of our own the sides are written; cards of one cloze text share
 * it, and follow its gaps. Of a note with a notetype the fields are, and its cards are rendered anew.
 */
import type { CardType } from '../../shared/card.ts';
import { gapNumbers } from '../../shared/cloze.ts';
import type { ChangeSet, NoteEdit, NoteFrom } from '../../shared/deck.ts';
import { foldKey } from '../../shared/foldKey.ts';
import { placeText } from '../../shared/placeText.ts';
import { checkCard } from '../../shared/quality/checkCard.ts';
import { TracedeckError } from '../errors/tracedeckError.ts';
import type { Db } from '../sqlite/openDatabase.ts';
import type { ChangeLog, Changes } from './changeLog.ts';
import { cleanTags, packWarnings, readWarnings } from './deckParts.ts';
import { cleanSide, keyOfSides, termOfFront } from './noteFolding.ts';

/** A notetype as the deck keeps it, its JSON read. */
export type StoredNotetype = {
  readonly id: number;
  readonly name: string;
  readonly kind: 'standard' | 'cloze';
  readonly css: string;
  readonly fields: readonly { readonly name: string; readonly [part: string]: unknown }[];
  readonly templates: readonly {
    readonly name: string;
    readonly front: string;
    readonly back: string;
    readonly [part: string]: unknown;
  }[];
  readonly extra: Readonly<Record<string, unknown>>;
};
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

export type EditableNote = {
  readonly id: number;
  readonly uuid: string;
  readonly term: string;
  readonly deck: string;
  readonly tags: readonly string[];
  readonly notetype: StoredNotetype | null;
  readonly fields: readonly string[] | null;
  readonly termLanguage: string;
  readonly meaningLanguage: string;
  /** Without deleted ones. */
  readonly cards: readonly EditableCard[];
};
export type EditableCard = {
  readonly id: number;
  readonly ordinal: number;
  readonly type: CardType;
  readonly front: string;
  readonly back: string;
  readonly cloze: number | null;
  readonly quote: string | null;
  readonly stageResultId: number | null;
  readonly deck: string;
  readonly status: 'proposed' | 'accepted' | 'rejected';
  readonly warnings: string | null;
};
export type SideEdit = {
  readonly cardId: number;
  readonly front: string;
  readonly back: string;
  /** Not given, it stays as it is. */
  readonly quote?: string | null | undefined;
};

type NoteRow = {
  id: number;
  uuid: string;
  term: string;
  deck: string;
  tags: string;
  notetypeId: number | null;
  fields: string | null;
  runId: string | null;
};
type NotetypeRow = Record<'name' | 'css' | 'fields' | 'templates' | 'extra', string> & {
  id: number;
  kind: 'standard' | 'cloze';
};

export type NoteEditor = ReturnType<typeof createNoteEditor>;

export function createNoteEditor(db: Db, { log, renderer }: { log: ChangeLog; renderer: NoteRenderer }) {
  const selectNote = `SELECT notes.id, uuid, term, decks.name AS deck, notetype_id AS notetypeId, fields, run_id AS runId,
      (SELECT json_group_array(name) FROM (SELECT name FROM note_tags JOIN tags ON tags.id = tag_id
         WHERE note_id = notes.id ORDER BY name)) AS tags
    FROM notes JOIN decks ON decks.id = notes.deck_id`;
  const noteById = db.prepare<[number], NoteRow>(`${selectNote} WHERE notes.id = ?`);
  const noteByUuid = db.prepare<[string], NoteRow>(`${selectNote} WHERE uuid = ?`);
  const cardsOf = db.prepare<[number], EditableCard>(
    `SELECT cards.id, ordinal, type, front, back, cloze, quote, stage_result_id AS stageResultId, decks.name AS deck,
       status, warnings
     FROM cards JOIN decks ON decks.id = cards.deck_id
     WHERE note_id = ? AND status <> 'deleted' ORDER BY ordinal`,
  );
  const anyCardAt = db
    .prepare<[number, number], number>('SELECT id FROM cards WHERE note_id = ? AND ordinal = ?')
    .pluck();
  const nextOrdinal = db
    .prepare<[number], number>('SELECT coalesce(max(ordinal), -1) + 1 FROM cards WHERE note_id = ?')
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
  const notetypeById = db.prepare<[number], NotetypeRow>('SELECT * FROM notetypes WHERE id = ?');
  const runSettings = db.prepare<[string], string>('SELECT settings FROM runs WHERE id = ?').pluck();

  function readNote(row: NoteRow): EditableNote {
    const { notetypeId, runId, fields, tags, ...note } = row;
    const settings = runId === null ? undefined : runSettings.get(runId);
    const { termLanguage = 'und', meaningLanguage = 'und' } = (
      settings === undefined ? {} : JSON.parse(settings)
    ) as { termLanguage?: string; meaningLanguage?: string };
    return {
      ...note,
      tags: JSON.parse(tags) as string[],
      fields: fields === null ? null : (JSON.parse(fields) as string[]),
      notetype: notetypeId === null ? null : readNotetype(notetypeId),
      termLanguage,
      meaningLanguage,
      cards: cardsOf.all(row.id),
    };
  }

  function readNotetype(id: number): StoredNotetype {
    const row = notetypeById.get(id);
    if (!row) throw new Error(`notetype ${id} is not there`);
    const { fields, templates, extra, ...rest } = row;
    return {
      ...rest,
      fields: JSON.parse(fields) as StoredNotetype['fields'],
      templates: JSON.parse(templates) as StoredNotetype['templates'],
      extra: JSON.parse(extra) as StoredNotetype['extra'],
    };
  }

  /** Warnings of an own card with new sides; what was told of duplicates is looked at when it is reviewed. */
  function warningsOf(note: EditableNote, type: CardType, front: string, back: string, cloze: number | null) {
    const { term, termLanguage, meaningLanguage } = note;
    return checkCard({ type, front, back, cloze, term, termLanguage, meaningLanguage });
  }
  function repacked(
    note: EditableNote,
    card: EditableCard,
    front: string,
    back: string,
    cloze: number | null,
  ) {
    const codes = warningsOf(note, card.type, front, back, cloze);
    const isNear = readWarnings(card.warnings).includes('near_duplicate');
    return packWarnings(isNear ? [...codes, 'near_duplicate'] : codes);
  }

  /** @throws TracedeckError `card_unknown`, `empty_front`, `no_gap` */
  function editSides(changes: Changes, note: EditableNote, edits: readonly SideEdit[]): void {
    const wanted = new Map<EditableCard, { front: string; back: string }>();
    for (const { cardId, front, back } of edits) {
      const card = note.cards.find(({ id }) => id === cardId);
      if (!card) {
        throw new TracedeckError('user', 'card_unknown', 'The card is no longer part of this note.', {
          hint: 'Open the note again.',
        });
      }
      const sides = { front: cleanSide(front), back: cleanSide(back) };
      if (sides.front === '') {
        throw new TracedeckError('user', 'empty_front', 'The question is empty.', {
          hint: 'Write one, or delete the card.',
        });
      }
      wanted.set(card, sides);
    }
    const texts = new Map<string, EditableCard[]>();
    for (const [card, { front, back }] of wanted) {
      if (card.type === 'cloze') {
        const siblings = note.cards.filter((other) => other.type === 'cloze' && other.front === card.front);
        texts.set(card.front, siblings);
      } else {
        const warnings = repacked(note, card, front, back, card.cloze);
        changes.card(card.id, { front, back, warnings });
      }
    }
    for (const { cardId, quote } of edits) {
      if (quote !== undefined) changes.card(cardId, { quote: cleanSide(quote ?? '') || null });
    }
    for (const [oldFront, siblings] of texts) {
      const said = siblings.flatMap((card) => wanted.get(card) ?? []);
      const front = said.find((sides) => sides.front !== oldFront)?.front ?? oldFront;
      const oldBack = siblings[0]!.back;
      const isShared = siblings.every((card) => card.back === oldBack);
      const back = isShared ? (said.find((sides) => sides.back !== oldBack)?.back ?? oldBack) : null;
      editCloze(changes, note, siblings, front, (card) => back ?? wanted.get(card)?.back ?? card.back);
    }
  }

  /** The cards of one cloze text under its new text: gaps that stay keep their cards, and with them the schedule. */
  function editCloze(
    changes: Changes,
    note: EditableNote,
    siblings: readonly EditableCard[],
    front: string,
    backOf: (card: EditableCard) => string,
  ): void {
    const [first] = siblings;
    const gaps = gapNumbers(front);
    const before = gapNumbers(first?.front ?? '');
    if (!first || (gaps.length === 0 && before.length > 0)) {
      throw new TracedeckError('user', 'no_gap', 'The cloze text has no gap any more.', {
        hint: 'A gap is written {{c1::hidden}}. To give the text up, delete its cards.',
      });
    }
    const missing = new Set(gaps);
    for (const card of siblings) if (card.cloze !== null) missing.delete(card.cloze);
    for (const card of siblings) {
      let { cloze } = card;
      // A card of a text that had no gap yet asks for the first one.
      if (cloze === null && missing.size > 0) {
        cloze = Math.min(...missing);
        missing.delete(cloze);
      }
      if (cloze !== null && !gaps.includes(cloze)) {
        changes.card(card.id, { status: 'deleted' });
        continue;
      }
      const back = backOf(card);
      changes.card(card.id, { front, back, cloze, warnings: repacked(note, card, front, back, cloze) });
    }
    for (const cloze of missing) {
      const back = backOf(first);
      const { deck, quote, status, stageResultId } = first;
      changes.addCard({
        noteId: note.id,
        ordinal: nextOrdinal.get(note.id) ?? 0,
        type: 'cloze',
        warnings: packWarnings(warningsOf(note, 'cloze', front, back, cloze)),
        front,
        back,
        cloze,
        deck,
        quote,
        status,
        stageResultId,
      });
    }
  }

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

  const editor = {
    byId(noteId: number): EditableNote | null {
      const row = noteById.get(noteId);
      return row ? readNote(row) : null;
    },
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
     * @throws TracedeckError of category `user`: `note_unknown`, `card_unknown`, `empty_front`, `no_gap`,
     *   `fields_mismatch`, `no_cards`, `edit_mismatch`
     */
    editNote({ noteId, fields, cards, tags, from, cause }: NoteEdit): ChangeSet | null {
      const label = cause === 'regenerate' ? 'Regenerated text' : 'Edited a note';
      const set = log.record(label, (changes) => {
        const row = noteByUuid.get(noteId);
        if (!row) {
          throw new TracedeckError('user', 'note_unknown', 'The note is not there any more.', {
            hint: 'It may have been deleted in another window: undo brings it back.',
          });
        }
        const note = readNote(row);
        if ((note.notetype === null) === (fields !== undefined) && (fields ?? cards) !== undefined) {
          throw new TracedeckError('user', 'edit_mismatch', 'This note is edited in another way.', {
            hint:
              note.notetype === null
                ? 'Its cards are edited one by one.'
                : 'Its fields are edited, not its cards.',
          });
        }
        if (fields) editFields(changes, note, fields);
        if (cards) {
          editSides(changes, note, cards);
          editor.rename(changes, note.id);
          editor.follow(changes, new Set([note.id]));
        }
        // The fields may be new by now.
        if (tags) editTags(changes, editor.byId(note.id) ?? note, tags);
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

/** Whether a notetype's cards say their note's tags or deck. */
export function showsTags({ templates }: StoredNotetype): boolean {
  return templates.some(({ front, back }) => /\{\{[^{}]*(?:Tags|Deck|Subdeck)\}\}/.test(front + back));
}
