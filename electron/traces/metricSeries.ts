/**
 * Metric points out: one instrument over time, in equal steps.
 *
 * Between two points a total is a straight line (electron/traces/metricTables.ts writes where it bends). What a step
 * added is the total at its end less the total at its start, summed over the streams of a series; a stream begins at
 * every reset. That is Prometheus' `increase` (prometheus.io/docs/prometheus/latest/querying/functions/#increase)
 * without its extrapolation: where counting began is known here (OpenTelemetry data model, "Resets and Gaps").
 * Steps add up to what was counted, and whole numbers stay whole.
 */
import type { Exemplar, HistogramValue } from '../../shared/metric.ts';
import type { Attributes } from '../../shared/span.ts';
import type { FoundMetric, MetricSeries, MetricSeriesSearch } from '../../shared/traceQuery.ts';
import type { Db } from '../sqlite/openDatabase.ts';
import { toStep, unpackHistogram } from './histogramPacking.ts';
import type { BucketTotals } from './histogramPacking.ts';
import { SELECT_INSTRUMENT, toInstrument } from './metricTables.ts';
import type { InstrumentRow } from './metricTables.ts';
import { usedBuckets } from './usedBuckets.ts';

/** Series that one answer holds: those that reported last. */
const MAX_SERIES = 50;
const MAX_EXEMPLARS_PER_STEP = 2;
const MAX_EXEMPLARS = 300;
/** Programs report every ten seconds, or less often: shorter steps would only be empty. */
const MIN_STEP_MS = 10_000;
/** What a first point tells began no longer ago than this. */
const FIRST_SPREAD_MS = 60_000;
const SECOND = 1000;
const MINUTE = 60_000;
const HOUR = 3_600_000;
const DAY = 86_400_000;
/** Lengths of steps: windows that move on by less see the same steps. */
const STEPS_MS = [10, 15, 20, 30]
  .map((seconds) => seconds * SECOND)
  .concat([1, 2, 5, 10, 15, 20, 30].map((minutes) => minutes * MINUTE))
  .concat([1, 2, 3, 4, 6, 12].map((hours) => hours * HOUR))
  .concat([1, 2, 7, 14, 30, 90, 365].map((days) => days * DAY));

type PointRow = { at_ms: number; value: number | null; histogram: Uint8Array | null };
type StreamRow = {
  id: number;
  series: number;
  start_ms: number;
  generation: number;
  from_zero: number;
  last_ms: number;
};
type SeriesRow = { id: number; boundaries: number; boundary_values: string | null; attributes: string };
type ExemplarRow = { time_ms: number; value: number; trace_id: string; span_id: string };

export type MetricReader = {
  /**
   * `null` for an instrument that is not there. Of several of that name (of more than one service, where none is
   * asked for) the one that reported last. `leftOut.scanned` counts points that were read, `unscanned` the series
   * beyond the limit.
   */
  series(search: MetricSeriesSearch, prunedBeforeMs: number | null): FoundMetric | null;
};

/** Start, length and number of the steps: at most `points`, beginning at or before `fromMs`. */
export function stepsOver(fromMs: number, toMs: number, points: number) {
  const span = Math.max(toMs - fromMs, 1);
  const fits = (stepMs: number) => countOf(stepMs) <= points;
  const countOf = (stepMs: number) =>
    Math.max(1, Math.ceil((toMs - Math.floor(fromMs / stepMs) * stepMs) / stepMs));
  let stepMs = STEPS_MS.find((one) => one >= MIN_STEP_MS && fits(one)) ?? Math.ceil(span / (points - 1));
  while (!fits(stepMs)) stepMs *= 2;
  return { startMs: Math.floor(fromMs / stepMs) * stepMs, stepMs, count: countOf(stepMs) };
}

