/** Has the code that a large trace is placed and drawn with compiled before the trace is there. */
import { ENTRY_ERROR } from '../derive/tracks.ts';
import type { SpanBatch } from '../derive/tracks.ts';
import { flameTheme } from './theme.ts';
import type { ToWorker } from './workerMessages.ts';

const SPANS = 40_000;
/** Spans below one of depth 1. */
const FAMILY = 12;
const ROUNDS = 3;
/** Frames of a round, each nearer than the one before. */
const FRAMES = 6;

/**
 * Has a host that nobody else talks to draw a made-up trace where nobody sees it. Takes some 100 ms, which a worker has
 * while the trace is read. What it is told differs in all that may differ later: compiled code knows the kinds of numbers
 * that it met (a whole 0 for the start of a window, say), and is thrown away by the first frame that has others.
 */
export function warmUp(receive: (message: ToWorker) => void, font: string): void {
  // As it comes from the window.
  const tell = (message: ToWorker) => receive(structuredClone(message));
  const theme = flameTheme(
    {
      background: [255, 255, 255],
      text: [0, 0, 0],
      muted: [90, 90, 90],
      border: [200, 200, 200],
      accent: [0, 0, 200],
      danger: [200, 0, 0],
    },
    font,
  );
  const names = Array.from({ length: FAMILY }, (_, id) => [id, `span ${id}`] as const);
  for (let view = 0; view < ROUNDS; view += 1) {
    const canvas = new OffscreenCanvas(1, 1);
    receive({ kind: 'attach', view, canvas, isPlain: false });
    tell({ kind: 'size', view, cssWidth: 1200, cssHeight: 800, ratio: 1 + (view % 2) / 4 });
    tell({ kind: 'theme', view, theme });
    tell({ kind: 'clear', generation: view });
    tell({ kind: 'spans', batch: madeUp(view), names });
    for (let frame = 0; frame < FRAMES; frame += 1) {
      const lengthMs = SPANS / 4 ** frame;
      const fromMs = frame === 0 ? 0 : (SPANS - lengthMs) / 3;
      const selected = frame % 2 === 0 ? null : { item: frame, startMs: fromMs + 0.5, endMs: fromMs + 1.5 };
      const window = { fromMs, toMs: fromMs + lengthMs };
      tell({
        kind: 'paint',
        view,
        frame: {
          window,
          cssScroll: frame / 2,
          nowMs: SPANS + frame / 2,
          zeroMs: frame / 2,
          selected,
          phase: frame / FRAMES,
        },
      });
      tell({ kind: 'hit', view, request: frame, cssX: 300.5, cssY: 100 });
    }
    tell({ kind: 'detach', view });
  }
}

/** A trace like others: some spans side by side, and all but the last in no order of time. */
function madeUp(round: number): SpanBatch {
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
  const isInOrder = round === ROUNDS - 1;
  for (let at = 1; at < SPANS; at += 1) {
    const place = (at - 1) % FAMILY;
    const start = at - 1 - place + (isInOrder ? 0 : (at * 7) % 3);
    batch.parent[at] = place === 0 ? 0 : at - 1 - ((place - 1) % 3);
    batch.depth[at] = place === 0 ? 1 : batch.depth[batch.parent[at]!]! + 1;
    batch.startMs[at] = start + place * 0.9;
    batch.flags[at] = at % 50 === 0 ? ENTRY_ERROR : 0;
    batch.colour[at] = place;
    batch.name[at] = place;
    batch.endMs[at] = place === 0 ? start + 2 * FAMILY : batch.startMs[at]! + 0.8;
  }
  return batch;
}
