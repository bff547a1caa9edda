import type uPlot from 'uplot';
import { formatClock, formatWhen } from '../derive/clock.ts';
import { nearestDot } from './lineData.ts';
import type { Dot, LineSeries } from './lineData.ts';

type Shown = {
  readonly timesMs: readonly number[];
  readonly series: readonly LineSeries[];
  readonly format: (value: number) => string;
  readonly dots?: readonly Dot[];
};
const DAY_MS = 86_400_000;

/** `14:03:20`, with its day where that is another one. */
export const stepText = (timeMs: number): string => {
  const day = formatWhen(timeMs);
  const isToday = Date.now() - timeMs < DAY_MS && /^\d\d:\d\d$/.test(day);
  return isToday ? formatClock(timeMs) : `${day.replace(/ \d\d:\d\d$/, '')} ${formatClock(timeMs)}`;
};

/** Writes what is under the pointer into the box beside it: no drawing of React's for each movement. */
export function showLineTip(
  tip: HTMLElement,
  chart: uPlot,
  { timesMs, series, format, dots = [] }: Shown,
): void {
  const { idx, left = -1, top = -1 } = chart.cursor;
  const timeMs = idx === null || idx === undefined ? undefined : timesMs[idx];
  tip.hidden = timeMs === undefined || left < 0;
  if (timeMs === undefined || left < 0) return;
  const dot = nearestDot(chart, dots, left, top);
  chart.over.style.cursor = dot === null ? '' : 'pointer';
  const list = document.createElement('dl');
  const line = (name: string, value: string, colour?: string) => {
    const row = document.createElement('div');
    const [term, figure] = [document.createElement('dt'), document.createElement('dd')];
    if (colour !== undefined) {
      const mark = document.createElement('i');
      mark.style.background = `var(${colour})`;
      term.append(mark);
    }
    term.append(name);
    figure.textContent = value;
    figure.className = 'num';
    row.append(term, figure);
    list.append(row);
  };
  if (dot !== null)
    line(dot.isMarked === true ? 'This span: opens it' : 'Example: opens its trace', format(dot.value));
  else {
    for (const { name, values, colour } of series) {
      const value = values[idx!];
      if (value !== null && value !== undefined) line(name, format(value), colour);
    }
  }
  const title = document.createElement('strong');
  title.textContent = stepText(dot?.timeMs ?? timeMs);
  tip.replaceChildren(title, list);
  const at = left + chart.over.offsetLeft;
  const isRight = at > chart.width / 2;
  tip.style.left = isRight ? '' : `${at + 12}px`;
  tip.style.right = isRight ? `${chart.width - at + 12}px` : '';
}
