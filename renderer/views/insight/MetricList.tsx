import { useEffect, useState } from 'react';
import { histogramPercentile, type HistogramValue, type MetricSnapshot } from '../../../shared/metric.ts';
import { attributeText, formatMetric, metricsInOrder } from '../../derive/metrics.ts';
import { loadMetrics } from '../../store/commands.ts';
import { EmptyState } from '../../ui/EmptyState.tsx';

const EVERY_MS = 2000;

/** Every instrument with its totals since the program started, read anew while it is looked at. */
export function MetricList() {
  const [metrics, setMetrics] = useState<readonly MetricSnapshot[] | null>(null);
  useEffect(() => {
    const load = () => void loadMetrics().then((loaded) => loaded !== undefined && setMetrics(loaded));
    load();
    const timer = setInterval(load, EVERY_MS);
    return () => clearInterval(timer);
  }, []);
  if (metrics === null) return <p className="loading muted">Reading the metrics…</p>;
  const counted = metricsInOrder(metrics);
  if (counted.length === 0) {
    return (
      <EmptyState icon="traces" title="Nothing counted yet">
        Rows, cards, cache lookups, tokens and durations are counted while a run goes.
      </EmptyState>
    );
  }
  return (
    <table className="table" aria-label="Metrics" data-testid="metric-list">
      <thead>
        <tr>
          <th scope="col">Instrument</th>
          <th scope="col">Attributes</th>
          {['Value', 'p50', 'p95', 'p99', 'Most'].map((name) => (
            <th key={name} scope="col" className="right">
              {name}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {counted.flatMap((metric) =>
          metric.points.map(({ attributes, value }, index) => (
            <tr key={`${metric.name} ${JSON.stringify(attributes)}`}>
              <td title={metric.description}>{index === 0 ? metric.name : ''}</td>
              <td className="muted">{attributeText(attributes)}</td>
              {typeof value === 'number' ? (
                <>
                  <td className="right">{formatMetric(value, metric.unit)}</td>
                  <td colSpan={4}>
                    <span className="visually-hidden">no distribution</span>
                  </td>
                </>
              ) : (
                <HistogramCells value={value} unit={metric.unit} />
              )}
            </tr>
          )),
        )}
      </tbody>
    </table>
  );
}

function HistogramCells({ value, unit }: { value: HistogramValue; unit: string }) {
  const cell = (number: number | null) => (number === null ? '–' : formatMetric(number, unit));
  return (
    <>
      <td className="right">{formatMetric(value.count, '')} ×</td>
      {[0.5, 0.95, 0.99].map((p) => (
        <td key={p} className="right">
          {cell(histogramPercentile(value, p))}
        </td>
      ))}
      <td className="right">{cell(value.max)}</td>
    </>
  );
}
