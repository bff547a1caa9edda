/**
 * Text as the deck's full-text index knows it. Writing with spaces gives its words; writing without them (Han, Kana,
 * Thai, ...) and Hangul give every two neighbouring characters and the last one alone:
 *
 *     한국어 GPT-4  ->  한국 국어 어 gpt 4
 *
 * Each character begins exactly one piece, so a query of one character is a prefix, one of two is a word, and a longer
 * one is a phrase, wherever it stands. The index's own tokenizer only parts at the spaces.
 */
import { plainText } from '../../shared/plainText.ts';

/** Letters, marks and digits that stand together. */
const RUN = /[\p{L}\p{M}\p{N}]+/gu;
const UNSPACED =
  '\\p{scx=Han}\\p{scx=Hiragana}\\p{scx=Katakana}\\p{scx=Bopomofo}\\p{scx=Hangul}\\p{scx=Thai}\\p{scx=Lao}\\p{scx=Khmer}\\p{scx=Myanmar}';
/** The parts of a run: without and with spaces between words. */
const PARTS = new RegExp(`[${UNSPACED}]+|[^${UNSPACED}]+`, 'gu');
const IS_UNSPACED = new RegExp(`^[${UNSPACED}]`, 'u');
/** Marks over letters whose writing a search should not ask for: accents, points, vowel signs. Not Cyrillic: й is no и. */
const MARKED = /([\p{sc=Latin}\p{sc=Greek}\p{sc=Arabic}\p{sc=Hebrew}])\p{M}+/gu;
/** Text that folding leaves as it is but for its case: ASCII, common punctuation, Kana, Han, Hangul, Russian letters. */
const PLAIN =
  /^[\u0020-\u007e\s\u2010-\u201f\u3001-\u3029\u3041-\u3096\u30a1-\u30fa\u30fc-\u30fe\u4e00-\u9fff\uac00-\ud7a3\u0430-\u044f]*$/;
const WORD = /^[a-z0-9\u0430-\u044f]+$/;
const ALL_UNSPACED = /^[\u3041-\u3096\u30a1-\u30fa\u30fc-\u30fe\u4e00-\u9fff\uac00-\ud7a3]+$/;
/** Letters that no decomposition takes apart, and the Arabic stroke that only makes a word longer. */
const SPECIAL = /[ßæœøłđðþıħς\u0640]/g;
const SPELT: Readonly<Record<string, string>> = {
  ß: 'ss',
  æ: 'ae',
  œ: 'oe',
  ø: 'o',
  ł: 'l',
  đ: 'd',
  ð: 'd',
  þ: 'th',
  ı: 'i',
  ħ: 'h',
  ς: 'σ',
  '\u0640': '',
};

type Part = { readonly text: string; readonly unspaced: boolean };

/** The words of a text between spaces, for the index. `isHtml`: tags are left out and entities read. */
export function searchWords(text: string, isHtml: boolean): string {
  const words: string[] = [];
  for (const part of partsOf(isHtml ? plainText(text, { readings: true }) : text)) {
    if (!part.unspaced) words.push(part.text);
    else words.push(...pairsOf(part.text), lastOf(part.text));
  }
  return words.join(' ');
}

/**
 * The text as a phrase of an FTS5 query, `null` where it has neither letters nor digits.
 * @param prefix whether the last word may go on: `app` finds `apple`
 */
export function searchPhrase(text: string, prefix: boolean): string | null {
  const parts = partsOf(text);
  const words: string[] = [];
  let open = false;
  for (const [index, { text: part, unspaced }] of parts.entries()) {
    const isLast = index === parts.length - 1;
    if (!unspaced) {
      words.push(part);
      open = prefix;
      continue;
    }
    const pairs = pairsOf(part);
    words.push(...pairs);
    // What is searched for may go on in the text, where its last character begins another pair.
    open = isLast && pairs.length === 0;
    if (!isLast || open) words.push(lastOf(part));
  }
  return words.length === 0 ? null : `"${words.join(' ')}"${open ? ' *' : ''}`;
}

/** Text in the form in which names are compared: any case, with or without accents. */
export function fold(text: string): string {
  const lower = text.toLowerCase();
  if (PLAIN.test(lower)) return lower;
  return lower
    .normalize('NFKD')
    .replace(MARKED, '$1')
    .replace(SPECIAL, (letter) => SPELT[letter] ?? letter)
    .normalize('NFC');
}

function partsOf(text: string): Part[] {
  const bare = text.includes('{{c') ? text.replace(/\{\{c\d+(?:,\d+)*::/g, '').replaceAll('}}', '') : text;
  const parts: Part[] = [];
  for (const run of fold(bare).match(RUN) ?? []) {
    // The two simple tests spare nearly all text the one that knows every script.
    if (WORD.test(run)) parts.push({ text: run, unspaced: false });
    else if (ALL_UNSPACED.test(run)) parts.push({ text: run, unspaced: true });
    else {
      for (const part of run.match(PARTS) ?? []) parts.push({ text: part, unspaced: IS_UNSPACED.test(part) });
    }
  }
  return parts;
}

const SURROGATE = /[\ud800-\udfff]/;

function pairsOf(text: string): string[] {
  const characters: ArrayLike<string> = SURROGATE.test(text) ? [...text] : text;
  const pairs: string[] = [];
  for (let index = 1; index < characters.length; index += 1) {
    pairs.push(`${characters[index - 1]}${characters[index]}`);
  }
  return pairs;
}

function lastOf(text: string): string {
  return [...text].at(-1) ?? '';
}
