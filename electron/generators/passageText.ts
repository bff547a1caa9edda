/** A passage as the model reads it, and whether a quote stands in it. */
import type { Passage, PassageBlock } from '../../shared/source.ts';

/** Its blocks as plain Markdown, a blank line between. */
export function passageText({ blocks }: Passage): string {
  return blocks.map(blockText).join('\n\n');
}

function blockText(block: PassageBlock): string {
  switch (block.kind) {
    case 'paragraph':
      return block.text;
    case 'quote':
      return block.text.replace(/^/gm, '> ');
    case 'code':
      return `\`\`\`\n${block.text}\n\`\`\``;
    case 'definition':
      return `${block.term}: ${block.meaning}`;
    case 'list': {
      const items = block.items.map((item, index) => `${block.ordered ? `${index + 1}.` : '-'} ${item}`);
      return [...(block.lead === null ? [] : [block.lead]), ...items].join('\n');
    }
    case 'table': {
      const rows = block.header.length === 0 ? block.rows : [block.header, ...block.rows];
      return rows.map((cells) => `| ${cells.join(' | ')} |`).join('\n');
    }
  }
}

/** Says whether words stand in the passage: letters and digits count, their order, and nothing else. */
export function quoteFinder(passage: Passage): (quote: string) => boolean {
  const text = lettersOf(passageText(passage));
  return (quote) => {
    const letters = lettersOf(quote);
    return letters !== '' && text.includes(letters);
  };
}

/** In scripts without spaces between words every character is one. */
const WORDS =
  /[\p{sc=Han}\p{sc=Hira}\p{sc=Kana}\p{sc=Thai}]|(?:(?![\p{sc=Han}\p{sc=Hira}\p{sc=Kana}\p{sc=Thai}])[\p{L}\p{M}\p{N}])+/gu;

/**
 * Models change quotation marks, dashes, marks of lists and tables, and white space; they may not change words. A
 * space stays between words, so that `the rapist` is not found in `therapist`.
 */
function lettersOf(text: string): string {
  const words = text.normalize('NFKC').toLowerCase().match(WORDS) ?? [];
  return words.length === 0 ? '' : ` ${words.join(' ')} `;
}
