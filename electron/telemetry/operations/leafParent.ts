import type { Attributes } from '../../../shared/span.ts';

/**
 * What a row needs to know about the span above it. The tracer keeps one of these objects with every span that
 * is active, and hands out the innermost one's.
 */
export type LeafParent = {
  readonly traceId: string;
  readonly spanId: string;
  /** The two words of `spanId`, where they are at hand. */
  readonly idHigh?: number;
  readonly idLow?: number;
  /** `false`: the trace is not recorded, and so no row is written; operations beneath it are counted only. */
  readonly sampled: boolean;
  /** Of every row beneath it, where the row's operation has none of that name. */
  readonly attributes?: Attributes;
  /**
   * Written by the ring alone: its entry for this parent, valid while the entry's generation is
   * `leafGeneration`. Start both with 0.
   */
  leafNo: number;
  leafGeneration: number;
};

/** The innermost active span's; `null` outside any. Called once for every row: one AsyncLocalStorage read. */
export type CurrentParent = () => LeafParent | null;
