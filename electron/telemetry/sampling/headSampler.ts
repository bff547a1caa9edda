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
  /** Holds for spans that start from now on. */
  configure(sampling: HeadSampling): void;
  /** Whether a trace of this id is in the share that is recorded. */
  wants(traceId: string): boolean;
  /** Spans that were not recorded, those beneath a dropped one included. */
  dropped(): number;
};
export type HeadSampling = Pick<Sampling, 'ratio' | 'perSecond'>;

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

  function drop(): SamplingResult {
    dropped += 1;
    return DROP;
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
      if (isChild && (parent.traceFlags & TraceFlags.SAMPLED) === 0) return drop();
      if (isOpen) return RECORD;
      if (!isChild && !wants(traceId)) return drop();
      const limit = limits.get(name);
      return limit === undefined || take(limit) ? RECORD : drop();
    },
    configure,
    wants,
    dropped: () => dropped,
    toString: () => `HeadSampler{ratio=${ratio}, limits=${limits.size}}`,
  };
}

function room(perSecond: number): number {
  return perSecond <= 0 ? 0 : Math.max(1, perSecond);
}
