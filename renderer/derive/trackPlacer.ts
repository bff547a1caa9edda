/**
 * Spans -> rows of the picture, batch by batch. Knows spans as columns alone, so that it runs where the picture is
 * drawn: in the window, or in a worker that gets the batches sent.
 */
import { U16Column } from './chunkedColumn.ts';
import { findLanes } from './findLanes.ts';
import { placingOrder } from './placingOrder.ts';
import { NO_TRACK, NOT_SHOWN, TrackSet } from './tracks.ts';
import type { SpanBatch } from './tracks.ts';

export { NOT_SHOWN } from './tracks.ts';
export type { SpanBatch } from './tracks.ts';

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

  /** Gets the memory for so many spans ahead of them. */
  reserve(spans: number): void {
    this.tracks.reserve(spans);
  }

  add(batch: SpanBatch): void {
    const { from, startMs, endMs, parent, flags, colour } = batch;
    const { tracks } = this;
    const track = this.#track;
    const order = placingOrder(batch);
    const lanes = this.size === 0 ? findLanes(order, batch) : null;
    if (lanes !== null) {
      tracks.fill(lanes, order, batch);
      track.take(lanes.trackOf);
      return;
    }
    this.reserve(0);
    track.reserve(from + startMs.length);
    for (let i = 0; i < startMs.length; i += 1) {
      const place = order === null ? i : order[i]!;
      const above = parent[place]!;
      if (above === NOT_SHOWN) {
        track.set(from + place, NO_TRACK);
        continue;
      }
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
    const track = node < this.#track.length ? this.#track.get(node) : NO_TRACK;
    if (track !== NO_TRACK) this.tracks.settle(track, startMs, endMs, node, flags, colour);
  }

  clear(): void {
    this.tracks.clear();
    this.#track.clear();
  }

  bytes(): number {
    return this.tracks.bytes() + this.#track.bytes();
  }
}
