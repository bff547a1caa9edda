/**
 * The console's tables: rows made while SQLite asks for them, from blocks of columns and from the tables of records.
 * Only columns that a statement reads are worked out.
 */
import { SPAN_KINDS, SPAN_STATUSES, LOG_LEVELS } from '../../shared/span.ts';
import { SQL_TABLES } from '../../shared/sqlTables.ts';
import type { SqlTableName } from '../../shared/sqlTables.ts';
import type { Db } from '../sqlite/openDatabase.ts';
import { VALUE } from './blockTypes.ts';
import type { AttributeColumn, SpanBlock, SpanReader } from './blockTypes.ts';
import { unpackHistogram } from './histogramPacking.ts';
import { OWN_SERVICE, serviceOf } from './recordOrigins.ts';
import type { Origin } from '../../shared/span.ts';

/** What the rows are made of: the spans, and a connection to the tables of records. */
export type SqlSource = { readonly spans: SpanReader; readonly records: Db };
type Cell = string | number | null;
/** Names of the columns that are wanted. */
export type Wanted = ReadonlySet<string>;
type Parameter = unknown;
type RowsOf = (source: SqlSource, wanted: Wanted, ...parameters: Parameter[]) => Generator<Cell[]>;

/** Rows of each table; they are the same array over and over, so take from it what you need before you go on. */
export const ROWS_OF: Readonly<Record<SqlTableName, RowsOf>> = {
  spans: spanRows,
  span_attributes: attributeRows,
  span_events: eventRows,
  span_links: linkRows,
  traces: traceRows,
  logs: logRows,
  metric_points: pointRows,
  metric_exemplars: exemplarRows,
};

export const columnsOf = (name: SqlTableName): string[] =>
  Object.keys(SQL_TABLES.find((table) => table.name === name)!.columns);
export const parametersOf = (name: SqlTableName): string[] =>
  Object.keys(SQL_TABLES.find((table) => table.name === name)!.parameters);

type SpanPlace = { readonly block: SpanBlock; readonly rows: Iterable<number> };

/** Living rows, block by block. */
function* places(
  { spans }: SqlSource,
  ofTrace: Parameter,
  fromMs: Parameter,
  toMs: Parameter,
): Generator<SpanPlace> {
  const fromUs = toUs(fromMs, -Infinity);
  const untilUs = toUs(toMs, Infinity);
  const trace = ofTrace === undefined ? null : spans.traceNumber(String(ofTrace).toLowerCase());
  if (ofTrace !== undefined && trace === null) return;
  for (const block of trace === null ? spans.blocks(fromUs, untilUs) : spans.blocksOf(trace)) {
    yield { block, rows: rowsWithin(block, trace, fromUs, untilUs) };
  }
}

function* rowsWithin(
  block: SpanBlock,
  trace: number | null,
  fromUs: number,
  toUs: number,
): Generator<number> {
  const { dead, count } = block;
  const isWhole = block.firstUs >= fromUs && block.lastUs <= toUs;
  for (let row = 0; row < count; row += 1) {
    if (dead !== null && dead[row] === 1) continue;
    if (trace !== null && block.trace[row] !== trace) continue;
    if (!isWhole && (block.startUs[row]! < fromUs || block.startUs[row]! > toUs)) continue;
    yield row;
  }
}

function toUs(ms: Parameter, otherwise: number): number {
  const number = ms === undefined ? otherwise : Number(ms) * 1000;
  return Number.isNaN(number) ? otherwise : number;
}

