import { useCallback, useMemo, useState } from 'react';
import type { FoundExemplar, FoundMetric, MetricInstrument } from '../../../shared/traceQuery.ts';
import { getState, useStore } from '../../store/index.ts';
import { askExemplars, askMetric } from '../../store/insightCommands.ts';
import { selectRoute } from '../../store/selectors.ts';
import type { AskedSearch } from '../../store/searchSlice.ts';
import { EmptyState } from '../../ui/EmptyState.tsx';
import { openSpan } from '../traces/openTrace.ts';
import { FigureArea } from './FigureArea.tsx';
import { HistogramCharts } from './HistogramCharts.tsx';
import { goToInsight } from './insightRoute.ts';
import { LeftOutNote } from './LeftOutNote.tsx';
import { exemplarsOf, greatestValue, metricFormat, MAX_LINES, seriesWeight } from './metricFigures.ts';
import { SeriesChart } from './SeriesChart.tsx';
import { SeriesLegend } from './SeriesLegend.tsx';
import { stepText } from '../../charts/lineTip.ts';
import { useFigures } from './useFigures.ts';

const POINTS = 160;
const SHOWN_EXAMPLES = 6;

/** One instrument over time. */
export function MetricPanel({ instrument }: { readonly instrument: MetricInstrument }) {
  const { name, service } = instrument;
  const route = useStore(selectRoute);
  const { traceId, spanId } = (route.view === 'insight' ? route.example : undefined) ?? {};
  const ask = useCallback(
    async ({ fromMs, toMs }: AskedSearch) => {
      const [found, examples] = await Promise.all([
        askMetric({ name, service, fromMs, toMs, points: POINTS }),
        traceId === undefined || spanId === undefined ? [] : askExemplars({ traceId, spanId }),
      ]);
      const marked = examples.filter(
        (each) => each.spanId === spanId && each.name === name && each.service === service,
      );
      return { found, marked };
    },
    [name, service, traceId, spanId],
  );
  const figures = useFigures(ask);
  return (
    <section className="metric" aria-label={name}>
      <header className="metric-head">
        <h2>{name}</h2>
        <p className="muted small">{instrument.description}</p>
      </header>
      <FigureArea what="Points" figures={figures}>
        {({ found, marked }) =>
          found === null || found.startMs.length === 0 ? (
            <NoPoints />
          ) : (
            <MetricCharts found={found} marked={marked} />
          )
        }
      </FigureArea>
    </section>
  );
}

const NoPoints = () => (
  <EmptyState icon="chart" title="No points in this time">
    Choose a longer stretch of time.
  </EmptyState>
);

type ChartsProps = { readonly found: FoundMetric; readonly marked: readonly FoundExemplar[] };

function MetricCharts({ found, marked }: ChartsProps) {
  const { instrument, leftOut } = found;
  const [chosen, setChosen] = useState<readonly string[]>([]);
  const series = useMemo(
    () =>
      found.series
        .map((each) => ({
          ...each,
          id: JSON.stringify(each.attributes),
          weight: seriesWeight(each, instrument.kind),
        }))
        .toSorted((a, b) => b.weight - a.weight),
    [found.series, instrument.kind],
  );
  const shown = useMemo(() => {
    const kept = series.filter(({ id }) => chosen.includes(id));
    return kept.length === 0 ? series : kept;
  }, [series, chosen]);
  const format = useMemo(
    () => metricFormat(instrument, greatestValue(shown, found)),
    [instrument, shown, found],
  );
  const dots = useMemo(() => exemplarsOf(shown, marked), [shown, marked]);
  const onRange = (fromMs: number, toMs: number) => {
    getState().rangePresetChanged(null);
    goToInsight({ fromMs, toMs });
  };
  const charts = { found, series: shown, all: series, format, dots, onRange, onDot: openSpan };
  return (
    <>
      {instrument.kind === 'histogram' ? <HistogramCharts {...charts} /> : <SeriesChart {...charts} />}
      {series.length > 1 && (
        <SeriesLegend
          series={series}
          chosen={chosen}
          instrument={instrument}
          hasStyles={instrument.kind !== 'histogram'}
          onChoose={setChosen}
        />
      )}
      {dots.length > 0 && (
        <section className="examples" aria-label="Examples">
          <h3>Examples</h3>
          <ul>
            {dots.slice(0, SHOWN_EXAMPLES).map((dot) => (
              <li key={`${dot.spanId} ${dot.timeMs} ${dot.value}`}>
                <button
                  type="button"
                  className="link num"
                  data-action="exemplar.open"
                  onClick={() => openSpan(dot)}
                >
                  {instrument.kind === 'counter' ? `+${dot.value}` : format(dot.value)}
                </button>{' '}
                <span className="faint small">{stepText(dot.timeMs)}</span>
                {dot.isMarked === true && <strong className="small"> the span you came from</strong>}
              </li>
            ))}
          </ul>
        </section>
      )}
      <LeftOutNote
        // Of an instrument, what was not looked at are series.
        leftOut={{ ...leftOut, more: false, unscanned: 0 }}
        what="series"
        extra={[
          ...(leftOut.unscanned > 0 ? [`${leftOut.unscanned} more series, which reported longer ago`] : []),
          ...(shown.length > MAX_LINES && instrument.kind !== 'histogram'
            ? [`${shown.length - MAX_LINES} series are in the table and not in the chart`]
            : []),
        ]}
      />
    </>
  );
}
