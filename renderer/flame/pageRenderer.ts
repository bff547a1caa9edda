/** Draws in the window itself: at once, and without a copy of anything. */
import type { FlameFrame, FlameRenderer, RendererOptions } from './flameRenderer.ts';
import { NO_HIT } from './flameRenderer.ts';
import type { FlameModel } from './flameModel.ts';
import { Boxes } from './layout.ts';
import { boxAt, paintFlame } from './paintFlame.ts';
import { canvasSurface } from './surface.ts';
import type { Surface } from './surface.ts';
import { readTheme } from './theme.ts';
import type { FlameTheme } from './theme.ts';
import { ticks } from './ticks.ts';

export function createPageRenderer({ host, isPlain, onPainted }: RendererOptions): FlameRenderer {
  const canvas = document.createElement('canvas');
  canvas.setAttribute('aria-hidden', 'true');
  host.prepend(canvas);
  const boxes = new Boxes();
  let surface: Surface | null = null;
  let theme: FlameTheme | null = null;
  let cssHeight = 0;
  let last: FlameFrame | null = null;
  let rowCount = 0;
  return {
    kind: 'page',
    isBusy: false,
    get rowCount() {
      return rowCount;
    },
    resize(cssWidth, height, ratio) {
      cssHeight = height;
      const width = Math.max(1, Math.round(cssWidth * ratio));
      const deviceHeight = Math.max(1, Math.round(height * ratio));
      if (canvas.width === width && canvas.height === deviceHeight && surface?.ratio === ratio) return;
      canvas.width = width;
      canvas.height = deviceHeight;
      surface = canvasSurface(canvas, ratio);
    },
    forgetTheme() {
      theme = null;
    },
    paint(frame) {
      last = frame;
      if (surface === null) return;
      const began = performance.now();
      const { model, nowMs, selected } = frame;
      theme ??= readTheme(canvas);
      const stats = paintFlame(surface, boxes, theme, {
        columns: model.columns,
        window: frame.window,
        cssHeight,
        cssScroll: frame.cssScroll,
        nowMs,
        matches: frame.matches,
        selected:
          selected < 0
            ? null
            : {
                row: model.rowOf(selected),
                startMs: model.startMs(selected),
                endMs: model.endMs(selected, nowMs),
              },
        phase: frame.phase,
        isPlain,
        ticksOf: ticksOf(model, nowMs),
        labelOf: model.labelOf,
        noteOf: model.noteOf,
      });
      rowCount = stats.rows;
      onPainted({ ...stats, ms: performance.now() - began });
    },
    hit(cssX, cssY, answer) {
      const box = last === null ? -1 : boxAt(boxes, surface?.ratio ?? 1, last.cssScroll, cssX, cssY);
      answer(box < 0 ? NO_HIT : { item: boxes.item[box]!, merged: boxes.merged[box]! });
    },
    rowOf(model, item, answer) {
      answer(model.rowOf(item));
    },
    close() {
      canvas.remove();
      surface = null;
    },
  };
}

function ticksOf(model: FlameModel, nowMs: number) {
  if (model.ticksOf !== undefined) return model.ticksOf;
  const [zeroMs] = model.extent(nowMs);
  return (fromMs: number, toMs: number, most: number) => ticks(fromMs, toMs, zeroMs, most);
}
