/** A run: one list turned into cards with one set of settings. */
import { z } from 'zod';
import { CARD_TYPES } from './card.ts';
import type { SourceField, Stage } from './card.ts';
import type { DocumentPreview, SourceFormat } from './source.ts';

export const GENERATORS = ['offline', 'openai', 'anthropic', 'local'] as const;
export type GeneratorId = (typeof GENERATORS)[number];

const RUN_STATES = ['running', 'paused', 'cancelled', 'interrupted', 'done'] as const;
/** `interrupted`: the process ended without saying so; the run can be resumed. */
export type RunState = (typeof RUN_STATES)[number];

/** Id of a prompt template. */
const promptRef = z.string().max(64);

export const runSettingsSchema = z.object({
  deck: z
    .string()
    .trim()
    .min(1)
    .max(200)
    .transform((name) => name.normalize('NFC')),
  generator: z.enum(GENERATORS),
  /** BCP 47 tag of the terms, or `auto`: the list's own, by script. */
  termLanguage: z.string().min(2).max(35),
  /** BCP 47 tag of the language the learner reads. */
  meaningLanguage: z.string().min(2).max(35),
  concurrency: z.int().min(1).max(256),
  /** Only the first so many rows; `null` for all. */
  limit: z.int().min(1).nullable(),
  /** The server and models a run began with: it is resumed with the same, whatever the settings say by then. */
  modelServer: z
    .object({
      baseUrl: z.string().max(2000),
      models: z.object({ analyse: z.string().max(200), write: z.string().max(200) }),
    })
    .optional(),
  /** Cards wait for the user's word before they are part of the deck. */
  review: z.boolean().optional(),
  /** Only these kinds of cards; all where it is not given. */
  cardTypes: z.array(z.enum(CARD_TYPES)).min(1).optional(),
  /** Templates by stage; the built-in ones where it is not given. */
  prompts: z.object({ analyse: promptRef.optional(), write: promptRef.optional() }).optional(),
  /** The run stops before it would spend more. */
  budget: z
    .object({ dollars: z.number().min(0).max(1e6).nullable(), tokens: z.int().min(0).nullable() })
    .optional(),
  /** Of a note that the deck has: nothing, or the cards that it lacks; what is there is never changed. */
  known: z.enum(['skip', 'fill']).optional(),
});
export type RunSettings = z.infer<typeof runSettingsSchema>;

export const ITEM_STATES = ['pending', 'done', 'duplicate', 'skipped', 'failed'] as const;
/**
 * `skipped`: nothing could be made of the row and the reason is stated (no retry helps without new input).
 * `failed`: an attempt went wrong; the row can be retried. `duplicate`: the note is there already.
 */
export type ItemState = (typeof ITEM_STATES)[number];

/** Tokens of model calls; each token is counted in exactly one of the kinds. */
export type TokenUsage = {
  /** Input that was neither read from nor written to the server's prompt cache. */
  readonly input: number;
  readonly cacheRead: number;
  readonly cacheWrite: number;
  /** Output without reasoning. */
  readonly output: number;
  readonly reasoning: number;
};

export const NO_TOKENS: TokenUsage = { input: 0, cacheRead: 0, cacheWrite: 0, output: 0, reasoning: 0 };

/** Sums two usages kind by kind. */
export function addTokens(a: TokenUsage, b: TokenUsage): TokenUsage {
  return {
    input: a.input + b.input,
    cacheRead: a.cacheRead + b.cacheRead,
    cacheWrite: a.cacheWrite + b.cacheWrite,
    output: a.output + b.output,
    reasoning: a.reasoning + b.reasoning,
  };
}

/** All tokens of a usage; every one is in exactly one kind, so this is the bill's total. */
export function totalTokens(usage: TokenUsage): number {
  return usage.input + usage.cacheRead + usage.cacheWrite + usage.output + usage.reasoning;
}

export type TierStats = { readonly hits: number; readonly misses: number };

export type StageStats = {
  readonly stage: Stage;
  readonly model: string;
  readonly calls: number;
  readonly memory: TierStats;
  readonly disk: TierStats;
  readonly tokens: TokenUsage;
  /** Tokens that a cached answer cost when it was first made: what this run did not pay again. */
  readonly saved: number;
  /** What the stage would take with a hosted model, counted by a tokenizer; 0 where real usage exists. */
  readonly estimate: { readonly input: number; readonly output: number };
};

export type RowError = { readonly row: number; readonly code: string; readonly message: string };
/** A row that a run made no cards of; `null`: it has no term. */
export type LeftRow = RowError & { readonly term: string | null };

