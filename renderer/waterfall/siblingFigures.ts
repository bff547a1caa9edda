/** Figures of a folded group, worked out when it is looked at. */
import { repeatedSiblings } from '../../shared/analysis/siblings.ts';
import type { NPlusOne } from '../../shared/analysis/siblings.ts';
import { statementOf } from '../../shared/analysis/statement.ts';
import type { TraceTree } from '../derive/traceTree.ts';
import { formatCount, formatDuration, formatPercent } from '../../shared/units.ts';
import type { TraceIndex } from './waterfallIndex.ts';
import type { SiblingGroup } from './waterfallRows.ts';

export type SiblingFigures = {
  readonly count: number;
  readonly errors: number;
  readonly open: number;
  /** Sum of durations. */
  readonly totalMs: number;
  readonly minMs: number;
  readonly p50Ms: number;
  readonly p95Ms: number;
  readonly maxMs: number;
  readonly startMs: number;
  readonly endMs: number;
  readonly nPlusOne: NPlusOne | null;
};

export function siblingFigures(tree: TraceTree, index: TraceIndex, group: SiblingGroup): SiblingFigures {
  const { nodes, parent } = group;
  // As a small trace of its own: the parent, and the group below it.
  const above = parent < 0 ? 0 : 1;
  const count = nodes.length + above;
  const startMs = new Float64Array(count);
  const endMs = new Float64Array(count);
  const parents = new Int32Array(count).fill(above - 1);
  if (above === 1) {
    parents[0] = -1;
    startMs[0] = index.startMs[parent]!;
    endMs[0] = index.endMs[parent]!;
  }
  const names = new Uint8Array(count).fill(1);
  if (above === 1) names[0] = 0;
  let errors = 0;
  let open = 0;
  for (let i = 0; i < nodes.length; i += 1) {
    const node = nodes[i]!;
    startMs[i + above] = index.startMs[node]!;
    endMs[i + above] = index.endMs[node]!;
    errors += index.isError[node]!;
    open += index.isOpen[node]!;
  }
  const { table } = tree;
  const [found] = repeatedSiblings(
    { count, parent: parents, startMs, endMs },
    {
      name: names,
      minCount: 2,
      statementOf: (at) => {
        if (at < above) return null;
        const row = tree.row(nodes[at - above]!);
        return statementOf(table.name(row), table.attributes(row));
      },
    },
  );
  const { totalMs, minMs, p50Ms, p95Ms, maxMs, nPlusOne } = found!;
  const times = { startMs: found!.startMs, endMs: found!.endMs };
  return { count: nodes.length, errors, open, totalMs, minMs, p50Ms, p95Ms, maxMs, ...times, nPlusOne };
}

/** What the hint says, and what could be done. */
export function explainNPlusOne({ statement, calls, totalMs, shareOfParent }: NPlusOne): string {
  const share = shareOfParent > 0 ? `, ${formatPercent(shareOfParent)} of what called them` : '';
  return (
    `${formatCount(calls)} short calls of the same statement, one after the other (${formatDuration(totalMs)}${share}): ` +
    `“${statement}”. One call for all of them (a list of ids, a join, a batch) may take their place.`
  );
}
