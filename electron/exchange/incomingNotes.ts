/** What an import needs of the deck, and what it hands over. Wired in the composition root. */
import type { Card, CardType, Provenance } from '../../shared/card.ts';
import type { CardMemory } from '../../shared/study.ts';

export type CardReview = {
  /** 1 to 4; 0 where nobody answered. */
  readonly rating: number;
  readonly reviewedMs: number;
  readonly durationMs: number;
  /** State of the card before it; 4 for cramming. */
  readonly kind: number;
  /** JSON of what Anki had of it, where it came from there. */
  readonly imported: string | null;
};
export type CardSchedule = {
  /** `null` for a new card. `imported`: JSON of what Anki had of it, where it came from there. */
  readonly memory: (CardMemory & { readonly imported: string | null }) | null;
  /** Oldest first. */
  readonly reviews: readonly CardReview[];
};
export type IncomingCard = Pick<
  Card,
  'type' | 'front' | 'back' | 'cloze' | 'suspended' | 'flag' | 'quote' | 'place'
> & {
  readonly schedule: CardSchedule | null;
  /** `null` for a card that no run made, and where the file does not say. */
  readonly provenance: Provenance | null;
};
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

/** One row of a table: which note of ours it was part of when it was written. */
export type RowOfNote = {
  readonly noteId: string;
  readonly term: string;
  readonly type: CardType;
  /** Place among the rows of its note. */
  readonly at: number;
};
export type FileNote = IncomingNote & {
  /** `null` for what is a note by itself. */
  readonly rowOf: RowOfNote | null;
  /** `null` where the file does not say. */
  readonly modifiedMs: number | null;
  /** Formatting of the file's HTML that plain text cannot keep. */
  readonly lostFormatting: boolean;
};
export type CardFile = {
  readonly form: 'csv' | 'json';
  readonly notes: readonly FileNote[];
  readonly keepsCurrent: boolean;
  readonly refused: readonly string[];
};

/** What reading a file asks of the deck. */
export type CardFileTools = {
  /**
   * Whether the deck has a notetype of that name and number of fields; a note of any other becomes one of ours, in plain
   * text.
   */
  readonly hasNotetype: (name: string, fields: number) => boolean;
  readonly rowGuid: CardImportPort['rowGuid'];
};

/** A note of the deck. */
export type KnownNote = {
  readonly noteId: string;
  readonly term: string;
  readonly tags: readonly string[];
  readonly notetype: { readonly name: string; readonly fields: readonly string[] } | null;
  /** In their order, deleted ones left out. */
  readonly cards: readonly (Pick<IncomingCard, 'type' | 'front' | 'back' | 'cloze' | 'quote'> & {
    readonly cardId: number;
  })[];
  readonly modifiedMs: number;
};
/** What changes of a note that is there: only what is given. */
export type NoteUpdate = {
  readonly noteId: string;
  readonly tags?: readonly string[];
  readonly fields?: readonly string[];
  readonly cards?: readonly {
    readonly cardId: number;
    readonly front: string;
    readonly back: string;
    readonly quote?: string | null;
  }[];
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
  /** What Anki knows the row by that begins with this card of a note of ours. */
  rowGuid(noteId: string, cardId: number): string;
  /** Those of them that are runs of the deck: where others' cards came from cannot be kept. */
  knownRuns(runIds: Iterable<string>): ReadonlySet<string>;
  /** Number of fields of a notetype of the deck; `null` for a name that is none's. */
  fieldCount(notetype: string): number | null;
  /** Adds and changes as one change set, which is taken back where it is stopped; returns it, and how many cards and reviews came. */
  addNotes(addition: NoteAddition): {
    readonly changeSetId: number | null;
    readonly cards: number;
    readonly reviews: number;
  };
}
