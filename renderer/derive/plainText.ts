import { onOneLine, plainText as wordsOf } from '../../shared/plainText.ts';

/** The words of a side in HTML, on one line: for lists, which must not parse thousands of cards. */
export function plainText(html: string): string {
  return onOneLine(wordsOf(html, { sound: '♪' }));
}
