/** d3-flame-graph, with bars below a pixel left out (its `minFrameSize`): without that 100,000 take 7 to 9 s. */
import flamegraph from 'd3-flame-graph';
import { select } from 'd3-selection';
import { tree } from './peerPage.ts';

export const prepare = (trace) =>
  tree(trace, (at, children) => ({
    name: trace.names[trace.name[at]],
    value: trace.durationMs[at],
    children,
  }));

export function mount(root, data) {
  const chart = flamegraph().width(root.clientWidth).minFrameSize(1).transitionDuration(0).selfValue(false);
  select(root).datum(data).call(chart);
  return root;
}

/** It zooms by clicks on frames. */
export function step(_target, index) {
  const frames = document.querySelectorAll('.d3-flame-graph g.frame');
  frames[index % 2 === 0 ? Math.floor(frames.length / 2) : 0].dispatchEvent(
    new MouseEvent('click', { bubbles: true }),
  );
}
