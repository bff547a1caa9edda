import type { Ref } from 'react';
import { getState, useStore } from '../../store/index.ts';
import { selectRangePreset } from '../../store/selectors.ts';
import type { QueryFieldHandle } from '../../ui/QueryField.tsx';
import { SearchLine } from '../traces/SearchLine.tsx';
import { goToInsight } from './insightRoute.ts';
import type { InsightRoute } from './insightRoute.ts';

type Props = {
  readonly route: InsightRoute;
  readonly field: Ref<QueryFieldHandle>;
  readonly hasQuery: boolean;
};

/** What the figures are about: a query, and a stretch of time. */
export function InsightBar({ route, field, hasQuery }: Props) {
  const preset = useStore(selectRangePreset);
  const ask = (next: string) => {
    getState().queryAsked(next);
    goToInsight({ query: next === '' ? undefined : next });
  };
  return (
    <div className="search-bar">
      <SearchLine
        label="Narrow the figures"
        signal={hasQuery ? 'spans' : null}
        field={field}
        placeholder='All spans. Narrow them: service = "shop" and kind = server'
        search={route}
        onQuery={ask}
        preset={preset}
        onRange={(range, nextPreset) => {
          getState().rangePresetChanged(nextPreset);
          goToInsight(range);
        }}
      >
        {!hasQuery && (
          <p className="grow small faint insight-no-query">
            Metrics are not made of spans: time narrows them, the query does not.
          </p>
        )}
      </SearchLine>
    </div>
  );
}
