import { useMemo, useState } from 'react';
import type { ReactNode } from 'react';
import { formatCount } from '../../../shared/units.ts';
import { Button } from '../../ui/Button.tsx';
import { nextOrder, sortRows } from './sortRows.ts';
import type { Column, Order } from './sortRows.ts';

type Props<Row> = {
  readonly label: string;
  readonly columns: readonly Column<Row>[];
  readonly rows: readonly Row[];
  readonly rowKey: (row: Row) => string;
  readonly start: Order;
  /** A row that is opened has this below it. */
  readonly renderBelow?: (row: Row) => ReactNode;
  readonly testId?: string;
};
const FIRST_ROWS = 100;

/** A table of figures that its headings put in order. The first column names the row. */
export function SortTable<Row>({ label, columns, rows, rowKey, start, renderBelow, testId }: Props<Row>) {
  const [order, setOrder] = useState(start);
  const [isWhole, setWhole] = useState(false);
  const sorted = useMemo(() => sortRows(rows, columns, order), [rows, columns, order]);
  const shown = isWhole ? sorted : sorted.slice(0, FIRST_ROWS);
  return (
    <>
      <table className="table figures" aria-label={label} data-testid={testId}>
        <thead>
          <tr>
            {columns.map((column) => (
              <th
                key={column.id}
                scope="col"
                className={column.align}
                title={column.about}
                aria-sort={order.id !== column.id ? undefined : order.isDown ? 'descending' : 'ascending'}
              >
                {column.value === undefined ? (
                  column.label
                ) : (
                  <button
                    type="button"
                    className="sort"
                    data-action={`sort.${column.id}`}
                    onClick={() => setOrder(nextOrder(order, column, rows[0]))}
                  >
                    {column.label}
                    <span aria-hidden="true" className="sort-mark">
                      {order.id !== column.id ? '' : order.isDown ? '▾' : '▴'}
                    </span>
                  </button>
                )}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {shown.map((row) => {
            const more = renderBelow?.(row) ?? null;
            return [
              <tr key={rowKey(row)} className={more === null ? undefined : 'is-open'}>
                {columns.map((column, index) =>
                  index === 0 ? (
                    <th key={column.id} scope="row">
                      {column.cell(row)}
                    </th>
                  ) : (
                    <td key={column.id} className={column.align}>
                      {column.cell(row)}
                    </td>
                  ),
                )}
              </tr>,
              more !== null && (
                <tr key={`${rowKey(row)} below`} className="row-below">
                  <td colSpan={columns.length}>{more}</td>
                </tr>
              ),
            ];
          })}
        </tbody>
      </table>
      {shown.length < sorted.length && (
        <p className="table-more">
          <Button onClick={() => setWhole(true)}>Show all {formatCount(sorted.length)}</Button>
        </p>
      )}
    </>
  );
}
