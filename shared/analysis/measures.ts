/**
 * What a box of merged call paths can be as wide as. Times, counts, tokens and money of a path are its own spans';
 * a box holds those of all paths below it too, so that children always fit. The one exception is wall time: a span's
 * duration has its children's in it, and a box is only wider than that where work below it ran at once.
 */
import { formatCount, formatDuration } from '../units.ts';
import type { CallTree } from '../traceQuery.ts';

export const MEASURES = ['wall', 'self', 'critical', 'count', 'tokens', 'cost'] as const;
export type Measure = (typeof MEASURES)[number];

export const MEASURE_LABELS: Readonly<Record<Measure, string>> = {
  wall: 'Wall time',
  self: 'Self time',
  critical: 'Critical path',
  count: 'Spans',
  tokens: 'Tokens',
  cost: 'Cost',
};

export const MEASURE_HINTS: Readonly<Record<Measure, string>> = {
  wall: 'Durations added up; work that ran at once counts side by side',
  self: 'Time in which nothing below ran, added up over the path and all below it',
  critical: 'Time that the length of the traces hangs on, added up over the path and all below it',
  count: 'Spans of the path and of all below it',
  tokens: 'Input and output tokens of the path and of all below it',
  cost: 'Dollars spent by the path and by all below it',
};

type Amounts = Pick<
  CallTree,
  'totalMs' | 'selfMs' | 'criticalMs' | 'spans' | 'inputTokens' | 'outputTokens' | 'cost'
>;

/** What the spans of each path have themselves, without the paths below. Of wall time: with them. */
export function ownValues(tree: Amounts, measure: Measure): Float64Array {
  switch (measure) {
    case 'wall':
      return tree.totalMs;
    case 'self':
      return tree.selfMs;
    case 'critical':
      return tree.criticalMs;
    case 'count':
      return tree.spans;
    case 'tokens':
      return tree.inputTokens.map((tokens, node) => tokens + tree.outputTokens[node]!);
    case 'cost':
      return tree.cost;
  }
}

/** Width of every path, at least the sum of its children's. `parent` has parents before their children. */
export function widthsOf(own: Float64Array, parent: Int32Array, measure: Measure): Float64Array {
  const n = parent.length;
  const widths = new Float64Array(n);
  const below = new Float64Array(n);
  for (let node = n - 1; node >= 0; node -= 1) {
    // What a clock set back makes negative has no width.
    const value = Math.max(0, own[node]!);
    widths[node] = measure === 'wall' ? Math.max(value, below[node]!) : value + below[node]!;
    if (parent[node]! >= 0) below[parent[node]!]! += widths[node]!;
  }
  return widths;
}

/** Widths of a tree's paths. */
export function treeWidths(tree: CallTree, measure: Measure): Float64Array {
  return widthsOf(ownValues(tree, measure), tree.parent, measure);
}

/** What all roots have together. */
export function rootTotal(widths: Float64Array, parent: Int32Array): number {
  let total = 0;
  for (let node = 0; node < parent.length; node += 1) if (parent[node]! < 0) total += widths[node]!;
  return total;
}

/** Total by measure: what the control shows beside each name, and which of them there is nothing of. */
export function measureTotals(tree: CallTree): Readonly<Record<Measure, number>> {
  const total = (measure: Measure) => rootTotal(treeWidths(tree, measure), tree.parent);
  return {
    wall: total('wall'),
    self: total('self'),
    critical: total('critical'),
    count: total('count'),
    tokens: total('tokens'),
    cost: total('cost'),
  };
}

export function isTime(measure: Measure): boolean {
  return measure === 'wall' || measure === 'self' || measure === 'critical';
}

export function formatMeasure(measure: Measure, value: number): string {
  if (isTime(measure)) return value === 0 ? '0' : formatDuration(value);
  return measure === 'cost' ? formatCost(value) : formatCount(value);
}

/** US dollars with two digits that count: `$12.40`, `$0.0031`. */
export function formatCost(dollars: number): string {
  if (!Number.isFinite(dollars)) return '–';
  const abs = Math.abs(dollars);
  const digits = abs === 0 || abs >= 1 ? 2 : Math.min(8, 1 - Math.floor(Math.log10(abs)));
  return `${dollars < 0 ? '−' : ''}$${abs.toFixed(digits)}`;
}

/** Share of a whole as `12.3 %`; `–` where the whole is nothing. */
export function formatShare(part: number, whole: number): string {
  if (!(whole > 0)) return '–';
  const percent = (100 * part) / whole;
  return percent > 0 && percent < 0.05 ? '< 0.1 %' : `${percent.toFixed(1)} %`;
}
