/** Sentences and notes: what is known about them, and their cloze cards. */
import type { Analysis, CardDraft } from '../../../shared/card.ts';
import { TracedeckError } from '../../errors/tracedeckError.ts';
import type { AnalyseInput } from '../../pipeline/ports.ts';
import type { Fields } from './plainText.ts';
import { cleanFields, cleanTerm, primaryLanguage } from './analyseTerm.ts';
import type { Cloze } from './clozeMarks.ts';
import { clozeAt, hasBraces, markedCloze } from './clozeMarks.ts';
import { chooseHidden } from './hiddenWord.ts';
import { TEXT_MAX } from './plainText.ts';
import { sentencesOf } from './segments.ts';
import type { WordNet } from './wordNet.ts';
import { finish } from './writeTermCards.ts';

/** A note of more sentences gets a card for each of the first so many. */
const CARDS_MAX = 8;
/** Up to this length a card shows the whole note around its gap, beyond it only the sentence. */
const CONTEXT_MAX = 600;

/**
 * @throws TracedeckError `no_cloze` where no word is worth hiding and no translation is given, `bad_cloze`
 *   where the text has braces that are no cloze marks
 */
export function analyseSentence(input: AnalyseInput, wordNet: () => WordNet): Analysis {
  const term = cleanTerm(input.item.term, '**');
  const fields = cleanFields(input.item.fields);
  const language = primaryLanguage(input.termLanguage);
  const fit = (text: string | undefined) => (text === undefined || text.length > TEXT_MAX ? null : text);
  const meaning = fit(fields.meaning ?? fields.exampleTranslation);
  if (meaning === null && clozesOf(term, language, wordNet).length === 0) {
    if (hasBraces(term)) {
      throw new TracedeckError('user', 'bad_cloze', 'The cloze marks of this note cannot be read.', {
        hint: 'A gap is written {{c1::hidden}}; every {{ needs its }}.',
      });
    }
    throw new TracedeckError('user', 'no_cloze', 'No word of this sentence is worth hiding.', {
      hint: 'Mark the words to hide as **bold** or {{c1::hidden}}, or add a column with a translation.',
    });
  }
  const level = fit(fields.level);
  const nuance = fit(fields.nuance);
  const usage = fit(fields.usage);
  const partOfSpeech = fit(fields.partOfSpeech);
  const isTranslated = language === primaryLanguage(input.meaningLanguage);
  return {
    term,
    meaning,
    otherMeanings: [],
    partOfSpeech,
    reading: fit(fields.reading ?? fields.pronunciation ?? fields.exampleReading),
    romanisation: null,
    nuance,
    usage,
    synonyms: [],
    comparison: null,
    homonyms: [],
    mnemonic: fit(fields.mnemonic),
    examples: [],
    keywords: [],
    level,
    // Of a sentence only its translation can be missing, and one's own language needs none.
    unknown: meaning === null && !isTranslated ? ['meaning'] : [],
  };
}

/** Cloze cards of a sentence or note, and a recognition card where its translation is given. */
export function writeSentenceCards(
  analysis: Analysis,
  fields: Fields,
  language: string,
  tags: readonly string[],
  wordNet: () => WordNet,
): readonly CardDraft[] {
  const { term, meaning } = analysis;
  const notes = [meaning, analysis.reading, fields.usage ?? null, fields.nuance ?? null];
  const below = notes.filter((note) => note !== null).join('\n');
  const join = (...parts: readonly string[]) => parts.filter((part) => part !== '').join('\n');
  const clozes = clozesOf(term, language, wordNet).map(({ front, plain, hidden }) => {
    const full = join(hidden.join(' · '), plain, below);
    return {
      type: 'cloze' as const,
      front,
      back: full.length <= TEXT_MAX ? full : join(hidden.join(' · '), plain),
    };
  });
  const plain = markedCloze(term)?.plain ?? term;
  const recognition = { type: 'recognition' as const, front: meaning === null ? null : plain, back: meaning };
  return finish([...clozes, recognition], tags);
}

/** The user's own marks as they are, else one gap a sentence. */
function clozesOf(text: string, language: string, wordNet: () => WordNet): readonly Cloze[] {
  const marked = markedCloze(text);
  if (marked !== null) return marked.front.length <= TEXT_MAX ? [marked] : [];
  if (hasBraces(text)) return [];
  const dictionary = language === 'en' ? wordNet() : null;
  const clozes: Cloze[] = [];
  let at = 0;
  for (const sentence of sentencesOf(text)) {
    if (clozes.length === CARDS_MAX) break;
    const offset = text.indexOf(sentence, at);
    at = offset + sentence.length;
    const spans = chooseHidden(sentence, language, dictionary);
    if (spans === null) continue;
    const inSentence = clozeAt(sentence, spans);
    const whole = text.length <= CONTEXT_MAX;
    const shifted = spans.map(({ start, end }) => ({ start: start + offset, end: end + offset }));
    const cloze = whole && inSentence !== null ? clozeAt(text, shifted) : inSentence;
    if (cloze !== null && cloze.front.length <= TEXT_MAX && cloze.plain.length <= TEXT_MAX / 2)
      clozes.push(cloze);
  }
  return clozes;
}
