import { useLayoutEffect, useMemo, useRef, useState } from 'react';
import type { PointerEvent } from 'react';
import type { FoundTrace } from '../../../shared/traceQuery.ts';
import { formatCount, formatDuration } from '../../../shared/units.ts';
import { useThemeCount } from '../../charts/useThemeCount.ts';
import { useWidth } from '../../charts/useWidth.ts';
import { formatClock } from '../../derive/clock.ts';
import { nearestTrace, scatterOf } from '../../derive/scatter.ts';
import type { Scatter } from '../../derive/scatter.ts';
import { drawScatter } from './drawScatter.ts';

type Props = {
  readonly traces: readonly FoundTrace[];
  readonly fromMs: number | null;
  readonly toMs: number | null;
  readonly onOpen: (traceId: string) => void;
  readonly onRange: (fromMs: number, toMs: number) => void;
};

const HEIGHT_PX = 118;
/** Shorter drags are clicks. */
const DRAG_PX = 5;

/** Found traces by start and duration. A click opens one, a drag chooses a stretch of time; the list is its table. */
export function TraceScatter({ traces, fromMs, toMs, onOpen, onRange }: Props) {
  const frame = useRef<HTMLDivElement>(null);
  const canvas = useRef<HTMLCanvasElement>(null);
  const widthPx = useWidth(frame);
  const themes = useThemeCount();
  const [hover, setHover] = useState<FoundTrace | null>(null);
  const [drag, setDrag] = useState<{ readonly fromPx: number; readonly toPx: number } | null>(null);
  const size = useMemo(
    () => ({ widthPx, heightPx: HEIGHT_PX, leftPx: 56, bottomPx: 20, topPx: 10, rightPx: 12 }),
    [widthPx],
  );
  const scatter = useMemo(() => scatterOf(traces, { fromMs, toMs }, size), [traces, fromMs, toMs, size]);
  const failed = useMemo(
    () => traces.reduce((sum, { errorCount }) => sum + (errorCount > 0 ? 1 : 0), 0),
    [traces],
  );

  useLayoutEffect(() => {
    if (canvas.current !== null && scatter !== null && widthPx > 0)
      drawScatter(canvas.current, traces, scatter, size, hover);
  }, [traces, scatter, size, widthPx, hover, themes]);

  const at = (event: PointerEvent<HTMLElement>) => {
    const box = event.currentTarget.getBoundingClientRect();
    return { xPx: event.clientX - box.left, yPx: event.clientY - box.top };
  };
  const onPointerUp = (event: PointerEvent<HTMLElement>) => {
    const { xPx, yPx } = at(event);
    const from = drag?.fromPx ?? xPx;
    setDrag(null);
    if (scatter === null || event.button !== 0) return;
    if (Math.abs(xPx - from) < DRAG_PX) {
      const trace = nearestTrace(traces, scatter, { xPx, yPx });
      if (trace !== null) onOpen(trace.traceId);
      return;
    }
    const ends = [scatter.timeAt(from), scatter.timeAt(xPx)].sort((a, b) => a - b) as [number, number];
    onRange(Math.floor(ends[0]), Math.ceil(ends[1]));
  };
  const label = `${formatCount(traces.length)} traces by start and duration, ${formatCount(failed)} with errors. The list below has the same traces.`;
  return (
    <figure className="scatter" ref={frame}>
      <div
        className="scatter-stage"
        onPointerDown={(event) => {
          if (event.button !== 0) return;
          event.currentTarget.setPointerCapture(event.pointerId);
          const { xPx } = at(event);
          setDrag({ fromPx: xPx, toPx: xPx });
        }}
        onPointerMove={(event) => {
          const place = at(event);
          if (drag !== null) setDrag({ fromPx: drag.fromPx, toPx: place.xPx });
          else if (scatter !== null) setHover(nearestTrace(traces, scatter, place));
        }}
        onPointerUp={onPointerUp}
        onPointerCancel={() => setDrag(null)}
        onPointerLeave={() => setHover(null)}
      >
        <canvas
          ref={canvas}
          role="img"
          aria-label={label}
          className={hover === null ? undefined : 'is-over'}
        />
        {drag !== null && Math.abs(drag.toPx - drag.fromPx) >= DRAG_PX && scatter !== null && (
          <Brush drag={drag} scatter={scatter} />
        )}
        {hover !== null && scatter !== null && drag === null && (
          <div
            className="scatter-tip"
            style={{
              left: Math.min(scatter.x(hover.startMs) + 10, widthPx - 230),
              top: Math.max(0, scatter.y(hover.durationMs ?? 0) - 34),
            }}
          >
            <strong>{hover.name}</strong>{' '}
            {hover.durationMs === null ? 'open' : formatDuration(hover.durationMs)}
            <span className="faint"> {formatClock(hover.startMs, true)}</span>
            {hover.errorCount > 0 && <span className="has-errors"> ✕ {formatCount(hover.errorCount)}</span>}
          </div>
        )}
      </div>
    </figure>
  );
}

function Brush({ drag, scatter }: { drag: { fromPx: number; toPx: number }; scatter: Scatter }) {
  const left = Math.min(drag.fromPx, drag.toPx);
  const lengthMs = Math.abs(scatter.timeAt(drag.toPx) - scatter.timeAt(drag.fromPx));
  return (
    <div className="scatter-brush" style={{ left, width: Math.abs(drag.toPx - drag.fromPx) }}>
      <span>{formatDuration(lengthMs)}</span>
    </div>
  );
}
