/** Has the code that a large trace is placed and drawn with compiled before the trace is there. */
import { TrackPlacer } from '../derive/trackPlacer.ts';
import { ENTRY_ERROR } from '../derive/tracks.ts';
import type { SpanBatch } from '../derive/tracks.ts';
import { Boxes } from './layout.ts';
import { paintFlame } from './paintFlame.ts';
import { canvasSurface } from './surface.ts';
import { flameTheme } from './theme.ts';
import { ticks } from './ticks.ts';

const SPANS = 40_000;
/** Spans below one of depth 1. */
const FAMILY = 12;
const ROUNDS = 3;
/** Frames of a round, each nearer than the one before. */
const FRAMES = 6;

/** Draws a made-up trace where nobody sees it. Takes some 100 ms, which a worker has while the trace is read. */
export function warmUp(): void {
  const surface = canvasSurface(new OffscreenCanvas(1200, 800), 1);
  if (surface === null) return;
  const boxes = new Boxes();
  const theme = flameTheme({
    background: [255, 255, 255],
    text: [0, 0, 0],
    muted: [90, 90, 90],
    border: [200, 200, 200],
    accent: [0, 0, 200],
    danger: [200, 0, 0],
  });
  for (let round = 0; round < ROUNDS; round += 1) {
    const placer = new TrackPlacer();
    placer.add(madeUp());
    for (let frame = 0; frame < FRAMES; frame += 1) {
      paintFlame(surface, boxes, theme, {
        columns: placer.tracks,
        window: { fromMs: 0, toMs: SPANS / 4 ** frame },
        cssHeight: 800,
        cssScroll: 0,
        nowMs: SPANS,
        matches: null,
        selected: null,
        phase: 0,
        isPlain: false,
        ticksOf: (fromMs, toMs, most) => ticks(fromMs, toMs, 0, most),
        labelOf: (item) => `span ${item % FAMILY}`,
        noteOf: (_item, lengthMs) => `${Math.round(lengthMs)} ms`,
      });
    }
  }
}

/** A trace like others: some spans side by side, some not in order of time. */
function madeUp(): SpanBatch {
  const batch: SpanBatch = {
    from: 0,
    startMs: new Float64Array(SPANS),
    endMs: new Float64Array(SPANS).fill(SPANS),
    parent: new Int32Array(SPANS).fill(-1),
    depth: new Uint16Array(SPANS),
    flags: new Uint8Array(SPANS),
    colour: new Uint8Array(SPANS),
    name: new Int32Array(SPANS),
  };
  for (let at = 1; at < SPANS; at += 1) {
    const place = (at - 1) % FAMILY;
    const start = at - 1 - place + ((at * 7) % 3);
    batch.parent[at] = place === 0 ? 0 : at - 1 - ((place - 1) % 3);
    batch.depth[at] = place === 0 ? 1 : batch.depth[batch.parent[at]!]! + 1;
    batch.startMs[at] = start + place * 0.9;
    batch.flags[at] = at % 50 === 0 ? ENTRY_ERROR : 0;
    batch.colour[at] = place;
    batch.endMs[at] = place === 0 ? start + 2 * FAMILY : batch.startMs[at]! + 0.8;
  }
  return batch;
}
