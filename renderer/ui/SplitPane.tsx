import './splitPane.css';
import { useId, useRef, useState } from 'react';
import type { KeyboardEvent, PointerEvent, ReactNode } from 'react';

type Props = {
  readonly label: string;
  readonly first: ReactNode;
  readonly second: ReactNode;
  /** Share of the first pane at the start, in percent. */
  readonly start?: number;
};

const MIN_PERCENT = 22;
const MAX_PERCENT = 78;
const STEP_PERCENT = 4;

/** Two panes side by side, one above the other where it is narrow; the bar moves by pointer and by arrow keys. */
export function SplitPane({ label, first, second, start = 42 }: Props) {
  const id = useId();
  const frame = useRef<HTMLDivElement>(null);
  const [percent, setPercent] = useState(start);
  const clamp = (value: number) => Math.min(MAX_PERCENT, Math.max(MIN_PERCENT, Math.round(value)));
  const isStacked = () =>
    frame.current !== null && getComputedStyle(frame.current).flexDirection === 'column';

  function onPointerMove(event: PointerEvent<HTMLDivElement>) {
    if (!event.currentTarget.hasPointerCapture(event.pointerId) || frame.current === null) return;
    const box = frame.current.getBoundingClientRect();
    const part = isStacked()
      ? (event.clientY - box.top) / box.height
      : (event.clientX - box.left) / box.width;
    setPercent(clamp(part * 100));
  }

  function onKeyDown(event: KeyboardEvent) {
    const step = {
      ArrowLeft: -STEP_PERCENT,
      ArrowUp: -STEP_PERCENT,
      ArrowRight: STEP_PERCENT,
      ArrowDown: STEP_PERCENT,
      Home: -100,
      End: 100,
    }[event.key];
    if (step === undefined) return;
    event.preventDefault();
    setPercent((value) => clamp(value + step));
  }

  return (
    <div className="split" ref={frame}>
      <div className="split-pane" id={id} style={{ flexBasis: `${percent}%` }}>
        {first}
      </div>
      <div
        role="separator"
        aria-label={label}
        aria-orientation="vertical"
        aria-controls={id}
        aria-valuenow={percent}
        aria-valuemin={MIN_PERCENT}
        aria-valuemax={MAX_PERCENT}
        tabIndex={0}
        className="split-bar"
        onPointerDown={(event) => event.currentTarget.setPointerCapture(event.pointerId)}
        onPointerMove={onPointerMove}
        onDoubleClick={() => setPercent(start)}
        onKeyDown={onKeyDown}
      />
      <div className="split-pane split-rest">{second}</div>
    </div>
  );
}
