/**
 * Siblings of the same name, folded: loops, retries, fans. Among them those that look like N+1: many short calls of
 * the same statement, one after the other below one span, where a single one for all would do. The marks are Sentry's
 * for its N+1 detector (docs.sentry.io, "N+1 Queries": sequential spans that do not overlap, of similar descriptions,
 * at least five of them, 50 ms together), and as there they are a hint and no proof.
 */
import { childrenOf, sortByKey } from './children.ts';
import type { TraceColumns } from './traceColumns.ts';

const MIN_SIBLINGS = 3;
const N_PLUS_ONE = {
  calls: 5,
  totalMs: 50,
  /** Longer ones are work, not chatter. */
  medianMs: 100,
  /** Of their time, how much may run side by side. */
  overlap: 0.1,
} as const;

export type SiblingGroup = {
  /** -1 for roots. */
  readonly parent: number;
  readonly name: number;
  /** In order of start. */
  readonly spans: Int32Array;
  /** Of their durations, in ms. */
  readonly totalMs: number;
  readonly minMs: number;
  readonly p50Ms: number;
  readonly p95Ms: number;
  readonly maxMs: number;
  /** From the first start to the last end. */
  readonly startMs: number;
  readonly endMs: number;
  readonly nPlusOne: NPlusOne | null;
};
export type NPlusOne = {
  /** What they all are: a statement, a method and address, a cache. */
  readonly statement: string;
  readonly calls: number;
  readonly totalMs: number;
  /** Of the parent's time, 0 to 1; of roots 0. */
  readonly shareOfParent: number;
};

export type SiblingOptions = {
  /** Number of each span's name (and service, where that matters). */
  readonly name: ArrayLike<number>;
  readonly minCount?: number;
  /** What a call to a database, a server or a cache says: the same text for the same call; `null` for no call. */
  readonly statementOf?: (span: number) => string | null;
};

/** Those with the most time first. Percentiles are nearest-rank, exact. */
export function repeatedSiblings(columns: TraceColumns, options: SiblingOptions): SiblingGroup[] {
  const { name, minCount = MIN_SIBLINGS } = options;
  const { count, parent, startMs } = columns;
  const { from, spans } = childrenOf(columns);
  const roots = Int32Array.from(parent.subarray(0, count).keys()).filter((span) => parent[span]! < 0);
  const groups: SiblingGroup[] = [];
  const byName = new Map<number, number[]>();
  const fold = (above: number, siblings: Int32Array): void => {
    if (siblings.length < minCount) return;
    sortByKey(siblings, 0, siblings.length, startMs);
    byName.clear();
    for (const span of siblings) {
      const of = byName.get(name[span]!);
      if (of === undefined) byName.set(name[span]!, [span]);
      else of.push(span);
    }
    for (const [of, same] of byName) {
      if (same.length >= minCount) groups.push(toGroup(columns, options, above, of, Int32Array.from(same)));
    }
  };
  fold(-1, roots);
  for (let span = 0; span < count; span += 1) fold(span, spans.subarray(from[span], from[span + 1]));
  return groups.sort((a, b) => b.totalMs - a.totalMs || a.spans[0]! - b.spans[0]!);
}

function toGroup(
  columns: TraceColumns,
  options: SiblingOptions,
  parent: number,
  name: number,
  spans: Int32Array,
): SiblingGroup {
  const { startMs, endMs } = columns;
  const durations = durationsOf(columns, spans);
  let end = -Infinity;
  for (const span of spans) end = Math.max(end, endMs[span]!);
  return {
    parent,
    name,
    spans,
    totalMs: durations.reduce((sum, ms) => sum + ms, 0),
    minMs: durations[0]!,
    p50Ms: nearestRank(durations, 0.5),
    p95Ms: nearestRank(durations, 0.95),
    maxMs: durations[durations.length - 1]!,
    startMs: startMs[spans[0]!]!,
    endMs: end,
    nPlusOne: nPlusOneOf(columns, options, parent, spans),
  };
}

/** The statement that most of their time goes to, if its calls bear the marks. */
function nPlusOneOf(
  columns: TraceColumns,
  { statementOf }: SiblingOptions,
  parent: number,
  spans: Int32Array,
): NPlusOne | null {
  if (statementOf === undefined || spans.length < N_PLUS_ONE.calls) return null;
  const byStatement = new Map<string, number[]>();
  for (const span of spans) {
    const statement = statementOf(span);
    if (statement === null) continue;
    const of = byStatement.get(statement);
    if (of === undefined) byStatement.set(statement, [span]);
    else of.push(span);
  }
  let best: NPlusOne | null = null;
  for (const [statement, same] of byStatement) {
    if (same.length < N_PLUS_ONE.calls) continue;
    const calls = Int32Array.from(same);
    const durations = durationsOf(columns, calls);
    const totalMs = durations.reduce((sum, ms) => sum + ms, 0);
    if (totalMs < N_PLUS_ONE.totalMs || totalMs <= (best?.totalMs ?? 0)) continue;
    if (nearestRank(durations, 0.5) > N_PLUS_ONE.medianMs) continue;
    if (totalMs - coveredMs(columns, calls) > N_PLUS_ONE.overlap * totalMs) continue;
    const parentMs = parent < 0 ? 0 : columns.endMs[parent]! - columns.startMs[parent]!;
    best = {
      statement,
      calls: calls.length,
      totalMs,
      shareOfParent: parentMs > 0 ? Math.min(1, totalMs / parentMs) : 0,
    };
  }
  return best;
}

/** Ascending. */
function durationsOf({ startMs, endMs }: TraceColumns, spans: Int32Array): Float64Array {
  return Float64Array.from(spans, (span) => endMs[span]! - startMs[span]!).sort();
}

function nearestRank(ascending: Float64Array, p: number): number {
  return ascending[Math.max(0, Math.ceil(p * ascending.length) - 1)]!;
}

/** Time in which any of them ran. @param spans - in order of start */
function coveredMs({ startMs, endMs }: TraceColumns, spans: Int32Array): number {
  let covered = 0;
  let until = -Infinity;
  for (const span of spans) {
    const from = Math.max(until, startMs[span]!);
    if (endMs[span]! > from) covered += endMs[span]! - from;
    until = Math.max(until, endMs[span]!);
  }
  return covered;
}
