/** Keys that work everywhere. Views add their own where they are used. */
import { isActive } from '../derive/runProgress.ts';
import { chooseList, generate, pauseRun, resumeRun } from '../store/commands.ts';
import { getState } from '../store/index.ts';
import { PLACES } from './places.ts';

/** Whether a key goes into text and must be left alone. */
export function isTyping(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement && target.closest('input, textarea, select, [contenteditable]') !== null
  );
}

function onKeyDown(event: KeyboardEvent) {
  if (event.isComposing || event.defaultPrevented) return;
  const state = getState();
  if (event.key === '?' && !isTyping(event.target)) {
    state.overlayChanged('help');
    event.preventDefault();
    return;
  }
  if (!(event.ctrlKey || event.metaKey) || event.altKey || event.shiftKey) return;
  const place = PLACES[Number(event.key) - 1];
  if (place !== undefined) state.navigated({ view: place.view });
  else if (event.key === 'k') state.overlayChanged(state.overlay === 'palette' ? null : 'palette');
  else if (event.key === 'o') {
    state.runShown(null);
    state.navigated({ view: 'generate' });
    void chooseList();
  } else if (event.key === 'p') {
    const run = state.runs.find(({ state: runState }) => isActive(runState));
    if (run === undefined) return;
    void (run.state === 'running' ? pauseRun(run.runId) : resumeRun(run.runId));
  } else if (event.key === 'Enter' && state.route.view === 'generate' && state.overlay === null) {
    if (state.shownRunId === null) void generate();
  } else return;
  event.preventDefault();
}

/** Starts listening for the life of the window. */
export function listenForShortcuts() {
  addEventListener('keydown', onKeyDown);
}
