/** Anki's own things, as they stand in a package of whatever form. Ids are milliseconds since 1970. */

/** What a form says beyond what we look at: kept and given back. */
export type Extra = Readonly<Record<string, unknown>>;

export type AnkiField = { readonly name: string; readonly rtl: boolean; readonly extra: Extra };
export type AnkiTemplate = {
  readonly name: string;
  readonly front: string;
  readonly back: string;
  readonly extra: Extra;
};
export type AnkiNotetype = {
  readonly id: number;
  readonly name: string;
  readonly kind: 'standard' | 'cloze';
  /** Seconds. */
  readonly mod: number;
  readonly fields: readonly AnkiField[];
  readonly templates: readonly AnkiTemplate[];
  readonly css: string;
  readonly extra: Extra;
};

export type AnkiDeck = {
  readonly name: string;
  /** HTML, or Markdown. */
  readonly description: string;
  readonly isMarkdown: boolean;
  /** Of its options; `null` for a filtered deck, which has none. */
  readonly optionsId: number | null;
  /** What it says itself, over its options; `null` where it says nothing. */
  readonly newPerDay: number | null;
  readonly reviewsPerDay: number | null;
  readonly desiredRetention: number | null;
};
/** Options that decks share, in the words of schema 11: `{ new: { perDay, delays, … }, rev: …, lapse: …, … }`. */
export type AnkiOptions = { readonly name: string; readonly values: Extra };

export type AnkiNote = {
  readonly id: number;
  readonly guid: string;
  readonly notetypeId: number;
  /** Seconds. */
  readonly mod: number;
  readonly tags: readonly string[];
  /** HTML, NFC. */
  readonly fields: readonly string[];
};

/** Scheduling columns of a card, in Anki's units: see schedule.ts. */
export type AnkiSchedule = {
  readonly type: number;
  readonly queue: number;
  readonly due: number;
  readonly ivl: number;
  readonly factor: number;
  readonly reps: number;
  readonly lapses: number;
  readonly left: number;
  /** JSON. */
  readonly data: string;
};
export type AnkiCard = AnkiSchedule & {
  readonly id: number;
  readonly noteId: number;
  /** Of a card that lies in a filtered deck: the deck it comes from. */
  readonly deckId: number;
  readonly ordinal: number;
  /** Seconds. */
  readonly mod: number;
  readonly flag: number;
};
export type AnkiReview = {
  /** When it was, in ms. */
  readonly id: number;
  readonly cardId: number;
  readonly ease: number;
  readonly ivl: number;
  readonly lastIvl: number;
  readonly factor: number;
  readonly timeMs: number;
  readonly type: number;
};
