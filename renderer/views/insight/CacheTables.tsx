import { useMemo } from 'react';
import { STAGES } from '../../../shared/card.ts';
import type { CacheReport, CacheTierReport } from '../../../shared/run.ts';
import { formatBytes, formatCount, formatPercent } from '../../../shared/units.ts';
import type { StageRow } from './cacheFigures.ts';
import type { Column } from './sortRows.ts';
import { SortTable } from './SortTable.tsx';
import { stageName } from './stageName.ts';

const share = (part: number, whole: number) => (whole === 0 ? Number.NaN : part / whole);

/** Lookups in the shown time, a row a stage. */
export function CacheStages({
  rows,
  tiers,
}: {
  readonly rows: readonly StageRow[];
  readonly tiers: readonly string[];
}) {
  const columns = useMemo((): readonly Column<StageRow>[] => {
    const number = (id: string, label: string, value: (row: StageRow) => number): Column<StageRow> => ({
      id,
      label,
      align: 'right',
      value,
      cell: (row) => formatCount(value(row)),
    });
    return [
      {
        id: 'stage',
        label: 'Stage',
        value: ({ stage }) => stageName(stage),
        cell: ({ stage }) => stageName(stage),
      },
      number('lookups', 'Lookups', ({ lookups }) => lookups),
      ...tiers.flatMap((tier) => [
        number(
          `${tier} hit`,
          tier === '' ? 'Hits' : `${tier.charAt(0).toUpperCase()}${tier.slice(1)} hits`,
          (row) => row.tiers[tier]?.hit ?? 0,
        ),
        number(`${tier} miss`, 'Misses', (row) => row.tiers[tier]?.miss ?? 0),
        number(`${tier} stale`, 'Too old', (row) => row.tiers[tier]?.stale ?? 0),
      ]),
      {
        id: 'rate',
        label: 'Answered',
        align: 'right',
        value: ({ hits, lookups }) => share(Math.min(hits, lookups), lookups),
        cell: ({ hits, lookups }) => formatPercent(share(Math.min(hits, lookups), lookups)),
      },
    ];
  }, [tiers]);
  return (
    <section className="figure-section" aria-label="By stage">
      <h3>By stage</h3>
      <div className="table-scroll">
        <SortTable
          label="Lookups by stage"
          columns={columns}
          rows={rows}
          rowKey={({ stage }) => String(stage)}
          start={{ id: 'lookups', isDown: true }}
        />
      </div>
    </section>
  );
}

type TierRow = CacheTierReport & { readonly tier: string; readonly stage: string };
const figure = (
  id: keyof CacheTierReport,
  label: string,
  text: (value: number) => string = formatCount,
): Column<TierRow> => ({ id, label, align: 'right', value: (row) => row[id], cell: (row) => text(row[id]) });
const TIER_COLUMNS: readonly Column<TierRow>[] = [
  { id: 'tier', label: 'Tier', value: ({ tier }) => tier, cell: ({ tier }) => tier },
  { id: 'stage', label: 'Stage', value: ({ stage }) => stage, cell: ({ stage }) => stage },
  figure('entries', 'Answers'),
  figure('bytes', 'Size', formatBytes),
  figure('hits', 'Hits'),
  figure('misses', 'Misses'),
  figure('stale', 'Too old'),
  figure('evictions', 'Evicted'),
  figure('savedTokens', 'Tokens saved'),
];

/** What the tiers hold now and did since the program started, whatever time is shown. */
export function CacheTiers({ report }: { readonly report: CacheReport }) {
  const rows = useMemo(
    () =>
      (['memory', 'disk'] as const).flatMap((tier): TierRow[] => [
        { ...report[tier], tier, stage: 'all' },
        ...STAGES.map((stage) => ({ ...report.byStage[stage][tier], tier, stage: stageName(stage) })),
      ]),
    [report],
  );
  return (
    <section className="figure-section" aria-label="The tiers now">
      <h3>
        The tiers now{' '}
        <span className="faint small">counted since the program started, misses with those too old</span>
      </h3>
      {report.degraded !== null && (
        <p className="alert-line" role="alert">
          {report.degraded}
        </p>
      )}
      <div className="table-scroll">
        <SortTable
          label="The tiers now"
          columns={TIER_COLUMNS}
          rows={rows}
          rowKey={({ tier, stage }) => `${tier} ${stage}`}
          start={{ id: '', isDown: true }}
        />
      </div>
    </section>
  );
}
