import './flameGraph.css';
import { useEffect, useId, useLayoutEffect, useRef, useState } from 'react';
import type { KeyboardEvent, PointerEvent } from 'react';
import { countOf } from './flameModel.ts';
import type { FlameModel } from './flameModel.ts';
import { FlamePainter } from './flamePainter.ts';
import { AXIS_HEIGHT, FlameViewState, ROW_HEIGHT } from './flameView.ts';
import { Tooltip } from './Tooltip.tsx';
import type { TooltipContent } from './Tooltip.tsx';
import { onThemeChange } from './theme.ts';
import { keyCommand, wheelFactor } from './viewport.ts';

export type FlameGraphProps = {
  readonly model: FlameModel;
  /** Changes with every change of what the model reads. */
  readonly revision: number;
  /** Ms after the origin: the end of what is open. */
  readonly clock: () => number;
  /** Open spans grow, and the view goes along while `follow`. */
  readonly live: boolean;
  readonly follow: boolean;
  readonly onUnfollow: () => void;
  readonly selected: number;
  readonly onSelect: (item: number) => void;
  readonly matches: Uint8Array | null;
  readonly label: string;
  /** A number that asks to fit the view whenever it changes. */
  readonly fitRequest?: number;
  /** Told the milliseconds that a frame took. */
  readonly onFrame?: (ms: number) => void;
};

const DRAG_PX = 3;
const LIVE_FRAME_MS = 33;
const STILL_FRAME_MS = 500;

/** The canvas: sizes it, gathers changes into animation frames, forwards pointers and keys. */
export function FlameGraph(props: FlameGraphProps) {
  const frame = useRef<HTMLDivElement>(null);
  const canvas = useRef<HTMLCanvasElement>(null);
  const thumb = useRef<HTMLDivElement>(null);
  const latest = useRef(props);
  const hintId = useId();
  const [tooltip, setTooltip] = useState<TooltipContent | null>(null);
  const [spoken, setSpoken] = useState('');
  const [engine] = useState(() => createEngine(latest, setTooltip));

  useLayoutEffect(() => {
    latest.current = props;
  });
  useLayoutEffect(() => {
    if (frame.current === null || canvas.current === null) return undefined;
    return engine.start(frame.current, canvas.current, thumb.current);
  }, [engine]);

  const { model, revision, matches, selected, follow, live, fitRequest } = props;
  useLayoutEffect(() => engine.invalidate(), [engine, model, revision, matches, selected, follow, live]);
  useLayoutEffect(() => engine.reset(), [engine, model.identity]);
  useLayoutEffect(() => {
    if (fitRequest !== undefined && fitRequest > 0) engine.fit();
  }, [engine, fitRequest]);
  useEffect(() => {
    if (selected < 0) return setSpoken('');
    engine.reveal(selected);
    const facts = latest.current.model.describe(selected, latest.current.clock());
    setSpoken(facts.map((fact) => `${fact.label} ${fact.value}`).join(', '));
    // Not with the model, which also changes when a live trace ends: what is in view must then stay in view.
  }, [engine, selected]);

  return (
    <div
      className="flame"
      ref={frame}
      tabIndex={0}
      role="application"
      aria-roledescription="flame graph"
      aria-label={props.label}
      aria-describedby={hintId}
      onKeyDown={engine.onKeyDown}
      onPointerDown={engine.onPointerDown}
      onPointerMove={engine.onPointerMove}
      onPointerUp={engine.onPointerUp}
      onPointerCancel={engine.onPointerUp}
      onPointerLeave={engine.onPointerLeave}
      onDoubleClick={engine.onDoubleClick}
    >
      <canvas ref={canvas} role="img" aria-label={props.label} />
      <div className="flame-thumb" ref={thumb} aria-hidden="true" />
      <p id={hintId} className="tv-hidden">
        Arrow keys go from span to span, W and S zoom, A and D pan, 0 shows everything, Enter zooms to the
        span, Escape clears. The waterfall shows the same spans as a table.
      </p>
      <p className="tv-hidden" aria-live="polite">
        {spoken}
      </p>
      {tooltip !== null && <Tooltip {...tooltip} />}
    </div>
  );
}

type Latest = { readonly current: FlameGraphProps };

