import './metrics.css';
import { useCallback, useState } from 'react';
import { useStore } from '../../store/index.ts';
import { askInstruments } from '../../store/insightCommands.ts';
import { selectRoute } from '../../store/selectors.ts';
import { EmptyState } from '../../ui/EmptyState.tsx';
import { FigureArea } from './FigureArea.tsx';
import { goToInsight } from './insightRoute.ts';
import { InstrumentList } from './InstrumentList.tsx';
import { findInstrument, metricKey } from '../../derive/spanMetrics.ts';
import { MetricList } from './MetricList.tsx';
import { MetricPanel } from './MetricPanel.tsx';
import { Segmented } from '../../ui/Segmented.tsx';
import { useFigures } from './useFigures.ts';

const SHOWS = [
  { id: 'time', label: 'Over time' },
  { id: 'totals', label: 'Totals since the start' },
] as const;
type Shows = (typeof SHOWS)[number]['id'];

/** Every instrument: over time as the store has it, and this program's totals. */
export function MetricsTab() {
  const [shows, setShows] = useState<Shows>('time');
  return (
    <div className="insight-tab">
      <div className="tab-tools">
        <Segmented label="Metrics" options={SHOWS} value={shows} onChange={setShows} />
      </div>
      {shows === 'totals' ? <MetricList /> : <OverTime />}
    </div>
  );
}

function OverTime() {
  const route = useStore(selectRoute);
  const asked = route.view === 'insight' ? route.metric : undefined;
  const ask = useCallback(() => askInstruments(), []);
  const figures = useFigures(ask);
  return (
    <FigureArea what="Instruments" figures={figures}>
      {(all) => {
        if (all.length === 0) {
          return (
            <EmptyState icon="chart" title="No metrics stored yet">
              The program writes its own every ten seconds while it works; the receiver and files bring those
              of others.
            </EmptyState>
          );
        }
        const instrument = findInstrument(asked, all) ?? all[0]!;
        return (
          <div className="metrics">
            <InstrumentList
              instruments={all}
              selected={instrument}
              onSelect={(chosen) => goToInsight({ metric: metricKey(chosen, all), example: undefined })}
            />
            <MetricPanel key={`${instrument.service} ${instrument.name}`} instrument={instrument} />
          </div>
        );
      }}
    </FigureArea>
  );
}
