/** Between the plain text of our own cards and the HTML of imported ones. Cloze marks are the same in both. */
import { Parser } from 'htmlparser2';

export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/gu, (found) => ESCAPED[found] ?? found);
}

const ESCAPED: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** Plain text as HTML that shows it: line breaks and runs of spaces stay. */
export function textToHtml(text: string): string {
  return escapeHtml(text)
    .replace(/\r\n?|\n/gu, '<br>')
    .replace(/ {2,}/gu, (spaces) => `${'&nbsp;'.repeat(spaces.length - 1)} `);
}

/** Tags that start a new line. */
const BLOCKS = new Set(
  'address article aside blockquote center dd div dl dt figure footer h1 h2 h3 h4 h5 h6 header hr li main nav ol p pre section table tr ul'.split(
    ' ',
  ),
);
/** Tags whose content nobody reads. */
const UNREAD = new Set([
  'script',
  'style',
  'head',
  'title',
  'template',
  'iframe',
  'object',
  'noscript',
  'rp',
]);

/** What a reader of `html` sees, as plain text: `ruby` as `base(reading)`, a picture by its description. */
export function htmlToText(html: string): string {
  if (!/[<&]/u.test(html)) return html.replace(/[ \t\r\n\f]+/gu, ' ').trim();
  let text = '';
  let unread = 0;
  const newLine = (): void => {
    if (text !== '' && !text.endsWith('\n')) text += '\n';
  };
  const parser = new Parser({
    onopentag(name, attributes) {
      if (UNREAD.has(name)) unread += 1;
      if (unread > 0) return;
      if (name === 'br') text += '\n';
      else if (name === 'rt') text += '(';
      else if (name === 'td' || name === 'th') text += text === '' || text.endsWith('\n') ? '' : ' ';
      else if (name === 'img') text += attributes['alt'] ? `[${attributes['alt']}]` : '';
      else if (BLOCKS.has(name)) newLine();
    },
    ontext(part) {
      if (unread === 0) text += part.replace(/[ \t\r\n\f]+/gu, ' ');
    },
    onclosetag(name) {
      if (UNREAD.has(name)) unread -= 1;
      else if (unread > 0) return;
      else if (name === 'rt') text += ')';
      else if (BLOCKS.has(name)) newLine();
    },
  });
  parser.end(html);
  return text
    .replaceAll('\u00a0', ' ')
    .replace(/ *\n */gu, '\n')
    .trim();
}

/** Whether HTML holds what plain text cannot keep. */
export function isFormatted(html: string): boolean {
  return /<(?!\/?(?:br|div|p)\b)[a-z]|\[sound:/iu.test(html);
}
