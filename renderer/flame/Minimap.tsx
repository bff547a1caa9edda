import { useEffect, useLayoutEffect, useRef } from 'react';
import type { KeyboardEvent, PointerEvent } from 'react';
import type { FlameModel } from './flameModel.ts';
import { draw } from './draw.ts';
import { Boxes, layout } from './layout.ts';
import { canvasSurface } from './surface.ts';
import type { Surface } from './surface.ts';
import { onThemeChange, readTheme } from './theme.ts';
import type { FlameTheme } from './theme.ts';
import { clampWindow, fitWindow, panWindow, zoomWindow } from './viewport.ts';
import type { TimeWindow } from './viewport.ts';

type Props = {
  readonly model: FlameModel;
  readonly revision: number;
  readonly clock: () => number;
  readonly window: TimeWindow;
  readonly isFitted: boolean;
  /** `null` asks for everything. */
  readonly onWindow: (window: TimeWindow | null) => void;
};

const MAX_ROWS = 120;
const DRAG_PX = 4;

/** The whole trace as a strip: drag marks a stretch of time to look at, double click shows everything. */
export function Minimap({ model, revision, clock, window, isFitted, onWindow }: Props) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const painter = useRef<{ boxes: Boxes; surface: Surface | null; theme: FlameTheme | null }>({
    boxes: new Boxes(),
    surface: null,
    theme: null,
  });
  const drag = useRef<{ x: number; moved: boolean } | null>(null);
  const [start, end] = model.extent(clock());
  const whole = fitWindow(start, end);
  const length = whole.toMs - whole.fromMs;
  const left = isFitted ? 0 : ((window.fromMs - whole.fromMs) / length) * 100;
  const width = isFitted ? 100 : ((window.toMs - window.fromMs) / length) * 100;

  const paint = () => {
    const element = canvas.current;
    if (element === null || element.clientWidth === 0) return;
    const state = painter.current;
    const ratio = devicePixelRatio || 1;
    const deviceWidth = Math.round(element.clientWidth * ratio);
    const deviceHeight = Math.round(element.clientHeight * ratio);
    if (state.surface === null || element.width !== deviceWidth || element.height !== deviceHeight) {
      element.width = deviceWidth;
      element.height = deviceHeight;
      state.surface = canvasSurface(element, ratio);
    }
    if (state.surface === null) return;
    state.theme ??= readTheme(element);
    const [fromMs, lastMs] = model.extent(clock());
    const view = fitWindow(fromMs, lastMs);
    const rows = Math.min(MAX_ROWS, Math.max(1, model.columns.rows.length));
    layout(model.columns, { ...view, deviceWidth, firstRow: 0, lastRow: rows, nowMs: clock() }, state.boxes);
    draw(state.surface, state.boxes, state.theme, {
      ...view,
      ticks: [],
      deviceAxis: 0,
      deviceRow: Math.min(6 * ratio, deviceHeight / rows),
      deviceScroll: 0,
      labelOf: () => '',
      noteOf: () => '',
      isSearching: false,
      selected: null,
      isPlain: true,
      phase: 0,
    });
  };
  const latest = useRef(paint);
  useLayoutEffect(() => {
    latest.current = paint;
  });
  useLayoutEffect(() => latest.current(), [model, revision]);
  useEffect(() => {
    if (canvas.current === null) return undefined;
    const observer = new ResizeObserver(() => latest.current());
    observer.observe(canvas.current);
    const endTheme = onThemeChange(() => {
      painter.current.theme = null;
      latest.current();
    });
    return () => {
      observer.disconnect();
      endTheme();
    };
  }, []);

  const msAt = (clientX: number, element: Element) => {
    const box = element.getBoundingClientRect();
    return whole.fromMs + Math.min(1, Math.max(0, (clientX - box.left) / box.width)) * length;
  };
  const onPointerMove = (event: PointerEvent<HTMLDivElement>) => {
    const from = drag.current;
    if (from === null || (!from.moved && Math.abs(event.clientX - from.x) < DRAG_PX)) return;
    from.moved = true;
    const a = msAt(from.x, event.currentTarget);
    const b = msAt(event.clientX, event.currentTarget);
    onWindow(clampWindow({ fromMs: Math.min(a, b), toMs: Math.max(a, b) }, start, end));
  };
  const onPointerUp = (event: PointerEvent<HTMLDivElement>) => {
    // A click brings the window there.
    if (drag.current !== null && !drag.current.moved && !isFitted) {
      const by = msAt(event.clientX, event.currentTarget) - (window.fromMs + window.toMs) / 2;
      onWindow(clampWindow(panWindow(window, by), start, end));
    }
    drag.current = null;
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const shown = isFitted ? whole : window;
    const middle = (shown.fromMs + shown.toMs) / 2;
    const step = (shown.toMs - shown.fromMs) / 5;
    const moved = {
      ArrowLeft: panWindow(shown, -step),
      ArrowRight: panWindow(shown, step),
      ArrowUp: zoomWindow(shown, 1 / 1.4, middle),
      ArrowDown: zoomWindow(shown, 1.4, middle),
      '+': zoomWindow(shown, 1 / 1.4, middle),
      '-': zoomWindow(shown, 1.4, middle),
    }[event.key];
    if (event.key === '0' || event.key === 'Escape') onWindow(null);
    else if (moved !== undefined) onWindow(clampWindow(moved, start, end));
    else return;
    event.preventDefault();
    event.stopPropagation();
  };

  return (
    <div
      className="minimap"
      tabIndex={0}
      role="slider"
      aria-label="Stretch of time shown. Left and right move it, up and down zoom, 0 shows everything."
      aria-valuemin={0}
      aria-valuemax={100}
      aria-valuenow={Math.round(left)}
      aria-valuetext={`from ${Math.round(left)} to ${Math.round(left + width)} percent`}
      onPointerDown={(event) => {
        event.currentTarget.setPointerCapture(event.pointerId);
        drag.current = { x: event.clientX, moved: false };
      }}
      onPointerMove={onPointerMove}
      onPointerUp={onPointerUp}
      onDoubleClick={() => onWindow(null)}
      onKeyDown={onKeyDown}
    >
      <canvas ref={canvas} aria-hidden="true" />
      {!isFitted && (
        <>
          <div className="minimap-shade" style={{ left: 0, width: `${Math.max(0, left)}%` }} />
          <div className="minimap-shade" style={{ left: `${left + width}%`, right: 0 }} />
          <div className="minimap-window" style={{ left: `${left}%`, width: `${width}%` }} />
        </>
      )}
    </div>
  );
}
