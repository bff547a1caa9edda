import { useRef, useState } from 'react';
import { DiffFlame } from '../../flame/DiffFlame.tsx';
import { useSearchKey } from '../../shell/useSearchKey.ts';
import { sideName } from '../../derive/compareSides.ts';
import { useStore } from '../../store/index.ts';
import { selectFoundTraces } from '../../store/selectors.ts';
import { goToSearch } from '../../store/traceCommands.ts';
import type { SearchRoute } from '../../store/traceCommands.ts';
import { EmptyState } from '../../ui/EmptyState.tsx';
import { ReadFault } from '../../ui/ReadFault.tsx';
import { Tabs } from '../../ui/Tabs.tsx';
import { AttributeChanges } from './AttributeChanges.tsx';
import { both, bothSpans } from './bothSides.ts';
import { ClockNote, useAdjustClocks } from './ClockNote.tsx';
import { CompareSides } from './CompareSides.tsx';
import { NoiseNote } from './NoiseNote.tsx';
import { openSpan } from './openTrace.ts';
import { useCallTree } from './useCallTree.ts';

const TABS = [
  { id: 'flame', label: 'Call paths' },
  { id: 'attributes', label: 'Attributes' },
] as const;

/** Two traces, or two sets of them, against each other: structure, durations, amounts, and attributes. */
export function CompareMode({ route }: { readonly route: SearchRoute }) {
  const { a, b } = route;
  const known = useStore(selectFoundTraces);
  const [attempt, setAttempt] = useState(0);
  const [tab, setTab] = useState<(typeof TABS)[number]['id']>('flame');
  const clocks = useAdjustClocks();
  const field = useRef<HTMLInputElement>(null);
  useSearchKey(field);
  const ofA = useCallTree(a, attempt, clocks.isAdjusted);
  const ofB = useCallTree(b, attempt, clocks.isAdjusted);
  const swap = () => goToSearch({ a: b, b: a });
  const fault = ofA.state === 'failed' ? ofA.error : ofB.state === 'failed' ? ofB.error : null;
  return (
    <div className="compare">
      <CompareSides a={a} b={b} onSwap={swap} />
      <div className="compare-body">
        {fault !== null ? (
          <ReadFault what="The traces" fault={fault} onRetry={() => setAttempt(attempt + 1)} />
        ) : a === undefined || b === undefined ? (
          <EmptyState icon="traces" title="Choose two sides">
            Two traces, or two searches: versions, prompts, an hour and the hour before. Pairs has them ready.
            In the list, mark two traces and press c.
          </EmptyState>
        ) : ofA.state !== 'loaded' || ofB.state !== 'loaded' ? (
          <p role="status" className="loading muted">
            Merging both sides…
          </p>
        ) : (
          <Tabs label="What is compared" tabs={TABS} selected={tab} onSelect={setTab}>
            {tab === 'flame' ? (
              <div className="flame-mode">
                <NoiseNote
                  hidden={both(ofA.found.hidden, ofB.found.hidden)}
                  spans={bothSpans(ofA.found.hiddenSpans, ofB.found.hiddenSpans)}
                />
                <ClockNote
                  {...clocks}
                  traces={(ofA.found.skewedTraces ?? 0) + (ofB.found.skewedTraces ?? 0)}
                />
                <DiffFlame
                  a={ofA.found.tree}
                  b={ofB.found.tree}
                  nameA={sideName(a, known)}
                  nameB={sideName(b, known)}
                  leftOutA={ofA.found.leftOut}
                  leftOutB={ofB.found.leftOut}
                  onOpenSpan={openSpan}
                  searchField={field}
                />
              </div>
            ) : (
              <AttributeChanges key={JSON.stringify([a, b])} a={a} b={b} />
            )}
          </Tabs>
        )}
      </div>
    </div>
  );
}