/** @param reportOf - when a stream last reported, since its start, where the table may not know of it yet */
export function createMetricReader(
  db: Db,
  reportOf: (stream: number) => number | undefined = () => undefined,
): MetricReader {
  const sql = prepare(db);

  return {
    series({ name, service, fromMs, toMs, points }, prunedBeforeMs) {
      const row = sql.instrument.get({ name, service });
      if (row === undefined) return null;
      const lastMs = Math.max(row.last_ms, row.first_ms + MIN_STEP_MS);
      const endMs = toMs ?? Math.max(lastMs, fromMs ?? -Infinity);
      const steps = stepsOver(Math.min(fromMs ?? beginOf(row), endMs), endMs, points);
      const window = { instrument: row.id, fromMs: steps.startMs, toMs: endMs, limit: MAX_SERIES };
      const active = sql.active.all(window).map(({ series }) => series);
      const total = sql.countActive.get(window)!.count;
      let scanned = 0;
      const found = active.map((id): MetricSeries => {
        const series = sql.series.get(id)!;
        const boundaries = JSON.parse(series.boundary_values ?? '[]') as number[];
        const streams = sql.streams
          .all(id, endMs, steps.startMs)
          .map((row) => ({ ...row, last_ms: Math.max(row.last_ms, reportOf(row.id) ?? -Infinity) }))
          .map((stream) => new StreamLine(stream, boundaries.length + 1, sql.before, sql.after));
        const values: (number | null)[] = [];
        const histograms: (HistogramValue | null)[] = [];
        if (row.kind === 'histogram') histograms.push(...histogramSteps(streams, steps, boundaries));
        else if (row.kind === 'counter') values.push(...counterSteps(streams, steps));
        else values.push(...lastValues(streams, steps, row.kind === 'gauge'));
        for (const { read } of streams) scanned += read;
        return {
          attributes: JSON.parse(series.attributes) as Attributes,
          values,
          histograms,
          exemplars: exemplarsOf(id, steps, endMs),
        };
      });
      const told = usedBuckets(found.map(({ histograms }) => histograms));
      return {
        instrument: toInstrument(row),
        startMs: Array.from({ length: steps.count }, (_, i) => steps.startMs + i * steps.stepMs),
        stepMs: steps.stepMs,
        series: found.map((one, at) => ({ ...one, histograms: told[at]! })),
        leftOut: {
          more: total > active.length,
          scanned,
          unscanned: total - active.length,
          prunedBeforeMs,
        },
      };
    },
  };

  /** Where the instrument's first totals began to be counted, as its lines do. */
  function beginOf({ id, first_ms }: InstrumentRow): number {
    const { start_ms } = sql.firstStart.get(id)!;
    return Math.max(first_ms - FIRST_SPREAD_MS, Math.min(first_ms, start_ms ?? first_ms));
  }

  /** The greatest of each step. */
  function exemplarsOf(series: number, { startMs, stepMs }: Steps, endMs: number): Exemplar[] {
    const kept: Exemplar[] = [];
    const perStep = new Map<number, number>();
    for (const row of sql.exemplars.iterate(series, startMs, endMs)) {
      const step = Math.floor((row.time_ms - startMs) / stepMs);
      const many = perStep.get(step) ?? 0;
      if (many >= MAX_EXEMPLARS_PER_STEP) continue;
      perStep.set(step, many + 1);
      const { time_ms: timeMs, value, trace_id: traceId, span_id: spanId } = row;
      kept.push({ value, timeMs, traceId, spanId });
      if (kept.length >= MAX_EXEMPLARS) break;
    }
    return kept.sort((a, b) => a.timeMs - b.timeMs);
  }
}

type Steps = ReturnType<typeof stepsOver>;
type Seek = { get(stream: number, atMs: number): PointRow | undefined };

const BEFORE_ALL: PointRow = { at_ms: -Infinity, value: null, histogram: null };
const AFTER_ALL: PointRow = { at_ms: Infinity, value: null, histogram: null };

/** Totals of one stream at any time. All times are epoch milliseconds. */
class StreamLine {
  readonly #row: StreamRow;
  readonly #buckets: number;
  readonly #before: Seek;
  readonly #after: Seek;
  /** When the line begins and ends: before, and after, nothing is known. */
  readonly beginMs: number;
  readonly endMs: number;
  /** Points that were read. */
  read = 0;
  /** Around the time that was last asked for. */
  #low = AFTER_ALL;
  #high = BEFORE_ALL;

  constructor(row: StreamRow, buckets: number, before: Seek, after: Seek) {
    this.#row = row;
    this.#buckets = buckets;
    this.#before = before;
    this.#after = after;
    const first = this.#seek(after, -Infinity);
    const last = this.#seek(before, Infinity);
    const firstMs = first === undefined ? NaN : row.start_ms + first.at_ms;
    const startedMs = row.generation > 0 ? firstMs - MIN_STEP_MS : row.start_ms;
    this.beginMs =
      row.from_zero === 1 ? Math.min(firstMs, Math.max(startedMs, firstMs - FIRST_SPREAD_MS)) : firstMs;
    this.endMs = Math.max(row.start_ms + row.last_ms, last === undefined ? NaN : row.start_ms + last.at_ms);
  }

  #seek(seek: Seek, atMs: number): PointRow | undefined {
    this.read += 1;
    const bounded = Math.max(Number.MIN_SAFE_INTEGER, Math.min(Number.MAX_SAFE_INTEGER, atMs));
    return seek.get(this.#row.id, bounded);
  }

