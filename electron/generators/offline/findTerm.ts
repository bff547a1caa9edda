/** Where a term stands in a text, in any of its forms, by the rules of its language. */
import type { WordClass } from './englishForms.ts';
import { inflections } from './englishForms.ts';
import { hasHangul } from './hangul.ts';
import type { Span } from './koreanForms.ts';
import { findKorean } from './koreanForms.ts';
import type { GivenClass } from './partOfSpeech.ts';
import { wordSegments } from './segments.ts';

const NO_SPACES =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}]/u;
const NOTES = /[(（[［〔【][^()（）[\]［］〔〕【】]*[)）\]］〕】]/gu;

const WORD_MAX = 200;

/**
 * The words to look for: `colour / color` is two, `bank (river)` one, `to run` is `run` in English. In order,
 * at most four, and none longer than anybody looks for.
 */
export function headwords(term: string, language: string): readonly string[] {
  const bare = term.replace(NOTES, ' ').replace(/\s+/g, ' ').trim();
  const words = bare.split(/\s*[/／・;；,，、]\s*/u).map((word) => {
    const cut = word.replace(/^[-~〜…]+|[-~〜…]+$/gu, '').trim();
    return language === 'en' ? cut.replace(/^(?:to|an?|the)\s+(?=\S)/i, '') : cut;
  });
  const usable = words.filter((word) => word.length <= WORD_MAX && /[\p{L}\p{N}]/u.test(word));
  return [...new Set(usable)].slice(0, 4);
}

/** Every place where the term stands, in order and without overlap; empty where that is not certain. */
export function findTerm(
  term: string,
  text: string,
  language: string,
  given: GivenClass | null,
): readonly Span[] {
  for (const word of headwords(term, language)) {
    const spans = hasHangul(word)
      ? findKorean(word, text, given === null ? null : given.predicate)
      : NO_SPACES.test(word)
        ? findUnspaced(word, text)
        : language === 'en'
          ? findWhole(englishForms(word, given?.wordClass ?? null), text)
          : findWhole([word], text);
    if (spans.length > 0) return spans;
  }
  return [];
}

function englishForms(word: string, wordClass: WordClass | null): readonly string[] {
  const lower = word.toLowerCase().replaceAll('’', "'");
  const words = lower.split(' ');
  const first = words[0] ?? '';
  if (words.length === 1) return inflections(lower, wordClass);
  const last = words.at(-1) ?? '';
  // 'gave up' and 'hot dogs': a phrase inflects at one end.
  const verbs = wordClass === 'n' ? [] : inflections(first, 'v').map((form) => words.with(0, form).join(' '));
  const nouns =
    wordClass === 'v'
      ? []
      : inflections(last, 'n').map((form) => words.with(words.length - 1, form).join(' '));
  return [...new Set([lower, ...verbs, ...nouns])];
}

/** Whole words only, whatever the case. */
function findWhole(forms: readonly string[], text: string): readonly Span[] {
  const source = forms
    .toSorted((a, b) => b.length - a.length)
    .map((form) =>
      form.replace(/[.*+?^${}()|[\]\\]/g, '\\$&').replace(/[' ]/g, (c) => (c === ' ' ? '\\s+' : "['’]")),
    )
    .join('|');
  const pattern = new RegExp(`(?<![\\p{L}\\p{M}\\p{N}])(?:${source})(?![\\p{L}\\p{M}\\p{N}])`, 'giu');
  return [...text.matchAll(pattern)].map((match) => ({
    start: match.index,
    end: match.index + match[0].length,
  }));
}

/** Scripts without spaces: the term has to begin and end where a word does, so 本 is not found in 日本. */
function findUnspaced(word: string, text: string): readonly Span[] {
  if (!text.includes(word)) return [];
  const edges = new Set<number>([text.length]);
  for (const { start } of wordSegments(text)) edges.add(start);
  const found: Span[] = [];
  for (let at = text.indexOf(word); at >= 0; at = text.indexOf(word, at + word.length)) {
    if (edges.has(at) && edges.has(at + word.length)) found.push({ start: at, end: at + word.length });
  }
  return found;
}
