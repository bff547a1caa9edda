/** One trace as a call tree: the same shape that a search over many traces is answered with. */
import { CallTreeBuilder } from '../../shared/analysis/callTree.ts';
import { ownAmounts } from '../../shared/analysis/ownAmounts.ts';
import { AMOUNT_KEYS, costOfAttributes, usageOfAttributes } from '../../shared/analysis/usage.ts';
import type { CallTree } from '../../shared/traceQuery.ts';
import { attributePicker } from '../derive/detailScan.ts';
import { ALL_SHOWN, isHidden } from '../derive/shownTrace.ts';
import { ENTRY_ERROR } from '../derive/tracks.ts';
import type { TraceTree } from '../derive/traceTree.ts';

export type TraceCallTree = {
  readonly tree: CallTree;
  /** Place in the call tree of every node of the trace. */
  readonly pathOf: Int32Array;
  /** The longest span of every place, as a node of the trace; -1 where it is not there any more. */
  readonly longest: Int32Array;
};

/**
 * What is hidden is left out; own times are those of the whole trace.
 * @param nowMs the end of what is open, in ms after the trace's origin
 */
export function traceCallTree(trace: TraceTree, nowMs: number, shown = ALL_SHOWN): TraceCallTree {
  const { startMs, endMs, parent, name, flags } = trace.batch(0);
  const count = trace.size;
  const error = new Uint8Array(count);
  /** As the spans state them; made for the first that does. */
  let input: Float64Array | null = null;
  let output: Float64Array | null = null;
  let cost: Float64Array | null = null;
  const hidden = shown.hidden === null ? null : new Uint8Array(count);
  const stated = () => new Float64Array(count).fill(NaN);
  const amountsOf = attributePicker(trace.table, AMOUNT_KEYS);
  for (let node = 0; node < count; node += 1) {
    const shift = shown.shiftMs?.[node] ?? 0;
    startMs[node] = startMs[node]! + shift;
    endMs[node] = endMs[node] === Infinity ? Math.max(startMs[node]!, nowMs) : endMs[node]! + shift;
    if (hidden !== null && isHidden(shown, node)) hidden[node] = 1;
    error[node] = flags[node]! & ENTRY_ERROR;
    const attributes = amountsOf(trace.row(node));
    const usage = usageOfAttributes(attributes);
    if (usage !== null) {
      (input ??= stated())[node] = usage.uncachedInput + usage.cacheRead + usage.cacheWrite;
      (output ??= stated())[node] = usage.output;
    }
    const dollars = costOfAttributes(attributes);
    if (dollars !== null) (cost ??= stated())[node] = dollars;
  }
  const columns = { count, parent, startMs, endMs };
  const builder = new CallTreeBuilder({
    nameOf: (id) => trace.table.nameOf(id),
    serviceOf: () => '',
    // Deeper ones than any picture has rows would only be recursion without end.
    maxDepth: 4096,
  });
  const service = new Uint8Array(count);
  builder.add({
    columns,
    name,
    service,
    error,
    ...(input === null ? {} : { inputTokens: ownAmounts(columns, input) }),
    ...(output === null ? {} : { outputTokens: ownAmounts(columns, output) }),
    ...(cost === null ? {} : { cost: ownAmounts(columns, cost) }),
    ...(hidden === null ? {} : { hidden }),
    idOf: (node) => ({ traceId: trace.traceId, spanId: trace.table.spanId(trace.row(node)) }),
  });
  const tree = builder.tree();
  return {
    tree,
    pathOf: placesOf(trace, tree, parent, name, hidden),
    longest: Int32Array.from(tree.longest, ({ spanId }) => trace.nodeOf(spanId)),
  };
}

/** The place of each span: down from its root by name. What is hidden or was folded is at the last place above it. */
function placesOf(
  trace: TraceTree,
  tree: CallTree,
  parent: Int32Array,
  name: Int32Array,
  hidden: Uint8Array | null,
): Int32Array {
  const names = new Map(tree.strings.map((text, at) => [text, at]));
  const textOf = new Int32Array(trace.table.nameCount).fill(-2);
  const children = new Map<number, number>();
  const keyOf = (above: number, text: number) => (above + 1) * tree.strings.length + text;
  for (let node = 0; node < tree.nodes; node += 1)
    children.set(keyOf(tree.parent[node]!, tree.name[node]!), node);
  const placeOf = new Int32Array(parent.length).fill(-2);
  const path: number[] = [];
  for (let first = 0; first < parent.length; first += 1) {
    for (let span = first; span >= 0 && placeOf[span] === -2; span = parent[span]!) path.push(span);
    for (let span = path.pop(); span !== undefined; span = path.pop()) {
      const above = parent[span]! < 0 ? -1 : placeOf[parent[span]!]!;
      if (hidden?.[span] === 1) {
        placeOf[span] = above;
        continue;
      }
      const id = name[span]!;
      if (textOf[id] === -2) textOf[id] = names.get(trace.table.nameOf(id)) ?? -1;
      placeOf[span] = (textOf[id]! < 0 ? undefined : children.get(keyOf(above, textOf[id]!))) ?? above;
    }
  }
  return placeOf;
}
