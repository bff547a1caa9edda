/**
 * Decides per trace, once, whether its spans are stored and sent: when it is over, or before that as soon as it
 * is certain to be kept.
 *
 *   started ──> undecided ──┬─ error, wanted attribute ─────────────────> keep, at once
 *                           ├─ slow by now when its root ends ──────────> keep, at once
 *                           ├─ too large, too old, too many traces ─────> keep, at once
 *                           └─ root ended, no span open ───┬─ slow ─────> keep
 *                                                          ├─ first of its name > keep
 *                                                          ├─ by its id > keep
 *                                                          └────────────> drop
 *
 * The decision is remembered for what comes late. Neither readers nor their pace play a part in it.
 */
import type { Attributes } from '../../../shared/span.ts';
import type { TailSampling } from '../../../shared/telemetrySettings.ts';
import { createDecisionMemory } from './decisionMemory.ts';
import { hasWantedAttribute, KEEP_REASONS } from './keepReasons.ts';
import type { KeepReason } from './keepReasons.ts';
import { openTrace } from './openTrace.ts';
import type { OpenTrace } from './openTrace.ts';
import { createSlowTraces } from './slowTraces.ts';
import type { TailDecision, TailDecisions } from './tailDecisions.ts';
import { mixWord, ratioBound, traceWord } from './traceRatio.ts';

export type EndedSpan = {
  readonly traceId: string;
  /** It has no parent at all. */
  readonly isRoot: boolean;
  readonly name: string;
  readonly durationMs: number;
  readonly isError: boolean;
  readonly attributes: Attributes;
};

export type TailCounts = {
  /** The sum of `byReason`. */
  readonly keptTraces: number;
  readonly droppedTraces: number;
  readonly undecidedTraces: number;
  readonly byReason: Readonly<Record<KeepReason, number>>;
};

export type TailSamplerOptions = {
  /** Monotonic; should it jump back all the same, waiting goes on from there. */
  readonly nowMs?: () => number;
  /** A listener threw. */
  readonly onFault?: (thrown: unknown) => void;
  /** Traces whose decision is remembered: so many of the latest at least, and twice as many at most. */
  readonly remembered?: number;
  /** Traces that may be undecided; beyond that the oldest are kept. */
  readonly maxUndecided?: number;
  /**
   * How long a trace without a local root stays undecided after its last open span ended, for the spans that a
   * window or another thread hands in later. 0: decided at once.
   */
  readonly graceMs?: number;
};

export type TailSampler = TailDecisions & {
  /**
   * A recorded span started. With `hasLocalParent` a trace that is not known counts as one that began before
   * the sampler did, or that it has forgotten: it is kept. Without, it counts as a new trace.
   */
  started(traceId: string, isRoot: boolean, hasLocalParent?: boolean): void;
  /** A recorded span ended. */
  ended(span: EndedSpan): void;
  /** An operation without a span of its own failed in this trace. */
  rowError(traceId: string): void;
  /** The same for one that did not fail: the attributes are those that all of its kind share, not its own numbers. */
  row(traceId: string, attributes: Attributes): void;
  /** At any time. With `null` all that is undecided is kept. */
  configure(tail: TailSampling | null): void;
  counts(): TailCounts;
  /** Gives up waiting where `waitMs` is over. Runs by itself too, from time to time. */
  tick(): void;
};

