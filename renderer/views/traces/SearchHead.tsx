import type { RefObject } from 'react';
import type { TraceOrder } from '../../../shared/traceQuery.ts';
import { useStore, getState } from '../../store/index.ts';
import { TRACES_MODES } from '../../store/route.ts';
import type { TracesMode } from '../../store/route.ts';
import { TRACE_GROUPS } from '../../store/searchSlice.ts';
import type { TraceGroup } from '../../store/searchSlice.ts';
import { selectRangePreset, selectTraceGroup } from '../../store/selectors.ts';
import { goToSearch } from '../../store/traceCommands.ts';
import type { SearchRoute } from '../../store/traceCommands.ts';
import type { QueryFieldHandle } from '../../ui/QueryField.tsx';
import { FilterChips } from './FilterChips.tsx';
import { SearchLine } from './SearchLine.tsx';

export const MODE_LABELS: Readonly<Record<TracesMode, string>> = {
  list: 'Traces',
  runs: 'Runs',
  flame: 'Flame graph',
  compare: 'Compare',
};

export function ModeSwitch({ mode }: { readonly mode: TracesMode }) {
  return (
    <nav className="mode-switch" aria-label="Ways to see the traces">
      {TRACES_MODES.map((each) => (
        <button
          key={each}
          type="button"
          aria-current={each === mode ? 'page' : undefined}
          data-action={`mode.${each}`}
          onClick={() => goToSearch({ mode: each })}
        >
          {MODE_LABELS[each]}
        </button>
      ))}
    </nav>
  );
}

const GROUP_LABELS: Readonly<Record<TraceGroup, string>> = {
  none: 'Not grouped',
  run: 'By run',
  version: 'By version',
  operation: 'By operation',
};
export const ORDER_LABELS: Readonly<Record<TraceOrder, string>> = {
  newest: 'Newest',
  longest: 'Longest',
  errors: 'Most errors',
  spans: 'Most spans',
  tokens: 'Most tokens',
  cost: 'Most expensive',
};

type BarProps = {
  readonly route: SearchRoute;
  readonly field: RefObject<QueryFieldHandle | null>;
  readonly hasGroups: boolean;
};

/** What is asked: query, time, and filters that are pieces of the query. */
export function SearchBar({ route, field, hasGroups }: BarProps) {
  const preset = useStore(selectRangePreset);
  const group = useStore(selectTraceGroup);
  const query = route.query ?? '';
  const ask = (next: string) => {
    getState().queryAsked(next);
    goToSearch({ query: next === '' ? undefined : next });
  };
  return (
    <div className="search-bar">
      <SearchLine
        label="Find traces"
        signal="spans"
        saveAs="traces"
        field={field}
        placeholder='duration > 100ms and service = "shop"'
        search={route}
        onQuery={ask}
        preset={preset}
        onRange={(range, nextPreset) => {
          getState().rangePresetChanged(nextPreset);
          goToSearch(range);
        }}
      />
      <div className="filter-line">
        <FilterChips query={query} onQuery={ask} />
        {hasGroups && (
          <label className="inline-label">
            <span>Group</span>
            <select
              className="input"
              value={group}
              onChange={(event) => getState().traceGroupChanged(event.target.value as TraceGroup)}
            >
              {TRACE_GROUPS.map((each) => (
                <option key={each} value={each}>
                  {GROUP_LABELS[each]}
                </option>
              ))}
            </select>
          </label>
        )}
      </div>
    </div>
  );
}
