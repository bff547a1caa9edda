import { useCallback } from 'react';
import type { FoundMetric } from '../../../shared/traceQuery.ts';
import { formatCount } from '../../../shared/units.ts';
import { ChartFrame } from '../../charts/ChartFrame.tsx';
import { LineChart } from '../../charts/LineChart.tsx';
import type { LineSeries } from '../../charts/lineData.ts';
import { stepText } from '../../charts/lineTip.ts';
import { seriesStyle } from '../../charts/seriesStyle.ts';
import { ATTR, METRIC } from '../../../shared/span.ts';
import { askMetric } from '../../store/insightCommands.ts';
import type { AskedSearch } from '../../store/searchSlice.ts';
import { shortNumber } from '../../../shared/formatRate.ts';
import { useFigures } from './useFigures.ts';

const POINTS = 120;
const KINDS = ['requests', 'tokens'] as const;

/** What servers said was left of their rate limits, as a track a kind; nothing where none said so. */
export function LimitTracks() {
  const ask = useCallback(
    ({ fromMs, toMs }: AskedSearch) =>
      askMetric({ name: METRIC.limitRemaining, service: null, fromMs, toMs, points: POINTS }),
    [],
  );
  const { value: found } = useFigures(ask);
  if (found === null || found.startMs.length === 0 || found.series.length === 0) return null;
  return (
    <section className="insight-pad figure-section" aria-label="Rate limits">
      <h3>
        Left of the rate limits <span className="faint small">as each answer said it</span>
      </h3>
      <div className="chart-pair">
        {KINDS.map((kind) => (
          <Track key={kind} found={found} kind={kind} />
        ))}
      </div>
    </section>
  );
}

function Track({ found, kind }: { readonly found: FoundMetric; readonly kind: string }) {
  const lines = found.series
    .filter(({ attributes }) => attributes[ATTR.limitKind] === kind)
    .map(({ attributes, values }, place): LineSeries => ({
      name: String(attributes[ATTR.serverAddress] ?? 'server'),
      ...seriesStyle(place),
      isFilled: true,
      values,
    }));
  if (lines.length === 0) return null;
  const least = Math.min(...lines.flatMap(({ values }) => values.filter((value) => value !== null)));
  return (
    <ChartFrame
      title={`${kind[0]!.toUpperCase()}${kind.slice(1)} left`}
      summary={`${kind} left of the rate limit, at least ${formatCount(least)}.`}
      legend={lines.map(({ name, colour, dash = [] }) => ({ name, colour: `var(${colour})`, dash }))}
      columns={['Time', ...lines.map(({ name }) => name)]}
      rows={() =>
        found.startMs.map((timeMs, step) => [
          stepText(timeMs),
          ...lines.map(({ values }) =>
            values[step] === null || values[step] === undefined ? '–' : formatCount(values[step]),
          ),
        ])
      }
      chart={
        <LineChart
          timesMs={found.startMs}
          stepMs={found.stepMs}
          series={lines}
          format={shortNumber}
          heightPx={120}
        />
      }
    />
  );
}
