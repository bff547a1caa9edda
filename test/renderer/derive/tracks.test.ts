import { describe, expect, it } from 'vitest';
import { findLanes } from '../../../renderer/derive/findLanes.ts';
import { placingOrder } from '../../../renderer/derive/placingOrder.ts';
import { NOT_SHOWN, TrackPlacer } from '../../../renderer/derive/trackPlacer.ts';
import { TrackSet } from '../../../renderer/derive/tracks.ts';
import type { SpanBatch } from '../../../renderer/derive/tracks.ts';
import { randomNumbers } from '../../fixtures/syntheticTrace.ts';

type Made = {
  readonly seed: number;
  readonly spans: number;
  readonly roots?: number;
  readonly hidden?: number;
};

/** Spans in no order of time, children in, over and after their parents; some open, some hidden. */
function batchOf({ seed, spans, roots = 3, hidden = 0 }: Made, from = 0): SpanBatch {
  const random = randomNumbers(seed);
  const batch: SpanBatch = {
    from,
    startMs: new Float64Array(spans),
    endMs: new Float64Array(spans),
    parent: new Int32Array(spans),
    depth: new Uint16Array(spans),
    flags: Uint8Array.from({ length: spans }, () => Math.floor(random() * 2)),
    colour: Uint8Array.from({ length: spans }, () => Math.floor(random() * 9)),
    name: new Int32Array(spans),
  };
  const { startMs, endMs, parent, depth } = batch;
  for (let at = 0; at < spans; at += 1) {
    const above = at < roots ? -1 : Math.floor(random() ** 3 * at);
    parent[at] = above;
    depth[at] = above < 0 ? 0 : depth[above]! + 1;
    startMs[at] = above < 0 ? random() * 50 : startMs[above]! + Math.floor(random() * 160_000) / 4;
    endMs[at] = random() < 0.001 ? Infinity : startMs[at]! + Math.floor(random() ** 4 * 300);
  }
  for (let at = roots; at < spans; at += 1) {
    while (parent[at]! >= 0 && parent[at]! < hidden) parent[at] = parent[parent[at]!]!;
  }
  for (let at = roots; at < Math.min(spans, hidden); at += 1) parent[at] = NOT_SHOWN;
  return batch;
}

/** The same spans as they come where each is told when it starts, and where its spans stood before. */
function byStart(batch: SpanBatch): { batch: SpanBatch; cameFrom: number[] } {
  const cameFrom = Array.from(batch.startMs.keys()).toSorted((a, b) => batch.startMs[a]! - batch.startMs[b]!);
  const placeOf = new Map(cameFrom.map((before, place) => [before, place]));
  return {
    cameFrom,
    batch: {
      from: 0,
      startMs: Float64Array.from(cameFrom, (at) => batch.startMs[at]!),
      endMs: Float64Array.from(cameFrom, (at) => batch.endMs[at]!),
      parent: Int32Array.from(cameFrom, (at) => placeOf.get(batch.parent[at]!) ?? batch.parent[at]!),
      depth: Uint16Array.from(cameFrom, (at) => batch.depth[at]!),
      flags: Uint8Array.from(cameFrom, (at) => batch.flags[at]!),
      colour: Uint8Array.from(cameFrom, (at) => batch.colour[at]!),
      name: Int32Array.from(cameFrom, (at) => batch.name[at]!),
    },
  };
}

/** One by one: what rows are by definition. */
function placedOneByOne(batch: SpanBatch): TrackSet {
  const { startMs, endMs, parent, flags, colour, from } = batch;
  const tracks = new TrackSet();
  const trackOf = new Map<number, number>();
  for (const place of placingOrder(batch) ?? startMs.keys()) {
    const above = parent[place]!;
    if (above === NOT_SHOWN) continue;
    const track = above < 0 ? -1 : trackOf.get(above)!;
    const at = [startMs[place]!, endMs[place]!, from + place, flags[place]!, colour[place]!] as const;
    trackOf.set(place, tracks.place(track, ...at));
  }
  return tracks;
}

const entriesOf = ({ rows }: TrackSet) =>
  rows.map(({ chunks }) =>
    chunks.flatMap(({ count, start, end, item, flags, colour }) =>
      Array.from({ length: count }, (_, i) => [start[i], end[i], item[i], flags[i], colour[i]].join(' ')),
    ),
  );

