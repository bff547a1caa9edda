import { useEffect, useLayoutEffect, useRef } from 'react';
import type { KeyboardEvent, PointerEvent } from 'react';
import { createRenderer, isOutgrown } from './chooseRenderer.ts';
import type { FlameModel } from './flameModel.ts';
import type { FlameRenderer } from './flameRenderer.ts';
import { onThemeChange } from '../derive/themeChange.ts';
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

const DRAG_PX = 4;

/** What a drag does: marks a new stretch, moves the shown one, or one of its ends. */
type Drag = {
  readonly what: 'mark' | 'move' | 'from' | 'to';
  readonly x: number;
  readonly window: TimeWindow;
  moved: boolean;
};

/**
 * The whole trace as a strip: dragging marks a stretch of time to look at, or moves the marked one or one of its ends;
 * a double click shows everything.
 */
export function Minimap({ model, revision, clock, window, isFitted, onWindow }: Props) {
  const host = useRef<HTMLDivElement>(null);
  const drawing = useRef<{ renderer: FlameRenderer | null; model: FlameModel | null; isDirty: boolean }>({
    renderer: null,
    model: null,
    isDirty: false,
  });
  const drag = useRef<Drag | null>(null);
  const [start, end] = model.extent(clock());
  const whole = fitWindow(start, end);
  const length = whole.toMs - whole.fromMs;
  const left = isFitted ? 0 : ((window.fromMs - whole.fromMs) / length) * 100;
  const width = isFitted ? 100 : ((window.toMs - window.fromMs) / length) * 100;

  const paint = () => {
    const element = host.current;
    if (element === null || element.clientWidth === 0) return;
    const state = drawing.current;
    if (state.renderer === null || isOutgrown(state.renderer, state.model!, model)) {
      state.renderer?.close();
      state.renderer = createRenderer(model, {
        host: element,
        isPlain: true,
        onPainted() {
          if (state.isDirty) latest.current();
          state.isDirty = false;
        },
        onLost() {
          state.renderer?.close();
          state.renderer = null;
          latest.current();
        },
      });
    }
    state.model = model;
    if (state.renderer.isBusy) {
      state.isDirty = true;
      return;
    }
    state.renderer.resize(element.clientWidth, element.clientHeight, devicePixelRatio || 1);
    const [fromMs, lastMs] = model.extent(clock());
    state.renderer.paint({
      model,
      window: fitWindow(fromMs, lastMs),
      cssScroll: 0,
      nowMs: clock(),
      matches: null,
      selected: -1,
      phase: 0,
    });
  };
  const latest = useRef(paint);
  useLayoutEffect(() => {
    latest.current = paint;
  });
  useLayoutEffect(() => latest.current(), [model, revision]);
  useEffect(() => {
    if (host.current === null) return undefined;
    const state = drawing.current;
    const observer = new ResizeObserver(() => latest.current());
    observer.observe(host.current);
    const endTheme = onThemeChange(() => {
      state.renderer?.forgetTheme();
      latest.current();
    });
    return () => {
      observer.disconnect();
      endTheme();
      state.renderer?.close();
      state.renderer = null;
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
    const element = event.currentTarget;
    const at = msAt(event.clientX, element);
    const by = at - msAt(from.x, element);
    const { fromMs, toMs } = from.window;
    const marked = {
      mark: [at - by, at],
      move: [fromMs + by, toMs + by],
      from: [fromMs + by, toMs],
      to: [fromMs, toMs + by],
    }[from.what];
    const next = { fromMs: Math.min(...marked), toMs: Math.max(...marked) };
    onWindow(clampWindow(next, start, end));
  };
  const onPointerUp = (event: PointerEvent<HTMLDivElement>) => {
    // A click brings the window there.
    if (drag.current?.what === 'mark' && !drag.current.moved && !isFitted) {
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
        const grabbed = (event.target as HTMLElement).dataset['grab'] as Drag['what'] | undefined;
        drag.current = { what: grabbed ?? 'mark', x: event.clientX, window, moved: false };
      }}
      onPointerMove={onPointerMove}
      onPointerUp={onPointerUp}
      onPointerCancel={() => {
        drag.current = null;
      }}
      onDoubleClick={() => onWindow(null)}
      onKeyDown={onKeyDown}
    >
      <div ref={host} className="minimap-canvas" aria-hidden="true" />
      {!isFitted && (
        <>
          <div className="minimap-shade" style={{ left: 0, width: `${Math.max(0, left)}%` }} />
          <div className="minimap-shade" style={{ left: `${left + width}%`, right: 0 }} />
          <div className="minimap-window" data-grab="move" style={{ left: `${left}%`, width: `${width}%` }}>
            <div className="minimap-handle" data-grab="from" data-side="from" />
            <div className="minimap-handle" data-grab="to" data-side="to" />
          </div>
        </>
      )}
    </div>
  );
}