/** Columns that spans have in every table that is about spans. */
function spanCells({ spans }: SqlSource): Record<string, (block: SpanBlock) => (row: number) => Cell> {
  const { strings } = spans;
  const traceIds = new Map<number, string>();
  const traceId = (trace: number): string => {
    let id = traceIds.get(trace);
    if (id === undefined) traceIds.set(trace, (id = spans.traceId(trace)));
    return id;
  };
  const origins = new Map<number, OriginCells>();
  const originOf = (id: number): OriginCells => {
    let cells = origins.get(id);
    if (cells === undefined) {
      const record = strings.originRecord?.(id) ?? null;
      const scope = record?.scope.name ?? '';
      cells = {
        ...strings.origin(id),
        scope: scope === '' ? null : scope,
        resource: JSON.stringify(record?.resource ?? {}),
      };
      origins.set(id, cells);
    }
    return cells;
  };
  return {
    trace_id:
      ({ trace }) =>
      (row) =>
        traceId(trace[row]!),
    span_id:
      ({ spanId }) =>
      (row) =>
        hexId(spanId, row),
    parent_id:
      ({ parentId }) =>
      (row) =>
        parentId[row * 2] === 0 && parentId[row * 2 + 1] === 0 ? null : hexId(parentId, row),
    name:
      ({ name }) =>
      (row) =>
        strings.text(name[row]!),
    service:
      ({ origin }) =>
      (row) =>
        originOf(origin[row]!).service,
    version:
      ({ origin }) =>
      (row) =>
        originOf(origin[row]!).version,
    scope:
      ({ origin }) =>
      (row) =>
        originOf(origin[row]!).scope,
    resource:
      ({ origin }) =>
      (row) =>
        originOf(origin[row]!).resource,
    kind:
      ({ flags }) =>
      (row) =>
        SPAN_KINDS[flags[row]! & 7] ?? null,
    status:
      ({ flags }) =>
      (row) =>
        SPAN_STATUSES[flags[row]! >> 3] ?? null,
    status_message: (block) => (row) => block.extra(row)?.statusMessage ?? null,
    start_ms:
      ({ startUs }) =>
      (row) =>
        startUs[row]! / 1000,
    duration_ms:
      ({ durationUs }) =>
      (row) =>
        Number.isNaN(durationUs[row]!) ? null : durationUs[row]! / 1000,
    attributes: (block) => {
      const json = attributesOf(block, spans);
      return (row) => `{${json[row] ?? ''}}`;
    },
  };
}
type OriginCells = {
  readonly service: string;
  readonly version: string | null;
  readonly scope: string | null;
  readonly resource: string;
};

/** One function a wanted column, with the place it goes to. */
function wantedCells(table: SqlTableName, wanted: Wanted, source: SqlSource) {
  const cells = spanCells(source);
  return columnsOf(table).flatMap((column, at) => {
    const cell = cells[column];
    return cell === undefined || !wanted.has(column) ? [] : [{ at, cell }];
  });
}

function* spanRows(
  source: SqlSource,
  wanted: Wanted,
  ...[ofTrace, fromMs, toMs]: Parameter[]
): Generator<Cell[]> {
  const cells = wantedCells('spans', wanted, source);
  const row = new Array<Cell>(columnsOf('spans').length).fill(null);
  for (const { block, rows } of places(source, ofTrace, fromMs, toMs)) {
    const read = cells.map(({ at, cell }) => ({ at, cell: cell(block) }));
    for (const i of rows) {
      for (const { at, cell } of read) row[at] = cell(i);
      yield row;
    }
  }
}

function* attributeRows(
  source: SqlSource,
  wanted: Wanted,
  ...[ofKey, ofTrace, fromMs, toMs]: Parameter[]
): Generator<Cell[]> {
  const { strings } = source.spans;
  const only = ofKey === undefined ? null : strings.find(String(ofKey));
  if (ofKey !== undefined && only === null) return;
  const cells = wantedCells('span_attributes', wanted, source);
  const columns = columnsOf('span_attributes');
  const row = new Array<Cell>(columns.length).fill(null);
  const keyAt = columns.indexOf('key');
  const valueAt = columns.indexOf('value');
  for (const { block, rows } of places(source, ofTrace, fromMs, toMs)) {
    const read = cells.map(({ at, cell }) => ({ at, cell: cell(block) }));
    const isWanted = new Uint8Array(block.count);
    for (const i of rows) isWanted[i] = 1;
    for (const key of only === null ? block.keys : [only]) {
      const column = block.attribute(key);
      if (column === null) continue;
      row[keyAt] = strings.text(key);
      for (let at = 0; at < column.rows.length; at += 1) {
        const i = column.rows[at]!;
        if (isWanted[i] === 0) continue;
        for (const { at: place, cell } of read) row[place] = cell(i);
        row[valueAt] = valueOf(column, at);
        yield row;
      }
    }
  }
}

function* eventRows(
  source: SqlSource,
  wanted: Wanted,
  ...[ofTrace, fromMs, toMs]: Parameter[]
): Generator<Cell[]> {
  const cells = wantedCells('span_events', wanted, source).filter(({ at }) => at < 2);
  for (const { block, rows } of places(source, ofTrace, fromMs, toMs)) {
    const read = cells.map(({ cell }) => cell(block));
    for (const i of extraRows(block, rows)) {
      for (const { name, timeMs, attributes } of block.extra(i)?.events ?? []) {
        const [traceId = null, spanId = null] = idsOf(wanted, read, i);
        yield [traceId, spanId, name, timeMs, JSON.stringify(attributes)];
      }
    }
  }
}

