/**
 * Decides when a span starts whether it is recorded at all: a trace begun here by the share of trace ids that is
 * wanted, every other span as its parent, and no more spans of a name than its limit allows.
 */
import { trace, TraceFlags } from '@opentelemetry/api';
import type { Context } from '@opentelemetry/api';
import { SamplingDecision } from '@opentelemetry/sdk-trace-base';
import type { Sampler, SamplingResult } from '@opentelemetry/sdk-trace-base';
import type { Sampling } from '../../../shared/telemetrySettings.ts';
import { ratioBound, traceWord } from './traceRatio.ts';

export type HeadSampler = Sampler & {
  /** The same for who knows the parent: one of this trace that is recorded, or none. */
  records(traceId: string, name: string, isChild: boolean): boolean;
  /** Holds for spans that start from now on. */
  configure(sampling: HeadSampling): void;
  /**
   * The same for a span of elsewhere, which is known by name before it is handed in: the answer for one id stays.
   * @param undecided - the share of traces is to be asked as well: nobody did where its trace began
   */
  admits(span: ForeignSpan, undecided: boolean): boolean;
  /** Spans that were not recorded, those beneath a dropped one included. */
  dropped(): number;
};
export type ForeignSpan = {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId: string | null;
  readonly name: string;
};
export type HeadSampling = Pick<Sampling, 'ratio' | 'perSecond'>;

/** Answers that are remembered: so many of the latest at least, and twice as many at most. */
const REMEMBERED = 2000;

/** A token bucket that holds what one second brings, and one span at least. */
type Limit = { perSecond: number; tokens: number; filledMs: number };

// Shared by all spans: the SDK only reads them.
const RECORD: SamplingResult = Object.freeze({ decision: SamplingDecision.RECORD_AND_SAMPLED });
const DROP: SamplingResult = Object.freeze({ decision: SamplingDecision.NOT_RECORD });

/** @param nowMs - monotonic; should it jump back all the same, limits go on from there */
export function createHeadSampler(
  sampling: HeadSampling,
  nowMs: () => number = () => performance.now(),
): HeadSampler {
  let ratio = 1;
  let bound = 2 ** 32;
  let limits = new Map<string, Limit>();
  let isOpen = true;
  let dropped = 0;

  const wants = (traceId: string): boolean => bound === 2 ** 32 || traceWord(traceId) < bound;

  /** By span id, in two generations. */
  let answers = new Map<string, boolean>();
  let olderAnswers = new Map<string, boolean>();
  const answerFor = (spanId: string) => answers.get(spanId) ?? olderAnswers.get(spanId);

  function answer(spanId: string, isAdmitted: boolean): boolean {
    answers.set(spanId, isAdmitted);
    if (answers.size >= REMEMBERED) {
      olderAnswers = answers;
      answers = new Map();
    }
    return isAdmitted;
  }

  function drop(): false {
    dropped += 1;
    return false;
  }

  /** Takes a token; `false` where there is none. */
  function take(limit: Limit): boolean {
    const now = nowMs();
    const passedMs = Math.max(0, now - limit.filledMs);
    limit.filledMs = now;
    limit.tokens = Math.min(room(limit.perSecond), limit.tokens + (passedMs * limit.perSecond) / 1000);
    if (limit.tokens < 1) return false;
    limit.tokens -= 1;
    return true;
  }

  function records(traceId: string, name: string, isChild: boolean): boolean {
    if (isOpen) return true;
    if (!isChild && !wants(traceId)) return drop();
    const limit = limits.get(name);
    return limit === undefined || take(limit) || drop();
  }

  function configure(next: HeadSampling): void {
    ratio = next.ratio;
    bound = ratioBound(ratio);
    const known = limits;
    limits = new Map();
    for (const [name, perSecond] of Object.entries(next.perSecond)) {
      const before = known.get(name);
      limits.set(name, {
        perSecond,
        // A limit that is only changed is not filled up by that.
        tokens: Math.min(room(perSecond), before?.tokens ?? Infinity),
        filledMs: before?.filledMs ?? nowMs(),
      });
    }
    isOpen = bound === 2 ** 32 && limits.size === 0;
  }
  configure(sampling);

  return {
    shouldSample(context: Context, traceId: string, name: string): SamplingResult {
      const parent = trace.getSpanContext(context);
      // The tracer gives a span another trace than its parent's where the parent is not a valid one.
      const isChild = parent !== undefined && parent.traceId === traceId;
      const isUnwanted = isChild && (parent.traceFlags & TraceFlags.SAMPLED) === 0;
      return (isUnwanted ? drop() : records(traceId, name, isChild)) ? RECORD : DROP;
    },
    records,
    configure,
    admits({ traceId, spanId, parentSpanId, name }, undecided) {
      if (undecided && !wants(traceId)) return false;
      // Without limits, now or when it was first heard of, there is nothing to look up.
      if (limits.size === 0 && answers.size === 0 && olderAnswers.size === 0) return true;
      const known = answerFor(spanId);
      if (known !== undefined) return known;
      if (parentSpanId !== null && answerFor(parentSpanId) === false) return answer(spanId, false);
      const limit = limits.get(name);
      return limit === undefined ? true : answer(spanId, take(limit));
    },
    dropped: () => dropped,
    toString: () => `HeadSampler{ratio=${ratio}, limits=${limits.size}}`,
  };
}

function room(perSecond: number): number {
  return perSecond <= 0 ? 0 : Math.max(1, perSecond);
}
