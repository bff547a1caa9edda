import './traceView.css';
import { useCallback, useEffect, useId, useLayoutEffect, useMemo, useRef, useState } from 'react';
import type { KeyboardEvent } from 'react';
import { flushSync } from 'react-dom';
import { formatDuration } from '../../shared/units.ts';
import type { SpanTable } from '../derive/spanTable.ts';
import { NODE } from '../derive/traceTree.ts';
import type { TraceTree } from '../derive/traceTree.ts';
import { FlameGraph } from './FlameGraph.tsx';
import { countOf, timeModel } from './flameModel.ts';
import { callPaths, leftHeavyModel } from './leftHeavy.ts';
import { nextMatch } from './search.ts';
import { SpanPanel } from './SpanPanel.tsx';
import { TraceToolbar } from './TraceToolbar.tsx';
import { useFallingBehind, useTick } from './useClock.ts';
import { useIsLow } from './useIsLow.ts';
import { useSearch } from './useSearch.ts';
import { useTraceTree } from './useTraceTree.ts';
import { Waterfall } from './Waterfall.tsx';

export type TraceViewKind = 'waterfall' | 'flame' | 'left-heavy';

export type TraceViewProps = {
  readonly traceId: string;
  readonly spans: SpanTable;
  /** The table's `version`: says that it changed. */
  readonly version: number;
  /** Spans still arrive: open ones grow until now. */
  readonly live: boolean;
  readonly initialView?: TraceViewKind;
  /** Beside something else: fewer tools, and the span's details below instead of beside. */
  readonly compact?: boolean;
};

/** One trace: waterfall, flame graph and left-heavy graph over one selection and one search. */
export function TraceView(props: TraceViewProps) {
  // What is selected, searched and folded belongs to the trace.
  return <TraceViewOfOne key={props.traceId} {...props} />;
}

