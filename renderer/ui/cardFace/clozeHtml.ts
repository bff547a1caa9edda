/** Cloze marks in the HTML of a card, as Anki shows them. */
import { clozeParts } from '../../derive/cloze.ts';

/**
 * The asked gap as `[…]`, or filled in where it is revealed; the other gaps open. A text without marks, rendered
 * already, stays as it is.
 */
export function clozeMarksToHtml(html: string, asked: number, revealed: boolean): string {
  return clozeParts(html)
    .map((part) => {
      if (part.kind === 'text') return part.text;
      if (part.number !== asked) return part.hidden;
      return `<span class="cloze">${revealed ? part.hidden : `[${part.hint ?? '…'}]`}</span>`;
    })
    .join('');
}
