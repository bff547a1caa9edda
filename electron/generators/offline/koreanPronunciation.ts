/**
 * Standard pronunciation (표준 발음법) and romanisation (국어의 로마자 표기법) of Korean terms, by the rules that
 * follow from spelling alone. What depends on a word's history is known for listed words only; where the
 * spelling is known not to decide, the reading is `null` and not a guess.
 */
import type { Syllable } from './hangul.ts';
import { compose, INITIALS, isSyllable, syllablesOf, VOWELS } from './hangul.ts';
import { respelled } from './koreanCompounds.ts';

export type Pronunciation = {
  /** `null` where the spelling does not decide it. */
  readonly reading: string | null;
  readonly romanisation: string;
};
export type PronunciationHints = {
  /** The term is a verb or an adjective in its dictionary form: `신다` is [신따]. */
  readonly predicate: boolean;
  readonly noun: boolean;
  /** Written with Chinese characters throughout: `갈등` (葛藤) is [갈뜽]. */
  readonly sino: boolean;
};
type Mode = { readonly hints: PronunciationHints; readonly spoken: boolean };

/** Longer texts are sentences; nobody learns their reading by heart. */
const SYLLABLES_MAX = 40;
const PLAIN = 'ㄱㄷㅂㅅㅈ';
const TENSE = 'ㄲㄸㅃㅆㅉ';
/** Finals of two letters: what stays and what moves on before a vowel. */
const CLUSTERS: Readonly<Record<string, readonly [string, string]>> = {
  ㄳ: ['ㄱ', 'ㅆ'],
  ㄵ: ['ㄴ', 'ㅈ'],
  ㄺ: ['ㄹ', 'ㄱ'],
  ㄻ: ['ㄹ', 'ㅁ'],
  ㄼ: ['ㄹ', 'ㅂ'],
  ㄽ: ['ㄹ', 'ㅆ'],
  ㄾ: ['ㄹ', 'ㅌ'],
  ㄿ: ['ㄹ', 'ㅍ'],
  ㅄ: ['ㅂ', 'ㅆ'],
};
const H_FINALS: Readonly<Record<string, string>> = { ㅎ: '', ㄶ: 'ㄴ', ㅀ: 'ㄹ' };
const ASPIRATED: Readonly<Record<string, string>> = { ㄱ: 'ㅋ', ㄷ: 'ㅌ', ㅂ: 'ㅍ', ㅈ: 'ㅊ' };
const MERGES_WITH_H = 'ㄱㄲㄳㄺㅋㄵㄷㅅㅆㅈㅊㅌㅂㄼㅄㅍ';
const NASAL: Readonly<Record<string, string>> = { ㄱ: 'ㅇ', ㄷ: 'ㄴ', ㅂ: 'ㅁ' };
/** Stems whose ㄺ is [ㄹ] before ㄱ: 읽고 is [일꼬], but 닭과 is [닥꽈]. */
const LG_STEMS = '읽맑밝늙굵갉긁묽붉얽낡옭';
const NEUTRAL: Readonly<Record<string, string>> = Object.fromEntries(
  ['ㄱㄱㄲㅋㄳㄺ', 'ㄷㄷㅅㅆㅈㅊㅌㅎ', 'ㅂㅂㅍㅄㄿ', 'ㄹㄹㄼㄽㄾㅀ', 'ㅁㅁㄻ', 'ㄴㄴㄵㄶ', 'ㅇㅇ'].flatMap(
    (row) => Array.from(row.slice(1), (final) => [final, row[0] ?? '']),
  ),
);

/** Reading and romanisation of a term written in Hangul alone (spaces allowed), else `null`. */
export function pronounce(term: string, hints: PronunciationHints): Pronunciation | null {
  if (term.length > SYLLABLES_MAX || ![...term].every((c) => c === ' ' || isSyllable(c))) return null;
  const readings: string[] = [];
  const romanised: string[] = [];
  let decided = true;
  for (const word of term.split(' ')) {
    const spelled = respelled(word);
    const letters = syllablesOf(spelled);
    const written = syllablesOf(word);
    if (letters === null || written === null || letters.length === 0) return null;
    if (spelled === word && undecided(letters, word.endsWith('다'), hints)) decided = false;
    readings.push(sound(letters, { hints, spoken: true }).map(compose).join(''));
    romanised.push(romanise(sound(softened(letters, written), { hints, spoken: false })));
  }
  return { reading: decided ? readings.join(' ') : null, romanisation: romanised.join(' ') };
}

