import { useVirtualizer } from '@tanstack/react-virtual';
import { useEffect, useId, useRef, useState } from 'react';
import type { KeyboardEvent, ReactNode } from 'react';
import type { LogRecord } from '../../../shared/span.ts';
import { formatClock, formatMoment, formatWhen } from '../../derive/clock.ts';
import { LEVEL_TONES, serviceOf } from '../../derive/logs.ts';
import { shortcutKey } from '../../shell/shortcuts.ts';
import { getState } from '../../store/index.ts';
import { Badge } from '../../ui/Badge.tsx';

const ROW_PX = 26;
const HEAD_PX = 30;
/** This close to the end, the list follows new records. */
const FOLLOW_PX = 40;

type Props = {
  readonly logs: readonly LogRecord[];
  readonly isHeld: boolean;
  readonly empty: ReactNode;
};

const COLUMNS = ['Level', 'Time', 'Service', 'Message', 'Trace'] as const;

/** Log records as a grid that follows its end until one goes elsewhere; Enter opens the span a record is of. */
export function LogTable({ logs, isHeld, empty }: Props) {
  const id = useId();
  const scroller = useRef<HTMLDivElement>(null);
  const following = useRef(true);
  const [active, setActive] = useState<LogRecord | null>(null);
  const [shown, setShown] = useState<LogRecord | null>(null);
  const rows = useVirtualizer({
    count: logs.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW_PX,
    overscan: 14,
    scrollPaddingStart: HEAD_PX,
  });
  useEffect(() => {
    if (following.current && !isHeld && logs.length > 0) rows.scrollToIndex(logs.length - 1);
  }, [logs, rows, isHeld]);
  const at = active === null ? -1 : logs.indexOf(active);

  const onKeyDown = (event: KeyboardEvent) => {
    if (event.target !== event.currentTarget || event.ctrlKey || event.metaKey || event.altKey) return;
    const key = shortcutKey(event.nativeEvent);
    const last = logs.length - 1;
    const from = at < 0 ? last : at;
    const page = Math.max(1, Math.floor((scroller.current?.clientHeight ?? 0) / ROW_PX) - 2);
    const to = {
      ArrowDown: from + 1,
      j: from + 1,
      ArrowUp: at < 0 ? last : from - 1,
      k: at < 0 ? last : from - 1,
      PageDown: from + page,
      PageUp: from - page,
      Home: 0,
      End: last,
    }[key];
    if (to !== undefined && last >= 0) {
      const index = Math.min(last, Math.max(0, to));
      following.current = index === last;
      setActive(logs[index] ?? null);
      rows.scrollToIndex(index);
    } else if (key === 'Enter' && active !== null) openLog(active);
    else if (key === ' ' && active !== null) setShown(shown === active ? null : active);
    else if (key === 'Escape' && shown !== null) setShown(null);
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  return (
    <div className="panel logs-panel">
      <div
        className="logs"
        ref={scroller}
        tabIndex={0}
        role="grid"
        aria-label="Log records"
        aria-rowcount={logs.length + 1}
        aria-activedescendant={at < 0 ? undefined : `${id}-${at}`}
        data-testid="log-table"
        onKeyDown={onKeyDown}
        onScroll={({ currentTarget: box }) => {
          following.current = box.scrollHeight - box.scrollTop - box.clientHeight < FOLLOW_PX;
        }}
      >
        <div role="rowgroup" className="logs-head">
          <div role="row" aria-rowindex={1} className="log">
            {COLUMNS.map((name) => (
              <span key={name} role="columnheader" className={`log-${name.toLowerCase()}`}>
                {name}
              </span>
            ))}
          </div>
        </div>
        {logs.length === 0 ? (
          empty
        ) : (
          <div role="rowgroup" className="logs-body" style={{ height: rows.getTotalSize() }}>
            {rows.getVirtualItems().map(({ index, start, key }) => {
              const log = logs[index];
              return (
                log && (
                  <LogRow
                    key={key}
                    id={`${id}-${index}`}
                    log={log}
                    index={index}
                    topPx={start}
                    isActive={log === active}
                    onChoose={() => {
                      setActive(log);
                      setShown(shown === log ? null : log);
                    }}
                  />
                )
              );
            })}
          </div>
        )}
      </div>
      {shown !== null && <LogDetail log={shown} onClose={() => setShown(null)} />}
    </div>
  );
}

/** To the span that a record was written in. */
function openLog({ traceId, spanId }: LogRecord): void {
  if (traceId === null) return;
  getState().navigated({ view: 'traces', traceId, ...(spanId === null ? {} : { spanId }) });
}

type RowProps = {
  readonly id: string;
  readonly log: LogRecord;
  readonly index: number;
  readonly topPx: number;
  readonly isActive: boolean;
  readonly onChoose: () => void;
};

function LogRow({ id, log, index, topPx, isActive, onChoose }: RowProps) {
  const { traceId } = log;
  const details = Object.entries(log.attributes)
    .map(([key, value]) => `${key}=${String(value)}`)
    .join('  ');
  const day = formatWhen(log.timeMs);
  return (
    // The keys are those of the grid, which keeps the focus.
    // oxlint-disable-next-line jsx-a11y/click-events-have-key-events
    <div
      id={id}
      role="row"
      aria-rowindex={index + 2}
      className={`log log-is-${log.level}${isActive ? ' is-active' : ''}`}
      style={{ transform: `translateY(${topPx}px)`, height: ROW_PX }}
      onClick={onChoose}
    >
      <span role="gridcell">
        <Badge tone={LEVEL_TONES[log.level]}>{log.level}</Badge>
      </span>
      <span role="gridcell" className="mono num faint" title={formatMoment(log.timeMs)}>
        {/^\d\d:\d\d$/.test(day) ? formatClock(log.timeMs, true) : day}
      </span>
      <span role="gridcell" className="log-service truncate muted">
        {serviceOf(log)}
      </span>
      <span role="gridcell" className="truncate">
        {log.message} <span className="faint mono small">{details}</span>
      </span>
      <span role="gridcell">
        {traceId !== null && (
          <button
            data-action="Open trace"
            type="button"
            tabIndex={-1}
            className="link mono"
            title={traceId}
            onClick={(event) => {
              event.stopPropagation();
              openLog(log);
            }}
          >
            <span className="visually-hidden">Open trace </span>
            {traceId.slice(0, 8)}
          </button>
        )}
      </span>
    </div>
  );
}

function LogDetail({ log, onClose }: { readonly log: LogRecord; readonly onClose: () => void }) {
  const rows = [...Object.entries(log.attributes), ...Object.entries(log.origin?.resource ?? {})];
  return (
    <section className="log-detail" aria-label="Log record">
      <header className="row">
        <Badge tone={LEVEL_TONES[log.level]}>{log.level}</Badge>
        <strong className="grow log-message">{log.message}</strong>
        {log.traceId !== null && (
          <button type="button" className="button button-plain" onClick={() => openLog(log)}>
            {log.spanId === null ? 'Open the trace' : 'Open the span'}
          </button>
        )}
        <button type="button" className="button button-quiet" onClick={onClose}>
          Close
        </button>
      </header>
      <dl className="log-facts">
        <div>
          <dt>time</dt>
          <dd>{formatMoment(log.timeMs)}</dd>
        </div>
        {log.eventName !== undefined && (
          <div>
            <dt>event</dt>
            <dd>{log.eventName}</dd>
          </div>
        )}
        {rows.map(([key, value]) => (
          <div key={key}>
            <dt>{key}</dt>
            <dd>{String(value)}</dd>
          </div>
        ))}
      </dl>
    </section>
  );
}
