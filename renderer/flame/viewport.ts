/** The part of the time axis that is shown, and what wheel and keys do to it. Times in ms after the origin. */
export type TimeWindow = { readonly fromMs: number; readonly toMs: number };

/** 10 ns across the whole view: below what any clock here tells apart. */
const MIN_WINDOW_MS = 1e-5;

/** The whole extent with a little room on the right, never of no width. */
export function fitWindow(startMs: number, endMs: number): TimeWindow {
  const length = Math.max(endMs - startMs, 1e-3);
  return { fromMs: startMs, toMs: startMs + length * 1.01 };
}

/** Keeps a window at least 10 ns wide, at most as wide as the extent, and over some of it. */
export function clampWindow(window: TimeWindow, startMs: number, endMs: number): TimeWindow {
  const whole = fitWindow(startMs, endMs);
  const most = whole.toMs - whole.fromMs;
  const width = Math.min(most, Math.max(MIN_WINDOW_MS, window.toMs - window.fromMs));
  const from = Math.min(Math.max(window.fromMs, whole.fromMs), whole.toMs - width);
  return { fromMs: from, toMs: from + width };
}

/** `factor` above 1 shows more; the time at `anchorMs` stays where it is. */
export function zoomWindow(window: TimeWindow, factor: number, anchorMs: number): TimeWindow {
  const width = window.toMs - window.fromMs;
  const wanted = Math.max(MIN_WINDOW_MS, width * factor);
  const from = anchorMs - ((anchorMs - window.fromMs) / width) * wanted;
  return { fromMs: from, toMs: from + wanted };
}

export function panWindow(window: TimeWindow, byMs: number): TimeWindow {
  return { fromMs: window.fromMs + byMs, toMs: window.toMs + byMs };
}

/** A span with a tenth of its length on both sides. */
export function spanWindow(startMs: number, endMs: number): TimeWindow {
  const room = Math.max(MIN_WINDOW_MS, (endMs - startMs) * 0.1);
  return { fromMs: startMs - room, toMs: endMs + room };
}

/** Follows live growth: a window over everything keeps fitting, a zoomed one slides along with `nowMs`. */
export function followWindow(
  window: TimeWindow,
  startMs: number,
  nowMs: number,
  isFitted: boolean,
): TimeWindow {
  if (isFitted) return fitWindow(startMs, nowMs);
  const width = window.toMs - window.fromMs;
  const to = nowMs + width * 0.05;
  return to - width < startMs ? window : { fromMs: to - width, toMs: to };
}

/** Zoom factor of a wheel step; trackpads send many small ones, mice few large ones. */
export function wheelFactor(deltaY: number, deltaMode: number, isPinch: boolean): number {
  const pixels = deltaY * (deltaMode === 1 ? 16 : deltaMode === 2 ? 400 : 1);
  return Math.exp(Math.max(-240, Math.min(240, pixels)) * (isPinch ? 0.01 : 0.002));
}

export type ViewCommand =
  | { readonly kind: 'zoom'; readonly factor: number }
  | {
      readonly kind: 'pan';
      /** Share of the window's width. */ readonly x: number;
      /** Rows. */ readonly rows: number;
    }
  | { readonly kind: 'move'; readonly to: 'parent' | 'child' | 'previous' | 'next' }
  | { readonly kind: 'fit' | 'zoomToSelected' | 'clear' | 'openSelected' };

/**
 * What a key does. Arrows go from span to span, and pan while Shift is held; WASD pan and zoom as in other
 * profilers. `null` for keys that are not ours.
 */
export function keyCommand(key: string, shift: boolean): ViewCommand | null {
  switch (key.length === 1 ? key.toLowerCase() : key) {
    case 'w':
    case '+':
    case '=':
      return { kind: 'zoom', factor: 1 / 1.4 };
    case 's':
    case '-':
    case '_':
      return { kind: 'zoom', factor: 1.4 };
    case 'a':
      return { kind: 'pan', x: -0.15, rows: 0 };
    case 'd':
      return { kind: 'pan', x: 0.15, rows: 0 };
    case '0':
      return { kind: 'fit' };
    case 'ArrowLeft':
      return shift ? { kind: 'pan', x: -0.15, rows: 0 } : { kind: 'move', to: 'previous' };
    case 'ArrowRight':
      return shift ? { kind: 'pan', x: 0.15, rows: 0 } : { kind: 'move', to: 'next' };
    case 'ArrowUp':
      return shift ? { kind: 'pan', x: 0, rows: -3 } : { kind: 'move', to: 'parent' };
    case 'ArrowDown':
      return shift ? { kind: 'pan', x: 0, rows: 3 } : { kind: 'move', to: 'child' };
    case 'PageUp':
      return { kind: 'pan', x: 0, rows: -20 };
    case 'PageDown':
      return { kind: 'pan', x: 0, rows: 20 };
    case 'Enter':
      return { kind: 'zoomToSelected' };
    case 'Escape':
      return { kind: 'clear' };
    default:
      return null;
  }
}
