/**
 * The style of a notetype, made to fit: pictures and fonts that it names are the deck's own media, those of the network
 * are not asked for. The browser reads it; what is changed is what the browser understood.
 */
import { mediaUrl } from './safeHtml.ts';

export type CardStyle = {
  readonly sheet: CSSStyleSheet;
  /** Names of its fonts, in lower case. */
  readonly fonts: ReadonlySet<string>;
};
type Cached = CardStyle & { readonly faces: CSSStyleSheet };

const MAX_STYLES = 50;
const styles = new Map<string, Cached>();
/** So that no deck's font takes the place of one of ours. */
const OF_DECKS = 'deck: ';
const URL_IN_CSS = /url\(\s*(?:"((?:[^"\\]|\\.)*)"|'((?:[^'\\]|\\.)*)'|([^\s"')]*))\s*\)/gi;

/** Kept for the last few: a session shows the same again and again. */
export function cardStyle(css: string): CardStyle {
  const known = styles.get(css);
  if (known !== undefined) return known;
  // Anki's own places of masks: ids are not kept on cards.
  const text = css
    .replaceAll('#image-occlusion-canvas', '.occlusion-masks')
    .replaceAll('#image-occlusion-container', '.occlusion');
  const sheet = new CSSStyleSheet();
  // A constructed sheet takes no imports.
  sheet.replaceSync(text);
  const rules = [...rulesOf(sheet.cssRules)];
  const fonts = new Set<string>();
  const faces: string[] = [];
  for (const rule of rules) {
    if (!(rule instanceof CSSFontFaceRule)) continue;
    const family = unquoted(rule.style.getPropertyValue('font-family'));
    const source = mapUrls(rule.style.getPropertyValue('src'));
    fonts.add(family.toLowerCase());
    rule.style.setProperty('font-family', JSON.stringify(OF_DECKS + family));
    rule.style.setProperty('src', source);
    faces.push(rule.cssText);
  }
  for (const rule of rules) {
    if (!(rule instanceof CSSStyleRule || rule instanceof CSSKeyframeRule)) continue;
    const { cssText } = rule.style;
    if (/url\(/i.test(cssText)) rule.style.cssText = mapUrls(cssText);
    nameFonts(rule.style, fonts);
  }
  // Faces of a sheet within a shadow tree are none: the page has to know them.
  const ofPage = new CSSStyleSheet();
  ofPage.replaceSync(faces.join('\n'));
  const style = { sheet, fonts, faces: ofPage };
  if (styles.size >= MAX_STYLES) forget();
  styles.set(css, style);
  if (faces.length > 0) document.adoptedStyleSheets = [...document.adoptedStyleSheets, ofPage];
  return style;
}

/** Names of fonts that a deck brought, as the page knows them. */
export function nameFonts(style: CSSStyleDeclaration, fonts: ReadonlySet<string>): void {
  const families = fonts.size === 0 ? '' : style.getPropertyValue('font-family');
  if (families === '') return;
  const named = families.split(',').map((family) => {
    const name = unquoted(family);
    return fonts.has(name.toLowerCase()) ? JSON.stringify(OF_DECKS + name) : family;
  });
  style.setProperty('font-family', named.join(','), style.getPropertyPriority('font-family'));
}

function forget(): void {
  const faces = new Set([...styles.values()].map((style) => style.faces));
  document.adoptedStyleSheets = document.adoptedStyleSheets.filter((sheet) => !faces.has(sheet));
  styles.clear();
}

function* rulesOf(rules: CSSRuleList): Generator<CSSRule> {
  for (const rule of rules) {
    yield rule;
    if ('cssRules' in rule) yield* rulesOf(rule.cssRules as CSSRuleList);
  }
}

function mapUrls(css: string): string {
  return css.replace(URL_IN_CSS, (_match, double?: string, single?: string, bare?: string) => {
    const address = unescaped(double ?? single ?? bare ?? '').trim();
    if (/^data:(?:image\/(?:png|jpeg|gif|webp)|font\/)/i.test(address))
      return `url(${JSON.stringify(address)})`;
    const isElsewhere = address === '' || /^(?:[a-z][a-z0-9+.-]*:|[/\\]{2}|#)/i.test(address);
    return isElsewhere ? 'url("data:,")' : `url("${mediaUrl(decoded(address))}")`;
  });
}

function unescaped(text: string): string {
  return text.replace(/\\(?:([0-9a-f]{1,6})\s?|(.))/gi, (_match, code?: string, character?: string) =>
    code === undefined ? (character ?? '') : String.fromCodePoint(Math.min(parseInt(code, 16), 0x10ffff)),
  );
}

function unquoted(name: string): string {
  const text = name.trim();
  const isQuoted = /^(["']).*\1$/.test(text);
  return unescaped(isQuoted ? text.slice(1, -1) : text);
}

function decoded(address: string): string {
  try {
    return decodeURIComponent(address);
  } catch {
    return address;
  }
}
