/**
 * What the pipeline needs from the rest of the program. Everything here is data and promises: no electron,
 * no SQL, no OpenTelemetry. compose.ts hands in the real parts, wrapped for telemetry.
 */
import type { Analysis, Card, CardDraft, SourceItem, Stage, StageIdentity } from '../../shared/card.ts';
import type { RunSettings, RunState, TierStats, TokenUsage } from '../../shared/run.ts';

/** An answer of a stage and what it cost. */
export type Generated<T> = {
  readonly value: T;
  /** What the server billed; `NO_TOKENS` where nothing was called. */
  readonly usage: TokenUsage;
  /** What a hosted model would take, counted by a tokenizer; `null` where `usage` is real. */
  readonly estimate: { readonly input: number; readonly output: number } | null;
};

export type AnalyseInput = {
  readonly item: SourceItem;
  /** BCP 47; `auto` is resolved before this point. */
  readonly termLanguage: string;
  readonly meaningLanguage: string;
};
export type WriteInput = AnalyseInput & { readonly analysis: Analysis };

/**
 * Turns terms into analyses and analyses into cards.
 * Throws `TracedeckError`: category `user` means that nothing can be made of this row as it stands (the row
 * is skipped with that reason), every other category fails the row, which can then be retried.
 */
export interface Generator {
  identity(stage: Stage): StageIdentity;
  analyse(input: AnalyseInput, signal: AbortSignal): Promise<Generated<Analysis>>;
  write(input: WriteInput, signal: AbortSignal): Promise<Generated<readonly CardDraft[]>>;
}

export type CacheRequest = {
  readonly stage: Stage;
  readonly identity: StageIdentity;
  /** Canonical, NFC text of everything else that decides the answer: item, analysis, languages. */
  readonly input: string;
};

export type CacheAnswer<T> = {
  readonly generated: Generated<T>;
  /** Which tier answered; `null` where the answer was made just now. */
  readonly tier: 'memory' | 'disk' | null;
  /** Somebody else was making the same answer and this caller waited for it. */
  readonly shared: boolean;
};

export type CacheStats = Readonly<
  Record<
    'memory' | 'disk',
    TierStats & {
      readonly stale: number;
      readonly evictions: number;
      readonly entries: number;
      readonly bytes: number;
    }
  >
>;

export interface StageCache {
  /** Looks the answer up and makes it where no tier has it; concurrent callers of one key share one `make`. */
  through<T>(
    request: CacheRequest,
    parse: (value: unknown) => T,
    make: () => Promise<Generated<T>>,
  ): Promise<CacheAnswer<T>>;
  /** Looks only: `null` where no tier has it. */
  peek<T>(request: CacheRequest, parse: (value: unknown) => T): Promise<CacheAnswer<T> | null>;
  stats(): CacheStats;
}

export type QueuedItem = {
  readonly itemId: number;
  readonly item: SourceItem;
  /** The note's identity within its deck: NFC term and, where given, meaning. */
  readonly noteKey: string;
  readonly attempt: number;
};

export type StageResult = StageIdentity & {
  readonly stage: Stage;
  readonly cached: boolean;
  readonly usage: TokenUsage;
};

export type ItemOutcome =
  | {
      readonly state: 'done';
      readonly analysis: Analysis;
      readonly cards: readonly CardDraft[];
      readonly stages: readonly StageResult[];
    }
  | { readonly state: 'skipped' | 'failed'; readonly code: string; readonly message: string }
  | { readonly state: 'duplicate' };

export type SavedItem = {
  /** A finished item whose note turned out to exist is a `duplicate`. */
  readonly state: 'done' | 'duplicate' | 'skipped' | 'failed';
  readonly cards: readonly Card[];
};

/** The durable work queue and the deck behind it; every method is one transaction. */
export interface RunQueue {
  /** Marks up to `count` pending items as claimed and hands them out, in row order. */
  claim(runId: string, count: number): Promise<readonly QueuedItem[]>;
  /** Whether the run's deck has this note already. */
  hasNote(runId: string, noteKey: string): Promise<boolean>;
  /** Writes note, cards, stage results and the item's state in one transaction: all or nothing. */
  settle(runId: string, queued: QueuedItem, outcome: ItemOutcome): Promise<SavedItem>;
  /** Gives claimed items back, untouched. */
  release(runId: string, itemIds: readonly number[]): Promise<void>;
  setState(runId: string, state: RunState, activeMs: number): Promise<void>;
}

/** Facts of one finished item; telemetry and progress are made of them. */
export type ItemFacts = {
  readonly queued: QueuedItem;
  readonly saved: SavedItem;
  readonly stages: readonly StageFacts[];
  readonly error: { readonly code: string; readonly message: string } | null;
  readonly durationMs: number;
};
export type StageFacts = {
  readonly stage: Stage;
  readonly model: string;
  readonly tier: 'memory' | 'disk' | null;
  readonly shared: boolean;
  readonly generated: Pick<Generated<unknown>, 'usage' | 'estimate'> | null;
};

export type RunPlan = {
  readonly runId: string;
  readonly settings: RunSettings;
  readonly sourceName: string;
};
