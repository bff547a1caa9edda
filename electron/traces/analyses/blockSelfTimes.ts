import type { SpanBlock } from '../blockTypes.ts';
import type { Link, Links } from './links.ts';

/**
 * Of each row the time in µs in which no child runs, those in other blocks included; as `selfTimes` counts it, in one
 * pass: rows of a block stand by trace and start. Meaningless for open and dead rows.
 */
export function blockSelfTimes(block: SpanBlock, links: Links): Float64Array {
  const { count, trace, startUs, durationUs, parent, dead } = block;
  const endUs = new Float64Array(count);
  const selfUs = new Float64Array(count);
  /** Up to where the children that were seen cover their parent. */
  const coveredUs = startUs.slice();
  for (let row = 0; row < count; row += 1) {
    const end = endOf(startUs[row]!, durationUs[row]!);
    endUs[row] = end;
    selfUs[row] = end - startUs[row]!;
  }
  const cover = (above: number, start: number, end: number): void => {
    const from = Math.max(start, coveredUs[above]!);
    const to = Math.min(end, endUs[above]!);
    if (to <= from) return;
    selfUs[above]! -= to - from;
    coveredUs[above] = to;
  };
  const elsewhere = byStart(links.childrenIn(block));
  let next = 0;
  for (let row = 0; row < count; row += 1) {
    const above = parent[row]!;
    if (above < 0 || (dead !== null && dead[row] === 1)) continue;
    const start = startUs[row]!;
    for (; next < elsewhere.length && isBefore(elsewhere[next]!, trace[row]!, start); next += 1) {
      const { above: to, startUs: from, endUs: until } = elsewhere[next]!;
      cover(to, from, until);
    }
    cover(above, start, endUs[row]!);
  }
  for (const child of elsewhere.slice(next)) cover(child.above, child.startUs, child.endUs);
  for (let row = 0; row < count; row += 1) if (selfUs[row]! < 0) selfUs[row] = 0;
  return selfUs;
}

/** A child in another block, and the row of its parent in this one. */
type Child = {
  readonly above: number;
  readonly trace: number;
  readonly startUs: number;
  readonly endUs: number;
};

/** In the order that rows have. */
function byStart(links: readonly Link[]): readonly Child[] {
  const children = links.map(({ child: { block, row }, parent }): Child => {
    const startUs = block.startUs[row]!;
    const endUs = endOf(startUs, block.durationUs[row]!);
    return { above: parent.row, trace: block.trace[row]!, startUs, endUs };
  });
  return children.sort((a, b) => a.trace - b.trace || a.startUs - b.startUs);
}

const isBefore = (child: Child, trace: number, startUs: number): boolean =>
  child.trace === trace ? child.startUs <= startUs : child.trace < trace;

/** An open child covers all the rest of its parent. */
function endOf(startUs: number, durationUs: number): number {
  return durationUs > 0 ? startUs + durationUs : durationUs !== durationUs ? Infinity : startUs;
}
