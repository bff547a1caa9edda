/**
 * HTML of imported cards, made harmless: no scripts, handlers, forms or frames, nothing from the network. Pictures and
 * sounds come from the deck's own media. The page's policy forbids all of it a second time.
 */
import createPurifier from 'dompurify';

/** Where the main process serves the deck's media. */
const MEDIA_URL = 'tracedeck-media://deck/';

const purifier = createPurifier(window);

/** Text that stands for what was not shown. */
const REMOTE_PICTURE = 'A picture from the network is not shown';

/** The drawing over a picture whose parts are asked for, and nothing else of SVG. */
const MASKS = 'occlusion-masks';
const MASK_TAGS = ['svg', 'rect', 'ellipse', 'polygon', 'text'];
const MASK_ATTRIBUTES = [
  'viewBox',
  'preserveAspectRatio',
  'x',
  'y',
  'cx',
  'cy',
  'rx',
  'ry',
  'points',
  'fill',
  'stroke',
  'transform',
  'transform-origin',
  'vector-effect',
  'dominant-baseline',
];

const ALLOWED_STYLES = new Set([
  'color',
  'background-color',
  'font-family',
  'font-size',
  'font-style',
  'font-weight',
  'text-align',
  'text-decoration',
  'vertical-align',
  'direction',
  'width',
  'height',
  'max-width',
  'border',
  'margin',
  'padding',
  'white-space',
  'line-height',
]);

/** URL of a media file of the deck. */
export function mediaUrl(name: string): string {
  return MEDIA_URL + encodeURIComponent(name.normalize('NFC'));
}

/**
 * A fragment of `html` that may stand in the page.
 * @param html of a card, `[sound:name]` marks included
 */
export function safeFragment(html: string): DocumentFragment {
  const fragment = purifier.sanitize(html, {
    RETURN_DOM_FRAGMENT: true,
    USE_PROFILES: { html: true, mathMl: true },
    FORBID_TAGS: [
      'style',
      'form',
      'input',
      'textarea',
      'select',
      'button',
      'dialog',
      'template',
      'video',
      'audio',
    ],
    FORBID_ATTR: ['id', 'name', 'srcset', 'action', 'formaction', 'background', 'poster', 'ping', 'tabindex'],
    ADD_TAGS: MASK_TAGS,
    ADD_ATTR: MASK_ATTRIBUTES,
    ALLOW_DATA_ATTR: false,
    ALLOW_ARIA_ATTR: false,
  });
  for (const element of fragment.querySelectorAll('*')) clean(element);
  placeSounds(fragment);
  return fragment;
}

/** Readable text of `html`, for names, lists and speech. */
export function textOfHtml(html: string): string {
  const fragment = safeFragment(html.replaceAll(/<br\s*\/?>|<\/(?:div|p|li|tr)>/gi, '$&\n'));
  for (const aside of fragment.querySelectorAll('rt, rp')) aside.remove();
  return (fragment.textContent ?? '').replaceAll(/[ \t]*\n\s*/g, '\n').trim();
}

function clean(element: Element): void {
  if (element instanceof SVGElement) {
    cleanMask(element);
    return;
  }
  if (element instanceof HTMLImageElement) {
    const source = element.getAttribute('src') ?? '';
    if (/^data:image\/(?:png|jpeg|gif|webp);/i.test(source)) return;
    element.removeAttribute('src');
    if (source === '' || /^[a-z][a-z0-9+.-]*:|^\/\//i.test(source)) {
      const note = document.createElement('span');
      note.className = 'card-refused';
      note.textContent = element.alt === '' ? `[${REMOTE_PICTURE}]` : `[${REMOTE_PICTURE}: ${element.alt}]`;
      element.replaceWith(note);
      return;
    }
    element.src = mediaUrl(decoded(source));
    if (!element.hasAttribute('alt')) element.alt = '';
  } else if (element instanceof HTMLAnchorElement) {
    const target = element.getAttribute('href') ?? '';
    if (/^https?:/i.test(target)) {
      element.target = '_blank';
      element.rel = 'noopener noreferrer';
    } else element.removeAttribute('href');
  }
  const style = element.getAttribute('style');
  if (style === null || !(element instanceof HTMLElement)) return;
  // The page's policy takes no style attributes; properties one by one it does.
  element.removeAttribute('style');
  const parsed = document.createElement('span').style;
  for (const part of style.split(';')) {
    const colon = part.indexOf(':');
    const property = part.slice(0, colon).trim().toLowerCase();
    const value = part.slice(colon + 1).trim();
    if (colon < 0 || !ALLOWED_STYLES.has(property) || /url\s*\(|expression|\\/i.test(value)) continue;
    parsed.setProperty(property, value.replace(/\s*!important$/i, ''));
    element.style.setProperty(property, parsed.getPropertyValue(property));
  }
}

function cleanMask(element: SVGElement): void {
  element.removeAttribute('style');
  for (const name of element.getAttributeNames()) {
    if (/url\s*\(|\\/i.test(element.getAttribute(name) ?? '')) element.removeAttribute(name);
  }
  if (MASK_TAGS.includes(element.localName) && element.closest(`svg.${MASKS}`) !== null) return;
  // A drawing of anybody else's: its words stay.
  while (element.firstChild !== null) element.before(element.firstChild);
  element.remove();
}

/** `[sound:name]` becomes a button; what it plays is the reader's to start. */
function placeSounds(fragment: DocumentFragment): void {
  const walker = document.createTreeWalker(fragment, NodeFilter.SHOW_TEXT);
  const found: Text[] = [];
  while (walker.nextNode() !== null) {
    if (/\[sound:[^\]]+\]/.test(walker.currentNode.nodeValue ?? '')) found.push(walker.currentNode as Text);
  }
  for (const text of found) {
    const parts = (text.nodeValue ?? '').split(/\[sound:([^\]]+)\]/);
    text.replaceWith(...parts.map((part, index) => (index % 2 === 0 ? part : soundButton(part))));
  }
}

function soundButton(name: string): HTMLButtonElement {
  const button = document.createElement('button');
  button.type = 'button';
  button.className = 'card-sound';
  button.dataset['sound'] = name;
  button.textContent = '▶';
  button.setAttribute('aria-label', `Play ${name}`);
  return button;
}

function decoded(source: string): string {
  try {
    return decodeURIComponent(source);
  } catch {
    return source;
  }
}
