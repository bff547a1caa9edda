import { getState } from '../store/index.ts';

/** Leads from what a call came to to the trace of that call. */
export function TraceLink({ traceId }: { readonly traceId: string }) {
  return (
    <button
      type="button"
      className="link"
      data-action="Open trace"
      onClick={() => getState().navigated({ view: 'traces', traceId })}
    >
      Open its trace
    </button>
  );
}
