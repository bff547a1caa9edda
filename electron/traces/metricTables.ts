/**
 * Metric points in. What is stored of a series is what is needed to draw it: a point where its totals changed, and
 * one where they stopped being the same (what lies between two points is then a straight line).
 */
import type { HistogramValue } from '../../shared/metric.ts';
import type { Attributes, Origin } from '../../shared/span.ts';
import type { MetricInstrument, MetricKind, StoredPoint } from '../../shared/traceQuery.ts';
import type { Db } from '../sqlite/openDatabase.ts';
import { packHistogram, unpackHistogram } from './histogramPacking.ts';
import { nsBeyond } from './metricTimes.ts';
import { createRecordOrigins, serviceOf, sorted } from './recordOrigins.ts';
import type { RecordOrigins } from './recordOrigins.ts';

export type MetricTables = {
  /** Takes part in whatever transaction is open. Returns how many rows it wrote. */
  add(points: readonly StoredPoint[]): number;
  instruments(): readonly MetricInstrument[];
  count(): number;
  /** When a stream last reported, in milliseconds since its start; `undefined` for one that is not in memory. */
  reportOf(stream: number): number | undefined;
  /** The nanoseconds beyond that. */
  reportRestOf(stream: number): number | undefined;
  /** After a rollback, and after rows were removed: what is known of the tables may no longer hold. */
  forget(): void;
};

/** A report that changed nothing moves the end of its stream on by no less than this. */
const TOUCH_MS = 60_000;
/** An older process whose totals are seen for the first time: what it counted before is not of this time. */
const FRESH_MS = 5 * 60_000;
/** An origin's first report may come in several pieces. */
const FIRST_REPORT_MS = 1000;
const MAX_STREAMS = 50_000;

type Stream = {
  readonly id: number;
  readonly startMs: number;
  readonly startRestNs: number;
  readonly generation: number;
  /** Since the start, as all times below: the last point that is stored. NaN: none is. */
  pointMs: number;
  /** The last report, stored or not, and how far the table knows of it. */
  reportMs: number;
  reportRestNs: number;
  touchedMs: number;
  /** Of the last point. */
  value: number;
  /** Of the last point of a histogram. */
  counts: readonly number[];
};

