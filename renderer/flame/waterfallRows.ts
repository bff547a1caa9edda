/**
 * A tree and what is folded -> the waterfall's rows, as columns. More than twenty siblings of one name are one
 * group row until it is opened. Transactions are closed until they are opened, as their statements are many and
 * small; everything else is open until it is closed.
 */
import { NODE } from '../derive/traceTree.ts';
import type { TraceTree } from '../derive/traceTree.ts';

export const FOLD_ABOVE = 20;

/** Siblings of one name under one parent. */
export type SiblingGroup = {
  readonly parent: number;
  readonly name: string;
  /** In order of start. */
  readonly nodes: Int32Array;
  readonly errors: number;
  readonly open: number;
  /** Sum of durations. */
  readonly totalMs: number;
  readonly p50Ms: number;
  readonly p95Ms: number;
  readonly startMs: number;
  readonly endMs: number;
};

export type WaterfallRows = {
  readonly count: number;
  /** A node, or -1 - i for group i. */
  readonly item: Int32Array;
  /** 1 for the outermost. */
  readonly level: Uint16Array;
  readonly groups: readonly SiblingGroup[];
};

/** What the user opened and closed. Keys of groups are `${parent}/${name}`. */
export type FoldState = {
  readonly closed: ReadonlySet<number>;
  /** Of those that are closed at first. */
  readonly opened: ReadonlySet<number>;
  readonly openGroups: ReadonlySet<string>;
  readonly errorsFirst: boolean;
};
export const NOTHING_FOLDED: FoldState = {
  closed: new Set(),
  opened: new Set(),
  openGroups: new Set(),
  errorsFirst: false,
};

/** Whether a node's children are hidden. */
export function isClosed(tree: TraceTree, folds: FoldState, node: number): boolean {
  return folds.closed.has(node) || (isClosedAtFirst(tree, node) && !folds.opened.has(node));
}

function isClosedAtFirst(tree: TraceTree, node: number): boolean {
  return tree.name(node).startsWith('transaction ');
}

export function groupKey(parent: number, name: string): string {
  return `${parent}/${name}`;
}

/** Key of the group that a node is in where it is folded; `null` where it stands alone. */
export function foldOf(tree: TraceTree, node: number): string | null {
  const parent = tree.parent(node);
  const id = tree.nameId(node);
  let alike = 0;
  for (const sibling of tree.childrenOf(parent)) if (tree.nameId(sibling) === id) alike += 1;
  return alike > FOLD_ABOVE ? groupKey(parent, tree.name(node)) : null;
}

/** The rows in order, without recursion: a trace may be thousands of calls deep. */
export function waterfallRows(tree: TraceTree, folds: FoldState, openEndMs: number): WaterfallRows {
  let item = new Int32Array(1024);
  let level = new Uint16Array(1024);
  let count = 0;
  const groups: SiblingGroup[] = [];
  const withError = folds.errorsFirst ? nodesWithError(tree) : null;

  // Pairs of item and level still to be put out, the next one last. An item below -1 is a group.
  const pending: number[] = [];
  const open = (children: readonly number[] | Int32Array, at: number) => {
    for (let i = children.length - 1; i >= 0; i -= 1) pending.push(children[i]!, at);
  };
  open(arrange(tree, -1, withError, groups, openEndMs), 1);
  while (pending.length > 0) {
    const at = pending.pop()!;
    const next = pending.pop()!;
    if (count === item.length) {
      const longer = new Int32Array(count * 2);
      longer.set(item);
      item = longer;
      const levels = new Uint16Array(count * 2);
      levels.set(level);
      level = levels;
    }
    item[count] = next;
    level[count] = Math.min(at, 0xffff);
    count += 1;
    if (next < 0) {
      const group = groups[-1 - next]!;
      if (folds.openGroups.has(groupKey(group.parent, group.name))) {
        open(withError === null ? group.nodes : errorsToFront(group.nodes, withError), at + 1);
      }
    } else if (tree.hasChildren(next) && !isClosed(tree, folds, next)) {
      open(arrange(tree, next, withError, groups, openEndMs), at + 1);
    }
  }
  return { count, item, level, groups };
}

