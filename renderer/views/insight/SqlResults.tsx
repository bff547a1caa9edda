import { useVirtualizer } from '@tanstack/react-virtual';
import { useMemo, useRef } from 'react';
import type { SqlResult } from '../../../shared/traceQuery.ts';
import { formatCount, formatDuration } from '../../../shared/units.ts';
import { copyToClipboard } from '../../store/clipboard.ts';
import { Button } from '../../ui/Button.tsx';
import { openSpan, openTrace } from '../traces/openTrace.ts';
import { cellText, columnWidths, toCsv, toJson } from './sqlText.ts';

type Props = { readonly result: SqlResult; readonly limit: number; readonly isOld: boolean };
const ROW_PX = 26;
const CHAR_PX = 7.3;
const PAD_PX = 18;

/** Rows of a result: a table of which only what is seen is in the page. */
export function SqlResults({ result, limit, isOld }: Props) {
  const { columns, rows, truncated, tookMs } = result;
  const scroller = useRef<HTMLDivElement>(null);
  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW_PX,
    overscan: 12,
  });
  const widths = useMemo(() => columnWidths(result), [result]);
  const isNumber = useMemo(
    () => columns.map((_, at) => rows.slice(0, 50).some((row) => typeof row[at] === 'number')),
    [columns, rows],
  );
  const items = virtual.getVirtualItems();
  const before = items[0]?.start ?? 0;
  const after = virtual.getTotalSize() - (items.at(-1)?.end ?? 0);
  const spacer = (key: string, height: number) =>
    height > 0 && (
      <tr key={key} aria-hidden="true">
        <td colSpan={columns.length} style={{ height, padding: 0 }}>
          {null}
        </td>
      </tr>
    );
  const copy = (text: string, form: string) =>
    void copyToClipboard(text, `${formatCount(rows.length)} rows as ${form}`, 'are');
  return (
    <section className={isOld ? 'sql-results is-stale' : 'sql-results'} aria-label="Result">
      <div className="row row-wrap sql-note">
        <span className="small num" role="status">
          {formatCount(rows.length)} {rows.length === 1 ? 'row' : 'rows'}, {formatDuration(tookMs)}
          {truncated && (
            <strong className="is-warn">
              {' '}
              · not whole: {rows.length >= limit ? `the first ${formatCount(limit)} rows` : 'cut at 16 MB'}
            </strong>
          )}
        </span>
        <span className="grow" />
        <Button
          tone="quiet"
          icon="copy"
          disabled={rows.length === 0}
          onClick={() => copy(toCsv(result), 'CSV')}
        >
          CSV
        </Button>
        <Button
          tone="quiet"
          icon="copy"
          disabled={rows.length === 0}
          onClick={() => copy(toJson(result), 'JSON')}
        >
          JSON
        </Button>
      </div>
      {rows.length === 0 ? (
        <p className="muted insight-pad">No rows.</p>
      ) : (
        <div className="sql-grid" ref={scroller} tabIndex={0} role="region" aria-label="Rows">
          <table className="table" aria-rowcount={rows.length + 1} data-testid="sql-rows">
            <colgroup>
              {widths.map((width, at) => (
                <col key={at} style={{ width: Math.round(width * CHAR_PX + PAD_PX) }} />
              ))}
            </colgroup>
            <thead>
              <tr aria-rowindex={1}>
                {columns.map((name, at) => (
                  <th key={at} scope="col" className={isNumber[at] ? 'right' : undefined} title={name}>
                    {name}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {spacer('before', before)}
              {items.map(({ index }) => (
                <tr key={index} aria-rowindex={index + 2}>
                  {rows[index]!.map((cell, at) => (
                    <td
                      key={at}
                      className={isNumber[at] ? 'right' : undefined}
                      title={String(cell ?? 'NULL')}
                    >
                      <Cell cell={cell} column={columns[at]!} columns={columns} row={rows[index]!} />
                    </td>
                  ))}
                </tr>
              ))}
              {spacer('after', after)}
            </tbody>
          </table>
        </div>
      )}
    </section>
  );
}

type CellProps = {
  readonly cell: string | number | null;
  readonly column: string;
  readonly columns: readonly string[];
  readonly row: SqlResult['rows'][number];
};

/** Ids of traces and spans lead there. */
function Cell({ cell, column, columns, row }: CellProps) {
  if (cell === null) return <span className="faint">NULL</span>;
  const traceId = row[columns.indexOf('trace_id')];
  const isTrace = column === 'trace_id' && /^[0-9a-f]{32}$/.test(String(cell));
  const isSpan = column === 'span_id' && typeof traceId === 'string' && /^[0-9a-f]{32}$/.test(traceId);
  if (!isTrace && !isSpan) return cellText(cell);
  return (
    <button
      data-action="Open id"
      type="button"
      className="link mono"
      onClick={() =>
        isTrace ? openTrace(String(cell)) : openSpan({ traceId: String(traceId), spanId: String(cell) })
      }
    >
      {cell}
    </button>
  );
}
