import type { MetricInstrument, MetricSeries } from '../../../shared/traceQuery.ts';
import { seriesStyle } from '../../charts/seriesStyle.ts';
import { attributeText, formatMetric } from '../../derive/metrics.ts';
import { Button } from '../../ui/Button.tsx';
import { MAX_LINES } from './metricFigures.ts';
import { shortNumber } from '../../../shared/formatRate.ts';

export type LegendSeries = MetricSeries & { readonly id: string; readonly weight: number };
type Props = {
  readonly series: readonly LegendSeries[];
  readonly chosen: readonly string[];
  readonly instrument: MetricInstrument;
  readonly hasStyles: boolean;
  readonly onChoose: (ids: readonly string[]) => void;
};

/** Series by name and sum. A click keeps one alone, with Shift or Control several. */
export function SeriesLegend({ series, chosen, instrument, hasStyles, onChoose }: Props) {
  const choose = (id: string, isMore: boolean) => {
    const isChosen = chosen.includes(id);
    if (isMore) return onChoose(isChosen ? chosen.filter((each) => each !== id) : [...chosen, id]);
    onChoose(isChosen && chosen.length === 1 ? [] : [id]);
  };
  const figure = (weight: number) =>
    instrument.kind === 'histogram'
      ? `${shortNumber(weight)} ×`
      : instrument.unit === 's' || instrument.unit === 'By'
        ? formatMetric(weight, instrument.unit)
        : shortNumber(weight);
  return (
    <div className="series-legend" role="group" aria-label="Series">
      <ul>
        {series.map(({ id, attributes, weight }, place) => {
          const style = seriesStyle(place);
          const isShown = chosen.length === 0 || chosen.includes(id);
          return (
            <li key={id}>
              <button
                type="button"
                aria-pressed={chosen.includes(id)}
                className={isShown ? undefined : 'is-out'}
                title="Shows this series alone; with Shift several"
                data-action="series.isolate"
                onClick={(event) => choose(id, event.shiftKey || event.ctrlKey || event.metaKey)}
              >
                {hasStyles && (
                  <svg width="18" height="8" aria-hidden="true">
                    {place < MAX_LINES && (
                      <path
                        d="M0 4H18"
                        stroke={`var(${style.colour})`}
                        strokeWidth="2.5"
                        strokeDasharray={style.dash.join(' ')}
                      />
                    )}
                  </svg>
                )}
                <span className="truncate grow">{attributeText(attributes) || 'no attributes'}</span>
                <span className="num muted">{figure(weight)}</span>
              </button>
            </li>
          );
        })}
      </ul>
      {chosen.length > 0 && (
        <Button tone="quiet" onClick={() => onChoose([])}>
          Show all series
        </Button>
      )}
    </div>
  );
}