  /** Whether it tells of any time between the two. */
  lastsWithin(fromMs: number, toMs: number): boolean {
    return this.beginMs < toMs && this.endMs > fromMs;
  }

  /** Whether something was, or still is, reported between the two. */
  reportsWithin(fromMs: number, toMs: number): boolean {
    return this.beginMs < toMs && this.endMs >= fromMs;
  }

  /** The last value at or before that time. */
  lastValue(timeMs: number): number | null {
    return this.#seek(this.#before, timeMs - this.#row.start_ms)?.value ?? null;
  }

  /** What had been counted by then, of what is counted at all. */
  total(timeMs: number): number {
    const { low, high, share } = this.#around(timeMs);
    if (low === undefined) return high === undefined ? 0 : this.#fromNothing(high.value ?? 0, share);
    if (high === undefined) return low.value ?? 0;
    return between(low.value ?? 0, high.value ?? 0, share);
  }

  totals(timeMs: number): BucketTotals {
    const { low, high, share } = this.#around(timeMs);
    const at = (row: PointRow | undefined) =>
      row?.histogram ? unpackHistogram(row.histogram, this.#buckets) : null;
    const below = at(low);
    const above = at(high);
    if (below === null) {
      if (above === null)
        return { counts: new Array<number>(this.#buckets).fill(0), sum: 0, min: null, max: null };
      const { counts, sum, min, max } = above;
      return {
        counts: counts.map((count) => this.#fromNothing(count, share)),
        sum: this.#row.from_zero === 1 ? sum * share : sum,
        min,
        max,
      };
    }
    if (above === null || share === 0) return below;
    return {
      counts: below.counts.map((count, i) => between(count, above.counts[i]!, share)),
      sum: below.sum + (above.sum - below.sum) * share,
      min: above.min,
      max: above.max,
    };
  }

  #fromNothing(first: number, share: number): number {
    return this.#row.from_zero === 1 ? between(0, first, share) : first;
  }

  #around(timeMs: number): { low: PointRow | undefined; high: PointRow | undefined; share: number } {
    const atMs = timeMs - this.#row.start_ms;
    // Several steps may lie between two points.
    if (atMs < this.#low.at_ms || atMs >= this.#high.at_ms) {
      this.#low = this.#seek(this.#before, atMs) ?? BEFORE_ALL;
      this.#high = this.#seek(this.#after, atMs) ?? AFTER_ALL;
    }
    const low = this.#low === BEFORE_ALL ? undefined : this.#low;
    if (this.#high === AFTER_ALL) return { low, high: undefined, share: 0 };
    const high = this.#high;
    const fromMs = low?.at_ms ?? this.beginMs - this.#row.start_ms;
    const share = high.at_ms > fromMs ? (atMs - fromMs) / (high.at_ms - fromMs) : 1;
    return { low, high, share: Math.max(0, Math.min(1, share)) };
  }
}

/** On the straight line; whole numbers stay whole. */
function between(low: number, high: number, share: number): number {
  const value = low + (high - low) * share;
  return Number.isInteger(low) && Number.isInteger(high) ? Math.floor(value) : value;
}

function counterSteps(streams: readonly StreamLine[], { startMs, stepMs, count }: Steps): (number | null)[] {
  const values = new Array<number | null>(count).fill(null);
  for (const stream of streams) {
    let before: number | null = null;
    for (let i = 0; i < count; i += 1) {
      const from = startMs + i * stepMs;
      if (!stream.lastsWithin(from, from + stepMs)) continue;
      before ??= stream.total(from);
      const after = stream.total(from + stepMs);
      values[i] = (values[i] ?? 0) + Math.max(0, after - before);
      before = after;
    }
  }
  return values;
}

function histogramSteps(
  streams: readonly StreamLine[],
  { startMs, stepMs, count }: Steps,
  boundaries: readonly number[],
): (HistogramValue | null)[] {
  const steps = new Array<{ counts: number[]; sum: number; min: number | null; max: number | null } | null>(
    count,
  ).fill(null);
  for (const stream of streams) {
    let before: BucketTotals | null = null;
    for (let i = 0; i < count; i += 1) {
      const from = startMs + i * stepMs;
      if (!stream.lastsWithin(from, from + stepMs)) continue;
      before ??= stream.totals(from);
      const after = stream.totals(from + stepMs);
      const isFirst = steps[i] === null;
      const step = (steps[i] ??= {
        counts: new Array<number>(boundaries.length + 1).fill(0),
        sum: 0,
        min: after.min,
        max: after.max,
      });
      after.counts.forEach((total, at) => (step.counts[at]! += Math.max(0, total - before!.counts[at]!)));
      step.sum += Math.max(0, after.sum - before.sum);
      if (!isFirst) {
        step.min = step.min === null || after.min === null ? null : Math.min(step.min, after.min);
        step.max = step.max === null || after.max === null ? null : Math.max(step.max, after.max);
      }
      before = after;
    }
  }
  return steps.map((step) => (step === null ? null : toStep(boundaries, step, step)));
}

/**
 * Values as they stood at the end of each step. Of a gauge, that of whoever reported last; of an up-down counter,
 * the sum over all processes but those that another one followed.
 */
function lastValues(
  streams: readonly StreamLine[],
  { startMs, stepMs, count }: Steps,
  isGauge: boolean,
): (number | null)[] {
  return Array.from({ length: count }, (_, i) => {
    const from = startMs + i * stepMs;
    const to = from + stepMs;
    const present = streams.filter((stream) => stream.reportsWithin(from, to));
    if (present.length === 0) return null;
    const lastOf = ({ endMs }: StreamLine) => Math.min(endMs, to);
    if (isGauge) {
      const byLast = [...present].sort((a, b) => lastOf(b) - lastOf(a));
      for (const stream of byLast) {
        const value = stream.lastValue(to - 1);
        if (value !== null) return value;
      }
      return null;
    }
    let sum: number | null = null;
    for (const stream of present) {
      if (present.some((other) => other.beginMs > stream.endMs)) continue;
      const value = stream.lastValue(to - 1);
      if (value !== null) sum = (sum ?? 0) + value;
    }
    return sum;
  });
}

function prepare(db: Db) {
  type Window = { instrument: number; fromMs: number; toMs: number; limit: number };
  const inWindow = `metric_series.instrument = $instrument AND metric_stream.start_ms <= $toMs
    AND metric_stream.start_ms + metric_stream.last_ms + ${MINUTE} >= $fromMs`;
  const point = 'SELECT at_ms, value, histogram FROM metric_point WHERE stream = ? AND at_ms';
  return {
    instrument: db.prepare<[{ name: string; service: string | null }], InstrumentRow>(
      `${SELECT_INSTRUMENT} WHERE name = $name AND ($service IS NULL OR service = $service)
       ORDER BY last_ms DESC LIMIT 1`,
    ),
    firstStart: db.prepare<[number], { start_ms: number | null }>(
      `SELECT min(start_ms) AS start_ms FROM metric_series
       JOIN metric_stream ON metric_stream.series = metric_series.id WHERE instrument = ? AND from_zero = 1`,
    ),
    active: db.prepare<[Window], { series: number }>(
      `SELECT metric_series.id AS series FROM metric_series
       JOIN metric_stream ON metric_stream.series = metric_series.id WHERE ${inWindow}
       GROUP BY metric_series.id ORDER BY max(metric_stream.start_ms + metric_stream.last_ms) DESC, metric_series.id LIMIT $limit`,
    ),
    countActive: db.prepare<[Window], { count: number }>(
      `SELECT count(DISTINCT metric_series.id) AS count FROM metric_series
       JOIN metric_stream ON metric_stream.series = metric_series.id WHERE ${inWindow}`,
    ),
    series: db.prepare<[number], SeriesRow>(
      `SELECT metric_series.id, boundaries, metric_boundaries.value AS boundary_values, attributes
       FROM metric_series LEFT JOIN metric_boundaries ON metric_boundaries.id = boundaries WHERE metric_series.id = ?`,
    ),
    streams: db.prepare<[number, number, number], StreamRow>(
      `SELECT id, series, start_ms, generation, from_zero, last_ms FROM metric_stream
       WHERE series = ? AND start_ms <= ? AND start_ms + last_ms + ${MINUTE} >= ? ORDER BY start_ms, generation`,
    ),
    before: db.prepare<[number, number], PointRow>(`${point} <= ? ORDER BY at_ms DESC LIMIT 1`),
    after: db.prepare<[number, number], PointRow>(`${point} > ? ORDER BY at_ms LIMIT 1`),
    exemplars: db.prepare<[number, number, number], ExemplarRow>(
      `SELECT time_ms, value, lower(hex(trace_id)) AS trace_id, lower(hex(span_id)) AS span_id
       FROM metric_exemplar WHERE series = ? AND time_ms BETWEEN ? AND ? ORDER BY value DESC, time_ms DESC`,
    ),
  };
}
