import './logs.css';
import { useVirtualizer } from '@tanstack/react-virtual';
import { useEffect, useMemo, useRef, useState } from 'react';
import type { LogLevel, LogRecord } from '../../../shared/span.ts';
import { formatCount } from '../../../shared/units.ts';
import { getApi } from '../../api.ts';
import { filterLogs, LEVEL_TONES } from '../../derive/logs.ts';
import { formatClock } from '../../derive/clock.ts';
import { useSearchKey } from '../../shell/useSearchKey.ts';
import { loadLogs, reportError } from '../../store/commands.ts';
import { getState, useStore } from '../../store/index.ts';
import { selectLogs, selectRoute } from '../../store/selectors.ts';
import { Badge } from '../../ui/Badge.tsx';
import { Button } from '../../ui/Button.tsx';
import { EmptyState } from '../../ui/EmptyState.tsx';

const ROW_PX = 32;
const TRACE_LOGS = 5000;
/** This close to the end, the list follows new records. */
const FOLLOW_PX = 40;

/** Log records, newest last, following the end until the user scrolls away. */
export function LogsView() {
  const route = useStore(selectRoute);
  const all = useStore(selectLogs);
  const traceId = route.view === 'logs' ? (route.traceId ?? null) : null;
  const [ofTrace, setOfTrace] = useState<readonly LogRecord[]>([]);
  const [level, setLevel] = useState<LogLevel>('debug');
  const [text, setText] = useState('');
  const scroller = useRef<HTMLDivElement>(null);
  const following = useRef(true);
  const search = useRef<HTMLInputElement>(null);

  useEffect(() => void loadLogs(), []);
  useEffect(() => {
    if (traceId === null) return;
    let wanted = true;
    getApi()
      .logs({ traceId, limit: TRACE_LOGS })
      .then((logs) => wanted && setOfTrace(logs))
      .catch(reportError);
    return () => {
      wanted = false;
    };
  }, [traceId]);
  useSearchKey(search);

  const source = traceId === null ? all : ofTrace;
  const logs = useMemo(() => filterLogs(source, level, text), [source, level, text]);
  const rows = useVirtualizer({
    count: logs.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW_PX,
    overscan: 12,
  });
  useEffect(() => {
    if (following.current && logs.length > 0) rows.scrollToIndex(logs.length - 1);
  }, [logs, rows]);

  return (
    <div className="view">
      <header className="view-head">
        <h1>Logs</h1>
        <span className="muted num" role="status">
          {formatCount(logs.length)} records
        </span>
        {traceId !== null && (
          <span className="row">
            <Badge tone="accent">
              of trace <code>{traceId.slice(0, 8)}</code>
            </Badge>
            <Button tone="quiet" onClick={() => getState().navigated({ view: 'logs' })}>
              All logs
            </Button>
          </span>
        )}
        <span className="grow" />
        <input
          ref={search}
          type="search"
          className="input view-search"
          aria-label="Search logs"
          placeholder="Search  /"
          value={text}
          onChange={(event) => setText(event.target.value)}
        />
        <select
          className="input logs-level"
          aria-label="Least level"
          value={level}
          onChange={(event) => setLevel(event.target.value as LogLevel)}
        >
          <option value="debug">All levels</option>
          <option value="info">Info and above</option>
          <option value="warn">Warnings and errors</option>
          <option value="error">Errors</option>
        </select>
      </header>
      <div className="view-body">
        <div
          className="panel logs"
          ref={scroller}
          tabIndex={0}
          role="table"
          aria-label="Log records"
          aria-rowcount={logs.length + 1}
          data-testid="log-table"
          onScroll={({ currentTarget: box }) => {
            following.current = box.scrollHeight - box.scrollTop - box.clientHeight < FOLLOW_PX;
          }}
        >
          <div role="rowgroup" className="logs-head">
            <div role="row" aria-rowindex={1} className="log">
              {['Level', 'Time', 'Message', 'Trace'].map((name) => (
                <span key={name} role="columnheader">
                  {name}
                </span>
              ))}
            </div>
          </div>
          {logs.length === 0 ? (
            <EmptyState icon="logs" title={source.length === 0 ? 'No log records' : 'No record matches'}>
              {source.length === 0
                ? 'What the program has to say appears here, each line tied to its trace.'
                : 'Try another word or a lower level.'}
            </EmptyState>
          ) : (
            <div role="rowgroup" className="logs-body" style={{ height: rows.getTotalSize() }}>
              {rows.getVirtualItems().map((item) => {
                const log = logs[item.index];
                return log && <LogRow key={item.key} log={log} index={item.index} topPx={item.start} />;
              })}
            </div>
          )}
        </div>
      </div>
    </div>
  );
}

function LogRow({ log, index, topPx }: { log: LogRecord; index: number; topPx: number }) {
  const { traceId } = log;
  const details = Object.entries(log.attributes)
    .map(([key, value]) => `${key}=${String(value)}`)
    .join('  ');
  return (
    <div
      role="row"
      aria-rowindex={index + 2}
      className={`log log-${log.level}`}
      style={{ transform: `translateY(${topPx}px)`, height: ROW_PX }}
    >
      <span role="cell">
        <Badge tone={LEVEL_TONES[log.level]}>{log.level}</Badge>
      </span>
      <span role="cell" className="mono num faint">
        {formatClock(log.timeMs, true)}
      </span>
      <span
        role="cell"
        className="truncate"
        title={details === '' ? log.message : `${log.message}\n${details}`}
      >
        {log.message} <span className="faint mono small">{details}</span>
      </span>
      <span role="cell">
        {traceId !== null && (
          <button
            type="button"
            className="link mono"
            aria-label={`Open trace ${traceId}`}
            onClick={() => getState().navigated({ view: 'traces', traceId })}
          >
            {traceId.slice(0, 8)}
          </button>
        )}
      </span>
    </div>
  );
}
