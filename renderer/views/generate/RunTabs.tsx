import { Suspense, lazy, useState, type ReactNode } from 'react';
import type { RunProgress } from '../../../shared/run.ts';
import { Tabs } from '../../ui/Tabs.tsx';

// recharts is large and not needed for the first screen.
const CachePanel = lazy(async () => ({ default: (await import('../../charts/CachePanel.tsx')).CachePanel }));
const TokensPanel = lazy(async () => ({
  default: (await import('../../charts/TokensPanel.tsx')).TokensPanel,
}));

const TABS = [
  { id: 'trace', label: 'Trace' },
  { id: 'cache', label: 'Cache' },
  { id: 'tokens', label: 'Tokens' },
] as const;

/** The inside of a run from three sides; `trace` is its spans, live or stored. */
export function RunTabs({ run, trace }: { run: RunProgress; trace: ReactNode }) {
  const [tab, setTab] = useState<(typeof TABS)[number]['id']>('trace');
  return (
    <Tabs label="Inside the run" tabs={TABS} selected={tab} onSelect={setTab}>
      <Suspense fallback={<p className="loading muted">Opening…</p>}>
        {tab === 'trace' && trace}
        {tab === 'cache' && <CachePanel run={run} />}
        {tab === 'tokens' && <TokensPanel run={run} />}
      </Suspense>
    </Tabs>
  );
}
