/** What passes between the program and the thread that reads one document. */
import type { RowError } from '../../shared/run.ts';
import type { DocumentPreview, Passage, SourcePlace } from '../../shared/source.ts';
import type { PlainError } from '../errors/tracedeckError.ts';
import type { DocumentKind } from './documentTypes.ts';

export type DocumentJob = {
  readonly kind: DocumentKind;
  readonly name: string;
  readonly from: { readonly path: string } | { readonly text: string };
  /** Folder of pdf.js's character maps with a slash at its end; `null` where there is none. */
  readonly cMaps: string | null;
  readonly maxTokens: number;
  readonly limits: DocumentLimits;
};

export type DocumentLimits = {
  readonly maxFileBytes: number;
  /** Of a text file: it is held and parsed as a whole. */
  readonly maxTextBytes: number;
  readonly maxPages: number;
  readonly maxPassages: number;
};

export type NamedPassage = {
  readonly term: string;
  readonly place: SourcePlace;
  readonly passage: Passage;
};

export type DocumentReport = {
  readonly contentHash: string;
  readonly encoding: string;
  readonly document: DocumentPreview;
  readonly tags: readonly string[];
  /** As the document says it. */
  readonly language: string | null;
  readonly passages: number;
  readonly problems: readonly RowError[];
  readonly warnings: readonly RowError[];
  /** Text to tell the language by. */
  readonly sampleText: readonly string[];
};

export type FromSourceWorker =
  | { readonly type: 'progress'; readonly done: number; readonly total: number }
  /** Passages as JSON, one a line. */
  | { readonly type: 'passages'; readonly bytes: Uint8Array; readonly count: number }
  | { readonly type: 'done'; readonly report: DocumentReport }
  | { readonly type: 'failed'; readonly error: PlainError };