/** @param own - this program, of points that come without an origin */
export function createMetricTables(
  db: Db,
  origins: RecordOrigins = createRecordOrigins(db),
  own: Origin | null = null,
): MetricTables {
  const sql = prepare(db);
  const instruments = new Map<string, number>();
  const boundaryIds = new Map<string, number>();
  let boundaryObjects = new WeakMap<readonly number[], number>();
  const series = new Map<string, number>();
  const streams = new Map<string, Stream>();
  const streamsById = new Map<number, Stream>();
  /** By origin: when its first metric point was. */
  const firstSeen = new Map<number, number>();

  function instrumentOf({ name, unit, description, kind, origin, timeMs }: StoredPoint): number {
    const service = serviceOf(origin, own);
    const key = `${name}\n${service}\n${kind}\n${unit}`;
    let id = instruments.get(key);
    if (id === undefined) {
      sql.addInstrument.run(name, service, kind, unit, description, timeMs, timeMs);
      id = sql.findInstrument.get(name, service, kind, unit)!.id;
      instruments.set(key, id);
    }
    return id;
  }

  function boundariesOf(boundaries: readonly number[]): number {
    let id = boundaryObjects.get(boundaries);
    if (id !== undefined) return id;
    const text = JSON.stringify(boundaries);
    id = boundaryIds.get(text);
    if (id === undefined) {
      sql.addBoundaries.run(text);
      id = sql.findBoundaries.get(text)!.id;
      boundaryIds.set(text, id);
    }
    boundaryObjects.set(boundaries, id);
    return id;
  }

  function seriesOf(instrument: number, boundaries: number, attributes: Attributes): number {
    const text = JSON.stringify(sorted(attributes));
    const key = `${instrument} ${boundaries} ${text}`;
    let id = series.get(key);
    if (id === undefined) {
      sql.addSeries.run(instrument, boundaries, text);
      id = sql.findSeries.get(instrument, boundaries, text)!.id;
      if (series.size >= MAX_STREAMS) series.clear();
      series.set(key, id);
    }
    return id;
  }

  /** Whether totals that are seen for the first time were counted where we could see it. */
  function isFromZero(origin: number, { startMs, timeMs }: StoredPoint): boolean {
    if (origin === 0 || timeMs - startMs <= FRESH_MS) return true;
    let first = firstSeen.get(origin);
    if (first === undefined) {
      first = sql.originFirst.get(origin)?.first_ms ?? Infinity;
      if (timeMs < first) {
        first = timeMs;
        sql.setOriginFirst.run(first, origin);
      }
      firstSeen.set(origin, first);
    }
    return timeMs > first + FIRST_REPORT_MS;
  }

  function newStream(seriesId: number, origin: number, generation: number, point: StoredPoint): Stream {
    const { startMs, startRestNs = 0, timeMs } = point;
    // Totals that are cut anew go on: what they have was counted below the other boundaries.
    const isRecut = generation === 0 && sql.cutOtherwise.get(seriesId, origin, startMs) !== undefined;
    const fromZero = generation > 0 || (!isRecut && isFromZero(origin, point));
    const reportMs = Math.round(timeMs - startMs);
    const reportRestNs = nsBeyond(point, point, reportMs);
    const { lastInsertRowid } = sql.addStream.run(
      seriesId,
      origin,
      startMs,
      startRestNs,
      generation,
      fromZero ? 1 : 0,
      reportMs,
      reportRestNs,
    );
    return {
      id: Number(lastInsertRowid),
      startMs,
      startRestNs,
      generation,
      pointMs: NaN,
      reportMs,
      reportRestNs,
      touchedMs: reportMs,
      value: NaN,
      counts: [],
    };
  }

  function storedStream(
    seriesId: number,
    origin: number,
    point: StoredPoint,
    buckets: number,
  ): Stream | null {
    const row = sql.findStream.get(seriesId, origin, point.startMs);
    if (row === undefined) return null;
    const last = sql.lastPoint.get(row.id);
    const totals =
      last?.histogram === null || last === undefined ? null : unpackHistogram(last.histogram, buckets);
    return {
      id: row.id,
      startMs: point.startMs,
      startRestNs: row.start_rest_ns,
      generation: row.generation,
      pointMs: last?.at_ms ?? NaN,
      reportMs: row.last_ms,
      reportRestNs: row.last_rest_ns,
      touchedMs: row.last_ms,
      value: totals?.sum ?? last?.value ?? NaN,
      counts: totals?.counts ?? [],
    };
  }

  function remember(key: string, stream: Stream): void {
    streams.set(key, stream);
    streamsById.set(stream.id, stream);
  }
  function forgetStreams(): void {
    streams.clear();
    streamsById.clear();
  }

  function addPoint(point: StoredPoint): number {
    const { kind, timeMs, startMs, value, exemplars } = point;
    const histogram = kind === 'histogram' ? checkedHistogram(value) : null;
    const figure = histogram === null ? value : histogram.sum;
    // SQLite has no NaN, and nobody can draw one.
    if (typeof figure !== 'number' || Number.isNaN(figure)) return 0;
    const origin = origins.number(point.origin) ?? 0;
    const boundaries = histogram === null ? 0 : boundariesOf(histogram.boundaries);
    const seriesId = seriesOf(instrumentOf(point), boundaries, point.attributes);
    const key = `${seriesId} ${origin} ${startMs}`;
    let stream = streams.get(key);
    if (stream === undefined) {
      const buckets = histogram === null ? 0 : histogram.counts.length;
      stream = storedStream(seriesId, origin, point, buckets) ?? newStream(seriesId, origin, 0, point);
      if (streams.size >= MAX_STREAMS) forgetStreams();
      remember(key, stream);
    }
    const atMs = Math.round(timeMs - startMs);
    if (atMs >= stream.pointMs && isFallen(kind, stream, figure, histogram)) {
      stream = newStream(seriesId, origin, stream.generation + 1, point);
      remember(key, stream);
    }
    let written = 0;
    const restNs = nsBeyond(stream, point, atMs);
    const insert = (from: number, counts: HistogramValue | null): void => {
      written += sql.addPoint.run(
        stream.id,
        atMs,
        restNs,
        counts === null ? from : null,
        counts === null ? null : packHistogram(counts),
      ).changes;
    };
    if (atMs < stream.pointMs) {
      // Late: the line is bent where it belongs, and what is known of the end stays.
      insert(figure, histogram);
    } else if (Number.isNaN(stream.pointMs) || !isSame(stream, figure, histogram)) {
      // The old totals held until the report before.
      if (stream.reportMs > stream.pointMs && stream.reportMs < atMs) {
        const { id, reportMs, reportRestNs, pointMs } = stream;
        written += sql.repeatPoint.run(reportMs, reportRestNs, id, pointMs).changes;
      }
      insert(figure, histogram);
      stream.pointMs = atMs;
      stream.value = figure;
      stream.counts = histogram?.counts ?? [];
    }
    if (atMs > stream.reportMs) {
      stream.reportMs = atMs;
      stream.reportRestNs = restNs;
      if (atMs - stream.touchedMs >= TOUCH_MS) {
        sql.touch.run(atMs, restNs, stream.id);
        stream.touchedMs = atMs;
      }
    }
    for (const { traceId, spanId, value: shown, timeMs: shownMs, timeRestNs = 0 } of exemplars) {
      if (traceId.length !== 32 || spanId.length !== 16 || Number.isNaN(shown)) continue;
      const ids = [Buffer.from(traceId, 'hex'), Buffer.from(spanId, 'hex')] as const;
      sql.addExemplar.run(seriesId, shownMs, timeRestNs, shown, ...ids);
    }
    return written;
  }

  function forget(): void {
    instruments.clear();
    boundaryIds.clear();
    boundaryObjects = new WeakMap();
    series.clear();
    forgetStreams();
    firstSeen.clear();
    origins.forget();
  }

  return {
    add(points) {
      let written = 0;
      const times = new Map<number, { first: number; last: number; description: string }>();
      for (const point of points) {
        written += addPoint(point);
        const id = instruments.get(
          `${point.name}\n${serviceOf(point.origin, own)}\n${point.kind}\n${point.unit}`,
        );
        if (id === undefined) continue;
        const { timeMs, description } = point;
        const known = times.get(id);
        if (known === undefined) times.set(id, { first: timeMs, last: timeMs, description });
        else {
          known.first = Math.min(known.first, timeMs);
          known.last = Math.max(known.last, timeMs);
        }
      }
      for (const [id, { first, last, description }] of times) {
        sql.setInstrument.run(first, last, description, id);
      }
      return written;
    },
    instruments: () => sql.instruments.all().map(toInstrument),
    count: () => sql.count.get()!.count,
    reportOf: (stream) => streamsById.get(stream)?.reportMs,
    reportRestOf: (stream) => streamsById.get(stream)?.reportRestNs,
    forget,
  };
}

