/**
 * Two call trees side by side, aligned by path (service and name of every node from the root down): what only one of
 * them has, and what changed a trace. Whether a duration differs by more than chance is Welch's t test over a node's
 * spans; as many nodes are tested at once, its p values are adjusted by Benjamini and Hochberg (significance.ts).
 */
import type { CallTree } from '../traceQuery.ts';
import { createInterner } from './interner.ts';
import { benjaminiHochberg, welchTest } from './significance.ts';

/** Below so many spans on either side nothing is said of chance. */
const MIN_SPANS = 5;
/** The share of false finds among all finds that is put up with. */
export const ALPHA = 0.05;

/** What is known of a node's duration in B against A. */
export const VERDICT = {
  /** It is in one of them only. */
  one: 0,
  /** Fewer than `MIN_SPANS` spans on a side. */
  tooFew: 1,
  /** May be chance. */
  same: 2,
  slower: 3,
  faster: 4,
} as const;

/** Measures of both sides: as many a trace, of the traces of that side, unless it says otherwise. */
export type DiffSide = {
  readonly spans: Float64Array;
  readonly totalMs: Float64Array;
  readonly selfMs: Float64Array;
  readonly criticalMs: Float64Array;
  readonly inputTokens: Float64Array;
  readonly outputTokens: Float64Array;
  readonly cost: Float64Array;
  /** Share of its spans that failed, 0 to 1; NaN where it has none. */
  readonly errorRate: Float64Array;
  /** Of one span; NaN where it has none. */
  readonly meanMs: Float64Array;
};
export const DIFF_MEASURES = [
  'spans',
  'totalMs',
  'selfMs',
  'criticalMs',
  'inputTokens',
  'outputTokens',
  'cost',
] as const;

/** Columns, one entry a node; parents before children, those with the larger change of time a trace first. */
export type CallTreeDiff = {
  readonly nodes: number;
  readonly strings: readonly string[];
  /** -1 for a root. */
  readonly parent: Int32Array;
  readonly name: Uint32Array;
  readonly service: Uint32Array;
  /** The node in either tree; -1 where it has none. */
  readonly inA: Int32Array;
  readonly inB: Int32Array;
  readonly a: DiffSide;
  readonly b: DiffSide;
  /** Of Welch's test, two-sided: as it is, and adjusted for the number of tests. NaN where there was none. */
  readonly p: Float64Array;
  readonly adjustedP: Float64Array;
  /** `VERDICT`. */
  readonly verdict: Uint8Array;
  readonly tests: number;
  readonly onlyA: number;
  readonly onlyB: number;
  /** Nodes of both with any measure that differs. */
  readonly changed: number;
  /** In words: how many traces, paths and differences, and what the tests say. */
  readonly note: string;
};

export function diffCallTrees(a: CallTree, b: CallTree): CallTreeDiff {
  const aligned = align(a, b);
  const { inA, inB } = aligned;
  const nodes = inA.length;
  const p = new Float64Array(nodes).fill(NaN);
  const verdict = new Uint8Array(nodes);
  for (let node = 0; node < nodes; node += 1) {
    const [left, right] = [inA[node]!, inB[node]!];
    if (left < 0 || right < 0) continue;
    if (Math.min(a.spans[left]!, b.spans[right]!) < MIN_SPANS) {
      verdict[node] = VERDICT.tooFew;
      continue;
    }
    p[node] = welchTest(sampleOf(a, left), sampleOf(b, right))?.p ?? NaN;
  }
  const adjustedP = benjaminiHochberg(p);
  const sideA = sideOf(a, inA);
  const sideB = sideOf(b, inB);
  const sums = { onlyA: 0, onlyB: 0, changed: 0, tests: 0 };
  for (let node = 0; node < nodes; node += 1) {
    if (inA[node]! < 0) sums.onlyB += 1;
    else if (inB[node]! < 0) sums.onlyA += 1;
    else if (differs(sideA, sideB, node)) sums.changed += 1;
    if (Number.isNaN(p[node]!)) continue;
    sums.tests += 1;
    if (!(adjustedP[node]! <= ALPHA)) verdict[node] = VERDICT.same;
    else verdict[node] = sideB.meanMs[node]! > sideA.meanMs[node]! ? VERDICT.slower : VERDICT.faster;
  }
  return {
    nodes,
    ...aligned,
    a: sideA,
    b: sideB,
    p,
    adjustedP,
    verdict,
    ...sums,
    note: noteOf(a, b, verdict, sums),
  };
}

