import { selfTimes } from '../../../shared/analysis/selfTimes.ts';
import type { SpanBlock } from '../blockTypes.ts';
import type { Links } from './links.ts';

/** Of each row the time in µs in which no child runs, those in other blocks included. Meaningless for open and dead rows. */
export function blockSelfTimes(block: SpanBlock, links: Links): Float64Array {
  const { count, startUs, durationUs, dead } = block;
  const elsewhere = links.childrenIn(block);
  const all = count + elsewhere.length;
  const parent = new Int32Array(all);
  const endMs = new Float64Array(all);
  let startMs = startUs;
  parent.set(block.parent);
  for (let row = 0; row < count; row += 1) endMs[row] = endOf(startUs[row]!, durationUs[row]!);
  if (dead !== null) for (let row = 0; row < count; row += 1) if (dead[row] === 1) parent[row] = -1;
  if (elsewhere.length > 0) {
    startMs = new Float64Array(all);
    startMs.set(startUs);
    for (const [i, { child, parent: above }] of elsewhere.entries()) {
      parent[count + i] = above.row;
      startMs[count + i] = child.block.startUs[child.row]!;
      endMs[count + i] = endOf(startMs[count + i]!, child.block.durationUs[child.row]!);
    }
  }
  return selfTimes({ count: all, parent, startMs, endMs });
}

/** An open child covers all the rest of its parent. */
function endOf(startUs: number, durationUs: number): number {
  return durationUs > 0 ? startUs + durationUs : durationUs !== durationUs ? Infinity : startUs;
}
