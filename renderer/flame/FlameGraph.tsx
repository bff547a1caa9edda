import './flameGraph.css';
import { useEffect, useId, useLayoutEffect, useRef, useState } from 'react';
import type { KeyboardEvent, PointerEvent } from 'react';
import { countOf } from '../../shared/units.ts';
import { createRenderer, isOutgrown } from './chooseRenderer.ts';
import type { FlameModel } from './flameModel.ts';
import type { FlameRenderer, Hit } from './flameRenderer.ts';
import { AXIS_HEIGHT, FlameViewState, ROW_HEIGHT } from './flameView.ts';
import type { FrameStats } from './paintFlame.ts';
import { Tooltip } from './Tooltip.tsx';
import type { TooltipContent } from './Tooltip.tsx';
import { onThemeChange } from '../derive/themeChange.ts';
import { keyCommand, wheelFactor } from './viewport.ts';
import type { TimeWindow } from './viewport.ts';

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
  /** The stretch to show, `null` for everything; another one than `onWindow` told last moves the view. */
  readonly window?: TimeWindow | null;
  /** Told what is in view after the user moved it and rested; `null` while everything is. */
  readonly onWindow?: (window: TimeWindow | null) => void;
  /** An item to zoom to, whenever it is another one; -1 for none. */
  readonly focusItem?: number;
  /** What the keys do and where the same is a table, for a screen reader. */
  readonly hint?: string;
  /** Told the milliseconds that drawing a frame took, here or in a worker. */
  readonly onFrame?: (ms: number) => void;
};

const DRAG_PX = 3;
const LIVE_FRAME_MS = 33;
const STILL_FRAME_MS = 500;
const REST_MS = 200;
const LEGEND_MS = 250;

