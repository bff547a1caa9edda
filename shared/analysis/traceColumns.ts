/** One trace as what its analyses need: columns, one entry a span, times in milliseconds after any one moment. */
export type TraceColumns = {
  readonly count: number;
  /** Place of the parent; -1 for a root. There are no cycles. */
  readonly parent: Int32Array;
  readonly startMs: Float64Array;
  /** Of a span that is still open: now. Never before its start. */
  readonly endMs: Float64Array;
};
