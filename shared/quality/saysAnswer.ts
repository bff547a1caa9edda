/** Whether a text gives an answer away: says it, or another form of it, as a word of its own. */
import { UNSPACED } from './scripts.ts';

const WORDS = /[\p{L}\p{N}\p{M}]+(?:['’-][\p{L}\p{N}\p{M}]+)*/gu;
const HANGUL = /^[\uac00-\ud7a3]+$/;
const ASCII = /^[a-z]+(?:['’]s)?$/;

/** Too common to give anything away, and the words that stand before an answer without being part of it. */
const COMMON = new Set(
  'a an the to of in on at by for and or not no yes be is are was were am do does did it its this that these those he she they we you i as so if one who what which how where when why with from up out off some any all'.split(
    ' ',
  ),
);
const LEADING = new Set(['a', 'an', 'the', 'to', 'be']);

/** Particles of Korean nouns, up to three in turn. */
const PARTICLE =
  '에게서|에서|에게|한테서|한테|께서|으로서|으로써|으로|로서|로써|로|까지|부터|마다|조차|마저|밖에|처럼|만큼|보다|같이|대로|이라고|라고|이라는|라는|이라|라|이나|나|이랑|랑|하고|와|과|의|이|가|은|는|을|를|에|도|만|요|들|이다|입니다|이에요|예요|이었|였|이야|야';
const NOUN_TAIL = new RegExp(`^(?:(?:${PARTICLE}){0,3}|(?:하|해|했|한|할|합|되|돼|됐|된|될|됩|시키).*)$`);
/** How what follows the stem of a verb begins. */
const VERB_TAIL =
  /^(?:$|다|고|지|게|기|네|니|는|던|더|거|겠|자|습|았|었|아|어|으|은|을|음|면|며|러|려|라|세|셨|시|십|도|든|듯|ㄴ|ㄹ|ㅂ|요|서|ㅆ)/;

/** English: enough of a word to know its forms by; not a dictionary's stem. */
function stemOf(word: string): string {
  let stem = word.replace(/['’]s$/, '');
  if (stem.length <= 3) return stem;
  if (/(?:ss|us|is)$/.test(stem)) return stem;
  if (stem.endsWith('ies') && stem.length > 4) stem = `${stem.slice(0, -3)}y`;
  else if (/(?:ch|sh|x|z|ss|o)es$/.test(stem)) stem = stem.slice(0, -2);
  else if (stem.endsWith('s')) stem = stem.slice(0, -1);
  if (stem.endsWith('ied') && stem.length > 4) stem = `${stem.slice(0, -3)}y`;
  else if (/[aeiouy].*(?:ing|ed)$/.test(stem)) {
    const cut = stem.replace(/(?:ing|ed)$/, '');
    if (cut.length >= 3) stem = cut.replace(/([bdfgmnprt])\1$/, '$1');
  }
  return stem.length > 3 ? stem.replace(/e$/, '') : stem;
}

const DERIVED =
  /^(?:y|ly|ness|er|or|ers|able|ible|ful|less|ment|ion|ation|al|ity|ish|ist|ism|ous|ive|hood|ship|like)$/;

export type Said = { readonly text: string; readonly words: readonly string[] };

/** A text prepared for several questions. */
export function readSaid(text: string): Said {
  const lower = text.toLowerCase();
  return { text: lower, words: lower.match(WORDS) ?? [] };
}

/** Whether `said` has `answer` in it, inflected or with particles; answers that say nothing are never found. */
export function saysAnswer(said: Said, answer: string): boolean {
  const lower = answer.toLowerCase().trim();
  if (UNSPACED.test(lower)) {
    const bare = lower.replace(/[^\p{L}\p{N}\p{M}]+/gu, '');
    return bare.length >= 2 && said.text.includes(bare);
  }
  let words: readonly string[] = lower.match(WORDS) ?? [];
  while (words.length > 1 && LEADING.has(words[0]!)) words = words.slice(1);
  if (words.every((word) => COMMON.has(word))) return false;
  const [first] = words;
  if (first === undefined || (words.length === 1 && isTrifle(first))) return false;
  const tests = words.map(wordTest);
  for (let at = 0; at + words.length <= said.words.length; at += 1) {
    if (tests.every((test, i) => test(said.words[at + i]!))) return true;
  }
  return false;
}

/** One digit, one or two letters: they stand in any text by chance. */
function isTrifle(word: string): boolean {
  if (HANGUL.test(word)) return false;
  return word.length < (/^\p{N}+$/u.test(word) ? 2 : 3);
}

/** Whether a word of the text is the answer's word in some form. */
function wordTest(word: string): (other: string) => boolean {
  if (HANGUL.test(word)) {
    const stem = word.length > 1 && word.endsWith('다') ? word.slice(0, -1) : null;
    return (other) =>
      other === word ||
      (other.startsWith(word) && NOUN_TAIL.test(other.slice(word.length))) ||
      (stem !== null &&
        stem.length > 1 &&
        other.startsWith(stem) &&
        VERB_TAIL.test(other.slice(stem.length))) ||
      // 공부하다 is given away by 공부했어요, and by 공부 as well.
      (stem !== null && stem.length > 2 && stem.endsWith('하') && other.startsWith(stem.slice(0, -1)));
  }
  if (!ASCII.test(word)) return (other) => other === word;
  const stem = stemOf(word);
  return (other) =>
    other === word ||
    stemOf(other) === stem ||
    (word.length >= 5 && other.startsWith(word) && DERIVED.test(other.slice(word.length)));
}
