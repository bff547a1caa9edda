import { useEffect } from 'react';
import type { RefObject } from 'react';
import { isForView, isTyping } from '../../shell/shortcuts.ts';

/** Keys of the trace that belong to no control: its views, finding, failures. */
const KEYS = new Set(['1', '2', '3', '4', '/', 'n', 'N', 'e', 'x', 'f']);

/** When a trace comes, its heading has the focus: the trace's keys reach it from there as well, and from its buttons. */
export function useTraceKeys(screen: RefObject<HTMLElement | null>): void {
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      const trace = screen.current?.querySelector('.trace-view');
      if (!trace || !KEYS.has(event.key) || !isForView(event) || isTyping(event.target)) return;
      if (event.ctrlKey || event.metaKey || event.altKey || event.composedPath().includes(trace)) return;
      const { key, code, shiftKey } = event;
      const isUnused = trace.dispatchEvent(
        new KeyboardEvent('keydown', { key, code, shiftKey, bubbles: true, cancelable: true }),
      );
      if (!isUnused) event.preventDefault();
    };
    addEventListener('keydown', onKey);
    return () => removeEventListener('keydown', onKey);
  }, [screen]);
}