function checkedHistogram(value: StoredPoint['value']): HistogramValue | null {
  if (typeof value === 'number') return null;
  // Without boundaries one bucket holds all.
  if (value.counts.length === value.boundaries.length + 1) return value;
  return { ...value, boundaries: [], counts: [value.count] };
}

/** Totals that may only grow and did not: counting began anew, whatever the start says. */
function isFallen(
  kind: MetricKind,
  stream: Stream,
  value: number,
  histogram: HistogramValue | null,
): boolean {
  if (Number.isNaN(stream.pointMs)) return false;
  if (histogram !== null) return histogram.counts.some((count, i) => count < (stream.counts[i] ?? 0));
  return kind === 'counter' && value < stream.value;
}

function isSame(stream: Stream, value: number, histogram: HistogramValue | null): boolean {
  if (value !== stream.value) return false;
  return histogram === null || histogram.counts.every((count, i) => count === stream.counts[i]);
}

type StreamRow = {
  id: number;
  start_rest_ns: number;
  generation: number;
  last_ms: number;
  last_rest_ns: number;
};

export type InstrumentRow = {
  id: number;
  name: string;
  service: string;
  kind: MetricKind;
  unit: string;
  description: string;
  first_ms: number;
  last_ms: number;
  series: number;
};
export const SELECT_INSTRUMENT = `SELECT metric_instrument.*,
  (SELECT count(DISTINCT attributes) FROM metric_series WHERE instrument = metric_instrument.id) AS series
  FROM metric_instrument`;
