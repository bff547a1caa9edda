/** Cards as Markdown: one heading a deck and a term, what is asked as a quotation. */
import type { CardForm } from './cardForms.ts';
import { htmlToText } from './cardText.ts';

export const markdown: CardForm = {
  start: '',
  between: '',
  end: '',
  card: (card, previous) => {
    const deck = previous?.deck === card.deck ? '' : `# ${markdownLine(card.deck)}\n\n`;
    const sameNote = deck === '' && previous?.noteId === card.noteId;
    // The gaps of a text are cards of their own; here they are all seen in it.
    if (sameNote && card.cloze !== null && card.front === previous.front) return '';
    const term = sameNote ? '' : `## ${markdownLine(card.term)}\n\n`;
    const tags = card.tags.length > 0 ? `\n\n*Tags: ${card.tags.map(markdownLine).join(', ')}*` : '';
    const [front, back] =
      card.format === 'html' ? [htmlToText(card.front), htmlToText(card.back)] : [card.front, card.back];
    return `${deck}${term}### ${markdownLine(card.type)}\n\n${quoted(front)}\n\n${markdownText(back)}${tags}\n\n`;
  },
};

/** Text that CommonMark shows as it is; line breaks stay line breaks. */
export function markdownText(text: string): string {
  return (
    text
      .split(/\r\n?|\n/u)
      .map((line) =>
        line
          .trim()
          .replace(/[\\`*_[\]<>|~&$]/gu, '\\$&')
          .replace(/^([#+=-])/u, '\\$1')
          .replace(/^(\d+)([.)])/u, '$1\\$2'),
      )
      .join('\\\n')
      // A backslash before an empty line would be shown; a blank line starts a paragraph instead.
      .replace(/(?:\\\n){2,}/gu, '\n\n')
  );
}

function markdownLine(text: string): string {
  return markdownText(text.replace(/\s+/gu, ' ').trim());
}

function quoted(text: string): string {
  return markdownText(text)
    .split('\n')
    .map((line) => `> ${line}`.trimEnd())
    .join('\n');
}
