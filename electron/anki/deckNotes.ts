/** Reads notes of the deck in the form in which they leave it, some hundred at a time. */
import type { CardType } from '../../shared/card.ts';
import type { CardMemory } from '../../shared/study.ts';
import type { Db } from '../sqlite/openDatabase.ts';
import type { AnkiNotetype } from './ankiTypes.ts';
import type { OwnData } from './ownNotes.ts';
import type { OwnReview } from './schedule.ts';

export type DeckCard = {
  readonly id: number;
  readonly noteId: number;
  readonly deck: string;
  readonly ordinal: number;
  readonly type: CardType;
  readonly front: string;
  readonly back: string;
  readonly cloze: number | null;
  readonly quote: string | null;
  readonly status: string;
  readonly suspended: boolean;
  readonly flag: number;
  readonly createdMs: number;
  readonly modifiedMs: number;
  readonly memory: CardMemory | null;
  readonly importedSchedule: string | null;
};
export type DeckNote = {
  readonly id: number;
  readonly uuid: string;
  readonly guid: string | null;
  readonly key: string;
  readonly term: string;
  readonly notetypeId: number | null;
  readonly fields: readonly string[] | null;
  readonly source: string;
  readonly origin: OwnData['origin'];
  readonly tags: readonly string[];
  readonly createdMs: number;
  readonly modifiedMs: number;
  /** All of them, deleted ones too, in order. */
  readonly cards: readonly DeckCard[];
};

export type NoteScope = {
  /** With those below it; `null` for all. */
  readonly deck: string | null;
  readonly runId: string | null;
  /** Only these of the cards; not given for all. */
  readonly cardIds?: readonly number[] | Uint32Array | undefined;
};

const NOTES_AT_ONCE = 500;

type NoteRow = Omit<DeckNote, 'fields' | 'tags' | 'cards' | 'source' | 'origin'> & {
  fields: string | null;
  source: string | null;
  tags: string;
};
type CardRow = Omit<DeckCard, 'memory' | 'suspended'> & { suspended: 0 | 1; state: number | null } & {
  [part in keyof CardMemory]: CardMemory[part];
};

export type DeckNotes = ReturnType<typeof createDeckNotes>;

export function createDeckNotes(db: Db) {
  const find = db
    .prepare<[{ deck: string | null; runId: string | null; ids: string | null }], number>(
      `
    SELECT notes.id FROM notes
    WHERE notes.id IN (
      SELECT cards.note_id FROM cards JOIN decks ON decks.id = cards.deck_id
      WHERE cards.status = 'accepted'
        AND (:deck IS NULL OR decks.name = :deck OR substr(decks.name, 1, length(:deck) + 2) = :deck || '::')
        AND (:ids IS NULL OR cards.id IN (SELECT value FROM json_each(:ids))))
      AND (:runId IS NULL OR notes.run_id = :runId)
    ORDER BY notes.created_ms, notes.id`,
    )
    .pluck();
  const selectNotes = db.prepare<[string], NoteRow>(`
    SELECT id, uuid, guid, key, term, notetype_id AS notetypeId, fields, source, created_ms AS createdMs,
      modified_ms AS modifiedMs,
      (SELECT json_group_array(name) FROM (SELECT tags.name FROM note_tags JOIN tags ON tags.id = note_tags.tag_id
         WHERE note_tags.note_id = notes.id ORDER BY tags.name)) AS tags
    FROM notes WHERE id IN (SELECT value FROM json_each(?))`);
  const selectCards = db.prepare<[string], CardRow>(`
    SELECT cards.id, note_id AS noteId, decks.name AS deck, ordinal, type, front, back, cloze, quote, status, suspended,
      flag, cards.created_ms AS createdMs, cards.modified_ms AS modifiedMs, state, due_ms AS dueMs, stability, difficulty,
      reps, lapses, learning_step AS learningStep, scheduled_days AS scheduledDays, last_review_ms AS lastReviewMs,
      imported AS importedSchedule
    FROM cards JOIN decks ON decks.id = cards.deck_id LEFT JOIN memory ON memory.card_id = cards.id
    WHERE note_id IN (SELECT value FROM json_each(?)) ORDER BY note_id, ordinal`);
  const selectReviews = db.prepare<[string], OwnReview & { cardId: number }>(`
    SELECT card_id AS cardId, rating, reviewed_ms AS reviewedMs, duration_ms AS durationMs, kind, imported,
      interval_days AS intervalDays
    FROM reviews WHERE card_id IN (SELECT value FROM json_each(?)) ORDER BY card_id, reviewed_ms, id`);
  const earliest = db
    .prepare<[], number | null>(
      `
    SELECT min(at) FROM (SELECT min(due_ms) AS at FROM memory WHERE state > 0
      UNION ALL SELECT min(created_ms) FROM notes)`,
    )
    .pluck();
  const selectNotetypes = db.prepare<[string], NotetypeRow>(
    'SELECT * FROM notetypes WHERE id IN (SELECT value FROM json_each(?)) ORDER BY id',
  );

  function read(ids: readonly number[]): DeckNote[] {
    const list = JSON.stringify(ids);
    const cards = new Map<number, DeckCard[]>();
    for (const row of selectCards.all(list)) {
      const of = cards.get(row.noteId);
      if (of === undefined) cards.set(row.noteId, [toCard(row)]);
      else of.push(toCard(row));
    }
    const notes = new Map(selectNotes.all(list).map((row) => [row.id, toNote(row, cards.get(row.id) ?? [])]));
    return ids.flatMap((id) => notes.get(id) ?? []);
  }

  return {
    /** Row ids of the notes with an accepted card in the scope, in the order in which they were made. */
    find({ deck, runId, cardIds }: NoteScope): readonly number[] {
      const ids = cardIds === undefined ? null : JSON.stringify([...cardIds]);
      return find.all({ deck: deck === null ? null : deck.normalize('NFC'), runId, ids });
    },
    /** In the order of `ids`. No statement stays open between two of them. */
    *read(ids: readonly number[]): Generator<DeckNote> {
      for (let at = 0; at < ids.length; at += NOTES_AT_ONCE) yield* read(ids.slice(at, at + NOTES_AT_ONCE));
    },
    reviews(cardIds: readonly number[]): ReadonlyMap<number, readonly OwnReview[]> {
      const reviews = new Map<number, OwnReview[]>();
      for (const { cardId, ...review } of selectReviews.all(JSON.stringify(cardIds))) {
        const of = reviews.get(cardId);
        if (of === undefined) reviews.set(cardId, [review]);
        else of.push(review);
      }
      return reviews;
    },
    notetypes: (ids: Iterable<number>): readonly AnkiNotetype[] =>
      selectNotetypes.all(JSON.stringify([...ids])).map(toNotetype),
    /** When the deck's oldest note was made, or its earliest card was due. */
    earliestMs: (): number | null => earliest.get() ?? null,
  };
}

