/** What a reader makes of a document, before it is cut into passages. */
import type { RowError } from '../../shared/run.ts';
import type { PassageBlock, SourcePlace } from '../../shared/source.ts';

export type DocumentKind = 'markdown' | 'pdf' | 'epub';

/** A block and where it stands. Blocks of one heading follow each other. */
export type PlacedBlock = { readonly place: SourcePlace; readonly block: PassageBlock };

export type ReadDocument = {
  readonly title: string | null;
  /** The language that it says it is in, as it says it. */
  readonly language: string | null;
  /** The document's own: front matter, subjects of a book. */
  readonly tags: readonly string[];
  /** `null` where the format has none. */
  readonly pages: number | null;
  /** Pages that hold pictures and no text. */
  readonly scannedPages: readonly number[];
  /** Of text files; empty elsewhere. */
  readonly encoding: string;
  readonly blocks: readonly PlacedBlock[];
  /** What was left out. `row` is the page, line or part that it is about. */
  readonly problems: readonly RowError[];
  readonly warnings: readonly RowError[];
};

/** What a reader may ask while it works; every reader does so between pieces of some 10 ms. */
export type ReadContext = {
  /** @throws whatever ends the work */
  readonly throwIfStopped: () => void;
  readonly progress: (done: number, total: number) => void;
};

/** Limits of shared/source.ts, in UTF-16 units or entries. */
export const BLOCK_CHARS = 50_000;
export const CELL_CHARS = 4000;
export const HEADING_CHARS = 1000;
export const HEADING_LEVELS = 12;
export const TABLE_COLUMNS = 64;
