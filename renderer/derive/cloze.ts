import { showCloze } from '../../shared/cloze.ts';

/** One line for lists: marks shown as a gap. `asked`: the gap that is asked for, the others open; all where it is `null`. */
export function clozeGap(front: string, asked: number | null = null): string {
  return showCloze(front, asked, (_hidden, hint) => `[${hint ?? '…'}]`);
}
