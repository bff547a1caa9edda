/** A difference of two call trees by one measure, and its figures in words: what Compare draws and `trace diff` prints. */
import { formatCount } from '../units.ts';
import { VERDICT } from './callTreeDiff.ts';
import type { CallTreeDiff } from './callTreeDiff.ts';
import { formatMeasure, MEASURE_LABELS, ownValues, rootTotal, widthsOf } from './measures.ts';
import type { Measure } from './measures.ts';

export type DiffByMeasure = {
  readonly measure: Measure;
  /** What each path has itself, a trace; of wall time with what is below. */
  readonly ownA: Float64Array;
  readonly ownB: Float64Array;
  /** Of every path with all below it, a trace. */
  readonly inA: Float64Array;
  readonly inB: Float64Array;
  /** Of all paths together, a trace. */
  readonly totalA: number;
  readonly totalB: number;
};

export function diffByMeasure({ a, b, parent }: CallTreeDiff, measure: Measure): DiffByMeasure {
  const ownA = ownValues(a, measure);
  const ownB = ownValues(b, measure);
  const inA = widthsOf(ownA, parent, measure);
  const inB = widthsOf(ownB, parent, measure);
  return {
    measure,
    ownA,
    ownB,
    inA,
    inB,
    totalA: rootTotal(inA, parent),
    totalB: rootTotal(inB, parent),
  };
}

/** `Self time a trace: 40 ms → 45 ms (+12.5 %)`. */
export function totalChangeText({ measure, totalA, totalB }: DiffByMeasure): string {
  const what = measure === 'wall' ? 'Durations added up,' : MEASURE_LABELS[measure];
  const [before, after] = [formatMeasure(measure, totalA), formatMeasure(measure, totalB)];
  return `${what} a trace: ${before} → ${after} (${changeText(totalA, totalB)})`;
}

/** `+50.0 ms`, `−3`, `0`: what B has more than A. */
export function deltaText(measure: Measure, a: number, b: number): string {
  const sign = b > a ? '+' : b < a ? '−' : '';
  return `${sign}${formatMeasure(measure, Math.abs(b - a))}`;
}

/** `+12.3 %`, `−4.0 %`, `×3.2`, `new`, `gone`, `unchanged`. */
export function changeText(a: number, b: number): string {
  if (a === b) return 'unchanged';
  if (!(a > 0)) return 'new';
  if (!(b > 0)) return 'gone';
  if (b / a >= 3) return `×${(b / a).toFixed(b / a < 10 ? 1 : 0)}`;
  const percent = (100 * (b - a)) / a;
  const digits = Math.abs(percent) < 99.95 ? 1 : 0;
  return `${percent < 0 ? '−' : '+'}${Math.abs(percent).toFixed(digits)} %`;
}

/** A verdict in a word or two, for a table. */
export function verdictText(diff: CallTreeDiff, node: number): string {
  switch (diff.verdict[node]) {
    case VERDICT.one:
      return diff.inA[node]! < 0 ? 'only B' : 'only A';
    case VERDICT.tooFew:
      return 'too few';
    case VERDICT.slower:
      return 'slower';
    case VERDICT.faster:
      return 'faster';
    default:
      return 'no clear';
  }
}

/** Counts a trace are seldom whole. */
export function formatPerTrace(value: number): string {
  return Number.isInteger(value) || value >= 1000
    ? formatCount(value)
    : Number(value.toPrecision(3)).toString();
}
