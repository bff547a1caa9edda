/**
 * What the pipeline makes: the analysis of one term (stage 1) and the cards written from it (stage 2).
 * The zod schemas are the seams: whatever a generator, a cache or a file hands over is parsed by them.
 */
import { z } from 'zod';
import type { Passage, SourcePlace } from './source.ts';

/** Facts that a row of the user's list can bring along; every one goes before what a generator says. */
export const SOURCE_FIELDS = [
  'meaning',
  'otherMeanings',
  'reading',
  'pronunciation',
  'partOfSpeech',
  'example',
  'exampleReading',
  'exampleTranslation',
  'usage',
  'nuance',
  'comparison',
  'synonyms',
  'characters',
  'mnemonic',
  'level',
  'frequency',
  'tags',
] as const;
export type SourceField = (typeof SOURCE_FIELDS)[number];

const ITEM_KINDS = ['term', 'sentence', 'passage'] as const;
export type ItemKind = (typeof ITEM_KINDS)[number];

/** One row of a list, columns mapped. All text is NFC and trimmed; no empty strings. */
export type SourceItem = {
  /** Where it stood: 1-based record of the file as a spreadsheet counts, header included. */
  readonly row: number;
  /** The term, a whole sentence or note, or the name of a passage, as `kind` says. */
  readonly term: string;
  readonly kind: ItemKind;
  readonly fields: Readonly<Partial<Record<SourceField, string>>>;
  /** Columns that map to nothing, by their own header: kept with the note. */
  readonly extra: Readonly<Record<string, string>>;
  /** Of a document: where it stands in it, and its text. */
  readonly place?: SourcePlace;
  readonly passage?: Passage;
};

const text = z.string().trim().min(1).max(4000);
const optionalText = text.nullable();

export const analysisSchema = z.object({
  term: text,
  /** Primary meaning in the language the user reads; `null` where it is not known. */
  meaning: optionalText,
  otherMeanings: z.array(text).max(20),
  partOfSpeech: optionalText,
  /** How it is read or pronounced: standard pronunciation, kana, pinyin or IPA. */
  reading: optionalText,
  /** Latin transcription. */
  romanisation: optionalText,
  nuance: optionalText,
  usage: optionalText,
  synonyms: z.array(text).max(20),
  /** A near-synonym and what sets it apart. */
  comparison: z.object({ with: text, nuance: text }).nullable(),
  /** Characters (hanja, kanji, hanzi) or homonyms of the same spelling. */
  homonyms: z
    .array(
      z.object({
        characters: optionalText,
        reading: optionalText,
        meaning: text,
        differentiator: optionalText,
      }),
    )
    .max(12),
  /** A scene to remember the term by. */
  mnemonic: optionalText,
  examples: z.array(z.object({ text, translation: optionalText })).max(8),
  keywords: z.array(text).max(20),
  /** TOPIK, JLPT, CEFR or the like, as given. */
  level: optionalText,
  /** Names of fields above that nobody could fill, stated and not invented. */
  unknown: z.array(text).max(20),
  /** Of a passage: what it says, one fact each, with the words that say so. */
  facts: z
    .array(z.object({ statement: text, quote: text }))
    .max(60)
    .optional(),
});
export type Analysis = z.infer<typeof analysisSchema>;

export const CARD_TYPES = [
  'recognition',
  'production',
  'cloze',
  'reading',
  'usage',
  'comparison',
  'characters',
  'homonyms',
  /** A question and its answer, of a passage, or written by hand. */
  'basic',
] as const;
export type CardType = (typeof CARD_TYPES)[number];

export const cardDraftSchema = z.object({
  type: z.enum(CARD_TYPES),
  /** A cloze front carries `{{c1::hidden}}` marks, as Anki writes them. */
  front: text,
  back: text,
  tags: z.array(text.max(120)).max(30),
  /** The words of the source that the card rests on. */
  quote: text.nullable().optional(),
});
export type CardDraft = z.infer<typeof cardDraftSchema>;

export const cardDraftsSchema = z.array(cardDraftSchema).min(1).max(24);

export const STAGES = ['analyse', 'write'] as const;
export type Stage = (typeof STAGES)[number];

/** Everything besides the input that decides a stage's answer: part of the cache key and of provenance. */
export type StageIdentity = {
  readonly generator: string;
  readonly model: string;
  readonly promptVersion: string;
  /** Canonical JSON of the sampling parameters. */
  readonly parameters: string;
};

/** Where one card came from. */
export type Provenance = StageIdentity & {
  readonly runId: string;
  readonly traceId: string;
  readonly sourceName: string;
  /** See `SourceItem.row`. */
  readonly row: number;
  /** The answer came out of the cache, so nothing was paid for it in this run. */
  readonly cached: boolean;
};

/** What may be wrong with a card; visible, never a reason to drop it. */
export const QUALITY_CODES = [
  'answer_in_question',
  'empty_side',
  'too_long',
  'wrong_script',
  'vague',
  'several_facts',
  'no_gap',
  'near_duplicate',
] as const;
export type QualityCode = (typeof QUALITY_CODES)[number];

/** `proposed`: waits for the user's word, and is neither studied nor exported before it. */
export const CARD_STATUS = ['proposed', 'accepted', 'rejected'] as const;
export type CardStatus = (typeof CARD_STATUS)[number];

export type Card = {
  readonly cardId: number;
  /** UUID of the note. */
  readonly noteId: string;
  readonly deck: string;
  readonly term: string;
  readonly type: CardType;
  /** `html`: of an imported notetype, as it came; it is sanitised where it is shown. */
  readonly format: 'text' | 'html';
  readonly front: string;
  readonly back: string;
  /** Which gap a cloze card asks for; the other gaps of its front are open. `null` for other cards. */
  readonly cloze: number | null;
  /** The note's. */
  readonly tags: readonly string[];
  readonly status: CardStatus;
  readonly suspended: boolean;
  /** 0 for none, 1 to 7 as Anki counts them. */
  readonly flag: number;
  /** The words of the source that it rests on, and where they stand. */
  readonly quote: string | null;
  readonly place: SourcePlace | null;
  readonly warnings: readonly QualityCode[];
  /** `null` for a new card. */
  readonly dueMs: number | null;
  readonly createdMs: number;
  readonly modifiedMs: number;
  /** `null` for a card that no run made. */
  readonly provenance: Provenance | null;
};

export type DeckSummary = { readonly name: string; readonly noteCount: number; readonly cardCount: number };