/**
 * ㄹ before ㄷ, ㅅ, ㅈ is followed by a tense sound in some words and not in others, save before the ending 다;
 * ㄴ and ㅁ before a final 다 are so in a verb (신다) and not in a noun (판다).
 */
function undecided(letters: readonly Syllable[], endsInDa: boolean, hints: PronunciationHints): boolean {
  return letters.some(({ final }, i) => {
    const next = letters[i + 1];
    if (next === undefined || final === '') return false;
    if (endsInDa && i === letters.length - 2)
      return 'ㄴㅁㄻ'.includes(final) && !hints.predicate && !hints.noun;
    return final === 'ㄹ' && !hints.sino && 'ㄷㅅㅈ'.includes(next.initial);
  });
}

/** Respelled letters without the tense sounds that the spelling does not have: romanisation never shows them. */
function softened(letters: readonly Syllable[], written: readonly Syllable[]): Syllable[] {
  return letters.map((syllable, i) => {
    const plain = PLAIN[TENSE.indexOf(syllable.initial)];
    return plain !== undefined && written[i]?.initial === plain ? { ...syllable, initial: plain } : syllable;
  });
}

/**
 * What is spoken, syllable by syllable. With `spoken` false, without the changes that romanisation leaves
 * out: tense consonants, [ㅣ] for ㅢ, and in nouns the merging of a stop with ㅎ.
 */
function sound(letters: readonly Syllable[], { hints, spoken }: Mode): Syllable[] {
  const out = letters.map((s) => ({ ...s }));
  for (const [i, here] of out.entries()) {
    const next = out[i + 1];
    if (next === undefined) {
      here.final = NEUTRAL[here.final] ?? '';
    } else if (next.initial === 'ㅇ') {
      carryOver(here, next, spoken);
    } else if (here.final in H_FINALS) {
      afterH(here, next, spoken);
    } else if (next.initial === 'ㅎ' && MERGES_WITH_H.includes(here.final || ' ')) {
      beforeH(here, next, hints.noun && !spoken);
    } else {
      const stem = compose(letters[i] ?? here);
      // In the dictionary form, [다] after a stem in ㄴ, ㅁ is tense.
      const stemEnd = hints.predicate && i === out.length - 2 && next.initial === 'ㄷ';
      beforeConsonant(here, next, { stem, stemEnd, sino: hints.sino, spoken });
    }
    if (spoken && here.vowel === 'ㅢ' && (letters[i]?.initial ?? 'ㅇ') !== 'ㅇ') here.vowel = 'ㅣ';
    if ('ㅈㅉㅊ'.includes(here.initial) && here.vowel === 'ㅕ') here.vowel = 'ㅓ';
  }
  return out;
}

/** Rules 12.4 to 14 and 17: a final moves to the vowel that follows, ㅎ falls, ㄷ and ㅌ soften before 이. */
function carryOver(here: Syllable, next: Syllable, spoken: boolean): void {
  if (here.final === '' || here.final === 'ㅇ') return;
  const afterFall = H_FINALS[here.final];
  const [stays, moves] = CLUSTERS[here.final] ?? ['', afterFall ?? here.final];
  here.final = stays;
  if (moves === '') return;
  const soft = next.vowel === 'ㅣ' || (next.vowel === 'ㅕ' && 'ㅆ'.includes(next.final));
  const hardened = moves === 'ㅆ' && here.final !== '' && !spoken ? 'ㅅ' : moves;
  next.initial = soft && moves === 'ㄷ' ? 'ㅈ' : soft && moves === 'ㅌ' ? 'ㅊ' : hardened;
}

