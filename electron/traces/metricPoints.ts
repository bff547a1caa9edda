/** Metric points out again as they came in: what an export takes along. In pages of whole series. */
import type { Exemplar, HistogramValue } from '../../shared/metric.ts';
import type { Attributes, Origin } from '../../shared/span.ts';
import type { MetricKind, MetricPage, MetricPageQuestion, StoredPoint } from '../../shared/traceQuery.ts';
import type { Db } from '../sqlite/openDatabase.ts';
import { unpackHistogram } from './histogramPacking.ts';
import type { MetricTables } from './metricTables.ts';
import { timeSince } from './metricTimes.ts';
import type { RecordOrigins } from './recordOrigins.ts';

/** A page ends with the series that reaches it. */
const PAGE_POINTS = 5000;

/** So far behind the table may be in when a stream last reported. */
const TOUCHED_MS = 60_000;

type SeriesRow = {
  id: number;
  name: string;
  kind: MetricKind;
  unit: string;
  description: string;
  attributes: string;
  boundaries: string | null;
};
type StreamRow = {
  id: number;
  origin: number;
  origin_text: string | null;
  start_ms: number;
  start_rest_ns: number;
  last_ms: number;
  last_rest_ns: number;
  /** Since its start: its last point at or before the asked time, if there is one. */
  before_ms: number | null;
};
type PointRow = { at_ms: number; rest_ns: number; value: number | null; histogram: Uint8Array | null };

export type MetricPoints = (question: MetricPageQuestion) => MetricPage;

/** @param reports - when a stream last reported, where the table may not know of it yet */
export function createMetricPoints(
  db: Db,
  origins: RecordOrigins,
  reports: Pick<MetricTables, 'reportOf' | 'reportRestOf'>,
): MetricPoints {
  const sql = prepare(db);
  return ({ fromMs, toMs, services, after }) => {
    const within = { fromMs: fromMs ?? -Infinity, toMs: toMs ?? Infinity };
    const anchors = new Map<number, number>();
    for (const { origin, before_ms: beforeMs } of sql.anchors.all(within)) anchors.set(origin, beforeMs);
    const points: StoredPoint[] = [];
    const wanted = { services: services === null ? null : JSON.stringify(services), after: after ?? 0 };
    for (const series of sql.series.iterate(wanted)) {
      const ofSeries: StoredPoint[] = [];
      for (const row of sql.streams.all({ ...within, series: series.id }))
        ofSeries.push(...pointsOf(series, row, within, anchors.get(row.origin) ?? -Infinity));
      const exemplars = sql.exemplars.all({ ...within, series: series.id }).map(toExemplar);
      points.push(...withExemplars(ofSeries, exemplars));
      if (points.length >= PAGE_POINTS) return { points, next: series.id };
    }
    return { points, next: null };
  };

  function* pointsOf(
    series: SeriesRow,
    { id, origin_text: originText, start_ms: startMs, start_rest_ns: startRestNs, ...row }: StreamRow,
    { fromMs, toMs }: { readonly fromMs: number; readonly toMs: number },
    anchorMs: number,
  ): Generator<StoredPoint> {
    const origin: Origin | undefined = origins.parse(originText);
    const reportMs = reports.reportOf(id) ?? -Infinity;
    const isLater = reportMs > row.last_ms;
    const lastAtMs = isLater ? reportMs : row.last_ms;
    const lastMs = startMs + lastAtMs;
    const start = startRestNs === 0 ? { startMs } : { startMs, startRestNs };
    const boundaries = JSON.parse(series.boundaries ?? '[]') as number[];
    const attributes = JSON.parse(series.attributes) as Attributes;
    const { name, unit, description, kind } = series;
    const point = (row: PointRow, time: Pick<StoredPoint, 'timeMs' | 'timeRestNs'>): StoredPoint => ({
      name,
      unit,
      description,
      kind,
      attributes,
      ...(origin === undefined ? {} : { origin }),
      ...start,
      ...time,
      value: valueOf(row, boundaries),
      exemplars: [],
    });
    const rows = sql.points.all(id, row.before_ms ?? bounded(fromMs - startMs), bounded(toMs - startMs));
    for (const [i, row] of rows.entries()) {
      const timeMs = startMs + row.at_ms;
      // A total that rested over the beginning is told as of the report at it, as those that moved are.
      const isResting = timeMs < anchorMs && lastMs >= anchorMs && isSame(row, rows[i + 1]);
      const isMoved = timeMs < fromMs && isResting;
      yield point(row, isMoved ? { timeMs: anchorMs } : timeSince(start, row.at_ms, row.rest_ns));
    }
    const last = rows.at(-1);
    const lastRestNs = isLater ? (reports.reportRestOf(id) ?? 0) : row.last_rest_ns;
    // Reports that changed nothing are not stored, but for when the last of them came.
    if (last !== undefined && lastMs > startMs + last.at_ms && lastMs >= fromMs && lastMs <= toMs)
      yield point(last, timeSince(start, lastAtMs, lastRestNs));
  }
}

