import { createHash } from 'node:crypto';
import type { SourceItem } from '../../shared/card.ts';

/**
 * What makes two rows the same note within a deck: the term, and the meaning where the list gives one.
 * Both are compared as NFC text in lower case with runs of white space as one space, so `Apple ` and `apple`
 * are one note, while homonyms that the list tells apart (배 = pear, 배 = ship) stay two. Lower case, not full
 * case folding: folding would make one word of Turkish ı and i, or of German Maße and Masse.
 *
 * A passage is its text, under its heading. Its name is none of it: that depends on what else the document has, and
 * an edit elsewhere must not make new notes.
 */
export function noteKey(item: SourceItem): string {
  if (item.passage !== undefined) {
    const heading = item.place?.headings.at(-1) ?? item.place?.chapter ?? '';
    const text = fold(JSON.stringify(item.passage.blocks));
    return `${fold(heading)}\u001f${createHash('sha256').update(text).digest('hex').slice(0, 32)}`;
  }
  const meaning = item.fields.meaning;
  // U+001F cannot occur in cleaned text, so no term can imitate a term and meaning.
  return meaning === undefined ? fold(item.term) : `${fold(item.term)}\u001f${fold(meaning)}`;
}

/** `toLowerCase` knows no locale: the same text gives the same key on every machine. */
function fold(text: string): string {
  return text.normalize('NFC').toLowerCase().normalize('NFC').replace(/\s+/gu, ' ').trim();
}
