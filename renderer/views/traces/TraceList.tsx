import { useVirtualizer } from '@tanstack/react-virtual';
import { useCallback, useId, useLayoutEffect, useMemo, useRef, useState } from 'react';
import type { KeyboardEvent } from 'react';
import type { FoundTrace } from '../../../shared/traceQuery.ts';
import { listRows } from '../../derive/foundTraces.ts';
import type { ListRow } from '../../derive/foundTraces.ts';
import { isActive as isRunActive } from '../../derive/runProgress.ts';
import { getState, useStore } from '../../store/index.ts';
import {
  selectCheckedTraces,
  selectRuns,
  selectTraceGroup,
  selectTraceOrder,
} from '../../store/selectors.ts';
import { LIST_COLUMNS } from './listColumns.ts';
import { listKey } from './listKeys.ts';
import { openTrace } from './openTrace.ts';
import { GroupRow, TraceRow } from './TraceRow.tsx';
import { useTraceTokens } from './useTraceTokens.ts';

const ROW_PX = 30;
const HEAD_PX = 30;

type Props = {
  readonly traces: readonly FoundTrace[];
  /** A query chose spans: how many of each trace it found is told. */
  readonly hasMatches: boolean;
};

const keyOf = (row: ListRow) => (row.type === 'group' ? `group ${row.key}` : row.trace.traceId);

/** Traces as a grid that holds the focus itself: one row is the active one, whatever is inserted above it. */
export function TraceList({ traces, hasMatches }: Props) {
  const id = useId();
  const group = useStore(selectTraceGroup);
  const order = useStore(selectTraceOrder);
  const checked = useStore(selectCheckedTraces);
  const runs = useStore(selectRuns);
  const scroller = useRef<HTMLDivElement>(null);
  const [closed, setClosed] = useState<ReadonlySet<string>>(new Set());
  const [activeKey, setActiveKey] = useState<string | null>(null);
  const runById = useMemo(() => new Map(runs.map((run) => [run.runId, run])), [runs]);
  const rows = useMemo(
    () => listRows(traces, group, closed, (runId) => runById.get(runId)?.sourceName ?? `Run ${runId}`),
    [traces, group, closed, runById],
  );
  const longestMs = useMemo(
    () => traces.reduce((most, { durationMs }) => Math.max(most, durationMs ?? 0), 0),
    [traces],
  );
  const places = useMemo(() => new Map(rows.map((row, index) => [keyOf(row), index])), [rows]);
  const active = activeKey === null ? -1 : (places.get(activeKey) ?? -1);

  const virtual = useVirtualizer({
    count: rows.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW_PX,
    overscan: 10,
    scrollPaddingStart: HEAD_PX,
    paddingStart: 0,
  });

  // Rows that come in above must not move those that are looked at.
  const top = useRef<string | null>(null);
  useLayoutEffect(() => {
    const box = scroller.current;
    if (box === null) return;
    const seen = Math.floor(box.scrollTop / ROW_PX);
    const now = top.current === null ? undefined : places.get(top.current);
    if (box.scrollTop > 0 && now !== undefined && now !== seen) box.scrollTop += (now - seen) * ROW_PX;
    const first = rows[Math.floor(box.scrollTop / ROW_PX)];
    top.current = first === undefined ? null : keyOf(first);
  }, [rows, places]);

  const toggleGroup = useCallback((key: string) => {
    setClosed((was) => {
      const next = new Set(was);
      if (!next.delete(key)) next.add(key);
      return next;
    });
  }, []);
  const goTo = (index: number) => {
    const row = rows[index];
    if (row === undefined) return;
    setActiveKey(keyOf(row));
    virtual.scrollToIndex(index);
  };

  const items = virtual.getVirtualItems();
  const tokensOf = useTraceTokens(
    items.flatMap(({ index }) => {
      const row = rows[index];
      return row?.type === 'trace' ? [row.trace] : [];
    }),
  );

  const onKeyDown = (event: KeyboardEvent) => {
    const pageRows = Math.max(1, Math.floor(((scroller.current?.clientHeight ?? 0) - HEAD_PX) / ROW_PX) - 1);
    const done = listKey(event, { rows, active, pageRows, goTo, toggleGroup });
    if (!done) return;
    event.preventDefault();
    event.stopPropagation();
  };
  const { traceOrderChanged, traceChecked } = getState();
  return (
    <div
      ref={scroller}
      className={`trace-list${group === 'none' ? '' : ' is-grouped'}${hasMatches ? ' has-matches' : ''}`}
      role={group === 'none' ? 'grid' : 'treegrid'}
      aria-label="Traces"
      aria-multiselectable="true"
      aria-rowcount={rows.length + 1}
      aria-activedescendant={active < 0 ? undefined : `${id}-${active}`}
      tabIndex={0}
      data-testid="trace-list"
      onKeyDown={onKeyDown}
      onFocus={(event) => {
        if (event.target === event.currentTarget && active < 0 && rows[0] !== undefined)
          setActiveKey(keyOf(rows[0]));
      }}
      onScroll={({ currentTarget }) => {
        const first = rows[Math.floor(currentTarget.scrollTop / ROW_PX)];
        top.current = first === undefined ? null : keyOf(first);
      }}
    >
      <div role="rowgroup" className="trace-list-head">
        <div role="row" aria-rowindex={1} className="trace-row list-head">
          {LIST_COLUMNS.filter(({ id: column }) => hasMatches || column !== 'matched').map((column) => (
            <span
              key={column.id}
              role="columnheader"
              className={`cell-${column.id}${column.isRight === true ? ' right' : ''}`}
              aria-sort={
                column.order === undefined ? undefined : column.order === order ? 'descending' : 'none'
              }
            >
              {column.isHidden === true ? (
                <span className="visually-hidden">{column.label}</span>
              ) : column.order === undefined ? (
                <span title={column.title}>{column.label}</span>
              ) : (
                <button
                  type="button"
                  title={column.title}
                  data-action={`sort.${column.order}`}
                  onClick={() => traceOrderChanged(column.order!)}
                >
                  {column.label}
                  <span aria-hidden="true">{column.order === order ? ' ▾' : ''}</span>
                </button>
              )}
            </span>
          ))}
        </div>
      </div>
      <div role="rowgroup" className="trace-list-body" style={{ height: virtual.getTotalSize() }}>
        {items.map(({ index, start }) => {
          const row = rows[index];
          if (row === undefined) return null;
          const place = { id: `${id}-${index}`, index, topPx: start, isActive: index === active };
          if (row.type === 'group')
            return <GroupRow key={keyOf(row)} {...place} group={row} onToggle={toggleGroup} />;
          const { trace } = row;
          const run = trace.runId === null ? undefined : runById.get(trace.runId);
          return (
            <TraceRow
              key={trace.traceId}
              {...place}
              trace={trace}
              isGrouped={group !== 'none'}
              isChecked={checked.has(trace.traceId)}
              run={run}
              tokens={tokensOf(trace.traceId)}
              hasMatches={hasMatches}
              // The click that began a run is stored long before the run is.
              isGoing={trace.durationMs === null || (run !== undefined && isRunActive(run.state))}
              share={longestMs > 0 ? (trace.durationMs ?? longestMs) / longestMs : 0}
              onOpen={openTrace}
              onCheck={traceChecked}
            />
          );
        })}
      </div>
    </div>
  );
}
