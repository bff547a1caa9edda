/** The deck as it is browsed, edited and reviewed: what is asked of it, and what it answers. */
import { z } from 'zod';
import { CARD_STATUS } from './card.ts';
import { CARD_SORTS } from './cardSorts.ts';
export { CARD_SORTS } from './cardSorts.ts';
export type { CardSort } from './cardSorts.ts';
import type { Analysis, Card, Provenance, Stage } from './card.ts';
import { sourcePlaceSchema } from './source.ts';
import type { SourcePlace } from './source.ts';

export const deckNameSchema = z
  .string()
  .trim()
  .min(1)
  .max(200)
  .transform((name) => name.normalize('NFC'));
export const cardIdSchema = z.int().min(1);
export const noteIdSchema = z.string().min(1).max(64);

export const cardSearchSchema = z.object({
  /** The deck's query language (docs/deck-search.md); empty for all. */
  query: z.string().max(2000).default(''),
  /** The deck and those below it (`A` has `A::B`); `null` for all decks. */
  deck: z.string().max(200).nullable().default(null),
  runId: z.string().max(64).nullable().default(null),
  sort: z.enum(CARD_SORTS).default('newest'),
});
export type CardSearch = z.infer<typeof cardSearchSchema>;
/** Ids of all that match, in order: 100,000 of them are 400 KB. */
export type FoundCards = {
  readonly ids: Uint32Array;
  readonly tookMs: number;
  /** What of the query cannot be read, and where: the rest was searched for. */
  readonly problem: { readonly message: string; readonly at: number } | null;
};

const bulkActionSchema = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('addTags'), tags: z.array(z.string().trim().min(1).max(120)).min(1).max(30) }),
  z.object({
    kind: z.literal('removeTags'),
    tags: z.array(z.string().trim().min(1).max(120)).min(1).max(30),
  }),
  z.object({ kind: z.literal('move'), deck: deckNameSchema }),
  z.object({ kind: z.literal('suspend'), suspended: z.boolean() }),
  z.object({ kind: z.literal('flag'), flag: z.int().min(0).max(7) }),
  z.object({ kind: z.literal('status'), status: z.enum(CARD_STATUS) }),
  z.object({
    kind: z.literal('replace'),
    find: z.string().min(1).max(500),
    with: z.string().max(2000),
    matchCase: z.boolean(),
  }),
  /** Deletes the cards; a note whose last card goes, goes too. */
  z.object({ kind: z.literal('delete') }),
  /** Forgets the schedule, as if the cards had never been studied; reviews are kept. */
  z.object({ kind: z.literal('forget') }),
]);
export type BulkAction = z.infer<typeof bulkActionSchema>;
const BULK_MAX = 1_000_000;
/** As they are found (`FoundCards`): copying and checking a list of 100,000 numbers one by one keeps a window waiting. */
const cardIdsSchema = z
  .instanceof(Uint32Array)
  .refine((ids) => ids.length >= 1 && ids.length <= BULK_MAX, `1 to ${BULK_MAX} cards`)
  .refine((ids) => !ids.includes(0), 'ids begin with 1');
export const bulkEditSchema = z.object({
  cardIds: cardIdsSchema,
  action: bulkActionSchema,
});

/** What a note is from: a list, a book, notes; and where in it. */
const noteFromSchema = z.object({
  name: z.string().trim().min(1).max(1000),
  place: sourcePlaceSchema.nullable(),
});
export type NoteFrom = z.infer<typeof noteFromSchema>;

const fieldsSchema = z.array(z.string().max(200_000)).max(200);
const sidesSchema = z.object({ front: z.string().max(20_000), back: z.string().max(20_000) });

