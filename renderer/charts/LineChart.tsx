import 'uplot/dist/uPlot.min.css';
import './lineChart.css';
import { useEffect, useLayoutEffect, useMemo, useRef } from 'react';
import uPlot from 'uplot';
import { lineOptions } from './lineOptions.ts';
import { dotAt, isWhole, stackedValues } from './lineData.ts';
import type { Dot, LineSeries } from './lineData.ts';
import { showLineTip } from './lineTip.ts';
import { useThemeCount } from './useThemeCount.ts';
import { useWidth } from './useWidth.ts';

type Props = {
  /** Where steps begin, epoch milliseconds, in order. */
  readonly timesMs: readonly number[];
  readonly stepMs: number;
  readonly series: readonly LineSeries[];
  readonly format: (value: number) => string;
  readonly heightPx?: number;
  /** Each on top of those before it. */
  readonly isStacked?: boolean;
  /** The top of the axis, where it is always the same. */
  readonly top?: number;
  /** Single records; one above the axis stands at its edge. */
  readonly dots?: readonly Dot[];
  readonly onDot?: (dot: Dot) => void;
  /** A stretch of time was chosen by dragging. */
  readonly onRange?: (fromMs: number, toMs: number) => void;
};

/** Series over time on a canvas, by uPlot: made once, given new data with every update. */
export function LineChart(props: Props) {
  const { timesMs, stepMs, series, format, heightPx = 180, isStacked = false, top } = props;
  const host = useRef<HTMLDivElement>(null);
  const tip = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | null>(null);
  /** What the chart's own listeners read: of the last drawing. */
  const now = useRef(props);
  const widthPx = useWidth(host);
  const themes = useThemeCount();
  const data = useMemo(
    () => [[...timesMs], ...(isStacked ? stackedValues(series) : series.map(({ values }) => [...values]))],
    [timesMs, series, isStacked],
  ) as unknown as uPlot.AlignedData;
  // An axis that always ends at the same top is a share.
  const isWholeAxis = top === undefined && isWhole(series);
  // Another set of lines is another chart; other values are not.
  const shape = JSON.stringify([
    series.map(({ name, colour, dash, isFilled }) => [name, colour, dash, isFilled]),
    isStacked,
    isWholeAxis,
  ]);

  useLayoutEffect(() => {
    now.current = props;
  });
  useLayoutEffect(() => {
    const element = host.current;
    if (element === null || widthPx === 0) return;
    const made = new uPlot(
      lineOptions({
        host: element,
        size: { widthPx, heightPx },
        isWholeAxis,
        read: () => now.current,
        onCursor: (chart) => tip.current !== null && showLineTip(tip.current, chart, now.current),
      }),
      data,
      element,
    );
    plot.current = made;
    const onClick = (event: MouseEvent) => {
      const dot = dotAt(made, now.current.dots ?? [], event);
      if (dot !== null) now.current.onDot?.(dot);
    };
    made.over.addEventListener('click', onClick);
    return () => {
      made.destroy();
      plot.current = null;
    };
    // Data and size reach the chart below.
    // oxlint-disable-next-line react/exhaustive-deps
  }, [shape, widthPx === 0]);
  useLayoutEffect(() => plot.current?.setData(data), [data, stepMs, top, format]);
  useLayoutEffect(() => {
    if (widthPx > 0) plot.current?.setSize({ width: widthPx, height: heightPx });
  }, [widthPx, heightPx]);
  useEffect(() => plot.current?.redraw(), [themes]);

  return (
    <div className="line-chart" ref={host} style={{ height: heightPx }}>
      <div className="line-tip tip" ref={tip} hidden />
    </div>
  );
}
