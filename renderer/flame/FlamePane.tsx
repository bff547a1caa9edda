import '../styles/traceView.css';
import './flamePane.css';
import { useEffect, useId, useRef, useState } from 'react';
import type { KeyboardEvent, ReactNode, RefObject } from 'react';
import { formatCount } from '../../shared/units.ts';
import { SearchBox } from '../ui/SearchBox.tsx';
import { FlameGraph } from './FlameGraph.tsx';
import { FlameTable } from './FlameTable.tsx';
import type { FlameTableProps } from './FlameTable.tsx';
import type { FlameModel } from './flameModel.ts';
import { usePathSearch } from './usePathSearch.ts';
import type { TimeWindow } from './viewport.ts';

/** What every picture of call paths takes. Not given: the picture keeps it itself. */
export type PaneState = {
  /** The table instead of the graph. */
  readonly isTable?: boolean;
  readonly onTable?: (isTable: boolean) => void;
  /** Stretch of the axis, in the measure's unit; `null` for everything. */
  readonly window?: TimeWindow | null;
  readonly onWindow?: (window: TimeWindow | null) => void;
  /** Is given the field for operations. */
  readonly searchField?: RefObject<HTMLInputElement | null>;
};

type Props = PaneState & {
  readonly label: string;
  readonly model: FlameModel;
  readonly count: number;
  readonly nameOf: (item: number) => string;
  readonly selected: number;
  readonly onSelect: (item: number) => void;
  readonly table: Pick<
    FlameTableProps,
    'items' | 'columns' | 'sortBy' | 'nameLabel' | 'markOf' | 'colourNameOf'
  >;
  /** Enter in the table, and what a button beside the facts does. */
  readonly onOpen?: ((item: number) => void) | undefined;
  readonly openLabel?: string | undefined;
  /** Whether `onOpen` leads somewhere. */
  readonly canOpen?: (item: number) => boolean;
  readonly tools: ReactNode;
  /** Left of the graph, or above it where it is narrow. */
  readonly aside?: ReactNode;
  /** Graph and table beside each other, in place of a switch. */
  readonly isSplit?: boolean;
  readonly legend?: ReactNode;
  /** What the figures are not, in sentences. */
  readonly notes: readonly string[];
  readonly clock?: () => number;
  readonly revision?: number;
  readonly fitRequest?: number;
  readonly matches?: Uint8Array | null;
  /** Inside the view of one trace, which has a search and shows what is selected itself. */
  readonly isEmbedded?: boolean;
};

const still = () => 0;
const nothing = () => undefined;