/** Everything that must not cause a render: pointer state, the view, the frame loop. */
function createEngine(latest: Latest, setTooltip: (content: TooltipContent | null) => void) {
  const view = new FlameViewState();
  const pointers = new Map<number, { x: number; y: number }>();
  const still = matchMedia('(prefers-reduced-motion: reduce)');
  let painter: FlamePainter | null = null;
  let element: HTMLElement | null = null;
  let thumb: HTMLElement | null = null;
  let requested = 0;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let dragged = false;
  let pinch = 0;
  let hoverX = -1;
  let hoverY = -1;
  let hovered = -1;

  function invalidate() {
    if (requested === 0 && painter !== null) requested = requestAnimationFrame(paint);
  }

  function paint() {
    requested = 0;
    if (painter === null || view.cssWidth === 0) return;
    const began = performance.now();
    const { model, clock, follow, live, matches, selected, onFrame } = latest.current;
    const nowMs = clock();
    view.adapt(model, nowMs, follow);
    painter.paint(view, { model, nowMs, matches, selected, phase: still.matches ? 0 : (began / 1200) % 1 });
    placeThumb(model);
    onFrame?.(performance.now() - began);
    if (hoverX >= 0) hover();
    clearTimeout(timer);
    if (live && !document.hidden)
      timer = setTimeout(invalidate, still.matches ? STILL_FRAME_MS : LIVE_FRAME_MS);
  }

  function placeThumb(model: FlameModel) {
    if (thumb === null) return;
    const whole = (model.columns.rows.length + 1) * ROW_HEIGHT;
    const room = view.cssHeight - AXIS_HEIGHT;
    const share = room / whole;
    thumb.style.display = share < 1 ? 'block' : 'none';
    thumb.style.height = `${Math.max(24, room * share)}px`;
    thumb.style.transform = `translateY(${AXIS_HEIGHT + (view.cssScroll / whole) * room}px)`;
  }

  function hover() {
    if (painter === null) return;
    const { model, clock } = latest.current;
    const box = pointers.size > 0 && dragged ? -1 : painter.boxAt(view, hoverX, hoverY);
    const item = box < 0 ? -1 : painter.boxes.item[box]!;
    if (item < 0) {
      if (hovered !== -1) setTooltip(null);
      hovered = -1;
      return;
    }
    hovered = item;
    const merged = painter.boxes.merged[box]!;
    const facts = model.describe(item, clock());
    setTooltip({
      cssX: hoverX,
      cssY: hoverY,
      cssWidth: view.cssWidth,
      cssHeight: view.cssHeight,
      facts,
      note: merged > 1 ? `${countOf(merged, 'span')} merged in this pixel, the longest is shown` : null,
    });
  }

  function unfollow() {
    if (latest.current.follow) latest.current.onUnfollow();
  }

  function point(event: { clientX: number; clientY: number }) {
    const box = element!.getBoundingClientRect();
    return { x: event.clientX - box.left, y: event.clientY - box.top };
  }

  function onWheel(event: WheelEvent) {
    event.preventDefault();
    const { model, clock } = latest.current;
    const msPerPx = (view.window.toMs - view.window.fromMs) / Math.max(1, view.cssWidth);
    if (event.shiftKey) view.scrollTo(model, view.cssScroll + (event.deltaY || event.deltaX));
    else if (Math.abs(event.deltaX) > Math.abs(event.deltaY)) {
      unfollow();
      view.pan(model, clock(), event.deltaX * msPerPx);
    } else {
      unfollow();
      const factor = wheelFactor(event.deltaY, event.deltaMode, event.ctrlKey);
      view.zoom(model, clock(), factor, view.msAt(point(event).x));
    }
    invalidate();
  }

  return {
    invalidate,

    start(frame: HTMLElement, canvas: HTMLCanvasElement, scrollThumb: HTMLElement | null) {
      element = frame;
      thumb = scrollThumb;
      painter = new FlamePainter(canvas);
      const size = () => {
        view.cssWidth = frame.clientWidth;
        view.cssHeight = frame.clientHeight;
        painter?.resize(view.cssWidth, view.cssHeight, devicePixelRatio || 1);
        invalidate();
      };
      const repaint = () => {
        painter?.forgetTheme();
        invalidate();
      };
      const observer = new ResizeObserver(size);
      observer.observe(frame);
      const endTheme = onThemeChange(repaint);
      // The ratio changes with the screen that the window is on.
      addEventListener('resize', size);
      document.addEventListener('visibilitychange', invalidate);
      frame.addEventListener('wheel', onWheel, { passive: false });
      size();
      return () => {
        observer.disconnect();
        endTheme();
        removeEventListener('resize', size);
        document.removeEventListener('visibilitychange', invalidate);
        frame.removeEventListener('wheel', onWheel);
        cancelAnimationFrame(requested);
        clearTimeout(timer);
        requested = 0;
        painter = null;
      };
    },

    /** The items are others than before. */
    reset() {
      hovered = -1;
      invalidate();
    },

    fit() {
      view.fit(latest.current.model, latest.current.clock());
      invalidate();
    },

    reveal(item: number) {
      if (view.cssWidth > 0) view.reveal(latest.current.model, latest.current.clock(), item);
      invalidate();
    },

    onPointerDown(event: PointerEvent<HTMLElement>) {
      if (event.button > 1) return;
      event.currentTarget.setPointerCapture(event.pointerId);
      pointers.set(event.pointerId, point(event));
      if (pointers.size === 1) dragged = false;
      pinch = 0;
    },

    onPointerMove(event: PointerEvent<HTMLElement>) {
      const at = point(event);
      const held = pointers.get(event.pointerId);
      hoverX = at.x;
      hoverY = at.y;
      if (held === undefined) return hover();
      const { model, clock } = latest.current;
      if (pointers.size === 2) {
        pointers.set(event.pointerId, at);
        const [a, b] = [...pointers.values()] as [typeof at, typeof at];
        const distance = Math.max(20, Math.abs(a.x - b.x));
        if (pinch > 0) view.zoom(model, clock(), pinch / distance, view.msAt((a.x + b.x) / 2));
        pinch = distance;
        dragged = true;
        unfollow();
        return invalidate();
      }
      if (!dragged && Math.hypot(at.x - held.x, at.y - held.y) < DRAG_PX) return;
      if (!dragged) setTooltip(null);
      dragged = true;
      pointers.set(event.pointerId, at);
      if (at.x !== held.x && !view.isFitted) {
        unfollow();
        const msPerPx = (view.window.toMs - view.window.fromMs) / Math.max(1, view.cssWidth);
        view.pan(model, clock(), (held.x - at.x) * msPerPx);
      }
      view.scrollTo(model, view.cssScroll + held.y - at.y);
      invalidate();
    },

    onPointerUp(event: PointerEvent<HTMLElement>) {
      if (!pointers.delete(event.pointerId) || dragged || painter === null) return;
      const { x, y } = point(event);
      const box = painter.boxAt(view, x, y);
      latest.current.onSelect(box < 0 ? -1 : painter.boxes.item[box]!);
    },

    onPointerLeave() {
      hoverX = -1;
      hovered = -1;
      setTooltip(null);
    },

    onDoubleClick(event: { clientX: number; clientY: number }) {
      if (painter === null) return;
      const { model, clock } = latest.current;
      const { x, y } = point(event);
      const box = painter.boxAt(view, x, y);
      unfollow();
      if (box < 0) view.fit(model, clock());
      else view.zoomTo(model, clock(), painter.boxes.item[box]!);
      invalidate();
    },

    onKeyDown(event: KeyboardEvent<HTMLElement>) {
      if (event.ctrlKey || event.metaKey || event.altKey) return;
      const command = keyCommand(event.key, event.shiftKey);
      if (command === null) return;
      const { model, clock, selected, onSelect } = latest.current;
      const nowMs = clock();
      const { fromMs, toMs } = view.window;
      if (command.kind === 'clear' && selected < 0) return;
      event.preventDefault();
      if (command.kind === 'move') {
        const item = model.move(selected, command.to);
        if (item >= 0) onSelect(item);
        return;
      }
      if (command.kind === 'clear') return onSelect(-1);
      if (command.kind === 'fit') view.fit(model, nowMs);
      else if (command.kind === 'zoom') {
        const middle =
          selected < 0 ? (fromMs + toMs) / 2 : (model.startMs(selected) + model.endMs(selected, nowMs)) / 2;
        unfollow();
        view.zoom(model, nowMs, command.factor, Math.min(toMs, Math.max(fromMs, middle)));
      } else if (command.kind === 'pan') {
        if (command.x !== 0) unfollow();
        view.pan(model, nowMs, command.x * (toMs - fromMs));
        view.scrollTo(model, view.cssScroll + command.rows * ROW_HEIGHT);
      } else if (selected >= 0) {
        unfollow();
        view.zoomTo(model, nowMs, selected);
      }
      invalidate();
    },
  };
}
