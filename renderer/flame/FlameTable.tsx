import './flameTable.css';
import { useCallback, useEffect, useId, useLayoutEffect, useMemo, useRef, useState } from 'react';
import type { KeyboardEvent, MouseEvent } from 'react';
import { tableRows } from './tableRows.ts';
import type { TableItems } from './tableRows.ts';
import { useRowColours } from './useRowColours.ts';

export type TableColumn = {
  readonly id: string;
  readonly label: string;
  /** What the column is, for the pointer. */
  readonly title?: string;
  /** Sorted by this; text by its characters, numbers by size. */
  readonly keyOf: (item: number) => number | string;
  readonly textOf: (item: number) => string;
  readonly toneOf?: (item: number) => 'danger' | 'warning' | 'success' | undefined;
  /** 0 to 1: how much of the cell is filled behind the figure. */
  readonly shareOf?: (item: number) => number;
};

export type FlameTableProps = {
  readonly label: string;
  readonly nameLabel: string;
  /** Changes when item numbers mean something else. */
  readonly identity: unknown;
  readonly items: TableItems;
  readonly nameOf: (item: number) => string;
  /** Stands before the name: what a reader should know at once. */
  readonly markOf?: (item: number) => string | null;
  /** Coloured by this name; not given: by `nameOf`. */
  readonly colourNameOf?: (item: number) => string | null;
  readonly columns: readonly TableColumn[];
  readonly sortBy: string;
  readonly selected: number;
  readonly onSelect: (item: number) => void;
  /** Enter or a double click. */
  readonly onOpen?: (item: number) => void;
};

const ROW_PX = 26;
const OVERSCAN = 6;
/** Levels that are open at the start. */
const OPEN_LEVELS = 4;

