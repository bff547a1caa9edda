/**
 * Spans -> rows of the picture, batch by batch. Knows spans as columns alone, so that it runs where the picture is
 * drawn: in the window, or in a worker that gets the batches sent.
 */
import { U16Column } from './chunkedColumn.ts';
import { placesByStart } from './sortByStart.ts';
import { TrackSet } from './tracks.ts';

/** Spans that were added to a tree, one entry a node from `from` on. Times in ms after the tree's origin. */
export type SpanBatch = {
  readonly from: number;
  readonly startMs: Float64Array;
  /** Infinity while open; never before the start. */
  readonly endMs: Float64Array;
  /** Node of the parent, which may come later in the same batch; -1 for none. */
  readonly parent: Int32Array;
  readonly depth: Uint16Array;
  /** `ENTRY_ERROR`, `ENTRY_OPEN`. */
  readonly flags: Uint8Array;
  /** Place in the palette. */
  readonly colour: Uint8Array;
  /** Name number. */
  readonly name: Int32Array;
};

export class TrackPlacer {
  readonly tracks = new TrackSet();
  readonly #track = new U16Column();

  /** Nodes placed so far. */
  get size(): number {
    return this.#track.length;
  }

  /** Row of a node, counted from the top; -1 for one that is not placed. */
  rowOf(node: number): number {
    return node < this.#track.length ? this.tracks.rowOf(this.#track.get(node)) : -1;
  }

  add(batch: SpanBatch): void {
    const { from, startMs, endMs, parent, depth, flags, colour } = batch;
    this.#track.reserve(from + startMs.length);
    const { tracks } = this;
    const track = this.#track;
    for (const place of placingOrder(startMs, depth)) {
      const above = parent[place]!;
      track.set(
        from + place,
        tracks.place(
          above < 0 ? -1 : track.get(above),
          startMs[place]!,
          endMs[place]!,
          from + place,
          flags[place]!,
          colour[place]!,
        ),
      );
    }
  }

  /** Ends an open span, or changes its flags. */
  settle(node: number, startMs: number, endMs: number, flags: number, colour: number): void {
    if (node < this.#track.length)
      this.tracks.settle(this.#track.get(node), startMs, endMs, node, flags, colour);
  }

  clear(): void {
    this.tracks.clear();
    this.#track.clear();
  }

  bytes(): number {
    return this.tracks.bytes() + this.#track.bytes();
  }
}

/** Places of a batch: parents before children, then by start, as lanes want them. */
function placingOrder(startMs: Float64Array, depth: Uint16Array): Uint32Array {
  const n = startMs.length;
  const sorted = placesByStart(startMs);
  let least = 0xffff;
  let most = 0;
  for (let place = 0; place < n; place += 1) {
    if (depth[place]! < least) least = depth[place]!;
    if (depth[place]! > most) most = depth[place]!;
  }
  if (most <= least) return sorted;
  const places = new Uint32Array(most - least + 2);
  for (let place = 0; place < n; place += 1) places[depth[place]! - least + 1]! += 1;
  for (let d = 1; d < places.length; d += 1) places[d]! += places[d - 1]!;
  const ordered = new Uint32Array(n);
  for (let i = 0; i < n; i += 1) {
    const place = sorted[i]!;
    ordered[places[depth[place]! - least]!++] = place;
  }
  return ordered;
}
