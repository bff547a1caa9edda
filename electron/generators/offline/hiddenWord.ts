/**
 * Chooses the word of a sentence that is worth asking for: a number or year, else a name, else the longest
 * content word. Rules only; where none applies, nothing is hidden.
 */
import { isDullWord } from './functionWords.ts';
import { hasHangul } from './hangul.ts';
import type { Span } from './koreanForms.ts';
import { withoutParticle } from './koreanForms.ts';
import { wordSegments } from './segments.ts';
import type { WordNet } from './wordNet.ts';

const NUMBER = /(?<![\p{L}\p{N}.,])\p{N}+(?:[.,:]\p{N}+)*(?:st|nd|rd|th|s)?(?![\p{Script=Latin}\p{N}])/gu;
const ENUMERATION = /^\s*\(?\p{N}{1,2}[.)]\s/u;
const WORD = /\p{L}[\p{L}\p{M}\p{N}]*(?:['’-]\p{L}[\p{L}\p{M}\p{N}]*)*/gu;
const HANGUL_WORD = /[가-힣]+/g;
const DULL_KOREAN: ReadonlySet<string> = new Set(
  '나 저 우리 저희 너 당신 그 그녀 이것 그것 저것 이거 그거 저거 여기 거기 저기 누구 무엇 어디 언제 오늘 지금 것 수 때 등 및 또는 그리고 그러나 하지만 그래서 그런데 때문 가장 매우 아주 정말 모두 많이 함께 다시 같이 항상 보통 자주 조금 거의 특히 이미 아직 먼저 바로 약 안 못 더 잘 것이다 것입니다 있다 있습니다 있어요 없다 없습니다 없어요 이다 입니다 한다 합니다 해요 했다 했습니다 했어요 된다 됩니다 되었다 대한 위한 위해 대해 통해 따라 관한'.split(
    ' ',
  ),
);
/** Only a noun carries these; 은, 는 and 을 also end verb forms. */
const SURE_PARTICLE =
  /(?:를|에서|에게|에게서|으로|로|의|과|와|까지|부터|처럼|에는|에서는|에도|이나|이며|이라는|이라고)$/;
const LIKELY_PARTICLE = /(?:을|이|가|에|도|만)$/;
const VERB_END =
  /(?:다|요|죠|까|고|서|면|며|게|지|던|네|자|아|어|러|려고|니|지만|도록|는데|은데|[었았했였겠렸졌갔왔됐있없싶않]\S?)$/;

/** Where to hide in `sentence`: all places of one word, in order; `null` where nothing sensible is found. */
export function chooseHidden(
  sentence: string,
  language: string,
  wordNet: WordNet | null,
): readonly Span[] | null {
  const number = longest(
    [...sentence.matchAll(NUMBER)].filter((m) => !(m.index < 4 && ENUMERATION.test(sentence))).map(toSpan),
    'first',
  );
  if (number !== null) return [number];
  if (language === 'en' && wordNet !== null) return english(sentence, wordNet);
  if (language === 'ko' || hasHangul(sentence)) return korean(sentence);
  return bySegments(sentence, language);
}

function toSpan(match: RegExpExecArray): Span {
  return { start: match.index, end: match.index + match[0].length };
}

/** The longest span; among equals the first, or the last, which more often carries what is new. */
function longest(spans: readonly Span[], among: 'first' | 'last'): Span | null {
  let best: Span | null = null;
  for (const span of spans) {
    const more = span.end - span.start - (best === null ? 0 : best.end - best.start);
    if (more > 0 || (more === 0 && among === 'last')) best = span;
  }
  return best;
}

function english(sentence: string, wordNet: WordNet): readonly Span[] | null {
  const tokens = [...sentence.matchAll(WORD)].map((m) => ({
    start: m.index,
    end: m.index + m[0].length,
    text: m[0],
  }));
  const name = nameIn(sentence, tokens, wordNet);
  if (name !== null) return everywhere(sentence, name, tokens);
  const content = tokens.filter(({ text }) => {
    const word = text.replace(/['’]s$/, '');
    return word.length > 2 && !isDullWord(word) && wordNet.contentWord(word) === 'word';
  });
  const fallback = tokens.filter(({ text }) => text.length > 3 && !isDullWord(text));
  const best = longest(content, 'last') ?? longest(fallback, 'last');
  return best === null ? null : everywhere(sentence, best, tokens);
}

type Token = Span & { readonly text: string };

/** The last run of capitalised words; the sentence's first word counts only if WordNet knows it as a name. */
function nameIn(sentence: string, tokens: readonly Token[], wordNet: WordNet): Span | null {
  let run: { start: number; end: number } | null = null;
  let last: Span | null = null;
  for (const [i, token] of tokens.entries()) {
    const previous = tokens[i - 1];
    const between = sentence.slice(previous?.end ?? 0, token.start);
    const opens = previous === undefined || /[.!?:"“”\n]/.test(between);
    const dull =
      isDullWord(token.text) && !(token.text.length > 1 && token.text === token.text.toUpperCase());
    const bare = token.text.replace(/['’]s$/, '');
    const capital = /^\p{Lu}/u.test(token.text) && !dull;
    const isName: boolean = capital && (!opens || wordNet.contentWord(bare) === 'name');
    if (!isName) {
      run = null;
      continue;
    }
    const end = token.start + bare.length;
    // 'Marie Curie' at a sentence's start: its first word counts with the second, unless it is an ordinary word.
    const given = previous !== undefined && between === ' ' && isGivenName(previous.text, wordNet);
    if (run !== null && between === ' ') run = { start: run.start, end };
    else run = { start: given ? previous.start : token.start, end };
    last = run;
    if (end !== token.end) run = null;
  }
  return last;
}

function isGivenName(word: string, wordNet: WordNet): boolean {
  return /^\p{Lu}\p{Ll}/u.test(word) && !isDullWord(word) && wordNet.contentWord(word) !== 'word';
}

/** All whole-word places of what stands in `span`, whatever the case. */
function everywhere(sentence: string, span: Span, tokens: readonly Token[]): readonly Span[] {
  const word = sentence.slice(span.start, span.end).toLowerCase();
  if (word.includes(' ')) return [span];
  const places = tokens.filter(({ text }) => text.toLowerCase().replace(/['’]s$/, '') === word);
  return places.length === 0 ? [span] : places.map(({ start }) => ({ start, end: start + word.length }));
}

function korean(sentence: string): readonly Span[] | null {
  const sure: Span[] = [];
  const likely: Span[] = [];
  const bare: Span[] = [];
  const verbs: Span[] = [];
  for (const match of sentence.matchAll(HANGUL_WORD)) {
    const token = match[0];
    const stem = withoutParticle(token);
    const cut = { start: match.index, end: match.index + stem.length };
    const dull = stem.length < 2 || DULL_KOREAN.has(stem) || DULL_KOREAN.has(token);
    if (dull) continue;
    if (stem !== token && !VERB_END.test(stem)) {
      if (SURE_PARTICLE.test(token)) sure.push(cut);
      else if (LIKELY_PARTICLE.test(token)) likely.push(cut);
      else if (/[은는]$/.test(token) && !/[가-힣]\s/.test(sentence.slice(0, match.index))) likely.push(cut);
    } else if (VERB_END.test(token)) verbs.push(toSpan(match));
    else if (stem === token) bare.push(toSpan(match));
  }
  const best =
    longest(sure, 'last') ?? longest(likely, 'last') ?? longest(bare, 'last') ?? longest(verbs, 'last');
  if (best === null) return null;
  const word = sentence.slice(best.start, best.end);
  const places = [...sentence.matchAll(HANGUL_WORD)].filter((m) => m[0].startsWith(word));
  return places.map((m) => ({ start: m.index, end: m.index + word.length }));
}

const UNSPACED =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}]/u;
const TELLING = /^[\p{Script=Han}\p{Script=Katakana}ー々]{2,}$/u;

function bySegments(sentence: string, language: string): readonly Span[] | null {
  const words = wordSegments(sentence).filter(({ isWord }) => isWord);
  const tokens = words.map(({ text, start }) => ({ text, start, end: start + text.length }));
  const pick = (test: (token: Token, i: number) => boolean) => longest(tokens.filter(test), 'last');
  const letters = (token: Token) => token.text.replace(/[^\p{L}\p{M}]/gu, '').length;
  let best: Span | null;
  if (UNSPACED.test(sentence)) {
    best = pick(({ text }) => TELLING.test(text)) ?? pick((token) => letters(token) > 2);
  } else {
    // German writes every noun with a capital, so there a capital names nothing.
    const named =
      language === 'de'
        ? null
        : pick((token, i) => i > 0 && /^\p{Lu}/u.test(token.text) && letters(token) > 2);
    best =
      named ??
      pick((token) => letters(token) > 3) ??
      (tokens.length > 2 ? pick((token) => letters(token) > 2) : null);
  }
  return best === null ? null : everywhere(sentence, best, tokens);
}
