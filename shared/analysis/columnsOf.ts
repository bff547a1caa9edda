import type { SpanRecord } from '../span.ts';
import { lengthMs } from '../nanoseconds.ts';
import type { TraceColumns } from './traceColumns.ts';

/**
 * Spans of one or many traces as columns, in the order given. A parent that is not among them makes a root; where
 * parents lead back to their child, the link that closes the circle is cut; of spans with the same id the first is
 * the parent of those that name it; a span that ends before it starts has no length.
 * @param nowMs the end of spans that are still open; not given: the latest moment that any span of the trace knows
 */
export function columnsOf(records: readonly SpanRecord[], nowMs?: number): TraceColumns {
  const count = records.length;
  const parent = new Int32Array(count).fill(-1);
  const startMs = new Float64Array(count);
  const endMs = new Float64Array(count);
  const places = new Map<string, number>();
  const latestMs = new Map<string, number>();
  let originMs = Infinity;
  for (const [span, { traceId, spanId, startMs: start, endMs: end }] of records.entries()) {
    const key = traceId + spanId;
    if (!places.has(key)) places.set(key, span);
    originMs = Math.min(originMs, start);
    latestMs.set(traceId, Math.max(latestMs.get(traceId) ?? -Infinity, start, end ?? -Infinity));
  }
  for (const [span, record] of records.entries()) {
    startMs[span] = lengthMs(originMs, record.startMs);
    endMs[span] = Math.max(
      startMs[span]!,
      lengthMs(originMs, record.endMs ?? nowMs ?? latestMs.get(record.traceId)!),
    );
    if (record.parentSpanId !== null) {
      parent[span] = places.get(record.traceId + record.parentSpanId) ?? -1;
    }
  }
  cutCycles(parent);
  return { count, parent, startMs, endMs };
}

/** In place: no span is its own ancestor afterwards. */
export function cutCycles(parent: Int32Array): void {
  /** The walk that came by; each span is passed once. */
  const walk = new Int32Array(parent.length);
  for (let first = 0; first < parent.length; first += 1) {
    for (let span = first; walk[span] === 0;) {
      walk[span] = first + 1;
      const above = parent[span]!;
      if (above < 0) break;
      if (walk[above] === first + 1) {
        parent[span] = -1;
        break;
      }
      span = above;
    }
  }
}