const toExemplar = ({ timeRestNs, ...exemplar }: Required<Exemplar>): Exemplar =>
  timeRestNs === 0 ? exemplar : { ...exemplar, timeRestNs };

const bounded = (ms: number): number =>
  Math.max(Number.MIN_SAFE_INTEGER, Math.min(Number.MAX_SAFE_INTEGER, ms));

function isSame(row: PointRow, next: PointRow | undefined): boolean {
  if (next === undefined) return true;
  if (row.histogram === null || next.histogram === null) return row.value === next.value;
  return Buffer.compare(row.histogram, next.histogram) === 0;
}

function valueOf({ value, histogram }: PointRow, boundaries: readonly number[]): number | HistogramValue {
  if (histogram === null) return value ?? 0;
  const totals = unpackHistogram(histogram, boundaries.length + 1);
  return { ...totals, count: totals.counts.reduce((sum, count) => sum + count, 0), boundaries };
}

/** Exemplars are stored by series and time: each goes to the report that came after it, else to the last. */
function withExemplars(points: readonly StoredPoint[], exemplars: readonly Exemplar[]): StoredPoint[] {
  const all = points.toSorted((a, b) => a.timeMs - b.timeMs);
  const of = new Map<StoredPoint, Exemplar[]>();
  let at = 0;
  for (const exemplar of exemplars) {
    while (at < all.length - 1 && all[at]!.timeMs < exemplar.timeMs) at += 1;
    const point = all[at];
    if (point === undefined) break;
    const known = of.get(point);
    if (known === undefined) of.set(point, [exemplar]);
    else known.push(exemplar);
  }
  return points.map((point) => (of.has(point) ? { ...point, exemplars: of.get(point)! } : point));
}

function prepare(db: Db) {
  type Within = { readonly fromMs: number; readonly toMs: number };
  const before = `(SELECT max(at_ms) FROM metric_point
    WHERE stream = metric_stream.id AND at_ms < $fromMs - metric_stream.start_ms)`;
  return {
    anchors: db.prepare<[Within], { origin: number; before_ms: number }>(
      `SELECT origin, max(before_ms) AS before_ms FROM
         (SELECT origin, start_ms + ${before} AS before_ms FROM metric_stream WHERE start_ms + last_ms >= $fromMs - ${TOUCHED_MS})
       WHERE before_ms IS NOT NULL GROUP BY origin`,
    ),
    series: db.prepare<[{ services: string | null; after: number }], SeriesRow>(
      `SELECT metric_series.id, name, kind, unit, description, attributes, metric_boundaries.value AS boundaries
       FROM metric_series
       JOIN metric_instrument ON metric_instrument.id = instrument
       LEFT JOIN metric_boundaries ON metric_boundaries.id = metric_series.boundaries
       WHERE metric_series.id > $after
         AND ($services IS NULL OR service IN (SELECT value FROM json_each($services)))
       ORDER BY metric_series.id`,
    ),
    streams: db.prepare<[Within & { series: number }], StreamRow>(
      `SELECT metric_stream.id, origin, record_origin.value AS origin_text, start_ms, start_rest_ns,
         last_ms, last_rest_ns, ${before} AS before_ms
       FROM metric_stream LEFT JOIN record_origin ON record_origin.id = metric_stream.origin
       WHERE series = $series AND start_ms <= $toMs AND start_ms + last_ms >= $fromMs - ${TOUCHED_MS}
       ORDER BY start_ms, generation`,
    ),
    points: db.prepare<[number, number, number], PointRow>(
      `SELECT at_ms, rest_ns, value, histogram FROM metric_point
       WHERE stream = ? AND at_ms >= ? AND at_ms <= ? ORDER BY at_ms`,
    ),
    exemplars: db.prepare<[Within & { series: number }], Required<Exemplar>>(
      `SELECT value, time_ms AS timeMs, rest_ns AS timeRestNs, lower(hex(trace_id)) AS traceId, lower(hex(span_id)) AS spanId
       FROM metric_exemplar WHERE series = $series AND time_ms >= $fromMs AND time_ms <= $toMs ORDER BY time_ms`,
    ),
  };
}
