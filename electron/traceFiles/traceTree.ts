/** A trace merged by call path, and put in order for reading. */
import { childrenOf, sortByKey } from '../../shared/analysis/children.ts';
import type { TraceColumns } from '../../shared/analysis/traceColumns.ts';

/** Spans of the same label below the same path. Columns, one entry a node; parents before their children. */
export type PathTree = {
  readonly nodes: number;
  /** -1 for a root. */
  readonly parent: readonly number[];
  readonly label: readonly number[];
  /** Of each span its node. */
  readonly nodeOf: Int32Array;
};

/** @param label what spans are told apart by, as numbers */
export function pathTree(columns: TraceColumns, label: ArrayLike<number>): PathTree {
  const parent: number[] = [];
  const labels: number[] = [];
  const nodeOf = new Int32Array(columns.count).fill(-1);
  const places = new Map<string, number>();
  for (const row of readingOrder(columns).order) {
    const above = columns.parent[row]!;
    const parentNode = above < 0 ? -1 : nodeOf[above]!;
    const key = `${parentNode} ${label[row]!}`;
    let node = places.get(key);
    if (node === undefined) {
      places.set(key, (node = labels.length));
      parent.push(parentNode);
      labels.push(label[row]!);
    }
    nodeOf[row] = node;
  }
  return { nodes: labels.length, parent, label: labels, nodeOf };
}

/** Rows as a waterfall shows them: each span before what is below it, siblings by start. */
export function readingOrder(columns: TraceColumns): {
  readonly order: Int32Array;
  readonly depth: Int32Array;
} {
  const { count, parent, startMs } = columns;
  const { from, spans } = childrenOf(columns);
  const roots = Int32Array.from({ length: count }, (_, row) => row).filter((row) => parent[row]! < 0);
  sortByKey(roots, 0, roots.length, startMs);
  const order = new Int32Array(count);
  const depth = new Int32Array(count);
  const stack = Array.from(roots).reverse();
  let filled = 0;
  while (stack.length > 0) {
    const row = stack.pop()!;
    order[filled] = row;
    filled += 1;
    const above = parent[row]!;
    depth[row] = above < 0 ? 0 : depth[above]! + 1;
    sortByKey(spans, from[row]!, from[row + 1]!, startMs);
    for (let place = from[row + 1]! - 1; place >= from[row]!; place -= 1) stack.push(spans[place]!);
  }
  return { order, depth };
}
