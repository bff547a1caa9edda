/** What an operation is made of, and what it needs of the rest of telemetry. */
import type { Attributes, SpanKind } from '../../../shared/span.ts';
import type { OperationOptions, SpanOptions } from '../api.ts';
import type { LeafRing } from '../spans/leafRing.ts';
import type { SpanHandle } from '../tracing/spanHandle.ts';
import type { Durations } from './durations.ts';
import type { CurrentParent } from './leafParent.ts';

export type OperationTools = {
  readonly leaves: LeafRing;
  /** The active span, sampled or not; `null` outside any. Read once for every row. */
  readonly currentParent: CurrentParent;
  /** In the mode `full`: `fn` inside an active span. */
  withSpan<T>(name: string, options: SpanOptions, fn: () => T): T;
  /** In the mode `full`, for `begin` and `end`: a span under the active one that began at that reading. */
  startSpan(
    name: string,
    options: SpanOptions & { readonly startedMs: number },
  ): Pick<SpanHandle, 'fail' | 'end'>;
  /** A row was recorded in this trace; with what all of its kind share. */
  readonly onRow?: (traceId: string, attributes: Attributes) => void;
  /** A row with an error was recorded in this trace. */
  readonly onRowError?: (traceId: string) => void;
  /** Something in here threw; the code that is watched never hears of it. */
  readonly onFault?: (thrown?: unknown) => void;
};

export type OperationSpec = {
  readonly name: string;
  readonly kind: SpanKind;
  readonly attributes: Attributes;
  readonly facts: readonly string[];
  readonly isSynchronous: boolean;
  readonly dropsOrphans: boolean;
  readonly durations: Durations | null;
  readonly onTimed: ((seconds: number) => void) | null;
  readonly onSlow: ((atMostMs: number) => void) | null;
};

/** @param durations - those of all operations with the same histogram cell */
export function operationSpec(
  name: string,
  options: OperationOptions,
  durations: Durations | null,
): OperationSpec {
  return {
    name,
    kind: options.kind ?? 'internal',
    attributes: options.attributes ?? {},
    facts: options.facts ?? [],
    isSynchronous: options.synchronous ?? false,
    dropsOrphans: options.orphans === 'drop',
    durations,
    onTimed: options.onTimed ?? null,
    onSlow: options.onSlow ?? null,
  };
}
