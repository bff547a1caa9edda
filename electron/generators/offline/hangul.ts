/** Hangul syllables as their letters and back. Arithmetic of the Unicode standard, section 3.12. */

export const INITIALS = 'ㄱㄲㄴㄷㄸㄹㅁㅂㅃㅅㅆㅇㅈㅉㅊㅋㅌㅍㅎ';
export const VOWELS = 'ㅏㅐㅑㅒㅓㅔㅕㅖㅗㅘㅙㅚㅛㅜㅝㅞㅟㅠㅡㅢㅣ';
/** Index 0 is 'no final'. */
export const FINALS = ['', ...'ㄱㄲㄳㄴㄵㄶㄷㄹㄺㄻㄼㄽㄾㄿㅀㅁㅂㅄㅅㅆㅇㅈㅊㅋㅌㅍㅎ'] as const;

const FIRST = 0xac00;
const LAST = 0xd7a3;

/** One syllable, its letters as compatibility jamo; `final` is empty where there is none. */
export type Syllable = { initial: string; vowel: string; final: string };

export function isSyllable(character: string): boolean {
  const code = character.charCodeAt(0);
  return character.length === 1 && code >= FIRST && code <= LAST;
}

/** Letters of a syllable, or `null` for any other character. */
export function decompose(character: string): Syllable | null {
  if (!isSyllable(character)) return null;
  const index = character.charCodeAt(0) - FIRST;
  return {
    initial: INITIALS[Math.floor(index / 588)] ?? '',
    vowel: VOWELS[Math.floor((index % 588) / 28)] ?? '',
    final: FINALS[index % 28] ?? '',
  };
}

export function compose({ initial, vowel, final }: Syllable): string {
  const index = INITIALS.indexOf(initial) * 588 + VOWELS.indexOf(vowel) * 28 + FINALS.indexOf(final as 'ㄱ');
  return String.fromCharCode(FIRST + index);
}

/** All syllables of `text` in order, or `null` where anything else stands in it. */
export function syllablesOf(text: string): Syllable[] | null {
  const syllables: Syllable[] = [];
  for (const character of text) {
    const syllable = decompose(character);
    if (syllable === null) return null;
    syllables.push(syllable);
  }
  return syllables;
}

const HANGUL = /[\u1100-\u11ff\u3131-\u318e\uac00-\ud7a3]/;

export function hasHangul(text: string): boolean {
  return HANGUL.test(text);
}
