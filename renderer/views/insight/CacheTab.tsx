import { useState } from 'react';
import type { CacheLens } from '../../../shared/traceQuery.ts';
import { formatCount, formatPercent } from '../../../shared/units.ts';
import { formatDollars, formatShort } from '../../derive/tokens.ts';
import { askCacheLens, askCacheReport } from '../../store/insightCommands.ts';
import type { AskedSearch } from '../../store/searchSlice.ts';
import { EmptyState } from '../../ui/EmptyState.tsx';
import { Icon } from '../../ui/Icon.tsx';
import { Stat } from '../../ui/Stat.tsx';
import { stepText } from '../../charts/lineTip.ts';
import { CacheCharts } from './CacheCharts.tsx';
import { stageRows, tiersOf } from './cacheFigures.ts';
import { CacheStages, CacheTiers } from './CacheTables.tsx';
import { FigureArea } from './FigureArea.tsx';
import { LeftOutNote } from './LeftOutNote.tsx';
import { useFigures } from './useFigures.ts';

const POINTS = 90;

async function ask(search: AskedSearch) {
  const [lens, report] = await Promise.all([askCacheLens({ ...search, points: POINTS }), askCacheReport()]);
  return { lens, report };
}

/** How much the cache answers, by tier and stage, over time; what that saved. */
export function CacheTab() {
  const figures = useFigures(ask);
  return (
    <FigureArea what="Lookups" figures={figures}>
      {({ lens, report }) => (
        <div className="insight-tab insight-pad">
          {lens.series.length === 0 ? (
            <EmptyState icon="chart" title="No lookups here">
              Every stage asks the cache before it works. None of those spans is in this time and query.
            </EmptyState>
          ) : (
            <Lens lens={lens} />
          )}
          <CacheTiers report={report} />
        </div>
      )}
    </FigureArea>
  );
}

function Lens({ lens }: { readonly lens: CacheLens }) {
  const [stage, setStage] = useState<string | undefined>(undefined);
  const rows = stageRows(lens);
  const lookups = rows.reduce((sum, row) => sum + row.lookups, 0);
  const hits = rows.reduce((sum, row) => sum + row.hits, 0);
  const { drop, savedTokens, savedCost, leftOut } = lens;
  return (
    <>
      {drop !== null && (
        <p className="alert-line" role="status">
          <Icon name="warning" />
          <span>
            The share of hits fell from <strong>{formatPercent(drop.from)}</strong> to{' '}
            <strong>{formatPercent(drop.to)}</strong> at {stepText(drop.atMs)}. A new list misses as a whole;
            so do answers after a change of prompt or model.
          </span>
        </p>
      )}
      <dl className="stats">
        <Stat
          label="Answered from the cache"
          value={formatPercent(lookups === 0 ? Number.NaN : Math.min(1, hits / lookups))}
          note={`${formatCount(hits)} of ${formatCount(lookups)} lookups`}
        />
        <Stat label="Tokens saved" value={formatShort(savedTokens)} />
        <Stat
          label="Money saved"
          value={savedCost === null ? '–' : formatDollars(savedCost)}
          note={savedCost === null ? 'no priced call in this time' : undefined}
        />
      </dl>
      <CacheCharts lens={lens} tiers={tiersOf(lens)} rows={rows} stage={stage} onStage={setStage} />
      <CacheStages rows={rows} tiers={tiersOf(lens)} />
      <LeftOutNote leftOut={leftOut} what="lookups" />
    </>
  );
}
