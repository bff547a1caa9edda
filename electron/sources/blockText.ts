import type { PassageBlock } from '../../shared/source.ts';
import { withoutStress } from './cleanLine.ts';

/** A block as plain text with the marks that a reader needs: bullets, numbers, bars. */
export function blockText(block: PassageBlock): string {
  switch (block.kind) {
    case 'paragraph':
    case 'quote':
    case 'code':
      return block.text;
    case 'definition':
      return `${block.term}: ${block.meaning}`;
    case 'list': {
      const items = block.items.map((item, at) => (block.ordered ? `${at + 1}. ${item}` : `- ${item}`));
      return [...(block.lead === null ? [] : [block.lead]), ...items].join('\n');
    }
    case 'table':
      return [block.header, ...block.rows].map((row) => row.join(' | ')).join('\n');
  }
}

/** How a passage begins, on one line and without marks. */
export function beginningOf(blocks: readonly PassageBlock[], chars: number): string {
  const first = blocks[0];
  if (first === undefined) return '';
  const text = withoutStress(blockText(first)).replace(/\s+/g, ' ').trim();
  if (text.length <= chars) return text;
  const cut = text.slice(0, chars - 1).replace(/[\ud800-\udbff]$/, '');
  const space = cut.lastIndexOf(' ');
  return `${(space > chars * 0.6 ? cut.slice(0, space) : cut).trimEnd()}…`;
}
