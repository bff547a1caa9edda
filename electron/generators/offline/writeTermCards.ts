/** Stage 2 without a model: the cards of one term. Everything on them comes from the analysis or the row. */
import type { Analysis, CardDraft, CardType } from '../../../shared/card.ts';
import type { Fields } from './plainText.ts';
import { pronunciationOf } from './analyseTerm.ts';
import { FORM_OF } from './englishFacts.ts';
import { blanked, clozeAt, hasBraces, markedCloze, withoutMarks } from './clozeMarks.ts';
import { findTerm } from './findTerm.ts';
import { areHomonyms } from './givenColumns.ts';
import { hasHangul } from './hangul.ts';
import { LABELS } from './labels.ts';
import type { GivenClass } from './partOfSpeech.ts';
import { givenClass } from './partOfSpeech.ts';
import { TEXT_MAX } from './plainText.ts';

type Side = string | null;
type Draft = { readonly type: CardType; readonly front: Side; readonly back: Side };
type Context = {
  readonly analysis: Analysis;
  readonly fields: Fields;
  readonly language: string;
  readonly given: GivenClass | null;
};

const CLOZES_MAX = 3;

/** Drafts in a fixed order, each question once; empty where the analysis holds nothing to ask for. */
export function writeTermCards(
  analysis: Analysis,
  fields: Fields,
  language: string,
  tags: readonly string[],
): readonly CardDraft[] {
  const context: Context = { analysis, fields, language, given: givenClass(analysis.partOfSpeech) };
  const drafts = [
    recognition(context),
    production(context),
    ...clozes(context),
    reading(context),
    usage(context),
    comparison(context),
    characters(context),
  ];
  return finish(drafts, tags);
}

/** Leaves out what is empty, asked already, or longer than a card may be. */
export function finish(drafts: readonly Draft[], tags: readonly string[]): readonly CardDraft[] {
  const asked = new Set<string>();
  return drafts.flatMap((draft) => {
    const front = draft.front?.normalize('NFC') ?? null;
    const back = draft.back?.normalize('NFC') ?? null;
    const { type } = draft;
    if (front === null || back === null || front.length > TEXT_MAX || back.length > TEXT_MAX) return [];
    const key = `${type}\n${front}`;
    if (front === back || asked.has(key)) return [];
    asked.add(key);
    return [{ type, front, back, tags: [...tags] }];
  });
}

/** Lines one below the other. From `required` on, a line that no longer fits is left out whole. */
function lines(required: number, ...parts: readonly (string | null)[]): Side {
  let text = '';
  for (const [i, part] of parts.entries()) {
    if (part === null || part === '') continue;
    const longer = text === '' ? part : `${text}\n${part}`;
    if (longer.length > TEXT_MAX && i >= required) continue;
    text = longer;
  }
  return text === '' ? null : text;
}

function recognition({ analysis }: Context): Draft {
  const { term, meaning } = analysis;
  const trivial = meaning === null || meaning.toLowerCase() === term.toLowerCase();
  return {
    type: 'recognition',
    front: trivial ? null : term,
    back: lines(
      1,
      meaning,
      also(analysis),
      howItSounds(analysis),
      classAndLevel(analysis),
      ...details(analysis),
    ),
  };
}

function production({ analysis, fields, language, given }: Context): Draft {
  const { term, meaning, partOfSpeech } = analysis;
  // A definition that names its own word would give the answer away.
  const question = meaning === null ? null : blanked(meaning, findTerm(term, meaning, language, given));
  // 'move fast' asks for 'run', whatever form of it the list has.
  const inflected =
    analysis.keywords.some((word) => word.startsWith(FORM_OF)) && fields.meaning === undefined;
  const trivial = question === null || inflected || question.toLowerCase() === term.toLowerCase();
  return {
    type: 'production',
    front: trivial ? null : lines(1, question, partOfSpeech === null ? null : `(${partOfSpeech})`),
    back: lines(1, term, howItSounds(analysis), exampleLines(analysis, 0)),
  };
}