/** Children with their repeats replaced by group items; new groups are added to `groups`. */
function arrange(
  tree: TraceTree,
  parent: number,
  withError: Uint8Array | null,
  groups: SiblingGroup[],
  openEndMs: number,
): readonly number[] | Int32Array {
  const sorted = tree.childrenOf(parent);
  const children = withError === null ? sorted : errorsToFront(sorted, withError);
  if (children.length <= FOLD_ABOVE) return children;
  const alike = new Map<number, number>();
  for (const child of children) alike.set(tree.nameId(child), (alike.get(tree.nameId(child)) ?? 0) + 1);
  const placed = new Set<number>();
  const found: number[] = [];
  for (const child of children) {
    const id = tree.nameId(child);
    if (alike.get(id)! <= FOLD_ABOVE) found.push(child);
    else if (!placed.has(id)) {
      placed.add(id);
      groups.push(
        summarise(
          tree,
          parent,
          sorted.filter((other) => tree.nameId(other) === id),
          openEndMs,
        ),
      );
      found.push(-groups.length);
    }
  }
  return found;
}

function summarise(tree: TraceTree, parent: number, nodes: Int32Array, openEndMs: number): SiblingGroup {
  const lengths = new Float64Array(nodes.length);
  let [errors, open, totalMs, endMs] = [0, 0, 0, -Infinity];
  for (const [i, node] of nodes.entries()) {
    const end = tree.endMs(node, openEndMs);
    lengths[i] = end - tree.startMs(node);
    totalMs += lengths[i]!;
    endMs = Math.max(endMs, end);
    if ((tree.flags(node) & NODE.error) !== 0) errors += 1;
    if ((tree.flags(node) & NODE.open) !== 0) open += 1;
  }
  lengths.sort();
  return {
    parent,
    name: tree.name(nodes[0]!),
    nodes,
    errors,
    open,
    totalMs,
    p50Ms: percentile(lengths, 0.5),
    p95Ms: percentile(lengths, 0.95),
    startMs: tree.startMs(nodes[0]!),
    endMs,
  };
}

/** Nearest rank, of sorted values. */
export function percentile(sorted: Float64Array, share: number): number {
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? NaN;
}

/** 1 for every node that failed or has one below it that did. */
function nodesWithError(tree: TraceTree): Uint8Array {
  const found = new Uint8Array(tree.size);
  for (let node = 0; node < tree.size; node += 1) {
    if ((tree.flags(node) & NODE.error) === 0) continue;
    for (let up = node; up >= 0 && found[up] === 0; up = tree.parent(up)) found[up] = 1;
  }
  return found;
}

function errorsToFront(nodes: Int32Array, withError: Uint8Array): Int32Array {
  return Int32Array.from([
    ...nodes.filter((node) => withError[node] === 1),
    ...nodes.filter((node) => withError[node] === 0),
  ]);
}

/** Every group open: for 'expand all'. */
export function allGroups(tree: TraceTree): Set<string> {
  const found = new Set<string>();
  const counts = new Map<number, number>();
  const names = tree.table.nameCount + 1;
  for (let node = 0; node < tree.size; node += 1) {
    const key = (tree.parent(node) + 1) * names + tree.nameId(node);
    const count = (counts.get(key) ?? 0) + 1;
    counts.set(key, count);
    if (count === FOLD_ABOVE + 1) found.add(groupKey(tree.parent(node), tree.name(node)));
  }
  return found;
}

/** Every span with children closed: for 'collapse all'. */
export function allParents(tree: TraceTree): Set<number> {
  const found = new Set<number>();
  for (let node = 0; node < tree.size; node += 1) if (tree.parent(node) >= 0) found.add(tree.parent(node));
  return found;
}
