import type { SpanBlock } from '../blockTypes.ts';
import type { Link, Links } from './links.ts';

/** Up to where the children that were seen cover their parent; kept from block to block. */
let coveredUs = new Float64Array(0);

/**
 * Of each row the time in µs in which no child runs, those in other blocks included; as `selfTimes` counts it, in one
 * pass: rows of a block stand by trace and start. Meaningless for open and dead rows.
 */
export function blockSelfTimes(block: SpanBlock, links: Links): Float64Array {
  const { count, startUs, durationUs, parent, dead } = block;
  const selfUs = new Float64Array(count);
  if (coveredUs.length < count) coveredUs = new Float64Array(count);
  coveredUs.set(startUs);
  for (let row = 0; row < count; row += 1) selfUs[row] = lengthOf(durationUs[row]!);
  const elsewhere = byStart(links.childrenIn(block));
  const trace = elsewhere.length > 0 ? block.trace : NO_TRACES;
  let next = 0;
  for (let row = 0; row < count; row += 1) {
    const above = parent[row]!;
    if (above < 0 || (dead !== null && dead[row] === 1)) continue;
    const start = startUs[row]!;
    for (; next < elsewhere.length && isBefore(elsewhere[next]!, trace[row]!, start); next += 1) {
      cover(selfUs, startUs, durationUs, elsewhere[next]!);
    }
    const from = Math.max(start, coveredUs[above]!);
    const to = Math.min(start + lengthOf(durationUs[row]!), startUs[above]! + lengthOf(durationUs[above]!));
    if (to <= from) continue;
    selfUs[above]! -= to - from;
    coveredUs[above] = to;
  }
  for (; next < elsewhere.length; next += 1) cover(selfUs, startUs, durationUs, elsewhere[next]!);
  for (let row = 0; row < count; row += 1) if (selfUs[row]! < 0) selfUs[row] = 0;
  return selfUs;
}
const NO_TRACES = new Uint32Array();

/** A child in another block, and the row of its parent in this one. */
type Child = {
  readonly above: number;
  readonly trace: number;
  readonly startUs: number;
  readonly endUs: number;
};

function cover(selfUs: Float64Array, startUs: Float64Array, durationUs: Float64Array, child: Child): void {
  const { above } = child;
  const from = Math.max(child.startUs, coveredUs[above]!);
  const to = Math.min(child.endUs, startUs[above]! + lengthOf(durationUs[above]!));
  if (to <= from) return;
  selfUs[above]! -= to - from;
  coveredUs[above] = to;
}

/** In the order that rows have. */
function byStart(links: readonly Link[]): readonly Child[] {
  const children = links.map(({ child: { block, row }, parent }): Child => {
    const startUs = block.startUs[row]!;
    const endUs = startUs + lengthOf(block.durationUs[row]!);
    return { above: parent.row, trace: block.trace[row]!, startUs, endUs };
  });
  return children.sort((a, b) => a.trace - b.trace || a.startUs - b.startUs);
}

const isBefore = (child: Child, trace: number, startUs: number): boolean =>
  child.trace === trace ? child.startUs <= startUs : child.trace < trace;

/** An open span covers all the rest of its parent. */
function lengthOf(durationUs: number): number {
  return durationUs > 0 ? durationUs : durationUs !== durationUs ? Infinity : 0;
}
