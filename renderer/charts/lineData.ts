import type uPlot from 'uplot';
import type { SeriesStyle } from './seriesStyle.ts';

export type LineSeries = {
  readonly name: string;
  readonly colour: SeriesStyle['colour'] | '--chart-none' | '--bad';
  readonly dash?: readonly number[];
  readonly isFilled?: boolean;
  /** One a step; `null` where nothing is known. */
  readonly values: readonly (number | null)[];
};
export type Dot = {
  readonly timeMs: number;
  readonly value: number;
  readonly traceId: string;
  readonly spanId: string;
  /** The one that was come for. */
  readonly isMarked?: boolean;
};
/** The pointer is on a dot that is no farther away. */
const REACH_PX = 8;

/** Steps between ticks where only whole numbers are shown. */
export const WHOLE_STEPS: readonly number[] = Array.from({ length: 16 }, (_, power) => [
  10 ** power,
  2 * 10 ** power,
  5 * 10 ** power,
]).flat();

/** Whether nothing but whole numbers is shown, as of things that are counted. */
export function isWhole(series: readonly LineSeries[]): boolean {
  return series.every(({ values }) => values.every((value) => value === null || Number.isInteger(value)));
}

/** Each series on top of those before it; a gap counts as nothing where any other has something. */
export function stackedValues(series: readonly LineSeries[]): (number | null)[][] {
  const steps = series[0]?.values.length ?? 0;
  const sums = new Array<number>(steps).fill(0);
  const isKnown = Array.from({ length: steps }, (_, step) =>
    series.some(({ values }) => values[step] !== null),
  );
  return series.map(({ values }) =>
    values.map((value, step) => {
      sums[step]! += value ?? 0;
      return isKnown[step] ? sums[step]! : null;
    }),
  );
}

/** Steps with nothing known on either side, which no line goes through. `null` where there are none. */
export function loneSteps(values: ArrayLike<number | null | undefined>): number[] | null {
  const lone: number[] = [];
  for (let step = 0; step < values.length; step += 1) {
    if ((values[step] ?? null) === null) continue;
    if ((values[step - 1] ?? null) === null && (values[step + 1] ?? null) === null) lone.push(step);
  }
  return lone.length === 0 ? null : lone;
}

/** Where a dot stands on the canvas, in its pixels; one above the axis at the axis's edge. */
export function dotPlace(chart: uPlot, { timeMs, value }: Dot, isCanvas: boolean): { x: number; y: number } {
  const { min, max } = chart.scales['y']!;
  const within = Math.min(max ?? value, Math.max(min ?? value, value));
  return { x: chart.valToPos(timeMs, 'x', isCanvas), y: chart.valToPos(within, 'y', isCanvas) };
}

export function dotAt(chart: uPlot, dots: readonly Dot[], event: MouseEvent): Dot | null {
  const box = chart.over.getBoundingClientRect();
  const [x, y] = [event.clientX - box.left, event.clientY - box.top];
  return nearestDot(chart, dots, x, y);
}

export function nearestDot(chart: uPlot, dots: readonly Dot[], x: number, y: number): Dot | null {
  let best: Dot | null = null;
  let bestPx = REACH_PX;
  for (const dot of dots) {
    const place = dotPlace(chart, dot, false);
    const px = Math.hypot(place.x - x, place.y - y);
    if (px <= bestPx) [best, bestPx] = [dot, px];
  }
  return best;
}
