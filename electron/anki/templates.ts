/**
 * Cards of a note by the templates of its notetype, with Anki's rules: which cards it has, and what stands on them.
 * The result is HTML as it came; whoever shows it sanitises it. Scripts never run here, so what Anki does with them is
 * written in plain HTML: hints are `<details>`, `[[type:Field]]` marks a typed answer, `[sound:…]` stays as it is,
 * and `{{tts …}}` keeps its text in `<span class="tts" lang="…">`.
 */
import { gapNumbers } from '../../shared/cloze.ts';
import type { AnkiNotetype } from './ankiTypes.ts';
import { clozeAnswer, renderCloze } from './clozeHtml.ts';
import { drawMasks } from './occlusion.ts';
import { isEmptyField, stripTags } from './fieldHtml.ts';

export type RenderedCard = {
  /** The template, or the gap less one. */
  readonly ordinal: number;
  readonly front: string;
  readonly back: string;
  readonly cloze: number | null;
};
type Notetype = Pick<AnkiNotetype, 'name' | 'kind'> & {
  readonly fields: readonly { readonly name: string }[];
  readonly templates: readonly { readonly name: string; readonly front: string; readonly back: string }[];
};

type Node =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'field'; readonly name: string; readonly filters: readonly string[] }
  | { readonly kind: 'if'; readonly name: string; readonly negated: boolean; readonly nodes: Node[] };

/** Characters of a side. Templates can repeat a field any number of times. */
const MAX_SIDE = 1_000_000;
const MAX_DEPTH = 50;
const MAX_CARDS = 500;

/** All cards that a note has by Anki's rules, in order. */
export function renderCards(
  notetype: Notetype,
  fields: readonly string[],
  tags: readonly string[],
  deck: string,
): RenderedCard[] {
  return cardOrdinals(notetype, fields).map((ordinal) => renderCard(notetype, fields, tags, deck, ordinal));
}

/**
 * Which cards a note has: of a standard notetype those whose front shows a field that is not empty, of a cloze one
 * those of the gaps in the fields that its template shows as cloze.
 */
export function cardOrdinals(notetype: Notetype, fields: readonly string[]): number[] {
  if (notetype.kind === 'standard') {
    const filled = new Set(
      notetype.fields.flatMap(({ name }, index) => (isEmptyField(fields[index] ?? '') ? [] : [name])),
    );
    return notetype.templates.flatMap(({ front }, ordinal) => {
      const nodes = parseTemplate(front);
      return typeof nodes !== 'string' && showsField(nodes, filled) ? [ordinal] : [];
    });
  }
  const nodes = parseTemplate(notetype.templates[0]?.front ?? '');
  if (typeof nodes === 'string') return [];
  const numbers = new Set<number>();
  for (const name of clozeFields(nodes)) {
    const index = notetype.fields.findIndex((field) => field.name === name);
    for (const number of gapNumbers(fields[index] ?? '')) numbers.add(number);
  }
  return [...numbers]
    .sort((a, b) => a - b)
    .slice(0, MAX_CARDS)
    .map((number) => number - 1);
}

/** One card, whether or not the rules would make it. A template that cannot be read shows why. */
export function renderCard(
  notetype: Notetype,
  fields: readonly string[],
  tags: readonly string[],
  deck: string,
  ordinal: number,
): RenderedCard {
  const cloze = notetype.kind === 'cloze' ? ordinal + 1 : null;
  const template = notetype.templates[cloze === null ? ordinal : 0];
  if (template === undefined) return { ordinal, front: '', back: '', cloze };
  const values = new Map(notetype.fields.map(({ name }, index) => [name, fields[index] ?? '']));
  values.set('Tags', tags.join(' '));
  values.set('Deck', deck);
  values.set('Subdeck', deck.split('::').at(-1)!);
  values.set('Type', notetype.name);
  values.set('Card', template.name);
  values.set('CardFlag', '');
  if (cloze !== null) values.set(`c${cloze}`, '1');
  const side = (kind: 'front' | 'back') => {
    const html = renderSide(template[kind], values, cloze, kind);
    return cloze === null ? html : drawMasks(html, fields, cloze, kind);
  };
  const front = side('front');
  // The answer does not play the question's sounds once more.
  values.set('FrontSide', front.replace(/\[sound:[^\]]{1,500}\]/g, ''));
  return { ordinal, front, back: side('back'), cloze };
}

function showsField(nodes: readonly Node[], filled: ReadonlySet<string>): boolean {
  return nodes.some((node) => {
    if (node.kind === 'field') return filled.has(node.name);
    return node.kind === 'if' && filled.has(node.name) !== node.negated && showsField(node.nodes, filled);
  });
}

function clozeFields(nodes: readonly Node[]): string[] {
  return nodes.flatMap((node) => {
    if (node.kind === 'if') return clozeFields(node.nodes);
    return node.kind === 'field' && node.filters.includes('cloze') ? [node.name] : [];
  });
}

function renderSide(
  template: string,
  values: ReadonlyMap<string, string>,
  cloze: number | null,
  side: 'front' | 'back',
): string {
  const nodes = parseTemplate(template);
  if (typeof nodes === 'string') return problem(nodes);
  const pieces: string[] = [];
  let length = 0;
  const add = (piece: string) => {
    length += piece.length;
    if (length > MAX_SIDE) throw new RangeError('too long');
    pieces.push(piece);
  };
  const visit = (within: readonly Node[]) => {
    for (const node of within) {
      if (node.kind === 'text') add(node.text);
      else if (node.kind === 'if') {
        const isFilled = !isEmptyField(values.get(node.name) ?? '');
        if (isFilled !== node.negated) visit(node.nodes);
      } else add(fieldHtml(node, values, cloze, side));
    }
  };
  try {
    visit(nodes);
  } catch (thrown) {
    if (!(thrown instanceof RangeError)) throw thrown;
    return problem('The card is too long to be shown.');
  }
  return pieces.join('').normalize('NFC');
}

