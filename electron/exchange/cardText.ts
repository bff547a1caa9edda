/** Between the plain text of our own cards and the HTML of imported ones; cloze marks in both. */
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

export type ClozePart =
  | { readonly kind: 'text'; readonly text: string }
  | {
      readonly kind: 'gap';
      readonly number: number;
      readonly hidden: readonly ClozePart[];
      readonly hint: string | null;
    };

const MARK = /\{\{c(\d{1,3})::|\}\}/gu;

/** Splits a text at Anki's cloze marks, which may stand in each other. A mark that is not closed stays text. */
export function clozeParts(text: string): readonly ClozePart[] {
  type Open = { readonly number: number; readonly mark: string; readonly parts: ClozePart[] };
  const root: ClozePart[] = [];
  const open: Open[] = [];
  const add = (part: ClozePart): void => {
    const parts = open.at(-1)?.parts ?? root;
    const last = parts.at(-1);
    if (part.kind === 'text' && last?.kind === 'text') {
      parts[parts.length - 1] = { kind: 'text', text: last.text + part.text };
    } else if (part.kind === 'gap' || part.text !== '') parts.push(part);
  };
  let end = 0;
  for (const found of text.matchAll(MARK)) {
    add({ kind: 'text', text: text.slice(end, found.index) });
    end = found.index + found[0].length;
    if (found[1] !== undefined) {
      open.push({ number: Number(found[1]), mark: found[0], parts: [] });
      continue;
    }
    const closed = open.pop();
    if (closed === undefined) add({ kind: 'text', text: found[0] });
    else add(gapOf(closed.number, closed.parts));
  }
  add({ kind: 'text', text: text.slice(end) });
  for (let left = open.pop(); left !== undefined; left = open.pop()) {
    add({ kind: 'text', text: left.mark });
    left.parts.forEach(add);
  }
  return root;
}

/** The hint stands behind the last `::` of the gap's own text. */
function gapOf(number: number, parts: readonly ClozePart[]): ClozePart {
  const last = parts.at(-1);
  const at = last?.kind === 'text' ? last.text.indexOf('::') : -1;
  if (last?.kind !== 'text' || at < 0) return { kind: 'gap', number, hidden: parts, hint: null };
  const before = last.text.slice(0, at);
  const hidden = parts.slice(0, -1);
  if (before !== '') hidden.push({ kind: 'text', text: before });
  return { kind: 'gap', number, hidden, hint: last.text.slice(at + 2) };
}

/** Numbers of the gaps, each once, ascending. */
export function gapNumbers(text: string): readonly number[] {
  const numbers = new Set<number>();
  const visit = (parts: readonly ClozePart[]): void => {
    for (const part of parts) {
      if (part.kind === 'text') continue;
      numbers.add(part.number);
      visit(part.hidden);
    }
  };
  visit(clozeParts(text));
  return [...numbers].sort((a, b) => a - b);
}

/**
 * A cloze text with its gaps shown.
 * @param asked the gap in question, `null` for all of them
 * @param gap what stands for it: of its text, and of its hint
 */
export function showCloze(
  text: string,
  asked: number | null,
  gap: (hidden: string, hint: string | null) => string,
): string {
  const show = (parts: readonly ClozePart[]): string =>
    parts
      .map((part) => {
        if (part.kind === 'text') return part.text;
        const hidden = show(part.hidden);
        return asked === null || part.number === asked ? gap(hidden, part.hint) : hidden;
      })
      .join('');
  return show(clozeParts(text));
}
