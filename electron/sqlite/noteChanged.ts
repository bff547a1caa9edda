/**
 * When a note is changed now. Anki compares times in whole seconds, so that what a note says must never change twice
 * within one, whatever the clock does. One rule in two forms: for statements, and for those who have the note read.
 */

/** SQL over the note's row, with `:nowMs`. */
export const NOTE_CHANGED_MS = 'max(:nowMs, (modified_ms / 1000 + 1) * 1000)';

/** @param modifiedMs when it was changed last */
export function noteChangedMs(modifiedMs: number, nowMs: number): number {
  return Math.max(nowMs, (Math.floor(modifiedMs / 1000) + 1) * 1000);
}
