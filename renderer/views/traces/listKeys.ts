/** What keys do in the list of traces. */
import type { KeyboardEvent } from 'react';
import type { ListRow } from '../../derive/foundTraces.ts';
import { shortcutKey } from '../../shell/shortcuts.ts';
import { getState } from '../../store/index.ts';
import { ruleForTrace } from '../../store/noiseCommands.ts';
import { copyTraceLink, pinTraces } from '../../store/traceCommands.ts';
import { compareTraces, openBeside, openTrace } from './openTrace.ts';

type Place = {
  readonly rows: readonly ListRow[];
  /** -1: none. */
  readonly active: number;
  readonly pageRows: number;
  readonly goTo: (index: number) => void;
  readonly toggleGroup: (key: string) => void;
};

/** `true` where the key was one of the list's. */
export function listKey(event: KeyboardEvent, { rows, active, pageRows, goTo, toggleGroup }: Place): boolean {
  if (event.target !== event.currentTarget || event.altKey) return false;
  const last = rows.length - 1;
  const row = rows[active];
  const key = shortcutKey(event.nativeEvent);
  const trace = row?.type === 'trace' ? row.trace : null;
  const { checkedTraces, traceChecked, checkedReplaced } = getState();

  if (event.ctrlKey || event.metaKey) {
    if (key !== 'a') return false;
    checkedReplaced(rows.flatMap((each) => (each.type === 'trace' ? [each.trace.traceId] : [])));
    return true;
  }
  const step = {
    ArrowDown: active + 1,
    j: active + 1,
    ArrowUp: active - 1,
    k: active - 1,
    PageDown: active + pageRows,
    PageUp: active - pageRows,
    Home: 0,
    End: last,
  }[key];
  if (step !== undefined) {
    const to = Math.min(last, Math.max(0, step));
    if (event.shiftKey && (key === 'ArrowDown' || key === 'ArrowUp')) {
      for (const each of [row, rows[to]]) if (each?.type === 'trace') traceChecked(each.trace.traceId, true);
    }
    goTo(to);
    return true;
  }
  if (row?.type === 'group') {
    const isTurned =
      key === 'Enter' ||
      key === ' ' ||
      (key === 'ArrowRight' && !row.isOpen) ||
      (key === 'ArrowLeft' && row.isOpen);
    if (isTurned) toggleGroup(row.key);
    else if (key === 'ArrowRight') goTo(Math.min(last, active + 1));
    else if (key !== 'ArrowLeft') return false;
    return true;
  }
  if (key === 'ArrowLeft' && trace !== null) {
    // Up to the head of its group, where there is one.
    for (let at = active; at >= 0; at -= 1) {
      if (rows[at]?.type !== 'group') continue;
      goTo(at);
      return true;
    }
    return false;
  }
  if (key === 'Escape' && checkedTraces.size > 0) {
    checkedReplaced([]);
    return true;
  }
  // What is marked, or else the row one is on.
  const chosen = checkedTraces.size > 0 ? [...checkedTraces] : trace === null ? [] : [trace.traceId];
  if (chosen.length === 0) return false;
  if (key === 'Enter' && trace !== null) openTrace(trace.traceId);
  else if ((key === ' ' || key === 'x') && trace !== null)
    traceChecked(trace.traceId, !checkedTraces.has(trace.traceId));
  else if (key === 'h' && trace !== null) getState().ruleDrafted(ruleForTrace(trace));
  else if (key === 'c') compareTraces(chosen);
  else if (key === 'b') openBeside(chosen);
  else if (key === 'p') void pinTraces(chosen, !chosen.every((traceId) => isPinned(traceId)));
  else if (key === 'y') void copyTraceLink(chosen);
  else return false;
  return true;
}

export function isPinned(traceId: string): boolean {
  return getState().foundTraces.some((trace) => trace.traceId === traceId && trace.pinned);
}
