/** Whether two records of an open span say the same: one that comes again as it was changes nothing. */
import { VALUE, type AttributeColumn, type SpanExtra } from './blockTypes.ts';
import type { SpanColumns } from './blocks/spanColumns.ts';
import type { BlockColumns } from './blocks/blockColumns.ts';

type States = {
  readonly columns: Pick<SpanColumns, 'name' | 'origin' | 'flags' | 'durationUs' | 'parentId'>;
  readonly keys: Iterable<number>;
  attribute(key: number): AttributeColumn | null;
  extra(row: number): SpanExtra | null;
};

export const ofColumns = (columns: SpanColumns): States => ({
  columns,
  keys: columns.attributes.keys(),
  attribute: (key) => columns.attributes.get(key) ?? null,
  extra: (row) => columns.extras.get(row) ?? null,
});
export const ofBlock = (columns: BlockColumns): States => ({
  columns,
  keys: columns.keys,
  attribute: (key) => columns.attribute(key),
  extra: (row) => columns.extra(row),
});

export function isSameState(one: States, row: number, other: States, at: number): boolean {
  return stateOf(one, row) === stateOf(other, at);
}

function stateOf({ columns, keys, attribute, extra }: States, row: number): string {
  const values: [number, number, string | number][] = [];
  for (const key of keys) {
    const column = attribute(key);
    const place = column === null ? -1 : column.rows.indexOf(row);
    if (column === null || place === -1) continue;
    const type = column.type[place]!;
    const value = column.value[place]!;
    const isText = type === VALUE.string || type === VALUE.list;
    values.push([key, type, isText ? column.texts[value]! : String(value)]);
  }
  const { name, origin, flags, durationUs, parentId } = columns;
  return JSON.stringify([
    name[row],
    origin[row],
    flags[row],
    durationUs[row],
    parentId[row * 2],
    parentId[row * 2 + 1],
    values.sort(([a], [b]) => a - b),
    extra(row),
  ]);
}