function* linkRows(
  source: SqlSource,
  wanted: Wanted,
  ...[ofTrace, fromMs, toMs]: Parameter[]
): Generator<Cell[]> {
  const cells = wantedCells('span_links', wanted, source).filter(({ at }) => at < 2);
  for (const { block, rows } of places(source, ofTrace, fromMs, toMs)) {
    const read = cells.map(({ cell }) => cell(block));
    for (const i of extraRows(block, rows)) {
      for (const link of block.extra(i)?.links ?? []) {
        const [traceId = null, spanId = null] = idsOf(wanted, read, i);
        yield [traceId, spanId, link.traceId, link.spanId, JSON.stringify(link.attributes)];
      }
    }
  }
}

function idsOf(wanted: Wanted, read: readonly ((row: number) => Cell)[], row: number): Cell[] {
  const values = read.map((cell) => cell(row));
  return wanted.has('trace_id') ? values : [null, ...values];
}

function* extraRows(block: SpanBlock, rows: Iterable<number>): Generator<number> {
  const extras = block.extraRows;
  let at = 0;
  for (const row of rows) {
    while (at < extras.length && extras[at]! < row) at += 1;
    if (at === extras.length) return;
    if (extras[at] === row) yield row;
  }
}

function* traceRows(
  { spans }: SqlSource,
  _wanted: Wanted,
  ...[fromMs, toMs]: Parameter[]
): Generator<Cell[]> {
  const numbers = spans.traces(
    'newest',
    toUs(fromMs, -Infinity),
    toUs(toMs, Infinity),
    Number.MAX_SAFE_INTEGER,
  );
  for (const number of numbers) {
    const { traceId, name, service, version, runId, startMs, durationMs, ...rest } = spans.summary(number);
    const pinned = rest.pinned ? 1 : 0;
    yield [
      traceId,
      name,
      service,
      version,
      runId,
      startMs,
      durationMs,
      rest.spanCount,
      rest.errorCount,
      pinned,
    ];
  }
}

const FAR_MS = 8.64e15;

function* logRows(
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

function* pointRows(
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
    const buckets = wanted.has('buckets')
      ? JSON.stringify(counts.map((inBucket, i) => [boundaries[i] ?? null, inBucket]))
      : null;
    yield [...before, count, sum, min, max, buckets];
  }
}

function* exemplarRows(
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

/** Attributes of each row of a block, as the inside of a JSON object. */
function attributesOf(block: SpanBlock, { strings }: SpanReader): (string | undefined)[] {
  const json = new Array<string | undefined>(block.count);
  for (const key of block.keys) {
    const column = block.attribute(key);
    if (column === null) continue;
    const label = `${JSON.stringify(strings.text(key))}:`;
    const texts = column.texts.map((text) => label + JSON.stringify(text));
    for (let at = 0; at < column.rows.length; at += 1) {
      const row = column.rows[at]!;
      const before = json[row];
      const type = column.type[at]!;
      const piece = type === VALUE.string ? texts[column.value[at]!]! : label + jsonOf(column, at, type);
      json[row] = before === undefined ? piece : `${before},${piece}`;
    }
  }
  return json;
}

function jsonOf({ value, texts }: AttributeColumn, at: number, type: number): string {
  if (type === VALUE.list) return texts[value[at]!]!;
  if (type === VALUE.true) return 'true';
  if (type === VALUE.false) return 'false';
  // JSON has no NaN and no infinity.
  return Number.isFinite(value[at]!) ? String(value[at]!) : 'null';
}

function valueOf({ type, value, texts }: AttributeColumn, at: number): Cell {
  const of = type[at]!;
  if (of === VALUE.string || of === VALUE.list) return texts[value[at]!]!;
  if (of === VALUE.true) return 1;
  if (of === VALUE.false) return 0;
  return Number.isNaN(value[at]!) ? null : value[at]!;
}

const HEX = Array.from({ length: 65_536 }, (_, i) => i.toString(16).padStart(4, '0'));
function hexId(words: Uint32Array, row: number): string {
  const high = words[row * 2]!;
  const low = words[row * 2 + 1]!;
  return HEX[high >>> 16]! + HEX[high & 65_535]! + HEX[low >>> 16]! + HEX[low & 65_535]!;
}
