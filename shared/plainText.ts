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

const INLINE = new Set(
  'b i u s a em strong span font mark sub sup small big code ruby rb rt rp wbr'.split(' '),
);

/** White space stays as it falls: `onOneLine` makes a line of it. Takes time in proportion to the length, whatever it holds. */
export function plainText(html: string, { readings = false, sound = ' ' }: PlainTextOptions = {}): string {
  let text = html;
  if (text.includes('<')) text = withoutTags(text, readings);
  if (text.includes('[sound:')) text = withoutSounds(text, sound);
  if (!text.includes('&')) return text;
  return text.replace(/&(?:#(\d{1,7})|#x([0-9a-f]{1,6})|([a-z]{2,6}));/gi, (whole, decimal, hex, name) => {
    if (name !== undefined) return ENTITIES[(name as string).toLowerCase()] ?? whole;
    const code = decimal === undefined ? Number.parseInt(hex as string, 16) : Number(decimal);
    return code > 0 && code <= 0x10ffff ? String.fromCodePoint(code) : ' ';
  });
}

function withoutTags(html: string, readings: boolean): string {
  const toCommentEnd = finder(html, '-->');
  const toTagEnd = finder(html, '>');
  const closing = { script: finder(html, /<\/script/gi), style: finder(html, /<\/style/gi) };
  const tagName = /\/?([a-z][a-z0-9:-]*)/iy;
  let text = '';
  let read = '';
  let at = 0;
  for (let open = html.indexOf('<'); open >= 0; open = html.indexOf('<', at)) {
    text += html.slice(at, open);
    at = open + 1;
    if (html.startsWith('!--', at)) {
      const end = toCommentEnd(at);
      if (end >= 0) at = end + 3;
      else text += '<';
      continue;
    }
    tagName.lastIndex = at;
    const name = tagName.exec(html)?.[1]?.toLowerCase();
    const end = name === undefined ? -1 : toTagEnd(at);
    if (name === undefined || end < 0) {
      text += '<';
      continue;
    }
    const isOpening = html[at] !== '/';
    at = end + 1;
    if (isOpening && (name === 'script' || name === 'style')) {
      const close = closing[name](at);
      const after = close < 0 ? -1 : toTagEnd(close);
      if (after >= 0) at = after + 1;
    } else if (isOpening && (name === 'rt' || name === 'rp')) {
      const next = html.indexOf('<', at);
      const inside = html.slice(at, next < 0 ? html.length : next);
      if (name === 'rt') read += inside;
      at += inside.length;
    }
    if (!INLINE.has(name)) text += ' ';
  }
  text += html.slice(at);
  return readings && read !== '' ? `${text} ${read}` : text;
}

function withoutSounds(text: string, sound: string): string {
  const toEnd = finder(text, ']');
  let rest = '';
  let at = 0;
  for (let open = text.indexOf('[sound:'); open >= 0; open = text.indexOf('[sound:', at)) {
    const end = toEnd(open);
    if (end < 0) break;
    rest += text.slice(at, open) + sound;
    at = end + 1;
  }
  return rest + text.slice(at);
}

/** Where `what` comes next; places must be asked for in order. What is not there is looked for once. */
function finder(text: string, what: string | RegExp): (from: number) => number {
  let found = -2;
  return (from) => {
    if (found === -1 || found >= from) return found;
    if (typeof what === 'string') found = text.indexOf(what, from);
    else {
      what.lastIndex = from;
      found = what.exec(text)?.index ?? -1;
    }
    return found;
  };
}

export function onOneLine(text: string): string {
  return text.replace(/\s+/gu, ' ').trim();
}
