/** Boxes -> picture. All sizes in device pixels. */
import { ENTRY_ADDED, ENTRY_ERROR, ENTRY_OPEN, ENTRY_REMOVED, ENTRY_SOME_ERRORS } from '../derive/tracks.ts';
import { formatCount } from '../../shared/units.ts';
import { BOX_CUT_LEFT, BOX_CUT_RIGHT, BOX_MATCH } from './layout.ts';
import type { Boxes } from './layout.ts';
import type { FlameContext, Surface } from './surface.ts';
import { ERROR_FILL } from './theme.ts';
import type { FlameTheme } from './theme.ts';
import type { Tick } from './ticks.ts';

export type Scene = {
  readonly fromMs: number;
  readonly toMs: number;
  readonly ticks: readonly Tick[];
  /** Height of the time axis on top. */
  readonly deviceAxis: number;
  readonly deviceRow: number;
  /** How far the rows are scrolled. */
  readonly deviceScroll: number;
  readonly labelOf: (item: number) => string;
  /** Shown behind the label where there is room. */
  readonly noteOf: (item: number, lengthMs: number) => string;
  /** Whether boxes that are no search hits step back. */
  readonly isSearching: boolean;
  /** What is selected, in ms and rows; `null` for nothing. */
  readonly selected: { readonly row: number; readonly startMs: number; readonly endMs: number } | null;
  /** Fills alone, without labels, marks, edges and gaps: for strips too low to read. */
  readonly isPlain: boolean;
  /** 0..1, moves the edge of open spans; 0 where motion is unwelcome. */
  readonly phase: number;
};

/** CSS pixels from which a box carries its name. */
const LABEL_WIDTH = 36;
const PADDING = 5;

/** Paints a frame. */
export function draw(surface: Surface, boxes: Boxes, theme: FlameTheme, scene: Scene): void {
  const { context, deviceWidth, deviceHeight, ratio } = surface;
  context.globalAlpha = 1;
  context.fillStyle = theme.background;
  context.fillRect(0, 0, deviceWidth, deviceHeight);
  drawGrid(surface, theme, scene);
  fillStrip(surface, boxes, theme, scene);
  for (let i = 0; i < boxes.rowCount; i += 1) {
    if (boxes.rowStart[i] === boxes.rowStart[i + 1]) continue;
    const gap = scene.isPlain ? 0 : Math.max(1, Math.round(ratio));
    surface.strip.stretch(i, rowY(scene, boxes.firstRow + i), scene.deviceRow - gap);
  }
  if (scene.isPlain) return;
  drawOpenEdges(surface, boxes, theme, scene);
  drawHatching(surface, boxes, theme, scene);
  drawErrorMarks(surface, boxes, theme, scene);
  drawMerged(surface, boxes, theme, scene);
  drawLabels(surface, boxes, theme, scene);
  drawSelection(surface, theme, scene);
  drawAxis(surface, theme, scene);
}

function rowY(scene: Scene, row: number): number {
  return scene.deviceAxis + row * scene.deviceRow - scene.deviceScroll;
}

function fillStrip({ strip, deviceWidth }: Surface, boxes: Boxes, theme: FlameTheme, scene: Scene): void {
  const pixels = strip.begin(deviceWidth, boxes.rowCount);
  const { x0, x1, colour, flags } = boxes;
  for (let i = 0; i < boxes.rowCount; i += 1) {
    const line = i * deviceWidth;
    for (let box = boxes.rowStart[i]!; box < boxes.rowStart[i + 1]!; box += 1) {
      const flag = flags[box]!;
      const fills = scene.isSearching && (flag & BOX_MATCH) === 0 ? theme.dimFills : theme.fills;
      const fill = fills[(flag & ENTRY_ERROR) !== 0 ? ERROR_FILL : colour[box]!]!;
      const right = x1[box]!;
      // A gap tells neighbours of one colour apart.
      const end = right - x0[box]! >= 4 && (flag & (BOX_CUT_RIGHT | ENTRY_OPEN)) === 0 ? right - 1 : right;
      for (let x = x0[box]!; x < end; x += 1) pixels[line + x] = fill;
    }
  }
  strip.finish();
}

