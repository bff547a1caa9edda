/** Stage 1 without a model: the user's own columns first, then WordNet and the rules of Hangul for what is blank. */
import type { Analysis, SourceField } from '../../../shared/card.ts';
import { TracedeckError } from '../../errors/tracedeckError.ts';
import type { AnalyseInput } from '../../pipeline/ports.ts';
import { withoutMarks } from './clozeMarks.ts';
import { fromWordNet, lookUp, NOTHING } from './englishFacts.ts';
import { pairExamples, parseCharacters, parseComparison, wholeCharacters } from './givenColumns.ts';
import { hasHangul } from './hangul.ts';
import { pronounce } from './koreanPronunciation.ts';
import type { Pronunciation } from './koreanPronunciation.ts';
import { givenClass } from './partOfSpeech.ts';
import type { Fields } from './plainText.ts';
import { hasWords, listItems, plainText, TEXT_MAX, withinLimits } from './plainText.ts';
import type { WordNet } from './wordNet.ts';

/** Primary language subtag, lower case: `en-GB` is `en`. */
export function primaryLanguage(tag: string): string {
  return tag.split(/[-_]/)[0]?.toLowerCase() ?? tag;
}

/** The row's cells as card text; cells without any text are as if not given. */
export function cleanFields(fields: Fields): Fields {
  const clean: Partial<Record<SourceField, string>> = {};
  for (const [field, value] of Object.entries(fields) as [SourceField, string | undefined][]) {
    const text = value === undefined ? '' : plainText(value, field === 'example' ? '**' : '');
    if (text !== '') clean[field] = text;
  }
  return clean;
}

/** The term as card text, of a sentence with its marks. @throws TracedeckError `no_term`, `term_too_long` */
export function cleanTerm(term: string, bold: '' | '**' = ''): string {
  const text = plainText(term, bold);
  if (text === '') throw new TracedeckError('user', 'no_term', 'The row has no readable term.');
  if (text.length <= TEXT_MAX) return text;
  throw new TracedeckError('user', 'term_too_long', `The term has ${text.length} characters.`, {
    hint: `A card holds at most ${TEXT_MAX}. Split the note into several rows.`,
  });
}

/**
 * What is known about a term. Deterministic.
 *
 * @param wordNet opens the English dictionary; called only where an English term needs it
 * @throws TracedeckError category `user`: `no_meaning` where nothing at all is known, `cell_too_long`, ...
 */
export function analyseTerm(input: AnalyseInput, wordNet: () => WordNet): Analysis {
  const term = cleanTerm(input.item.term);
  const fields = cleanFields(input.item.fields);
  const language = primaryLanguage(input.termLanguage);
  if ((fields.meaning?.length ?? 0) > TEXT_MAX) {
    throw new TracedeckError('user', 'cell_too_long', 'The meaning of this row is too long for a card.', {
      hint: `A card holds at most ${TEXT_MAX} characters.`,
    });
  }
  const given = givenClass(fields.partOfSpeech);
  const found = language === 'en' ? lookUp(term, given?.wordClass ?? null, wordNet) : null;
  const english = found === null ? NOTHING : fromWordNet(term, found, fields, given !== null);
  const korean = pronunciationOf(term, fields);
  const [firstOther, ...moreOthers] = givenItems(fields.otherMeanings) ?? [];
  const meaning = fields.meaning ?? firstOther ?? english.meaning;
  const otherMeanings =
    fields.meaning === undefined || firstOther === undefined ? moreOthers : [firstOther, ...moreOthers];

  const lists = givenLists(fields, meaning);
  const comparison = fields.comparison === undefined ? null : parseComparison(fields.comparison, term);
  const loose = fields.comparison !== undefined && comparison === null ? fields.comparison : undefined;
  const readings = givenReadings(fields, hasHangul(term));

  const analysis: Analysis = {
    term,
    meaning,
    otherMeanings: firstOther === undefined ? [...english.otherMeanings] : otherMeanings,
    partOfSpeech: fit(fields.partOfSpeech) ?? english.partOfSpeech,
    reading: fit(readings.reading) ?? korean?.reading ?? null,
    romanisation: fit(readings.romanisation) ?? korean?.romanisation ?? null,
    nuance: fit([fields.nuance, loose].filter((text) => text !== undefined).join('\n') || undefined),
    usage: fit(fields.usage),
    synonyms: [...(lists.synonyms ?? english.synonyms)],
    comparison: comparison === null || comparison.nuance.length > TEXT_MAX ? null : comparison,
    homonyms: [...lists.homonyms],
    mnemonic: fit(fields.mnemonic),
    examples: [...(lists.examples ?? english.examples)],
    keywords: [...english.keywords],
    level: fit(fields.level),
    unknown: [],
  };
  if (isEmpty(analysis)) {
    throw new TracedeckError('user', 'no_meaning', 'Nothing is known about this term without a model.', {
      hint: 'Add a column with its meaning to the list, or choose a generator that asks a model.',
    });
  }
  return {
    ...analysis,
    unknown: unknownFields(analysis, fields, language, primaryLanguage(input.meaningLanguage)),
  };
}

