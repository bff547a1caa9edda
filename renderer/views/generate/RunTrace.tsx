import { Suspense, lazy, useState } from 'react';
import type { RunProgress } from '../../../shared/run.ts';
import { Tabs } from '../../ui/Tabs.tsx';
import { RunSpans } from './RunSpans.tsx';

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
type TabId = (typeof TABS)[number]['id'];

/** What a run does inside, while it does it. */
export function RunTrace({ run }: { run: RunProgress }) {
  const [tab, setTab] = useState<TabId>('trace');
  return (
    <section className="panel run-trace" aria-label="Inside the run">
      <Tabs label="Inside the run" tabs={TABS} selected={tab} onSelect={setTab}>
        <Suspense fallback={<p className="loading muted">Opening…</p>}>
          {tab === 'trace' && <RunSpans run={run} compact />}
          {tab === 'cache' && <CachePanel run={run} />}
          {tab === 'tokens' && <TokensPanel run={run} />}
        </Suspense>
      </Tabs>
    </section>
  );
}