/** The canvas: sizes it, gathers changes into animation frames, forwards pointers and keys. */
export function FlameGraph(props: FlameGraphProps) {
  const frame = useRef<HTMLDivElement>(null);
  const thumb = useRef<HTMLDivElement>(null);
  const latest = useRef(props);
  const hintId = useId();
  const [tooltip, setTooltip] = useState<TooltipContent | null>(null);
  const [merged, setMerged] = useState<Merged>(NOTHING_MERGED);
  const [spoken, setSpoken] = useState('');
  const [engine] = useState(() => createEngine(latest, setTooltip, setMerged));

  useLayoutEffect(() => {
    latest.current = props;
  });
  useLayoutEffect(() => {
    if (frame.current === null) return undefined;
    return engine.start(frame.current, thumb.current);
  }, [engine]);

  const { model, revision, matches, selected, follow, live, fitRequest, focusItem = -1 } = props;
  const fromMs = props.window?.fromMs;
  const toMs = props.window?.toMs;
  const hasWindow = props.window !== undefined;
  useLayoutEffect(() => engine.invalidate(), [engine, model, revision, matches, selected, follow, live]);
  useLayoutEffect(() => engine.reset(), [engine, model.identity]);
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
      onKeyDown={engine.onKeyDown}
      onPointerDown={engine.onPointerDown}
      onPointerMove={engine.onPointerMove}
      onPointerUp={engine.onPointerUp}
      onPointerCancel={engine.onPointerUp}
      onPointerLeave={engine.onPointerLeave}
      onDoubleClick={engine.onDoubleClick}
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

type Merged = { readonly items: number; readonly boxes: number };
const NOTHING_MERGED: Merged = { items: 0, boxes: 0 };

type Latest = { readonly current: FlameGraphProps };

/** Everything that must not cause a render: pointer state, the view, the frame loop. */
function createEngine(
  latest: Latest,
  setTooltip: (content: TooltipContent | null) => void,
  setMerged: (merged: Merged) => void,
) {
  const view = new FlameViewState();
  const pointers = new Map<number, { x: number; y: number }>();
  const still = matchMedia('(prefers-reduced-motion: reduce)');
  let renderer: FlameRenderer | null = null;
  /** What the renderer was chosen for. */
  let drawn: FlameModel | null = null;
  /** Stays on the screen until its successor has drawn. */
  let outgoing: FlameRenderer | null = null;
  let element: HTMLElement | null = null;
  let thumb: HTMLElement | null = null;
  let requested = 0;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let dragged = false;
  let pinch = 0;
  let hoverX = -1;
  let hoverY = -1;
  let hovered = -1;
  let isAsking = false;
  let isDirty = false;
  /** What `onWindow` was told last, or the window asked for: not worth telling again. */
  let told: TimeWindow | null | undefined;
  let telling: ReturnType<typeof setTimeout> | undefined;
  let legendTimer: ReturnType<typeof setTimeout> | undefined;
  let merged = NOTHING_MERGED;

  function invalidate() {
    if (requested === 0 && element !== null) requested = requestAnimationFrame(paint);
  }

  /** The renderer that suits the model, which may have grown or be another one. */
  function renderWith(model: FlameModel): FlameRenderer {
    if (renderer !== null && !isOutgrown(renderer, drawn!, model)) {
      drawn = model;
      return renderer;
    }
    outgoing?.close();
    outgoing = renderer;
    drawn = model;
    renderer = createRenderer(model, { host: element!, isPlain: false, onPainted, onLost });
    resize();
    return renderer;
  }

  function onLost() {
    renderer?.close();
    renderer = drawn = null;
    invalidate();
  }

  function resize() {
    renderer?.resize(view.cssWidth, view.cssHeight, devicePixelRatio || 1);
  }

  function onPainted(stats: FrameStats & { readonly ms: number }) {
    outgoing?.close();
    outgoing = null;
    view.rowCount = stats.rows;
    merged = { items: stats.mergedItems, boxes: stats.mergedBoxes };
    legendTimer ??= setTimeout(showMerged, LEGEND_MS);
    placeThumb();
    latest.current.onFrame?.(stats.ms);
    if (hoverX >= 0) hover();
    if (isDirty) invalidate();
    isDirty = false;
  }

  function showMerged() {
    legendTimer = undefined;
    setMerged(merged);
  }

  /** Tells where the user went, once they rest. */
  function tellWindow() {
    clearTimeout(telling);
    if (latest.current.onWindow === undefined) return;
    telling = setTimeout(() => {
      const now = view.isFitted ? null : view.window;
      if (told !== undefined && isSameWindow(told, now)) return;
      told = now;
      latest.current.onWindow?.(now);
    }, REST_MS);
  }

  function paint() {
    requested = 0;
    if (element === null || view.cssWidth === 0) return;
    const { model, clock, follow, live, matches, selected } = latest.current;
    const renderer = renderWith(model);
    if (renderer.isBusy) isDirty = true;
    else {
      const nowMs = clock();
      view.adapt(model, nowMs, follow);
      renderer.paint({
        model,
        window: view.window,
        cssScroll: view.cssScroll,
        nowMs,
        matches,
        selected,
        phase: still.matches ? 0 : (performance.now() / 1200) % 1,
      });
    }
    clearTimeout(timer);
    if (live && !document.hidden)
      timer = setTimeout(invalidate, still.matches ? STILL_FRAME_MS : LIVE_FRAME_MS);
  }

  function placeThumb() {
    if (thumb === null) return;
    const whole = (view.rowCount + 1) * ROW_HEIGHT;
    const room = view.cssHeight - AXIS_HEIGHT;
    const share = room / whole;
    thumb.style.display = share < 1 ? 'block' : 'none';
    thumb.style.height = `${Math.max(24, room * share)}px`;
    thumb.style.transform = `translateY(${AXIS_HEIGHT + (view.cssScroll / whole) * room}px)`;
  }

  function hover() {
    if (renderer === null || isAsking) return;
    if (pointers.size > 0 && dragged) return showHit({ item: -1, merged: 0 });
    const asked = { x: hoverX, y: hoverY };
    isAsking = true;
    renderer.hit(hoverX, hoverY, (hit) => {
      isAsking = false;
      // The pointer went on meanwhile: ask for where it is, and show what it passed.
      if (hoverX < 0) return;
      showHit(hit);
      if (hoverX !== asked.x || hoverY !== asked.y) hover();
    });
  }

  function showHit({ item, merged }: Hit) {
    if (item < 0) {
      if (hovered !== -1) setTooltip(null);
      hovered = -1;
      return;
    }
    const { model, clock } = latest.current;
    hovered = item;
    setTooltip({
      cssX: hoverX,
      cssY: hoverY,
      cssWidth: view.cssWidth,
      cssHeight: view.cssHeight,
      facts: model.describe(item, clock()),
      note:
        merged > 1
          ? `${countOf(merged, model.itemLabel ?? 'span')} merged in this pixel, the longest is shown`
          : null,
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
    if (event.shiftKey) view.scrollTo(view.cssScroll + (event.deltaY || event.deltaX));
    else if (Math.abs(event.deltaX) > Math.abs(event.deltaY)) {
      unfollow();
      view.pan(model, clock(), event.deltaX * msPerPx);
    } else {
      unfollow();
      const factor = wheelFactor(event.deltaY, event.deltaMode, event.ctrlKey);
      view.zoom(model, clock(), factor, view.msAt(point(event).x));
    }
    tellWindow();
    invalidate();
  }

  /** Where an item's row is needed, a frame must have been drawn: a worker may only know it a little later. */
  function withRow(item: number, act: (row: number) => void) {
    if (element === null) return;
    const { model } = latest.current;
    renderWith(model).rowOf(model, item, (row) => {
      if (row < 0 || element === null || latest.current.model.identity !== model.identity) return;
      // Before the first frame nothing is known of the rows but this one.
      view.rowCount = Math.max(view.rowCount, row + 1);
      if (view.cssWidth > 0) {
        view.adapt(model, latest.current.clock(), latest.current.follow);
        act(row);
      }
      invalidate();
    });
  }

  function zoomTo(item: number) {
    withRow(item, (row) => {
      unfollow();
      view.zoomTo(latest.current.model, latest.current.clock(), item, row);
      tellWindow();
    });
  }

  return {
    invalidate,

    start(frame: HTMLElement, scrollThumb: HTMLElement | null) {
      element = frame;
      thumb = scrollThumb;
      let ratio = 0;
      const size = () => {
        const { clientWidth, clientHeight } = frame;
        // An observer also tells the size there was at its start, which has been drawn by then.
        if (clientWidth === view.cssWidth && clientHeight === view.cssHeight && devicePixelRatio === ratio)
          return;
        ratio = devicePixelRatio;
        view.cssWidth = clientWidth;
        view.cssHeight = clientHeight;
        resize();
        invalidate();
      };
      const repaint = () => {
        renderer?.forgetTheme();
        invalidate();
      };
      const observer = new ResizeObserver(size);
      observer.observe(frame);
      const endTheme = onThemeChange(repaint);
      // The ratio changes with the screen that the window is on.
      addEventListener('resize', size);
      document.addEventListener('visibilitychange', invalidate);
      frame.addEventListener('wheel', onWheel, { passive: false });
      // At once: a worker can take the spans in while the browser lays the page out.
      renderWith(latest.current.model);
      size();
      return () => {
        observer.disconnect();
        endTheme();
        removeEventListener('resize', size);
        document.removeEventListener('visibilitychange', invalidate);
        frame.removeEventListener('wheel', onWheel);
        cancelAnimationFrame(requested);
        for (const waiting of [timer, telling, legendTimer]) clearTimeout(waiting);
        requested = 0;
        legendTimer = undefined;
        renderer?.close();
        outgoing?.close();
        element = renderer = outgoing = drawn = null;
        isAsking = isDirty = false;
      };
    },

    /** The items are others than before. */
    reset() {
      hovered = -1;
      invalidate();
    },

    fit() {
      view.fit(latest.current.model, latest.current.clock());
      tellWindow();
      invalidate();
    },

    show(window: TimeWindow | null) {
      const now = view.isFitted ? null : view.window;
      if (told !== undefined && isSameWindow(told, window)) return;
      told = window;
      if (isSameWindow(now, window)) return;
      if (window !== null) unfollow();
      view.show(latest.current.model, latest.current.clock(), window);
      invalidate();
    },

    zoomTo,

    reveal(item: number) {
      withRow(item, (row) => view.reveal(latest.current.model, latest.current.clock(), item, row));
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
        tellWindow();
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
        tellWindow();
      }
      view.scrollTo(view.cssScroll + held.y - at.y);
      invalidate();
    },

    onPointerUp(event: PointerEvent<HTMLElement>) {
      if (!pointers.delete(event.pointerId) || dragged || event.type === 'pointercancel') return;
      const { x, y } = point(event);
      renderer?.hit(x, y, ({ item }) => latest.current.onSelect(item));
    },

    onPointerLeave() {
      hoverX = -1;
      hovered = -1;
      setTooltip(null);
    },

    onDoubleClick(event: { clientX: number; clientY: number }) {
      const { x, y } = point(event);
      renderer?.hit(x, y, ({ item }) => {
        if (item >= 0) return zoomTo(item);
        unfollow();
        view.fit(latest.current.model, latest.current.clock());
        tellWindow();
        invalidate();
      });
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
        view.scrollTo(view.cssScroll + command.rows * ROW_HEIGHT);
      } else if (selected >= 0) zoomTo(selected);
      tellWindow();
      invalidate();
    },
  };
}

function isSameWindow(a: TimeWindow | null, b: TimeWindow | null): boolean {
  return a === b || (a !== null && b !== null && a.fromMs === b.fromMs && a.toMs === b.toMs);
}
