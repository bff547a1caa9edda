/** A trace that the tail sampler has not decided about. */

export type OpenTrace = {
  readonly id: string;
  readonly startedMs: number;
  spans: number;
  open: number;
  hasRoot: boolean;
  rootEnded: boolean;
  /** Of its root, once that has ended; before that, and without one, of its longest span. */
  name: string;
  /** Of its longest span, which need not be the root: a click is over before the run that it began. */
  durationMs: number;
  /** When its last open span ended; `null` while one is open. */
  idleSinceMs: number | null;
};

export function openTrace(id: string, startedMs: number): OpenTrace {
  return {
    id,
    startedMs,
    spans: 0,
    open: 0,
    hasRoot: false,
    rootEnded: false,
    name: '',
    durationMs: -Infinity,
    idleSinceMs: null,
  };
}
