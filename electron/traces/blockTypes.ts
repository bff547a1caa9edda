/**
 * How the trace store sees its spans: blocks of columns. A block holds spans of one or many traces, trace by
 * trace and by start (all blocks, compacted or not); a trace may lie in several blocks. A column is read from the file
 * when it is first asked for; so a question over a million spans reads the few columns that it is about.
 */
import type { Origin, SpanEvent, SpanLink, TraceSummary } from '../../shared/span.ts';
import type { TraceOrder, UsageOrder } from '../../shared/traceQuery.ts';

/** Orders by what the summaries of traces say. */
export type SummaryOrder = Exclude<TraceOrder, UsageOrder>;

/** Row of the parent in `SpanBlock.parent`: there is none, or it is not in this block. */
export const NO_PARENT = -1;
export const PARENT_ELSEWHERE = -2;

export interface SpanBlock {
  readonly id: number;
  readonly count: number;
  /** Epoch microseconds of the earliest and the latest start. */
  readonly firstUs: number;
  readonly lastUs: number;
  /** 1 where a row no longer counts (replaced by a later state, or its trace was pruned); `null` where all do. */
  readonly dead: Uint8Array | null;
  /** Numbers of traces: rows of the table `trace`. Ascending: the rows of a trace lie together. */
  readonly trace: Uint32Array;
  /** Epoch microseconds. */
  readonly startUs: Float64Array;
  /** Microseconds; NaN while open. May be negative, as it came. */
  readonly durationUs: Float64Array;
  /** Into the text table. */
  readonly name: Uint32Array;
  /** Into the origins (`Strings.origin`). */
  readonly origin: Uint32Array;
  /** Kind in bits 0-2, status in bits 3-4 (as in SPAN_KINDS, SPAN_STATUSES). */
  readonly flags: Uint8Array;
  /** Two words a span, high then low. */
  readonly spanId: Uint32Array;
  /** Zeros for none. */
  readonly parentId: Uint32Array;
  /** Row of the parent in this block, or NO_PARENT, or PARENT_ELSEWHERE. Never a row that makes a cycle. */
  readonly parent: Int32Array;
  /**
   * Rows that name a parent and have none in `parent` (it is elsewhere, or was cut out of a cycle), with its id: what
   * is needed of `parentId` by who looks for parents, at a part of its cost.
   */
  readonly namedParents: NamedParents;
  /** What these rows (ascending) have in columns that few questions need whole: cheap for few of them. */
  spansAt(rows: Uint32Array): SpanFacts;
  /** Attribute keys (numbers of the text table) that any row has. */
  readonly keys: Uint32Array;
  /** `null` where no row has the key. */
  attribute(key: number): AttributeColumn | null;
  /** The same for these rows alone (ascending): cheap for few of them. */
  attributeOf(key: number, rows: Uint32Array): AttributeColumn | null;
  /** The different texts of an attribute; none where it has none. */
  textsOf(key: number): readonly string[];
  /** What its model calls used, as it was summed up when it was written; `null` where it was not, or a row has died since. */
  readonly usageSums: UsageSums | null;
  /** For results that hang on this block alone, and may be forgotten at any time. */
  readonly memo: BlockMemo;
  /** Rows that have a status message, events, links, a trace state or dropped counts: ascending. */
  readonly extraRows: Uint32Array;
  /** `null` for a row that has none. */
  extra(row: number): SpanExtra | null;
}

/** One entry (of ids two words) a row that was asked for, as in `SpanBlock`. */
export type SpanFacts = Pick<SpanBlock, 'trace' | 'name' | 'origin' | 'flags' | 'spanId' | 'parentId'> & {
  readonly rows: Uint32Array;
};

/** What model calls of a trace used, as far as one block tells. */
export type UsageSum = {
  readonly trace: number;
  /** Models as they were asked for and as they answered, by whose price the tokens are paid; `null` where none is to be looked up. */
  readonly asked: string | null;
  readonly answered: string | null;
  /** Those that our own cache did not answer. */
  readonly calls: number;
  readonly uncachedInput: number;
  readonly cacheRead: number;
  readonly cacheWrite: number;
  readonly output: number;
  /** US dollars that the spans state; `null` where they state none. */
  readonly cost: number | null;
};
export type UsageSums = {
  /** By trace and model, traces ascending. */
  readonly sums: readonly UsageSum[];
  /**
   * Traces of which it takes more than the block's sums to tell: a call stands within another one, or under a span of
   * another block.
   */
  readonly open: readonly number[];
};

export type NamedParents = {
  /** Ascending. */
  readonly rows: Uint32Array;
  /** Two words for each of them, high then low. */
  readonly ids: Uint32Array;
};

export interface BlockMemo {
  get<T>(key: string): T | undefined;
  /** @param bytes - about so much memory: what is too much altogether is not kept */
  set(key: string, value: unknown, bytes: number): void;
}

export type SpanExtra = {
  readonly statusMessage: string | null;
  readonly events: readonly SpanEvent[];
  readonly links: readonly SpanLink[];
  readonly traceState: string | null;
  readonly dropped: { readonly attributes: number; readonly events: number; readonly links: number } | null;
};

/** What a value is in `AttributeColumn.type`. */
export const VALUE = { string: 0, int: 1, float: 2, false: 3, true: 4, list: 5 } as const;

/** One attribute of a block, sparse: the rows that have it, and one entry of `type` and of `value` for each of them. */
export interface AttributeColumn {
  /** Ascending. */
  readonly rows: Uint32Array;
  readonly type: Uint8Array;
  /** Of numbers the number, of booleans 0 or 1, of strings and lists their place in `texts`. */
  readonly value: Float64Array;
  /** Different strings of this column; a list as JSON. */
  readonly texts: readonly string[];
}

/** Names and origins by number, the same for all blocks. */
export interface Strings {
  text(id: number): string;
  /** The number of a name or key; `null` where no span has it. */
  find(text: string): number | null;
  origin(id: number): { readonly service: string; readonly version: string | null };
  /** The numbers of all origins are below this. */
  readonly originCount: number;
  /** All that is known of an origin, for questions about its resource and scope; `null`: this program itself. */
  originRecord?(id: number): Origin | null;
}

/** What the questions are asked of. */
export interface SpanReader {
  readonly strings: Strings;
  /** Blocks that may hold starts within the time, newest first. Epoch microseconds, both ends included. */
  blocks(fromUs: number, toUs: number): Iterable<SpanBlock>;
  /** Blocks that hold spans of a trace, oldest first. */
  blocksOf(trace: number): readonly SpanBlock[];
  /** A trace's number; `null` where it is not there. */
  traceNumber(traceId: string): number | null;
  traceId(trace: number): string;
  /** Summary of a trace as the lists show it. */
  summary(trace: number): TraceSummary;
  /** The same of many, in one read. */
  summaries?(traces: readonly number[]): readonly TraceSummary[];
  /** Spans of blocks that cannot be read, of those that may begin within the time. */
  damagedWithin?(fromUs: number, toUs: number): number;
  readonly prunedBeforeMs: number | null;
  /** Numbers of traces that begin within the time (epoch microseconds), in that order: for lists that ask nothing of spans. */
  traces(order: SummaryOrder, fromUs: number, toUs: number, limit: number): readonly number[];
  /** How many traces begin within the time. */
  traceCount(fromUs: number, toUs: number): number;
}
