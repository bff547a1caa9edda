import { useLayoutEffect, useRef, useState } from 'react';
import type { KeyboardEvent, PointerEvent, ReactNode } from 'react';
import { ticks } from '../flame/ticks.ts';
import type { TimeWindow } from '../flame/viewport.ts';
import type { WaterfallColumns } from './waterfallOptions.ts';

type Props = {
  readonly window: TimeWindow;
  readonly startMs: number;
  /** Width of the time column. */
  readonly trackPx: number;
  readonly columns: WaterfallColumns;
  /** What stands beside the name of the first column. */
  readonly tools: ReactNode;
  /** Told of the width that was chosen for the names; `null`: as at first. */
  readonly onNameWidth: (px: number | null) => void;
  /** `null` asks for everything. */
  readonly onWindow: (window: TimeWindow | null) => void;
};

const MIN_NAME_PX = 140;
const MAX_NAME_PX = 900;
/** Room for a tick's label. */
const TICK_PX = 64;
const LABEL_PX = 7;
const DRAG_PX = 4;

/** Column heads and the time ruler: dragging over it zooms, a double click shows everything again. */
export function WaterfallHeader(props: Props) {
  const { window, startMs, trackPx, columns, tools, onNameWidth, onWindow } = props;
  const cell = useRef<HTMLDivElement>(null);
  const [widthPx, setWidthPx] = useState(0);
  const most = Math.max(1, Math.min(7, Math.floor(trackPx / TICK_PX)));
  const length = window.toMs - window.fromMs;

  useLayoutEffect(() => {
    const measured = cell.current?.clientWidth ?? 0;
    setWidthPx((was) => (was > 0 ? was : measured));
  }, [trackPx]);
  const resize = (cssWidth: number) => {
    const grid = cell.current?.closest<HTMLElement>('.waterfall');
    const width = Math.min(MAX_NAME_PX, Math.max(MIN_NAME_PX, cssWidth));
    grid?.style.setProperty('--wf-name-width', `${Math.round(width)}px`);
    setWidthPx(Math.round(width));
  };
  const onPointerMove = (event: PointerEvent<HTMLElement>) => {
    if (!event.currentTarget.hasPointerCapture(event.pointerId) || cell.current === null) return;
    resize(event.clientX - cell.current.getBoundingClientRect().left);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const step = event.key === 'ArrowLeft' ? -20 : event.key === 'ArrowRight' ? 20 : 0;
    if (step === 0 || cell.current === null) return;
    event.preventDefault();
    event.stopPropagation();
    resize(cell.current.getBoundingClientRect().width + step);
    onNameWidth(cell.current.clientWidth);
  };

  return (
    <div role="rowgroup" className="wf-head">
      <div role="row" aria-rowindex={1} className="wf-headrow">
        <div role="columnheader" className="wf-name" ref={cell}>
          <span>Span</span>
          <span className="wf-tools">{tools}</span>
          <div
            className="wf-sizer"
            role="separator"
            aria-orientation="vertical"
            aria-label="Width of the span column"
            aria-valuemin={MIN_NAME_PX}
            aria-valuemax={MAX_NAME_PX}
            aria-valuenow={widthPx}
            tabIndex={0}
            onPointerDown={(event) => event.currentTarget.setPointerCapture(event.pointerId)}
            onPointerMove={onPointerMove}
            onPointerUp={() => cell.current !== null && onNameWidth(cell.current.clientWidth)}
            onDoubleClick={() => onNameWidth(null)}
            onKeyDown={onKeyDown}
          />
        </div>
        {columns.start && (
          <div role="columnheader" className="wf-figure">
            Start
          </div>
        )}
        {columns.duration && (
          <div role="columnheader" className="wf-duration">
            Duration
          </div>
        )}
        {columns.self && (
          <div role="columnheader" className="wf-figure" title="Time in which nothing below ran">
            Self
          </div>
        )}
        <Ruler window={window} onWindow={onWindow}>
          {ticks(window.fromMs, window.toMs, startMs, most).map((tick) => {
            const share = (tick.ms - window.fromMs) / length;
            // A cut number reads as another.
            const isCut = (1 - share) * trackPx < tick.label.length * LABEL_PX + 8;
            return (
              <span key={tick.ms} className="wf-tick" style={{ left: `${share * 100}%` }}>
                {isCut ? '' : tick.label}
              </span>
            );
          })}
        </Ruler>
      </div>
    </div>
  );
}

/** The head of the time column. */
function Ruler({
  window,
  onWindow,
  children,
}: Pick<Props, 'window' | 'onWindow'> & { readonly children: ReactNode }) {
  const [drag, setDrag] = useState<{ readonly from: number; readonly to: number } | null>(null);
  const at = (event: PointerEvent<HTMLElement>) => {
    const box = event.currentTarget.getBoundingClientRect();
    return Math.min(1, Math.max(0, (event.clientX - box.left) / box.width));
  };
  const left = drag === null ? 0 : Math.min(drag.from, drag.to);
  const width = drag === null ? 0 : Math.abs(drag.to - drag.from);
  return (
    <div
      role="columnheader"
      className="wf-track wf-ruler"
      aria-label="Timeline"
      title="Drag to zoom, double click to show everything"
      onPointerDown={(event) => {
        if (event.button !== 0) return;
        event.currentTarget.setPointerCapture(event.pointerId);
        const from = at(event);
        setDrag({ from, to: from });
      }}
      onPointerMove={(event) => drag !== null && setDrag({ from: drag.from, to: at(event) })}
      onPointerUp={(event) => {
        setDrag(null);
        if (drag === null || width * event.currentTarget.clientWidth < DRAG_PX) return;
        const length = window.toMs - window.fromMs;
        onWindow({
          fromMs: window.fromMs + left * length,
          toMs: window.fromMs + (left + width) * length,
        });
      }}
      onPointerCancel={() => setDrag(null)}
      onDoubleClick={(event) => {
        event.stopPropagation();
        onWindow(null);
      }}
    >
      {children}
      {width > 0 && (
        <div className="wf-selection" style={{ left: `${left * 100}%`, width: `${width * 100}%` }} />
      )}
    </div>
  );
}
