/**
 * The worker's side: holds the rows of one trace, draws them on the canvases it was given and answers what is
 * where. Knows messages alone, so that it can be tried without a worker.
 */
import { formatDuration } from '../../shared/units.ts';
import { writtenRoom } from '../derive/batchRoom.ts';
import { I32Column } from '../derive/chunkedColumn.ts';
import { TrackPlacer } from '../derive/trackPlacer.ts';
import { Boxes } from './layout.ts';
import { boxAt, paintFlame } from './paintFlame.ts';
import { canvasSurface } from './surface.ts';
import type { Surface } from './surface.ts';
import type { FlameTheme } from './theme.ts';
import { ticks } from './ticks.ts';
import { warmUp } from './warmUp.ts';
import type { FromWorker, FrameRequest, ToWorker } from './workerMessages.ts';

type View = {
  readonly canvas: OffscreenCanvas;
  readonly isPlain: boolean;
  readonly boxes: Boxes;
  surface: Surface | null;
  theme: FlameTheme | null;
  matches: Uint8Array | null;
  cssHeight: number;
  cssScroll: number;
};

export function createWorkerHost(
  post: (message: FromWorker, transfer?: Transferable[]) => void,
  surfaceOf: (canvas: OffscreenCanvas, ratio: number) => Surface | null = canvasSurface,
): (message: ToWorker) => void {
  const placer = new TrackPlacer();
  const names: string[] = [];
  const nameOf = new I32Column();
  const views = new Map<number, View>();
  let generation = 0;

  const learn = (learnt: readonly (readonly [id: number, name: string])[]) => {
    for (const [id, name] of learnt) names[id] = name;
  };

  function lend(spans: number) {
    const room = writtenRoom(spans);
    post({ kind: 'room', room }, [room.columns, room.names]);
  }

  function paint(number: number, view: View, frame: FrameRequest) {
    const { surface, theme } = view;
    // The window draws itself when this one cannot.
    if (surface === null || theme === null) throw new Error('There is no canvas to draw on');
    const began = performance.now();
    const { selected, zeroMs } = frame;
    view.cssScroll = frame.cssScroll;
    const stats = paintFlame(surface, view.boxes, theme, {
      columns: placer.tracks,
      window: frame.window,
      cssHeight: view.cssHeight,
      cssScroll: frame.cssScroll,
      nowMs: frame.nowMs,
      matches: view.matches,
      selected: selected === null ? null : { ...selected, row: placer.rowOf(selected.item) },
      phase: frame.phase,
      isPlain: view.isPlain,
      ticksOf: (fromMs, toMs, most) => ticks(fromMs, toMs, zeroMs, most),
      labelOf: (item) => names[nameOf.get(item)] ?? '',
      noteOf: (_item, lengthMs) => formatDuration(lengthMs),
    });
    post({
      kind: 'painted',
      view: number,
      ms: performance.now() - began,
      stats,
      overflow: placer.tracks.overflowCount,
      bytes: placer.bytes() + nameOf.bytes(),
    });
  }

  return (message) => {
    switch (message.kind) {
      case 'prepare':
        // First: large memory has garbage collected, and what was compiled before is slow afterwards.
        placer.reserve(message.spans);
        lend(message.spans);
        warmUp(
          createWorkerHost(() => undefined, surfaceOf),
          message.font,
        );
        return;
      case 'clear':
        generation = message.generation;
        placer.clear();
        nameOf.clear();
        return;
      case 'spans':
        learn(message.names);
        nameOf.take(message.batch.name);
        placer.add(message.batch);
        return;
      case 'settled':
        learn(message.names);
        for (const { node, startMs, endMs, flags, colour, name } of message.spans) {
          nameOf.set(node, name);
          placer.settle(node, startMs, endMs, flags, colour);
        }
        return;
      case 'attach':
        views.set(message.view, {
          canvas: message.canvas,
          isPlain: message.isPlain,
          boxes: new Boxes(),
          surface: null,
          theme: null,
          matches: null,
          cssHeight: 0,
          cssScroll: 0,
        });
        return;
      case 'row':
        post({ kind: 'row', request: message.request, generation, row: placer.rowOf(message.item) });
        return;
      case 'detach':
        views.delete(message.view);
        return;
    }
    const view = views.get(message.view);
    if (view === undefined) return;
    switch (message.kind) {
      case 'size': {
        const { cssWidth, cssHeight, ratio } = message;
        view.cssHeight = cssHeight;
        view.canvas.width = Math.max(1, Math.round(cssWidth * ratio));
        view.canvas.height = Math.max(1, Math.round(cssHeight * ratio));
        view.surface = surfaceOf(view.canvas, ratio);
        return;
      }
      case 'theme':
        view.theme = message.theme;
        return;
      case 'matches':
        view.matches = message.matches;
        return;
      case 'paint':
        paint(message.view, view, message.frame);
        return;
      case 'hit': {
        const { cssX, cssY, request } = message;
        const { boxes, surface, cssScroll } = view;
        const box = surface === null ? -1 : boxAt(boxes, surface.ratio, cssScroll, cssX, cssY);
        const item = box < 0 ? -1 : boxes.item[box]!;
        post({ kind: 'hit', request, generation, item, merged: box < 0 ? 0 : boxes.merged[box]! });
      }
    }
  };
}
