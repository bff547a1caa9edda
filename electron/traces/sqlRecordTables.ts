/** The console's tables about logs and metrics. */
import type { HistogramValue } from '../../shared/metric.ts';
import { LOG_LEVELS } from '../../shared/span.ts';
import type { Origin } from '../../shared/span.ts';
import { unpackHistogram } from './histogramPacking.ts';
import { OWN_SERVICE, serviceOf } from './recordOrigins.ts';
import { toUs } from './sqlRows.ts';
import type { Cell, Parameter, SqlSource, Wanted } from './sqlRows.ts';
import { usedBuckets } from './usedBuckets.ts';

const FAR_MS = 8.64e15;

export function* logRows(
  { records }: SqlSource,
  _wanted: Wanted,
  ...[ofTrace, fromMs, toMs]: Parameter[]
): Generator<Cell[]> {
  type Row = [
    number,
    number,
    string,
    string | null,
    string | null,
    string | null,
    string | null,
    string | null,
  ];
  const ofOne = ofTrace === undefined ? '' : 'trace_id = $trace AND';
  const statement = records
    .prepare<[object], Row>(
      `SELECT time_us, level, message, event_name, record_origin.value, lower(hex(trace_id)), lower(hex(span_id)), attributes
       FROM log LEFT JOIN record_origin ON record_origin.id = origin
       WHERE ${ofOne} time_us BETWEEN $fromUs AND $toUs ORDER BY time_us, log.id`,
    )
    .raw();
  const range = {
    trace: Buffer.from(String(ofTrace ?? ''), 'hex'),
    fromUs: Math.max(-FAR_MS, toUs(fromMs, -FAR_MS)),
    toUs: Math.min(FAR_MS, toUs(toMs, FAR_MS)),
  };
  for (const row of statement.iterate(range)) {
    const [timeUs, level, message, eventName, origin, traceId, spanId, attributes] = row;
    const service = serviceIn(origin);
    // hex() makes an empty text of NULL.
    const trace = traceId === '' ? null : traceId;
    const span = spanId === '' ? null : spanId;
    const name = LOG_LEVELS[level] ?? 'info';
    yield [timeUs / 1000, name, message, eventName, service, trace, span, attributes ?? '{}'];
  }
}

const services = new Map<string, string>();

function serviceIn(origin: string | null): string {
  if (origin === null) return OWN_SERVICE;
  let service = services.get(origin);
  if (service === undefined) {
    if (services.size > 1000) services.clear();
    services.set(origin, (service = serviceOf(JSON.parse(origin) as Origin)));
  }
  return service;
}

export function* pointRows(
  { records }: SqlSource,
  wanted: Wanted,
  ...[ofName, fromMs, toMs]: Parameter[]
): Generator<Cell[]> {
  type Row = [
    string,
    string,
    string,
    string,
    string,
    number,
    number,
    number | null,
    Uint8Array | null,
    string | null,
  ];
  const statement = records
    .prepare<[object], Row>(
      `SELECT name, kind, unit, service, metric_series.attributes, start_ms, start_ms + at_ms, metric_point.value,
         histogram, metric_boundaries.value
       FROM metric_instrument
       JOIN metric_series ON metric_series.instrument = metric_instrument.id
       JOIN metric_stream ON metric_stream.series = metric_series.id
       JOIN metric_point ON metric_point.stream = metric_stream.id AND at_ms BETWEEN $fromMs - start_ms AND $toMs - start_ms
       LEFT JOIN metric_boundaries ON metric_boundaries.id = metric_series.boundaries
       WHERE $name IS NULL OR name = $name`,
    )
    .raw();
  const needsHistogram = ['count', 'sum', 'min', 'max', 'buckets'].some((column) => wanted.has(column));
  for (const row of statement.iterate(instrumentRange(ofName, fromMs, toMs))) {
    const [name, kind, unit, service, attributes, startMs, timeMs, value, blob, ends] = row;
    const before = [name, kind, unit, service, attributes, startMs, timeMs, value];
    if (blob === null || !needsHistogram) {
      yield [...before, null, null, null, null, null];
      continue;
    }
    const boundaries = JSON.parse(ends ?? '[]') as number[];
    const { counts, sum, min, max } = unpackHistogram(blob, boundaries.length + 1);
    const count = counts.reduce((all, inBucket) => all + inBucket, 0);
    const buckets = wanted.has('buckets') ? bucketsOf({ count, sum, min, max, boundaries, counts }) : null;
    yield [...before, count, sum, min, max, buckets];
  }
}

/** Pairs of end and count, as far as they are used. */
function bucketsOf(histogram: HistogramValue): string {
  const { boundaries, counts } = usedBuckets([[histogram]])[0]![0]!;
  return JSON.stringify(counts.map((inBucket, i) => [boundaries[i] ?? null, inBucket]));
}

export function* exemplarRows(
  { records }: SqlSource,
  _wanted: Wanted,
  ...[ofName, fromMs, toMs]: Parameter[]
): Generator<Cell[]> {
  const statement = records
    .prepare<[object], Cell[]>(
      `SELECT name, service, metric_series.attributes, time_ms, value, lower(hex(trace_id)), lower(hex(span_id))
       FROM metric_instrument
       JOIN metric_series ON metric_series.instrument = metric_instrument.id
       JOIN metric_exemplar ON metric_exemplar.series = metric_series.id AND time_ms BETWEEN $fromMs AND $toMs
       WHERE $name IS NULL OR name = $name`,
    )
    .raw();
  yield* statement.iterate(instrumentRange(ofName, fromMs, toMs));
}

function instrumentRange(ofName: Parameter, fromMs: Parameter, toMs: Parameter) {
  return {
    name: ofName === undefined ? null : String(ofName),
    fromMs: toUs(fromMs, -FAR_MS * 1000) / 1000,
    toMs: toUs(toMs, FAR_MS * 1000) / 1000,
  };
}
