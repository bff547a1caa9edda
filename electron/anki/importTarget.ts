import type { CollectionReader } from './collectionReader.ts';
import type { NoteWriter } from './noteWriter.ts';
import type { NotetypeStore } from './notetypeStore.ts';

/** What an import has done so far. */
export type Tally = {
  added: number;
  updated: number;
  unchanged: number;
  cards: number;
  reviews: number;
  readonly conflicts: { noteId: string; term: string; reason: string }[];
};
/** Where notes of a package go, and what is known on the way. */
export type ImportTarget = {
  readonly writer: NoteWriter;
  readonly notetypes: NotetypeStore;
  readonly package: CollectionReader;
  /** Media files that have another name here. */
  readonly renamed: ReadonlyMap<string, string>;
  readonly tally: Tally;
  readonly refuse: (reason: string) => void;
  /** Name of the deck here, by its id there. */
  readonly deckOf: (deckId: number) => string;
  readonly nowMs: number;
};
