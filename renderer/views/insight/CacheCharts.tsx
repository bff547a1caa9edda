import { useMemo, useState } from 'react';
import type { CacheLens } from '../../../shared/traceQuery.ts';
import { formatCount, formatPercent } from '../../../shared/units.ts';
import { ChartFrame } from '../../charts/ChartFrame.tsx';
import { LineChart } from '../../charts/LineChart.tsx';
import type { LineSeries } from '../../charts/lineData.ts';
import { stepText } from '../../charts/lineTip.ts';
import { seriesStyle } from '../../charts/seriesStyle.ts';
import { getState } from '../../store/index.ts';
import { hitRates, stepStarts, sumSteps } from './cacheFigures.ts';
import type { StageRow } from './cacheFigures.ts';
import { shortNumber } from '../../../shared/formatRate.ts';
import { goToInsight } from './insightRoute.ts';
import { Segmented } from '../../ui/Segmented.tsx';
import { stageName } from './stageName.ts';

type Props = {
  readonly lens: CacheLens;
  readonly tiers: readonly string[];
  readonly rows: readonly StageRow[];
  /** `undefined`: all of them. */
  readonly stage: string | undefined;
  readonly onStage: (stage: string | undefined) => void;
};
const onRange = (fromMs: number, toMs: number) => {
  getState().rangePresetChanged(null);
  goToInsight({ fromMs, toMs });
};

/** Outcomes of lookups over time for a tier, and shares of hits. */
export function CacheCharts({ lens, tiers, rows, stage, onStage }: Props) {
  const [chosenTier, setTier] = useState(tiers[0] ?? '');
  const tier = tiers.includes(chosenTier) ? chosenTier : (tiers[0] ?? '');
  const startMs = stepStarts(lens);
  const wanted =
    stage === undefined || rows.some((row) => stageName(row.stage) === stage) ? stage : undefined;
  const stageId = useMemo(() => rows.find((row) => stageName(row.stage) === wanted)?.stage, [rows, wanted]);
  const layers = useMemo((): readonly LineSeries[] => {
    const sum = sumSteps(
      lens.series.filter((each) => each.tier === tier && (wanted === undefined || each.stage === stageId)),
      startMs.length,
    );
    return [
      { name: 'Hit', colour: '--chart-1', values: sum.hit },
      { name: 'Too old', colour: '--chart-2', values: sum.stale },
      { name: 'Miss', colour: '--chart-none', values: sum.miss },
    ];
  }, [lens, tier, wanted, stageId, startMs.length]);
  const rates = useMemo(
    () =>
      hitRates(lens, wanted === undefined ? undefined : stageId).map((each, place): LineSeries => ({
        ...each,
        ...seriesStyle(place),
        dash: place === 0 ? [] : place === 1 ? [6, 3] : [2, 3],
      })),
    [lens, wanted, stageId],
  );
  return (
    <>
      <div className="tab-tools">
        {tiers.length > 1 && (
          <Segmented
            label="Tier"
            options={tiers.map((id) => ({ id, label: id }))}
            value={tier}
            onChange={setTier}
          />
        )}
        {rows.length > 1 && (
          <Segmented
            label="Stage"
            options={[
              { id: '', label: 'All stages' },
              ...rows.map((row) => ({ id: stageName(row.stage), label: stageName(row.stage) })),
            ]}
            value={wanted ?? ''}
            onChange={(next) => onStage(next === '' ? undefined : next)}
          />
        )}
      </div>
      <div className="chart-pair">
        <ChartFrame
          title={`Lookups of the ${tier} tier`}
          summary={`Lookups of the ${tier} tier by outcome, ${startMs.length} steps.`}
          legend={layers.map(({ name, colour }) => ({ name, colour: `var(${colour})` }))}
          columns={['Time', 'Hit', 'Stale', 'Miss']}
          rows={() =>
            startMs.map((timeMs, step) => [
              stepText(timeMs),
              ...layers.map(({ values }) => formatCount(values[step] ?? 0)),
            ])
          }
          chart={
            <LineChart
              timesMs={startMs}
              stepMs={lens.stepMs}
              series={layers}
              format={shortNumber}
              isStacked
              onRange={onRange}
            />
          }
        />
        <ChartFrame
          title="Share of hits"
          summary={`Share of lookups that were answered, by tier, ${startMs.length} steps.`}
          legend={rates.map(({ name, colour, dash = [] }) => ({ name, colour: `var(${colour})`, dash }))}
          columns={['Time', ...rates.map(({ name }) => name)]}
          rows={() =>
            startMs.map((timeMs, step) => [
              stepText(timeMs),
              ...rates.map(({ values }) => formatPercent(values[step] ?? Number.NaN)),
            ])
          }
          chart={
            <LineChart
              timesMs={startMs}
              stepMs={lens.stepMs}
              series={rates}
              format={formatPercentTick}
              top={1.02}
              onRange={onRange}
            />
          }
        />
      </div>
    </>
  );
}

const formatPercentTick = (share: number) => formatPercent(Math.round(share * 1000) / 1000);
