import { useMemo } from 'react';
import type { TraceTree } from '../derive/traceTree.ts';
import { countOf, formatDuration } from '../../shared/units.ts';
import { clockSkew } from '../waterfall/clockSkew.ts';
import { useFallingBehind, useTick } from '../waterfall/useClock.ts';
import { traceIndex } from '../waterfall/waterfallIndex.ts';
import { overflowOf } from '../flame/workerClient.ts';

type Props = {
  readonly tree: TraceTree;
  readonly revision: number;
  readonly clock: () => number;
  readonly live: boolean;
  readonly refused: number;
  readonly isAdjusted: boolean;
  /** `null` where the view cannot do it. */
  readonly onAdjust: ((isAdjusted: boolean) => void) | null;
  readonly notes: readonly string[];
};

/** Length, size and what is wrong with the trace. */
export function TraceFoot(props: Props) {
  const { tree, revision, clock, live, refused, isAdjusted, onAdjust } = props;
  useTick(live, 250);
  const pace = useFallingBehind(revision);
  const { faults, skew } = useMemo(() => {
    const began = performance.now();
    const found = tree.faults();
    const isForeign = hasSeveralServices(tree);
    const clocks = isForeign ? clockSkew(tree, traceIndex(tree, clock())) : null;
    // A look at every span: at a million of them a slow frame, so seldom while the trace grows.
    pace.took(Math.max(100, (performance.now() - began) * 12));
    return { faults: found, skew: clocks };
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [tree, pace.revision]);
  const [startMs, endMs] = tree.extent(clock());
  const notes = [
    faults.orphan > 0 && `${countOf(faults.orphan, 'span')} without a parent here`,
    faults.cycle > 0 && `${countOf(faults.cycle, 'cycle')} cut`,
    faults.negative > 0 && `${countOf(faults.negative, 'negative duration')}`,
    faults.outside > 0 && `${countOf(faults.outside, 'span')} outside the parent`,
    faults.duplicate > 0 && `${countOf(faults.duplicate, 'duplicate id')}`,
    overflowOf(tree) > 0 && `${countOf(overflowOf(tree), 'span')} as marks in the last row`,
    refused > 0 && `${countOf(refused, 'span')} not kept: the memory limit is reached`,
    ...props.notes,
  ].filter((note) => note !== false);
  const [worst] = skew?.found.toSorted((a, b) => Math.abs(b.aheadMs) - Math.abs(a.aheadMs)) ?? [];
  return (
    <footer className="trace-view-foot">
      <span>{formatDuration(endMs - startMs)}</span>
      {notes.map((note) => (
        <span key={note} data-tone="warning">
          ⚠ {note}
        </span>
      ))}
      {worst !== undefined && (
        <span data-tone="warning">
          ⚠ The clock of {worst.service} is {formatDuration(Math.abs(worst.aheadMs))}{' '}
          {worst.aheadMs > 0 ? 'ahead of' : 'behind'} that of {worst.caller}
          {skew!.found.length > 1 && `; so it is with ${countOf(skew!.found.length - 1, 'other pair')}`}{' '}
          {onAdjust !== null && (
            <button
              data-action="Bring clocks together"
              type="button"
              className="span-panel-link"
              onClick={() => onAdjust(!isAdjusted)}
            >
              {isAdjusted ? 'Show as recorded' : 'Bring together'}
            </button>
          )}
        </span>
      )}
    </footer>
  );
}

function hasSeveralServices(tree: TraceTree): boolean {
  if (tree.size === 0) return false;
  const first = tree.table.serviceId(tree.row(0));
  for (let node = 1; node < tree.size; node += 1)
    if (tree.table.serviceId(tree.row(node)) !== first) return true;
  return false;
}
