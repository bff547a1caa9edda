/**
 * Call paths with a width each -> the rows of a picture, the widest on the left:
 *
 *      a · caller of b          row 0    (side -1: above its parent)
 *      b ----------------       row 1    (the root)
 *      c ---------  d ---       row 2    (side 1: below its parent)
 *
 * A path's children never reach beyond it. Paths of no width have no box.
 */
import type { FlameRow } from '../derive/tracks.ts';

export type PathInput = {
  /** -1 for a root; parents stand before their children. */
  readonly parent: Int32Array;
  /** At least the sum of the children's on either side. */
  readonly width: Float64Array;
  /** -1 above the parent, 1 below it. Not given: all below. */
  readonly side?: Int8Array;
  /** Place in the theme's fills. */
  readonly colour: Uint8Array;
  /** `ENTRY_…` flags. */
  readonly flags: Uint8Array;
};

export type PathPicture = {
  readonly count: number;
  readonly parent: Int32Array;
  readonly width: Float64Array;
  /** Left edge. */
  readonly offset: Float64Array;
  /** Counted from the top of the picture. */
  readonly row: Int32Array;
  readonly rows: readonly FlameRow[];
  /** Width of all roots. */
  readonly total: number;
  /** Paths without a box, as they have no width. */
  readonly hidden: number;
  /** The widest first; those above before those below. Of -1: the roots. */
  readonly childrenOf: (path: number) => Int32Array;
};

export function pathPicture({ parent, width, side, colour, flags }: PathInput): PathPicture {
  const count = parent.length;
  const sideOf = (path: number) => side?.[path] ?? 1;
  const firstOf = new Int32Array(count + 2);
  for (let path = 0; path < count; path += 1) firstOf[parent[path]! + 2]! += 1;
  for (let at = 1; at < firstOf.length; at += 1) firstOf[at]! += firstOf[at - 1]!;
  const children = new Int32Array(count);
  const next = firstOf.slice();
  for (let path = 0; path < count; path += 1) children[next[parent[path]! + 1]!++] = path;
  const childrenOf = (path: number) => children.subarray(firstOf[path + 1]!, firstOf[path + 2]!);

  const offset = new Float64Array(count);
  const row = new Int32Array(count);
  let top = 0;
  let total = 0;
  let hidden = 0;
  const byRow = new Map<number, number[]>();
  const waiting: number[] = [];
  const open = (path: number) => {
    const below = childrenOf(path);
    if (below.length > 1) below.sort((a, b) => sideOf(a) - sideOf(b) || width[b]! - width[a]! || a - b);
    let at = path < 0 ? 0 : offset[path]!;
    for (let i = 0; i < below.length; i += 1) {
      const child = below[i]!;
      if (i > 0 && sideOf(child) !== sideOf(below[i - 1]!)) at = path < 0 ? 0 : offset[path]!;
      offset[child] = at;
      at += width[child]!;
      row[child] = path < 0 ? 0 : row[path]! + sideOf(child);
      top = Math.min(top, row[child]!);
      if (path < 0) total = Math.max(total, at);
    }
    for (let i = below.length - 1; i >= 0; i -= 1) waiting.push(below[i]!);
  };
  // From left to right and without recursion: the entries of a row come in order.
  open(-1);
  for (let path = waiting.pop(); path !== undefined; path = waiting.pop()) {
    if (width[path]! > 0) {
      const entries = byRow.get(row[path]!);
      if (entries === undefined) byRow.set(row[path]!, [path]);
      else entries.push(path);
    } else hidden += 1;
    open(path);
  }
  for (let path = 0; path < count; path += 1) row[path]! -= top;
  const rows: FlameRow[] = [];
  for (const [at, entries] of byRow) {
    // Sums are rounded, so an edge may pass its neighbour's by a last digit: the rows must be in order.
    let last = 0;
    const start = new Float64Array(entries.length);
    const end = new Float64Array(entries.length);
    for (const [i, path] of entries.entries()) {
      start[i] = Math.max(last, offset[path]!);
      last = end[i] = Math.max(start[i]!, offset[path]! + width[path]!);
    }
    rows[at - top] = {
      chunks: [
        {
          count: entries.length,
          start,
          end,
          item: Int32Array.from(entries),
          flags: Uint8Array.from(entries, (path) => flags[path]!),
          colour: Uint8Array.from(entries, (path) => colour[path]!),
        },
      ],
    };
  }
  for (let at = 0; at < rows.length; at += 1) rows[at] ??= { chunks: [] };
  return { count, parent, width, offset, row, rows, total, hidden, childrenOf };
}
