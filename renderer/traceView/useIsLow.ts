import { useLayoutEffect, useState } from 'react';
import type { RefObject } from 'react';

/** CSS pixels. Below this height a view with a span's details under it shows a line or two of either. */
const LOW_PX = 420;
/** As in the container queries of the style sheets: from here on the details are beside the view. */
const BESIDE_PX = 820;

/** Whether an element is too low to show a span below its view. `isStacked` says that the span is never beside it. */
export function useIsLow(element: RefObject<HTMLElement | null>, isStacked: boolean): boolean {
  const [isLow, setIsLow] = useState(false);
  useLayoutEffect(() => {
    const measured = element.current;
    if (measured === null) return undefined;
    const measure = () => {
      const isBelow = isStacked || measured.clientWidth <= BESIDE_PX;
      setIsLow(isBelow && measured.clientHeight > 0 && measured.clientHeight < LOW_PX);
    };
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(measured);
    return () => observer.disconnect();
  }, [element, isStacked]);
  return isLow;
}
