/**
 * Wall-clock milliseconds with fractions. Differences come from the monotonic clock; the wall clock only anchors
 * it, and anchors it anew when the two have drifted apart (sleep, a clock that was set).
 */
export type Clock = {
  /** Epoch milliseconds of a reading of `performance.now()`. */
  epochMs(performanceMs: number): number;
  /** What is added to a reading now. A span keeps that of its start: its duration is right whatever happens. */
  readonly offsetMs: number;
  /** Compares with the wall clock at most once a second; to be called where no span is in the middle of things. */
  anchor(): void;
};

const MAX_DRIFT_MS = 50;

export function createClock(wallMs: () => number = Date.now): Clock {
  let offsetMs = wallMs() - performance.now();
  let checkedMs = performance.now();
  return {
    epochMs: (performanceMs) => offsetMs + performanceMs,
    get offsetMs() {
      return offsetMs;
    },
    anchor() {
      const now = performance.now();
      if (now - checkedMs < 1000) return;
      checkedMs = now;
      const offset = wallMs() - now;
      if (Math.abs(offset - offsetMs) > MAX_DRIFT_MS) offsetMs = offset;
    },
  };
}