function TraceViewOfOne(props: TraceViewProps) {
  const { traceId, spans, version, live, initialView = 'waterfall', compact = false } = props;
  const { tree, revision } = useTraceTree(spans, traceId, version);
  const [view, setView] = useState<TraceViewKind>(initialView);
  const [selected, setSelected] = useState(-1);
  const [query, setQuery] = useState('');
  const [follow, setFollow] = useState(true);
  const [fitRequest, setFitRequest] = useState(0);
  const search = useSearch(tree, revision, query);
  const searchField = useRef<HTMLInputElement>(null);
  const panelId = useId();
  const section = useRef<HTMLElement>(null);
  const main = useRef<HTMLDivElement>(null);
  const isLow = useIsLow(section, compact);
  /** Asked for by more than going along the rows. Counts only in a low view, where the span covers the rows. */
  const [isOpened, setIsOpened] = useState(false);
  const isBrowsing = useRef(false);
  const wasCovering = useRef(false);

  const isGrowing = live && tree.openCount > 0;
  const clock = useMemo(() => {
    if (!live) return () => tree.latestMs;
    return () => (tree.openCount > 0 ? Math.max(tree.latestMs, Date.now() - tree.originMs) : tree.latestMs);
  }, [tree, live]);
  const model = useMemo(() => timeModel(tree, clock), [tree, clock, tree.rebuilds]);

  // Nodes mean something else after a rebuild: go on with the same span.
  const selectedId = useRef<string | null>(null);
  const select = useCallback(
    (node: number) => {
      selectedId.current = node < 0 ? null : tree.table.record(tree.row(node)).spanId;
      setSelected(node);
      setIsOpened(node >= 0 && !isBrowsing.current);
    },
    [tree],
  );
  useEffect(() => {
    if (selectedId.current !== null) setSelected(tree.nodeOf(selectedId.current));
  }, [tree, tree.rebuilds]);
  const shown = selected < tree.size ? selected : -1;
  const covers = isLow && isOpened && shown >= 0;

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
  }, [covers, shown]);

  const step = useCallback(
    (direction: 1 | -1) => {
      const node = search === null ? -1 : nextMatch(tree, search, shown, direction);
      if (node >= 0) select(node);
    },
    [search, tree, shown, select],
  );
  const nextError = () => {
    const node = findError(tree, shown);
    if (node >= 0) select(node);
  };

  const onKeyDownCapture = (event: KeyboardEvent) => {
    isBrowsing.current = /^(Arrow|Page|Home$|End$)/.test(event.key) && isGraph(event.target);
    if (event.key !== 'Enter' || !isLow || shown < 0 || !isGraph(event.target)) return;
    setIsOpened(true);
    event.preventDefault();
    event.stopPropagation();
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
    const isTyping = event.target instanceof HTMLInputElement;
    const isInPanel = (event.target as Element).closest('.span-panel') !== null;
    if (event.key === 'Escape' && (covers || isInPanel)) closePanel();
    else if (event.key === '/' && !isTyping) searchField.current?.focus();
    else if ((event.key === 'n' || event.key === 'N') && !isTyping && search !== null)
      step(event.shiftKey ? -1 : 1);
    else if (event.key === 'e' && !isTyping && tree.errorCount > 0) nextError();
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
        view={view}
        onView={setView}
        panelId={panelId}
        query={query}
        onQuery={setQuery}
        search={search}
        onStep={step}
        searchField={searchField}
        spanCount={tree.size}
        openCount={tree.openCount}
        errorCount={tree.errorCount}
        onNextError={nextError}
        live={live}
        follow={follow}
        onFollow={setFollow}
        onFit={() => setFitRequest((count) => count + 1)}
        compact={compact}
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
            {view === 'waterfall' && (
              <Waterfall
                tree={tree}
                model={model}
                revision={revision}
                clock={clock}
                live={live}
                selected={shown}
                onSelect={select}
                search={search}
                fitRequest={fitRequest}
              />
            )}
            {view === 'flame' && (
              <FlameGraph
                model={model}
                revision={revision}
                clock={clock}
                live={isGrowing}
                follow={follow && live}
                onUnfollow={() => setFollow(false)}
                selected={shown}
                onSelect={select}
                matches={search?.matches ?? null}
                label={`Flame graph of ${countOf(tree.size, 'span')} in order of time`}
                fitRequest={fitRequest}
              />
            )}
            {view === 'left-heavy' && (
              <LeftHeavy
                tree={tree}
                revision={revision}
                clock={clock}
                selected={shown}
                onSelect={select}
                matches={search?.matches ?? null}
                fitRequest={fitRequest}
              />
            )}
          </div>
          {shown >= 0 && (covers || !isLow) && (
            <SpanPanel
              key={shown}
              tree={tree}
              node={shown}
              clock={clock}
              live={live}
              onSelect={select}
              onClose={closePanel}
              covers={covers}
            />
          )}
        </div>
      )}
      {!compact && tree.size > 0 && (
        <TraceFoot
          tree={tree}
          revision={revision}
          clock={clock}
          live={isGrowing}
          refused={spans.refusedSpans}
        />
      )}
    </section>
  );
}

export const VIEW_LABELS: Readonly<Record<TraceViewKind, string>> = {
  waterfall: 'Waterfall',
  flame: 'Flame',
  'left-heavy': 'Left-heavy',
};

/** What takes the keys of a view. */
const GRAPHS = '[role=treegrid], [role=application]';

function isGraph(target: EventTarget): boolean {
  return target instanceof Element && target.matches(GRAPHS);
}

