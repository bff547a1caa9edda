import type { ReactNode } from 'react';

export type Column<Row> = {
  readonly id: string;
  readonly label: string;
  /** Said when the pointer rests on the heading. */
  readonly about?: string;
  readonly align?: 'right';
  /** What rows are put in order by; columns without it cannot be. */
  readonly value?: (row: Row) => number | string | null;
  readonly cell: (row: Row) => ReactNode;
};
export type Order = { readonly id: string; readonly isDown: boolean };

/** Rows in order of a column, unknown values last either way. Equal ones stay as they were. */
export function sortRows<Row>(
  rows: readonly Row[],
  columns: readonly Column<Row>[],
  { id, isDown }: Order,
): readonly Row[] {
  const value = columns.find((column) => column.id === id)?.value;
  if (value === undefined) return rows;
  return rows.toSorted((a, b) => {
    const [x, y] = [value(a), value(b)];
    if (x === null || y === null) return x === y ? 0 : x === null ? 1 : -1;
    const order =
      typeof x === 'string' || typeof y === 'string'
        ? String(x).localeCompare(String(y), undefined, { numeric: true })
        : x - y;
    return isDown ? -order : order;
  });
}

/** Numbers begin with the greatest, names with the first. */
export function nextOrder<Row>(order: Order, column: Column<Row>, row: Row | undefined): Order {
  if (order.id === column.id) return { id: column.id, isDown: !order.isDown };
  return { id: column.id, isDown: row === undefined || typeof column.value?.(row) !== 'string' };
}