/** A fade and a torn edge where the end is not known yet. */
function drawOpenEdges({ context, ratio }: Surface, boxes: Boxes, theme: FlameTheme, scene: Scene): void {
  const tooth = 4 * ratio;
  const height = scene.deviceRow - Math.max(1, Math.round(ratio));
  const shift = scene.phase * tooth * 2;
  context.fillStyle = theme.background;
  for (let i = 0; i < boxes.rowCount; i += 1) {
    const y = rowY(scene, boxes.firstRow + i);
    for (let box = boxes.rowStart[i]!; box < boxes.rowStart[i + 1]!; box += 1) {
      const flag = boxes.flags[box]!;
      if ((flag & ENTRY_OPEN) === 0 || (flag & BOX_CUT_RIGHT) !== 0) continue;
      const x1 = boxes.x1[box]!;
      const width = x1 - boxes.x0[box]!;
      if (width < tooth * 2) continue;
      const fade = Math.min(32 * ratio, width / 2);
      for (let step = 0; step < 4; step += 1) {
        context.globalAlpha = 0.16 * (step + 1);
        context.fillRect(x1 - fade + (step * fade) / 4, y, fade / 4, height);
      }
      context.globalAlpha = 1;
      context.beginPath();
      context.moveTo(x1, y);
      for (let down = -tooth * 2 + shift; down < height + tooth; down += tooth * 2) {
        const top = Math.min(height, Math.max(0, down));
        const bottom = Math.min(height, Math.max(0, down + tooth));
        context.lineTo(x1, y + top);
        context.lineTo(x1 - tooth, y + bottom);
      }
      context.lineTo(x1, y + height);
      context.closePath();
      context.fill();
    }
  }
}

/** A corner on what is wide enough, a notch on what is not: errors are seen without colour as well. */
function drawErrorMarks({ context, ratio }: Surface, boxes: Boxes, theme: FlameTheme, scene: Scene): void {
  const size = Math.round(7 * ratio);
  const height = scene.deviceRow - Math.max(1, Math.round(ratio));
  let found = false;
  for (let i = 0; i < boxes.rowCount; i += 1) {
    const y = rowY(scene, boxes.firstRow + i);
    for (let box = boxes.rowStart[i]!; box < boxes.rowStart[i + 1]!; box += 1) {
      if ((boxes.flags[box]! & (ENTRY_ERROR | ENTRY_SOME_ERRORS)) === 0) continue;
      if (!found) context.beginPath();
      found = true;
      const x0 = boxes.x0[box]!;
      const x1 = boxes.x1[box]!;
      if (x1 - x0 > size * 2) {
        context.moveTo(x0, y);
        context.lineTo(x0 + size, y);
        context.lineTo(x0, y + size);
        context.closePath();
        context.rect(x0, y + height - 2 * ratio, x1 - x0 - 1, 2 * ratio);
      } else context.rect(x0, y, x1 - x0, Math.round(height / 2));
    }
  }
  if (!found) return;
  context.fillStyle = theme.errorMark;
  context.fill();
}

/** Slanted lines over what only one of two compared things has: rising for what was added, falling for what is gone. */
function drawHatching({ context, ratio }: Surface, boxes: Boxes, theme: FlameTheme, scene: Scene): void {
  const height = scene.deviceRow - Math.max(1, Math.round(ratio));
  const step = 7 * ratio;
  let found = false;
  for (let i = 0; i < boxes.rowCount; i += 1) {
    const y = rowY(scene, boxes.firstRow + i);
    for (let box = boxes.rowStart[i]!; box < boxes.rowStart[i + 1]!; box += 1) {
      const flag = boxes.flags[box]!;
      if ((flag & (ENTRY_ADDED | ENTRY_REMOVED)) === 0) continue;
      const x0 = boxes.x0[box]!;
      const x1 = boxes.x1[box]!;
      if (x1 - x0 < 3) continue;
      if (!found) context.beginPath();
      found = true;
      const isRising = (flag & ENTRY_ADDED) !== 0;
      for (let from = x0 - height; from < x1; from += step) {
        const left = Math.max(x0, from);
        const right = Math.min(x1, from + height);
        context.moveTo(left, isRising ? y + height - (left - from) : y + left - from);
        context.lineTo(right, isRising ? y + height - (right - from) : y + right - from);
      }
    }
  }
  if (!found) return;
  context.strokeStyle = theme.text;
  context.lineWidth = Math.max(1, ratio);
  context.globalAlpha = 0.28;
  context.stroke();
  context.globalAlpha = 1;
}

