import type { TraceColumns } from './traceColumns.ts';

/** Children of all spans: those of `span` are `spans[from[span]]` up to (not including) `spans[from[span + 1]]`. */
export type Children = { readonly from: Int32Array; readonly spans: Int32Array };

/** Each list in the order of the columns. @param only - 1 for the spans whose children are wanted; not given: all */
export function childrenOf({ count, parent }: TraceColumns, only?: Uint8Array): Children {
  const from = new Int32Array(count + 2);
  // Counted two places on: filling moves each beginning to where it belongs.
  for (let span = 0; span < count; span += 1) {
    const above = parent[span]!;
    if (above >= 0 && only?.[above] !== 0) from[above + 2]! += 1;
  }
  for (let span = 2; span < from.length; span += 1) from[span]! += from[span - 1]!;
  const spans = new Int32Array(from[count + 1]!);
  for (let span = 0; span < count; span += 1) {
    const above = parent[span]!;
    if (above >= 0 && only?.[above] !== 0) spans[from[above + 1]!++] = span;
  }
  return { from: from.subarray(0, count + 1), spans };
}

const orders = new WeakMap<TraceColumns, Int32Array | 'backwards'>();

/**
 * Every span after all that are below it; `null` where the columns read backwards are such an order. Found once for
 * the same columns.
 */
export function childrenFirst(columns: TraceColumns): Int32Array | null {
  let order = orders.get(columns);
  if (order === undefined) orders.set(columns, (order = findOrder(columns) ?? 'backwards'));
  return order === 'backwards' ? null : order;
}

function findOrder({ count, parent }: TraceColumns): Int32Array | null {
  let span = 0;
  while (span < count && parent[span]! < span) span += 1;
  if (span === count) return null;
  const pending = new Int32Array(count);
  for (span = 0; span < count; span += 1) if (parent[span]! >= 0) pending[parent[span]!]! += 1;
  const order = new Int32Array(count);
  let filled = 0;
  for (let leaf = 0; leaf < count; leaf += 1) {
    // A span's turn comes with the last of its children.
    for (span = leaf; span >= 0 && pending[span] === 0;) {
      pending[span] = -1;
      order[filled] = span;
      filled += 1;
      span = parent[span]!;
      if (span >= 0) pending[span]! -= 1;
    }
  }
  return order;
}

const SHORT = 24;

/** Sorts `list[from..to)` by `key`, ascending and stable; next to nothing where it is in order already. */
export function sortByKey(list: Int32Array, from: number, to: number, key: Float64Array): void {
  let isSorted = true;
  for (let i = from + 1; i < to; i += 1) {
    if (key[list[i - 1]!]! > key[list[i]!]!) {
      isSorted = false;
      break;
    }
  }
  if (isSorted) return;
  if (to - from <= SHORT) {
    for (let i = from + 1; i < to; i += 1) {
      const item = list[i]!;
      const itemKey = key[item]!;
      let at = i - 1;
      for (; at >= from && key[list[at]!]! > itemKey; at -= 1) list[at + 1] = list[at]!;
      list[at + 1] = item;
    }
    return;
  }
  mergeSort(list, from, to, key);
}

/** Bottom up, with the keys carried along: they are read in order and not from all over memory. */
function mergeSort(list: Int32Array, from: number, to: number, key: Float64Array): void {
  const n = to - from;
  let items = list.slice(from, to);
  let keys = new Float64Array(n);
  for (let i = 0; i < n; i += 1) keys[i] = key[items[i]!]!;
  let nextItems = new Int32Array(n);
  let nextKeys = new Float64Array(n);
  for (let width = 1; width < n; width *= 2) {
    for (let left = 0; left < n; left += 2 * width) {
      const middle = Math.min(left + width, n);
      const right = Math.min(left + 2 * width, n);
      if (middle === right || keys[middle - 1]! <= keys[middle]!) {
        nextItems.set(items.subarray(left, right), left);
        nextKeys.set(keys.subarray(left, right), left);
        continue;
      }
      let a = left;
      let b = middle;
      for (let out = left; out < right; out += 1) {
        const takeLeft = a < middle && (b >= right || keys[a]! <= keys[b]!);
        const source = takeLeft ? a++ : b++;
        nextItems[out] = items[source]!;
        nextKeys[out] = keys[source]!;
      }
    }
    [items, nextItems] = [nextItems, items];
    [keys, nextKeys] = [nextKeys, keys];
  }
  list.set(items, from);
}