describe('the rows of a trace', () => {
  it('are the same for all spans at once as for one after the other', () => {
    for (const made of [
      { seed: 1, spans: 30 },
      { seed: 2, spans: 3000 },
      { seed: 3, spans: 20_000, roots: 1 },
    ]) {
      const batch = batchOf(made);
      expect(findLanes(placingOrder(batch), batch)).not.toBeNull();
      const placer = new TrackPlacer();
      placer.add(batch);
      expect(entriesOf(placer.tracks)).toEqual(entriesOf(placedOneByOne(batch)));
      const row = placer.tracks.rows.findIndex(({ chunks }) => chunks.some(({ item }) => item.includes(17)));
      expect(placer.rowOf(17)).toBe(row);
    }
  });

  it('are the same for spans that came in order of time, which stay in it, and for the same in none', () => {
    for (const made of [
      { seed: 21, spans: 4000, roots: 1 },
      { seed: 22, spans: 900, roots: 5 },
    ]) {
      const mixed = batchOf(made);
      const { batch, cameFrom } = byStart(mixed);
      expect(placingOrder(batch)).toBeNull();
      expect(placingOrder(mixed)).not.toBeNull();
      const [inOrder, inNone] = [new TrackPlacer(), new TrackPlacer()];
      inOrder.add(batch);
      inNone.add(mixed);
      expect(cameFrom.map((_before, place) => inOrder.rowOf(place))).toEqual(
        cameFrom.map((before) => inNone.rowOf(before)),
      );
    }
  });

  it('are the same in memory that was there before the spans, whether it is as much as they need or not', () => {
    const batch = batchOf({ seed: 31, spans: 9000 });
    const expected = entriesOf(placedOneByOne(batch));
    for (const reserved of [9000, 8999, 9001]) {
      const placer = new TrackPlacer();
      placer.reserve(reserved);
      placer.clear();
      placer.add(batch);
      expect(entriesOf(placer.tracks)).toEqual(expected);
      expect(placer.bytes()).toBe(9000 * 22 + 16_384 * 2);
    }
  });

  it('are not given in the order of arrival where hidden spans have others below a row that is not theirs', () => {
    const { batch } = byStart(batchOf({ seed: 23, spans: 900, roots: 1, hidden: 40 }));
    expect(placingOrder(batch)).not.toBeNull();
  });

  it('are the same where spans above others are hidden, which then have to go into gaps', () => {
    let gaps = 0;
    for (let seed = 10; seed < 30; seed += 1) {
      const batch = batchOf({ seed, spans: 400, hidden: 40 });
      if (findLanes(placingOrder(batch), batch) === null) gaps += 1;
      const placer = new TrackPlacer();
      placer.add(batch);
      expect(entriesOf(placer.tracks)).toEqual(entriesOf(placedOneByOne(batch)));
      expect(placer.rowOf(20)).toBe(-1);
    }
    expect(gaps).toBeGreaterThan(0);
  });

  it('are one by one where there are more spans side by side than rows', () => {
    const batch = batchOf({ seed: 4, spans: 1500, roots: 1500 });
    batch.startMs.fill(0);
    batch.endMs.fill(9);
    const placer = new TrackPlacer();
    placer.add(batch);
    expect(placer.tracks.overflowCount).toBe(1500 - 1024);
  });

  it('go on growing where a whole trace was placed at once, and open spans end there', () => {
    const whole = batchOf({ seed: 5, spans: 12_000, roots: 1 });
    const placer = new TrackPlacer();
    placer.add(whole);
    const before = entriesOf(placer.tracks).flat().length;
    const open = whole.endMs.indexOf(Infinity);
    placer.settle(open, whole.startMs[open]!, whole.startMs[open]! + 1, 1, 3);
    const later = batchOf({ seed: 6, spans: 9000, roots: 9000 }, 12_000);
    later.parent.fill(0);
    later.depth.fill(1);
    placer.add(later);
    const entries = entriesOf(placer.tracks).flat();
    expect(entries.length).toBe(before + 9000);
    expect(entries).toContain(`${whole.startMs[open]} ${whole.startMs[open]! + 1} ${open} 1 3`);
    for (const { chunks } of placer.tracks.rows) {
      let lastEnd = -Infinity;
      for (const { count, start, end } of chunks)
        for (let i = 0; i < count; i += 1) {
          expect(start[i]).toBeGreaterThanOrEqual(lastEnd);
          lastEnd = end[i]!;
        }
    }
  });
});
