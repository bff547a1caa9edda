import '../traces/traces.css';
import './insight.css';
import { lazy, Suspense, useMemo, useRef, useState } from 'react';
import { useSearchKey } from '../../shell/useSearchKey.ts';
import { useStore } from '../../store/index.ts';
import type { InsightTab } from '../../store/route.ts';
import { selectActiveRun, selectRoute } from '../../store/selectors.ts';
import { searchOf } from '../../store/traceCommands.ts';
import { Button } from '../../ui/Button.tsx';
import type { QueryFieldHandle } from '../../ui/QueryField.tsx';
import { Tabs } from '../../ui/Tabs.tsx';
import { InsightBar } from './InsightBar.tsx';
import { InsightContext } from './insightContext.ts';
import { openTab } from './insightRoute.ts';
import type { InsightRoute } from './insightRoute.ts';

/** What a tab's figures can be narrowed by. */
const TABS: readonly {
  readonly id: InsightTab;
  readonly label: string;
  readonly by: 'query' | 'time' | 'none';
}[] = [
  { id: 'operations', label: 'Operations', by: 'query' },
  { id: 'map', label: 'Service map', by: 'query' },
  { id: 'errors', label: 'Errors', by: 'query' },
  { id: 'metrics', label: 'Metrics', by: 'time' },
  { id: 'cache', label: 'Cache', by: 'query' },
  { id: 'tokens', label: 'Tokens', by: 'query' },
  { id: 'goals', label: 'Goals', by: 'none' },
  { id: 'sql', label: 'SQL', by: 'none' },
  { id: 'health', label: 'Health', by: 'none' },
];
const PANELS = {
  operations: lazy(async () => ({ default: (await import('./OperationsTab.tsx')).OperationsTab })),
  map: lazy(async () => ({ default: (await import('./MapTab.tsx')).MapTab })),
  errors: lazy(async () => ({ default: (await import('./ErrorsTab.tsx')).ErrorsTab })),
  metrics: lazy(async () => ({ default: (await import('./MetricsTab.tsx')).MetricsTab })),
  cache: lazy(async () => ({ default: (await import('./CacheTab.tsx')).CacheTab })),
  tokens: lazy(async () => ({ default: (await import('./TokensTab.tsx')).TokensTab })),
  goals: lazy(async () => ({ default: (await import('./GoalsTab.tsx')).GoalsTab })),
  sql: lazy(async () => ({ default: (await import('./SqlTab.tsx')).SqlTab })),
  health: lazy(async () => ({ default: (await import('./HealthTab.tsx')).HealthTab })),
} as const;
const NOWHERE: InsightRoute = { view: 'insight' };

/** Figures over many traces. */
export function InsightView() {
  const shown = useStore(selectRoute);
  const route = shown.view === 'insight' ? shown : NOWHERE;
  const tab = TABS.find(({ id }) => id === route.tab) ?? TABS[0]!;
  const { query, fromMs, toMs } = route;
  const search = useMemo(() => searchOf({ query, fromMs, toMs }), [query, fromMs, toMs]);
  const isRunning = useStore(selectActiveRun)?.state === 'running';
  const [isHeld, setHeld] = useState(false);
  const [refreshes, setRefreshes] = useState(0);
  const isLive = isRunning && !isHeld;
  const insight = useMemo(() => ({ search, refreshes, isLive }), [search, refreshes, isLive]);
  const field = useRef<QueryFieldHandle>(null);
  useSearchKey(field);
  const Panel = PANELS[tab.id];
  return (
    <div className="view traces-view insight-view">
      <header className="view-head">
        <h1>Insight</h1>
        <span className="grow" />
        {isRunning && tab.id !== 'sql' && (
          <Button
            tone="quiet"
            icon={isHeld ? 'play' : 'pause'}
            title="Figures are read anew every few seconds while a run works"
            onClick={() => setHeld(!isHeld)}
          >
            {isHeld ? 'Go on' : 'Hold'}
          </Button>
        )}
        {tab.id !== 'sql' && (
          <Button tone="quiet" icon="retry" onClick={() => setRefreshes((count) => count + 1)}>
            Refresh
          </Button>
        )}
      </header>
      {tab.by !== 'none' && <InsightBar route={route} field={field} hasQuery={tab.by === 'query'} />}
      <div className="view-body">
        <div className="panel insight-panel">
          <Tabs label="Figures" tabs={TABS} selected={tab.id} onSelect={(next) => openTab(next)}>
            <h2 className="visually-hidden">{tab.label}</h2>
            <InsightContext value={insight}>
              <Suspense fallback={<p className="loading muted">Opening…</p>}>
                <Panel />
              </Suspense>
            </InsightContext>
          </Tabs>
        </div>
      </div>
    </div>
  );
}