/** Gap in CSS pixels that a run of merged boxes reaches over. */
const RUN_GAP = 2;
/** Runs from this width on are marked; shorter ones are told from a few thin bars at a glance. */
const MARK_WIDTH = 24;

/**
 * Where spans share pixels the picture is not all there is: a line under every longer run of such pixels, and how
 * many spans the longest run of a row holds, where there is room to say it. One label a row, as text is what costs:
 * with one a run a frame takes twice as long.
 */
function drawMerged({ context, ratio }: Surface, boxes: Boxes, theme: FlameTheme, scene: Scene): void {
  if (boxes.mergedBoxes === 0) return;
  const height = scene.deviceRow - Math.max(1, Math.round(ratio));
  const gap = RUN_GAP * ratio;
  const least = MARK_WIDTH * ratio;
  const line = Math.max(1, Math.round(ratio));
  const { x0, x1, merged } = boxes;
  const labels: { y: number; left: number; right: number; count: number }[] = [];
  context.fillStyle = theme.muted;
  for (let i = 0; i < boxes.rowCount; i += 1) {
    const end = boxes.rowStart[i + 1]!;
    const y = rowY(scene, boxes.firstRow + i);
    let longest: (typeof labels)[number] | null = null;
    for (let box = boxes.rowStart[i]!; box < end;) {
      if (merged[box]! < 2) {
        box += 1;
        continue;
      }
      const left = x0[box]!;
      let right = x1[box]!;
      let count = merged[box]!;
      // A pixel with one span between two with many belongs to the run, but is not counted.
      for (box += 1; box < end; box += 1) {
        const from = x0[box]!;
        if (x1[box]! - from > 1 || from - right > gap) break;
        if (merged[box]! > 1) {
          count += merged[box]!;
          right = x1[box]!;
        }
      }
      if (right - left < least) continue;
      context.fillRect(left, y + height - line, right - left, line);
      if (longest === null || right - left > longest.right - longest.left)
        longest = { y, left, right, count };
    }
    if (longest !== null) labels.push(longest);
  }
  if (labels.length === 0) return;
  const font = `${11 * ratio}px ${theme.font}`;
  context.font = font;
  context.textBaseline = 'middle';
  context.textAlign = 'left';
  // Put together from its parts: every frame has other counts, and measuring text takes longer than drawing it.
  const word = textWidth(context, font, ' merged');
  const digit = textWidth(context, font, '0');
  for (const { y, left, right, count } of labels) {
    const number = formatCount(count);
    const text = `${number} merged`;
    const width = word + number.length * digit + 8 * ratio;
    if (width > right - left) continue;
    const from = Math.round((left + right - width) / 2);
    context.fillStyle = theme.background;
    context.fillRect(from, y + 2 * ratio, width, height - 4 * ratio);
    context.fillStyle = theme.muted;
    context.fillText(text, from + 4 * ratio, y + height / 2 + 0.5 * ratio);
  }
}

function drawLabels(
  { context, ratio, deviceWidth }: Surface,
  boxes: Boxes,
  theme: FlameTheme,
  scene: Scene,
): void {
  const least = LABEL_WIDTH * ratio;
  const padding = PADDING * ratio;
  const font = `${11 * ratio}px ${theme.font}`;
  context.font = font;
  context.textBaseline = 'middle';
  context.textAlign = 'left';
  let style = '';
  for (let i = 0; i < boxes.rowCount; i += 1) {
    const y = rowY(scene, boxes.firstRow + i) + (scene.deviceRow - ratio) / 2 + 0.5 * ratio;
    for (let box = boxes.rowStart[i]!; box < boxes.rowStart[i + 1]!; box += 1) {
      const x0 = boxes.x0[box]!;
      const x1 = Math.min(deviceWidth, boxes.x1[box]!);
      if (x1 - x0 < least) continue;
      const flag = boxes.flags[box]!;
      const item = boxes.item[box]!;
      const isDim = scene.isSearching && (flag & BOX_MATCH) === 0;
      const isError = (flag & ENTRY_ERROR) !== 0;
      const hasMark = (flag & (ENTRY_ERROR | ENTRY_SOME_ERRORS)) !== 0;
      const wanted = isDim ? theme.muted : theme.textOn[isError ? ERROR_FILL : boxes.colour[box]!]!;
      if (wanted !== style) context.fillStyle = style = wanted;
      const left = x0 + padding + (hasMark && (flag & BOX_CUT_LEFT) === 0 ? 5 * ratio : 0);
      const room = x1 - left - padding - ((flag & ENTRY_OPEN) !== 0 ? 8 * ratio : 0);
      const label = scene.labelOf(item);
      const width = textWidth(context, font, label);
      if (width > room) {
        const short = shortened(context, font, label, room);
        if (short !== '') context.fillText(short, left, y);
        continue;
      }
      context.fillText(label, left, y);
      if (room - width < 58 * ratio) continue;
      const note = scene.noteOf(item, boxes.lengthMs[box]!);
      if (textWidth(context, font, note) + 10 * ratio > room - width) continue;
      context.globalAlpha = 0.86;
      context.fillText(note, left + width + 8 * ratio, y);
      context.globalAlpha = 1;
    }
  }
}

