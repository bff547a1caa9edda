/**
 * Notes that say nearly the same, told by the index of `likenessIndex.ts`, which is made when it is first asked for and
 * follows the deck from then on.
 *
 * What is compared: of a vocabulary note its term and meaning, once; of notes of questions or cloze texts each of those.
 */
import type { Card } from '../../shared/card.ts';
import { withoutGaps } from '../../shared/cloze.ts';
import type { NearDuplicate } from '../../shared/deck.ts';
import { plainText } from '../../shared/plainText.ts';
import type { Db } from '../sqlite/openDatabase.ts';
import { createLikenessIndex } from './likenessIndex.ts';
import type { NearNote, Saying } from './likenessIndex.ts';

export const NEAR = 0.75;
const TEXT_MAX = 240;
const FOUND_MAX = 20;
const SLICE_NOTES = 500;
/** Beyond so many changed notes at once the index is made anew. */
const RENEW_MAX = 20_000;

type Row = {
  noteId: number;
  cardId: number;
  term: string;
  type: string;
  front: string;
  back: string;
  /** JSON of the second field. */
  second: string | null;
  isHtml: 0 | 1;
};

export type NearDuplicates = ReturnType<typeof createNearDuplicates>;

export function createNearDuplicates(
  db: Db,
  { readCards }: { readonly readCards: (ids: readonly number[]) => readonly Card[] },
) {
  const SELECT = `
    SELECT note_id AS noteId, cards.id AS cardId, term, type, front, back, fields ->> '$[1]' AS second,
      notetype_id IS NOT NULL AS isHtml
    FROM cards JOIN notes ON notes.id = note_id`;
  const LIVE = `status IN ('accepted', 'proposed')`;
  const ofRange = db.prepare<[number, number], Row>(
    `${SELECT} WHERE note_id > ? AND note_id <= ? AND ${LIVE} ORDER BY note_id, ordinal`,
  );
  const ofNote = db.prepare<[number], Row>(`${SELECT} WHERE note_id = ? AND ${LIVE} ORDER BY ordinal`);
  // The index may be a moment behind what another process did.
  const isLive = db.prepare<[number], number>(`SELECT 1 FROM cards WHERE id = ? AND ${LIVE}`).pluck();
  const noteOf = db.prepare<[number], number>('SELECT note_id FROM cards WHERE id = ?').pluck();
  const lastNote = db.prepare<[], number | null>('SELECT max(id) FROM notes').pluck();
  // Cards say when they were changed; imported ones as their package has it, so that the log of changes is asked too.
  const changedSince = db
    .prepare<[{ sinceMs: number; cardId: number; changeId: number }], number>(
      `SELECT note_id FROM cards WHERE modified_ms >= :sinceMs
       UNION SELECT note_id FROM cards WHERE id > :cardId
       UNION SELECT entity_id FROM changes WHERE id > :changeId AND entity = 'note'
       UNION SELECT note_id FROM changes JOIN cards ON cards.id = entity_id
         WHERE changes.id > :changeId AND entity = 'card'`,
    )
    .pluck();
  const newest = db.prepare<[], { cardId: number; changeId: number }>(
    `SELECT (SELECT coalesce(max(id), 0) FROM cards) AS cardId,
       (SELECT coalesce(max(id), 0) FROM changes) AS changeId`,
  );

  let index = createLikenessIndex();
  let indexedTo = 0;
  let dataVersion = readDataVersion();
  let lookedMs = Date.now();
  let lookedTo = newest.get()!;
  let isOutdated = false;
  const stale = new Set<number>();

  function readDataVersion(): number {
    return db.pragma('data_version', { simple: true }) as number;
  }

  function restart(): void {
    index = createLikenessIndex();
    indexedTo = 0;
    stale.clear();
  }

  /** Reads some more notes in; `false` where none are left. */
  function readOn(): boolean {
    const last = lastNote.get() ?? 0;
    if (indexedTo >= last) return false;
    const to = Math.min(last, indexedTo + SLICE_NOTES);
    for (const rows of byNote(ofRange.all(indexedTo, to)))
      for (const saying of sayingsOf(rows)) index.add(saying);
    indexedTo = to;
    return true;
  }

  /** Takes in what changed: by the editor as it is told, by others as the file says. */
  function refresh(): void {
    const version = readDataVersion();
    if (version !== dataVersion || isOutdated) {
      dataVersion = version;
      isOutdated = false;
      // A transaction may have begun a while before it became visible.
      for (const noteId of changedSince.all({ sinceMs: lookedMs - 60_000, ...lookedTo }))
        if (noteId <= indexedTo) stale.add(noteId);
      lookedMs = Date.now();
      lookedTo = newest.get()!;
    }
    if (stale.size > RENEW_MAX || index.isWorn()) restart();
    for (const noteId of stale) {
      index.remove(noteId);
      for (const saying of sayingsOf(ofNote.all(noteId))) index.add(saying);
    }
    stale.clear();
    while (readOn());
  }

  function nearTo(noteId: number, cardId: number | null, threshold: number): NearNote[] {
    const own = sayingsOf(ofNote.all(noteId));
    const exact = own.filter((saying) => saying.cardId === cardId);
    // A card that is not compared itself is asked for by its note.
    const asked = cardId === null || exact.length === 0 ? own : exact;
    const best = new Map<number, NearNote>();
    for (const saying of asked) {
      for (const found of index.near(saying, threshold)) {
        if (found.similarity > (best.get(found.noteId)?.similarity ?? 0)) best.set(found.noteId, found);
      }
    }
    return [...best.values()]
      .sort((a, b) => b.similarity - a.similarity || a.noteId - b.noteId)
      .slice(0, FOUND_MAX)
      .filter(({ cardId: other }) => isLive.get(other) === 1);
  }

  return {
    /** The notes most like a card's, one card of each; empty where nothing is, or the card is gone. */
    nearDuplicates(cardId: number, threshold = NEAR): readonly NearDuplicate[] {
      const noteId = noteOf.get(cardId);
      if (noteId === undefined) return [];
      refresh();
      const found = nearTo(noteId, cardId, threshold);
      const cards = new Map(readCards(found.map((near) => near.cardId)).map((card) => [card.cardId, card]));
      return found.flatMap(({ cardId: id, similarity }) => {
        const card = cards.get(id);
        return card ? [{ card, similarity }] : [];
      });
    },

    /** The same for several notes, by row id, each with what is near to any of its cards. */
    nearNotes(noteIds: readonly number[], threshold = NEAR): ReadonlyMap<number, readonly NearNote[]> {
      refresh();
      return new Map(noteIds.map((noteId) => [noteId, nearTo(noteId, null, threshold)]));
    },

    /** Makes the index in short pieces, so that the first question need not wait for it. */
    async prepare(signal?: AbortSignal): Promise<void> {
      while (signal?.aborted !== true && readOn())
        await new Promise<void>((resolve) => void setImmediate(resolve));
    },

    /** To be told when something other than the editor wrote: what it was, the file says. */
    outdated(): void {
      isOutdated = true;
    },

    /** To be told after every change by the editor. */
    changed(noteIds: Iterable<number>): void {
      for (const noteId of noteIds) if (noteId <= indexedTo) stale.add(noteId);
    },
  };
}

