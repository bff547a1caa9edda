/** Summaries of traces: those seen live, read off the span table, and how they join the stored ones. */
import { ATTR, SPAN } from '../../shared/span.ts';
import type { SpanRecord, TraceSummary } from '../../shared/span.ts';
import type { SpanTable } from './spanTable.ts';

/** Rank: 2 for a run, 1 for a root, 0 for neither. */
type Head = { readonly name: string; readonly runId: string | null; readonly rank: number };

/**
 * Remembers what a trace is called. The table knows the numbers; which span names the trace is seen as the
 * batches pass: its run (which a click may have begun, so that it is not the root), else its root, or until that
 * arrives its first span.
 */
export class TraceHeads {
  readonly #heads = new Map<string, Head>();

  see(spans: readonly SpanRecord[]): void {
    for (const span of spans) {
      const isRoot = span.parentSpanId === null;
      const known = this.#heads.get(span.traceId);
      if (known !== undefined && !isRoot && span.name !== SPAN.run) continue;
      const found = isRoot || span.name === SPAN.run ? span.attributes[ATTR.runId] : undefined;
      const runId = typeof found === 'string' ? found : null;
      const rank = runId !== null ? 2 : isRoot ? 1 : 0;
      if (known === undefined || rank >= known.rank) {
        this.#heads.set(span.traceId, { name: span.name, runId: runId ?? known?.runId ?? null, rank });
      }
    }
  }

  /** Newest first. Forgets the heads of traces that the table has dropped. */
  summaries(table: SpanTable): readonly TraceSummary[] {
    const found: TraceSummary[] = [];
    for (const [traceId, head] of this.#heads) {
      const trace = table.trace(traceId);
      if (trace === null) {
        this.#heads.delete(traceId);
        continue;
      }
      found.push({
        traceId,
        name: head.name,
        startMs: trace.startMs,
        durationMs: trace.openCount > 0 ? null : trace.endMs - trace.startMs,
        spanCount: trace.rows.length,
        errorCount: trace.errorCount,
        runId: head.runId,
      });
    }
    return found.sort((a, b) => b.startMs - a.startMs);
  }
}

/** Stored and live summaries as one list, newest first; what is live is newer than what was read before. */
export function mergeSummaries(
  stored: readonly TraceSummary[],
  live: readonly TraceSummary[],
): readonly TraceSummary[] {
  const byId = new Map(stored.map((trace) => [trace.traceId, trace]));
  for (const trace of live) {
    const known = byId.get(trace.traceId);
    // A store that has more spans than this window saw (it was opened late) knows better.
    if (known === undefined || known.spanCount <= trace.spanCount) byId.set(trace.traceId, trace);
  }
  return [...byId.values()].sort((a, b) => b.startMs - a.startMs);
}
