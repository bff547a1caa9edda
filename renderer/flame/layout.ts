/**
 * Columns and a view -> boxes, in whole device pixels. Nothing here knows a canvas: `draw.ts` paints the boxes,
 * `hitTest.ts` finds them again, and a worker can run it as it is.
 */
import { ENTRY_OPEN } from '../derive/tracks.ts';
import type { FlameRow, TrackChunk } from '../derive/tracks.ts';

/** What is to be drawn, top row first. Times in ms after the columns' origin. */
export type FlameColumns = { readonly rows: readonly FlameRow[] };

export type FlameView = {
  readonly fromMs: number;
  /** Above `fromMs`. */
  readonly toMs: number;
  /** Device pixels. */
  readonly deviceWidth: number;
  readonly firstRow: number;
  /** Exclusive. */
  readonly lastRow: number;
  /** End of what is open. */
  readonly nowMs: number;
};

/** Beside the entry's own flags (`ENTRY_ERROR`, `ENTRY_OPEN`), which a merged box has if any of its spans has. */
export const BOX_MATCH = 4;
/** The box goes on beyond the left or right edge of the view. */
export const BOX_CUT_LEFT = 8;
export const BOX_CUT_RIGHT = 16;

/**
 * Boxes as columns, row by row and from left to right, none overlapping another. Reused from frame to frame:
 * what a frame needs is never allocated twice.
 */
export class Boxes {
  count = 0;
  /** First device pixel. */
  x0 = new Int32Array(1024);
  /** Exclusive. */
  x1 = new Int32Array(1024);
  /** The span drawn; of a merged box, the longest. */
  item = new Int32Array(1024);
  /** Spans in the box: more than 1 where sub-pixel spans share it. */
  merged = new Int32Array(1024);
  flags = new Uint8Array(1024);
  /** Place in the palette. */
  colour = new Uint8Array(1024);
  /** From start to end of the span drawn, also where the view cuts it. */
  lengthMs = new Float64Array(1024);
  /** Spans in boxes of more than one, and those boxes. */
  mergedItems = 0;
  mergedBoxes = 0;
  firstRow = 0;
  /** Boxes of row `firstRow + i` are `rowStart[i]` up to `rowStart[i + 1]`. */
  rowStart = new Int32Array(64);
  rowCount = 0;

  add(
    x0: number,
    x1: number,
    item: number,
    merged: number,
    flags: number,
    colour: number,
    lengthMs: number,
  ): void {
    const at = this.count;
    if (at === this.x0.length) this.#grow();
    this.x0[at] = x0;
    this.x1[at] = x1;
    this.item[at] = item;
    this.merged[at] = merged;
    this.flags[at] = flags;
    this.colour[at] = colour;
    this.lengthMs[at] = lengthMs;
    if (merged > 1) {
      this.mergedItems += merged;
      this.mergedBoxes += 1;
    }
    this.count = at + 1;
  }

  /** Row of a box, counted from the top of the picture. */
  rowOf(box: number): number {
    let low = 0;
    let high = this.rowCount - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (this.rowStart[middle]! <= box) low = middle;
      else high = middle - 1;
    }
    return this.firstRow + low;
  }

  reset(firstRow: number, rowCount: number): void {
    this.count = 0;
    this.mergedItems = 0;
    this.mergedBoxes = 0;
    this.firstRow = firstRow;
    this.rowCount = rowCount;
    if (this.rowStart.length <= rowCount) this.rowStart = new Int32Array(rowCount * 2);
    this.rowStart[0] = 0;
  }

  #grow(): void {
    const capacity = this.x0.length * 2;
    for (const key of ['x0', 'x1', 'item', 'merged'] as const) {
      const larger = new Int32Array(capacity);
      larger.set(this[key]);
      this[key] = larger;
    }
    for (const key of ['flags', 'colour'] as const) {
      const larger = new Uint8Array(capacity);
      larger.set(this[key]);
      this[key] = larger;
    }
  }
}

/**
 * Fills `boxes` with what the view shows. A span narrower than a pixel is merged with its neighbours in that
 * pixel, and the longest of them gives the box its colour and name. `matches[item]` is 1 for a search hit.
 */
export function layout(
  columns: FlameColumns,
  view: FlameView,
  boxes: Boxes,
  matches: Uint8Array | null = null,
): Boxes {
  const first = Math.max(0, view.firstRow);
  const last = Math.min(columns.rows.length, view.lastRow);
  boxes.reset(first, Math.max(0, last - first));
  for (let row = first; row < last; row += 1) {
    layoutRow(columns.rows[row]!, view, boxes, matches);
    boxes.rowStart[row - first + 1] = boxes.count;
  }
  return boxes;
}