/** Figures behind a graph: a treegrid whose brothers and sisters are sorted by any column; virtual rows. */
export function FlameTable(props: FlameTableProps) {
  const { label, nameLabel, identity, items, nameOf, markOf, colourNameOf, columns, selected } = props;
  const { onSelect, onOpen } = props;
  const id = useId();
  const scroller = useRef<HTMLDivElement>(null);
  const [sort, setSort] = useState({ by: props.sortBy, isRising: false });
  /** Items whose state is not that of their level. */
  const [toggled, setToggled] = useState<ReadonlySet<number>>(new Set());
  const [active, setActive] = useState(-1);
  const [scrollTop, setScrollTop] = useState(0);
  const [height, setHeight] = useState(300);
  const colourOf = useRowColours(scroller);

  const column = columns.find((each) => each.id === sort.by);
  const rows = useMemo(
    () =>
      tableRows(items, {
        keyOf: sort.by === 'name' ? nameOf : (column?.keyOf ?? (() => 0)),
        isRising: sort.isRising,
        isOpen: (item, level) => toggled.has(item) !== level < OPEN_LEVELS,
      }),
    // What the columns read belongs to the identity.
    // oxlint-disable-next-line react/exhaustive-deps
    [identity, items, sort, toggled, column?.id],
  );
  const at = Math.min(active, rows.count - 1);

  useEffect(() => {
    setToggled(new Set());
    setActive(-1);
  }, [identity]);
  // What is selected in the graph gets a row: what hides it opens.
  useEffect(() => {
    if (selected < 0) return;
    setToggled((was) => withOpen(was, items, selected));
  }, [items, selected]);
  const reveal = useCallback((index: number) => {
    const element = scroller.current;
    if (element === null || index < 0) return;
    const room = element.clientHeight - ROW_PX;
    const top = index * ROW_PX;
    if (top < element.scrollTop) element.scrollTop = top;
    else if (top + ROW_PX > element.scrollTop + room) element.scrollTop = top + ROW_PX - room;
  }, []);
  useEffect(() => {
    const index = rows.item.indexOf(selected);
    if (selected < 0 || index < 0 || index >= rows.count) return;
    setActive(index);
    reveal(index);
  }, [rows, selected, reveal]);
  useLayoutEffect(() => {
    const element = scroller.current;
    if (element === null) return undefined;
    const measure = () => setHeight(element.clientHeight);
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    return () => observer.disconnect();
  }, []);

  const activate = (index: number) => {
    if (index < 0 || index >= rows.count) return;
    setActive(index);
    reveal(index);
    onSelect(rows.item[index]!);
  };
  const toggle = (index: number) => {
    const item = rows.item[index]!;
    setToggled((was) => {
      const changed = new Set(was);
      if (!changed.delete(item)) changed.add(item);
      return changed;
    });
  };
  const above = (index: number) => {
    let up = index - 1;
    while (up >= 0 && rows.level[up]! >= rows.level[index]!) up -= 1;
    return up;
  };

  const onKeyDown = (event: KeyboardEvent) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.target !== event.currentTarget) return;
    const page = Math.max(1, Math.floor(height / ROW_PX) - 2);
    const last = rows.count - 1;
    const state = at < 0 ? 0 : rows.state[at]!;
    const moves: Readonly<Record<string, number>> = {
      ArrowDown: Math.min(last, at + 1),
      ArrowUp: Math.max(0, at - 1),
      Home: 0,
      End: last,
      PageDown: Math.min(last, at + page),
      PageUp: Math.max(0, at - page),
    };
    const move = moves[event.key];
    if (move !== undefined) activate(move);
    else if (event.key === 'ArrowRight' && state === CLOSED) toggle(at);
    else if (event.key === 'ArrowRight' && state === OPENED) activate(at + 1);
    else if (event.key === 'ArrowLeft' && state === OPENED) toggle(at);
    else if (event.key === 'ArrowLeft' && at >= 0) activate(above(at));
    else if (event.key === 'Enter' && at >= 0) onOpen?.(rows.item[at]!);
    else if (event.key === ' ' && state !== 0) toggle(at);
    else if (event.key === 'Escape' && selected >= 0) onSelect(-1);
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  const onClick = (event: MouseEvent) => {
    const target = event.target as Element;
    const index = Number(target.closest<HTMLElement>('[data-index]')?.dataset['index'] ?? NaN);
    if (Number.isNaN(index)) return;
    if (target.classList.contains('ft-twisty') && rows.state[index] !== 0) toggle(index);
    else activate(index);
  };
  const sorted = (by: string) =>
    sort.by === by ? (sort.isRising ? ('ascending' as const) : ('descending' as const)) : ('none' as const);
  const sortBy = (by: string) =>
    setSort((was) => ({ by, isRising: was.by === by ? !was.isRising : by === 'name' }));

  const first = Math.max(0, Math.floor(scrollTop / ROW_PX) - OVERSCAN);
  const end = Math.min(rows.count, Math.ceil((scrollTop + height) / ROW_PX) + OVERSCAN);
  const pool = Math.ceil(height / ROW_PX) + 2 * OVERSCAN + 2;
  const visible = [];
  for (let index = first; index < end; index += 1) {
    const item = rows.item[index]!;
    const level = rows.level[index]!;
    const state = rows.state[index]!;
    const mark = markOf?.(item) ?? null;
    const colour = colourNameOf === undefined ? nameOf(item) : colourNameOf(item);
    visible.push(
      <div
        key={index % pool}
        id={`${id}-${index}`}
        data-index={index}
        className={`ft-row${index === at ? ' is-active' : ''}`}
        role="row"
        aria-rowindex={index + 2}
        aria-level={level + 1}
        aria-expanded={state === 0 ? undefined : state === OPENED}
        aria-selected={item === selected}
        style={{ transform: `translateY(${index * ROW_PX}px)` }}
      >
        <div role="gridcell" className="ft-name" style={{ paddingLeft: 8 + level * 14 }}>
          <span className="ft-twisty" aria-hidden="true">
            {state === 0 ? '' : state === OPENED ? '▾' : '▸'}
          </span>
          {colour !== null && (
            <i aria-hidden="true" className="ft-colour" style={{ background: colourOf(colour) }} />
          )}
          {mark !== null && <span className="ft-mark">{mark}</span>}
          <span className="ft-text" title={nameOf(item)}>
            {nameOf(item)}
          </span>
        </div>
        {columns.map((each) => (
          <div key={each.id} role="gridcell" className="ft-cell" data-tone={each.toneOf?.(item)}>
            {each.shareOf !== undefined && (
              <i
                aria-hidden="true"
                className="ft-bar"
                style={{ width: `calc(${Math.min(1, Math.max(0, each.shareOf(item)))} * (100% - 8px))` }}
              />
            )}
            <span>{each.textOf(item)}</span>
          </div>
        ))}
      </div>,
    );
  }

  return (
    <div
      ref={scroller}
      className="flame-table"
      role="treegrid"
      tabIndex={0}
      aria-label={label}
      aria-rowcount={rows.count + 1}
      aria-colcount={columns.length + 1}
      aria-activedescendant={at >= first && at < end ? `${id}-${at}` : undefined}
      onScroll={(event) => setScrollTop(event.currentTarget.scrollTop)}
      onKeyDown={onKeyDown}
      onClick={onClick}
      onDoubleClick={() => at >= 0 && onOpen?.(rows.item[at]!)}
    >
      <div role="rowgroup" className="ft-head">
        <div role="row" aria-rowindex={1} className="ft-headrow">
          <div role="columnheader" aria-sort={sorted('name')} className="ft-name">
            <button data-action="Sort by name" type="button" onClick={() => sortBy('name')}>
              {nameLabel}
              <Arrow sorted={sorted('name')} />
            </button>
          </div>
          {columns.map((each) => (
            <div key={each.id} role="columnheader" aria-sort={sorted(each.id)} className="ft-cell">
              <button
                data-action="Sort by a column"
                type="button"
                title={each.title}
                onClick={() => sortBy(each.id)}
              >
                <Arrow sorted={sorted(each.id)} />
                {each.label}
              </button>
            </div>
          ))}
        </div>
      </div>
      <div role="rowgroup" className="ft-rows" style={{ height: rows.count * ROW_PX }}>
        {visible}
      </div>
    </div>
  );
}

const CLOSED = 1;
const OPENED = 2;

function Arrow({ sorted }: { readonly sorted: 'ascending' | 'descending' | 'none' }) {
  if (sorted === 'none') return null;
  return <span aria-hidden="true">{sorted === 'ascending' ? ' ▲ ' : ' ▼ '}</span>;
}

/** With everything open that hides an item; the same set where nothing does. */
function withOpen(toggled: ReadonlySet<number>, items: TableItems, item: number): ReadonlySet<number> {
  const chain: number[] = [];
  for (let up = items.parentOf(item); up >= 0; up = items.parentOf(up)) chain.unshift(up);
  let changed: Set<number> | null = null;
  for (const [level, at] of chain.entries()) {
    const isOpen = toggled.has(at) !== level < OPEN_LEVELS;
    if (isOpen) continue;
    changed ??= new Set(toggled);
    if (!changed.delete(at)) changed.add(at);
  }
  return changed ?? toggled;
}
