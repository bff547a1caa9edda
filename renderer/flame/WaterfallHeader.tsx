import { useRef } from 'react';
import type { KeyboardEvent, PointerEvent } from 'react';
import { ticks } from './ticks.ts';
import type { TimeWindow } from './viewport.ts';

type Props = {
  readonly window: TimeWindow;
  readonly startMs: number;
  /** Width of the time column. */
  readonly trackPx: number;
  readonly errorsFirst: boolean;
  readonly onErrorsFirst: (errorsFirst: boolean) => void;
  readonly onExpandAll: () => void;
  readonly onCollapseAll: () => void;
};

const MIN_NAME_PX = 140;
const MAX_NAME_PX = 900;
/** Room for a tick's label. */
const TICK_PX = 64;

/** Column heads, the time ruler, and what folds the whole tree. */
export function WaterfallHeader(props: Props) {
  const { window, startMs, trackPx, errorsFirst, onErrorsFirst, onExpandAll, onCollapseAll } = props;
  const cell = useRef<HTMLDivElement>(null);
  const most = Math.max(1, Math.min(7, Math.floor(trackPx / TICK_PX)));
  const length = window.toMs - window.fromMs;

  const resize = (cssWidth: number) => {
    const grid = cell.current?.closest<HTMLElement>('.waterfall');
    const width = Math.min(MAX_NAME_PX, Math.max(MIN_NAME_PX, cssWidth));
    grid?.style.setProperty('--wf-name-width', `${Math.round(width)}px`);
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
  };

  return (
    <div role="rowgroup" className="wf-head">
      <div role="row" aria-rowindex={1} className="wf-headrow">
        <div role="columnheader" className="wf-name" ref={cell}>
          <span>Span</span>
          <span className="wf-tools">
            <button
              type="button"
              aria-pressed={errorsFirst}
              title="Show failed spans before their siblings"
              onClick={() => onErrorsFirst(!errorsFirst)}
            >
              Errors first
            </button>
            <button type="button" onClick={onExpandAll} aria-label="Expand all" title="Expand all">
              ⊞
            </button>
            <button type="button" onClick={onCollapseAll} aria-label="Collapse all" title="Collapse all">
              ⊟
            </button>
          </span>
          <div
            className="wf-sizer"
            role="separator"
            aria-orientation="vertical"
            aria-label="Width of the span column"
            aria-valuenow={50}
            tabIndex={0}
            onPointerDown={(event) => event.currentTarget.setPointerCapture(event.pointerId)}
            onPointerMove={onPointerMove}
            onKeyDown={onKeyDown}
          />
        </div>
        <div role="columnheader" className="wf-duration">
          Duration
        </div>
        <div role="columnheader" className="wf-track" aria-label="Timeline">
          {ticks(window.fromMs, window.toMs, startMs, most).map((tick) => (
            <span
              key={tick.ms}
              className="wf-tick"
              style={{ left: `${((tick.ms - window.fromMs) / length) * 100}%` }}
            >
              {tick.label}
            </span>
          ))}
        </div>
      </div>
    </div>
  );
}
