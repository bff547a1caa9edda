import { createHash } from 'node:crypto';
import type { SourceItem } from '../../shared/card.ts';
import { foldKey } from '../../shared/foldKey.ts';

/**
 * What makes two rows the same note within a deck: the term, and the meaning where the list gives one.
 * Homonyms that the list tells apart (배 = pear, 배 = ship) stay two.
 *
 * A passage is its text, under its heading. Its name is none of it: that depends on what else the document has, and
 * an edit elsewhere must not make new notes.
 */
export function noteKey(item: SourceItem): string {
  if (item.passage !== undefined) {
    const heading = item.place?.headings.at(-1) ?? item.place?.chapter ?? '';
    const text = foldKey(JSON.stringify(item.passage.blocks));
    return `${foldKey(heading)}\u001f${createHash('sha256').update(text).digest('hex').slice(0, 32)}`;
  }
  const meaning = item.fields.meaning;
  // U+001F cannot occur in cleaned text, so no term can imitate a term and meaning.
  return meaning === undefined ? foldKey(item.term) : `${foldKey(item.term)}\u001f${foldKey(meaning)}`;
}
