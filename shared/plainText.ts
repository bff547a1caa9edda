/**
 * The words of HTML without a parser, for what runs over thousands of cards: lists, the search index, likeness, typed
 * answers. Near enough to read and to find by, and never to be shown as HTML again. Where lines and pictures count, or
 * the text must come back exactly, a real parser reads it: electron/exchange/cardText.ts, electron/anki/fieldHtml.ts.
 */

export type PlainTextOptions = {
  /** How words are read (`<rt>`), behind the text; left out unless asked for. */
  readonly readings?: boolean;
  /** What stands for a sound. */
  readonly sound?: string;
};

const ENTITIES: Readonly<Record<string, string>> = {
  amp: '&',
  lt: '<',
  gt: '>',
  quot: '"',
  apos: "'",
  nbsp: ' ',
};

/** White space stays as it falls: `onOneLine` makes a line of it. */
export function plainText(html: string, { readings = false, sound = ' ' }: PlainTextOptions = {}): string {
  let text = html;
  if (text.includes('<')) {
    const read: string[] = [];
    text = text
      .replace(/<!--[\s\S]*?-->/g, '')
      .replace(/<(script|style)\b[\s\S]*?<\/\1\s*>/gi, ' ')
      .replace(/<rp\b[^>]*>[^<]*(<\/rp\s*>)?/gi, '')
      .replace(/<rt\b[^>]*>([^<]*)(<\/rt\s*>)?/gi, (_, reading: string) => {
        if (readings) read.push(reading);
        return '';
      })
      .replace(/<\/?(b|i|u|s|a|em|strong|span|font|mark|sub|sup|small|big|code|ruby|rb|wbr)\b[^>]*>/gi, '')
      .replace(/<\/?[a-z][^>]*>/gi, ' ');
    if (read.length > 0) text += ` ${read.join('')}`;
  }
  if (text.includes('[sound:')) text = text.replace(/\[sound:[^\]]*\]/g, sound);
  if (!text.includes('&')) return text;
  return text.replace(/&(?:#(\d{1,7})|#x([0-9a-f]{1,6})|([a-z]{2,6}));/gi, (whole, decimal, hex, name) => {
    if (name !== undefined) return ENTITIES[(name as string).toLowerCase()] ?? whole;
    const code = decimal === undefined ? Number.parseInt(hex as string, 16) : Number(decimal);
    return code > 0 && code <= 0x10ffff ? String.fromCodePoint(code) : ' ';
  });
}

export function onOneLine(text: string): string {
  return text.replace(/\s+/gu, ' ').trim();
}