export function createTailSampler(tail: TailSampling | null, options: TailSamplerOptions = {}): TailSampler {
  const { remembered = 50_000, maxUndecided = 20_000, graceMs = 0 } = options;
  const readMs = options.nowMs ?? (() => performance.now());
  const listeners = new Set<(traceId: string, decision: TailDecision) => void>();
  const slowTraces = createSlowTraces();
  /** The oldest first. */
  const undecided = new Map<string, OpenTrace>();
  const decisions = createDecisionMemory(remembered);
  const byReason = Object.fromEntries(KEEP_REASONS.map((reason) => [reason, 0])) as Record<
    KeepReason,
    number
  >;

  let rules: TailSampling | null = null;
  let keepBound = 0;
  let keptTraces = 0;
  let droppedTraces = 0;
  /** Spans come in runs of the same trace. */
  let latest: OpenTrace | undefined;
  let timer: NodeJS.Timeout | null = null;
  let lastReadMs = -Infinity;
  let skewMs = 0;

  function now(): number {
    const read = readMs();
    if (read < lastReadMs) skewMs += lastReadMs - read;
    lastReadMs = read;
    return read + skewMs;
  }

  function traceOf(traceId: string): OpenTrace | undefined {
    if (latest !== undefined && latest.id === traceId) return latest;
    const found = undecided.get(traceId);
    if (found !== undefined) latest = found;
    return found;
  }

  function begin(traceId: string): OpenTrace {
    const begun = openTrace(traceId, now());
    undecided.set(traceId, begun);
    latest = begun;
    if (undecided.size > maxUndecided) makeRoom();
    wake();
    return begun;
  }

  /** Several at a time: the front of a Map is not found for nothing. */
  function makeRoom(): void {
    let wanted = Math.ceil(maxUndecided / 16);
    for (const traceId of undecided.keys()) {
      if (wanted === 0) return;
      wanted -= 1;
      settle(traceId, 'keep', 'room');
    }
  }

  function settle(traceId: string, decision: TailDecision, reason: KeepReason | null): void {
    if (latest?.id === traceId) latest = undefined;
    undecided.delete(traceId);
    decisions.remember(traceId, decision);
    if (reason === null) droppedTraces += 1;
    else {
      keptTraces += 1;
      byReason[reason] += 1;
    }
    for (const listener of listeners) {
      try {
        listener(traceId, decision);
      } catch (thrown) {
        options.onFault?.(thrown);
      }
    }
  }

  /** The slow and the first of a name are kept; the rest is left to their ids. `false`: left to its id. */
  function settleByDuration(traceId: string, name: string, durationMs: number, percentile: number): boolean {
    const verdict = slowTraces.judge(name, durationMs, percentile);
    slowTraces.record(name, durationMs, percentile);
    if (verdict === 'usual' || !undecided.has(traceId)) return false;
    settle(traceId, 'keep', verdict);
    return true;
  }

  function settleById(traceId: string): void {
    if (mixWord(traceWord(traceId)) < keepBound) settle(traceId, 'keep', 'ratio');
    else settle(traceId, 'drop', null);
  }

  function settleWhole({ id, name, durationMs }: OpenTrace): void {
    const slowerThan = rules?.slowerThan ?? null;
    if (slowerThan === null || !settleByDuration(id, name, durationMs, slowerThan)) settleById(id);
  }

  /** Once the trace has no open span. */
  function finish(ended: OpenTrace): void {
    if (ended.hasRoot && !ended.rootEnded) return;
    if (ended.rootEnded || graceMs === 0) settleWhole(ended);
    else ended.idleSinceMs = now();
  }

  /** Its root has ended and other spans have not: kept where it is slow by now, and else judged at its end. */
  function settleEarly({ id, name, durationMs }: OpenTrace, percentile: number): void {
    if (slowTraces.judge(name, durationMs, percentile) === 'slow')
      settleByDuration(id, name, durationMs, percentile);
  }

  function tick(): void {
    if (rules === null) return;
    const at = now();
    for (const waiting of undecided.values()) {
      if (at - waiting.startedMs >= rules.waitMs) settle(waiting.id, 'keep', 'wait');
      else if (graceMs === 0) break;
      else if (waiting.idleSinceMs !== null && at - waiting.idleSinceMs >= graceMs) settleWhole(waiting);
      // A listener may have switched it off.
      if (rules === null) return;
    }
  }

  function wake(): void {
    if (timer !== null || rules === null) return;
    timer = setTimeout(
      () => {
        timer = null;
        tick();
        if (undecided.size > 0) wake();
      },
      Math.min(1000, Math.max(25, Math.min(rules.waitMs, graceMs === 0 ? Infinity : graceMs) / 4)),
    );
    timer.unref();
  }

  function configure(next: TailSampling | null): void {
    rules = next;
    keepBound = next === null ? 0 : ratioBound(next.keepRatio);
    if (timer !== null) clearTimeout(timer);
    timer = null;
    if (next !== null) {
      if (undecided.size > 0) wake();
      return;
    }
    for (const traceId of undecided.keys()) settle(traceId, 'keep', 'off');
  }
  configure(tail);

  return {
    get active() {
      return rules !== null;
    },
    decisionOf(traceId) {
      return undecided.has(traceId) ? 'undecided' : (decisions.recall(traceId) ?? 'keep');
    },
    onDecided(listener) {
      const own: typeof listener = (traceId, decision) => listener(traceId, decision);
      listeners.add(own);
      return () => void listeners.delete(own);
    },
    started(traceId, isRoot, hasLocalParent = false) {
      if (rules === null) return;
      let found = traceOf(traceId);
      if (found === undefined) {
        if (decisions.recall(traceId, true) !== undefined || hasLocalParent) return;
        found = begin(traceId);
      }
      found.spans += 1;
      found.open += 1;
      found.idleSinceMs = null;
      if (isRoot) found.hasRoot = true;
      if (found.spans > rules.maxHeldSpans) settle(traceId, 'keep', 'size');
    },
    // Reads of the span no more than it needs: some of it may have to be made first.
    ended(span) {
      if (rules === null) return;
      const { traceId, isRoot } = span;
      const { errors, attributes, slowerThan } = rules;
      const found = traceOf(traceId);
      if (found !== undefined) {
        found.open -= 1;
        const { durationMs } = span;
        const isLongest = !(durationMs <= found.durationMs);
        if (isLongest) found.durationMs = durationMs;
        if (isRoot || (isLongest && !found.rootEnded)) found.name = span.name;
        if (isRoot) found.rootEnded = true;
        if (errors && span.isError) settle(traceId, 'keep', 'error');
        else if (attributes.length > 0 && hasWantedAttribute(span.attributes, attributes))
          settle(traceId, 'keep', 'attribute');
        else if (found.open < 0) settle(traceId, 'keep', 'underway');
      }
      const isUndecided = found !== undefined && undecided.get(traceId) === found;
      if (isUndecided && found.open === 0) finish(found);
      else if (!isRoot || slowerThan === null) return;
      else if (isUndecided) settleEarly(found, slowerThan);
      // Also where the trace is decided: the percentile is that of all traces.
      else slowTraces.record(span.name, found?.durationMs ?? span.durationMs, slowerThan);
    },
    rowError(traceId) {
      if (rules?.errors === true && traceOf(traceId) !== undefined) settle(traceId, 'keep', 'error');
    },
    row(traceId, attributes) {
      if (rules === null || !hasWantedAttribute(attributes, rules.attributes)) return;
      if (traceOf(traceId) !== undefined) settle(traceId, 'keep', 'attribute');
    },
    configure,
    counts: () => ({ keptTraces, droppedTraces, undecidedTraces: undecided.size, byReason: { ...byReason } }),
    tick,
  };
}
