import type { ReactNode, Ref } from 'react';
import type { SavedQuery } from '../../../shared/traceQuery.ts';
import type { RouteSearch } from '../../store/route.ts';
import type { RangePreset } from '../../store/searchSlice.ts';
import { loadFieldCatalog } from '../../store/traceCommands.ts';
import { QueryField } from '../../ui/QueryField.tsx';
import type { QueryFieldHandle } from '../../ui/QueryField.tsx';
import { SavedQueries } from './SavedQueries.tsx';
import { TimeRange } from './TimeRange.tsx';

type Props = {
  /** What is searched, for who does not see it. */
  readonly label: string;
  readonly queryLabel?: string;
  /** What is asked for; `null`: nothing, time alone narrows this. */
  readonly signal: 'spans' | 'logs' | null;
  /** Under which queries are kept; not given: that of the field. */
  readonly saveAs?: SavedQuery['signal'];
  readonly field: Ref<QueryFieldHandle>;
  readonly placeholder?: string;
  readonly search: RouteSearch;
  readonly onQuery: (query: string) => void;
  readonly preset: RangePreset | null;
  readonly onRange: (
    range: { readonly fromMs: number | undefined; readonly toMs: number | undefined },
    preset: RangePreset | null,
  ) => void;
  /** Between the query and the time; without a query in its place. */
  readonly children?: ReactNode;
};

/** A query with what was kept of them, and a stretch of time. */
export function SearchLine(props: Props) {
  const { label, queryLabel = 'Query', signal, saveAs, field, placeholder, search, onQuery } = props;
  const { preset, onRange, children } = props;
  const query = search.query ?? '';
  return (
    <div className="search-line" role="search" aria-label={label}>
      {signal !== null && (
        <QueryField
          ref={field}
          label={queryLabel}
          signal={signal}
          value={query}
          onSubmit={onQuery}
          loadCatalog={loadFieldCatalog}
          shortcut="/"
          {...(placeholder === undefined ? {} : { placeholder })}
          saved={<SavedQueries signal={saveAs ?? signal} query={query} onOpen={onQuery} />}
        />
      )}
      {children}
      <TimeRange search={search} preset={preset} onChange={onRange} />
    </div>
  );
}