/** A graph of call paths with its tools, the table behind it and the facts of what is selected. */
export function FlamePane(props: Props) {
  const { label, model, count, nameOf, selected, onSelect, table, onOpen, openLabel, canOpen } = props;
  const { tools, aside, isSplit = false, legend, notes, isEmbedded = false } = props;
  const [ownTable, setOwnTable] = useState(false);
  const isTable = props.isTable ?? ownTable;
  const [fitRequest, setFitRequest] = useState(0);
  const [query, setQuery] = useState('');
  const search = usePathSearch(count, nameOf, model.identity, query);
  const ownField = useRef<HTMLInputElement>(null);
  const field = props.searchField ?? ownField;
  const panelId = useId();
  const matches = search?.matches ?? props.matches ?? null;

  const step = (by: 1 | -1) => {
    if (search === null || search.found.length === 0) return;
    const { found } = search;
    const at = found.indexOf(selected);
    onSelect(found[at < 0 ? (by > 0 ? 0 : found.length - 1) : (at + by + found.length) % found.length]!);
  };
  const switchTo = (toTable: boolean) => {
    setOwnTable(toTable);
    props.onTable?.(toTable);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
    if (isEmbedded) return;
    const isTyping = event.target instanceof HTMLInputElement || event.target instanceof HTMLSelectElement;
    if (isTyping) return;
    if (event.key === '/') field.current?.focus();
    else if (event.key === 'n' || event.key === 'N') step(event.shiftKey ? -1 : 1);
    else return;
    event.preventDefault();
  };
  const onSearchKey = (event: KeyboardEvent) => {
    if (event.key === 'Enter') step(event.shiftKey ? -1 : 1);
    else if (event.key === 'Escape' && query !== '') setQuery('');
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  // Item numbers of another picture mean something else.
  const identity = useRef(model.identity);
  useEffect(() => {
    if (identity.current !== model.identity && selected >= count) onSelect(-1);
    identity.current = model.identity;
  }, [model.identity, selected, count, onSelect]);

  const facts = !isEmbedded && selected >= 0 && selected < count ? model.describe(selected, 0) : null;
  const graph = (
    <FlameGraph
      model={model}
      revision={props.revision ?? 0}
      clock={props.clock ?? still}
      live={false}
      follow={false}
      onUnfollow={nothing}
      selected={selected < count ? selected : -1}
      onSelect={onSelect}
      matches={matches}
      label={label}
      fitRequest={fitRequest + (props.fitRequest ?? 0)}
      hint={isSplit ? 'The table beside it has the same figures.' : 'Show as table has the same figures.'}
      {...(props.window === undefined ? {} : { window: props.window })}
      {...(props.onWindow === undefined ? {} : { onWindow: props.onWindow })}
    />
  );
  const sheet = (
    <FlameTable
      label={`${label}, as a table`}
      identity={model.identity}
      nameOf={nameOf}
      selected={selected}
      onSelect={onSelect}
      {...table}
      {...(onOpen === undefined ? {} : { onOpen })}
    />
  );

  return (
    <section className="trace-view flame-pane" aria-label={label} onKeyDown={onKeyDown}>
      <div className="flame-tools">
        {tools}
        {isEmbedded ? (
          <span className="flame-space" />
        ) : (
          <span className="trace-search" role="search">
            <SearchBox
              ref={field}
              label="Find an operation"
              placeholder="Find an operation"
              shortcut="/"
              value={query}
              onText={setQuery}
              onKeyDown={onSearchKey}
            />
            <span className="trace-search-count" role="status">
              {search === null ? '' : `${formatCount(search.found.length)} found`}
            </span>
          </span>
        )}
        {!isSplit && (
          <button
            data-action="Show as table"
            type="button"
            aria-pressed={isTable}
            aria-controls={panelId}
            onClick={() => switchTo(!isTable)}
          >
            Show as table
          </button>
        )}
        {!isEmbedded && (
          <button
            data-action="Fit"
            type="button"
            title="Show everything (0)"
            disabled={isTable && !isSplit}
            onClick={() => setFitRequest((was) => was + 1)}
          >
            Fit
          </button>
        )}
      </div>
      <div className={`flame-body${aside === undefined ? '' : ' has-aside'}${isSplit ? ' is-split' : ''}`}>
        {aside}
        <div id={panelId} className="flame-main">
          {isSplit || !isTable ? graph : sheet}
        </div>
        {isSplit && <div className="flame-beside">{sheet}</div>}
      </div>
      {legend}
      {facts !== null && (
        <div className="flame-facts" role="group" aria-label="What is selected">
          <strong>{facts[0]?.value}</strong>
          <dl>
            {facts.slice(1).map((fact, at) => (
              <div key={at} data-tone={fact.tone}>
                <dt>{fact.label}</dt>
                <dd>{fact.value}</dd>
              </div>
            ))}
          </dl>
          {onOpen !== undefined && (canOpen?.(selected) ?? true) && (
            <button data-action="Open the span" type="button" onClick={() => onOpen(selected)}>
              {openLabel ?? 'Open'}
            </button>
          )}
          <button
            data-action="Clear the selection"
            type="button"
            aria-label="Clear the selection"
            onClick={() => onSelect(-1)}
          >
            ×
          </button>
        </div>
      )}
      {notes.length > 0 && (
        <footer className="trace-view-foot">
          {notes.map((note) => (
            <span key={note}>{note}</span>
          ))}
        </footer>
      )}
    </section>
  );
}

/** Says that there is nothing to draw, and why. */
export function NoPaths({ title, children }: { readonly title: string; readonly children: ReactNode }) {
  return (
    <section className="trace-view flame-pane">
      <div className="trace-view-empty" role="status">
        <strong>{title}</strong>
        <p>{children}</p>
      </div>
    </section>
  );
}
