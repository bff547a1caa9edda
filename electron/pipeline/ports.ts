/**
 * What the pipeline needs from the rest of the program. Everything here is data and promises: no electron,
 * no SQL, no OpenTelemetry. compose/ hands in the real parts, wrapped for telemetry.
 */
import type {
  Analysis,
  Card,
  CardDraft,
  CardType,
  ItemKind,
  SourceItem,
  Stage,
  StageIdentity,
} from '../../shared/card.ts';
import type {
  LeftRow,
  RowError,
  RunProblem,
  RunSettings,
  RunState,
  StageStats,
  TierStats,
  TokenUsage,
} from '../../shared/run.ts';

/** An answer of a stage and what it cost. */
export type Generated<T> = {
  readonly value: T;
  /** What the server billed; `NO_TOKENS` where nothing was called. */
  readonly usage: TokenUsage;
  /** What a hosted model would take, counted by a tokenizer; `null` where `usage` is real. */
  readonly estimate: { readonly input: number; readonly output: number } | null;
  /** What a model was asked and what it said, for the deck's own record; not given where none was asked. */
  readonly exchange?: StageExchange;
};
/** The deck keeps it beside the card; telemetry never sees it. */
export type StageExchange = { readonly prompt: string; readonly answer: string };

/** What a stage may look at: where a row stood and its unmapped columns must not change an answer. */
export type TermFacts = Pick<SourceItem, 'term' | 'kind' | 'fields' | 'passage'>;

export type AnalyseInput = {
  readonly item: TermFacts;
  /** BCP 47; `auto` is resolved before this point. */
  readonly termLanguage: string;
  readonly meaningLanguage: string;
};
export type WriteInput = AnalyseInput & {
  readonly analysis: Analysis;
  /** Only these kinds of cards; `null` for all that the item gives. */
  readonly cardTypes: readonly CardType[] | null;
};

/**
 * Turns terms into analyses and analyses into cards.
 * Throws `TracedeckError`: category `user` means that nothing can be made of this row as it stands (the row
 * is skipped with that reason), every other category fails the row, which can then be retried.
 */
export interface Generator {
  /**
   * How many rows at once are worth it; `null` where more are always better. One that computes on this thread
   * gains nothing from many: they only keep the event loop from turning.
   */
  readonly rowsAtOnce: number | null;
  /** @param kind what the item is, where that decides the prompt; a term where not given */
  identity(stage: Stage, kind?: ItemKind): StageIdentity;
  /** The whole prompt of a stage, as a model is asked; not there for a generator that asks none. */
  promptOf?(input: AnalyseInput | WriteInput): string;
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

/** What is known of an answer without taking it: a tenth of the cost of taking it. */
export type CacheGlance = {
  readonly tier: 'memory' | 'disk';
  readonly usage: TokenUsage;
  /** The answer's value as JSON, as it was stored. */
  readonly text: string;
};

/** What a lookup found out that ended without an answer. */
export type CacheMiss = {
  /** The tier that has one which is too old or no longer valid; `null` where none has. */
  readonly stale: 'memory' | 'disk' | null;
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
    make: (missed?: CacheMiss) => Promise<Generated<T>>,
  ): Promise<CacheAnswer<T>>;
  /** Looks only, and counts as a lookup; `null` where no tier has the answer. */
  peek(request: CacheRequest): Promise<CacheGlance | null>;
  stats(): CacheStats;
}

export type QueuedItem = {
  readonly itemId: number;
  readonly item: SourceItem;
  /** The note's identity within its deck: NFC term and, where given, meaning. */
  readonly noteKey: string;
  /** The deck's note with this key; such a row never costs a model call. `null` where there is none yet. */
  readonly noteId: number | null;
  /** 1 for the first. */
  readonly attempt: number;
};

