/** Notes that went out from here and come back: the pieces of one become one note again. */
import { foldKey } from '../../shared/foldKey.ts';
import { checkCard } from '../../shared/quality/checkCard.ts';
import type { AnkiCard, AnkiNote, AnkiReview } from './ankiTypes.ts';
import { isPlainHtml } from './fieldHtml.ts';
import { importForeign, timeOf } from './importForeign.ts';
import type { ImportTarget } from './importTarget.ts';
import { renameReferences } from './mediaNames.ts';
import type { NewCard, StoredCard, StoredNote } from './noteWriter.ts';
import type { OwnKind } from './notetypes.ts';
import { readPiece, splitNote } from './ownNotes.ts';
import type { ReadPiece, ReadPieceCard } from './ownNotes.ts';

export type OwnUnit = {
  readonly uuid: string;
  readonly pieces: readonly { readonly noteId: number; readonly kind: OwnKind; readonly piece: number }[];
};
type Reviews = ReadonlyMap<number, readonly AnkiReview[]>;
type Piece = {
  readonly piece: number;
  readonly note: AnkiNote;
  readonly read: ReadPiece;
  readonly cards: ReadonlyMap<number, AnkiCard>;
  readonly isPlain: boolean;
};

export function importOwn(
  target: ImportTarget,
  { uuid, pieces }: OwnUnit,
  cards: ReadonlyMap<number, readonly AnkiCard[]>,
  reviews: Reviews,
): void {
  const read = pieces.flatMap(({ noteId, kind, piece }): Piece[] => {
    const given = target.package.note(noteId);
    if ('refused' in given) return [];
    const fields = given.fields.map((field) => renameReferences(field, target.renamed));
    const of = new Map((cards.get(noteId) ?? []).map((card) => [card.ordinal, card]));
    const found = readPiece(kind, piece, fields, [...of.keys()]);
    return [
      { piece, note: { ...given, fields }, read: found, cards: of, isPlain: fields.every(isPlainHtml) },
    ];
  });
  if (read.length === 0) return;
  const there = target.writer.findByUuid(uuid);
  if (there === null) {
    if (read.every(({ isPlain }) => isPlain)) addNote(target, uuid, read, reviews);
    else {
      // Plain text cannot hold what was made of it in Anki: its pieces are notes of Anki's from now on.
      for (const { note } of read) importForeign(target, note.id, cards.get(note.id) ?? [], reviews);
    }
  } else if (there.notetypeId !== null) {
    const reason = 'It is of another notetype here.';
    target.tally.conflicts.push({ noteId: there.uuid, term: there.term, reason });
  } else matchNote(target, there, read, reviews);
}

function addNote(target: ImportTarget, uuid: string, pieces: readonly Piece[], reviews: Reviews): void {
  const { writer, tally, refuse, nowMs } = target;
  const first = pieces.find(({ piece }) => piece === 0) ?? pieces[0]!;
  const ordered = inOrder(pieces);
  if (ordered.length === 0) return refuse('A note: it has no cards.');
  const { term, data } = first.read;
  const name = term === '' ? ordered[0]!.side.front.slice(0, 200) : term;
  const added = writer.addNote({
    uuid,
    guid: null,
    deck: target.deckOf(ordered[0]!.card.deckId),
    key: data.key ?? foldKey(name),
    term: name,
    notetypeId: null,
    fields: null,
    tags: [...new Set(pieces.flatMap(({ note }) => note.tags))],
    source: data.origin === undefined ? null : JSON.stringify(data.origin),
    createdMs: timeOf(Math.min(...pieces.map(({ note }) => note.id)), nowMs),
    modifiedMs: Math.max(...pieces.map(({ note }) => note.mod)) * 1000,
  });
  const taken = new Set<number>();
  for (const { side, card } of ordered) {
    const ordinal = freeOrdinal(side.wanted, taken);
    const sides = toNewCard(target, side, card, ordinal, name);
    tally.reviews += writer.addCard(added, sides, card, reviews.get(card.id) ?? []);
    tally.cards += 1;
  }
  tally.added += 1;
}

type Ordered = { readonly side: ReadPieceCard; readonly card: AnkiCard; readonly piece: Piece };

