/** Cloze marks in the HTML of a card, as Anki shows them. */
import { showCloze } from '../../../shared/cloze.ts';

/**
 * The asked gap as `[…]`, or filled in where it is revealed; the other gaps open. A text without marks, rendered
 * already, stays as it is.
 */
export function clozeMarksToHtml(html: string, asked: number, revealed: boolean): string {
  return showCloze(
    html,
    asked,
    (hidden, hint) => `<span class="cloze">${revealed ? hidden : `[${hint ?? '…'}]`}</span>`,
  );
}