/** Why a run stopped by itself, and what to do about it. */
export type RunProblem = { readonly code: string; readonly message: string; readonly hint: string | null };

export type RunProgress = {
  readonly runId: string;
  readonly traceId: string;
  readonly state: RunState;
  readonly deck: string;
  readonly generator: GeneratorId;
  readonly sourceName: string;
  readonly startedMs: number;
  /** Time spent running, pauses and time between sessions left out. */
  readonly activeMs: number;
  readonly terms: number;
  readonly done: number;
  readonly duplicates: number;
  readonly skipped: number;
  readonly failed: number;
  readonly notes: number;
  readonly cards: number;
  readonly cardsPerMinute: number;
  /** `null` while nothing can be said yet. */
  readonly etaMs: number | null;
  readonly stages: readonly StageStats[];
  /** `null` unless the run stopped by itself. */
  readonly problem: RunProblem | null;
};

/** What one tier of the cache did since the program started, and what it holds now. */
export type CacheTierReport = {
  readonly hits: number;
  /** `stale` ones included. */
  readonly misses: number;
  /** Answers that were there, but too old or no longer valid. */
  readonly stale: number;
  readonly evictions: number;
  readonly entries: number;
  readonly bytes: number;
  readonly savedTokens: number;
};
type CacheTiersReport = { readonly memory: CacheTierReport; readonly disk: CacheTierReport };
export type CacheReport = CacheTiersReport & {
  readonly byStage: Readonly<Record<Stage, CacheTiersReport>>;
  /** Why answers are kept in memory alone; `null` while the file is well. */
  readonly degraded: string | null;
};

/** The tokenizer that estimates are counted with; exact for the models that use it, 'about' for all others. */
export const ESTIMATE_ENCODING = 'o200k_base';

/** The one object `cli generate --json` prints. Documented in docs/cli.md. */
export type RunReport = {
  readonly runId: string;
  readonly traceId: string;
  readonly state: RunState;
  readonly terms: number;
  readonly cards: number;
  readonly notes: number;
  readonly failed: number;
  readonly skipped: number;
  readonly duplicates: number;
  readonly durationMs: number;
  readonly cache: { readonly memory: TierStats; readonly disk: TierStats };
  /** Lookups answered by either tier, 0..1; `null` where no lookup was made. */
  readonly hitRate: number | null;
  readonly tokens: { readonly input: number; readonly output: number; readonly saved: number };
  /** What the run would take with a hosted model; only where no model was called. */
  readonly estimate: { readonly input: number; readonly output: number; readonly encoding: string } | null;
  /** Why the run stopped before its end by itself; its rows wait for `runs resume`. */
  readonly problem: RunProblem | null;
  /** Failed and skipped rows, in row order. */
  readonly errors: readonly LeftRow[];
};

/** What a look at a list says before anything runs. */
export type ListPreview = {
  readonly sourceName: string;
  readonly format: SourceFormat;
  readonly hasHeader: boolean;
  readonly encoding: string;
  readonly columns: readonly {
    readonly header: string;
    readonly field: SourceField | 'term' | 'position' | 'kind' | null;
  }[];
  readonly rows: number;
  /** `true` where `rows` stopped at a limit and the file goes on. */
  readonly truncated: boolean;
  readonly sample: readonly { readonly row: number; readonly cells: readonly string[] }[];
  /** Rows that will be left out, with the reason. */
  readonly problems: readonly RowError[];
  /** Rows that are used but look odd: too few or too many cells. The first hundred. */
  readonly warnings?: readonly RowError[];
  /** Guess of the terms' language by script: a BCP 47 tag. */
  readonly termLanguage: string;
  /** Of a document; a row is a passage of it. */
  readonly document?: DocumentPreview;
};

/** A hosted model for the estimate: prices are the user's to edit. */
export type ModelPrice = {
  readonly model: string;
  /** US dollars per million tokens. */
  readonly inputPerMillion: number;
  readonly outputPerMillion: number;
  /** Whether our tokenizer is the model's own; elsewhere the count is 'about'. */
  readonly exactTokenizer: boolean;
  /** Of the input price: what input costs that comes out of the server's prompt cache, and what goes into it. 1 where not given. */
  readonly cacheReadFactor?: number | undefined;
  readonly cacheWriteFactor?: number | undefined;
  /** The server keeps no prompt of fewer tokens. */
  readonly cacheMinTokens?: number | undefined;
};