export function toInstrument(row: InstrumentRow): MetricInstrument {
  const { name, unit, description, kind, service, series, first_ms: firstMs, last_ms: lastMs } = row;
  return { name, unit, description, kind, service, series, firstMs, lastMs };
}

function prepare(db: Db) {
  return {
    addInstrument: db.prepare<[string, string, string, string, string, number, number]>(
      `INSERT OR IGNORE INTO metric_instrument (name, service, kind, unit, description, first_ms, last_ms)
       VALUES (?, ?, ?, ?, ?, ?, ?)`,
    ),
    findInstrument: db.prepare<[string, string, string, string], { id: number }>(
      'SELECT id FROM metric_instrument WHERE name = ? AND service = ? AND kind = ? AND unit = ?',
    ),
    setInstrument: db.prepare<[number, number, string, number]>(
      `UPDATE metric_instrument SET first_ms = min(first_ms, ?), last_ms = max(last_ms, ?), description = ?
       WHERE id = ?`,
    ),
    instruments: db.prepare<[], InstrumentRow>(`${SELECT_INSTRUMENT} ORDER BY service, name, kind, unit`),
    addBoundaries: db.prepare<[string]>('INSERT OR IGNORE INTO metric_boundaries (value) VALUES (?)'),
    findBoundaries: db.prepare<[string], { id: number }>('SELECT id FROM metric_boundaries WHERE value = ?'),
    addSeries: db.prepare<[number, number, string]>(
      'INSERT OR IGNORE INTO metric_series (instrument, boundaries, attributes) VALUES (?, ?, ?)',
    ),
    findSeries: db.prepare<[number, number, string], { id: number }>(
      'SELECT id FROM metric_series WHERE instrument = ? AND boundaries = ? AND attributes = ?',
    ),
    addStream: db.prepare<[number, number, number, number, number, number, number, number]>(
      `INSERT INTO metric_stream
         (series, origin, start_ms, start_rest_ns, generation, from_zero, last_ms, last_rest_ns)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
    ),
    findStream: db.prepare<[number, number, number], StreamRow>(
      `SELECT id, start_rest_ns, generation, last_ms, last_rest_ns FROM metric_stream
       WHERE series = ? AND origin = ? AND start_ms = ? ORDER BY generation DESC LIMIT 1`,
    ),
    cutOtherwise: db.prepare<[number, number, number]>(
      `SELECT 1 FROM metric_series AS this JOIN metric_series AS other
         ON other.instrument = this.instrument AND other.attributes = this.attributes AND other.id <> this.id
       JOIN metric_stream ON metric_stream.series = other.id
       WHERE this.id = ? AND metric_stream.origin = ? AND metric_stream.start_ms = ? LIMIT 1`,
    ),
    touch: db.prepare<[number, number, number]>(
      'UPDATE metric_stream SET last_ms = ?, last_rest_ns = ? WHERE id = ?',
    ),
    lastPoint: db.prepare<[number], { at_ms: number; value: number | null; histogram: Uint8Array | null }>(
      'SELECT at_ms, value, histogram FROM metric_point WHERE stream = ? ORDER BY at_ms DESC LIMIT 1',
    ),
    addPoint: db.prepare<[number, number, number, number | null, Uint8Array | null]>(
      'INSERT OR IGNORE INTO metric_point (stream, at_ms, rest_ns, value, histogram) VALUES (?, ?, ?, ?, ?)',
    ),
    repeatPoint: db.prepare<[number, number, number, number]>(
      `INSERT OR IGNORE INTO metric_point (stream, at_ms, rest_ns, value, histogram)
       SELECT stream, ?, ?, value, histogram FROM metric_point WHERE stream = ? AND at_ms = ?`,
    ),
    addExemplar: db.prepare<[number, number, number, number, Uint8Array, Uint8Array]>(
      `INSERT OR IGNORE INTO metric_exemplar (series, time_ms, rest_ns, value, trace_id, span_id)
       VALUES (?, ?, ?, ?, ?, ?)`,
    ),
    originFirst: db.prepare<[number], { first_ms: number | null }>(
      'SELECT first_ms FROM record_origin WHERE id = ?',
    ),
    setOriginFirst: db.prepare<[number, number]>('UPDATE record_origin SET first_ms = ? WHERE id = ?'),
    count: db.prepare<[], { count: number }>('SELECT count(*) AS count FROM metric_point'),
  };
}
