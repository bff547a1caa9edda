/** Operations in the mode `full`. */
import { ATTR } from '../../../shared/span.ts';
import type { Attributes } from '../../../shared/span.ts';
import { toErrorFacts } from '../tracing/spanRecord.ts';
import type { OperationCounts } from './operationCounts.ts';
import type { OperationSpec, OperationTools } from './operationSpec.ts';
import { watchOutcome } from './outcome.ts';
import { readClock } from './readClock.ts';

/** An expected error is stated without calling the span failed. */
export type ErrorFacts = { readonly type: string; readonly expected: boolean };

/** The span of an operation that is over. @param first - the first fact, NaN for none */
export function recordSpan(
  { name, kind, facts, attributes: common }: OperationSpec,
  tools: OperationTools,
  startedMs: number,
  error: ErrorFacts | null,
  first: number,
  second: number,
): void {
  const attributes: Record<string, Attributes[string]> = { ...common };
  if (facts[0] !== undefined && !Number.isNaN(first)) attributes[facts[0]] = first;
  if (facts[1] !== undefined && !Number.isNaN(second)) attributes[facts[1]] = second;
  if (error !== null) attributes[ATTR.errorType] = error.type;
  const span = tools.startSpan(name, { kind, attributes, startedMs });
  if (error !== null && !error.expected) span.fail(error.type);
  span.end();
}

/** Whether a span is recorded here: not beneath one that is not, and not outside any where that is not wanted. */
export function isSpanWanted(spec: OperationSpec, tools: OperationTools): boolean {
  const parent = tools.currentParent();
  return parent === null ? !spec.dropsOrphans : parent.sampled;
}

/** Runs `fn` inside the operation's span, or without one where none is wanted; timed and counted in either case. */
export function runInSpan<T>(
  spec: OperationSpec,
  tools: OperationTools,
  counts: OperationCounts,
  fn: () => T,
): T {
  const isWanted = isSpanWanted(spec, tools);
  if (isWanted) counts.spans += 1;
  else counts.leftOut += 1;
  counts.accountForOne();
  const startedMs = readClock();
  const safely = (work: () => void) => {
    try {
      work();
    } catch {
      tools.onFault?.();
    }
  };
  const done = () =>
    safely(() => {
      const seconds = (readClock() - startedMs) / 1000;
      spec.durations?.record(seconds, 1);
      spec.onTimed?.(seconds);
    });
  const failed = (thrown: unknown) => {
    done();
    safely(() => {
      if (!toErrorFacts(thrown).expected) counts.errors += 1;
    });
  };
  const watched = () => watchOutcome(fn, done, failed);
  const { name, kind, attributes } = spec;
  return isWanted ? tools.withSpan(name, { kind, attributes }, watched) : watched();
}