/**
 * Widths by font and text; names repeat, so nearly every label is measured once. The font is told, as asking the
 * context for it writes out all families of the list.
 */
const widths = new Map<string, number>();
let widthsFont = '';
function textWidth(context: FlameContext, font: string, text: string): number {
  if (widthsFont !== font || widths.size > 4000) {
    widths.clear();
    widthsFont = font;
  }
  let width = widths.get(text);
  if (width === undefined) {
    width = context.measureText(text.length > 300 ? text.slice(0, 300) : text).width;
    if (text.length > 300) width *= text.length / 300;
    widths.set(text, width);
  }
  return width;
}

/**
 * The start of a text and an ellipsis that fit into `room` together; empty where not even two characters do. Characters
 * are measured one by one, each once: scripts differ in width, and what kerning adds or takes is less than the padding.
 */
function shortened(context: FlameContext, font: string, text: string, room: number): string {
  let left = room - textWidth(context, font, '…');
  let end = 0;
  let count = 0;
  for (const character of text) {
    left -= textWidth(context, font, character);
    if (left < 0) break;
    end += character.length;
    count += 1;
  }
  return count < 2 ? '' : `${text.slice(0, end)}…`;
}

function drawSelection({ context, ratio, deviceWidth }: Surface, theme: FlameTheme, scene: Scene): void {
  const { selected, fromMs, toMs } = scene;
  if (selected === null) return;
  const scale = deviceWidth / (toMs - fromMs);
  const left = Math.max(-4 * ratio, (selected.startMs - fromMs) * scale);
  const right = Math.min(deviceWidth + 4 * ratio, (selected.endMs - fromMs) * scale);
  if (right < 0 || left > deviceWidth) return;
  const line = 2 * ratio;
  context.lineWidth = line;
  context.strokeStyle = theme.selection;
  const width = Math.max(4 * ratio, right - left);
  context.strokeRect(
    left + line / 2,
    rowY(scene, selected.row) + line / 2,
    width - line,
    scene.deviceRow - line - ratio,
  );
}

function drawGrid(
  { context, deviceWidth, deviceHeight, ratio }: Surface,
  theme: FlameTheme,
  scene: Scene,
): void {
  context.fillStyle = theme.grid;
  for (const tick of scene.ticks) {
    const x = Math.round(((tick.ms - scene.fromMs) / (scene.toMs - scene.fromMs)) * deviceWidth);
    context.fillRect(x, 0, Math.max(1, Math.round(ratio)), deviceHeight);
  }
}

/** Last of all, since rows scroll away below it. */
function drawAxis({ context, deviceWidth, ratio }: Surface, theme: FlameTheme, scene: Scene): void {
  if (scene.deviceAxis === 0) return;
  const line = Math.max(1, Math.round(ratio));
  context.fillStyle = theme.background;
  context.fillRect(0, 0, deviceWidth, scene.deviceAxis - line);
  context.fillStyle = theme.grid;
  context.fillRect(0, scene.deviceAxis - 2 * line, deviceWidth, line);
  const font = `${11 * ratio}px ${theme.font}`;
  context.font = font;
  context.textBaseline = 'middle';
  context.textAlign = 'left';
  for (const tick of scene.ticks) {
    const x = Math.round(((tick.ms - scene.fromMs) / (scene.toMs - scene.fromMs)) * deviceWidth);
    context.fillStyle = theme.grid;
    context.fillRect(x, 0, line, scene.deviceAxis - line);
    context.fillStyle = theme.muted;
    if (x + 4 * ratio + textWidth(context, font, tick.label) > deviceWidth) continue;
    context.fillText(tick.label, x + 4 * ratio, (scene.deviceAxis - 2 * line) / 2);
  }
}
