import { useMemo } from 'react';
import type { FoundMetric } from '../../../shared/traceQuery.ts';
import { ChartFrame } from '../../charts/ChartFrame.tsx';
import { LineChart } from '../../charts/LineChart.tsx';
import type { Dot, LineSeries } from '../../charts/lineData.ts';
import { stepText } from '../../charts/lineTip.ts';
import { seriesStyle } from '../../charts/seriesStyle.ts';
import { attributeText } from '../../derive/metrics.ts';
import { MAX_LINES, shownValues } from './metricFigures.ts';
import type { LegendSeries } from './SeriesLegend.tsx';

export type ChartProps = {
  readonly found: FoundMetric;
  /** Those that are shown, and all, which give each its colour. */
  readonly series: readonly LegendSeries[];
  readonly all: readonly LegendSeries[];
  readonly format: (value: number) => string;
  readonly dots: readonly Dot[];
  readonly onRange: (fromMs: number, toMs: number) => void;
  readonly onDot: (dot: Dot) => void;
};

/** A counter's rates or a gauge's values, one line a series. */
export function SeriesChart({ found, series, all, format, dots, onRange, onDot }: ChartProps) {
  const { startMs, stepMs, instrument } = found;
  const isCounter = instrument.kind === 'counter';
  const lines = useMemo(
    () =>
      series
        .filter((each) => all.indexOf(each) < MAX_LINES || series.length <= MAX_LINES)
        .slice(0, MAX_LINES)
        .map((each): LineSeries => ({
          name: attributeText(each.attributes) || instrument.name,
          ...seriesStyle(all.indexOf(each)),
          isFilled: series.length === 1,
          values: shownValues(each, found),
        })),
    [series, all, found, instrument.name],
  );
  const names = series.map(({ attributes }) => attributeText(attributes) || 'Value');
  return (
    <ChartFrame
      title={isCounter ? 'Rate' : 'Value'}
      summary={`${instrument.name}, ${series.length} series over ${startMs.length} steps. The table has every value.`}
      columns={['Time', ...names]}
      rows={() => {
        const values = series.map((each) => shownValues(each, found));
        return startMs.map((timeMs, step) => [
          stepText(timeMs),
          ...values.map((each) =>
            each[step] === null || each[step] === undefined ? '–' : format(each[step]),
          ),
        ]);
      }}
      chart={
        <LineChart
          timesMs={startMs}
          stepMs={stepMs}
          series={lines}
          format={format}
          heightPx={240}
          // A record of a counter is no rate: it stands on the axis, at its time.
          dots={isCounter ? dots.map((dot) => ({ ...dot, value: 0 })) : dots}
          onRange={onRange}
          onDot={onDot}
        />
      }
    />
  );
}