/** What `was` there when it was begun: where somebody else wrote something else meanwhile, nothing is written. */
export const noteEditSchema = z.object({
  noteId: noteIdSchema,
  /** Of a note with a notetype: all its fields, in the notetype's order. */
  fields: fieldsSchema.optional(),
  fieldsWere: fieldsSchema.optional(),
  /** Of a note of our own: the sides that change. */
  cards: z
    .array(
      sidesSchema.extend({
        cardId: cardIdSchema,
        was: sidesSchema.optional(),
        /** The words of the source that it rests on; `null` for none. */
        quote: z.string().max(20_000).nullable().optional(),
      }),
    )
    .max(200)
    .optional(),
  tags: z.array(z.string().trim().min(1).max(120)).max(100).optional(),
  /** `null` for nothing that anybody knows. */
  from: noteFromSchema.nullable().optional(),
  /** What it was for: the history says so. */
  cause: z.enum(['edit', 'regenerate']).default('edit'),
  /** Of `regenerate`: the trace of the call that made the text, which the cards' provenance then is. */
  traceId: z
    .string()
    .regex(/^[0-9a-f]{32}$/)
    .optional(),
});
export type NoteEdit = z.infer<typeof noteEditSchema>;

export const newNoteSchema = z.object({
  deck: deckNameSchema,
  /** `reverse`: two cards, each way round. A cloze front has `{{c1::…}}` to `{{cN::…}}`: N cards. */
  kind: z.enum(['basic', 'reverse', 'cloze']),
  front: z.string().trim().min(1).max(20_000),
  back: z.string().trim().max(20_000),
  tags: z.array(z.string().trim().min(1).max(120)).max(100),
});
export type NewNote = z.infer<typeof newNoteSchema>;

/** One change of the deck that can be taken back as a whole. */
export type ChangeSet = {
  /** 0 where nothing had to change: such a set is not kept. */
  readonly changeSetId: number;
  readonly label: string;
  readonly atMs: number;
  readonly notes: number;
  readonly cards: number;
  readonly undone: boolean;
  /** Cards that the change left alone, and why: the first thousand, told once. 0 for a deck. */
  readonly leftAlone: readonly { readonly cardId: number; readonly reason: string }[];
};
/** One entry of a note's history: what changed, from what to what. */
export type NoteChange = {
  readonly changeSetId: number;
  readonly label: string;
  readonly atMs: number;
  readonly undone: boolean;
  readonly parts: readonly {
    readonly part: string;
    readonly before: string | null;
    readonly after: string | null;
  }[];
};

/** A stage of the making of a note, with the texts where a model was asked. */
export type StageRecord = Provenance & {
  readonly stage: Stage;
  readonly prompt: string | null;
  readonly answer: string | null;
  readonly atMs: number;
};

export type NoteField = { readonly name: string; readonly value: string; readonly rtl: boolean };
export type NoteDetail = {
  readonly noteId: string;
  readonly deck: string;
  readonly term: string;
  readonly tags: readonly string[];
  readonly cards: readonly Card[];
  /** `null` for a note of our own, whose cards are written one by one. */
  readonly notetype: {
    readonly name: string;
    readonly kind: 'standard' | 'cloze';
    readonly css: string;
  } | null;
  readonly fields: readonly NoteField[];
  readonly analysis: Analysis | null;
  readonly source: { readonly name: string; readonly row: number; readonly place: SourcePlace | null } | null;
  /** Columns of the list that the note came from, by header. */
  readonly columns: Readonly<Record<string, string>>;
  readonly stages: readonly StageRecord[];
  /** Newest first. */
  readonly history: readonly NoteChange[];
  readonly createdMs: number;
  readonly modifiedMs: number;
};

export type DeckNode = {
  /** Full name: `A::B`. */
  readonly name: string;
  readonly noteCount: number;
  readonly cardCount: number;
  /** Of the accepted, not suspended cards, due today. */
  readonly newCount: number;
  readonly learningCount: number;
  readonly reviewCount: number;
  /** Cards that wait for the user's word. */
  readonly proposedCount: number;
};

export type TagCount = { readonly tag: string; readonly notes: number };

export type NearDuplicate = {
  readonly card: Card;
  /** 0..1, 1 the same text. */
  readonly similarity: number;
};

export const reviewFilterSchema = z.object({
  runId: z.string().max(64).nullable(),
  show: z.enum(['all', 'warnings', 'duplicates']),
  offset: z.int().min(0),
  limit: z.int().min(1).max(500),
});
export type ReviewNote = {
  readonly noteId: string;
  readonly term: string;
  readonly cards: readonly Card[];
  readonly duplicates: readonly NearDuplicate[];
};
export type ReviewPage = {
  readonly notes: readonly ReviewNote[];
  readonly total: number;
  /** Cards that wait, of the run or of all runs. */
  readonly waiting: number;
  readonly withWarnings: number;
};

