/** Words and sentences by the Unicode rules and ICU's dictionaries, which know scripts without spaces. */

export type Segment = { readonly text: string; readonly start: number; readonly isWord: boolean };

let words: Intl.Segmenter | undefined;
let sentences: Intl.Segmenter | undefined;

/** All segments of `text`, spaces and punctuation included. The locale is fixed: the machine's must not decide. */
export function wordSegments(text: string): readonly Segment[] {
  words ??= new Intl.Segmenter('en', { granularity: 'word' });
  return Array.from(words.segment(text), ({ segment, index, isWordLike }) => ({
    text: segment,
    start: index,
    isWord: isWordLike === true,
  }));
}

/** Sentences, trimmed, none empty. Line breaks end one too. */
export function sentencesOf(text: string): readonly string[] {
  sentences ??= new Intl.Segmenter('en', { granularity: 'sentence' });
  return Array.from(sentences.segment(text), ({ segment }) => segment.trim()).filter((line) => line !== '');
}
