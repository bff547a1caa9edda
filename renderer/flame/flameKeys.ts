/** Keys of a flame graph: what they do stands in `viewport.ts`, this does it. */
import type { KeyboardEvent } from 'react';
import type { FlameEngine } from './flameEngine.ts';
import type { Latest } from './flameProps.ts';
import { ROW_HEIGHT } from './flameView.ts';
import { keyCommand } from './viewport.ts';

/** The listener for keys that are pressed while the graph has the focus. */
export function createKeys({ view, moved, unfollow, zoomTo }: FlameEngine, latest: Latest) {
  return (event: KeyboardEvent<HTMLElement>) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const command = keyCommand(event.key, event.shiftKey);
    if (command === null) return;
    const { model, clock, selected, onSelect } = latest.current;
    const nowMs = clock();
    const { fromMs, toMs } = view.window;
    if (command.kind === 'clear' && selected < 0) return;
    event.preventDefault();
    if (command.kind === 'move') {
      const item = model.move(selected, command.to);
      if (item >= 0) onSelect(item);
      return;
    }
    if (command.kind === 'clear') return onSelect(-1);
    if (command.kind === 'fit') view.fit(model, nowMs);
    else if (command.kind === 'zoom') {
      const middle =
        selected < 0 ? (fromMs + toMs) / 2 : (model.startMs(selected) + model.endMs(selected, nowMs)) / 2;
      unfollow();
      view.zoom(model, nowMs, command.factor, Math.min(toMs, Math.max(fromMs, middle)));
    } else if (command.kind === 'pan') {
      if (command.x !== 0) unfollow();
      view.pan(model, nowMs, command.x * (toMs - fromMs));
      view.scrollTo(view.cssScroll + command.rows * ROW_HEIGHT);
    } else if (selected >= 0) zoomTo(selected);
    moved();
  };
}
