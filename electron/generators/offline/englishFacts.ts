/** What WordNet says about an English term, of the sense that its row means. */
import type { Analysis } from '../../../shared/card.ts';
import { findTerm, headwords } from './findTerm.ts';
import { isDullWord } from './functionWords.ts';
import { CLASS_NAMES } from './partOfSpeech.ts';
import type { Fields } from './plainText.ts';
import type { WordEntry, WordNet, WordSense } from './wordNet.ts';

const OTHER_SENSES = 3;
/** Keyword of a term that is a form of another word; the definition is then that word's. */
export const FORM_OF = 'form of: ';
const WORDNET_EXAMPLES = 2;

type FromWordNet = Pick<
  Analysis,
  'meaning' | 'otherMeanings' | 'partOfSpeech' | 'synonyms' | 'examples' | 'keywords'
>;
export const NOTHING: FromWordNet = {
  meaning: null,
  otherMeanings: [],
  partOfSpeech: null,
  synonyms: [],
  examples: [],
  keywords: [],
};

/** The entry of an English term, as it stands or by its headwords; opens the dictionary only for what can have one. */
export function lookUp(
  term: string,
  wordClass: WordSense['wordClass'] | null,
  wordNet: () => WordNet,
): WordEntry | null {
  if (term.length > 80 || !/\p{Script=Latin}|\d/u.test(term)) return null;
  const open = wordNet();
  // 'to run' is a verb and 'a run' a noun, whatever sense of 'run' is the commonest.
  const marked = /^to\s/i.test(term) ? 'v' : /^(?:an?|the)\s/i.test(term) ? 'n' : null;
  const whole = open.lookUp(term, wordClass);
  if (whole !== null) return whole;
  for (const word of headwords(term, 'en')) {
    const entry = open.lookUp(word, wordClass ?? marked);
    if (entry !== null) return entry;
  }
  return null;
}

/** Facts of the sense that the row means: the one its own meaning overlaps with, else the commonest. */
export function fromWordNet(term: string, entry: WordEntry, fields: Fields, hasClass: boolean): FromWordNet {
  const own = fields.meaning ?? fields.otherMeanings;
  const sense = own === undefined ? (entry.senses[0] ?? null) : senseOf(own, entry.senses);
  const classes = new Set(entry.senses.map(({ wordClass }) => wordClass));
  const wordClass = sense?.wordClass ?? (classes.size === 1 ? (entry.senses[0]?.wordClass ?? null) : null);
  const partOfSpeech = hasClass || wordClass === null ? null : CLASS_NAMES[wordClass];
  if (sense === null) return { ...NOTHING, partOfSpeech };
  const others = entry.senses.filter((other) => other !== sense && other.attested).slice(0, OTHER_SENSES);
  const asClass = { wordClass: sense.wordClass, predicate: false };
  return {
    meaning: sense.definition,
    otherMeanings: others.map(({ wordClass: other, definition }) =>
      other === sense.wordClass ? definition : `(${CLASS_NAMES[other]}) ${definition}`,
    ),
    partOfSpeech,
    synonyms: sense.synonyms.slice(0, 8),
    examples: sense.examples
      .filter(
        (text) =>
          findTerm(entry.lemma, text, 'en', asClass).length + findTerm(term, text, 'en', asClass).length > 0,
      )
      .slice(0, WORDNET_EXAMPLES)
      .map((text) => ({ text, translation: null })),
    keywords: [
      ...(isForm(term, entry.lemma) ? [FORM_OF + entry.lemma] : []),
      ...sense.hypernyms.slice(0, 3).map((word) => `kind of: ${word}`),
      ...sense.antonyms.slice(0, 3).map((word) => `opposite: ${word}`),
    ],
  };
}

function isForm(term: string, lemma: string): boolean {
  return ![term, ...headwords(term, 'en')].some((word) => word.toLowerCase().replaceAll('’', "'") === lemma);
}

/** The sense whose definition shares most words with `meaning`; `null` where several remain and none shares any. */
function senseOf(meaning: string, senses: readonly WordSense[]): WordSense | null {
  const own = wordsOf(meaning);
  const scores = senses.map((sense) => {
    const theirs = wordsOf([sense.definition, ...sense.synonyms, ...sense.hypernyms].join(' '));
    return [...own].filter((word) => theirs.has(word)).length;
  });
  const best = Math.max(0, ...scores);
  if (best === 0) return senses.length === 1 ? (senses[0] ?? null) : null;
  return senses[scores.indexOf(best)] ?? null;
}

function wordsOf(text: string): ReadonlySet<string> {
  const words = text.toLowerCase().match(/\p{L}{3,}/gu) ?? [];
  return new Set(
    words.filter((word) => !isDullWord(word)).map((word) => word.replace(/(?:ing|ed|es|s)$/, '')),
  );
}
