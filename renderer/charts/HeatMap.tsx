import './lineChart.css';
import './heatMap.css';
import { useLayoutEffect, useMemo, useRef, useState } from 'react';
import type { PointerEvent } from 'react';
import { formatCount } from '../../shared/units.ts';
import { drawHeatMap, heatRows } from './drawHeatMap.ts';
import { AXIS_PX } from './lineOptions.ts';
import { stepText } from './lineTip.ts';
import { useThemeCount } from './useThemeCount.ts';
import { useWidth } from './useWidth.ts';

type Props = {
  /** The figures in one sentence. */
  readonly label: string;
  readonly timesMs: readonly number[];
  readonly stepMs: number;
  /** Inclusive upper ends of the buckets. */
  readonly boundaries: readonly number[];
  /** One entry a step, by bucket; one more than there are boundaries. */
  readonly columns: readonly (readonly number[] | null)[];
  readonly format: (value: number) => string;
};
const ROW_PX = 11;
const RIGHT_PX = 12;

/** A distribution over time: steps from left to right, buckets upwards, the darker the more records. */
export function HeatMap({ label, timesMs, stepMs, boundaries, columns, format }: Props) {
  const host = useRef<HTMLDivElement>(null);
  const canvas = useRef<HTMLCanvasElement>(null);
  const widthPx = useWidth(host);
  const themes = useThemeCount();
  const [at, setAt] = useState<{ readonly step: number; readonly row: number } | null>(null);
  const rows = useMemo(() => heatRows(boundaries, columns), [boundaries, columns]);
  const tallPx = rows.length * ROW_PX;
  const frame = useMemo(() => ({ widthPx, leftPx: AXIS_PX, rightPx: RIGHT_PX, rowPx: ROW_PX }), [widthPx]);
  useLayoutEffect(() => {
    if (canvas.current === null || widthPx === 0) return;
    drawHeatMap(canvas.current, { rows, columns, frame, format });
  }, [rows, columns, frame, widthPx, format, themes]);

  const steps = columns.length;
  const innerPx = Math.max(1, widthPx - AXIS_PX - RIGHT_PX);
  const onMove = (event: PointerEvent<HTMLElement>) => {
    const box = event.currentTarget.getBoundingClientRect();
    const step = Math.floor(((event.clientX - box.left - AXIS_PX) / innerPx) * steps);
    const row = rows.length - 1 - Math.floor((event.clientY - box.top) / ROW_PX);
    setAt(step >= 0 && step < steps && row >= 0 && row < rows.length ? { step, row } : null);
  };
  const bucket = at === null ? undefined : rows[at.row];
  return (
    <div className="heat-map" ref={host} onPointerMove={onMove} onPointerLeave={() => setAt(null)}>
      <canvas ref={canvas} role="img" aria-label={label} style={{ height: tallPx + 2 }} />
      {at !== null && bucket !== undefined && (
        <div
          className="tip heat-tip"
          style={{
            top: Math.max(0, tallPx - (at.row + 1) * ROW_PX - 46),
            ...(at.step < steps / 2
              ? { left: AXIS_PX + ((at.step + 1) / steps) * innerPx + 8 }
              : { right: RIGHT_PX + (1 - at.step / steps) * innerPx + 8 }),
          }}
        >
          <strong>{stepText(timesMs[at.step] ?? 0)}</strong>
          <span className="faint"> {formatCount(stepMs / 1000)} s</span>
          <p>
            {bucket.from === null ? 'up to ' : `${format(bucket.from)} – `}
            {bucket.to === null ? 'and more' : format(bucket.to)}:{' '}
            <span className="num">{formatCount(columns[at.step]?.[bucket.index] ?? 0)}</span>
          </p>
        </div>
      )}
    </div>
  );
}
