import './waterfall.css';
import { useCallback, useEffect, useId, useLayoutEffect, useMemo, useRef, useState } from 'react';
import type { KeyboardEvent, MouseEvent } from 'react';
import type { TraceTree } from '../derive/traceTree.ts';
import type { FlameModel } from './flameModel.ts';
import { Minimap } from './Minimap.tsx';
import type { SearchResult } from './search.ts';
import { useFallingBehind, useTick } from './useClock.ts';
import { useRowColours } from './useRowColours.ts';
import {
  allGroups,
  allParents,
  foldOf,
  groupKey,
  isClosed,
  NOTHING_FOLDED,
  waterfallRows,
} from './waterfallRows.ts';
import type { FoldState } from './waterfallRows.ts';
import { rowView } from './waterfallRowView.ts';
import { WaterfallHeader } from './WaterfallHeader.tsx';
import { WaterfallRow } from './WaterfallRow.tsx';
import { clampWindow, fitWindow, spanWindow, zoomWindow } from './viewport.ts';
import type { TimeWindow } from './viewport.ts';

export type WaterfallProps = {
  readonly tree: TraceTree;
  readonly model: FlameModel;
  readonly revision: number;
  readonly clock: () => number;
  readonly live: boolean;
  readonly selected: number;
  readonly onSelect: (node: number) => void;
  readonly search: SearchResult | null;
  readonly fitRequest?: number;
};

const ROW_PX = 26;
const OVERSCAN = 6;

