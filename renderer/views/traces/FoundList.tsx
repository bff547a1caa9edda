import { useEffect, useMemo, useRef } from 'react';
import { formatCount, formatDuration } from '../../../shared/units.ts';
import { withLive } from '../../derive/foundTraces.ts';
import { leftOutText } from '../../derive/leftOutText.ts';
import { isForView, isTyping } from '../../shell/shortcuts.ts';
import { getState, useStore } from '../../store/index.ts';
import * as select from '../../store/selectors.ts';
import { goToSearch, loadFoundTraces } from '../../store/traceCommands.ts';
import type { SearchRoute } from '../../store/traceCommands.ts';
import { Button } from '../../ui/Button.tsx';
import { EmptyState } from '../../ui/EmptyState.tsx';
import { ReadFault } from '../../ui/ReadFault.tsx';
import { editRules, NoiseNote } from './NoiseNote.tsx';
import { openTrace } from './openTrace.ts';
import { ORDER_LABELS } from './SearchHead.tsx';
import { ExportMenu } from './ExportMenu.tsx';
import { SelectionBar } from './SelectionBar.tsx';
import { TraceList } from './TraceList.tsx';
import { TraceScatter } from './TraceScatter.tsx';
import { useFoundTraces } from './useFoundTraces.ts';
import { useUnknownFields } from './useUnknownFields.ts';

const NEXT_LIMITS = [2000, 10_000];

/** What the search finds, kept up to date: a picture of it, and the list. */
export function FoundList({ route }: { readonly route: SearchRoute }) {
  const search = useFoundTraces(route);
  const found = useStore(select.selectFoundTraces);
  const live = useStore(select.selectLiveTraces);
  const order = useStore(select.selectTraceOrder);
  const held = useStore(select.selectHeldTraces);
  const fault = useStore(select.selectSearchFault);
  const searching = useStore(select.selectSearching);
  const noise = useStore(select.selectNoiseTest);
  const latest = useMemo(() => {
    const { hide } = search;
    const isNoise = hide === undefined ? undefined : noise?.of === hide ? noise.test : () => null;
    return withLive(found, live, search, order, isNoise);
  }, [found, live, search, order, noise]);
  const shown = held ?? latest;
  const backlog = useMemo(() => {
    if (held === null) return 0;
    const ids = new Set(held.map(({ traceId }) => traceId));
    return latest.reduce((sum, { traceId }) => sum + (ids.has(traceId) ? 0 : 1), 0);
  }, [held, latest]);

  const now = useRef(latest);
  now.current = latest;
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (event.key !== '.' || event.ctrlKey || event.metaKey || isTyping(event.target) || !isForView(event))
        return;
      event.preventDefault();
      const { heldTraces, listHeld } = getState();
      listHeld(heldTraces === null ? now.current : null);
    };
    addEventListener('keydown', onKey);
    return () => {
      removeEventListener('keydown', onKey);
      getState().listHeld(null);
    };
  }, []);

  if (fault !== null && shown.length === 0) {
    return <ReadFault what="The traces" fault={fault} onRetry={() => void loadFoundTraces(search)} />;
  }
  return (
    <div className="found">
      <FoundStatus
        shown={shown.length}
        backlog={backlog}
        isHeld={held !== null}
        onHold={(isHeld) => getState().listHeld(isHeld ? latest : null)}
        search={search}
      />
      {shown.length === 0 ? (
        searching ? (
          <p className="loading muted">Searching…</p>
        ) : (
          <NothingFound route={route} />
        )
      ) : (
        <>
          <TraceScatter
            traces={shown}
            fromMs={search.fromMs}
            toMs={search.toMs}
            onOpen={openTrace}
            onRange={(fromMs, toMs) => goToSearch({ fromMs, toMs })}
          />
          <SelectionBar />
          <TraceList traces={shown} hasMatches={search.query !== ''} />
        </>
      )}
    </div>
  );
}

type StatusProps = {
  readonly shown: number;
  readonly backlog: number;
  readonly isHeld: boolean;
  readonly onHold: (isHeld: boolean) => void;
  readonly search: ReturnType<typeof useFoundTraces>;
};

