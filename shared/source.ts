/** What cards can be made of besides lists: notes and books, cut into passages by their own structure. */
import { z } from 'zod';

/** Where a passage stands in its document. Counted from 1; what a format does not have is not given. */
export const sourcePlaceSchema = z.object({
  /** Headings above it, outermost first. */
  headings: z.array(z.string().max(1000)).max(12),
  page: z.int().min(1).optional(),
  chapter: z.string().max(1000).optional(),
  /** First line of a text file. */
  line: z.int().min(1).optional(),
});
export type SourcePlace = z.infer<typeof sourcePlaceSchema>;

const blockText = z.string().min(1).max(50_000);
/** One block of a passage. Text is plain, but for the author's own stress, which is kept as `**bold**`. */
const passageBlockSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('paragraph'), text: blockText }),
  z.object({
    kind: z.literal('list'),
    ordered: z.boolean(),
    /** The sentence that leads to the list, where one does. */
    lead: blockText.nullable(),
    items: z.array(blockText).min(1).max(500),
  }),
  z.object({
    kind: z.literal('table'),
    header: z.array(z.string().max(4000)).max(64),
    rows: z.array(z.array(z.string().max(4000)).max(64)).max(5000),
  }),
  /** A term and what it is: a definition list, or a line `term: meaning`. */
  z.object({ kind: z.literal('definition'), term: blockText, meaning: blockText }),
  z.object({ kind: z.literal('quote'), text: blockText }),
  z.object({ kind: z.literal('code'), text: blockText }),
]);
export type PassageBlock = z.infer<typeof passageBlockSchema>;

export const passageSchema = z.object({
  blocks: z.array(passageBlockSchema).min(1).max(500),
  /** Counted with the estimate's tokenizer. */
  tokens: z.int().min(0),
});
export type Passage = z.infer<typeof passageSchema>;

const SOURCE_FORMATS = ['csv', 'tsv', 'lines', 'markdown', 'pdf', 'epub'] as const;
export type SourceFormat = (typeof SOURCE_FORMATS)[number];

/** What a look at a document says before anything runs. */
export type DocumentPreview = {
  readonly title: string | null;
  readonly tokens: number;
  /** Pages that hold pictures and no text: reported, not guessed. */
  readonly scannedPages: readonly number[];
  readonly pages: number | null;
  /** The first passages: their place, size and how they begin. */
  readonly outline: readonly {
    readonly row: number;
    readonly place: SourcePlace;
    readonly tokens: number;
    readonly begins: string;
  }[];
};

/** What a run over a source would take with one model of the price table. */
export type ModelEstimate = {
  readonly model: string;
  readonly calls: number;
  readonly inputTokens: number;
  readonly outputTokens: number;
  /** US dollars. */
  readonly cost: number;
  /** Whether the counts are the model's own tokenizer's; elsewhere they are 'about'. */
  readonly exact: boolean;
};
export type RunEstimate = {
  readonly terms: number;
  /** Rows whose note the deck has: they cost nothing. */
  readonly inDeck: number;
  /** Rows that repeat another of the same source. */
  readonly repeated: number;
  /** Answers of each stage that the cache has. */
  readonly cached: { readonly analyse: number; readonly write: number };
  /** Rows that were looked at; the figures of a longer list are projected from these. */
  readonly looked: number;
  readonly models: readonly ModelEstimate[];
};

/** A folder whose new and changed files become cards. */
export const watchedFolderSchema = z.object({
  path: z.string().min(1).max(4096),
  deck: z.string().trim().min(1).max(200),
  enabled: z.boolean().default(true),
});
export type WatchedFolder = z.infer<typeof watchedFolderSchema>;
export type WatchedFile = {
  readonly path: string;
  readonly state: 'waiting' | 'running' | 'done' | 'failed';
  readonly runId: string | null;
  readonly message: string | null;
  readonly atMs: number;
};
export type WatchStatus = {
  readonly folders: readonly (WatchedFolder & { readonly problem: string | null })[];
  /** Newest first. */
  readonly files: readonly WatchedFile[];
};
