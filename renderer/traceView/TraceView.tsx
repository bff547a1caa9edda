import '../styles/traceView.css';
import { useCallback, useId, useLayoutEffect, useMemo, useRef, useState } from 'react';
import type { KeyboardEvent } from 'react';
import { flushSync } from 'react-dom';
import { countOf } from '../../shared/units.ts';
import type { SpanTable } from '../derive/spanTable.ts';
import type { TraceViewKind } from '../store/route.ts';
import { bridge } from '../bridge.ts';
import { timeModel } from '../flame/flameModel.ts';
import { GroupPanel } from '../spanPanel/GroupPanel.tsx';
import type { Measure } from '../../shared/analysis/measures.ts';
import { nextMatch } from '../flame/search.ts';
import { SpanPanel } from '../spanPanel/SpanPanel.tsx';
import { TraceFoot } from './TraceFoot.tsx';
import { NO_FILTER, nodesWithErrors, wantedNodes } from '../waterfall/traceFilter.ts';
import { NoSpans, TraceGraphs } from './TraceGraphs.tsx';
import { traceMenu } from './traceMenu.ts';
import { VIEW_LABELS } from './traceState.ts';
import type { TracePlace } from './traceState.ts';
import { TraceToolbar } from './TraceToolbar.tsx';
import { useIsLow } from './useIsLow.ts';
import { useSearch } from '../flame/useSearch.ts';
import { useClockSkew } from './useClockSkew.ts';
import { useSelectedSpan } from './useSelectedSpan.ts';
import { useShownTrace } from './useShownTrace.ts';
import { useSpanNoise } from '../waterfall/useSpanNoise.ts';
import { useTraceLogs } from './useTraceLogs.ts';
import { useTracePlace } from './useTracePlace.ts';
import { useTraceTree } from './useTraceTree.ts';
import { useTraceWindow } from './useTraceWindow.ts';
import type { TimeWindow } from '../flame/viewport.ts';
import type { ShownGroup } from '../waterfall/Waterfall.tsx';
import { keepOptions, readOptions } from '../waterfall/waterfallOptions.ts';
import type { WaterfallOptions } from '../waterfall/waterfallOptions.ts';

export type { TraceViewKind } from '../store/route.ts';
export type { TracePlace } from './traceState.ts';
export { VIEW_LABELS } from './traceState.ts';

export type TraceViewProps = {
  readonly traceId: string;
  readonly spans: SpanTable;
  /** The table's `version`: says that it changed. */
  readonly version: number;
  /** Spans still arrive: open ones grow until now. */
  readonly live: boolean;
  readonly initialView?: TraceViewKind;
  /** Where a link led to: a span (selected as soon as it is here), a search, a stretch of time in ms after the start. */
  readonly initialSpanId?: string;
  readonly initialFind?: string;
  readonly initialWindow?: TimeWindow;
  /** Told where one is, a moment after that changed, so that a route can carry it. */
  readonly onPlace?: (place: TracePlace) => void;
  /** Beside something else: fewer tools, and the span's details below instead of beside. */
  readonly compact?: boolean;
};

const VIEWS: readonly TraceViewKind[] = ['waterfall', 'flame', 'left-heavy', 'sandwich'];
const COMPACT_VIEWS: readonly TraceViewKind[] = ['waterfall', 'flame', 'left-heavy'];
/** What takes the keys of a view. */
const GRAPHS = '[role=treegrid], [role=application]';

/** One trace: waterfall, flame graph, left-heavy graph and sandwich over one selection, one search and one window. */
export function TraceView(props: TraceViewProps) {
  // What is selected, searched and folded belongs to the trace.
  return <TraceViewOfOne key={props.traceId} {...props} />;
}