/** Rules 12.1 to 12.3: ㅎ merges with what follows. */
function afterH(here: Syllable, next: Syllable, spoken: boolean): void {
  const rest = H_FINALS[here.final] ?? '';
  const merged = ASPIRATED[next.initial];
  if (merged !== undefined && next.initial !== 'ㅂ') {
    next.initial = merged;
    here.final = rest;
  } else if (next.initial === 'ㅅ') {
    if (spoken) next.initial = 'ㅆ';
    here.final = rest;
  } else if (next.initial === 'ㄴ') {
    here.final = rest === '' ? 'ㄴ' : rest;
    if (rest === 'ㄹ') next.initial = 'ㄹ';
  } else {
    here.final = rest === '' ? 'ㄷ' : rest;
  }
}

/** Rule 12, note 1, and 17, note: a stop and ㅎ become one sound; ㄷ히 is [치]. */
function beforeH(here: Syllable, next: Syllable, keepApart: boolean): void {
  const [stays, moves] = CLUSTERS[here.final] ?? ['', here.final];
  if (keepApart && 'ㄱㄷㅂ'.includes(here.final)) return;
  const stop = moves === 'ㅈ' ? 'ㅈ' : (NEUTRAL[moves === 'ㅆ' ? stays : moves] ?? '');
  here.final = moves === 'ㅆ' ? '' : stays;
  const soft = next.vowel === 'ㅣ' || (next.vowel === 'ㅕ' && 'ㅆ'.includes(next.final));
  next.initial = stop === 'ㄷ' && soft && moves === 'ㄷ' ? 'ㅊ' : (ASPIRATED[stop] ?? next.initial);
}

/** Rules 9 to 11, 18 to 20, 23 to 26: a final closes, hardens what follows or takes on its nasal or [ㄹ]. */
function beforeConsonant(
  here: Syllable,
  next: Syllable,
  how: { stem: string; stemEnd: boolean; sino: boolean; spoken: boolean },
): void {
  const { final } = here;
  const hard = () => {
    if (how.spoken) next.initial = TENSE[PLAIN.indexOf(next.initial)] ?? next.initial;
  };
  let closed = NEUTRAL[final] ?? '';
  if (how.stem === '밟') closed = 'ㅂ';
  if (LG_STEMS.includes(how.stem) && next.initial === 'ㄱ') closed = 'ㄹ';
  const stemFinal = how.stemEnd && 'ㄴㅁㄻ'.includes(final || ' ');
  const sinoL = how.sino && final === 'ㄹ' && 'ㄷㅅㅈ'.includes(next.initial);
  const cluster = 'ㄵㄺㄾ'.includes(final || ' ') || (final === 'ㄼ' && how.stem !== '덟');
  here.final = closed;
  if (PLAIN.includes(next.initial)) {
    if ('ㄱㄷㅂ'.includes(closed || ' ') || stemFinal || sinoL || cluster) hard();
  } else if (next.initial === 'ㄹ') {
    if ('ㅁㅇㄱㄷㅂ'.includes(closed || ' ')) next.initial = 'ㄴ';
    else if (closed === 'ㄴ') here.final = 'ㄹ';
  }
  if (next.initial === 'ㄴ' && closed === 'ㄹ') next.initial = 'ㄹ';
  if ('ㄴㅁ'.includes(next.initial)) here.final = NASAL[here.final] ?? here.final;
}

const ROMAN_INITIALS = [
  'g',
  'kk',
  'n',
  'd',
  'tt',
  'r',
  'm',
  'b',
  'pp',
  's',
  'ss',
  '',
  'j',
  'jj',
  'ch',
  'k',
  't',
  'p',
  'h',
];
const ROMAN_VOWELS = `a ae ya yae eo e yeo ye o wa wae oe yo u wo we wi yu eu ui i`.split(' ');
const ROMAN_FINALS: Readonly<Record<string, string>> = {
  ㄱ: 'k',
  ㄴ: 'n',
  ㄷ: 't',
  ㄹ: 'l',
  ㅁ: 'm',
  ㅂ: 'p',
  ㅇ: 'ng',
};

function romanise(sounds: readonly Syllable[]): string {
  return sounds
    .map(({ initial, vowel, final }, i) => {
      const first =
        initial === 'ㄹ' && sounds[i - 1]?.final === 'ㄹ'
          ? 'l'
          : (ROMAN_INITIALS[INITIALS.indexOf(initial)] ?? '');
      return first + (ROMAN_VOWELS[VOWELS.indexOf(vowel)] ?? '') + (ROMAN_FINALS[final] ?? '');
    })
    .join('');
}
