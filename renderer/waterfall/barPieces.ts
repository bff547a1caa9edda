/** Parts of a bar as one background: some hundred elements less than a part each. */

import type { TraceIndex } from './waterfallIndex.ts';

/** Parts in percent of the bar, one after the other. */
export type BarPart = readonly [from: number, to: number];

/** What a row shows of a bar, in percent of the time column; a bar may lie outside of 0..100. */
export type BarFrame = {
  readonly fromMs: number;
  readonly toMs: number;
  /** ms that one pixel stands for. */
  readonly msPerPx: number;
};

const MAX_PARTS = 120;

/** Collects stretches of time of a bar; those closer than a pixel become one. */
export class BarParts {
  readonly #frame: BarFrame;
  readonly #parts: [from: number, to: number][] = [];

  constructor(frame: BarFrame) {
    this.#frame = frame;
  }

  /** In order of time. */
  add(fromMs: number, toMs: number): void {
    const { msPerPx } = this.#frame;
    const from = Math.max(this.#frame.fromMs, fromMs);
    const to = Math.min(this.#frame.toMs, Math.max(toMs, fromMs + msPerPx));
    if (!(to > from)) return;
    const last = this.#parts.at(-1);
    if (last !== undefined && (from - last[1] < msPerPx || this.#parts.length >= MAX_PARTS)) {
      last[1] = Math.max(last[1], to);
    } else this.#parts.push([from, to]);
  }

  get parts(): readonly BarPart[] {
    const { fromMs, toMs } = this.#frame;
    const length = toMs - fromMs;
    return this.#parts.map(([from, to]) => [
      ((from - fromMs) / length) * 100,
      ((to - fromMs) / length) * 100,
    ]);
  }
}

/** As the value of `background-image`; `''` where there are none. */
export function partsGradient(parts: readonly BarPart[], colour: string, rest = 'transparent'): string {
  if (parts.length === 0) return '';
  const stops: string[] = [];
  for (const [from, to] of parts) {
    const [a, b] = [`${from.toFixed(2)}%`, `${to.toFixed(2)}%`];
    stops.push(`${rest} ${a}`, `${colour} ${a}`, `${colour} ${b}`, `${rest} ${b}`);
  }
  return `linear-gradient(90deg, ${stops.join(', ')})`;
}

/** The stretches of a frame in which none of its children ran. `kids` are in order of start; what is open ends at `nowMs`. */
export function selfParts(
  frame: BarFrame,
  kids: Int32Array,
  { startMs, endMs, isOpen }: Pick<TraceIndex, 'startMs' | 'endMs' | 'isOpen'>,
  nowMs: number,
): readonly BarPart[] {
  const found = new BarParts(frame);
  let covered = frame.fromMs;
  for (const kid of kids) {
    const start = startMs[kid]!;
    if (start >= frame.toMs) break;
    const end = isOpen[kid] === 1 ? Math.max(nowMs, endMs[kid]!) : endMs[kid]!;
    if (end <= covered) continue;
    // What is thinner than half a pixel shows nothing.
    if (start - covered > frame.msPerPx / 2) found.add(covered, start);
    covered = end;
  }
  if (frame.toMs - covered > frame.msPerPx / 2) found.add(covered, frame.toMs);
  return found.parts;
}
