/**
 * Finds Korean words in sentences: nouns with their particles, verbs and adjectives in their conjugated forms.
 * Everything works on letters (NFD), where a final consonant that an ending adds is a character of its own:
 *
 *   갔어요 = 가 + ㅆ + 어요     예쁜 = 예쁘 + ㄴ     들어요 = 들 + 어요 (of 듣다)
 *
 * A stem joins endings in three ways: before a consonant (먹-고), with 으 (먹으-면, 가-면), with 아/어 (먹어-요, 가-요).
 */
import { compose, decompose } from './hangul.ts';
import {
  DROPPED_START,
  EU_REST,
  FEW_PARTICLES,
  INFINITIVE_REST,
  NOT_AFTER_FINAL,
  NOT_AFTER_VOWEL,
  ONE_PARTICLE,
  PARTICLES,
  PLAIN_REST,
} from './koreanEndings.ts';

/** Stems of one predicate, as NFD letters. */
type Stems = {
  readonly plain: readonly string[];
  /** ㄹ stems without their ㄹ: only before ㄴ, ㅂ, ㅅ and ㄹ. */
  readonly dropped: readonly string[];
  readonly eu: readonly string[];
  readonly infinitive: readonly string[];
};

/** Tokens that stand for themselves far more often than for a form of a short verb (나다, 가다, 사다, 하다 ...). */
const NEVER_A_FORM: ReadonlySet<string> = new Set(
  '나 나는 나도 나를 난 날 내 네 이 그 저 저는 저도 전 제 안 잘 더 다 또 한 해 가 수 때 것 일 말 밤 눈 집 가지 사이 자기 모자 보다 그래서 그러면 그런데 그러나 그리고 그래도 하지만 그런 이런 저런 왜 뭐 오 아 와 사 간 산 신 진 서 지 차 자 배 물 불 비 키'.split(
    ' ',
  ),
);

const BRIGHT = 'ㅏㅗㅑ';
/** ㅂ stems that stay regular: 잡아요, 입어요. Matched at the stem's end. */
const REGULAR_B = /(?:잡|입|집|씹|뽑|업|접|좁|꼽|뒤집|꼬집|붙잡|비집|헤집|수줍)$/;
const IRREGULAR_D = /(?:듣|걷|묻|싣|긷|붇|눋|깨닫|일컫)$/;
const IRREGULAR_S = /(?:짓|낫|붓|잇|긋|젓|잣)$/;
const REGULAR_H = /(?:좋|놓|넣|쌓|낳|닿|찧|땋|빻)$/;
const REGULAR_EU_R = /(?:따르|치르|들르|다다르|우러르|잇따르)$/;
const RUREO = /(?:이르|푸르|누르)$/;
const DEMONSTRATIVE_H = /(?:그렇|이렇|저렇|어떻|요렇|고렇|조렇|아무렇)$/;

/** Stems of the verb or adjective `word` (먹다), or `null` where it does not end in 다. */
export function stemsOf(word: string): Stems | null {
  if (!/^[가-힣]+다$/.test(word)) return null;
  const stem = word.slice(0, -1);
  const last = decompose(stem.at(-1) ?? '');
  if (last === null) return null;
  const head = stem.slice(0, -1);
  const { initial, vowel, final } = last;
  const withLast = (change: Partial<typeof last>) => head + compose({ ...last, ...change });
  const ah = (v: string) => (BRIGHT.includes(v) ? '아' : '어');
  const plain = [stem];
  const dropped: string[] = [];
  const eu: string[] = [];
  const infinitive: string[] = [];

  if (final === '') {
    eu.push(stem);
    infinitive.push(...openInfinitives(stem, head, last));
  } else if (final === 'ㄹ') {
    const open = withLast({ final: '' });
    dropped.push(open);
    eu.push(stem);
    infinitive.push(stem + ah(vowel));
    if (word.endsWith('말다')) infinitive.push(open);
  } else {
    eu.push(`${stem}으`);
    infinitive.push(stem + ah(vowel));
  }
  if (final === 'ㅂ' && !REGULAR_B.test(stem)) {
    const open = withLast({ final: '' });
    eu.push(`${open}우`);
    infinitive.push(open + (/(?:돕|곱)$/.test(stem) ? '와' : '워'));
  }
  if (IRREGULAR_D.test(stem)) {
    const changed = withLast({ final: 'ㄹ' });
    eu.push(`${changed}으`);
    infinitive.push(changed + ah(vowel));
  }
  if (IRREGULAR_S.test(stem)) {
    const open = withLast({ final: '' });
    eu.push(`${open}으`);
    infinitive.push(open + ah(vowel));
  }
  if (final === 'ㅎ' && !REGULAR_H.test(stem)) {
    const open = withLast({ final: '' });
    plain.push(open);
    eu.push(open);
    const merged = DEMONSTRATIVE_H.test(stem)
      ? 'ㅐ'
      : ({ ㅏ: 'ㅐ', ㅓ: 'ㅔ', ㅑ: 'ㅒ', ㅕ: 'ㅖ' }[vowel] ?? 'ㅐ');
    infinitive.push(withLast({ final: '', vowel: merged }));
  }
  if (initial === 'ㄹ' && vowel === 'ㅡ' && final === '' && head !== '' && !REGULAR_EU_R.test(stem)) {
    const before = decompose(head.at(-1) ?? '');
    if (before !== null && before.final === '') {
      const joined = head.slice(0, -1) + compose({ ...before, final: 'ㄹ' });
      infinitive.push(joined + (BRIGHT.includes(before.vowel) ? '라' : '러'));
    }
    if (RUREO.test(stem)) infinitive.push(`${stem}러`);
  }
  if (word.endsWith('아니다')) infinitive.push(`${head}니에`, `${head}니야`, `${head}녜`);
  const nfd = (list: readonly string[]) => [...new Set(list)].map((text) => text.normalize('NFD'));
  return { plain: nfd(plain), dropped: nfd(dropped), eu: nfd(eu), infinitive: nfd(infinitive) };
}