function LeftHeavy(props: {
  readonly tree: TraceTree;
  readonly revision: number;
  readonly clock: () => number;
  readonly selected: number;
  readonly onSelect: (node: number) => void;
  readonly matches: Uint8Array | null;
  readonly fitRequest: number;
}) {
  const { tree, revision, clock, selected, onSelect, matches, fitRequest } = props;
  const pace = useFallingBehind(revision);
  const paths = useMemo(() => {
    const began = performance.now();
    const found = callPaths(tree, clock());
    // Boxes that change places ten times a second cannot be read.
    pace.took(Math.max(125, performance.now() - began));
    return found;
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [tree, clock, pace.revision]);
  const model = useMemo(() => leftHeavyModel(tree, paths), [tree, paths]);
  const found = useMemo(() => {
    if (matches === null) return null;
    const byPath = new Uint8Array(paths.count);
    paths.pathOf.forEach((path, node) => {
      if (matches[node] === 1) byPath[path] = 1;
    });
    return byPath;
  }, [matches, paths]);
  return (
    <div className="left-heavy">
      <p>Widths add up concurrent work</p>
      <div>
        <FlameGraph
          model={model}
          revision={pace.revision}
          clock={clock}
          live={false}
          follow={false}
          onUnfollow={() => undefined}
          selected={selected >= 0 && selected < paths.pathOf.length ? paths.pathOf[selected]! : -1}
          onSelect={(path) => onSelect(path < 0 ? -1 : paths.longest[path]!)}
          matches={found}
          label={`Left-heavy graph of ${countOf(paths.count, 'call path')}, the heaviest on the left`}
          fitRequest={fitRequest}
        />
      </div>
    </div>
  );
}

function NoSpans({ live }: { readonly live: boolean }) {
  return (
    <div className="trace-view-empty" role="status">
      <strong>{live ? 'Waiting for the first span' : 'No spans of this trace are here'}</strong>
      <p>
        {live
          ? 'Spans appear the moment they start, and grow until they end.'
          : 'They were dropped to keep memory bounded, or were never stored. Open the trace again from the list.'}
      </p>
    </div>
  );
}

/** Length, size and what is wrong with the trace. */
function TraceFoot(props: {
  readonly tree: TraceTree;
  readonly revision: number;
  readonly clock: () => number;
  readonly live: boolean;
  readonly refused: number;
}) {
  const { tree, revision, clock, live, refused } = props;
  useTick(live, 250);
  const pace = useFallingBehind(revision);
  const faults = useMemo(() => {
    const began = performance.now();
    const found = tree.faults();
    // A look at every span: at a million of them a slow frame, so seldom while the trace grows.
    pace.took(Math.max(100, (performance.now() - began) * 12));
    return found;
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [tree, pace.revision]);
  const [startMs, endMs] = tree.extent(clock());
  const notes = [
    faults.orphan > 0 && `${countOf(faults.orphan, 'span')} without a parent here`,
    faults.cycle > 0 && `${countOf(faults.cycle, 'cycle')} cut`,
    faults.negative > 0 && `${countOf(faults.negative, 'negative duration')}`,
    faults.outside > 0 && `${countOf(faults.outside, 'span')} outside the parent`,
    faults.duplicate > 0 && `${countOf(faults.duplicate, 'duplicate id')}`,
    tree.tracks.overflowCount > 0 && `${countOf(tree.tracks.overflowCount, 'span')} as marks in the last row`,
    refused > 0 && `${countOf(refused, 'span')} not kept: the memory limit is reached`,
  ].filter((note) => note !== false);
  return (
    <footer className="trace-view-foot">
      <span>{formatDuration(endMs - startMs)}</span>
      {notes.map((note) => (
        <span key={note} data-tone="warning">
          ⚠ {note}
        </span>
      ))}
    </footer>
  );
}

/** The next failed span in order of start, from one on and around the end. */
function findError(tree: TraceTree, from: number): number {
  const matches = new Uint8Array(tree.size);
  for (let node = 0; node < tree.size; node += 1)
    if ((tree.flags(node) & NODE.error) !== 0) matches[node] = 1;
  return nextMatch(tree, { query: '', matches, count: 0, searched: tree.size, done: true }, from, 1);
}
