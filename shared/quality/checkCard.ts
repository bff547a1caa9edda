/**
 * What may be wrong with a card, told from its text alone. It runs for every card that is made: plain tests of strings,
 * some microseconds in all. A warning has to be worth looking at, so in doubt there is none.
 */
import type { CardType, QualityCode } from '../card.ts';
import { readCloze, withoutGaps } from '../cloze.ts';
import { readSaid, saysAnswer } from './saysAnswer.ts';
import { letterOf, weightOf } from './scripts.ts';

export type CheckedCard = {
  readonly type: CardType;
  /** Plain text. */
  readonly front: string;
  readonly back: string;
  /** The gap that is asked for; 1 where it is `null` for a cloze card. */
  readonly cloze: number | null;
  readonly term: string;
  /** BCP 47; `und` or `auto` where it is not known: the script is not looked at then. */
  readonly termLanguage: string;
  readonly meaningLanguage: string;
};

/** In letters; a character of East Asia counts as two. */
const FRONT_MAX = 400;
const BACK_MAX = 1600;
/** A note or list is shown whole around its gap, and told once more on the back. */
const CLOZE_FRONT_MAX = 1200;
const CLOZE_BACK_MAX = 2800;

const CONTENT = /[\p{L}\p{N}\p{S}]/u;
const LETTER = /\p{L}/u;
/** What is not the text itself: readings in brackets, IPA between slashes. */
const ASIDE = /\[[^\]]*\]|\([^)]*\)|\/[^/\s][^/]*\//g;

/** Codes in the order of `QUALITY_CODES`; `near_duplicate` is not for one card to tell. */
export function checkCard(card: CheckedCard): readonly QualityCode[] {
  const { type, front, back } = card;
  const found: QualityCode[] = [];
  const cloze = type === 'cloze' ? readCloze(front, card.cloze ?? 1) : null;
  const asked = cloze?.gaps.filter(({ number }) => number === (card.cloze ?? 1)) ?? [];
  const isEmpty = !CONTENT.test(front) || (cloze === null && !CONTENT.test(back));

  if (cloze === null ? answerIsSaid(card) : asked.some(({ text }) => saysAnswer(readSaid(cloze.open), text)))
    found.push('answer_in_question');
  if (isEmpty) found.push('empty_side');
  if (
    weightOf(cloze === null ? front : cloze.open) > (cloze === null ? FRONT_MAX : CLOZE_FRONT_MAX) ||
    weightOf(back) > (cloze === null ? BACK_MAX : CLOZE_BACK_MAX)
  )
    found.push('too_long');
  if (hasWrongScript(card)) found.push('wrong_script');
  if (!isEmpty && (cloze === null ? isVague(card) : !CONTENT.test(cloze.open.replaceAll('____', ''))))
    found.push('vague');
  if (cloze === null ? hasSeveralFacts(card) : new Set(asked.map(({ text }) => text.toLowerCase())).size > 3)
    found.push('several_facts');
  if (cloze !== null && !asked.some(({ text }) => CONTENT.test(text))) found.push('no_gap');
  return found;
}

/** Where the answer stands: the first line that has one. Below it there are readings, examples and the like. */
function answerLine(back: string): string {
  for (const line of back.split('\n')) {
    const bare = line.replace(ASIDE, ' ').trim();
    if (CONTENT.test(bare)) return bare;
  }
  return '';
}

const EITHER = /\b(?:or|oder|ou)\b|또는|아니면|还是|還是|それとも/iu;

function answerIsSaid({ type, front, back, term }: CheckedCard): boolean {
  switch (type) {
    // The question names the words that it is about.
    case 'usage':
    case 'comparison':
    case 'homonyms':
    case 'reading':
      return false;
    case 'characters':
      return saysAnswer(readSaid(front.replaceAll(term, ' ')), answerLine(back));
    case 'basic':
      // 'Is it A or B?' has to say both.
      return !EITHER.test(front) && saysAnswer(readSaid(front), answerLine(back));
    default: {
      const answer = answerLine(back);
      const said = readSaid(front);
      const pieces = answer.split(/[,;·/、，；]/u);
      return (
        saysAnswer(said, answer) || (pieces.length > 1 && pieces.some((piece) => saysAnswer(said, piece)))
      );
    }
  }
}

