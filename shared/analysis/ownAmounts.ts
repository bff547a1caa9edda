import { childrenFirst } from './children.ts';
import type { TraceColumns } from './traceColumns.ts';

/**
 * Amounts (tokens, dollars) counted once: a span that states what the spans below it state already (an agent around
 * its model calls, a call around its attempts) is left with what it states beyond them, and never with less than 0.
 * So the amounts of a subtree add up to the larger of what its top states and what is stated below it.
 * @param stated one entry a span; NaN where it states nothing
 */
export function ownAmounts(columns: TraceColumns, stated: ArrayLike<number>): Float64Array {
  const { count, parent } = columns;
  const own = new Float64Array(count);
  const below = new Float64Array(count);
  const order = childrenFirst(columns);
  for (let at = 0; at < count; at += 1) {
    const span = order === null ? count - 1 - at : order[at]!;
    const amount = stated[span]!;
    const known = below[span]!;
    const whole = amount > known ? amount : known;
    own[span] = whole - known;
    const above = parent[span]!;
    if (above >= 0) below[above]! += whole;
  }
  return own;
}