/** One node in words: `slower by 12 % (40 → 45 ms a span, 120 and 118 spans, p = 0.003)`. */
export function describeNode(diff: CallTreeDiff, a: CallTree, b: CallTree, node: number): string {
  const [left, right] = [diff.inA[node]!, diff.inB[node]!];
  if (left < 0) return `only in B: ${count(b.spans[right]!, 'span')}, ${ms(diff.b.meanMs[node]!)} each`;
  if (right < 0) return `only in A: ${count(a.spans[left]!, 'span')}, ${ms(diff.a.meanMs[node]!)} each`;
  const [before, after] = [diff.a.meanMs[node]!, diff.b.meanMs[node]!];
  const sizes = `${a.spans[left]} and ${count(b.spans[right]!, 'span')}`;
  const means = `${ms(before)} → ${ms(after)} a span`;
  if (diff.verdict[node] === VERDICT.tooFew) return `${means}; too few to tell from chance (${sizes})`;
  const p = `p ${probability(diff.adjustedP[node]!)} after adjustment for ${count(diff.tests, 'test')}`;
  if (diff.verdict[node] === VERDICT.same) return `no clear difference (${means}, ${sizes}, ${p})`;
  const word = diff.verdict[node] === VERDICT.slower ? 'slower' : 'faster';
  const by = before > 0 ? ` by ${percent(Math.abs(after - before) / before)}` : '';
  return `${word}${by} (${means}, ${sizes}, ${p})`;
}

/** Paths of both, first those of `a`. */
function align(a: CallTree, b: CallTree) {
  const { texts: strings, numberOf: intern } = createInterner();
  const parent: number[] = [];
  const name: number[] = [];
  const service: number[] = [];
  const places: [number[], number[]] = [[], []];
  const known = new Map<string, number>();
  for (const [side, tree] of [a, b].entries()) {
    const nodeOf = new Int32Array(tree.nodes);
    const textNo = tree.strings.map(intern);
    for (let at = 0; at < tree.nodes; at += 1) {
      const above = tree.parent[at]! < 0 ? -1 : nodeOf[tree.parent[at]!]!;
      const key = `${above} ${textNo[tree.service[at]!]} ${textNo[tree.name[at]!]}`;
      let node = known.get(key);
      if (node === undefined) {
        known.set(key, (node = parent.length));
        parent.push(above);
        name.push(textNo[tree.name[at]!]!);
        service.push(textNo[tree.service[at]!]!);
        places[0].push(-1);
        places[1].push(-1);
      }
      nodeOf[at] = node;
      places[side as 0 | 1][node] = at;
    }
  }
  const [inA, inB] = places;
  const totalOf = (tree: CallTree, node: number) =>
    node < 0 || tree.traces === 0 ? 0 : tree.totalMs[node]! / tree.traces;
  const change = inA.map((left, node) => Math.abs(totalOf(b, inB[node]!) - totalOf(a, left)));
  const order = preorder(parent, change);
  const placeOf = new Int32Array(order.length);
  for (const [place, node] of order.entries()) placeOf[node] = place;
  return {
    strings,
    parent: Int32Array.from(order, (node) => (parent[node]! < 0 ? -1 : placeOf[parent[node]!]!)),
    name: Uint32Array.from(order, (node) => name[node]!),
    service: Uint32Array.from(order, (node) => service[node]!),
    inA: Int32Array.from(order, (node) => inA[node]!),
    inB: Int32Array.from(order, (node) => inB[node]!),
  };
}

