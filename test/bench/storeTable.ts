/** What the trace store's figures are printed as. */
import { loadavg } from 'node:os';
import { compareMedians, type Comparison } from './medians.ts';

export type Row = {
  readonly what: string;
  readonly values: readonly number[];
  readonly bound: number;
  readonly unit: string;
  /** Whether the bound is a least one. */
  readonly isLeast?: boolean;
  readonly on: string;
  /** Of the odd times against the even ones: what the machine adds. */
  readonly spread?: Comparison;
};

/** Every bound with what was measured. */
export function table(rows: readonly Row[]): void {
  console.log(
    `\nload ${loadavg()[0]!.toFixed(1)}; medians (middle half) [A/A: odd times over even ones, 95 %]`,
  );
  for (const { what, values, bound, unit, isLeast = false, on, spread } of rows) {
    const median = at(values, 0.5);
    const isMet = isLeast ? median >= bound : median <= bound;
    const middle = values.length > 1 ? ` (${show(at(values, 0.25))} to ${show(at(values, 0.75))})` : '';
    const noise =
      spread === undefined
        ? ''
        : ` [A/A ${spread.ratio.toFixed(2)}, ${spread.low.toFixed(2)} to ${spread.high.toFixed(2)}]`;
    console.log(
      `${isMet ? 'met   ' : 'MISSED'} ${what.padEnd(40)} ${show(median).padStart(9)} ${unit}, bound ${isLeast ? '>=' : '<='} ${show(bound)}${middle}${noise}; ${on}, ${values.length} times`,
    );
  }
}

/** Of the odd times against the even ones. */
export const halves = (values: readonly number[]): Comparison =>
  compareMedians(
    values.filter((_, i) => i % 2 === 1),
    values.filter((_, i) => i % 2 === 0),
  );

export const show = (value: number): string =>
  value >= 1000 ? Math.round(value).toLocaleString('en') : value.toFixed(1);
/** The value below which so many stand. */
export function at(values: readonly number[], share: number): number {
  return values.toSorted((a, b) => a - b)[Math.min(values.length - 1, Math.floor(share * values.length))]!;
}

/** Median and the middle half. */
export function line(what: string, values: readonly number[], unit: string): void {
  const spread = values.length > 1 ? `  (${show(at(values, 0.25))} to ${show(at(values, 0.75))})` : '';
  console.log(`${what.padEnd(44)} ${show(at(values, 0.5)).padStart(10)} ${unit}${spread}`);
}
