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

/** Whether a view may take a key that nobody took before; an open dialog has all of them. */
export function isForView(event: KeyboardEvent): boolean {
  return !event.defaultPrevented && !event.isComposing && document.querySelector('dialog[open]') === null;
}

/**
 * The key of a shortcut, letters in lower case. Where the layout writes no Latin letters (Hangul, Cyrillic), the
 * key's place on the keyboard stands for its letter.
 */
export function shortcutKey({ key, code }: Pick<KeyboardEvent, 'key' | 'code'>): string {
  if (/^[ -~]$/.test(key)) return key.toLowerCase();
  return /^Key[A-Z]$/.test(code) ? code.slice(3).toLowerCase() : key;
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
  const key = shortcutKey(event);
  const place = PLACES[Number(key) - 1];
  if (place !== undefined) state.navigated(place.route);
  else if (key === 'k') state.overlayChanged(state.overlay === 'palette' ? null : 'palette');
  else if (key === 'o') {
    state.runShown(null);
    state.navigated({ view: 'generate' });
    void chooseList();
  } else if (key === 'p') {
    const run = state.runs.find(({ state: runState }) => isActive(runState));
    if (run === undefined) return;
    void (run.state === 'running' ? pauseRun(run.runId) : resumeRun(run.runId));
  } else if (key === 'Enter' && state.route.view === 'generate' && state.overlay === null) {
    if (state.shownRunId === null) void generate();
  } else return;
  event.preventDefault();
}

/** Alt and an arrow go back and forth wherever the focus is, before anything else takes the arrow. */
function onStep(event: KeyboardEvent) {
  if (!event.altKey || event.ctrlKey || event.metaKey || event.shiftKey || isTyping(event.target)) return;
  if (event.key !== 'ArrowLeft' && event.key !== 'ArrowRight') return;
  if (document.querySelector('dialog[open]') !== null) return;
  event.preventDefault();
  event.stopPropagation();
  const { wentBack, wentForward } = getState();
  if (event.key === 'ArrowLeft') wentBack();
  else wentForward();
}

/** Starts listening for the life of the window. */
export function listenForShortcuts() {
  addEventListener('keydown', onStep, true);
  addEventListener('keydown', onKeyDown);
}
