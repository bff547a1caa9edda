import './traces.css';
import { useEffect, useState } from 'react';
import { loadRuns, loadTraces } from '../../store/commands.ts';
import { useStore } from '../../store/index.ts';
import { selectRoute } from '../../store/selectors.ts';
import { Button } from '../../ui/Button.tsx';
import { Tabs } from '../../ui/Tabs.tsx';
import { MetricList } from './MetricList.tsx';
import { RunList } from './RunList.tsx';
import { TraceList } from './TraceList.tsx';
import { TraceScreen } from './TraceScreen.tsx';

const TABS = [
  { id: 'runs', label: 'Runs' },
  { id: 'traces', label: 'All traces' },
  { id: 'metrics', label: 'Metrics' },
] as const;

/** Every run and every stored trace; one of them opened. */
export function TracesView() {
  const route = useStore(selectRoute);
  const [tab, setTab] = useState<(typeof TABS)[number]['id']>('runs');
  const traceId = route.view === 'traces' ? route.traceId : undefined;
  useEffect(() => {
    void loadRuns();
    void loadTraces();
  }, []);
  if (traceId !== undefined) return <TraceScreen key={traceId} traceId={traceId} />;
  return (
    <div className="view">
      <header className="view-head">
        <h1 className="grow">Traces</h1>
        <Button
          tone="quiet"
          icon="retry"
          onClick={() => {
            void loadRuns();
            void loadTraces();
          }}
        >
          Refresh
        </Button>
      </header>
      <div className="view-body">
        <div className="panel traces-panel">
          <Tabs label="Runs and traces" tabs={TABS} selected={tab} onSelect={setTab}>
            {tab === 'runs' && <RunList />}
            {tab === 'traces' && <TraceList />}
            {tab === 'metrics' && <MetricList />}
          </Tabs>
        </div>
      </div>
    </div>
  );
}
