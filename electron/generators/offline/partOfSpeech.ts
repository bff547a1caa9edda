/** What a part-of-speech column says, in English, Korean, Japanese or Chinese words. */
import type { WordClass } from './englishForms.ts';

export type GivenClass = {
  /** For WordNet; `null` for a class that it does not have. */
  readonly wordClass: WordClass | null;
  /** A Korean word that conjugates. */
  readonly predicate: boolean;
};

const CLASSES: readonly (readonly [RegExp, GivenClass])[] = [
  [/^(?:adv|r)\b|adverb|부사|副詞|副词/i, { wordClass: 'r', predicate: false }],
  [/^(?:adj|a)\b|adjective|descriptive verb|형용사|形容|形容动词/i, { wordClass: 'a', predicate: true }],
  [/^(?:v[ti]?)\b|verb|^동사|[^명]동사|動詞|动词|[한태]다$/i, { wordClass: 'v', predicate: true }],
  [
    /pronoun|대명사|代名詞|代词|numeral|수사|determiner|관형사|particle|조사|interjection|감탄사/i,
    { wordClass: null, predicate: false },
  ],
  [/^(?:n)\b|noun|명사|名詞|名词/i, { wordClass: 'n', predicate: false }],
];

/** `null` for text that names no class known here: the word may then be of any. */
export function givenClass(partOfSpeech: string | null | undefined): GivenClass | null {
  if (partOfSpeech === null || partOfSpeech === undefined) return null;
  return CLASSES.find(([pattern]) => pattern.test(partOfSpeech.trim()))?.[1] ?? null;
}

export const CLASS_NAMES: Readonly<Record<WordClass, string>> = {
  n: 'noun',
  v: 'verb',
  a: 'adjective',
  r: 'adverb',
};