function preorder(parent: readonly number[], weight: readonly number[]): number[] {
  const children = new Map<number, number[]>();
  for (const [node, above] of parent.entries()) {
    const of = children.get(above);
    if (of === undefined) children.set(above, [node]);
    else of.push(node);
  }
  const order: number[] = [];
  const stack: number[] = [];
  const push = (of: readonly number[] = []) => {
    // Those of the same change stay as they came: the last goes in first.
    stack.push(...[...of].sort((x, y) => weight[x]! - weight[y]! || y - x));
  };
  push(children.get(-1));
  for (let node = stack.pop(); node !== undefined; node = stack.pop()) {
    order.push(node);
    push(children.get(node));
  }
  return order;
}

function sampleOf(tree: CallTree, node: number) {
  return { count: tree.spans[node]!, sum: tree.totalMs[node]!, squares: tree.squaresMs[node]! };
}

function sideOf(tree: CallTree, places: Int32Array): DiffSide {
  const perTrace = (column: Float64Array) =>
    Float64Array.from(places, (at) => (at < 0 || tree.traces === 0 ? 0 : column[at]! / tree.traces));
  const perSpan = (column: Float64Array) =>
    Float64Array.from(places, (at) => (at < 0 || tree.spans[at] === 0 ? NaN : column[at]! / tree.spans[at]!));
  return {
    spans: perTrace(tree.spans),
    totalMs: perTrace(tree.totalMs),
    selfMs: perTrace(tree.selfMs),
    criticalMs: perTrace(tree.criticalMs),
    inputTokens: perTrace(tree.inputTokens),
    outputTokens: perTrace(tree.outputTokens),
    cost: perTrace(tree.cost),
    errorRate: perSpan(tree.errors),
    meanMs: perSpan(tree.totalMs),
  };
}

function differs(a: DiffSide, b: DiffSide, node: number): boolean {
  return (
    DIFF_MEASURES.some((measure) => a[measure][node] !== b[measure][node]) ||
    a.errorRate[node] !== b.errorRate[node] ||
    a.meanMs[node] !== b.meanMs[node]
  );
}

function noteOf(
  a: CallTree,
  b: CallTree,
  verdict: Uint8Array,
  sums: Pick<CallTreeDiff, 'onlyA' | 'onlyB' | 'changed' | 'tests'>,
): string {
  const of = (wanted: number) => verdict.reduce((sum, each) => sum + (each === wanted ? 1 : 0), 0);
  const parts = [
    `${count(a.traces, 'trace')} (A) against ${count(b.traces, 'trace')} (B).`,
    sums.onlyA + sums.onlyB === 0
      ? 'Both have the same call paths.'
      : `${count(sums.onlyA, 'call path')} only in A, ${sums.onlyB} only in B.`,
  ];
  const tooFew = of(VERDICT.tooFew);
  if (sums.tests > 0) {
    parts.push(
      `Of ${count(sums.tests, 'path')} compared by duration, ${of(VERDICT.slower)} came out slower in B and ` +
        `${of(VERDICT.faster)} faster by more than chance explains (Welch's t test, at most ${percent(ALPHA)} ` +
        'of them expected to be false).',
    );
  }
  if (tooFew > 0)
    parts.push(`${count(tooFew, 'path')} with fewer than ${MIN_SPANS} spans on a side: too few to tell.`);
  if (sums.tests > 0) parts.push('Spans of one trace are not independent: read small differences with care.');
  return parts.join(' ');
}

function count(value: number, word: string): string {
  return `${value} ${word}${value === 1 ? '' : 's'}`;
}
function ms(value: number): string {
  return `${Number(value.toPrecision(3))} ms`;
}
function percent(share: number): string {
  return `${Number((share * 100).toPrecision(2))} %`;
}
function probability(p: number): string {
  return p < 0.001 ? '< 0.001' : `= ${Number(p.toPrecision(2))}`;
}
