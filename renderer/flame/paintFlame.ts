/** One frame: what is in view -> boxes -> picture. Knows no DOM, so the page and a worker run the same. */
import { draw } from './draw.ts';
import { AXIS_HEIGHT, ROW_HEIGHT } from './flameView.ts';
import { hitTest } from './hitTest.ts';
import { layout } from './layout.ts';
import type { Boxes, FlameColumns } from './layout.ts';
import type { Surface } from './surface.ts';
import type { FlameTheme } from './theme.ts';
import type { Tick } from './ticks.ts';
import type { TimeWindow } from './viewport.ts';

export type PaintInput = {
  readonly columns: FlameColumns;
  readonly window: TimeWindow;
  readonly cssHeight: number;
  readonly cssScroll: number;
  readonly nowMs: number;
  readonly matches: Uint8Array | null;
  readonly selected: { readonly row: number; readonly startMs: number; readonly endMs: number } | null;
  readonly phase: number;
  readonly isPlain: boolean;
  readonly ticksOf: (fromMs: number, toMs: number, most: number) => readonly Tick[];
  readonly labelOf: (item: number) => string;
  readonly noteOf: (item: number, lengthMs: number) => string;
};

/** Of one frame. */
export type FrameStats = {
  readonly rows: number;
  /** Items that share a box with others, and boxes that are shared. */
  readonly mergedItems: number;
  readonly mergedBoxes: number;
};

/** Rows of a strip that tells the shape of a trace; more would be thinner than a pixel. */
const MAX_PLAIN_ROWS = 120;

export function paintFlame(surface: Surface, boxes: Boxes, theme: FlameTheme, input: PaintInput): FrameStats {
  const { columns, window, cssHeight, cssScroll, nowMs, matches, isPlain } = input;
  const { deviceWidth, deviceHeight, ratio } = surface;
  const { fromMs, toMs } = window;
  const rows = columns.rows.length;
  const firstRow = isPlain ? 0 : Math.floor(cssScroll / ROW_HEIGHT);
  const lastRow = isPlain
    ? Math.min(MAX_PLAIN_ROWS, Math.max(1, rows))
    : firstRow + Math.ceil((cssHeight - AXIS_HEIGHT) / ROW_HEIGHT) + 1;
  layout(columns, { fromMs, toMs, deviceWidth, firstRow, lastRow, nowMs }, boxes, matches);
  draw(surface, boxes, theme, {
    fromMs,
    toMs,
    ticks: isPlain ? [] : input.ticksOf(fromMs, toMs, Math.max(2, Math.floor(deviceWidth / ratio / 110))),
    deviceAxis: isPlain ? 0 : Math.round(AXIS_HEIGHT * ratio),
    deviceRow: isPlain ? Math.min(6 * ratio, deviceHeight / lastRow) : Math.round(ROW_HEIGHT * ratio),
    deviceScroll: isPlain ? 0 : Math.round(cssScroll * ratio),
    labelOf: input.labelOf,
    noteOf: input.noteOf,
    isSearching: matches !== null,
    selected: input.selected,
    isPlain,
    phase: input.phase,
  });
  return { rows, mergedItems: boxes.mergedItems, mergedBoxes: boxes.mergedBoxes };
}

/** Box at a point of the frame that was drawn last, in CSS pixels; -1 for none. */
export function boxAt(boxes: Boxes, ratio: number, cssScroll: number, cssX: number, cssY: number): number {
  if (cssY < AXIS_HEIGHT) return -1;
  const row = Math.floor((cssY - AXIS_HEIGHT + cssScroll) / ROW_HEIGHT);
  return hitTest(boxes, Math.floor(cssX * ratio), row, Math.ceil(2 * ratio));
}