function fieldHtml(
  { name, filters }: Extract<Node, { kind: 'field' }>,
  values: ReadonlyMap<string, string>,
  cloze: number | null,
  side: 'front' | 'back',
): string {
  if (name === '') return '';
  const value = values.get(name);
  if (value === undefined) return problem(`The template names a field that is not there: ${name}`);
  if (filters.includes('type')) {
    const between = filters.filter((filter) => filter === 'cloze' || filter === 'nc');
    return `[[type:${[...between, name].join(':')}]]`;
  }
  let html = value;
  // The filter next to the field works first.
  for (const filter of filters.toReversed()) html = applyFilter(filter, html, name, cloze, side);
  return html;
}

function applyFilter(
  filter: string,
  html: string,
  name: string,
  cloze: number | null,
  side: 'front' | 'back',
): string {
  const [kind = '', ...options] = filter.split(' ');
  switch (kind) {
    case 'text':
      return stripTags(html, false);
    case 'cloze':
      return renderCloze(html, cloze ?? 1, side);
    case 'cloze-only':
      return cloze === null ? '' : clozeAnswer(html, cloze);
    case 'hint':
      return html.trim() === ''
        ? ''
        : `<details class="hint"><summary>${escapeHtml(name)}</summary>${html}</details>`;
    case 'furigana':
      return furigana(html, (base, reading) => `<ruby><rb>${base}</rb><rt>${reading}</rt></ruby>`);
    case 'kana':
      return furigana(html, (_, reading) => reading);
    case 'kanji':
      return furigana(html, (base) => base);
    case 'tts': {
      const [language = ''] = options;
      const lang = /^[\w-]{2,20}$/.test(language) ? ` lang="${language.replaceAll('_', '-')}"` : '';
      return html.trim() === '' ? '' : `<span class="tts"${lang}>${html}</span>`;
    }
    default:
      // A filter of an add-on.
      return html;
  }
}

/** `日本[にほん]`: the base goes back to a space, a tag or the reading before. */
function furigana(html: string, write: (base: string, reading: string) => string): string {
  let result = '';
  let at = 0;
  for (;;) {
    const open = html.indexOf('[', at);
    const close = open < 0 ? -1 : html.indexOf(']', open + 1);
    if (close < 0) return result + html.slice(at);
    const ahead = html.slice(at, open);
    const start = at + Math.max(ahead.lastIndexOf(' '), ahead.lastIndexOf('>')) + 1;
    const reading = html.slice(open + 1, close);
    if (start === open || reading === '' || reading.startsWith('sound:')) {
      result += html.slice(at, close + 1);
    } else {
      // The space before only parts the base from what precedes.
      const before = html.slice(at, start);
      result += before.endsWith(' ') ? before.slice(0, -1) : before;
      result += write(html.slice(start, open), reading);
    }
    at = close + 1;
  }
}

const parsed = new Map<string, readonly Node[] | string>();

/** The template's parts, or why it cannot be read. The last few are kept: a deck has few and a card asks for two. */
function parseTemplate(template: string): readonly Node[] | string {
  const known = parsed.get(template);
  if (known !== undefined) return known;
  const nodes = readTemplate(template);
  if (parsed.size >= 64) parsed.clear();
  if (template.length < 200_000) parsed.set(template, nodes);
  return nodes;
}

function readTemplate(template: string): readonly Node[] | string {
  const top: Node[] = [];
  const open: Extract<Node, { kind: 'if' }>[] = [];
  const add = (node: Node) => (open.at(-1)?.nodes ?? top).push(node);
  const text = (from: number, to: number) => {
    if (to > from) add({ kind: 'text', text: template.slice(from, to) });
  };
  let at = 0;
  let comment = template.indexOf('<!--');
  for (;;) {
    const start = template.indexOf('{{', at);
    // Marks within a comment are none.
    if (comment >= 0 && comment < at) comment = template.indexOf('<!--', at);
    if (comment >= 0 && (start < 0 || comment < start)) {
      const end = template.indexOf('-->', comment);
      if (end >= 0) {
        text(at, end + 3);
        at = end + 3;
        continue;
      }
      comment = -1;
    }
    const end = start < 0 ? -1 : template.indexOf('}}', start);
    if (start >= 0 && end < 0) return `{{ without }} in the template`;
    if (start < 0) break;
    text(at, start);
    at = end + 2;
    const inner = template
      .slice(start + 2, end)
      .replace(/^\{+/, '')
      .trim();
    const name = inner.slice(1).trim();
    if (inner.startsWith('#') || inner.startsWith('^')) {
      const node = { kind: 'if' as const, name, negated: inner.startsWith('^'), nodes: [] };
      add(node);
      open.push(node);
      if (open.length > MAX_DEPTH) return 'The template nests too deeply';
    } else if (inner.startsWith('/')) {
      if (open.at(-1)?.name !== name) return `The template closes {{/${name}}} where it is not open`;
      open.pop();
    } else {
      const parts = inner.split(':').map((part) => part.trim());
      add({ kind: 'field', name: parts.at(-1)!, filters: parts.slice(0, -1) });
    }
  }
  text(at, template.length);
  return open.length === 0 ? top : `The template does not close {{#${open.at(-1)!.name}}}`;
}

function problem(message: string): string {
  return `<span class="template-problem">${escapeHtml(message)}</span>`;
}

function escapeHtml(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}
