/** One canvas and what is drawn on it: keeps the boxes of the last frame, which is what pointers hit. */
import { draw } from './draw.ts';
import type { FlameModel } from './flameModel.ts';
import { AXIS_HEIGHT, ROW_HEIGHT } from './flameView.ts';
import type { FlameViewState } from './flameView.ts';
import { hitTest } from './hitTest.ts';
import { Boxes, layout } from './layout.ts';
import { canvasSurface } from './surface.ts';
import type { Surface } from './surface.ts';
import { readTheme } from './theme.ts';
import type { FlameTheme } from './theme.ts';
import { prefixed, ticks } from './ticks.ts';

export type FrameInput = {
  readonly model: FlameModel;
  readonly nowMs: number;
  /** 1 for every item that a search found; `null` while nothing is searched. */
  readonly matches: Uint8Array | null;
  readonly selected: number;
  readonly phase: number;
};

export class FlamePainter {
  readonly boxes = new Boxes();
  readonly #canvas: HTMLCanvasElement;
  #surface: Surface | null = null;
  #theme: FlameTheme | null = null;

  constructor(canvas: HTMLCanvasElement) {
    this.#canvas = canvas;
  }

  /** Sets the canvas to its size on the screen. */
  resize(cssWidth: number, cssHeight: number, ratio: number): void {
    const width = Math.max(1, Math.round(cssWidth * ratio));
    const height = Math.max(1, Math.round(cssHeight * ratio));
    if (this.#canvas.width === width && this.#canvas.height === height && this.#surface?.ratio === ratio)
      return;
    this.#canvas.width = width;
    this.#canvas.height = height;
    this.#surface = canvasSurface(this.#canvas, ratio);
  }

  forgetTheme(): void {
    this.#theme = null;
  }

  paint(view: FlameViewState, { model, nowMs, matches, selected, phase }: FrameInput): void {
    const surface = this.#surface;
    if (surface === null) return;
    this.#theme ??= readTheme(this.#canvas);
    const { deviceWidth, ratio } = surface;
    const { fromMs, toMs } = view.window;
    const firstRow = Math.floor(view.cssScroll / ROW_HEIGHT);
    const rows = Math.ceil((view.cssHeight - AXIS_HEIGHT) / ROW_HEIGHT) + 1;
    const lastRow = firstRow + rows;
    layout(model.columns, { fromMs, toMs, deviceWidth, firstRow, lastRow, nowMs }, this.boxes, matches);
    const [startMs] = model.extent(nowMs);
    draw(surface, this.boxes, this.#theme, {
      fromMs,
      toMs,
      ticks: prefixed(
        ticks(fromMs, toMs, startMs, Math.max(2, Math.floor(view.cssWidth / 110))),
        model.axisPrefix ?? '',
      ),
      deviceAxis: Math.round(AXIS_HEIGHT * ratio),
      deviceRow: Math.round(ROW_HEIGHT * ratio),
      deviceScroll: Math.round(view.cssScroll * ratio),
      labelOf: model.labelOf,
      noteOf: model.noteOf,
      isSearching: matches !== null,
      selected:
        selected < 0
          ? null
          : {
              row: model.rowOf(selected),
              startMs: model.startMs(selected),
              endMs: model.endMs(selected, nowMs),
            },
      isPlain: false,
      phase,
    });
  }

  /** Box under a point of the canvas in CSS pixels; -1 for none. */
  boxAt(view: FlameViewState, cssX: number, cssY: number): number {
    const ratio = this.#surface?.ratio ?? 1;
    const row = view.rowAt(cssY);
    return row < 0 ? -1 : hitTest(this.boxes, Math.floor(cssX * ratio), row, Math.ceil(2 * ratio));
  }
}
