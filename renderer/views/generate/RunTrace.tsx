import type { RunProgress } from '../../../shared/run.ts';
import { RunSpans } from './RunSpans.tsx';
import { RunTabs } from './RunTabs.tsx';

/** What a run does inside, while it does it. */
export function RunTrace({ run }: { run: RunProgress }) {
  return (
    <section className="panel run-trace" aria-label="Inside the run">
      <RunTabs run={run} trace={<RunSpans run={run} compact />} />
    </section>
  );
}
