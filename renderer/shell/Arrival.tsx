import { useEffect, useRef } from 'react';
import { useStore } from '../store/index.ts';
import { selectShownRun, selectSource, selectVisit } from '../store/selectors.ts';

/**
 * Takes the focus to the heading of the screen that has just come, where the keyboard would else begin at the
 * window's edge. Stands beside the view, inside its Suspense: it wakes when the view is there.
 */
export function Arrival() {
  const visit = useStore(selectVisit);
  // The run itself and not the wish for it: its screen comes with its first report.
  const shownRunId = useStore(selectShownRun)?.runId ?? null;
  const sourceId = useStore(selectSource)?.sourceId ?? null;
  const place = `${visit} ${shownRunId} ${sourceId}`;
  const before = useRef(FIRST_PLACE);
  useEffect(() => {
    if (before.current === place) return;
    before.current = place;
    // What is open on top keeps the focus; so does a field that a view gave it to.
    if (document.querySelector('dialog[open]') !== null) return;
    const main = document.getElementById('main');
    const focused = document.activeElement;
    if (main === null) return;
    // Where the next screen is still loading, what had the focus may be in the page, and out of sight.
    if (focused !== null && focused !== main && main.contains(focused) && focused.checkVisibility()) return;
    const heading = main.querySelector('h1');
    if (heading !== null) heading.tabIndex = -1;
    (heading ?? main).focus({ preventScroll: true });
  }, [place]);
  return null;
}

/** Where a window begins: there the keyboard starts at its edge, as everywhere. */
const FIRST_PLACE = '0 null null';
