/** The console's tables about spans and traces. */
import { VALUE } from './blockTypes.ts';
import type { AttributeColumn, SpanBlock } from './blockTypes.ts';
import { columnsOf, toUs } from './sqlRows.ts';
import type { Cell, Parameter, SqlSource, Wanted } from './sqlRows.ts';
import { wantedCells } from './sqlSpanCells.ts';

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

export function* spanRows(
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

export function* attributeRows(
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

function valueOf({ type, value, texts }: AttributeColumn, at: number): Cell {
  const of = type[at]!;
  if (of === VALUE.string || of === VALUE.list) return texts[value[at]!]!;
  if (of === VALUE.true) return 1;
  if (of === VALUE.false) return 0;
  return Number.isNaN(value[at]!) ? null : value[at]!;
}

export function* eventRows(
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

export function* linkRows(
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

export function* traceRows(
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
