import '../traces/traces.css';
import './logs.css';
import { useEffect, useMemo, useRef, useState } from 'react';
import type { LogLevel } from '../../../shared/span.ts';
import { formatCount } from '../../../shared/units.ts';
import { leftOutText } from '../../derive/leftOutText.ts';
import { atLeast } from '../../derive/logs.ts';
import { isForView, isTyping } from '../../shell/shortcuts.ts';
import { getState, useStore } from '../../store/index.ts';
import type { Route } from '../../store/route.ts';
import { selectRoute } from '../../store/selectors.ts';
import { Badge } from '../../ui/Badge.tsx';
import { Button } from '../../ui/Button.tsx';
import { EmptyState } from '../../ui/EmptyState.tsx';
import type { QueryFieldHandle } from '../../ui/QueryField.tsx';
import { ReadFault } from '../../ui/ReadFault.tsx';
import { SearchLine } from '../traces/SearchLine.tsx';
import type { RangePreset } from '../../store/searchSlice.ts';
import { LogTable } from './LogTable.tsx';
import { useFoundLogs } from './useFoundLogs.ts';

type LogRoute = Extract<Route, { view: 'logs' }>;

/** Log records that a query finds, newest last, going on as they are written. */
export function LogsView() {
  const route = useStore(selectRoute);
  if (route.view !== 'logs') return null;
  return <LogSearch route={route} />;
}

function LogSearch({ route }: { readonly route: LogRoute }) {
  const { query = '', traceId } = route;
  const [level, setLevel] = useState<LogLevel>('debug');
  const [preset, setPreset] = useState<RangePreset | null>(null);
  const field = useRef<QueryFieldHandle>(null);
  const { logs: all, backlog, isHeld, hold, load, retry } = useFoundLogs(route);
  const logs = useMemo(() => atLeast(all, level), [all, level]);
  const go = (change: { readonly [K in keyof LogRoute]?: LogRoute[K] | undefined }) => {
    const next = Object.entries({ ...route, ...change }).filter(([, value]) => value !== undefined);
    getState().navigated(Object.fromEntries(next) as unknown as Route);
  };
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target) || !isForView(event))
        return;
      if (event.key === '/') field.current?.focus();
      else if (event.key === '.') hold(!isHeld);
      else return;
      event.preventDefault();
    };
    addEventListener('keydown', onKey);
    return () => removeEventListener('keydown', onKey);
  }, [hold, isHeld]);
  const leftOut =
    load.state === 'loaded'
      ? leftOutText(
          { ...load.leftOut, unscanned: 0 },
          { what: 'records', fromMs: route.fromMs ?? null },
        ).concat(
          load.leftOut.unscanned > 0
            ? [`${formatCount(load.leftOut.unscanned)} older records were not looked at: the time limit`]
            : [],
        )
      : [];
  return (
    <div className="view traces-view">
      <header className="view-head">
        <h1>Logs</h1>
        <span className="muted num small" role="status">
          {formatCount(logs.length)} {logs.length === 1 ? 'record' : 'records'}
          {isHeld && backlog > 0 && <strong className="backlog"> {formatCount(backlog)} new</strong>}
        </span>
        {traceId !== undefined && (
          <span className="row">
            <Badge tone="accent">
              of trace <code>{traceId.slice(0, 8)}</code>
            </Badge>
            <Button onClick={() => getState().navigated({ view: 'traces', traceId })}>Open the trace</Button>
            <Button tone="quiet" onClick={() => go({ traceId: undefined })}>
              All logs
            </Button>
          </span>
        )}
        <span className="grow" />
        <Button
          icon={isHeld ? 'play' : 'pause'}
          aria-pressed={isHeld}
          aria-keyshortcuts="."
          title={isHeld ? 'Go on (.)' : 'Hold the list still while records arrive (.)'}
          onClick={() => hold(!isHeld)}
        >
          {isHeld ? (backlog > 0 ? `Go on, ${formatCount(backlog)} new` : 'Go on') : 'Pause'}
        </Button>
      </header>
      <div className="search-bar">
        <SearchLine
          label="Find log records"
          queryLabel="Search logs"
          signal="logs"
          field={field}
          placeholder='level >= warn and message contains "timeout"'
          search={route}
          onQuery={(next) => go({ query: next === '' ? undefined : next })}
          preset={preset}
          onRange={(range, next) => {
            setPreset(next);
            go(range);
          }}
        >
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
        </SearchLine>
        {leftOut.length > 0 && (
          <p className="small row row-wrap">
            {leftOut.map((note) => (
              <span key={note} className="left-out">
                {note}
              </span>
            ))}
          </p>
        )}
      </div>
      <div className="view-body">
        {load.state === 'failed' && all.length === 0 ? (
          <ReadFault what="The logs" fault={load.error} onRetry={retry} />
        ) : (
          <LogTable
            logs={logs}
            isHeld={isHeld}
            empty={
              load.state === 'loading' ? (
                <p className="loading muted">Reading the logs…</p>
              ) : (
                <EmptyState
                  icon="logs"
                  title={all.length === 0 && query === '' ? 'No log records' : 'No record matches'}
                >
                  {all.length === 0 && query === ''
                    ? 'What the program has to say appears here, each line tied to its trace.'
                    : 'Try another query, a lower level or a longer time.'}
                </EmptyState>
              )
            }
          />
        )}
      </div>
    </div>
  );
}
