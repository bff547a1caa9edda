/** Records of metrics by the trace that they were made in: what leads from a span to its metrics. */
import type { Attributes } from '../../shared/span.ts';
import type { FoundExemplar } from '../../shared/traceQuery.ts';
import type { Db } from '../sqlite/openDatabase.ts';

/** One trace can have thousands; more than these nobody looks at. */
const MAX_FOUND = 100;

type Row = {
  name: string;
  service: string;
  kind: FoundExemplar['kind'];
  unit: string;
  attributes: string;
  time_ms: number;
  value: number;
  span_id: string;
};

/**
 * Exemplars of a trace, those of the span first, then by time. There is no index by trace: what is kept of them
 * (200,000 at most) is gone through in some 10 ms, when somebody asks.
 */
export function createExemplarSearch(db: Db) {
  const find = db.prepare<[string, string | null, number], Row>(
    `SELECT metric_instrument.name, service, kind, unit, attributes, time_ms, value, lower(hex(span_id)) AS span_id
     FROM metric_exemplar
     JOIN metric_series ON metric_series.id = metric_exemplar.series
     JOIN metric_instrument ON metric_instrument.id = metric_series.instrument
     WHERE trace_id = unhex(?)
     ORDER BY metric_exemplar.span_id = unhex(?) DESC, time_ms, value DESC LIMIT ?`,
  );
  return (traceId: string, spanId: string | null): readonly FoundExemplar[] =>
    find.all(traceId, spanId, MAX_FOUND).map(({ time_ms: timeMs, span_id, attributes, ...row }) => ({
      ...row,
      attributes: JSON.parse(attributes) as Attributes,
      timeMs,
      traceId,
      spanId: span_id,
    }));
}
