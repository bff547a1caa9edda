/**
 * Fields of notes are HTML in Anki and plain text with us. Everything here is linear in the text: fields of foreign
 * packages may be made to hurt.
 */
import { Parser } from 'htmlparser2';

/** Plain text as a field: what HTML would read as its own is escaped, line ends become `<br>`. */
export function textToHtml(text: string): string {
  return text
    .normalize('NFC')
    .replaceAll('\u001f', ' ')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replace(/\r\n?|\n/g, '<br>');
}

/** Tags that begin a line of their own. */
const BLOCKS = new Set([
  'div',
  'p',
  'li',
  'ul',
  'ol',
  'tr',
  'table',
  'blockquote',
  'h1',
  'h2',
  'h3',
  'h4',
  'pre',
  'hr',
]);

/**
 * The text of a field; of one that `textToHtml` wrote, exactly the text it was. Tags are dropped but for line ends,
 * which editors write as `<br>` or as blocks.
 */
export function htmlToText(html: string): string {
  if (!/[<&]/.test(html)) return html.normalize('NFC');
  let text = '';
  let hidden = 0;
  // A block ends the line before it, and its own where anything follows.
  let pending = false;
  const add = (piece: string) => {
    if (pending && text !== '' && !text.endsWith('\n')) text += '\n';
    pending = false;
    text += piece;
  };
  const parser = new Parser({
    onopentag: (name) => {
      if (name === 'br') add('\n');
      else if (name === 'script' || name === 'style') hidden += 1;
      else if (BLOCKS.has(name)) pending = true;
    },
    onclosetag: (name) => {
      if (name === 'script' || name === 'style') hidden -= 1;
      else if (BLOCKS.has(name)) pending = true;
    },
    ontext: (piece) => {
      if (hidden === 0 && piece !== '') add(piece);
    },
  });
  parser.end(html);
  return text.normalize('NFC');
}

/** Whether a field holds nothing that plain text cannot: line ends and escapes at most. */
export function isPlainHtml(html: string): boolean {
  return !html.includes('<') || !/<(?!br\s*\/?>|\/?div>)/i.test(html);
}

/** A line to name a note by: the text without sounds and marks, at most `length` characters. */
export function fieldTitle(html: string, length = 200): string {
  // Nothing beyond this can be seen of it, and a field may be long.
  const text = htmlToText(html.slice(0, 20_000))
    .replace(/\[sound:[^\]]{1,500}\]/g, ' ')
    .replace(/\{\{c\d+(?:,\d+)*::/g, '')
    .replaceAll('}}', '')
    .replace(/\s+/gu, ' ')
    .trim();
  return [...text].slice(0, length).join('');
}

/** As Anki tells an empty field: nothing but white space, line breaks and empty blocks. */
export function isEmptyField(html: string): boolean {
  return html.length < 10_000 && /^(?:\s|<\/?(?:br|div) ?\/?>)*$/i.test(html);
}

const MEDIA_TAG = /^<(?:img|audio|video|object|source)\b/i;
const MEDIA_NAME = /\b(?:src|data)=(?:"([^"]+)"|'([^']+)'|([^ >"']+))/i;

/** Without tags and comments, as Anki strips them. @param keepMedia names of media files stay, between spaces */
export function stripTags(html: string, keepMedia: boolean): string {
  const tagEnd = tagEnds(html);
  let text = '';
  let at = 0;
  for (;;) {
    const open = html.indexOf('<', at);
    if (open < 0) return text + html.slice(at);
    text += html.slice(at, open);
    let end = tagEnd(open);
    if (end < 0) return text + html.slice(open);
    if (keepMedia && MEDIA_TAG.test(html.slice(open, open + 8))) {
      end = quotedTagEnd(html, open) ?? end;
      // A longer tag is no file name's but an inlined picture's.
      const name = MEDIA_NAME.exec(html.slice(open, Math.min(end, open + 2000)));
      if (name !== null) text += ` ${name[1] ?? name[2] ?? name[3]} `;
    }
    at = end;
  }
}

/** Where a tag, comment, style or script ends. What was looked for in vain once is not looked for again. */
function tagEnds(html: string): (open: number) => number {
  const missing = new Set<string>();
  let lower: string | null = null;
  const behind = (mark: string, open: number): number => {
    if (missing.has(mark)) return -1;
    // Lower case may change a text's length beyond ASCII; then marks are found in their usual spelling alone.
    lower ??= html.toLowerCase().length === html.length ? html.toLowerCase() : html;
    const found = lower.indexOf(mark, open);
    if (found < 0) missing.add(mark);
    return found < 0 ? -1 : found + mark.length;
  };
  return (open) => {
    let end = html.startsWith('<!--', open) ? behind('-->', open) : -1;
    if (end >= 0) return end;
    const name = html.slice(open + 1, open + 7).toLowerCase();
    if (name.startsWith('style')) end = behind('</style>', open);
    else if (name === 'script') end = behind('</script>', open);
    return end >= 0 ? end : behind('>', open);
  };
}

/** Behind the `>` that stands outside quotes; `null` where that is far away. */
function quotedTagEnd(html: string, open: number): number | null {
  let quote = '';
  const last = Math.min(html.length, open + 2000);
  for (let at = open; at < last; at += 1) {
    const character = html[at]!;
    if (quote !== '') {
      if (character === quote) quote = '';
    } else if (character === '"' || character === "'") quote = character;
    else if (character === '>') return at + 1;
  }
  return null;
}

export function decodeEntities(html: string): string {
  if (!html.includes('&')) return html;
  let text = '';
  // What is left of `<` is text here and no tag.
  const parser = new Parser({ ontext: (piece) => void (text += piece) }, { decodeEntities: true });
  parser.end(html.replaceAll('<', '&lt;'));
  return text;
}
