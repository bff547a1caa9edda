/** flame-chart-js: keeps every bar. Its input is a tree of objects. */
import { FlameChart } from 'flame-chart-js';
import { tree } from './peerPage.ts';

export const prepare = (trace) =>
  tree(trace, (at, children) => ({
    name: trace.names[trace.name[at]],
    start: trace.startMs[at],
    duration: trace.durationMs[at],
    type: trace.names[trace.name[at]],
    children,
  }));

export function mount(root, data) {
  const canvas = document.createElement('canvas');
  canvas.width = root.clientWidth;
  canvas.height = root.clientHeight;
  root.append(canvas);
  const chart = new FlameChart({ canvas, data: [data], settings: { options: { timeUnits: 'ms' } } });
  globalThis.chart = chart;
  return canvas;
}