function FoundStatus({ shown, backlog, isHeld, onHold, search }: StatusProps) {
  const figures = useStore(select.selectSearchFigures);
  const searching = useStore(select.selectSearching);
  const order = useStore(select.selectTraceOrder);
  const limit = useStore(select.selectTraceLimit);
  const fault = useStore(select.selectSearchFault);
  const notes =
    figures === null ? [] : leftOutText(figures.leftOut, { what: 'traces', fromMs: search.fromMs });
  const nextLimit = figures?.leftOut.more === true ? NEXT_LIMITS.find((each) => each > limit) : undefined;
  return (
    <div className="found-status small">
      <span role="status" className="num">
        <strong>{formatCount(shown)}</strong> {shown === 1 ? 'trace' : 'traces'}
        {isHeld && backlog > 0 && <strong className="backlog"> {formatCount(backlog)} new</strong>}
      </span>
      <span className="muted">{ORDER_LABELS[order].toLowerCase()} first</span>
      {figures !== null && search.query !== '' && (
        <span className="faint num">{searching ? 'searching…' : `in ${formatDuration(figures.tookMs)}`}</span>
      )}
      <NoiseNote hidden={figures?.hidden} />
      {notes.map((note) => (
        <span key={note} className="left-out">
          {note}
        </span>
      ))}
      {nextLimit !== undefined && (
        <button
          data-action="Show more traces"
          type="button"
          className="link"
          onClick={() => getState().traceLimitChanged(nextLimit)}
        >
          Show up to {formatCount(nextLimit)}
        </button>
      )}
      {fault !== null && (
        <span role="alert" className="has-errors">
          {fault.message} {fault.hint} These traces are the answer to the query before.
        </span>
      )}
      <span className="grow" />
      <ExportMenu
        selection={{ search: { ...search, order, limit } }}
        label="Export all"
        tone="quiet"
        disabled={shown === 0}
        alignEnd
      />
      <Button
        tone="quiet"
        icon={isHeld ? 'play' : 'pause'}
        aria-pressed={isHeld}
        aria-keyshortcuts="."
        title={isHeld ? 'Go on (.)' : 'Hold the list still while traces arrive (.)'}
        onClick={() => onHold(!isHeld)}
      >
        {isHeld ? (backlog > 0 ? `Go on, ${formatCount(backlog)} new` : 'Go on') : 'Pause'}
      </Button>
      <Button
        tone="quiet"
        icon="retry"
        iconOnly
        title="Search again"
        onClick={() => void loadFoundTraces(search)}
      >
        Search again
      </Button>
    </div>
  );
}

function NothingFound({ route }: { readonly route: SearchRoute }) {
  const hidden = useStore(select.selectSearchFigures)?.hidden?.traces ?? 0;
  const unknown = useUnknownFields(hidden > 0 ? undefined : route.query);
  const isAsked = route.query !== undefined || route.fromMs !== undefined || route.toMs !== undefined;
  if (hidden > 0) {
    return (
      <EmptyState
        icon="traces"
        title={isAsked ? 'Only noise matches' : 'Nothing but noise yet'}
        actions={
          <>
            <Button onClick={() => getState().noiseShownChanged(true)}>Show it</Button>
            <Button onClick={editRules}>Edit the rules</Button>
          </>
        }
      >
        {formatCount(hidden)} {hidden === 1 ? 'trace is' : 'traces are'} hidden by noise rules.
      </EmptyState>
    );
  }
  if (!isAsked) {
    return (
      <EmptyState icon="traces" title="No traces yet">
        Runs leave a trace each, and so does every click that makes the program work. Traces of other programs
        come in as files, or over OTLP once the receiver is switched on in the settings.
      </EmptyState>
    );
  }
  return (
    <EmptyState
      icon="search"
      title="No trace matches"
      actions={
        <>
          {route.query !== undefined && (
            <Button onClick={() => goToSearch({ query: undefined })}>Without the query</Button>
          )}
          {(route.fromMs !== undefined || route.toMs !== undefined) && (
            <Button onClick={() => goToSearch({ fromMs: undefined, toMs: undefined })}>All time</Button>
          )}
        </>
      }
    >
      {route.query !== undefined && <code>{route.query}</code>}
      {unknown.map((text) => (
        <span key={text} className="unknown-field">
          {text}
        </span>
      ))}
    </EmptyState>
  );
}
