import type { RunProgress } from '../../../shared/run.ts';
import { useStore } from '../../store/index.ts';
import { selectFreshCards } from '../../store/selectors.ts';
import { SplitPane } from '../../ui/SplitPane.tsx';
import { RunHeader } from './RunHeader.tsx';
import { RunLeft } from './RunLeft.tsx';
import { RunTrace } from './RunTrace.tsx';

/** A run at work or at rest: its course above, its cards and its trace side by side. */
export function RunScreen({ run }: { run: RunProgress }) {
  const cards = useStore(selectFreshCards(run.runId));
  return (
    <>
      <RunHeader run={run} />
      <div className="view-body run-body">
        <SplitPane
          label="Width of the cards"
          start={38}
          first={<RunLeft key={run.runId} run={run} cards={cards} />}
          second={<RunTrace run={run} />}
        />
      </div>
    </>
  );
}
