/** Cards of running text: its author's cloze marks, stressed words, and sentences that say what something is. */
import { gapNumbers, readCloze } from '../../../shared/cloze.ts';
import { clozeAt } from './clozeMarks.ts';
import { chooseHidden } from './hiddenWord.ts';
import type { PassageDraft } from './passageMarks.ts';
import { clippedQuote, numberedCloze, plainStress, stressedSpans } from './passageMarks.ts';
import { hasWords, TEXT_MAX } from './plainText.ts';
import { sentencesOf } from './segments.ts';
import type { WordNet } from './wordNet.ts';

/** A question needs something to go by, and no more than can be read at a glance. */
const MIN_CHARS = 20;
const MAX_CHARS = 360;
/** Of one sentence; where nearly all of it is stressed, nothing is. */
const MAX_STRESSED = 5;
const MAX_SUBJECT_WORDS = 6;
const DENSE = /[\u2e80-\uffef]/u;

type Defined = {
  readonly subject: { readonly start: number; readonly end: number };
  readonly question: string | null;
  readonly answer: string;
};

/** By language: the sentence's form with its subject, copula and predicate as groups. */
const FORMS: Readonly<Record<string, RegExp>> = {
  en: /^((?:An?\s+|The\s+)?(?:[\p{L}\p{N}][\p{L}\p{M}\p{N}'’()-]*\s+){1,6}?)(is|are|was|were|means|refers to|is called|is known as|is defined as|are defined as)\s+((?:an?|the|one of|any|when|to)\s+\S[^]*)$/u,
  de: /^((?:[\p{L}\p{N}][\p{L}\p{M}\p{N}()-]*\s+){1,6}?)(ist|sind|war|waren|bezeichnet|bedeutet)\s+((?:ein\p{L}*|der|die|das|den)\s+\S[^]*)$/u,
  fr: /^((?:[\p{L}\p{N}][\p{L}\p{M}\p{N}'’()-]*\s+){1,6}?)(est|sont|était|désigne|signifie)\s+((?:une?|le|la|les|l['’])\s*\S[^]*)$/u,
  es: /^((?:[\p{L}\p{N}][\p{L}\p{M}\p{N}()-]*\s+){1,6}?)(es|son|era|significa|se define como)\s+((?:una?|el|la|los|las)\s+\S[^]*)$/u,
  it: /^((?:[\p{L}\p{N}][\p{L}\p{M}\p{N}'’()-]*\s+){1,6}?)(è|sono|era|significa)\s+((?:una?|uno|il|lo|la|i|gli|le)\s+\S[^]*)$/u,
  pt: /^((?:[\p{L}\p{N}][\p{L}\p{M}\p{N}()-]*\s+){1,6}?)(é|são|era|significa)\s+((?:uma?|o|a|os|as)\s+\S[^]*)$/u,
  ko: /^([^\s,]{1,20}(?:\s[^\s,]{1,12})?)(이란|란|은|는)\s+([^]+(?:이다|입니다|말한다|뜻한다|의미한다|가리킨다|말합니다|뜻합니다)\.?)$/u,
  ja: /^([^、。]{1,24}?)(とは|は)、?([^]+(?:である|です|をいう|という|を指す|のことだ|だ)。?)$/u,
  zh: /^([^，。、]{1,20}?)(是指|指的是|是|指)([^]{4,}[。.]?)$/u,
};
/** Words that point at something said before: such a sentence does not stand alone. */
const POINTS_BACK =
  /^(?:it|this|that|these|those|they|he|she|we|you|i|there|here|such|one|who|which|what|its|their|his|her|our|another|other|some|many|most|however|therefore|thus|but|and|so|das|dies\p{L}*|es|er|sie|wir|il|elle|ils|elles|ce|cette|ces|este|esta|esto|ella|questo|questa|이것|그것|이|그|저|여기|이는|그는|これ|それ|あれ|この|その|彼|这|那|它|他|她|其|此)(?=[\s은는이가はがの]|$)/iu;

/** Lines of a program that a file gives as text. */
const CODE = /[{};]\s|::=|<\/|\(\)|=>|[{};]$/;

/** @param fallback also a number or name of a sentence that marks and defines nothing */
export function sentenceDrafts(
  text: string,
  language: string,
  wordNet: () => WordNet,
  fallback: boolean,
): readonly PassageDraft[] {
  const own = ownCloze(text);
  if (own !== null) return [own];
  if (/\{\{|\}\}/.test(text)) return [];
  // A segmenter knows no stars: it is asked about the plain text, and the stress is found by place.
  const { plain, spans } = stressedSpans(text);
  const drafts: PassageDraft[] = [];
  let at = 0;
  for (const sentence of sentencesOf(plain)) {
    const start = plain.indexOf(sentence, at);
    at = start + sentence.length;
    const inside = spans
      .filter((span) => span.start >= start && span.end <= at)
      .map((span) => ({ start: span.start - start, end: span.end - start }));
    drafts.push(...ofSentence(sentence, inside, language, wordNet, fallback));
  }
  return drafts;
}

function ofSentence(
  sentence: string,
  stressed: readonly { readonly start: number; readonly end: number }[],
  language: string,
  wordNet: () => WordNet,
  fallback: boolean,
): readonly PassageDraft[] {
  const length = DENSE.test(sentence) ? sentence.length * 2 : sentence.length;
  if (length < MIN_CHARS || length > 2 * MAX_CHARS) return [];
  const quote = clippedQuote(sentence);
  if (stressed.length > 0 && stressed.length <= MAX_STRESSED) {
    const covered = stressed.reduce((sum, { start, end }) => sum + end - start, 0);
    const marked = covered > sentence.length * 0.6 ? null : numberedCloze(sentence, stressed);
    if (marked !== null) {
      return [
        { type: 'cloze', front: marked.front, back: `${marked.hidden.join(' · ')}\n${sentence}`, quote },
      ];
    }
  }
  if (length > MAX_CHARS || POINTS_BACK.test(sentence)) return [];
  const defined = definedBy(sentence, language);
  if (defined !== null) {
    const cloze = clozeAt(sentence, [defined.subject]);
    const drafts: PassageDraft[] = [];
    if (cloze !== null) {
      drafts.push({
        type: 'cloze',
        front: cloze.front,
        back: `${cloze.hidden.join(' · ')}\n${sentence}`,
        quote,
      });
    }
    if (defined.question !== null)
      drafts.push({ type: 'basic', front: defined.question, back: defined.answer, quote });
    return drafts;
  }
  if (!fallback || length < 2 * MIN_CHARS || CODE.test(sentence) || /[:：]$/u.test(sentence)) return [];
  const spans = chooseHidden(sentence, language, language === 'en' ? wordNet() : null);
  // A part of a path, of a tag or of a name in a program is no word to ask for.
  const isPart = spans?.some(
    ({ start, end }) =>
      /[\w<>/\\@=.#-]$/.test(sentence.slice(0, start)) || /^(?:[\w<>/\\@=(-]|\.\w)/.test(sentence.slice(end)),
  );
  const cloze = spans === null || isPart === true ? null : clozeAt(sentence, spans);
  return cloze === null
    ? []
    : [{ type: 'cloze', front: cloze.front, back: `${cloze.hidden.join(' · ')}\n${sentence}`, quote }];
}

function definedBy(sentence: string, language: string): Defined | null {
  const found = FORMS[language]?.exec(sentence);
  const raw = found?.[1] ?? '';
  const article = language === 'en' ? (/^(?:An?|The)\s+/u.exec(raw)?.[0] ?? '') : '';
  const subject = raw.slice(article.length).trimEnd();
  const answer = (found?.[3] ?? '').replace(/[.。]$/u, '');
  if (found === null || found === undefined || !hasWords(subject) || answer.length < 6) return null;
  if (subject.split(/\s+/u).length > MAX_SUBJECT_WORDS || POINTS_BACK.test(subject)) return null;
  const verb = found[2] ?? '';
  const isOrdinary = language === 'en' && /^(?:is|are|was|were)$/.test(verb);
  return {
    subject: { start: article.length, end: article.length + subject.length },
    question: isOrdinary ? `What ${verb} ${article.toLowerCase()}${subject}?` : null,
    answer: answer.length > 0 ? `${answer.slice(0, 1).toUpperCase()}${answer.slice(1)}` : answer,
  };
}

/** The author's own `{{c1::…}}`, kept as it is. */
function ownCloze(text: string): PassageDraft | null {
  const hidden = new Set(readCloze(text, null).gaps.map((gap) => plainStress(gap.text)));
  if (gapNumbers(text).length === 0 || hidden.has('')) return null;
  const front = text.replace(/\*\*(?=\S)([^*\n]+?)(?<=\S)\*\*/gu, '$1');
  const plain = plainStress(text);
  if (/\{\{|\}\}/.test(plain) || front.length > TEXT_MAX) return null;
  return {
    type: 'cloze',
    front,
    back: clippedQuote(`${[...hidden].join(' · ')}\n${plain}`),
    quote: clippedQuote(plain),
  };
}