function layoutRow(row: FlameRow, view: FlameView, boxes: Boxes, matches: Uint8Array | null): void {
  const { fromMs, toMs, deviceWidth, nowMs } = view;
  const { chunks } = row;
  const scale = deviceWidth / (toMs - fromMs);
  // The run of sub-pixel spans that is being gathered.
  let runX = -1;
  let runCount = 0;
  let runItem = -1;
  let runLengthMs = -1;
  let runFlags = 0;
  let runColour = 0;
  /** Clearly less than a pixel, whatever the last digit of a product says. */
  const smallMs = (1 - 1e-9) / scale;
  for (let c = firstChunk(chunks, fromMs); c < chunks.length; c += 1) {
    const { start, end, item, flags, colour, count } = chunks[c]!;
    if (count > 0 && start[0]! >= toMs) break;
    for (let i = firstEntry(chunks[c]!, fromMs); i < count; i += 1) {
      const startMs = start[i]!;
      if (startMs >= toMs) break;
      let flag = flags[i]!;
      const endMs = (flag & ENTRY_OPEN) !== 0 ? Math.max(nowMs, startMs) : end[i]!;
      if (endMs < fromMs) continue;
      const left = (startMs - fromMs) * scale;
      const right = (endMs - fromMs) * scale;
      // Rounding both edges down keeps order: a box's right edge is at most its successor's left one.
      let x0 = left < 0 ? 0 : Math.floor(left);
      const x1 = right > deviceWidth ? deviceWidth : Math.floor(right);
      const entry = item[i]!;
      if (matches !== null && matches[entry] === 1) flag |= BOX_MATCH;
      if (right - left >= 1) {
        if (x0 === runX) x0 += 1;
        if (x1 > x0) {
          if (runCount > 0) boxes.add(runX, runX + 1, runItem, runCount, runFlags, runColour, runLengthMs);
          runX = -1;
          runCount = 0;
          if (left < 0) flag |= BOX_CUT_LEFT;
          if (right > deviceWidth) flag |= BOX_CUT_RIGHT;
          boxes.add(x0, x1, entry, 1, flag, colour[i]!, endMs - startMs);
          continue;
        }
      }
      const x = left < 0 ? 0 : Math.min(deviceWidth - 1, Math.floor(left));
      if (x !== runX) {
        if (runCount > 0) boxes.add(runX, runX + 1, runItem, runCount, runFlags, runColour, runLengthMs);
        runX = x;
        runCount = 0;
        runLengthMs = -1;
        runFlags = 0;
      }
      runCount += 1;
      runFlags |= flag;
      if (endMs - startMs > runLengthMs) {
        runLengthMs = endMs - startMs;
        runItem = entry;
        runColour = colour[i]!;
      }
      // Most spans of a large trace end here: small ones that start in the same pixel.
      const limitMs = ((x + 1) / scale) * (1 - 1e-12);
      for (; i + 1 < count; i += 1) {
        const nextMs = start[i + 1]!;
        const nextFlag = flags[i + 1]!;
        const lengthMs = end[i + 1]! - nextMs;
        if (nextMs - fromMs >= limitMs || nextMs >= toMs || lengthMs >= smallMs) break;
        if ((nextFlag & ENTRY_OPEN) !== 0) break;
        runCount += 1;
        runFlags |= nextFlag;
        if (matches !== null && matches[item[i + 1]!] === 1) runFlags |= BOX_MATCH;
        if (lengthMs > runLengthMs) {
          runLengthMs = lengthMs;
          runItem = item[i + 1]!;
          runColour = colour[i + 1]!;
        }
      }
    }
  }
  if (runCount > 0) boxes.add(runX, runX + 1, runItem, runCount, runFlags, runColour, runLengthMs);
}

/** First chunk whose last entry ends at or after `fromMs`. */
function firstChunk(chunks: readonly TrackChunk[], fromMs: number): number {
  let low = 0;
  let high = chunks.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    const chunk = chunks[middle]!;
    if (chunk.end[chunk.count - 1]! < fromMs) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** First entry of the chunk that ends at or after `fromMs`: ends rise like starts, as nothing overlaps. */
function firstEntry(chunk: TrackChunk, fromMs: number): number {
  let low = 0;
  let high = chunk.count;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (chunk.end[middle]! < fromMs) low = middle + 1;
    else high = middle;
  }
  return low;
}
