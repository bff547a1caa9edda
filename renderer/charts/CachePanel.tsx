import { memo } from 'react';
import {
  Area,
  AreaChart,
  Bar,
  BarChart,
  CartesianGrid,
  ResponsiveContainer,
  Tooltip,
  XAxis,
  YAxis,
} from 'recharts';
import type { RunProgress } from '../../shared/run.ts';
import { STAGE_LABELS } from '../derive/stageLabels.ts';
import { formatCount, formatDuration, formatPercent } from '../../shared/units.ts';
import { cacheSplit, hitRate, share, sumTiers, tierRate } from '../derive/hitRate.ts';
import type { RunSample } from '../derive/samples.ts';
import { formatAxisTime } from '../derive/clock.ts';
import { formatAxisCount, formatShort, savedTokens } from '../derive/tokens.ts';
import { useStore } from '../store/index.ts';
import { selectSamples } from '../store/selectors.ts';
import { EmptyState } from '../ui/EmptyState.tsx';
import { Stat } from '../ui/Stat.tsx';
import { ChartFrame } from './ChartFrame.tsx';
import { ChartTip } from './ChartTip.tsx';
import { useThrottled } from './useThrottled.ts';

const REDRAW_MS = 500;
/** The line moves slowly, and is the dearer of the two to draw. */
const REDRAW_LINE_MS = 1000;
const MEMORY = 'var(--chart-1)';
const DISK = 'var(--chart-3)';
const MADE = 'var(--chart-none)';
const OTHER = 'var(--chart-4)';
const percent = (value: number | null) => formatPercent(value ?? Number.NaN);

/** How much of a run the cache answered: by tier, by stage, over time. */
export function CachePanel({ run }: { run: RunProgress }) {
  const shown = useThrottled(run, REDRAW_MS);
  const samples = useThrottled(useStore(selectSamples(run.runId)), REDRAW_LINE_MS);
  const total = cacheSplit(shown.stages);
  if (total.lookups === 0) {
    return (
      <EmptyState icon="chart" title="No lookups yet">
        Every stage asks the cache before it works. The first answers show up here.
      </EmptyState>
    );
  }
  const tiers = sumTiers(shown.stages);
  return (
    <div className="charts" data-testid="cache-panel">
      <div>
        <p className="figure">
          <span className="figure-value" data-testid="hit-rate">
            {percent(hitRate(shown.stages))}
          </span>
          <span className="muted">of {formatCount(total.lookups)} lookups answered from the cache</span>
        </p>
        <dl className="stats">
          <Stat label="Memory" value={percent(tierRate(tiers.memory))} note={tierNote(tiers.memory)} />
          <Stat label="Disk" value={percent(tierRate(tiers.disk))} note={tierNote(tiers.disk)} />
          <Stat label="Made anew" value={formatCount(total.made)} />
          {total.other > 0 && <Stat label="Shared or failed" value={formatCount(total.other)} />}
          <Stat label="Tokens not paid again" value={formatShort(savedTokens(shown.stages))} />
        </dl>
      </div>
      <StageBars run={shown} />
      {samples.length > 1 && <RateOverTime samples={samples} />}
    </div>
  );
}

const tierNote = ({ hits, misses }: { hits: number; misses: number }) =>
  `${formatCount(hits)} of ${formatCount(hits + misses)}`;

