/** Which of the languages in Latin letters a list is in, by the letters and small words that English does not have. */

interface Marks {
  readonly letters: string;
  readonly words: string;
}

/** Where two are as likely, the first one is taken. */
const LANGUAGES: Readonly<Record<string, Marks>> = {
  en: { letters: '', words: 'the an of and to is was are with that for it this' },
  de: { letters: 'äöüß', words: 'der die das ein eine und ist nicht mit ich sich' },
  fr: { letters: 'àâçèéêëîïôœùûÿ', words: 'le la les un une des du et est être pas' },
  es: { letters: 'áéíñóúü', words: 'el la los las un una del es ser' },
  it: { letters: 'àèéìòù', words: 'il lo la gli le un una di che essere' },
  pt: { letters: 'àáâãçéêíóôõú', words: 'os um uma do da dos não ser' },
  nl: { letters: 'ëï', words: 'de het een en niet zich ik' },
  sv: { letters: 'åäö', words: 'en ett och att är inte' },
  da: { letters: 'æøå', words: 'en et og at er ikke' },
  fi: { letters: 'äö', words: 'ja ei olla' },
  pl: { letters: 'ąćęłńóśźż', words: 'się nie jest być' },
  cs: { letters: 'áčďéěíňóřšťúůýž', words: 'se je být není' },
  hu: { letters: 'áéíóöőúüű', words: 'az és egy nem' },
  tr: { letters: 'çğıöşüâî', words: 've bir bu etmek olmak' },
  vi: { letters: 'àáâãèéêìíòóôõùúýăđĩũơưạảấầẩẫậắằẳẵặẹẻẽếềểễệỉịọỏốồổỗộớờởỡợụủứừửữựỳỵỷỹ', words: 'là và' },
  id: { letters: '', words: 'yang dan di itu ini tidak' },
};

const READERS = Object.entries(LANGUAGES).map(([language, { letters, words }]) => ({
  language,
  letters: new Set(letters),
  words: new Set(words.split(' ')),
}));

/** So many of a hundred terms have to say it: `café` and `déjà vu` stand in English lists, too. */
const NEEDED_PER_CENT = 10;

/** A BCP 47 tag; `en` where too few of the terms say anything. */
export function latinLanguage(terms: readonly string[]): string {
  const scores = new Map<string, number>();
  for (const term of terms) {
    const text = term.normalize('NFC').toLowerCase();
    const special = [...text].filter((letter) => letter > '\u007f' && /\p{Script=Latin}/u.test(letter));
    const words = text.split(/[^\p{L}]+/u);
    for (const { language, letters: known, words: small } of READERS) {
      const hasForeign = special.some((letter) => !known.has(letter));
      // Alone, a small word is the term itself: `die` is what people do.
      const smallOnes = words.length > 1 ? words.filter((word) => small.has(word)).length : 0;
      const letters = special.length === 0 ? 0 : hasForeign ? -1 : 1;
      scores.set(language, (scores.get(language) ?? 0) + letters + smallOnes);
    }
  }
  const [language, score] = [...scores].reduce(
    (best, entry) => (entry[1] > best[1] ? entry : best),
    ['en', 0],
  );
  return score * 100 >= NEEDED_PER_CENT * terms.length ? language : 'en';
}
