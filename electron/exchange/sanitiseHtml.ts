/**
 * HTML of imported cards for a sheet that leaves the program: what is not on the lists below is not in it. No scripts,
 * no handlers, no addresses; pictures only where their bytes can be put in.
 */
import { Parser } from 'htmlparser2';
import { escapeHtml } from './cardText.ts';
import { isMasks, MASK_TAGS, maskAttributes } from './maskMarkup.ts';

const TAGS = new Set(
  (
    'abbr b bdi bdo big blockquote br caption center cite code col colgroup dd del dfn div dl dt em font ' +
    'h1 h2 h3 h4 h5 h6 hr i img ins kbd li mark ol p pre q rb rp rt rtc ruby s samp small span strike strong sub sup ' +
    'table tbody td tfoot th thead tr tt u ul var wbr'
  ).split(' '),
);
const VOID = new Set(['br', 'col', 'hr', 'img', 'wbr']);
/** Gone with all that is in them. */
const DROPPED = new Set(
  (
    'script style head title template iframe object embed applet noscript noembed noframes svg math audio video ' +
    'canvas form input textarea select option button dialog base link meta frame frameset plaintext xmp'
  ).split(' '),
);
const NUMBERS = new Set(['colspan', 'rowspan', 'start', 'span']);
const MAX_SPAN = 100;
/** Deeper nesting is no card's. */
const MAX_DEPTH = 100;
const PROPERTIES = new Set([
  'color',
  'background-color',
  'font-style',
  'font-weight',
  'text-align',
  'text-decoration',
  'vertical-align',
  'direction',
]);
const VALUE = /^[a-z0-9#%., -]{1,80}$|^rgba?\([0-9., %/]{1,40}\)$/iu;
const DATA_IMAGE = /^data:image\/(?:png|jpeg|gif|webp);base64,[a-z0-9+/]+={0,2}$/iu;

export type ImageSource = {
  /** `data:` address of a picture of the deck; `null` where it is not to be had. */
  readonly image: (name: string) => string | null;
  /** Told of each thing that was left out. */
  readonly onDropped: (what: 'remote picture' | 'missing picture' | 'active content') => void;
};

/** `html` made of whitelisted tags and attributes alone, every tag closed. */
export function sanitiseHtml(html: string, { image, onDropped }: ImageSource): string {
  let out = '';
  /** Open tags of the input. The parser's word that one closes is not trusted: in foreign content it errs. */
  const open: { readonly name: string; readonly as: 'kept' | 'mask' | 'passed over' | 'dropped' }[] = [];
  let dropped = 0;
  /** Open tags of a drawing of masks. */
  let masks = 0;
  const close = (): void => {
    const tag = open.pop();
    if (tag?.as === 'dropped') dropped -= 1;
    else if (tag?.as === 'mask') {
      masks -= 1;
      out += `</${tag.name}>`;
    } else if (tag?.as === 'kept' && !VOID.has(tag.name)) out += `</${tag.name}>`;
  };
  const parser = new Parser({
    onopentag(name, attributes) {
      const isMask = masks > 0 ? MASK_TAGS.has(name) : isMasks(name, attributes);
      if (isMask && dropped === 0 && open.length < MAX_DEPTH) {
        masks += 1;
        open.push({ name, as: 'mask' });
        out += `<${name}${maskAttributes(attributes)}>`;
        return;
      }
      if (dropped > 0 || DROPPED.has(name)) {
        if (dropped === 0) onDropped('active content');
        dropped += 1;
        open.push({ name, as: 'dropped' });
        return;
      }
      const isKept = TAGS.has(name) && open.length < MAX_DEPTH;
      open.push({ name, as: isKept ? 'kept' : 'passed over' });
      if (isKept) out += name === 'img' ? picture(attributes) : `<${name}${safeAttributes(attributes)}>`;
    },
    ontext(text) {
      if (dropped === 0) out += escapeHtml(text);
    },
    onclosetag(name) {
      const at = open.findLastIndex((tag) => tag.name === name);
      while (at >= 0 && open.length > at) close();
    },
  });
  parser.end(html);
  while (open.length > 0) close();
  return out;

  function picture(attributes: Readonly<Record<string, string>>): string {
    const source = (attributes['src'] ?? '').trim();
    const alt = attributes['alt'] ?? '';
    const isAddress = /^(?:[a-z][a-z0-9+.-]*:|\/\/|\\\\)/iu.test(source);
    const data = DATA_IMAGE.test(source)
      ? source
      : isAddress || source === ''
        ? null
        : image(decoded(source));
    if (data !== null) return `<img src="${data}" alt="${escapeHtml(alt)}">`;
    onDropped(isAddress ? 'remote picture' : 'missing picture');
    return `<span class="gone">[${escapeHtml(alt === '' ? 'picture' : alt)}]</span>`;
  }
}

function safeAttributes(attributes: Readonly<Record<string, string>>): string {
  let out = '';
  for (const [name, value] of Object.entries(attributes)) {
    if (name === 'dir' && /^(?:ltr|rtl|auto)$/iu.test(value)) out += ` dir="${value}"`;
    else if (name === 'lang' && /^[a-z0-9-]{1,35}$/iu.test(value)) out += ` lang="${value}"`;
    else if (name === 'title') out += ` title="${escapeHtml(value)}"`;
    else if (name === 'class' && /(?:^|\s)cloze(?:\s|$)/u.test(value)) out += ' class="cloze"';
    else if (name === 'class' && value === 'occlusion') out += ' class="occlusion"';
    else if (name === 'color' && VALUE.test(value)) out += ` color="${value}"`;
    else if (NUMBERS.has(name) && /^\d{1,3}$/u.test(value))
      out += ` ${name}="${Math.min(Number(value), MAX_SPAN)}"`;
    else if (name === 'style') {
      const style = safeStyle(value);
      if (style !== '') out += ` style="${style}"`;
    }
  }
  return out;
}

function safeStyle(style: string): string {
  return style
    .split(';')
    .flatMap((part) => {
      const colon = part.indexOf(':');
      const property = part.slice(0, colon).trim().toLowerCase();
      const value = part.slice(colon + 1).trim();
      return colon > 0 && PROPERTIES.has(property) && VALUE.test(value) ? [`${property}: ${value}`] : [];
    })
    .join('; ');
}

function decoded(source: string): string {
  try {
    return decodeURIComponent(source).normalize('NFC');
  } catch {
    return source.normalize('NFC');
  }
}
