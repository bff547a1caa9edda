import './flameGraph.css';
import { useEffect, useId, useLayoutEffect, useRef, useState } from 'react';
import { countOf } from '../../shared/units.ts';
import { createEngine, NOTHING_MERGED } from './flameEngine.ts';
import type { Merged } from './flameEngine.ts';
import { createKeys } from './flameKeys.ts';
import { createPointer } from './flamePointer.ts';
import type { FlameGraphProps } from './flameProps.ts';
import { AXIS_HEIGHT, ROW_HEIGHT } from './flameView.ts';
import type { FlameViewState } from './flameView.ts';
import { Tooltip } from './Tooltip.tsx';
import type { TooltipContent } from './Tooltip.tsx';

/** A flame graph: its canvas, what is said of it, and what moves it. */
export function FlameGraph(props: FlameGraphProps) {
  const frame = useRef<HTMLDivElement>(null);
  const thumb = useRef<HTMLDivElement>(null);
  const latest = useRef(props);
  const hintId = useId();
  const [tooltip, setTooltip] = useState<TooltipContent | null>(null);
  const [merged, setMerged] = useState<Merged>(NOTHING_MERGED);
  const [spoken, setSpoken] = useState('');
  const [{ engine, pointer, onKeyDown }] = useState(() => {
    const drawing = createEngine(latest, {
      onMerged: setMerged,
      onDrawn: (view) => {
        if (thumb.current !== null) placeThumb(thumb.current, view);
        pointing.look();
      },
    });
    const pointing = createPointer(drawing, latest, setTooltip);
    return { engine: drawing, pointer: pointing, onKeyDown: createKeys(drawing, latest) };
  });

  useLayoutEffect(() => {
    latest.current = props;
  });
  useLayoutEffect(() => {
    if (frame.current === null) return undefined;
    const deaf = pointer.listen(frame.current);
    const stop = engine.start(frame.current);
    return () => {
      stop();
      deaf();
    };
  }, [engine, pointer]);

  const { model, revision, matches, selected, follow, live, fitRequest, focusItem = -1 } = props;
  const fromMs = props.window?.fromMs;
  const toMs = props.window?.toMs;
  const hasWindow = props.window !== undefined;
  useLayoutEffect(() => engine.invalidate(), [engine, model, revision, matches, selected, follow, live]);
  useLayoutEffect(() => {
    pointer.forget();
    engine.invalidate();
  }, [engine, pointer, model.identity]);
  useLayoutEffect(() => {
    if (fitRequest !== undefined && fitRequest > 0) engine.fit();
  }, [engine, fitRequest]);
  useLayoutEffect(() => {
    if (hasWindow) engine.show(latest.current.window ?? null);
  }, [engine, hasWindow, fromMs, toMs]);
  useEffect(() => {
    if (focusItem >= 0) engine.zoomTo(focusItem);
  }, [engine, focusItem]);
  useEffect(() => {
    if (selected < 0) return setSpoken('');
    engine.reveal(selected);
    const facts = latest.current.model.describe(selected, latest.current.clock());
    setSpoken(facts.map((fact) => `${fact.label} ${fact.value}`).join(', '));
    // Not with the model, which also changes when a live trace ends: what is in view must then stay in view.
  }, [engine, selected]);

  const item = model.itemLabel ?? 'span';
  return (
    <div
      className="flame"
      ref={frame}
      tabIndex={0}
      role="application"
      aria-roledescription="flame graph"
      aria-label={props.label}
      aria-describedby={hintId}
      onKeyDown={onKeyDown}
      onPointerDown={pointer.onPointerDown}
      onPointerMove={pointer.onPointerMove}
      onPointerUp={pointer.onPointerUp}
      onPointerCancel={pointer.onPointerUp}
      onPointerLeave={pointer.onPointerLeave}
      onDoubleClick={pointer.onDoubleClick}
    >
      <div className="flame-thumb" ref={thumb} aria-hidden="true" />
      {merged.items > 0 && (
        <div className="flame-legend" aria-hidden="true">
          <i />
          {`${countOf(merged.items, item)} merged into ${countOf(merged.boxes, 'mark')} too narrow to tell apart: zoom in to see them`}
        </div>
      )}
      <p id={hintId} className="tv-hidden">
        {`Arrow keys go from ${item} to ${item}, W and S zoom, A and D pan, 0 shows everything, Enter zooms to the ${item}, Escape clears. ${props.hint ?? 'The waterfall shows the same spans as a table.'}`}
      </p>
      <p className="tv-hidden" aria-live="polite">
        {spoken}
      </p>
      {tooltip !== null && <Tooltip {...tooltip} />}
    </div>
  );
}

/** How much of the picture is in view, and which part. */
function placeThumb(thumb: HTMLElement, view: FlameViewState): void {
  const whole = (view.rowCount + 1) * ROW_HEIGHT;
  const room = view.cssHeight - AXIS_HEIGHT;
  const share = room / whole;
  thumb.style.display = share < 1 ? 'block' : 'none';
  thumb.style.height = `${Math.max(24, room * share)}px`;
  thumb.style.transform = `translateY(${AXIS_HEIGHT + (view.cssScroll / whole) * room}px)`;
}