/** The trace as a treegrid: virtual rows, one tab stop, everything by keyboard. */
export function Waterfall(props: WaterfallProps) {
  const { tree, model, revision, clock, live, selected, onSelect, search, fitRequest } = props;
  const id = useId();
  const scroller = useRef<HTMLDivElement>(null);
  const [folds, setFolds] = useState<FoldState>(NOTHING_FOLDED);
  const [activeGroup, setActiveGroup] = useState<string | null>(null);
  const [shownWindow, setShownWindow] = useState<TimeWindow | null>(null);
  const [scrollTop, setScrollTop] = useState(0);
  const [height, setHeight] = useState(400);
  const [trackPx, setTrackPx] = useState(0);
  useTick(live && tree.openCount > 0, 250);
  const pace = useFallingBehind(revision);
  const colourOf = useRowColours(scroller);

  const rows = useMemo(() => {
    const began = performance.now();
    const built = waterfallRows(tree, folds, clock());
    pace.took(performance.now() - began);
    return built;
    // The clock is read, not followed: group figures of open spans are as old as the rows.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [tree, folds, pace.revision]);

  const indexOfGroup = (key: string) => {
    const group = rows.groups.findIndex((other) => groupKey(other.parent, other.name) === key);
    return group < 0 ? -1 : rows.item.subarray(0, rows.count).indexOf(-1 - group);
  };
  const indexOf = (node: number) => (node < 0 ? -1 : rows.item.subarray(0, rows.count).indexOf(node));
  const active = activeGroup !== null ? indexOfGroup(activeGroup) : indexOf(selected);

  const reveal = useCallback((index: number) => {
    const element = scroller.current;
    if (element === null || index < 0) return;
    const head = 30;
    const top = index * ROW_PX;
    const room = element.clientHeight - head;
    if (top < element.scrollTop) element.scrollTop = top;
    else if (top + ROW_PX > element.scrollTop + room) element.scrollTop = top + ROW_PX - room;
  }, []);

  useEffect(() => {
    setFolds((was) => ({ ...NOTHING_FOLDED, errorsFirst: was.errorsFirst }));
    setActiveGroup(null);
  }, [tree, tree.rebuilds]);
  // What is selected elsewhere must have a row: open what hides it. After the effect above, which folds it again.
  useEffect(() => {
    if (selected < 0) return;
    setActiveGroup(null);
    setFolds((was) => unfolded(tree, was, selected));
  }, [tree, tree.rebuilds, selected]);
  useEffect(() => reveal(active), [reveal, active]);
  useEffect(() => setShownWindow(null), [tree, fitRequest]);
  useLayoutEffect(() => {
    const element = scroller.current;
    if (element === null) return undefined;
    // Of the head's time cell, as wide as that of every row: it changes with the window and with the name column.
    const track = element.querySelector('.wf-headrow .wf-track');
    const measure = () => {
      setHeight(element.clientHeight);
      setTrackPx(track?.clientWidth ?? 0);
    };
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    if (track !== null) observer.observe(track);
    return () => observer.disconnect();
  }, []);

  const nowMs = clock();
  const [startMs, endMs] = tree.extent(nowMs);
  const window = shownWindow ?? fitWindow(startMs, endMs);
  const first = Math.max(0, Math.floor(scrollTop / ROW_PX) - OVERSCAN);
  const last = Math.min(rows.count, Math.ceil((scrollTop + height) / ROW_PX) + OVERSCAN);
  const pool = Math.ceil(height / ROW_PX) + 2 * OVERSCAN + 2;

  const activate = (index: number) => {
    if (index < 0 || index >= rows.count) return;
    const item = rows.item[index]!;
    if (item >= 0) {
      setActiveGroup(null);
      onSelect(item);
    } else {
      const group = rows.groups[-1 - item]!;
      setActiveGroup(groupKey(group.parent, group.name));
      onSelect(-1);
    }
  };
  const toggle = (index: number, open?: boolean) => {
    const item = rows.item[index]!;
    const group = item < 0 ? rows.groups[-1 - item]! : null;
    setFolds((was) => {
      if (group !== null) {
        const key = groupKey(group.parent, group.name);
        return { ...was, openGroups: withMember(was.openGroups, key, open ?? !was.openGroups.has(key)) };
      }
      return withNode(was, item, open ?? isClosed(tree, was, item));
    });
  };
  const isExpanded = (index: number): boolean | null => {
    const item = rows.item[index]!;
    if (item >= 0) return tree.hasChildren(item) ? !isClosed(tree, folds, item) : null;
    const group = rows.groups[-1 - item]!;
    return folds.openGroups.has(groupKey(group.parent, group.name));
  };
  const rowAbove = (index: number) => {
    const level = rows.level[index]!;
    let up = index - 1;
    while (up >= 0 && rows.level[up]! >= level) up -= 1;
    return up;
  };
  const zoom = (factor: number) => {
    const node = active >= 0 ? rows.item[active]! : -1;
    const middle = node >= 0 ? tree.startMs(node) : (window.fromMs + window.toMs) / 2;
    setShownWindow(clampWindow(zoomWindow(window, factor, middle), startMs, endMs));
  };

  const onKeyDown = (event: KeyboardEvent) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.target !== event.currentTarget) return;
    const page = Math.max(1, Math.floor(height / ROW_PX) - 2);
    const moves: Readonly<Record<string, number>> = {
      ArrowDown: Math.min(rows.count - 1, active + 1),
      ArrowUp: Math.max(0, active - 1),
      Home: 0,
      End: rows.count - 1,
      PageDown: Math.min(rows.count - 1, active + page),
      PageUp: Math.max(0, active - page),
    };
    const move = moves[event.key];
    if (move !== undefined) activate(move);
    else if (event.key === 'ArrowRight' && active >= 0) {
      if (isExpanded(active) === false) toggle(active, true);
      else if (isExpanded(active) === true) activate(active + 1);
    } else if (event.key === 'ArrowLeft' && active >= 0) {
      if (isExpanded(active) === true) toggle(active, false);
      else activate(rowAbove(active));
    } else if (event.key === 'Enter' && active >= 0) {
      const item = rows.item[active]!;
      if (item < 0) toggle(active);
      else
        setShownWindow(clampWindow(spanWindow(tree.startMs(item), tree.endMs(item, nowMs)), startMs, endMs));
    } else if (event.key === ' ' && active >= 0 && isExpanded(active) !== null) toggle(active);
    else if (event.key === '+' || event.key === '=') zoom(1 / 1.4);
    else if (event.key === '-') zoom(1.4);
    else if (event.key === '0') setShownWindow(null);
    else if (event.key === 'Escape') {
      if (selected < 0 && shownWindow === null) return;
      setShownWindow(null);
      onSelect(-1);
    } else return;
    event.preventDefault();
  };

  const onClick = (event: MouseEvent) => {
    const target = event.target as Element;
    const index = Number(target.closest<HTMLElement>('[data-index]')?.dataset['index'] ?? NaN);
    if (Number.isNaN(index)) return;
    if (target.classList.contains('wf-twisty') && isExpanded(index) !== null) toggle(index);
    else {
      activate(index);
      if (rows.item[index]! < 0) toggle(index);
    }
  };
  const onDoubleClick = (event: MouseEvent) => {
    const index = Number(
      (event.target as Element).closest<HTMLElement>('[data-index]')?.dataset['index'] ?? NaN,
    );
    const item = rows.item[index] ?? -1;
    if (item < 0) return;
    setShownWindow(clampWindow(spanWindow(tree.startMs(item), tree.endMs(item, nowMs)), startMs, endMs));
  };

  const visible = [];
  for (let index = first; index < last; index += 1) {
    visible.push(
      <WaterfallRow
        // Slots, not rows: scrolling moves the same elements on.
        key={index % pool}
        id={`${id}-${index}`}
        top={index * ROW_PX}
        trackPx={trackPx}
        {...rowView({ tree, rows, index, window, nowMs, search, colourOf })}
        expanded={isExpanded(index)}
        isActive={index === active}
      />,
    );
  }

  return (
    <div className="waterfall">
      <Minimap
        model={model}
        revision={pace.revision}
        clock={clock}
        window={window}
        isFitted={shownWindow === null}
        onWindow={setShownWindow}
      />
      <div
        ref={scroller}
        className="wf-scroll"
        role="treegrid"
        tabIndex={0}
        aria-label="Spans of the trace"
        aria-rowcount={rows.count + 1}
        aria-colcount={3}
        aria-activedescendant={active >= first && active < last ? `${id}-${active}` : undefined}
        onScroll={(event) => setScrollTop(event.currentTarget.scrollTop)}
        onKeyDown={onKeyDown}
        onClick={onClick}
        onDoubleClick={onDoubleClick}
      >
        <WaterfallHeader
          window={window}
          startMs={startMs}
          trackPx={trackPx}
          errorsFirst={folds.errorsFirst}
          onErrorsFirst={(errorsFirst) => setFolds((was) => ({ ...was, errorsFirst }))}
          onExpandAll={() =>
            setFolds((was) => ({
              ...was,
              closed: new Set(),
              opened: allParents(tree),
              openGroups: allGroups(tree),
            }))
          }
          onCollapseAll={() =>
            setFolds((was) => ({
              ...was,
              closed: allParents(tree),
              opened: new Set(),
              openGroups: new Set(),
            }))
          }
        />
        <div className="wf-rows" role="rowgroup" style={{ height: rows.count * ROW_PX }}>
          {visible}
        </div>
      </div>
    </div>
  );
}

function withMember<T>(set: ReadonlySet<T>, member: T, isIn: boolean): ReadonlySet<T> {
  if (set.has(member) === isIn) return set;
  const changed = new Set(set);
  if (isIn) changed.add(member);
  else changed.delete(member);
  return changed;
}

/** The folds with everything open that hides a node; the same object where nothing does. */
function unfolded(tree: TraceTree, folds: FoldState, node: number): FoldState {
  let found = folds;
  for (let at = node; at >= 0; at = tree.parent(at)) {
    const key = foldOf(tree, at);
    const openGroups = key === null ? found.openGroups : withMember(found.openGroups, key, true);
    if (openGroups !== found.openGroups) found = Object.assign({}, found, { openGroups });
    const parent = tree.parent(at);
    if (parent >= 0 && isClosed(tree, found, parent)) found = withNode(found, parent, true);
  }
  return found;
}

/** The folds with one node open or closed. */
function withNode(folds: FoldState, node: number, open: boolean): FoldState {
  return {
    ...folds,
    closed: withMember(folds.closed, node, !open),
    opened: withMember(folds.opened, node, open),
  };
}
