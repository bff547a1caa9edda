const CLOSERS = /["'”’»」』）)\]\s]+$/u;
const SENTENCE_END = /[.!?…。！？．｡؟۔।॥։።]$/u;
/** Scripts written without spaces: length stands for the word count. */
const UNSPACED =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\p{Script=Khmer}\p{Script=Lao}\p{Script=Myanmar}]/gu;

/** Without a full stop, so many words are still no term. */
const MANY_WORDS = 9;
const MANY_UNSPACED = 24;

/**
 * Whether a line is a sentence or note rather than a term. One word is never a sentence, whatever it ends
 * with: there is nothing around it to remember it by. With a meaning at hand, only what is plainly a sentence
 * counts as one.
 */
export function looksLikeSentence(text: string, hasMeaning: boolean): boolean {
  if (text.includes('\n')) return true;
  const words = text.split(/\s+/u).length;
  const unspaced = text.match(UNSPACED)?.length ?? 0;
  if (SENTENCE_END.test(text.replace(CLOSERS, ''))) {
    return hasMeaning ? words >= 6 || unspaced >= 12 : words >= 2 || unspaced >= 6;
  }
  return !hasMeaning && (words >= MANY_WORDS || unspaced >= MANY_UNSPACED);
}
