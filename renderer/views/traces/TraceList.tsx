import { useMemo } from 'react';
import { formatCount, formatDuration } from '../../../shared/units.ts';
import { formatClock, formatWhen } from '../../derive/clock.ts';
import { mergeSummaries } from '../../derive/traceSummaries.ts';
import { loadTraces } from '../../store/commands.ts';
import { getState, useStore } from '../../store/index.ts';
import {
  selectActiveRun,
  selectLiveTraces,
  selectStoredTraces,
  selectTracesFault,
  selectTracesLoading,
} from '../../store/selectors.ts';
import { Badge } from '../../ui/Badge.tsx';
import { EmptyState } from '../../ui/EmptyState.tsx';
import { ReadFault } from '../../ui/ReadFault.tsx';

/** Stored and live traces as one list, newest first. */
export function TraceList() {
  const stored = useStore(selectStoredTraces);
  const live = useStore(selectLiveTraces);
  const loading = useStore(selectTracesLoading);
  const traces = useMemo(() => mergeSummaries(stored, live), [stored, live]);
  const atWork = useStore(selectActiveRun)?.traceId;
  const fault = useStore(selectTracesFault);
  if (traces.length === 0) {
    if (fault !== null)
      return <ReadFault what="The traces" fault={fault} onRetry={() => void loadTraces()} />;
    if (loading) return <p className="loading muted">Reading the traces…</p>;
    return (
      <EmptyState icon="traces" title="No traces yet">
        Runs and connection tests leave a trace each. They are kept on this computer.
      </EmptyState>
    );
  }
  return (
    <table className="table" aria-label="Traces" data-testid="trace-list">
      <thead>
        <tr>
          <th scope="col">Started</th>
          <th scope="col">Name</th>
          <th scope="col">Trace</th>
          <th scope="col" className="right">
            Spans
          </th>
          <th scope="col" className="right">
            Errors
          </th>
          <th scope="col" className="right">
            Duration
          </th>
        </tr>
      </thead>
      <tbody>
        {traces.map((trace) => {
          const open = () => getState().navigated({ view: 'traces', traceId: trace.traceId });
          return (
            <tr key={trace.traceId} className="clickable" onClick={open}>
              <td className="num run-when" title={formatClock(trace.startMs, true)}>
                {formatWhen(trace.startMs)}
              </td>
              <td>
                <button type="button" className="link" data-action="Open trace" onClick={open}>
                  {trace.name}
                </button>
              </td>
              <td>
                <code className="faint">{trace.traceId.slice(0, 12)}</code>
              </td>
              <td className="right">{formatCount(trace.spanCount)}</td>
              <td className={trace.errorCount > 0 ? 'right has-errors' : 'right faint'}>
                {formatCount(trace.errorCount)}
              </td>
              <td className="right">
                {/* The click that began a run is stored long before the run is. */}
                {trace.durationMs === null || trace.traceId === atWork ? (
                  <Badge tone="accent">open</Badge>
                ) : (
                  formatDuration(trace.durationMs)
                )}
              </td>
            </tr>
          );
        })}
      </tbody>
    </table>
  );
}
