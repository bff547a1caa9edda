import type uPlot from 'uplot';
import { tickText, timeTicks } from '../derive/scatter.ts';
import { dotPlace, loneSteps, WHOLE_STEPS } from './lineData.ts';
import type { Dot, LineSeries } from './lineData.ts';

type Shown = {
  readonly timesMs: readonly number[];
  readonly stepMs: number;
  readonly series: readonly LineSeries[];
  readonly format: (value: number) => string;
  readonly isStacked?: boolean;
  readonly top?: number;
  readonly dots?: readonly Dot[];
  readonly onRange?: (fromMs: number, toMs: number) => void;
};
type Parts = {
  readonly host: HTMLElement;
  readonly size: { readonly widthPx: number; readonly heightPx: number };
  /** Nothing between whole numbers is marked. */
  readonly isWholeAxis: boolean;
  readonly read: () => Shown;
  readonly onCursor: (chart: uPlot) => void;
};

export const AXIS_PX = 64;
/** Shorter drags are clicks. */
const DRAG_PX = 6;
const TICK_PX = 96;

/** uPlot's options: colours are read from the page's styles whenever it draws. */
export function lineOptions({ host, size, isWholeAxis, read, onCursor }: Parts): uPlot.Options {
  const style = getComputedStyle(host);
  const css = (name: string) => style.getPropertyValue(name).trim();
  const font = `11px ${style.fontFamily}`;
  const { series, isStacked } = read();
  const lines = series.map(({ name, colour, dash = [], isFilled = false }, index): uPlot.Series => ({
    label: name,
    stroke: () => css(colour),
    width: isStacked ? 1 : 1.5,
    dash: [...dash],
    points: {
      size: 5,
      fill: () => css(colour),
      // Where all points are shown, none is left out.
      filter: (chart, at, isShown) => (isShown ? null : loneSteps(chart.data[at]!)),
    },
    ...(isStacked && index === 0 ? { fill: () => withAlpha(css(colour), '99') } : {}),
    ...(isFilled && !isStacked ? { fill: () => withAlpha(css(colour), '22', 'transparent') } : {}),
  }));
  return {
    width: size.widthPx,
    height: size.heightPx,
    ms: 1,
    // Half of a time's label may stand beyond the last point.
    padding: [8, 26, 0, 0],
    legend: { show: false },
    cursor: {
      y: false,
      points: { size: 6 },
      drag: { x: read().onRange !== undefined, y: false, setScale: false },
    },
    scales: {
      x: {
        time: false,
        range: () => {
          const { timesMs, stepMs } = read();
          const first = timesMs[0] ?? 0;
          return [first, Math.max(first + stepMs, timesMs.at(-1) ?? 1)];
        },
      },
      y: {
        range: (_chart, min, max) => {
          const { top } = read();
          const least = Math.min(0, min ?? 0);
          return [least, top ?? (max === null || max <= 0 ? 1 : max * 1.06)];
        },
      },
    },
    axes: [
      {
        stroke: () => css('--text-3'),
        font,
        size: 24,
        gap: 4,
        grid: { show: false },
        ticks: { stroke: () => css('--line'), size: 4, width: 1 },
        splits: (chart, _axis, min, max) => [
          ...timeTicks(min, max, Math.max(2, Math.floor(chart.width / TICK_PX))),
        ],
        values: (chart, splits) => {
          const { min = 0, max = 0 } = chart.scales['x']!;
          return splits.map((tick) => tickText(tick, max - min));
        },
      },
      {
        stroke: () => css('--text-3'),
        font,
        size: AXIS_PX,
        gap: 6,
        space: 36,
        ...(isWholeAxis ? { incrs: [...WHOLE_STEPS] } : {}),
        grid: { stroke: () => css('--chart-grid'), width: 1 },
        ticks: { show: false },
        values: (_chart, splits) => splits.map((value) => read().format(value)),
      },
    ],
    series: [{}, ...lines],
    // Between each sum and the one below it.
    ...(isStacked
      ? {
          bands: series.slice(1).map(({ colour }, index) => ({
            series: [index + 2, index + 1] as [number, number],
            fill: () => withAlpha(css(colour), '99'),
          })),
        }
      : {}),
    hooks: {
      setCursor: [onCursor],
      setSelect: [
        (chart) => {
          const { left, width } = chart.select;
          if (width < DRAG_PX) return;
          const range = [chart.posToVal(left, 'x'), chart.posToVal(left + width, 'x')] as const;
          chart.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
          read().onRange?.(Math.floor(range[0]), Math.ceil(range[1]));
        },
      ],
      draw: [(chart) => drawDots(chart, read().dots ?? [], css)],
    },
  };
}

/** A colour that is lighter by so much; the system's colours have no lighter form. */
function withAlpha(colour: string, alpha: string, otherwise = colour): string {
  return /^#[0-9a-f]{6}$/i.test(colour) ? colour + alpha : otherwise;
}

function drawDots(chart: uPlot, dots: readonly Dot[], css: (name: string) => string): void {
  if (dots.length === 0) return;
  const { ctx } = chart;
  const scale = devicePixelRatio || 1;
  ctx.save();
  ctx.strokeStyle = css('--text');
  ctx.setLineDash([]);
  // What is marked stands on top of the others, and larger.
  for (const dot of dots.toSorted((a, b) => Number(a.isMarked ?? false) - Number(b.isMarked ?? false))) {
    const { x, y } = dotPlace(chart, dot, true);
    const isMarked = dot.isMarked === true;
    ctx.fillStyle = css(isMarked ? '--accent' : '--surface');
    ctx.lineWidth = (isMarked ? 2 : 1.25) * scale;
    if (isMarked) {
      ctx.beginPath();
      ctx.arc(x, y, 10 * scale, 0, 2 * Math.PI);
      ctx.stroke();
    }
    ctx.beginPath();
    ctx.arc(x, y, (isMarked ? 5 : 3) * scale, 0, 2 * Math.PI);
    ctx.fill();
    ctx.stroke();
  }
  ctx.restore();
}