function TraceViewOfOne(props: TraceViewProps) {
  const { traceId, spans, version, live, initialView = 'waterfall', compact = false } = props;
  const { tree, revision } = useTraceTree(spans, traceId, version);
  const [view, setView] = useState<TraceViewKind>(initialView);
  const selection = useSelectedSpan(tree, revision, props.initialSpanId);
  const [group, setGroup] = useState<ShownGroup | null>(null);
  const [query, setQuery] = useState(props.initialFind ?? '');
  const [filter, setFilter] = useState(NO_FILTER);
  const [follow, setFollow] = useState(true);
  const [fitRequest, setFitRequest] = useState(0);
  const { window, setWindow, told } = useTraceWindow(tree, revision, props.initialWindow);
  const [measure, setMeasure] = useState<Measure>('self');
  const [options, setOptions] = useState(readOptions);
  const search = useSearch(tree, revision, query);
  const searchField = useRef<HTMLInputElement>(null);
  const panelId = useId();
  const section = useRef<HTMLElement>(null);
  const main = useRef<HTMLDivElement>(null);
  const isLow = useIsLow(section, compact);
  /** Asked for by more than going along the rows. Counts only in a low view, where the span covers the rows. */
  const [isOpened, setIsOpened] = useState(props.initialSpanId !== undefined);
  const isBrowsing = useRef(false);
  const wasCovering = useRef(false);
  const hasBridge = bridge() !== null;
  const logs = useTraceLogs(tree, revision, options.logs && hasBridge && !compact, live);

  const isGrowing = live && tree.openCount > 0;
  const clock = useMemo(() => {
    if (!live) return () => tree.latestMs;
    return () => (tree.openCount > 0 ? Math.max(tree.latestMs, Date.now() - tree.originMs) : tree.latestMs);
  }, [tree, live]);
  const changeOptions = (next: WaterfallOptions) => {
    setOptions(next);
    keepOptions(next);
  };
  const wanted = useMemo(
    () => wantedNodes(tree, filter, search),
    // Growth counts where there is something to filter.
    // oxlint-disable-next-line react/exhaustive-deps
    [tree, tree.rebuilds, filter, search, filter === NO_FILTER ? 0 : revision],
  );

  const noise = useSpanNoise(tree, revision);
  const skew = useClockSkew(tree, revision, clock);

  const { node: selected, spanId: selectedId, select: selectNode } = selection;
  const shiftMs = options.adjustClocks ? (skew?.shiftMs ?? null) : null;
  const { drawn, shown } = useShownTrace({ tree, revision, noise, shiftMs, selected });
  // oxlint-disable-next-line react/exhaustive-deps
  const model = useMemo(() => timeModel(drawn), [drawn, drawn.rebuilds]);

  const select = useCallback(
    (node: number) => {
      selectNode(node);
      setIsOpened(node >= 0 && !isBrowsing.current);
    },
    [selectNode],
  );
  const covers = isLow && isOpened && selected >= 0;

  const find = query.trim();
  useTracePlace(
    {
      show: view,
      ...(selectedId !== null && { spanId: selectedId }),
      ...(find !== '' && { find }),
      ...(told !== null && { window: told }),
    },
    props.onPlace,
  );

  const focusGraph = () => main.current?.querySelector<HTMLElement>(GRAPHS)?.focus();
  const closePanel = () => {
    const isFocused =
      section.current?.querySelector('.span-panel')?.contains(document.activeElement) ?? false;
    // A low view goes back to where one was, the span still marked.
    if (covers) flushSync(() => setIsOpened(false));
    else select(-1);
    if (isFocused) focusGraph();
  };
  useLayoutEffect(() => {
    const at = document.activeElement;
    // The focus must not stay below the panel, nor get lost with the panel of the span before.
    if (covers && (at === document.body || main.current?.contains(at)))
      section.current?.querySelector<HTMLElement>('.span-panel-back')?.focus();
    else if (wasCovering.current && !covers && at === document.body) focusGraph();
    wasCovering.current = covers;
  }, [covers, selected]);

  const step = useCallback(
    (direction: 1 | -1) => {
      const node = search === null ? -1 : nextMatch(tree, search, selected, direction);
      if (node >= 0) select(node);
    },
    [search, tree, selected, select],
  );
  const nextError = () => {
    const matches = nodesWithErrors(tree);
    const found = { query: '', matches, count: tree.errorCount, searched: tree.size, done: true };
    const node = nextMatch(tree, found, selected, 1);
    if (node >= 0) select(node);
  };

  const onKeyDownCapture = (event: KeyboardEvent) => {
    isBrowsing.current = /^(Arrow|Page|Home$|End$)/.test(event.key) && isGraph(event.target);
    if (event.key !== 'Enter' || !isLow || selected < 0 || !isGraph(event.target)) return;
    setIsOpened(true);
    event.preventDefault();
    event.stopPropagation();
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
    const { key } = event;
    const isInPanel = (event.target as Element).closest('.span-panel') !== null;
    const views = compact ? COMPACT_VIEWS : VIEWS;
    const toView = views[Number(key) - 1];
    if (key === 'Escape' && (covers || isInPanel)) closePanel();
    else if (isTyping(event.target)) return;
    else if (toView !== undefined) {
      const isInGraph = isGraph(event.target);
      flushSync(() => setView(toView));
      // The graph that had the keys is gone.
      if (isInGraph) focusGraph();
    } else if (key === '/') searchField.current?.focus();
    else if ((key === 'n' || key === 'N') && search !== null) step(event.shiftKey ? -1 : 1);
    else if (key === 'e' && tree.errorCount > 0) nextError();
    else if (key === 'x' && view === 'waterfall') setFilter({ ...filter, errors: !filter.errors });
    else if (key === 'f' && view === 'waterfall' && search !== null)
      setFilter({ ...filter, matches: !filter.matches });
    else return;
    event.preventDefault();
  };

  return (
    <section
      ref={section}
      className={`trace-view${compact ? ' is-compact' : ''}`}
      aria-label="Trace"
      onKeyDown={onKeyDown}
      onKeyDownCapture={onKeyDownCapture}
      onPointerDownCapture={() => {
        isBrowsing.current = false;
      }}
    >
      <TraceToolbar
        views={compact ? COMPACT_VIEWS : VIEWS}
        view={view}
        onView={setView}
        panelId={panelId}
        query={query}
        onQuery={setQuery}
        search={search}
        onStep={step}
        searchField={searchField}
        noise={noise}
        filter={filter}
        onFilter={setFilter}
        spanCount={tree.size}
        openCount={tree.openCount}
        errorCount={tree.errorCount}
        onNextError={nextError}
        live={live}
        follow={follow}
        onFollow={setFollow}
        onFit={() => {
          setWindow(null);
          setFitRequest((count) => count + 1);
        }}
        compact={compact}
        menu={traceMenu(tree, { show: view, spanId: selectedId, find, window: told })}
      />
      {!tree.exists || tree.size === 0 ? (
        <NoSpans live={live} />
      ) : (
        <div className="trace-view-body">
          <div
            ref={main}
            className="trace-view-main"
            role="tabpanel"
            id={panelId}
            aria-label={VIEW_LABELS[view]}
            inert={covers}
          >
            <TraceGraphs
              view={view}
              tree={tree}
              drawn={drawn}
              shown={shown}
              model={model}
              revision={revision}
              clock={clock}
              live={live}
              selected={selected}
              onSelect={select}
              search={search}
              wanted={wanted}
              noise={noise}
              window={window}
              onWindow={setWindow}
              fitRequest={fitRequest}
              follow={follow}
              onUnfollow={() => setFollow(false)}
              measure={measure}
              onMeasure={setMeasure}
              options={options}
              onOptions={changeOptions}
              logs={logs.logs}
              hasLogs={hasBridge && !compact}
              onGroup={setGroup}
              compact={compact}
            />
          </div>
          {selected >= 0 && (covers || !isLow) && (
            <SpanPanel
              key={selectedId ?? selected}
              tree={tree}
              node={selected}
              clock={clock}
              live={live}
              onSelect={select}
              onClose={closePanel}
              onOnly={(operation) => {
                setFilter({ ...filter, operation });
                setView('waterfall');
              }}
              covers={covers}
              compact={compact}
            />
          )}
          {selected < 0 && group !== null && view === 'waterfall' && !isLow && !compact && (
            <GroupPanel tree={tree} shown={group} onSelect={select} />
          )}
        </div>
      )}
      {!compact && tree.size > 0 && (
        <TraceFoot
          tree={tree}
          drawn={drawn}
          revision={revision}
          clock={clock}
          live={isGrowing}
          refused={spans.refusedSpans}
          skew={skew}
          isAdjusted={options.adjustClocks}
          onAdjust={(adjustClocks) => changeOptions({ ...options, adjustClocks })}
          notes={[...logNotes(options.logs, logs), ...noise.faults]}
        />
      )}
    </section>
  );
}

function logNotes(isOn: boolean, { logs, fault }: ReturnType<typeof useTraceLogs>): readonly string[] {
  if (!isOn) return [];
  if (fault !== null) return [`Log records could not be read: ${fault}`];
  if (logs?.more === true) return [`The first ${countOf(logs.records.length, 'log record')} of more`];
  return logs !== null && logs.records.length === 0 ? ['No log records belong to this trace'] : [];
}

function isGraph(target: EventTarget): boolean {
  return target instanceof Element && target.matches(GRAPHS);
}

function isTyping(target: EventTarget): boolean {
  return target instanceof Element && target.matches('input, select, textarea');
}
