/** What the user's own columns say goes before what the model says; the model fills blanks only. */
import type { Analysis, CardDraft } from '../../shared/card.ts';
import type { TermFacts } from '../pipeline/ports.ts';

/** Longest text that `analysisSchema` takes. */
const MAX_TEXT = 4000;

export function withOwnColumns(analysis: Analysis, { term, fields }: TermFacts): Analysis {
  const own = (value: string | undefined): string | null =>
    value === undefined ? null : value.slice(0, MAX_TEXT);
  const list = (value: string | undefined): string[] | null =>
    value === undefined ? null : split(value).slice(0, 20);
  const filled: Analysis = {
    ...analysis,
    term,
    meaning: own(fields.meaning) ?? analysis.meaning,
    otherMeanings: list(fields.otherMeanings) ?? analysis.otherMeanings,
    partOfSpeech: own(fields.partOfSpeech) ?? analysis.partOfSpeech,
    reading: own(fields.reading ?? fields.pronunciation) ?? analysis.reading,
    nuance: own(fields.nuance) ?? analysis.nuance,
    usage: own(fields.usage) ?? analysis.usage,
    synonyms: list(fields.synonyms) ?? analysis.synonyms,
    mnemonic: own(fields.mnemonic) ?? analysis.mnemonic,
    level: own(fields.level) ?? analysis.level,
    comparison: comparisonOf(fields.comparison) ?? analysis.comparison,
    examples: withOwnExample(analysis.examples, own(fields.example), own(fields.exampleTranslation)),
  };
  return withKnownFields(withOwnCharacters(filled, own(fields.characters)));
}

/** The user's tags first, on every card. */
export function withOwnTags(cards: readonly CardDraft[], { fields }: TermFacts): readonly CardDraft[] {
  const own = (fields.tags ?? '').split(/[\s,;]+/).filter((tag) => tag !== '' && tag.length <= 120);
  if (own.length === 0) return cards;
  return cards.map((card) => ({ ...card, tags: [...new Set([...own, ...card.tags])].slice(0, 30) }));
}

/** At the marks that only separate, where there are any; else at commas. */
function split(value: string): string[] {
  const marks = /[;；、|\n]/.test(value) ? /[;；、|\n]/ : /[,，]/;
  return value
    .split(marks)
    .map((part) => part.trim().slice(0, MAX_TEXT))
    .filter((part) => part !== '');
}

/** `other word: what sets it apart`, with a colon or a dash between. */
function comparisonOf(value: string | undefined): Analysis['comparison'] {
  const match = /^(?:vs\.?\s+)?([^:：–—]{1,80}?)\s*(?:[:：–—]|\s-\s)\s*(\S.*)$/su.exec(value ?? '');
  const [, other, nuance] = match ?? [];
  return other === undefined || nuance === undefined || other.trim() === ''
    ? null
    : { with: other.trim(), nuance: nuance.slice(0, MAX_TEXT) };
}

function withOwnExample(
  examples: Analysis['examples'],
  text: string | null,
  translation: string | null,
): Analysis['examples'] {
  if (text === null) return examples;
  const others = examples.filter((example) => example.text !== text);
  const told = examples.find((example) => example.text === text)?.translation ?? null;
  return [{ text, translation: translation ?? told }, ...others].slice(0, 8);
}

function withOwnCharacters(analysis: Analysis, characters: string | null): Analysis {
  if (characters === null || analysis.meaning === null) return analysis;
  if (analysis.homonyms.some((homonym) => homonym.characters === characters)) return analysis;
  const own = { characters, reading: null, meaning: analysis.meaning, differentiator: null };
  return { ...analysis, homonyms: [own, ...analysis.homonyms].slice(0, 12) };
}

/** `unknown` names real fields that are still blank. */
function withKnownFields(analysis: Analysis): Analysis {
  const blank = (name: string): boolean => {
    const value = analysis[name as keyof Analysis];
    return value === null || (Array.isArray(value) && value.length === 0);
  };
  return { ...analysis, unknown: [...new Set(analysis.unknown)].filter(blank) };
}
