import type { Analysis } from '../../shared/card.ts';

/** Of a note that was never analysed: a card can be asked for all the same. */
export function emptyAnalysis(term: string): Analysis {
  return {
    term,
    meaning: null,
    otherMeanings: [],
    partOfSpeech: null,
    reading: null,
    romanisation: null,
    nuance: null,
    usage: null,
    synonyms: [],
    comparison: null,
    homonyms: [],
    mnemonic: null,
    examples: [],
    keywords: [],
    level: null,
    unknown: [],
  };
}
