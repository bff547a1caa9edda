/** Which spans of a trace the rules hide: looked at a few milliseconds a frame, open spans again once they have ended. */
import type { SpanInPlace } from '../../shared/query/noise.ts';
import { NODE } from '../derive/nodeFlags.ts';
import type { TraceTree } from '../derive/traceTree.ts';

export type SpanTest = (span: SpanInPlace) => boolean;

export type FoundNoise = {
  /** 1 for every node that is hidden. Another array where that changed. */
  readonly hidden: Uint8Array;
  readonly count: number;
  /** Nodes looked at so far. */
  readonly searched: number;
  /** Of them, those that were open. */
  readonly open: readonly number[];
};
export const NOTHING_HIDDEN: FoundNoise = { hidden: new Uint8Array(0), count: 0, searched: 0, open: [] };

export const isWhole = (tree: TraceTree, { searched, open }: FoundNoise): boolean =>
  searched >= tree.size && open.every((node) => isOpen(tree, node));

const isOpen = (tree: TraceTree, node: number) => (tree.flags(node) & NODE.open) !== 0;

/** Goes on for about `budgetMs`. */
export function continueNoise(
  tree: TraceTree,
  tests: readonly SpanTest[],
  found: FoundNoise,
  budgetMs: number,
): FoundNoise {
  const until = performance.now() + budgetMs;
  const { table } = tree;
  let { hidden, count, searched } = found;
  let isShared = true;
  const own = () => {
    if (!isShared && hidden.length >= tree.size) return;
    const copy = new Uint8Array(Math.max(tree.size, hidden.length));
    copy.set(hidden);
    hidden = copy;
    isShared = false;
  };
  const look = (node: number) => {
    const row = tree.row(node);
    const span: SpanInPlace = {
      name: tree.name(node),
      service: table.serviceOf(row),
      depth: tree.depth(node),
      selfMs: () => tree.selfMs(node, tree.latestMs),
      record: once(() => table.record(row)),
    };
    const is = tests.some((test) => test(span)) ? 1 : 0;
    const was = hidden[node] ?? 0;
    if (is === was) return;
    own();
    hidden[node] = is;
    count += is - was;
  };
  const open: number[] = [];
  for (const node of found.open) {
    if (isOpen(tree, node)) open.push(node);
    else look(node);
  }
  for (; searched < tree.size; searched += 1) {
    if ((searched & 127) === 0 && searched > found.searched && performance.now() > until) break;
    if (isOpen(tree, searched)) open.push(searched);
    look(searched);
  }
  return { hidden, count, searched, open };
}

function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | null = null;
  return () => (made ??= { value: make() }).value;
}
