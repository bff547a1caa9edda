/**
 * A trace that every viewer can show: spans strictly inside one another and one after another, as a profile is. A run
 * of items, two stages each, calls below them; now and then a chain down to depth 12 and a fan of 400. The same for
 * the same size.
 */
import { randomNumbers } from '../../fixtures/syntheticTrace.ts';

/** Columns, parents before children, children in order of time. */
export type NestedTrace = {
  readonly count: number;
  readonly names: readonly string[];
  readonly name: Uint8Array;
  /** -1 for the root. */
  readonly parent: Int32Array;
  readonly depth: Uint8Array;
  readonly startMs: Float64Array;
  readonly durationMs: Float64Array;
};

const NAMES = [
  'run',
  'item',
  'stage analyse',
  'stage write',
  'cache get',
  'cache set',
  'POST',
  'chat small-model',
  'deck save note',
  'retry',
  'parse answer',
  'INSERT note',
];
const FAN = 400;
const DEPTH = 12;

export function nestedTrace(spans: number): NestedTrace {
  const random = randomNumbers(11);
  const name = new Uint8Array(spans);
  const parent = new Int32Array(spans);
  const depth = new Uint8Array(spans);
  const startMs = new Float64Array(spans);
  const durationMs = new Float64Array(spans);
  let count = 0;
  let nowMs = 0;
  const open = (id: number, above: number): number => {
    if (count === spans) return -1;
    const at = count++;
    name[at] = id;
    parent[at] = above;
    depth[at] = above < 0 ? 0 : depth[above]! + 1;
    startMs[at] = nowMs;
    nowMs += 0.01;
    return at;
  };
  const close = (at: number): void => {
    if (at >= 0) durationMs[at] = nowMs - startMs[at]!;
  };
  const leaf = (id: number, above: number): void => {
    const at = open(id, above);
    nowMs += 0.02 + random() ** 4 * 20;
    close(at);
  };
  const run = open(0, -1);
  for (let item = 0; count < spans; item += 1) {
    const row = open(1, run);
    if (row < 0) break;
    for (const stage of [2, 3]) {
      const at = open(stage, row);
      if (at < 0) break;
      leaf(4, at);
      if (item % 97 === 0) {
        const chain = [at];
        while (chain.length < DEPTH - 2) {
          const next = open(9, chain.at(-1)!);
          if (next < 0) break;
          chain.push(next);
        }
        leaf(7, chain.at(-1)!);
        for (const link of chain.slice(1).toReversed()) close(link);
      } else {
        leaf(7, at);
        leaf(10, at);
      }
      leaf(5, at);
      close(at);
    }
    for (let i = item % 997 === 5 ? FAN : 1; i > 0 && count < spans; i -= 1) leaf(11, row);
    close(row);
  }
  close(run);
  return { count, names: NAMES, name, parent, depth, startMs, durationMs };
}

/** Children of each, as lists. */
export function childrenOf({ count, parent }: NestedTrace): readonly (readonly number[])[] {
  const children: number[][] = Array.from({ length: count }, () => []);
  for (let at = 1; at < count; at += 1) children[parent[at]!]!.push(at);
  return children;
}
