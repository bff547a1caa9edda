import type { KeyboardEvent, RefObject } from 'react';
import { countOf, formatCount } from '../../shared/units.ts';
import type { TraceViewKind } from '../store/route.ts';
import { Menu } from '../ui/Menu.tsx';
import type { MenuEntry } from '../ui/Menu.tsx';
import { SearchBox } from '../ui/SearchBox.tsx';
import type { SearchResult } from '../flame/search.ts';
import type { SpanNoise } from '../waterfall/useSpanNoise.ts';
import type { TraceFilter } from '../waterfall/traceFilter.ts';
import { NoiseButton } from './NoiseButton.tsx';
import { VIEW_LABELS } from './traceState.ts';

type Props = {
  readonly views: readonly TraceViewKind[];
  readonly view: TraceViewKind;
  readonly onView: (view: TraceViewKind) => void;
  readonly panelId: string;
  readonly query: string;
  readonly onQuery: (query: string) => void;
  readonly search: SearchResult | null;
  readonly onStep: (direction: 1 | -1) => void;
  readonly searchField: RefObject<HTMLInputElement | null>;
  readonly noise: SpanNoise;
  readonly filter: TraceFilter;
  readonly onFilter: (filter: TraceFilter) => void;
  readonly spanCount: number;
  readonly openCount: number;
  readonly errorCount: number;
  readonly onNextError: () => void;
  readonly live: boolean;
  readonly follow: boolean;
  readonly onFollow: (follow: boolean) => void;
  readonly onFit: () => void;
  readonly compact: boolean;
  /** What is seldom wanted. */
  readonly menu: readonly MenuEntry[];
};

/** Views, search, counts; the rest behind one menu. */
export function TraceToolbar(props: Props) {
  const { views, view, onView, panelId, filter, onFilter, spanCount, openCount, errorCount, noise } = props;
  const { onNextError, live, follow, onFollow, onFit, compact, menu } = props;
  const canFilter = view === 'waterfall';

  const onTabKey = (event: KeyboardEvent<HTMLElement>) => {
    const at = views.indexOf(view);
    const to = { ArrowRight: at + 1, ArrowLeft: at + views.length - 1, Home: 0, End: views.length - 1 }[
      event.key
    ];
    if (to === undefined) return;
    event.preventDefault();
    onView(views[to % views.length]!);
    event.currentTarget.querySelectorAll<HTMLElement>('[role=tab]')[to % views.length]?.focus();
  };

  return (
    <div className="trace-toolbar">
      <div role="tablist" aria-label="Ways to see the trace" onKeyDown={onTabKey}>
        {views.map((kind, at) => (
          <button
            key={kind}
            type="button"
            role="tab"
            aria-selected={kind === view}
            aria-controls={panelId}
            tabIndex={kind === view ? 0 : -1}
            title={`${VIEW_LABELS[kind]} (${at + 1})`}
            aria-keyshortcuts={String(at + 1)}
            onClick={() => onView(kind)}
          >
            {VIEW_LABELS[kind]}
          </button>
        ))}
      </div>
      <FindInTrace {...props} canFilter={canFilter} />
      {canFilter && filter.operation !== null && (
        <span className="trace-chip">
          only <b dir="auto">{filter.operation}</b>
          <button
            data-action="Show all operations again"
            type="button"
            aria-label="Show all operations again"
            title="Show all operations again"
            onClick={() => onFilter({ ...filter, operation: null })}
          >
            ✕
          </button>
        </span>
      )}
      <div className="trace-counts">
        {live && openCount > 0 && (
          <span className="trace-live">
            <i aria-hidden="true" />
            {formatCount(openCount)} open
          </span>
        )}
        {errorCount > 0 && (
          <span className="trace-errors">
            <button
              data-action="Next error"
              type="button"
              data-tone="danger"
              title="Go to the next failed span (e)"
              onClick={onNextError}
            >
              {countOf(errorCount, 'error')}
            </button>
            {canFilter && (
              <button
                data-action="Only errors"
                type="button"
                aria-pressed={filter.errors}
                title="Show failed spans and what they are below of, and nothing else (x)"
                onClick={() => onFilter({ ...filter, errors: !filter.errors })}
              >
                Only errors
              </button>
            )}
          </span>
        )}
        <span>{countOf(spanCount, 'span')}</span>
        <NoiseButton noise={noise} />
        {live && view === 'flame' && (
          <button
            data-action="Follow"
            type="button"
            aria-pressed={follow}
            onClick={() => onFollow(!follow)}
            title="Keep the newest in view"
          >
            Follow
          </button>
        )}
        <button data-action="Fit" type="button" onClick={onFit} title="Show the whole trace (0)">
          Fit
        </button>
        {!compact && menu.length > 0 && (
          <Menu label="More" name="More for this trace" alignEnd items={menu} />
        )}
      </div>
    </div>
  );
}

function FindInTrace(props: Props & { readonly canFilter: boolean }) {
  const { query, onQuery, search, onStep, searchField, filter, onFilter, compact, canFilter } = props;
  const onSearchKey = (event: KeyboardEvent) => {
    if (event.key === 'Enter') onStep(event.shiftKey ? -1 : 1);
    else if (event.key === 'Escape' && query !== '') onQuery('');
    else return;
    event.preventDefault();
  };
  return (
    <div className="trace-search" role="search">
      <SearchBox
        ref={searchField}
        label="Find in this trace"
        placeholder={compact ? 'Find' : 'Find a name, id or attribute'}
        shortcut={compact ? undefined : '/'}
        value={query}
        onText={onQuery}
        onKeyDown={onSearchKey}
      />
      <span className="trace-search-count" role="status">
        {search === null ? '' : `${formatCount(search.count)}${search.done ? '' : '…'} found`}
      </span>
      {search !== null && search.count > 0 && (
        <>
          <button
            data-action="Previous find"
            type="button"
            aria-label="Previous find"
            title="Previous (Shift+Enter)"
            onClick={() => onStep(-1)}
          >
            ↑
          </button>
          <button
            data-action="Next find"
            type="button"
            aria-label="Next find"
            title="Next (Enter)"
            onClick={() => onStep(1)}
          >
            ↓
          </button>
        </>
      )}
      {search !== null && canFilter && (
        <button
          data-action="Only found"
          type="button"
          aria-pressed={filter.matches}
          title="Show what was found and what it is below of, and nothing else (f)"
          onClick={() => onFilter({ ...filter, matches: !filter.matches })}
        >
          Only found
        </button>
      )}
    </div>
  );
}
