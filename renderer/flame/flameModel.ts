/** What `FlameGraph` needs to know of the items it draws, whether they are spans or call paths. */
import type { DrawnTrace } from '../derive/shownTrace.ts';
import { NODE } from '../derive/nodeFlags.ts';
import { formatDuration } from '../../shared/units.ts';
import type { FlameColumns } from './layout.ts';
import type { Tick } from './ticks.ts';

export type ItemFact = {
  readonly label: string;
  readonly value: string;
  readonly tone?: 'danger' | 'warning';
};

export type FlameModel = {
  readonly columns: FlameColumns;
  /** The trace that the columns are made of, where they are: a worker that draws it makes them itself. */
  readonly stream?: DrawnTrace;
  /** What an item is called where items are counted; not given: a span. */
  readonly itemLabel?: 'span' | 'path';
  /** Changes when item numbers mean something else than before. */
  readonly identity: unknown;
  readonly extent: (nowMs: number) => readonly [startMs: number, endMs: number];
  readonly rowOf: (item: number) => number;
  readonly startMs: (item: number) => number;
  readonly endMs: (item: number, nowMs: number) => number;
  readonly labelOf: (item: number) => string;
  readonly noteOf: (item: number, lengthMs: number) => string;
  /** Ticks of the axis; not given: times since the start. */
  readonly ticksOf?: (from: number, to: number, most: number) => readonly Tick[];
  /** Where an arrow key leads; from -1 to the first item. -1 where it leads nowhere. */
  readonly move: (item: number, to: 'parent' | 'child' | 'previous' | 'next') => number;
  readonly describe: (item: number, nowMs: number) => readonly ItemFact[];
};

/** A trace in order of time. */
export function timeModel(tree: DrawnTrace): FlameModel {
  return {
    // Not before it is asked for: where a worker draws, the window needs no rows.
    get columns() {
      return tree.tracks;
    },
    stream: tree,
    identity: tree.rebuilds,
    extent: (nowMs) => tree.extent(nowMs),
    rowOf: (node) => tree.pictureRow(node),
    startMs: (node) => tree.startMs(node),
    endMs: (node, nowMs) => tree.endMs(node, nowMs),
    labelOf: (node) => tree.name(node),
    noteOf: (_node, lengthMs) => formatDuration(lengthMs),
    move: (node, to) => moveInTree(tree, node, to),
    describe: (node, nowMs) => describeNode(tree, node, nowMs),
  };
}

function moveInTree(tree: DrawnTrace, node: number, to: 'parent' | 'child' | 'previous' | 'next'): number {
  if (node < 0) return tree.size > 0 ? (tree.childrenOf(-1)[0] ?? -1) : -1;
  if (to === 'parent') return tree.parent(node);
  if (to === 'child') return tree.childrenOf(node)[0] ?? -1;
  const siblings = tree.childrenOf(tree.parent(node));
  return siblings[siblings.indexOf(node) + (to === 'next' ? 1 : -1)] ?? -1;
}

/** Facts of a span for the tooltip and for the screen reader, the name first. */
export function describeNode(tree: DrawnTrace, node: number, nowMs: number): readonly ItemFact[] {
  const flags = tree.flags(node);
  const row = tree.row(node);
  const [startMs] = tree.extent(nowMs);
  const isOpen = (flags & NODE.open) !== 0;
  const facts: ItemFact[] = [
    { label: 'Span', value: tree.name(node) },
    {
      label: isOpen ? 'Open for' : 'Duration',
      value: formatDuration(
        (flags & NODE.negative) !== 0
          ? tree.table.endMs(row) - tree.table.startMs(row)
          : tree.endMs(node, nowMs) - tree.startMs(node),
      ),
    },
    { label: 'Starts at', value: formatDuration(tree.startMs(node) - startMs) },
  ];
  if ((flags & NODE.error) !== 0) {
    facts.push({ label: 'Error', value: tree.table.statusMessage(row) ?? 'status error', tone: 'danger' });
  }
  for (const fault of nodeFaults(tree, node)) facts.push({ label: 'Note', value: fault, tone: 'warning' });
  return facts;
}

/** What is odd about a span, in words. */
export function nodeFaults(tree: DrawnTrace, node: number): readonly string[] {
  const flags = tree.flags(node);
  const found: string[] = [];
  if ((flags & NODE.orphan) !== 0) found.push('Its parent is not in this trace');
  if ((flags & NODE.cycle) !== 0) found.push('Its parents lead back to itself');
  if ((flags & NODE.negative) !== 0) found.push('It ends before it starts');
  if ((flags & NODE.duplicate) !== 0) found.push('Another span has the same id');
  if (tree.isEarly(node)) found.push('It starts before its parent');
  return found;
}
