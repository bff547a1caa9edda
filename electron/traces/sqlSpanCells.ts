/** Columns of the console's tables about spans: of each row of a block its cell. */
import { SPAN_KINDS, SPAN_STATUSES } from '../../shared/span.ts';
import type { SqlTableName } from '../../shared/sqlTables.ts';
import { VALUE } from './blockTypes.ts';
import type { AttributeColumn, SpanBlock, SpanReader } from './blockTypes.ts';
import { columnsOf } from './sqlRows.ts';
import type { Cell, SqlSource, Wanted } from './sqlRows.ts';

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
export function wantedCells(table: SqlTableName, wanted: Wanted, source: SqlSource) {
  const cells = spanCells(source);
  return columnsOf(table).flatMap((column, at) => {
    const cell = cells[column];
    return cell === undefined || !wanted.has(column) ? [] : [{ at, cell }];
  });
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

const HEX = Array.from({ length: 65_536 }, (_, i) => i.toString(16).padStart(4, '0'));

function hexId(words: Uint32Array, row: number): string {
  const high = words[row * 2]!;
  const low = words[row * 2 + 1]!;
  return HEX[high >>> 16]! + HEX[high & 65_535]! + HEX[low >>> 16]! + HEX[low & 65_535]!;
}