export type StageResult = StageIdentity & {
  readonly stage: Stage;
  readonly cached: boolean;
  readonly usage: TokenUsage;
  readonly exchange?: StageExchange;
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

export type SettledItem = { readonly queued: QueuedItem; readonly outcome: ItemOutcome };

export type SavedItem = {
  /** A finished item whose note turned out to exist is a `duplicate`. */
  readonly state: 'done' | 'duplicate' | 'skipped' | 'failed';
  readonly cards: readonly Card[];
};

/** The durable work queue and the deck behind it; every method is one transaction. */
export interface RunQueue {
  /**
   * The next pending rows after `afterItemId` (0 for the first), in list order. They stay pending on disk until
   * they are settled; only the run's owner may claim.
   */
  claim(runId: string, afterItemId: number, count: number): Promise<readonly QueuedItem[]>;
  /**
   * Writes notes, cards, stage results, the items' states and the run's statistics so far: all or nothing.
   * Answers in the order of `items`.
   */
  settle(
    runId: string,
    items: readonly SettledItem[],
    stages: readonly StageStats[],
  ): Promise<readonly SavedItem[]>;
}

/** A row of a list on its way into the queue: an item with its note key, or the reason why there is none. */
export type NewRow = { readonly item: SourceItem; readonly noteKey: string } | RowError;

export type StoredRun = {
  readonly runId: string;
  readonly settings: RunSettings;
  readonly sourceName: string;
  readonly state: RunState;
  /** Trace of the latest session; empty before the first. */
  readonly traceId: string;
  readonly stages: readonly StageStats[];
  readonly problem: RunProblem | null;
  readonly startedMs: number;
  readonly activeMs: number;
  readonly terms: number;
  readonly done: number;
  readonly duplicates: number;
  readonly skipped: number;
  readonly failed: number;
  readonly cards: number;
};

/** The durable record of runs. */
export interface RunLedger {
  /**
   * Writes a run and all its rows; the run exists for others only when the last row is in.
   * @param rows batches in list order; what it throws undoes the run and comes through
   * @throws TracedeckError `no_rows` for an empty list
   */
  create(
    settings: RunSettings,
    sourceName: string,
    rows: AsyncIterable<readonly NewRow[]> | Iterable<readonly NewRow[]>,
  ): Promise<string>;
  /**
   * Makes this process the run's owner.
   * @throws TracedeckError `run_unknown`; `run_busy` where a living process works on it
   */
  take(runId: string, traceId: string, options?: { readonly retryFailed?: boolean }): StoredRun;
  /** `false`, and nothing written, where another process owns the run. */
  setState(runId: string, state: RunState, activeMs: number, problem?: RunProblem | null): boolean;
  /** From the next session on. Throws `run_unknown`. */
  setBudget(runId: string, budget: NonNullable<RunSettings['budget']>): void;
  /** A sign of life, see `take`; `false` where another process owns the run by now. */
  heartbeat(runId: string, activeMs: number): boolean;
  get(runId: string): StoredRun;
  /** Newest first. */
  list(limit: number): readonly StoredRun[];
  /** Failed and skipped rows in list order, the first so many of them. */
  errors(runId: string, limit?: number): readonly LeftRow[];
}

/** Facts of one finished stage; telemetry and progress are made of them. */
export type StageFacts = {
  readonly stage: Stage;
  readonly identity: StageIdentity;
  /** Which tier answered; `null` where the answer was made (or, for a known note, not even that). */
  readonly tier: 'memory' | 'disk' | null;
  readonly shared: boolean;
  /** `null` where no answer was made. */
  readonly generated: Pick<Generated<unknown>, 'usage' | 'estimate'> | null;
};

export type ItemResult = { readonly outcome: ItemOutcome; readonly stages: readonly StageFacts[] };

export type RunFacts = {
  readonly state: RunState;
  readonly terms: number;
  readonly done: number;
  readonly duplicates: number;
  readonly skipped: number;
  readonly failed: number;
  readonly cards: number;
};

export type RunPlan = {
  readonly runId: string;
  readonly settings: RunSettings;
  readonly sourceName: string;
  readonly terms: number;
  /** The trace of the session before, for a run that is taken up again. */
  readonly previousTraceId: string | null;
};

/** The seams at which telemetry looks on. Whatever `work` returns or throws comes through unchanged. */
export interface RunObserver {
  /** Around one session of a run; hands in the trace id under which all of it is recorded. */
  run(plan: RunPlan, work: (traceId: string) => Promise<RunFacts>): Promise<RunFacts>;
  item(queued: QueuedItem, work: () => Promise<ItemResult>): Promise<ItemResult>;
  stage<T extends StageFacts>(stage: Stage, work: () => Promise<T>): Promise<T>;
}
