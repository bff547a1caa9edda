/** Which notes Anki is to have of one of the deck's: an imported one as it came, one of ours in its pieces. */
import { guidOf } from './ankiIds.ts';
import type { AnkiNotetype } from './ankiTypes.ts';
import type { DeckCard, DeckNote, DeckNotes } from './deckNotes.ts';
import { BASIC_NOTETYPE, CLOZE_NOTETYPE, OWN_NOTETYPES, TERM_NOTETYPE } from './notetypes.ts';
import { splitNote } from './ownNotes.ts';

export type PieceNote = {
  readonly piece: number;
  readonly guid: string;
  readonly notetype: AnkiNotetype;
  readonly fields: readonly string[];
  readonly cards: readonly { readonly card: DeckCard; readonly ordinal: number }[];
};

const OWN = { term: TERM_NOTETYPE, cloze: CLOZE_NOTETYPE, basic: BASIC_NOTETYPE };

/** One of ours, or one that notes were imported with. @param known those that were looked up */
export function notetypeOf(source: DeckNotes, known: Map<number, AnkiNotetype>, id: number): AnkiNotetype {
  const found = known.get(id) ?? OWN_NOTETYPES.find((own) => own.id === id) ?? source.notetypes([id])[0];
  if (found === undefined) throw new Error(`notetype ${id} is not there`);
  known.set(id, found);
  return found;
}

/** The notes that Anki is to have of one of the deck's. */
export function piecesOf(note: DeckNote, notetype: (id: number) => AnkiNotetype): PieceNote[] {
  if (note.notetypeId !== null && note.fields !== null) {
    const cards = note.cards.map((card) => ({ card, ordinal: card.ordinal }));
    return [
      {
        piece: 0,
        guid: note.guid ?? guidOf(note.uuid, 0),
        notetype: notetype(note.notetypeId),
        fields: note.fields,
        cards,
      },
    ];
  }
  const byId = new Map(note.cards.map((card) => [card.id, card]));
  const own = note.cards.map((card) => ({ ...card, accepted: card.status === 'accepted' }));
  return splitNote({ ...note, cards: own }).map(({ piece, kind, fields, cards }) => ({
    piece,
    guid: guidOf(note.uuid, piece),
    notetype: OWN[kind],
    fields,
    cards: cards.map(({ card, ordinal }) => ({ card: byId.get(card.id)!, ordinal })),
  }));
}
