/** Text as it goes onto a card: NFC, no markup, no invisible characters, within the schemas' limits. */

import type { SourceField } from '../../../shared/card.ts';
import { INVISIBLE } from '../../../shared/invisible.ts';

/** Cells of a row by what they hold. */
export type Fields = Readonly<Partial<Record<SourceField, string>>>;

/** Limit of every text in shared/card.ts, in UTF-16 units. */
export const TEXT_MAX = 4000;

const SURROGATE = /\p{Surrogate}/gu;
const TAG =
  /<\/?(?:b|i|u|s|em|strong|span|div|p|font|sub|sup|small|mark|ruby|rb|li|ul|ol)(?:\s[^<>]{0,200})?>/gi;
/** What spreadsheets and other programs write for these characters when they export a cell as HTML. */
const ENTITIES: Readonly<Record<string, string>> = {
  '&amp;': '&',
  '&lt;': '<',
  '&gt;': '>',
  '&quot;': '"',
  '&apos;': "'",
  '&#39;': "'",
  '&nbsp;': ' ',
};
const ENTITY = /&(?:amp|lt|gt|quot|apos|nbsp|#39);/gi;
const PLAIN = /^[\x20-\x25\x27-\x3b\x3d-\x7e]*$/;

/**
 * Cleaned text; line breaks stay, as `\n`. May be empty.
 * @param bold - put around words in bold type where they mark a gap: `**`
 */
export function plainText(text: string, bold: '' | '**' = ''): string {
  if (PLAIN.test(text)) return text.trim();
  let clean = text.replace(/\r\n?/g, '\n').replace(INVISIBLE, '').replace(SURROGATE, '');
  if (clean.includes('<')) {
    clean = clean
      .replace(/<br\s*\/?>/gi, '\n')
      .replace(/<(b|strong|mark)>([^<>]+)<\/\1>/gi, `${bold}$2${bold}`)
      .replace(TAG, '');
  }
  clean = clean.replace(ENTITY, (entity) => ENTITIES[entity.toLowerCase()] ?? entity);
  return clean.normalize('NFC').trim();
}

/** Whether there is a letter or digit of any script in it. */
export function hasWords(text: string): boolean {
  return /[\p{L}\p{N}]/u.test(text);
}

/**
 * Items of a list in one cell. Line breaks, semicolons and `1.` numbers separate; commas and slashes only where
 * `words` says that the items are single words.
 */
export function listItems(text: string, words = false): readonly string[] {
  const separator = words ? /[\n;；,，、/|]/u : /[\n;；]/u;
  const items = text.split(separator).map((item) =>
    item
      .trim()
      .replace(/^(?:\d{1,2}[.)]|[①-⑳•*-])\s+/u, '')
      .trim(),
  );
  return [...new Set(items.filter((item) => item !== ''))];
}

/** At most `max` items of at most TEXT_MAX each; `null` where that does not hold. */
export function withinLimits(items: readonly string[], max: number): readonly string[] | null {
  return items.length <= max && items.every((item) => item.length <= TEXT_MAX) ? items : null;
}
