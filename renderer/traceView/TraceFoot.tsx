import { useMemo } from 'react';
import type { DrawnTrace } from '../derive/shownTrace.ts';
import type { TraceTree } from '../derive/traceTree.ts';
import { countOf, formatDuration } from '../../shared/units.ts';
import { useAsked } from '../bridge.ts';
import { formatDollars, formatShort } from '../derive/tokens.ts';
import type { ClockSkew } from '../waterfall/clockSkew.ts';
import { useFallingBehind, useTick } from '../waterfall/useClock.ts';
import { overflowOf } from '../flame/workerClient.ts';

type Props = {
  readonly tree: TraceTree;
  readonly drawn: DrawnTrace;
  readonly revision: number;
  readonly clock: () => number;
  readonly live: boolean;
  readonly refused: number;
  readonly skew: ClockSkew | null;
  readonly isAdjusted: boolean;
  readonly onAdjust: (isAdjusted: boolean) => void;
  readonly notes: readonly string[];
};

/** Length, size and what is wrong with the trace. */
export function TraceFoot(props: Props) {
  const { tree, drawn, revision, clock, live, refused, skew, isAdjusted, onAdjust } = props;
  useTick(live, 250);
  const pace = useFallingBehind(revision);
  const { faults, levels, services } = useMemo(() => {
    const began = performance.now();
    const found = { faults: tree.faults(), ...shapeOf(tree) };
    // A look at every span: at a million of them a slow frame, so seldom while the trace grows.
    pace.took(Math.max(100, (performance.now() - began) * 12));
    return found;
    // oxlint-disable-next-line react/exhaustive-deps
  }, [tree, pace.revision]);
  const [startMs, endMs] = drawn.extent(clock());
  const notes = [
    faults.orphan > 0 && `${countOf(faults.orphan, 'span')} without a parent here`,
    faults.cycle > 0 && `${countOf(faults.cycle, 'cycle')} cut`,
    faults.negative > 0 && `${countOf(faults.negative, 'negative duration')}`,
    faults.early > 0 && `${countOf(faults.early, 'span')} before the parent`,
    faults.duplicate > 0 && `${countOf(faults.duplicate, 'duplicate id')}`,
    overflowOf(drawn) > 0 && `${countOf(overflowOf(drawn), 'span')} as marks in the last row`,
    refused > 0 && `${countOf(refused, 'span')} not kept: the memory limit is reached`,
    ...props.notes,
  ].filter((note) => note !== false);
  const [worst] = skew?.found.toSorted((a, b) => Math.abs(b.aheadMs) - Math.abs(a.aheadMs)) ?? [];
  return (
    <footer className="trace-view-foot">
      <span title="From the first start to the last end">{formatDuration(endMs - startMs)}</span>
      {services > 1 && <span>{countOf(services, 'service')}</span>}
      <span>{countOf(levels, 'level')}</span>
      {!props.live && <TokensOfTrace traceId={tree.traceId} />}
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
          <button
            data-action="Bring clocks together"
            type="button"
            className="span-panel-link"
            onClick={() => onAdjust(!isAdjusted)}
          >
            {isAdjusted ? 'Show as recorded' : 'Bring together'}
          </button>
        </span>
      )}
    </footer>
  );
}

function shapeOf(tree: TraceTree): { readonly levels: number; readonly services: number } {
  const services = new Set<number>();
  let levels = 0;
  let last = -1;
  for (let node = 0; node < tree.size; node += 1) {
    levels = Math.max(levels, tree.depth(node) + 1);
    const service = tree.table.serviceId(tree.row(node));
    if (service !== last) services.add((last = service));
  }
  return { levels, services: services.size };
}

/** What its model calls used, as the store adds it up; nothing where there are none. */
function TokensOfTrace({ traceId }: { readonly traceId: string }) {
  const { value } = useAsked(traceId, (api) => api.traceTokens({ traceIds: [traceId] }));
  const [found] = value?.items ?? [];
  if (found === undefined || found.calls === 0) return null;
  const { calls, tokens, cost } = found;
  return (
    <span title="Each token once; answers of the cache used none">
      {countOf(calls, 'model call')}, {formatShort(tokens)} tokens
      {cost !== null && `, ${formatDollars(cost)}`}
    </span>
  );
}
