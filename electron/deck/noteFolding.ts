/** Text in the forms in which notes are compared. */
import { readCloze, withoutGaps } from '../../shared/cloze.ts';
import { foldKey } from '../../shared/foldKey.ts';

/** The key of a note written by hand: its question, and its answer where it has one. */
export function keyOfSides(front: string, back: string): string {
  if (back.trim() === '' || readCloze(front, null).gaps.length > 0) return foldKey(front);
  return `${foldKey(front)}\u001f${foldKey(back)}`;
}

const TERM_MAX = 200;

/** What a note written by hand is called: the first line of its question, gaps open. */
export function termOfFront(front: string): string {
  const line =
    withoutGaps(front)
      .split('\n')
      .find((text) => text.trim() !== '') ?? front;
  return [...line.trim()].slice(0, TERM_MAX).join('');
}

/** NFC, line ends as `\n`, no space around. */
export function cleanSide(text: string): string {
  return text.normalize('NFC').replace(/\r\n?/g, '\n').trim();
}