/** 가 → 가, 오 → 와, 마시 → 마셔, 바쁘 → 바빠, 하 → 해. */
function openInfinitives(
  stem: string,
  head: string,
  last: { initial: string; vowel: string; final: string },
): readonly string[] {
  const { vowel } = last;
  const to = (changed: string) => head + compose({ ...last, vowel: changed });
  if (stem.endsWith('하')) return [`${head}해`, `${head}하여`];
  if (stem === '푸') return ['퍼'];
  if ('ㅏㅑㅓㅕ'.includes(vowel)) return [stem];
  if ('ㅐㅔㅒㅖ'.includes(vowel)) return [stem, `${stem}어`];
  if (vowel === 'ㅗ') return [to('ㅘ'), `${stem}아`];
  if (vowel === 'ㅜ') return [to('ㅝ'), `${stem}어`];
  if (vowel === 'ㅣ') return [to('ㅕ'), `${stem}어`];
  if (vowel === 'ㅚ') return [to('ㅙ'), `${stem}어`];
  if (vowel === 'ㅡ') {
    const before = decompose(head.at(-1) ?? '');
    // 치르다 → 치러, 따르다 → 따라, 바쁘다 → 바빠, 쓰다 → 써
    return [to(before !== null && BRIGHT.includes(before.vowel) ? 'ㅏ' : 'ㅓ')];
  }
  return [`${stem}어`];
}

/** Whether `token` (NFC Hangul) is a form of the predicate with these stems. */
export function isFormOf(token: string, stems: Stems): boolean {
  const letters = token.normalize('NFD');
  const fits = (list: readonly string[], rest: RegExp, start?: RegExp) =>
    list.some((stem) => {
      if (!letters.startsWith(stem)) return false;
      const after = letters.slice(stem.length);
      return (start === undefined || start.test(after)) && rest.test(after);
    });
  return (
    fits(stems.plain, PLAIN_REST) ||
    fits(stems.dropped, PLAIN_REST, DROPPED_START) ||
    fits(stems.dropped, EU_REST, DROPPED_START) ||
    fits(stems.eu, EU_REST) ||
    fits(stems.infinitive, INFINITIVE_REST)
  );
}

const HADA = stemsOf('하다');
const DOEDA = stemsOf('되다');

/** Whether `token` is `noun` with particles, the copula or 하다/되다 behind it. */
function isNounForm(token: string, noun: string): boolean {
  if (!token.startsWith(noun)) return false;
  const rest = token.slice(noun.length);
  if (rest === '') return true;
  const final = decompose(noun.at(-1) ?? '')?.final ?? '';
  if ((final === '' ? NOT_AFTER_VOWEL : NOT_AFTER_FINAL).test(rest)) return false;
  if ((noun.length === 1 ? FEW_PARTICLES : PARTICLES).test(rest)) return true;
  return [HADA, DOEDA].some((stems) => stems !== null && isFormOf(rest, stems));
}

/** A token without its particle (`학교에서` → `학교`), or the token where none is certain. */
export function withoutParticle(token: string): string {
  return ONE_PARTICLE.exec(token)?.[1] ?? token;
}

const TOKEN = /[가-힣]+/g;

/** A stretch of a text, in UTF-16 units. */
export type Span = { readonly start: number; readonly end: number };

/**
 * Where `term` stands in `text` in any of its forms. A predicate is found as its whole conjugated form, a noun
 * without its particles. Empty where it is not there with certainty.
 *
 * @param predicate whether the term is a verb or adjective; `null` where nobody said so
 */
export function findKorean(term: string, text: string, predicate: boolean | null): readonly Span[] {
  const words = term.split(' ');
  const last = words.at(-1) ?? '';
  const stems = predicate === false ? null : stemsOf(last);
  const tokens = [...text.matchAll(TOKEN)].map((match) => ({ text: match[0], start: match.index }));
  const found: Span[] = [];
  const forms: Span[] = [];
  for (const [i, token] of tokens.entries()) {
    const first = tokens[i - words.length + 1];
    if (first === undefined) continue;
    const lead = words.slice(0, -1).every((word, k) => tokens[i - words.length + 1 + k]?.text === word);
    if (!lead || text.slice(first.start, token.start).split(/\s+/).length !== words.length) continue;
    const end = token.start + token.text.length;
    if (predicate !== true && isNounForm(token.text, last)) {
      found.push({ start: first.start, end: token.start + last.length });
    } else if (
      stems !== null &&
      (words.length > 1 || !NEVER_A_FORM.has(token.text)) &&
      isFormOf(token.text, stems)
    ) {
      forms.push({ start: first.start, end });
    }
  }
  // A one-syllable form may be another word; it counts only where no longer one is there, and then only once.
  const long = forms.filter(({ start, end }) => end - start > 1);
  const certain = long.length > 0 ? long : forms.length === 1 ? forms : [];
  return [...found, ...certain].toSorted((a, b) => a.start - b.start);
}