/** Capital letters alone are written so everywhere: TV, CPU, DNA. */
const ACRONYM = /^[\p{Lu}\p{N}\p{P}\p{S}\p{Z}]+$/u;

function hasWrongScript({ type, front, back, termLanguage, meaningLanguage }: CheckedCard): boolean {
  const ofTerm = letterOf(termLanguage);
  const ofMeaning = letterOf(meaningLanguage);
  const strange = (text: string, ...expected: readonly (RegExp | null)[]) =>
    expected.every((letter) => letter !== null && !letter.test(text)) &&
    LETTER.test(text) &&
    !ACRONYM.test(text);
  switch (type) {
    case 'recognition':
      return strange(front, ofTerm) || strange(answerLine(back), ofMeaning);
    case 'production':
      return strange(front, ofMeaning) || strange(answerLine(back), ofTerm);
    case 'cloze':
      return strange(withoutGaps(front), ofTerm);
    case 'usage':
    case 'comparison':
      return strange(back, ofMeaning, ofTerm);
    case 'basic':
      return strange(front, ofTerm, ofMeaning) || strange(back, ofTerm, ofMeaning);
    default:
      return false;
  }
}

const EMPTY_WORDS = new Set(
  `what who which where when why how is are was were do does did can could will would should has have it this that these
those he she they we you i its his her their him them about mean means meant called used for of in the a an to be by from
on here there happen happens happened next one explain describe define discuss name tell please and so then`.split(
    /\s+/,
  ),
);
const VAGUE_QUESTIONS =
  /^(?:이것은?|이게|그것은?|그게|저것은?) ?(?:무엇|뭐|뭔)[가-힣]*|^(?:was ist das|qu['’]est-ce que c['’]est|qué es esto|che cos['’]è|これは何(?:ですか)?|それは何(?:ですか)?|这是什么|那是什么)$/iu;
const VAGUE_ANSWERS =
  /^(?:(?:see|as) (?:above|below|the (?:text|source|passage|document|table|figure))|(?:it|that) depends|various(?: (?:things|reasons|factors))?|many (?:things|reasons|factors)|n\/?a|tbd|todo|unknown|not (?:given|known|stated|mentioned|specified)|no answer|siehe oben|위와 같음|위 참조|없음)$/iu;

function isVague({ type, front, back }: CheckedCard): boolean {
  const line = back.trim().replace(/[.!…]+$/u, '');
  if (type !== 'production' && VAGUE_ANSWERS.test(line)) return true;
  // The front of any other card names its term, however short that is.
  if (type !== 'basic') return false;
  const question = front.trim().replace(/[\s?？.!。]+$/u, '');
  if (VAGUE_QUESTIONS.test(question)) return true;
  const words = question.toLowerCase().match(/[\p{L}\p{N}\p{S}]+/gu) ?? [];
  return words.length > 0 && words.every((word) => EMPTY_WORDS.has(word));
}

const BULLET = /^\s*(?:[-*•–·▪]|\(?(?:\d{1,2}|[a-z])[.)])\s+\S/u;
const SENTENCE_END = /[.!?](?=\s+\p{Lu})|[。！？](?=\S)|[다요]\.(?=\s+\S)/gu;
const SENTENCES_MAX = 3;
const ITEMS_MAX = 4;

function hasSeveralFacts({ type, back }: CheckedCard): boolean {
  if (type !== 'basic' && type !== 'recognition' && type !== 'production') return false;
  const lines = back.split('\n').filter((line) => line.trim() !== '');
  if (lines.filter((line) => BULLET.test(line)).length > 2) return true;
  // Below the answer of a vocabulary card there are examples; a question of a passage has its answer alone.
  if (type !== 'basic') return false;
  if ((back.match(SENTENCE_END)?.length ?? 0) + 1 > SENTENCES_MAX) return true;
  const items = (lines[0] ?? '').split(/[,;、；，]/u);
  return items.length > ITEMS_MAX && items.every((item) => item.trim().length <= 40);
}
