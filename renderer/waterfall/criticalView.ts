/** The critical path by node: what a row draws, and what the list of it says. */
import { criticalPath } from '../../shared/analysis/criticalPath.ts';
import type { TraceIndex } from './waterfallIndex.ts';

export type CriticalView = {
  /** Of each node the time on the path. */
  readonly ms: Float64Array;
  /** Of all nodes, and time on the path in which nothing ran. */
  readonly totalMs: number;
  readonly idleMs: number;
  /** Pieces of node n: `pieces[from[n]]` up to `pieces[from[n + 1]]`, places in the two columns below. */
  readonly from: Int32Array;
  readonly pieces: Int32Array;
  /** In order of time, root by root. */
  readonly span: Int32Array;
  readonly fromMs: Float64Array;
  readonly toMs: Float64Array;
};

export function criticalView(index: TraceIndex): CriticalView {
  const { ms, segments, idleMs } = criticalPath(index);
  const { span, fromMs, toMs } = segments;
  const from = new Int32Array(index.count + 2);
  for (const node of span) from[node + 2]! += 1;
  for (let node = 2; node < from.length; node += 1) from[node]! += from[node - 1]!;
  const pieces = new Int32Array(span.length);
  for (let at = 0; at < span.length; at += 1) pieces[from[span[at]! + 1]!++] = at;
  let totalMs = 0;
  for (const each of ms) totalMs += each;
  return { ms, totalMs, idleMs, from: from.subarray(0, index.count + 1), pieces, span, fromMs, toMs };
}

export type CriticalOperation = {
  readonly name: string;
  readonly service: number;
  readonly ms: number;
  readonly spans: number;
  /** The node with the most time on the path. */
  readonly node: number;
};

/** By operation, the most time first. */
export function criticalOperations(
  index: TraceIndex,
  view: CriticalView,
  nameOf: (nameId: number) => string,
): readonly CriticalOperation[] {
  type Sum = { name: string; service: number; ms: number; spans: number; node: number };
  const found = new Map<number, Sum>();
  for (let node = 0; node < index.count; node += 1) {
    const ms = view.ms[node]!;
    if (!(ms > 0)) continue;
    const key = index.name[node]! * 4096 + index.service[node]!;
    const sum = found.get(key);
    if (sum === undefined) {
      found.set(key, { name: nameOf(index.name[node]!), service: index.service[node]!, ms, spans: 1, node });
    } else {
      sum.ms += ms;
      sum.spans += 1;
      if (ms > view.ms[sum.node]!) sum.node = node;
    }
  }
  return [...found.values()].sort((a, b) => b.ms - a.ms);
}

export type CriticalStep = { readonly node: number; readonly fromMs: number; readonly toMs: number };

/** In order of time; pieces of one span that follow each other are one step. At most `most`, and how many there are. */
export function criticalSteps(
  view: CriticalView,
  most: number,
): { readonly steps: readonly CriticalStep[]; readonly count: number } {
  const steps: CriticalStep[] = [];
  let count = 0;
  for (let at = 0; at < view.span.length; at += 1) {
    const node = view.span[at]!;
    let toMs = view.toMs[at]!;
    const fromMs = view.fromMs[at]!;
    while (at + 1 < view.span.length && view.span[at + 1] === node) toMs = view.toMs[(at += 1)]!;
    count += 1;
    if (steps.length < most) steps.push({ node, fromMs, toMs });
  }
  return { steps, count };
}