/** All cards of a note, in the order that they had here. */
function inOrder(pieces: readonly Piece[]): Ordered[] {
  const cards = [...pieces]
    .sort((a, b) => a.piece - b.piece)
    .flatMap((piece) =>
      piece.read.cards
        .filter(({ front }) => front !== '')
        .map((side) => ({ side, card: piece.cards.get(side.ordinal)!, piece })),
    );
  const place = ({ side }: Ordered) => side.wanted ?? Number.MAX_SAFE_INTEGER;
  return cards.sort((a, b) => place(a) - place(b));
}

function freeOrdinal(wanted: number | null, taken: Set<number>): number {
  let ordinal = wanted !== null && !taken.has(wanted) ? wanted : Math.max(-1, ...taken) + 1;
  while (taken.has(ordinal)) ordinal += 1;
  taken.add(ordinal);
  return ordinal;
}

function matchNote(
  target: ImportTarget,
  there: StoredNote,
  pieces: readonly Piece[],
  reviews: Reviews,
): void {
  const { writer, tally, refuse } = target;
  const stored = writer.cardsOf(there.id);
  const isGone = stored.every(({ status }) => status === 'deleted');
  const thereSeconds = Math.floor(there.modifiedMs / 1000);
  const newer = pieces.filter(({ note }) => isGone || note.mod > thereSeconds);
  const places = placesOf(there, stored);
  const taken = new Set(stored.map(({ ordinal }) => ordinal));
  let changed = false;
  let isLarger = false;
  if (newer.length > 0) {
    const first = newer.find(({ piece }) => piece === 0) ?? newer[0]!;
    const term = first.read.term === '' ? there.term : first.read.term;
    const tags = [...new Set(newer.flatMap(({ note }) => note.tags))];
    const key = term === there.term ? there.key : foldKey(term);
    const modifiedMs = Math.max(...newer.map(({ note }) => note.mod)) * 1000;
    changed = writer.changeNote(there, { term, key, fields: null, tags }, modifiedMs);
    if (newer.some(({ isPlain }) => !isPlain)) {
      refuse('The formatting of a note of ours: its text was taken over.');
    }
  }
  for (const { side, card, piece } of inOrder(pieces)) {
    const known =
      stored.find(
        ({ ordinal, type, cloze }) => ordinal === side.wanted && type === side.type && cloze === side.cloze,
      ) ?? places.get(`${piece.piece} ${side.ordinal}`);
    if (known !== undefined) {
      const status = isGone ? 'accepted' : known.status;
      if (status === 'deleted' || !newer.includes(piece)) continue;
      const { front, back, quote } = side;
      if (writer.changeCard(there, known, { front, back, quote, status })) changed = true;
      // What was deleted here comes with the package.
      if (isGone) tally.cards += 1;
    } else {
      const sides = toNewCard(target, side, card, freeOrdinal(side.wanted, taken), there.term);
      tally.reviews += writer.addCard(there, sides, card, reviews.get(card.id) ?? []);
      tally.cards += 1;
      changed = true;
      isLarger = true;
    }
  }
  if (isLarger && newer.length === 0) writer.touchNote(there);
  if (isGone) tally.added += 1;
  else if (changed) tally.updated += 1;
  else tally.unchanged += 1;
}

/** Cards of a note by the piece and the ordinal that they have in Anki. */
function placesOf(note: StoredNote, cards: readonly StoredCard[]): ReadonlyMap<string, StoredCard> {
  const byId = new Map(cards.map((card) => [card.id, card]));
  const all = cards.map((card) => ({ ...card, accepted: true }));
  const split = splitNote({ ...note, source: '', origin: undefined, cards: all });
  return new Map(
    split.flatMap(({ piece, cards: of }) =>
      of.map(({ card, ordinal }) => [`${piece} ${ordinal}`, byId.get(card.id)!] as const),
    ),
  );
}

function toNewCard(
  target: ImportTarget,
  { type, front, back, cloze, quote }: ReadPieceCard,
  card: AnkiCard,
  ordinal: number,
  term: string,
): NewCard {
  const found = checkCard({ type, front, back, cloze, term, termLanguage: 'und', meaningLanguage: 'und' });
  return {
    ordinal,
    deck: target.deckOf(card.deckId),
    type,
    front,
    back,
    cloze,
    quote,
    warnings: found.length === 0 ? null : ` ${found.join(' ')} `,
    suspended: card.queue === -1,
    flag: card.flag,
    createdMs: timeOf(card.id, target.nowMs),
    modifiedMs: card.mod * 1000,
  };
}
