/** What an import needs of the deck, and what it hands over. Wired in the composition root. */
import type { Card } from '../../shared/card.ts';

export type IncomingCard = Pick<
  Card,
  'type' | 'front' | 'back' | 'cloze' | 'suspended' | 'flag' | 'quote' | 'place'
>;
/** A note as a file says it is. */
export type IncomingNote = {
  /** UUID, of a note of ours. */
  readonly noteId: string | null;
  /** What Anki knows it by. */
  readonly guid: string | null;
  readonly deck: string;
  readonly term: string;
  readonly tags: readonly string[];
  /** With the HTML of its fields, of a notetype that is in the deck; the cards are then rendered from them. */
  readonly notetype: { readonly name: string; readonly fields: readonly string[] } | null;
  readonly cards: readonly IncomingCard[];
  readonly createdMs: number | null;
};

/** A note of the deck. */
export type KnownNote = {
  readonly noteId: string;
  readonly term: string;
  readonly tags: readonly string[];
  readonly notetype: { readonly name: string; readonly fields: readonly string[] } | null;
  /** In their order, deleted ones left out. */
  readonly cards: readonly (Pick<IncomingCard, 'type' | 'front' | 'back' | 'cloze'> & {
    readonly cardId: number;
  })[];
  readonly modifiedMs: number;
};
/** What changes of a note that is there: only what is given. */
export type NoteUpdate = {
  readonly noteId: string;
  readonly tags?: readonly string[];
  readonly fields?: readonly string[];
  readonly cards?: readonly { readonly cardId: number; readonly front: string; readonly back: string }[];
};
export type NoteAddition = {
  readonly label: string;
  readonly add: readonly IncomingNote[];
  readonly update: readonly NoteUpdate[];
};

export interface CardImportPort {
  /** By our UUID. */
  byNoteId(noteIds: readonly string[]): ReadonlyMap<string, KnownNote>;
  /**
   * By Anki's guid: of an imported note its own; of a note of ours the guid of a row that `ankiRows` makes of it, and
   * then with the cards of that row.
   */
  byGuid(
    guids: readonly string[],
  ): ReadonlyMap<string, { readonly note: KnownNote; readonly cardIds: readonly number[] }>;
  /** Number of fields of a notetype of the deck; `null` for a name that is none's. */
  fieldCount(notetype: string): number | null;
  /** Adds and changes as one change set, which is taken back where it is stopped; returns it, and how many cards were made. */
  addNotes(addition: NoteAddition): { readonly changeSetId: number | null; readonly cards: number };
}
