import './waterfall.css';
import { useCallback, useEffect, useId, useLayoutEffect, useState } from 'react';
import type { KeyboardEvent, MouseEvent } from 'react';
import { NODE } from '../derive/nodeFlags.ts';
import type { TraceTree } from '../derive/traceTree.ts';
import { CriticalList } from './CriticalList.tsx';
import type { FlameModel } from '../flame/flameModel.ts';
import { isClosed, isGroupOpen, withGroup, withNode } from './folds.ts';
import type { TraceLogs } from './inPlaceRows.ts';
import { Minimap } from '../flame/Minimap.tsx';
import type { SearchResult } from '../flame/search.ts';
import type { SiblingFigures } from './siblingFigures.ts';
import type { SpanNoise } from './useSpanNoise.ts';
import { useTick } from './useClock.ts';
import { useActiveRow } from './useActiveRow.ts';
import { useFolds } from './useFolds.ts';
import { useRowColours } from '../flame/useRowColours.ts';
import { ROW_PX, useScroller, useWheel, visibleRows } from './useScroller.ts';
import { useCriticalView, useWaterfallModel } from './useWaterfallModel.ts';
import { hasKids } from './waterfallIndex.ts';
import { runCommand, waterfallCommand } from './waterfallKeys.ts';
import type { WaterfallCommand } from './waterfallKeys.ts';
import { WaterfallMenu } from './WaterfallMenu.tsx';
import { columnWidths, NO_COLUMNS } from './waterfallOptions.ts';
import type { WaterfallOptions } from './waterfallOptions.ts';
import { foldedBy, nodeAt, rowAbove, showing } from './waterfallMoves.ts';
import { ROW } from './waterfallRows.ts';
import type { SiblingGroup } from './waterfallRows.ts';
import { rowView } from './waterfallRowView.ts';
import type { RowSource } from './waterfallRowView.ts';
import { WaterfallHeader } from './WaterfallHeader.tsx';
import { WaterfallRow } from './WaterfallRow.tsx';
import { clampWindow, fitWindow, panWindow, spanWindow, zoomWindow } from '../flame/viewport.ts';
import type { TimeWindow } from '../flame/viewport.ts';

/** Below this width figures would leave the bars no room: the bars say how long they are. */
const NARROW_PX = 700;

export type ShownGroup = { readonly group: SiblingGroup; readonly figures: SiblingFigures };

export type WaterfallProps = {
  readonly tree: TraceTree;
  readonly model: FlameModel;
  readonly revision: number;
  readonly clock: () => number;
  readonly live: boolean;
  readonly selected: number;
  readonly onSelect: (node: number) => void;
  readonly search: SearchResult | null;
  /** 1 for what is shown with all above it; `null`: everything. */
  readonly wanted: Uint8Array | null;
  readonly noise: SpanNoise;
  /** `null`: everything. */
  readonly window: TimeWindow | null;
  readonly onWindow: (window: TimeWindow | null) => void;
  readonly options: WaterfallOptions;
  readonly onOptions: (options: WaterfallOptions) => void;
  readonly logs: TraceLogs | null;
  readonly hasLogs: boolean;
  /** Told of the folded siblings that are marked. */
  readonly onGroup: (group: ShownGroup | null) => void;
  readonly compact: boolean;
};

