import { withoutBrackets } from './bracketedReading.ts';
import { latinLanguage } from './latinLanguage.ts';

const SCRIPTS: readonly (readonly [language: string, letters: RegExp])[] = [
  ['ko', /\p{Script=Hangul}/gu],
  ['han', /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}]/gu],
  ['latin', /\p{Script=Latin}/gu],
  ['ru', /\p{Script=Cyrillic}/gu],
  ['ar', /\p{Script=Arabic}/gu],
  ['he', /\p{Script=Hebrew}/gu],
  ['th', /\p{Script=Thai}/gu],
  ['hi', /\p{Script=Devanagari}/gu],
  ['el', /\p{Script=Greek}/gu],
];
const KANA = /[\p{Script=Hiragana}\p{Script=Katakana}]/gu;
const JAPANESE_HEADER = /kanji|kana|furigana|onyomi|kunyomi|jlpt|japanese|単語|意味|読み|言葉|日本語/iu;

/**
 * The language of most of the terms by their script, as a BCP 47 tag; `und` where there are no letters. Terms are
 * counted rather than letters: one long name in another script says less than three short words. Kana makes Han
 * Japanese, and so does a header that only a Japanese list has; of Latin ones, letters and small words tell.
 */
export function guessLanguage(terms: readonly string[], headers: readonly string[]): string {
  const votes = new Map<string, { terms: number; letters: number }>();
  for (const term of terms) {
    let best = { language: '', letters: 0 };
    for (const [language, letters] of countLetters(withoutBrackets(term))) {
      const vote = votes.get(language) ?? { terms: 0, letters: 0 };
      vote.letters += letters;
      votes.set(language, vote);
      if (letters > best.letters) best = { language, letters };
    }
    const vote = votes.get(best.language);
    if (vote !== undefined) vote.terms += 1;
  }
  const [language] = [...votes].reduce(
    (best, entry) => (isMore(entry[1], best[1]) ? entry : best),
    ['und', { terms: 0, letters: 0 }],
  );
  if (language === 'latin') return latinLanguage(terms);
  if (language !== 'han') return language;
  const kana = terms.join('\n').match(KANA)?.length ?? 0;
  const isJapanese =
    kana > 0.02 * votes.get('han')!.letters || headers.some((header) => JAPANESE_HEADER.test(header));
  return isJapanese ? 'ja' : 'zh';
}

function isMore(a: { terms: number; letters: number }, b: { terms: number; letters: number }): boolean {
  return a.terms > b.terms || (a.terms === b.terms && a.letters > b.letters);
}

/** Letters of each script that a text has any of. */
function countLetters(text: string): readonly (readonly [string, number])[] {
  return SCRIPTS.flatMap(([language, letters]) => {
    const count = text.match(letters)?.length ?? 0;
    return count === 0 ? [] : [[language, count] as const];
  });
}
