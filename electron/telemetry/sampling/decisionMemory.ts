/** The latest decisions by trace: so many at least, and twice as many at most. */
import type { TailDecision } from './tailDecisions.ts';

export interface DecisionMemory {
  remember(traceId: string, decision: TailDecision): void;
  /** A trace that is asked for by `refresh` counts as one of the latest again. */
  recall(traceId: string, refresh?: boolean): TailDecision | undefined;
}

export function createDecisionMemory(remembered: number): DecisionMemory {
  // In two generations: a Map used as a queue would be searched from its emptied front every time.
  let decisions = new Map<string, TailDecision>();
  let olderDecisions = new Map<string, TailDecision>();

  function remember(traceId: string, decision: TailDecision): void {
    decisions.set(traceId, decision);
    if (decisions.size < remembered) return;
    olderDecisions = decisions;
    decisions = new Map();
  }

  return {
    remember,
    recall(traceId, refresh = false) {
      const latest = decisions.get(traceId);
      if (latest !== undefined) return latest;
      const older = olderDecisions.get(traceId);
      if (older !== undefined && refresh) remember(traceId, older);
      return older;
    },
  };
}
