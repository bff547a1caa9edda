import { useCallback, useEffect, useLayoutEffect, useRef, useState } from 'react';
import type { RefObject, UIEvent } from 'react';

export const ROW_PX = 26;
const HEAD_PX = 30;
const OVERSCAN = 6;

export type Scroller = {
  readonly scroller: RefObject<HTMLDivElement | null>;
  /** In whole rows. */
  readonly scrollTop: number;
  readonly height: number;
  /** Of everything. */
  readonly widthPx: number;
  /** Width of the time column. */
  readonly trackPx: number;
  /** Scrolls a row into view, no further than needed. */
  readonly reveal: (row: number) => void;
  readonly onScroll: (event: UIEvent<HTMLElement>) => void;
};

/** Where the rows are scrolled to and how large they are. `columns`: another object where the columns changed. */
export function useScroller(columns: unknown): Scroller {
  const scroller = useRef<HTMLDivElement>(null);
  const [scrollTop, setScrollTop] = useState(0);
  const [height, setHeight] = useState(400);
  const [widthPx, setWidthPx] = useState(0);
  const [trackPx, setTrackPx] = useState(0);
  const reveal = useCallback((row: number) => {
    const element = scroller.current;
    if (element === null || row < 0) return;
    const top = row * ROW_PX;
    const room = element.clientHeight - HEAD_PX;
    if (top < element.scrollTop) element.scrollTop = top;
    else if (top + ROW_PX > element.scrollTop + room) element.scrollTop = top + ROW_PX - room;
  }, []);
  useLayoutEffect(() => {
    const element = scroller.current;
    if (element === null) return undefined;
    // Of the head's time cell, as wide as that of every row: it changes with the window and with the columns.
    const track = element.querySelector('.wf-headrow .wf-track');
    const measure = () => {
      setHeight(element.clientHeight);
      setWidthPx(element.clientWidth);
      setTrackPx(track?.clientWidth ?? 0);
    };
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    if (track !== null) observer.observe(track);
    return () => observer.disconnect();
  }, [columns]);
  const onScroll = (event: UIEvent<HTMLElement>) => setScrollTop(wholeRows(event.currentTarget.scrollTop));
  return { scroller, scrollTop, height, widthPx, trackPx, reveal, onScroll };
}

/** Down to a whole row: steps within one, as a wheel makes many of, need no other rows and so no drawing of React's. */
export function wholeRows(scrollTop: number): number {
  return Math.floor(scrollTop / ROW_PX) * ROW_PX;
}

/** The rows to render, the last one not included, and how many elements there are for them. */
export function visibleRows(scrollTop: number, height: number, count: number) {
  return {
    first: Math.max(0, Math.floor(scrollTop / ROW_PX) - OVERSCAN),
    last: Math.min(count, Math.ceil((scrollTop + height) / ROW_PX) + OVERSCAN),
    pool: Math.ceil(height / ROW_PX) + 2 * OVERSCAN + 2,
  };
}

/** The wheel over the rows, before the page scrolls; `share` is the place on the time axis, 0 to 1. */
export function useWheel(
  scroller: RefObject<HTMLDivElement | null>,
  onWheel: (event: WheelEvent, share: number) => boolean,
): void {
  const latest = useRef(onWheel);
  useLayoutEffect(() => {
    latest.current = onWheel;
  });
  useEffect(() => {
    const element = scroller.current;
    if (element === null) return undefined;
    const listener = (event: WheelEvent) => {
      const track = element.querySelector('.wf-headrow .wf-track')?.getBoundingClientRect();
      if (track === undefined || track.width === 0) return;
      const share = Math.min(1, Math.max(0, (event.clientX - track.left) / track.width));
      if (latest.current(event, share)) event.preventDefault();
    };
    // React's own listener may not refuse the page's zoom.
    element.addEventListener('wheel', listener, { passive: false });
    return () => element.removeEventListener('wheel', listener);
  }, [scroller]);
}