/** The trace as a treegrid: virtual rows, one tab stop, everything by keyboard. */
export function Waterfall(props: WaterfallProps) {
  const { tree, model, revision, clock, live, selected, onSelect, search, wanted } = props;
  const { options, onOptions, logs, compact, onGroup } = props;
  const id = useId();
  const [isListShown, setIsListShown] = useState(false);
  useTick(live && tree.openCount > 0, 250);
  const [folds, setFolds] = useFolds(tree, options);
  const {
    index,
    shown,
    rows,
    skew,
    shiftMs,
    figuresOf,
    revision: paced,
  } = useWaterfallModel({
    tree,
    revision,
    clock,
    folds,
    options,
    logs,
    wanted,
    noise: props.noise.hidden,
    selected,
  });
  const critical = useCriticalView(index, options.critical || isListShown);
  const { scroller, scrollTop, height, widthPx, trackPx, reveal, onScroll } = useScroller(options.columns);
  const colourOf = useRowColours(scroller);
  const nameOf = useCallback((name: number) => tree.table.nameOf(name), [tree]);

  const { active, group: shownGroup, activate, clear } = useActiveRow(tree, rows, selected, onSelect);
  // What is selected elsewhere must have a row: open what hides it. A fold closed over the span later stays closed.
  useEffect(() => {
    if (selected >= 0) setFolds((was) => showing(shown, was, selected, nameOf, wanted));
    // oxlint-disable-next-line react/exhaustive-deps
  }, [tree, tree.rebuilds, selected, setFolds]);
  useEffect(() => reveal(active), [reveal, active]);
  useLayoutEffect(() => {
    onGroup(shownGroup === null ? null : { group: shownGroup, figures: figuresOf(shownGroup) });
  }, [shownGroup, figuresOf, onGroup]);
  useEffect(() => () => onGroup(null), [onGroup]);

  const nowMs = clock();
  const [startMs, endMs] = model.extent(nowMs);
  const window = props.window ?? fitWindow(startMs, endMs);
  const setWindow = (next: TimeWindow | null) =>
    props.onWindow(next === null ? null : clampWindow(next, startMs, endMs));
  const columns = compact || (widthPx > 0 && widthPx < NARROW_PX) ? NO_COLUMNS : options.columns;
  const { first, last, pool } = visibleRows(scrollTop, height, rows.count);

  const isExpanded = (at: number): boolean | null => {
    const item = rows.item[at]!;
    if (rows.kind[at] === ROW.group) return isGroupOpen(folds, rows.groups[-1 - item]!.key);
    if (rows.kind[at] === ROW.inPlace || !mayOpen(item)) return null;
    return !isClosed(shown, folds, item, nameOf);
  };
  const mayOpen = (node: number) =>
    hasKids(shown, node) ||
    (options.events && tree.table.eventsOf(tree.row(node)).length > 0) ||
    (options.logs && logs?.byNode.has(node) === true);
  const toggle = (at: number, open = isExpanded(at) === false) => {
    const item = rows.item[at]!;
    setFolds((was) =>
      rows.kind[at] === ROW.group
        ? withGroup(was, rows.groups[-1 - item]!.key, open)
        : withNode(shown, was, item, open, nameOf),
    );
  };
  const zoomTo = (at: number) => {
    const node = nodeAt(rows, at);
    if (node < 0) return;
    const isOpen = (tree.flags(node) & NODE.open) !== 0;
    setWindow(spanWindow(index.startMs[node]!, isOpen ? nowMs : index.endMs[node]!));
  };

  const run = (command: WaterfallCommand): boolean => {
    const folded = foldedBy(command, folds, shown, nodeAt(rows, active), nameOf);
    if (folded !== null) {
      setFolds(folded);
      return true;
    }
    return runCommand(command, {
      active,
      count: rows.count,
      page: Math.max(1, Math.floor(height / ROW_PX) - 2),
      isGroup: active >= 0 && rows.kind[active] === ROW.group,
      isExpanded,
      toggle,
      activate,
      above: () => rowAbove(rows, active),
      zoomTo,
      zoom(factor) {
        const node = nodeAt(rows, active);
        const middle = node >= 0 ? index.startMs[node]! : (window.fromMs + window.toMs) / 2;
        setWindow(zoomWindow(window, factor, middle));
      },
      pan: (share) =>
        props.window !== null && setWindow(panWindow(window, (window.toMs - window.fromMs) * share)),
      fit: () => props.onWindow(null),
      clear() {
        if (active < 0 && props.window === null) return false;
        clear();
        props.onWindow(null);
        onSelect(-1);
        return true;
      },
      option(name) {
        if (name === 'logs' && !props.hasLogs) return false;
        onOptions({ ...options, [name]: !options[name] });
        return true;
      },
    });
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.target !== event.currentTarget) return;
    const command = waterfallCommand(event.key, event.shiftKey);
    if (command !== null && run(command)) event.preventDefault();
  };
  const rowAt = (event: MouseEvent) =>
    Number((event.target as Element).closest<HTMLElement>('[data-index]')?.dataset['index'] ?? -1);
  const onClick = (event: MouseEvent) => {
    const at = rowAt(event);
    if (at < 0) return;
    if ((event.target as Element).classList.contains('wf-twisty') && isExpanded(at) !== null) toggle(at);
    else {
      activate(at);
      if (rows.kind[at] === ROW.group) toggle(at);
    }
  };
  useWheel(scroller, (event, share) => {
    if (event.ctrlKey || event.metaKey) {
      const anchor = window.fromMs + (window.toMs - window.fromMs) * share;
      setWindow(zoomWindow(window, Math.exp(Math.max(-120, Math.min(120, event.deltaY)) * 0.004), anchor));
    } else if (event.shiftKey && props.window !== null)
      setWindow(panWindow(window, ((event.deltaX || event.deltaY) / 600) * (window.toMs - window.fromMs)));
    else return false;
    return true;
  });

  const source: RowSource = {
    tree,
    index,
    rows,
    window,
    trackPx,
    nowMs,
    startMs,
    search,
    colourOf,
    critical: options.critical ? critical : null,
    logs: options.logs ? logs : null,
    hasSelf: options.self,
    columns,
    figuresOf,
    shiftMs,
  };
  const visible = [];
  for (let at = first; at < last; at += 1) {
    visible.push(
      <WaterfallRow
        // Slots, not rows: scrolling moves the same elements on.
        key={at % pool}
        id={`${id}-${at}`}
        top={at * ROW_PX}
        trackPx={trackPx}
        {...rowView(source, at)}
        expanded={isExpanded(at)}
        isActive={at === active}
        hasStart={columns.start}
        hasDuration={columns.duration}
        hasSelf={columns.self}
      />,
    );
  }

  const count = Object.values(columns).filter(Boolean).length;
  return (
    <div
      className={`waterfall${count > 0 ? '' : ' has-no-figures'}`}
      style={nameWidth(compact ? null : options.nameWidthPx) as never}
    >
      <Minimap
        model={model}
        // What is hidden or moved has a pace of its own.
        revision={model.stream === tree ? paced : (model.stream?.revision ?? paced)}
        clock={clock}
        window={window}
        isFitted={props.window === null}
        onWindow={props.onWindow}
      />
      <div
        ref={scroller}
        className="wf-scroll"
        role="treegrid"
        tabIndex={0}
        aria-label="Spans of the trace"
        aria-rowcount={rows.count + 1}
        aria-colcount={2 + count}
        aria-activedescendant={active >= first && active < last ? `${id}-${active}` : undefined}
        style={{ '--wf-columns': columnWidths(columns) } as never}
        onScroll={onScroll}
        onKeyDown={onKeyDown}
        onClick={onClick}
        onDoubleClick={(event) => zoomTo(rowAt(event))}
      >
        <WaterfallHeader
          window={window}
          startMs={startMs}
          trackPx={trackPx}
          columns={columns}
          onNameWidth={(nameWidthPx) => onOptions({ ...options, nameWidthPx })}
          onWindow={setWindow}
          tools={
            <>
              <WaterfallMenu
                tree={tree}
                index={shown}
                noise={props.noise}
                folds={folds}
                onFolds={setFolds}
                options={options}
                onOptions={onOptions}
                node={nodeAt(rows, active)}
                hasSkew={skew !== null}
                hasLogs={props.hasLogs}
                isListShown={isListShown}
                onList={setIsListShown}
              />
              <button
                data-action="Expand all"
                type="button"
                onClick={() => run({ kind: 'expandAll' })}
                aria-label="Expand all"
                title="Expand all (Shift+E)"
              >
                ⊞
              </button>
              <button
                data-action="Collapse all"
                type="button"
                onClick={() => run({ kind: 'collapseAll' })}
                aria-label="Collapse all"
                title="Collapse all (Shift+C)"
              >
                ⊟
              </button>
            </>
          }
        />
        <div className="wf-rows" role="rowgroup" style={{ height: rows.count * ROW_PX }}>
          {visible}
        </div>
        {rows.count === 0 && <p className="wf-none">Nothing here is left by the filter.</p>}
      </div>
      {isListShown && (
        <CriticalList
          tree={tree}
          index={index}
          view={critical}
          startMs={startMs}
          selected={selected}
          onSelect={onSelect}
          colourOf={colourOf}
          onClose={() => setIsListShown(false)}
        />
      )}
    </div>
  );
}

/** As it was chosen, as long as the bars keep a third of the room. */
const nameWidth = (px: number | null) => (px === null ? {} : { '--wf-name-width': `min(${px}px, 66%)` });
