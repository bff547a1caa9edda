/** What readers of recorded spans ask the tail sampler. */
export type TailDecision = 'keep' | 'drop';

export interface TailDecisions {
  /** `false`: every trace is kept, and nobody need ask. May change at any time. */
  readonly active: boolean;
  /** For a trace that it no longer remembers: `keep`. */
  decisionOf(traceId: string): 'undecided' | TailDecision;
  /**
   * Called once for each trace that was undecided, at once when it is decided, also where that happens because
   * the sampler became inactive or gave up waiting. Returns its end.
   */
  onDecided(listener: (traceId: string, decision: TailDecision) => void): () => void;
}

/** Keeps every trace. */
export const KEEP_ALL: TailDecisions = {
  active: false,
  decisionOf: () => 'keep',
  onDecided: () => () => undefined,
};