/** Whether a card is one that was asked for. */
export function inScope(scope: NoteScope): (card: DeckCard) => boolean {
  const deck = scope.deck?.normalize('NFC') ?? null;
  const ids = scope.cardIds === undefined ? null : new Set<number>(scope.cardIds);
  return (card) =>
    card.status === 'accepted' &&
    (deck === null || card.deck === deck || card.deck.startsWith(`${deck}::`)) &&
    (ids === null || ids.has(card.id));
}

export type NotetypeRow = {
  readonly id: number;
  readonly name: string;
  readonly kind: 'standard' | 'cloze';
  readonly fields: string;
  readonly templates: string;
  readonly css: string;
  readonly extra: string;
};

/** From the table `notetypes`, where parts with a name of their own stand beside all others. */
export function toNotetype(row: NotetypeRow): AnkiNotetype {
  type Stored = { name: string } & Record<string, unknown>;
  const { mod, ...extra } = JSON.parse(row.extra) as Record<string, unknown>;
  const { id, name, kind, css } = row;
  return {
    id,
    name,
    kind,
    css,
    mod: typeof mod === 'number' ? mod : 0,
    fields: (JSON.parse(row.fields) as Stored[]).map(({ name: field, rtl, ...rest }) => ({
      name: field,
      rtl: rtl === true,
      extra: rest,
    })),
    templates: (JSON.parse(row.templates) as Stored[]).map(({ name: template, front, back, ...rest }) => ({
      name: template,
      front: String(front ?? ''),
      back: String(back ?? ''),
      extra: rest,
    })),
    extra,
  };
}

export function toNotetypeRow(notetype: AnkiNotetype): NotetypeRow {
  const { id, name, kind, css, mod } = notetype;
  return {
    id,
    name,
    kind,
    css,
    fields: JSON.stringify(
      notetype.fields.map((field) => ({ ...field.extra, name: field.name, rtl: field.rtl })),
    ),
    templates: JSON.stringify(
      notetype.templates.map(({ extra, name: template, front, back }) => ({
        ...extra,
        name: template,
        front,
        back,
      })),
    ),
    extra: JSON.stringify({ ...notetype.extra, mod }),
  };
}

function toCard(row: CardRow): DeckCard {
  const {
    state,
    dueMs,
    stability,
    difficulty,
    reps,
    lapses,
    learningStep,
    scheduledDays,
    lastReviewMs,
    ...card
  } = row;
  const memory =
    state === null
      ? null
      : { state, dueMs, stability, difficulty, reps, lapses, learningStep, scheduledDays, lastReviewMs };
  return { ...card, suspended: row.suspended === 1, memory };
}

function toNote({ fields, source, tags, ...note }: NoteRow, cards: readonly DeckCard[]): DeckNote {
  const { text, origin } = readSource(source);
  return {
    ...note,
    fields: fields === null ? null : (JSON.parse(fields) as string[]),
    tags: JSON.parse(tags) as string[],
    source: text,
    origin,
    cards,
  };
}

type Place = { headings?: string[]; page?: number; chapter?: string; line?: number };

/** What is said of a note's source below its answers, and what of it comes back: not the list's columns. */
function readSource(json: string | null): { text: string; origin: OwnData['origin'] } {
  if (json === null) return { text: '', origin: undefined };
  const { name, row, term, kind, place } = JSON.parse(json) as {
    name?: string;
    row?: number;
    term?: string;
    kind?: string;
    place?: Place;
  };
  if (typeof name !== 'string' || typeof row !== 'number') return { text: '', origin: undefined };
  const origin = { name, row, term, kind, fields: {}, extra: {}, ...(place === undefined ? {} : { place }) };
  // A row of a list says nothing to a reader; a place in a book does.
  const parts =
    place === undefined
      ? []
      : [
          name,
          place.chapter ?? place.headings?.at(-1),
          place.page === undefined ? undefined : `p. ${place.page}`,
        ];
  return { text: parts.filter((part) => part !== undefined && part !== '').join(', '), origin };
}