const StageBars = memo(function StageBars({ run }: { run: RunProgress }) {
  const rows = run.stages.map((stage) => {
    const split = cacheSplit([stage]);
    return { name: `${STAGE_LABELS[stage.stage]} · ${stage.model}`, ...split };
  });
  const hasOther = rows.some((row) => row.other > 0);
  return (
    <ChartFrame
      title="By stage"
      axes="Lookups"
      summary={rows
        .map((row) => `${row.name}: ${percent(share(row.memory + row.disk, row.lookups))} answered`)
        .join('; ')}
      legend={[
        { name: 'Memory', colour: MEMORY },
        { name: 'Disk', colour: DISK },
        { name: 'Made anew', colour: MADE },
        ...(hasOther ? [{ name: 'Shared or failed', colour: OTHER }] : []),
      ]}
      columns={[
        'Stage',
        'Memory',
        'Disk',
        'Made anew',
        ...(hasOther ? ['Shared or failed'] : []),
        'Lookups',
        'Hit rate',
      ]}
      rows={rows.map((row) => [
        row.name,
        formatCount(row.memory),
        formatCount(row.disk),
        formatCount(row.made),
        ...(hasOther ? [formatCount(row.other)] : []),
        formatCount(row.lookups),
        percent(share(row.memory + row.disk, row.lookups)),
      ])}
      chart={
        <ResponsiveContainer width="100%" height={rows.length * 44 + 28}>
          <BarChart data={rows} layout="vertical" barSize={18} accessibilityLayer={false}>
            <XAxis
              type="number"
              tickLine={false}
              axisLine={false}
              tickFormatter={formatAxisCount}
              allowDecimals={false}
            />
            <YAxis type="category" dataKey="name" width={148} tickLine={false} axisLine={false} />
            <Tooltip
              cursor={{ fill: 'var(--hover)' }}
              content={<ChartTip formatLabel={String} formatValue={formatCount} />}
              isAnimationActive={false}
            />
            <Bar dataKey="memory" name="Memory" stackId="a" fill={MEMORY} isAnimationActive={false} />
            <Bar dataKey="disk" name="Disk" stackId="a" fill={DISK} isAnimationActive={false} />
            <Bar dataKey="made" name="Made anew" stackId="a" fill={MADE} isAnimationActive={false} />
            {hasOther && (
              <Bar
                dataKey="other"
                name="Shared or failed"
                stackId="a"
                fill={OTHER}
                isAnimationActive={false}
              />
            )}
          </BarChart>
        </ResponsiveContainer>
      }
    />
  );
});

const RateOverTime = memo(function RateOverTime({ samples }: { samples: readonly RunSample[] }) {
  const last = samples.at(-1);
  return (
    <ChartFrame
      title="Hit rate over time"
      axes="Lookups answered, by run time"
      summary={`After ${formatDuration(last?.activeMs ?? 0)}: memory ${percent(last?.memory ?? null)}, disk ${percent(last?.disk ?? null)}`}
      columns={['Run time', 'Memory', 'Disk', 'Cards']}
      rows={samples.map((sample) => [
        formatDuration(sample.activeMs),
        percent(sample.memory),
        percent(sample.disk),
        formatCount(sample.cards),
      ])}
      chart={
        <ResponsiveContainer width="100%" height={180}>
          <AreaChart
            data={samples as RunSample[]}
            accessibilityLayer={false}
            margin={{ left: -12, right: 8 }}
          >
            <CartesianGrid vertical={false} stroke="var(--chart-grid)" />
            <XAxis
              type="number"
              dataKey="activeMs"
              domain={['dataMin', 'dataMax']}
              tickFormatter={formatAxisTime}
              tickLine={false}
              axisLine={false}
              minTickGap={48}
            />
            <YAxis
              domain={[0, 1]}
              ticks={[0, 0.25, 0.5, 0.75, 1]}
              tickFormatter={(value: number) => `${value * 100} %`}
              tickLine={false}
              axisLine={false}
            />
            <Tooltip
              content={
                <ChartTip formatLabel={(ms) => formatDuration(Number(ms))} formatValue={formatPercent} />
              }
              isAnimationActive={false}
            />
            <Area
              dataKey="memory"
              name="Memory"
              stackId="a"
              stroke={MEMORY}
              fill={MEMORY}
              fillOpacity={0.25}
              isAnimationActive={false}
            />
            <Area
              dataKey="disk"
              name="Disk"
              stackId="a"
              stroke={DISK}
              fill={DISK}
              fillOpacity={0.25}
              isAnimationActive={false}
            />
          </AreaChart>
        </ResponsiveContainer>
      }
    />
  );
});
