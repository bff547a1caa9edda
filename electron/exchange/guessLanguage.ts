const SCRIPTS: readonly (readonly [language: string, letters: RegExp])[] = [
  ['ko', /\p{Script=Hangul}/gu],
  ['kana', /[\p{Script=Hiragana}\p{Script=Katakana}]/gu],
  ['han', /\p{Script=Han}/gu],
  ['en', /\p{Script=Latin}/gu],
  ['ru', /\p{Script=Cyrillic}/gu],
  ['ar', /\p{Script=Arabic}/gu],
  ['he', /\p{Script=Hebrew}/gu],
  ['th', /\p{Script=Thai}/gu],
  ['hi', /\p{Script=Devanagari}/gu],
  ['el', /\p{Script=Greek}/gu],
];
const JAPANESE_HEADER = /kanji|kana|furigana|onyomi|kunyomi|jlpt|japanese|単語|意味|読み|言葉|日本語/iu;

/**
 * The terms' language by their script, as a BCP 47 tag; `und` where there are no letters. Kana makes Han
 * Japanese, and so does a header that only a Japanese list has.
 */
export function guessLanguage(terms: readonly string[], headers: readonly string[]): string {
  const text = terms.join('\n');
  const counts = new Map(SCRIPTS.map(([language, letters]) => [language, text.match(letters)?.length ?? 0]));
  const kana = counts.get('kana') ?? 0;
  const han = counts.get('han') ?? 0;
  counts.delete('kana');
  counts.delete('han');
  const japanese = kana > 0.02 * (kana + han) || headers.some((header) => JAPANESE_HEADER.test(header));
  counts.set(japanese ? 'ja' : 'zh', kana + han);
  const [language, count] = [...counts].reduce((best, entry) => (entry[1] > best[1] ? entry : best));
  return count > 0 ? language : 'und';
}