function clozes({ analysis, fields, language, given }: Context): readonly Draft[] {
  const { term, meaning, examples } = analysis;
  return examples.slice(0, CLOZES_MAX).map(({ text, translation }, i): Draft => {
    const cloze = markedCloze(text) ?? clozeAt(text, findTerm(term, text, language, given));
    if (cloze === null) return { type: 'cloze', front: null, back: null };
    const told = translation?.toLowerCase() ?? '';
    const safe =
      translation !== null &&
      !hasBraces(told) &&
      !cloze.hidden.some((word) => told.includes(word.toLowerCase()));
    return {
      type: 'cloze',
      front: safe ? `${cloze.front}\n\n${translation}` : cloze.front,
      back: lines(
        2,
        cloze.hidden.join(' · '),
        cloze.plain,
        i === 0 && examples.length === 1 ? (fields.exampleReading ?? null) : null,
        translation,
        meaning === null ? null : `${term}: ${meaning}`,
      ),
    };
  });
}

function reading({ analysis, fields }: Context): Draft {
  const { term, meaning } = analysis;
  const sounds = pronunciationOf(term, fields);
  const own = analysis.reading;
  // Hangul mostly spells its sound; a card asks only where it does not. IPA alone says nothing about that.
  const differs = (text: string | null) =>
    text !== null && text.replace(/[[\]/\s]/g, '') !== term.replace(/\s/g, '');
  const asks = hasHangul(term)
    ? differs(own !== null && hasHangul(own) ? own : (sounds?.reading ?? null)) || meaning === null
    : differs(own);
  const known = own !== null || analysis.romanisation !== null;
  const heard =
    own !== null && !hasHangul(own) && differs(sounds?.reading ?? null) ? `[${sounds?.reading}]` : null;
  return {
    type: 'reading',
    front: asks && known ? `${LABELS.howRead}\n${term}` : null,
    back: lines(
      1,
      howItSounds(analysis),
      heard,
      meaning === null && fields.meaning === undefined ? LABELS.meaningUnknown : meaning,
    ),
  };
}

function usage({ analysis }: Context): Draft {
  const { term, nuance } = analysis;
  const back = lines(2, analysis.usage, nuance);
  return { type: 'usage', front: back === null ? null : LABELS.howUsed(term), back };
}

function comparison({ analysis }: Context): Draft {
  const { comparison: other, term } = analysis;
  return {
    type: 'comparison',
    front: other === null ? null : LABELS.difference(term, other.with),
    back: other?.nuance ?? null,
  };
}

function characters({ analysis }: Context): Draft {
  const { homonyms, term, meaning } = analysis;
  const back = lines(
    homonyms.length,
    ...homonyms.map(({ characters: written, reading: read, meaning: gloss }) => {
      const spelled = [written, read === null ? null : `(${read})`].filter((part) => part !== null).join(' ');
      return gloss === meaning && homonyms.length === 1 ? spelled : `${spelled} – ${gloss}`;
    }),
  );
  if (areHomonyms(homonyms, term)) return { type: 'homonyms', front: LABELS.whichWords(term), back };
  const shown = homonyms.every(({ characters: written }) => written !== null && term.includes(written));
  const trivial = homonyms.length === 0 || back === term;
  return {
    type: 'characters',
    front: trivial
      ? null
      : shown
        ? LABELS.whatCharactersMean(term)
        : lines(1, LABELS.whichCharacters(term), meaning),
    back,
  };
}

function also({ otherMeanings }: Analysis): Side {
  return otherMeanings.length === 0 ? null : LABELS.also + otherMeanings.join(' · ');
}

/** `[학꾜] hakgyo`; a Hangul reading that equals the spelling is not said twice. */
function howItSounds({ term, reading: read, romanisation }: Analysis): Side {
  const plain =
    read === null || (read === term && hasHangul(term)) ? null : /^[[/]/.test(read) ? read : `[${read}]`;
  const text = [plain, romanisation].filter((part) => part !== null).join(' ');
  return text === '' ? null : text;
}

function classAndLevel({ partOfSpeech, level }: Analysis): Side {
  const text = [partOfSpeech, level === null ? null : LABELS.level + level]
    .filter((part) => part !== null)
    .join(' · ');
  return text === '' ? null : text;
}

function details(analysis: Analysis): readonly Side[] {
  const { synonyms, keywords, mnemonic } = analysis;
  return [
    synonyms.length === 0 ? null : LABELS.synonyms + synonyms.join(', '),
    keywords.length === 0 ? null : keywords.join(' · '),
    exampleLines(analysis, 0),
    mnemonic === null ? null : LABELS.mnemonic + mnemonic,
  ];
}

function exampleLines({ examples }: Analysis, index: number): Side {
  const example = examples[index];
  return example === undefined ? null : lines(1, withoutMarks(example.text), example.translation);
}
