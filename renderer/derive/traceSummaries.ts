/** Summaries of the traces that are seen live, read off the span table. */
import { ATTR, SPAN } from '../../shared/span.ts';
import type { PackedSpans } from '../../shared/packedSpans.ts';
import type { TraceSummary } from '../../shared/span.ts';
import { lengthMs } from '../../shared/nanoseconds.ts';
import type { SpanTable } from './spanTable.ts';

/** Rank: 2 for a run, 1 for a root, 0 for neither. */
type Head = {
  readonly name: string;
  readonly runId: string | null;
  readonly rank: number;
  readonly service: string;
  readonly version: string | null;
};
/** Of spans that say nothing of where they come from: this program. */
const OWN_SERVICE = 'tracedeck';

/**
 * Remembers what a trace is called. The table knows the numbers; which span names the trace is seen as the
 * batches pass: its run (which a click may have begun, so that it is not the root), else its root, or until that
 * arrives its first span.
 */
export class TraceHeads {
  readonly #heads = new Map<string, Head>();

  see(spans: PackedSpans): void {
    const { count, trace, traceIds, parentId, name } = spans;
    for (let row = 0; row < count; row += 1) {
      const traceId = traceIds[trace[row]!]!;
      const isRoot = (parentId[row * 2]! | parentId[row * 2 + 1]!) === 0;
      const known = this.#heads.get(traceId);
      const text = spans.text(name[row]!);
      if (known !== undefined && !isRoot && text !== SPAN.run) continue;
      const found = isRoot || text === SPAN.run ? spans.attributesAt(row)[ATTR.runId] : undefined;
      const runId = typeof found === 'string' ? found : null;
      const rank = runId !== null ? 2 : isRoot ? 1 : 0;
      if (known === undefined || rank >= known.rank) {
        const origin = spans.origin === null ? 0 : spans.origin[row]!;
        const resource = origin === 0 ? undefined : spans.origins[origin - 1]!.resource;
        const version = resource?.['service.version'];
        this.#heads.set(traceId, {
          name: text,
          runId: runId ?? known?.runId ?? null,
          rank,
          service: String(resource?.['service.name'] ?? OWN_SERVICE),
          version: version === undefined ? null : String(version),
        });
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
        durationMs: trace.openCount > 0 ? null : lengthMs(trace.startMs, trace.endMs),
        spanCount: trace.rows.length,
        errorCount: trace.errorCount,
        runId: head.runId,
        service: head.service,
        version: head.version,
        pinned: false,
      });
    }
    return found.sort((a, b) => b.startMs - a.startMs);
  }
}