/** `colpkg` takes the place of a whole collection of Anki's: all decks, with schedule and media. */
export const DECK_FORMATS = ['apkg', 'colpkg', 'csv', 'tsv', 'json', 'md', 'html', 'pdf'] as const;
export type DeckFormat = (typeof DECK_FORMATS)[number];
/** Of HTML and PDF: question beside answer, or cards to cut out and fold. */
export const sheetSchema = z.object({
  layout: z.enum(['list', 'grid']).default('list'),
  paper: z.enum(['a4', 'letter']).default('a4'),
});
export type SheetChoice = z.infer<typeof sheetSchema>;
export const exportChoiceSchema = z.object({
  /** With those below it; `null` for all. */
  deck: z.string().max(200).nullable(),
  runId: z.string().max(64).nullable().default(null),
  query: z.string().max(2000).default(''),
  format: z.enum(DECK_FORMATS),
  /** Only .apkg, .colpkg and .json: the schedule and the reviews go along. */
  scheduling: z.boolean().default(false),
  media: z.boolean().default(true),
  /** Only .csv and .tsv: with the header lines that Anki reads, as where it is not given; else the plain table. */
  anki: z.boolean().optional(),
  sheet: sheetSchema.optional(),
});
export type ExportChoice = z.infer<typeof exportChoiceSchema>;
/** Which cards are meant. */
export const exportScopeSchema = exportChoiceSchema.pick({ deck: true, runId: true, query: true });
export type ExportScope = z.infer<typeof exportScopeSchema>;
/** What would go into a file. */
export type ExportPlan = {
  readonly notes: number;
  /** Accepted ones. */
  readonly cards: number;
  /** Cards that wait for review, which stay behind. */
  readonly waiting: number;
  /** Of the cards, those with a schedule. */
  readonly studied: number;
  /** Files that its notes and their notetypes show. */
  readonly media: number;
};
export type DeckExportReport = {
  readonly path: string;
  readonly format: DeckFormat;
  readonly notes: number;
  readonly cards: number;
  readonly media: number;
  readonly bytes: number;
  readonly tookMs: number;
  /** What could not go along in this form, and why. */
  readonly leftOut: readonly string[];
};

export type PackagePreview = {
  readonly path: string;
  readonly form: 'anki2' | 'anki21' | 'anki21b' | 'csv' | 'json';
  readonly notes: number;
  readonly cards: number;
  readonly decks: readonly string[];
  readonly notetypes: readonly string[];
  readonly media: number;
  readonly reviews: number;
  readonly refused: readonly string[];
};
export type DeckImportReport = {
  readonly path: string;
  readonly form: PackagePreview['form'];
  readonly added: number;
  readonly updated: number;
  readonly unchanged: number;
  /** Notes of the same guid that are of another notetype here. */
  readonly conflicts: readonly { readonly noteId: string; readonly term: string; readonly reason: string }[];
  readonly cards: number;
  readonly media: number;
  readonly reviews: number;
  /** What was not taken in, and why: unsafe names, sizes that are not true, ... */
  readonly refused: readonly string[];
  readonly changeSetId: number | null;
  readonly tookMs: number;
};

export type BackupEntry = {
  /** File name within the backups folder. */
  readonly name: string;
  readonly atMs: number;
  readonly reason: 'daily' | 'migration' | 'import' | 'restore' | 'manual';
  readonly bytes: number;
  readonly notes: number;
  readonly cards: number;
  /** Whether the file was read back whole and found sound when it was written. */
  readonly verified: boolean;
  /** Only of one that was restored: how many of the deck's pictures and sounds are nowhere to be found. */
  readonly missingMedia?: number;
};
/** Of a restore: the backup that the deck is now, or why it is not. */
export type RestoreOutcome =
  { readonly restored: BackupEntry } | { readonly message: string; readonly hint: string | null };
