import { getState } from '../../store/index.ts';
import { goToSearch } from '../../store/traceCommands.ts';

export function openTrace(traceId: string): void {
  getState().navigated({ view: 'traces', traceId });
}

export function openSpan({ traceId, spanId }: { readonly traceId: string; readonly spanId: string }): void {
  getState().navigated({ view: 'traces', traceId, spanId });
}

/** Several on one time axis. */
export function openBeside([traceId, ...beside]: readonly string[]): void {
  if (traceId === undefined) return;
  getState().navigated({ view: 'traces', traceId, ...(beside.length > 0 ? { beside } : {}) });
}

/** The first against the second; of more, the first against all others. */
export function compareTraces([a, ...others]: readonly string[]): void {
  if (a === undefined) return;
  goToSearch({
    mode: 'compare',
    a: { traceIds: [a] },
    b: others.length > 0 ? { traceIds: others } : undefined,
  });
}
