/** Which letters a language is written with. */

/** Scripts that are more than one of Unicode's. */
const JOINED: Readonly<Record<string, string>> = {
  Kore: '\\p{Script=Hang}\\p{Script=Hani}',
  Jpan: '\\p{Script=Hira}\\p{Script=Kana}\\p{Script=Hani}',
  Hans: '\\p{Script=Hani}\\p{Script=Bopo}',
  Hant: '\\p{Script=Hani}\\p{Script=Bopo}',
  Hrkt: '\\p{Script=Hira}\\p{Script=Kana}',
};
/** Languages that are at home in two scripts. */
const TWO_SCRIPTS = new Set([
  'sr',
  'bs',
  'uz',
  'az',
  'kk',
  'ky',
  'tk',
  'tt',
  'mn',
  'ku',
  'pa',
  'ks',
  'sd',
  'ms',
  'ha',
]);

const known = new Map<string, RegExp | null>();

/**
 * Matches one letter of the language's script; `null` where the language is not known, or has several scripts.
 * @param language BCP 47; a script in it goes before the language's own
 */
export function letterOf(language: string): RegExp | null {
  let pattern = known.get(language);
  if (pattern === undefined) {
    pattern = readLetterOf(language);
    known.set(language, pattern);
  }
  return pattern;
}

function readLetterOf(language: string): RegExp | null {
  if (language === 'auto' || language === 'und' || language === '') return null;
  try {
    const locale = new Intl.Locale(language);
    if (locale.script === undefined && TWO_SCRIPTS.has(locale.language)) return null;
    const { script } = locale.maximize();
    if (script === undefined) return null;
    return new RegExp(`[${JOINED[script] ?? `\\p{Script=${script}}`}]`, 'u');
  } catch {
    // No tag of a language, or no script that this engine has heard of.
    return null;
  }
}

/** Scripts without spaces between words, where a word may begin anywhere. */
export const UNSPACED =
  /[\p{Script=Hani}\p{Script=Hira}\p{Script=Kana}\p{Script=Thai}\p{Script=Laoo}\p{Script=Khmr}\p{Script=Mymr}]/u;
const WIDE = /[\u1100-\u11ff\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\uff00-\uff60]/gu;

/** Length as a reader feels it: a syllable or character of East Asia counts as two letters. */
export function weightOf(text: string): number {
  return text.length + (text.match(WIDE)?.length ?? 0);
}
