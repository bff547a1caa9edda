import { useMemo } from 'react';
import { formatCount } from '../../../shared/units.ts';
import { ChartFrame } from '../../charts/ChartFrame.tsx';
import { HeatMap } from '../../charts/HeatMap.tsx';
import { LineChart } from '../../charts/LineChart.tsx';
import type { LineSeries } from '../../charts/lineData.ts';
import { stepText } from '../../charts/lineTip.ts';
import { mergedHistograms, PERCENTILES, percentileValues } from './metricFigures.ts';
import type { ChartProps } from './SeriesChart.tsx';

const STYLES = [
  { colour: '--chart-1', dash: [] },
  { colour: '--chart-2', dash: [6, 3] },
  { colour: '--chart-4', dash: [2, 3] },
] as const;

/** A distribution over time: percentiles as lines, and how often each value was. */
export function HistogramCharts({ found, series, format, dots, onRange, onDot }: ChartProps) {
  const { startMs, stepMs, instrument } = found;
  const merged = useMemo(() => mergedHistograms(series, startMs.length), [series, startMs.length]);
  const lines = useMemo(
    () =>
      PERCENTILES.map(({ name, share }, place): LineSeries => ({
        name,
        ...STYLES[place]!,
        values: percentileValues(merged, share),
      })),
    [merged],
  );
  const columns = useMemo(() => merged.map((value) => value?.counts ?? null), [merged]);
  const boundaries = merged.find((value) => value !== null)?.boundaries ?? [];
  const records = merged.reduce((sum, value) => sum + (value?.count ?? 0), 0);
  const cell = (value: number | null | undefined) =>
    value === null || value === undefined ? '–' : format(value);
  return (
    <>
      <ChartFrame
        title="Percentiles"
        summary={`${instrument.name}: p50, p95 and p99 of ${formatCount(records)} records over ${startMs.length} steps.`}
        legend={lines.map(({ name, colour, dash = [] }) => ({ name, colour: `var(${colour})`, dash }))}
        columns={['Time', 'Records', 'Least', 'p50', 'p95', 'p99', 'Most']}
        rows={() =>
          startMs.map((timeMs, step) => [
            stepText(timeMs),
            formatCount(merged[step]?.count ?? 0),
            cell(merged[step]?.min),
            ...lines.map(({ values }) => cell(values[step])),
            cell(merged[step]?.max),
          ])
        }
        chart={
          <LineChart
            timesMs={startMs}
            stepMs={stepMs}
            series={lines}
            format={format}
            heightPx={190}
            dots={dots}
            onRange={onRange}
            onDot={onDot}
          />
        }
      />
      <ChartFrame
        title="How often each value was"
        summary={`${instrument.name} by bucket over time, ${formatCount(records)} records.`}
        columns={['Up to', 'Records', 'Share']}
        rows={() =>
          [...boundaries, null].map((end, index) => {
            const count = columns.reduce((sum, counts) => sum + (counts?.[index] ?? 0), 0);
            return [
              end === null ? 'more' : format(end),
              formatCount(count),
              `${((100 * count) / Math.max(1, records)).toFixed(1)} %`,
            ];
          })
        }
        chart={
          <HeatMap
            label={`${instrument.name} by bucket over time`}
            timesMs={startMs}
            stepMs={stepMs}
            boundaries={boundaries}
            columns={columns}
            format={format}
          />
        }
      />
    </>
  );
}
