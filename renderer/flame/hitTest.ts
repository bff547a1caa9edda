import type { Boxes } from './layout.ts';

/**
 * The box at a device pixel of a row; -1 where there is none. With `reachPx` a box that near is found too
 * (the nearest one), so that a pixel-wide span can be pointed at.
 */
export function hitTest(boxes: Boxes, deviceX: number, row: number, reachPx = 0): number {
  const place = row - boxes.firstRow;
  if (place < 0 || place >= boxes.rowCount) return -1;
  let low = boxes.rowStart[place]!;
  const end = boxes.rowStart[place + 1]!;
  let high = end;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (boxes.x1[middle]! <= deviceX) low = middle + 1;
    else high = middle;
  }
  // `low` is the first box that ends beyond the point.
  if (low < end && boxes.x0[low]! <= deviceX) return low;
  const right = low < end ? boxes.x0[low]! - deviceX : Infinity;
  const left = low > boxes.rowStart[place]! ? deviceX - boxes.x1[low - 1]! + 1 : Infinity;
  if (Math.min(left, right) > reachPx) return -1;
  return left <= right ? low - 1 : low;
}