function* byNote(rows: readonly Row[]): Generator<readonly Row[]> {
  let from = 0;
  for (let at = 1; at <= rows.length; at += 1) {
    if (at < rows.length && rows[at]!.noteId === rows[from]!.noteId) continue;
    if (rows.length > 0) yield rows.slice(from, at);
    from = at;
  }
}

/** What the cards of one note say, in the order of the cards. */
function sayingsOf(rows: readonly Row[]): Saying[] {
  const [first] = rows;
  if (!first) return [];
  const { noteId } = first;
  if (first.isHtml === 0 && (first.type === 'basic' || first.type === 'cloze')) {
    const sayings = new Map<string, Saying>();
    for (const { cardId, type, front, back } of rows) {
      const text = fold(type === 'cloze' ? withoutGaps(front) : front);
      const meaning = type === 'cloze' ? null : fold(firstLine(back)) || null;
      if (text !== '' && !sayings.has(text)) sayings.set(text, { noteId, cardId, text, meaning });
    }
    return [...sayings.values()];
  }
  const text = fold(withoutGaps(first.term));
  if (text === '') return [];
  const said =
    first.isHtml === 1
      ? withoutGaps(plainText(first.second ?? ''))
      : first.type === 'recognition'
        ? first.back
        : first.type === 'production'
          ? first.front
          : '';
  return [{ noteId, cardId: first.cardId, text, meaning: fold(firstLine(said)) || null }];
}

function firstLine(text: string): string {
  return text.split('\n').find((line) => line.trim() !== '') ?? '';
}

const LEADING = /^(?:to|an?|the) (?=\S)/;

/** Letters and digits alone, in lower case, one space between words. */
function fold(text: string): string {
  const words = text
    .slice(0, TEXT_MAX * 2)
    .normalize('NFC')
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\p{M}]+/gu, ' ')
    .trim();
  return words.replace(LEADING, '').slice(0, TEXT_MAX);
}
