/**
 * What a flame graph does between renders: the view, the renderer that suits the model, and the frame loop, which
 * gathers changes into animation frames. Pointer and keys (`flamePointer.ts`, `flameKeys.ts`) move the view.
 */
import { createRenderer, isOutgrown } from './chooseRenderer.ts';
import type { FlameModel } from './flameModel.ts';
import type { Latest } from './flameProps.ts';
import { NO_HIT } from './flameRenderer.ts';
import type { FlameRenderer, Hit } from './flameRenderer.ts';
import { FlameViewState } from './flameView.ts';
import type { FrameStats } from './paintFlame.ts';
import { onThemeChange } from '../derive/themeChange.ts';
import type { TimeWindow } from './viewport.ts';

/** Items that share marks with others, and those marks, of the frame drawn last. */
export type Merged = { readonly items: number; readonly boxes: number };
export const NOTHING_MERGED: Merged = { items: 0, boxes: 0 };

const LIVE_FRAME_MS = 33;
const STILL_FRAME_MS = 500;
const REST_MS = 200;
const LEGEND_MS = 250;

type Told = {
  readonly onMerged: (merged: Merged) => void;
  /** After every frame. */
  readonly onDrawn: (view: FlameViewState) => void;
};

export type FlameEngine = ReturnType<typeof createEngine>;

/** Everything that must not cause a render, but for the pointer's state. */
export function createEngine(latest: Latest, { onMerged, onDrawn }: Told) {
  const view = new FlameViewState();
  const still = matchMedia('(prefers-reduced-motion: reduce)');
  let renderer: FlameRenderer | null = null;
  /** What the renderer was chosen for. */
  let drawn: FlameModel | null = null;
  /** Stays on the screen until its successor has drawn. */
  let outgoing: FlameRenderer | null = null;
  let element: HTMLElement | null = null;
  let requested = 0;
  let timer: ReturnType<typeof setTimeout> | undefined;
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
    latest.current.onFrame?.(stats.ms);
    onDrawn(view);
    if (isDirty) invalidate();
    isDirty = false;
  }

  function showMerged() {
    legendTimer = undefined;
    onMerged(merged);
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

  /** The user went where time does not. */
  function unfollow() {
    if (latest.current.follow) latest.current.onUnfollow();
  }

  /** The user moved the view. */
  function moved() {
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

  function fit() {
    view.fit(latest.current.model, latest.current.clock());
    moved();
  }

  function start(frame: HTMLElement) {
    element = frame;
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
    // At once: a worker can take the spans in while the browser lays the page out.
    renderWith(latest.current.model);
    size();
    return () => {
      observer.disconnect();
      endTheme();
      removeEventListener('resize', size);
      document.removeEventListener('visibilitychange', invalidate);
      cancelAnimationFrame(requested);
      for (const waiting of [timer, telling, legendTimer]) clearTimeout(waiting);
      requested = 0;
      legendTimer = undefined;
      renderer?.close();
      outgoing?.close();
      element = renderer = outgoing = drawn = null;
      isDirty = false;
    };
  }

  function show(window: TimeWindow | null) {
    const now = view.isFitted ? null : view.window;
    if (told !== undefined && isSameWindow(told, window)) return;
    told = window;
    if (isSameWindow(now, window)) return;
    if (window !== null) unfollow();
    view.show(latest.current.model, latest.current.clock(), window);
    invalidate();
  }

  function reveal(item: number) {
    withRow(item, (row) => view.reveal(latest.current.model, latest.current.clock(), item, row));
  }

  /** What is at a point of the last frame: nothing where there is no renderer yet. */
  function hit(cssX: number, cssY: number, answer: (hit: Hit) => void) {
    if (renderer === null) answer(NO_HIT);
    else renderer.hit(cssX, cssY, answer);
  }

  return { view, start, invalidate, moved, unfollow, fit, show, zoomTo, reveal, hit };
}

function isSameWindow(a: TimeWindow | null, b: TimeWindow | null): boolean {
  return a === b || (a !== null && b !== null && a.fromMs === b.fromMs && a.toMs === b.toMs);
}
