import type { KeyboardEvent, RefObject } from 'react';
import { formatCount } from '../../shared/units.ts';
import { countOf } from './flameModel.ts';
import type { SearchResult } from './search.ts';
import type { TraceViewKind } from './TraceView.tsx';

type Props = {
  readonly view: TraceViewKind;
  readonly onView: (view: TraceViewKind) => void;
  readonly panelId: string;
  readonly query: string;
  readonly onQuery: (query: string) => void;
  readonly search: SearchResult | null;
  readonly onStep: (direction: 1 | -1) => void;
  readonly searchField: RefObject<HTMLInputElement | null>;
  readonly spanCount: number;
  readonly openCount: number;
  readonly errorCount: number;
  readonly onNextError: () => void;
  readonly live: boolean;
  readonly follow: boolean;
  readonly onFollow: (follow: boolean) => void;
  readonly onFit: () => void;
  readonly compact: boolean;
};

const VIEWS: readonly (readonly [TraceViewKind, string])[] = [
  ['waterfall', 'Waterfall'],
  ['flame', 'Flame'],
  ['left-heavy', 'Left-heavy'],
];

export function TraceToolbar(props: Props) {
  const {
    view,
    onView,
    panelId,
    query,
    onQuery,
    search,
    onStep,
    searchField,
    spanCount,
    openCount,
    errorCount,
  } = props;
  const { onNextError, live, follow, onFollow, onFit, compact } = props;

  const onTabKey = (event: KeyboardEvent<HTMLElement>) => {
    const at = VIEWS.findIndex(([kind]) => kind === view);
    const to = { ArrowRight: at + 1, ArrowLeft: at + VIEWS.length - 1, Home: 0, End: VIEWS.length - 1 }[
      event.key
    ];
    if (to === undefined) return;
    event.preventDefault();
    const next = VIEWS[to % VIEWS.length]!;
    onView(next[0]);
    event.currentTarget.querySelectorAll<HTMLElement>('[role=tab]')[to % VIEWS.length]?.focus();
  };
  const onSearchKey = (event: KeyboardEvent) => {
    if (event.key === 'Enter') onStep(event.shiftKey ? -1 : 1);
    else if (event.key === 'Escape' && query !== '') onQuery('');
    else return;
    event.preventDefault();
  };

  return (
    <div className="trace-toolbar">
      <div role="tablist" aria-label="Ways to see the trace" onKeyDown={onTabKey}>
        {VIEWS.map(([kind, label]) => (
          <button
            key={kind}
            type="button"
            role="tab"
            aria-selected={kind === view}
            aria-controls={panelId}
            tabIndex={kind === view ? 0 : -1}
            onClick={() => onView(kind)}
          >
            {label}
          </button>
        ))}
      </div>
      <div className="trace-search" role="search">
        <input
          ref={searchField}
          type="search"
          value={query}
          placeholder={compact ? 'Find' : 'Find a name, id or attribute'}
          aria-label="Find in this trace"
          onChange={(event) => onQuery(event.target.value)}
          onKeyDown={onSearchKey}
        />
        <span className="trace-search-count" role="status">
          {search === null ? '' : `${formatCount(search.count)}${search.done ? '' : '…'} found`}
        </span>
        {search !== null && search.count > 0 && (
          <>
            <button
              type="button"
              aria-label="Previous find"
              title="Previous (Shift+Enter)"
              onClick={() => onStep(-1)}
            >
              ↑
            </button>
            <button type="button" aria-label="Next find" title="Next (Enter)" onClick={() => onStep(1)}>
              ↓
            </button>
          </>
        )}
      </div>
      <div className="trace-counts">
        {live && openCount > 0 && (
          <span className="trace-live">
            <i aria-hidden="true" />
            {formatCount(openCount)} open
          </span>
        )}
        {errorCount > 0 && (
          <button
            type="button"
            data-tone="danger"
            title="Go to the next failed span (e)"
            onClick={onNextError}
          >
            {countOf(errorCount, 'error')}
          </button>
        )}
        <span>{countOf(spanCount, 'span')}</span>
        {live && view !== 'left-heavy' && (
          <button
            type="button"
            aria-pressed={follow}
            onClick={() => onFollow(!follow)}
            title="Keep the newest in view"
          >
            Follow
          </button>
        )}
        <button type="button" onClick={onFit} title="Show the whole trace (0)">
          Fit
        </button>
      </div>
    </div>
  );
}
