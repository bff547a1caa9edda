import type { Ref } from 'react';
import { getState, useStore } from '../../store/index.ts';
import { selectRangePreset } from '../../store/selectors.ts';
import { loadFieldCatalog } from '../../store/traceCommands.ts';
import { QueryField } from '../../ui/QueryField.tsx';
import type { QueryFieldHandle } from '../../ui/QueryField.tsx';
import { SavedQueries } from '../traces/SavedQueries.tsx';
import { TimeRange } from '../traces/TimeRange.tsx';
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
  const query = route.query ?? '';
  const ask = (next: string) => {
    getState().queryAsked(next);
    goToInsight({ query: next === '' ? undefined : next });
  };
  return (
    <div className="search-bar">
      <div className="search-line" role="search" aria-label="Narrow the figures">
        {hasQuery ? (
          <QueryField
            ref={field}
            label="Query"
            signal="spans"
            value={query}
            onSubmit={ask}
            loadCatalog={loadFieldCatalog}
            placeholder='All spans. Narrow them: service = "shop" and kind = server   /'
            saved={<SavedQueries signal="spans" query={query} onOpen={ask} />}
          />
        ) : (
          <p className="grow small faint insight-no-query">
            Metrics are not made of spans: time narrows them, the query does not.
          </p>
        )}
        <TimeRange
          search={route}
          preset={preset}
          onChange={(range, nextPreset) => {
            getState().rangePresetChanged(nextPreset);
            goToInsight(range);
          }}
        />
      </div>
    </div>
  );
}