function fit(text: string | undefined): string | null {
  return text === undefined || text.length > TEXT_MAX ? null : text;
}

/** How a Korean term sounds by the rules; `null` for other terms. */
export function pronunciationOf(term: string, fields: Fields): Pronunciation | null {
  if (!hasHangul(term)) return null;
  const given = givenClass(fields.partOfSpeech);
  return pronounce(term, {
    predicate: given?.predicate ?? false,
    noun: given?.wordClass === 'n' || (given === null && !term.endsWith('다')),
    sino: wholeCharacters(fields.characters, term) !== null,
  });
}

/** Of a reading in Latin letters beside Hangul only IPA is a reading; the rest is romanisation. */
function givenReadings(
  fields: Fields,
  hangul: boolean,
): { reading: string | undefined; romanisation: string | undefined } {
  const { reading, pronunciation } = fields;
  const latin = (text: string) =>
    /^[\p{Script=Latin}\p{M}\s'’.-]+$/u.test(text) && !/[\u0250-\u02af]/.test(text);
  const romanisation = hangul
    ? [reading, pronunciation].find((text) => text !== undefined && latin(text))
    : undefined;
  const rest = [reading, pronunciation].filter((text) => text !== undefined && text !== romanisation);
  return { reading: [...new Set(rest)].join(' · ') || undefined, romanisation };
}

/** Items of a list cell; the whole cell as one item where they are too many. */
function givenItems(text: string | undefined, words = false): readonly string[] | null {
  if (text === undefined) return null;
  return withinLimits(listItems(text, words), 20) ?? withinLimits([text], 1) ?? [];
}

type GivenLists = {
  readonly synonyms: readonly string[] | null;
  readonly examples: Analysis['examples'] | null;
  readonly homonyms: Analysis['homonyms'];
};

function givenLists(fields: Fields, meaning: string | null): GivenLists {
  const examples =
    fields.example === undefined ? null : pairExamples(fields.example, fields.exampleTranslation);
  const homonyms = fields.characters === undefined ? [] : parseCharacters(fields.characters, meaning);
  const short = (...texts: readonly (string | null)[]) =>
    texts.every((text) => (text?.length ?? 0) <= TEXT_MAX);
  return {
    synonyms: givenItems(fields.synonyms, true),
    examples: examples === null ? null : examples.filter(({ text, translation }) => short(text, translation)),
    homonyms:
      homonyms.length > 12
        ? []
        : homonyms.filter(({ characters, meaning: gloss }) => short(characters, gloss)),
  };
}

/** Nothing that a card could ask for. A part of speech or a level alone is none. */
function isEmpty(a: Analysis): boolean {
  const lone = [a.meaning, a.reading, a.romanisation, a.usage, a.nuance, a.comparison];
  const hasExample = a.examples.some(({ text }) => hasWords(withoutMarks(text)));
  return lone.every((value) => value === null) && a.homonyms.length === 0 && !hasExample;
}

const STATED = [
  'meaning',
  'partOfSpeech',
  'reading',
  'nuance',
  'usage',
  'synonyms',
  'comparison',
  'homonyms',
  'mnemonic',
  'examples',
  'level',
] as const;

/** Fields that neither the row nor a rule filled. An English definition is no translation. */
function unknownFields(
  analysis: Analysis,
  fields: Fields,
  language: string,
  meaningLanguage: string,
): string[] {
  const unknown: string[] = STATED.filter((field) => {
    const value = analysis[field];
    return value === null || (Array.isArray(value) && value.length === 0);
  });
  if (
    fields.meaning === undefined &&
    fields.otherMeanings === undefined &&
    language === 'en' &&
    meaningLanguage !== 'en' &&
    analysis.meaning !== null
  ) {
    unknown.unshift('translation');
  }
  return unknown;
}
