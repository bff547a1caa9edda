/**
 * What a document says its language is, as the language alone of a BCP 47 tag, where that is written in the script of
 * `guess`: a translation may still name the language of its original. Else the guess.
 */
export function declaredLanguage(declared: string | null, guess: string): string {
  const [said, guessed] = [localeOf(declared), localeOf(guess)];
  if (said === null || said.language === 'und') return guess;
  return guessed === null || guessed.script === said.script ? said.language : guess;
}

function localeOf(tag: string | null): Intl.Locale | null {
  if (tag === null || tag === 'und') return null;
  try {
    return new Intl.Locale(tag.trim().replaceAll('_', '-')).maximize();
  } catch {
    return null;
  }
}
