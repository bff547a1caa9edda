/** Pointer and wheel over a flame graph: pan, pinch, zoom, choose, and what is said of the item below. */
import type { PointerEvent } from 'react';
import { countOf } from '../../shared/units.ts';
import type { FlameEngine } from './flameEngine.ts';
import type { Latest } from './flameProps.ts';
import type { Hit } from './flameRenderer.ts';
import type { TooltipContent } from './Tooltip.tsx';
import { wheelFactor } from './viewport.ts';

const DRAG_PX = 3;

type Point = { readonly x: number; readonly y: number };

/** `setTooltip` is told what to say, `null` for nothing. */
export function createPointer(
  { view, moved, unfollow, fit, zoomTo, hit }: FlameEngine,
  latest: Latest,
  setTooltip: (content: TooltipContent | null) => void,
) {
  const pointers = new Map<number, Point>();
  let frame: HTMLElement | null = null;
  let dragged = false;
  let pinch = 0;
  let hoverX = -1;
  let hoverY = -1;
  let hovered = -1;
  let isAsking = false;

  function hover() {
    if (frame === null || isAsking) return;
    if (pointers.size > 0 && dragged) return showHit({ item: -1, merged: 0 });
    const asked = { x: hoverX, y: hoverY };
    isAsking = true;
    hit(hoverX, hoverY, (found) => {
      isAsking = false;
      // The pointer went on meanwhile: ask for where it is, and show what it passed.
      if (hoverX < 0) return;
      showHit(found);
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

  function point(event: { clientX: number; clientY: number }): Point {
    const box = frame!.getBoundingClientRect();
    return { x: event.clientX - box.left, y: event.clientY - box.top };
  }

  function onWheel(event: WheelEvent) {
    event.preventDefault();
    const { model, clock } = latest.current;
    if (event.shiftKey) view.scrollTo(view.cssScroll + (event.deltaY || event.deltaX));
    else if (Math.abs(event.deltaX) > Math.abs(event.deltaY)) {
      unfollow();
      view.pan(model, clock(), event.deltaX * view.msPerPx);
    } else {
      unfollow();
      const factor = wheelFactor(event.deltaY, event.deltaMode, event.ctrlKey);
      view.zoom(model, clock(), factor, view.msAt(point(event).x));
    }
    moved();
  }

  return {
    /** Listens on the element of the graph until what it returns is called. */
    listen(element: HTMLElement) {
      frame = element;
      // React's own would be passive, and the page would scroll.
      element.addEventListener('wheel', onWheel, { passive: false });
      return () => {
        element.removeEventListener('wheel', onWheel);
        frame = null;
        isAsking = false;
      };
    },

    /** Another frame was drawn: something else may be below the pointer. */
    look() {
      if (hoverX >= 0) hover();
    },

    /** The items are others than before. */
    forget() {
      hovered = -1;
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
        return moved();
      }
      if (!dragged && Math.hypot(at.x - held.x, at.y - held.y) < DRAG_PX) return;
      if (!dragged) setTooltip(null);
      dragged = true;
      pointers.set(event.pointerId, at);
      if (at.x !== held.x && !view.isFitted) {
        unfollow();
        view.pan(model, clock(), (held.x - at.x) * view.msPerPx);
      }
      view.scrollTo(view.cssScroll + held.y - at.y);
      moved();
    },

    onPointerUp(event: PointerEvent<HTMLElement>) {
      if (!pointers.delete(event.pointerId) || dragged || event.type === 'pointercancel') return;
      const { x, y } = point(event);
      hit(x, y, ({ item }) => latest.current.onSelect(item));
    },

    onPointerLeave() {
      hoverX = -1;
      hovered = -1;
      setTooltip(null);
    },

    onDoubleClick(event: { clientX: number; clientY: number }) {
      const { x, y } = point(event);
      hit(x, y, ({ item }) => {
        if (item >= 0) return zoomTo(item);
        unfollow();
        fit();
      });
    },
  };
}
