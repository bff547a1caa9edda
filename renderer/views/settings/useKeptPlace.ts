import { useEffect, useRef } from 'react';
import type { RefObject } from 'react';

/** A section and how much of it stands above the edge, as a share of its height. */
type Place = { readonly section: Element; readonly share: number };

/** Room below the edge in which a section that begins is the one that is read. */
const HEAD_PX = 60;

/**
 * For what scrolls: the section that is read stays where it is when the window gets wider or narrower. The browser sees to
 * that only as long as the layout stays the same.
 */
export function useKeptPlace(): RefObject<HTMLDivElement | null> {
  const scroller = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const element = scroller.current;
    if (element === null) return undefined;
    let width = element.clientWidth;
    let place: Place | null = null;
    const note = () => {
      // What a change of the width scrolls by itself is nowhere that anybody went.
      if (element.clientWidth === width) place = placeIn(element);
    };
    const observer = new ResizeObserver(() => {
      if (element.clientWidth === width) return;
      width = element.clientWidth;
      if (place === null) return;
      const { top, height } = place.section.getBoundingClientRect();
      element.scrollTop += top - edgeOf(element, place.section) + place.share * height;
    });
    element.addEventListener('scroll', note, { passive: true });
    observer.observe(element);
    return () => {
      element.removeEventListener('scroll', note);
      observer.disconnect();
    };
  }, []);
  return scroller;
}

function placeIn(scroller: Element): Place | null {
  const sections = [...scroller.querySelectorAll('section[aria-labelledby]')];
  const section = sections.findLast(
    (each) => each.getBoundingClientRect().top <= edgeOf(scroller, each) + HEAD_PX,
  );
  if (section === undefined) return null;
  const { top, height } = section.getBoundingClientRect();
  return { section, share: (edgeOf(scroller, section) - top) / height };
}

/** Where a section begins that was scrolled to: below what stays at the top. */
function edgeOf(scroller: Element, section: Element): number {
  return scroller.getBoundingClientRect().top + Number.parseFloat(getComputedStyle(section).scrollMarginTop);
}
