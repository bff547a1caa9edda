/** Cloze text: the marks a user made, and marks of our own around found words. */
import { gapNumbers, readCloze } from '../../../shared/cloze.ts';
import type { Span } from './koreanForms.ts';

export type Cloze = {
  /** With `{{c1::...}}`. */
  readonly front: string;
  /** Without any mark. */
  readonly plain: string;
  /** What is hidden, in order, each once. */
  readonly hidden: readonly string[];
};

const EMPHASIS = /\*\*(?=\S)([^*\n]{1,200}?)(?<=\S)\*\*|==(?=\S)([^=\n]{1,200}?)(?<=\S)==/gu;

/**
 * The user's own marks: Anki's `{{c1::...}}`, else **bold** or ==highlight==. Square brackets are no marks:
 * texts use them for readings, sources and omissions. `null` where there are none.
 */
export function markedCloze(text: string): Cloze | null {
  const hidden: string[] = [];
  const keep = (word: string) => {
    if (!hidden.includes(word)) hidden.push(word);
    return word;
  };
  if (text.includes('{{')) {
    const { gaps, open } = readCloze(text, null);
    for (const gap of gaps) keep(gap.text);
    const isWhole = gapNumbers(text).length > 0 && hidden.every((word) => word.trim() !== '');
    return isWhole && !hasBraces(open) ? { front: text, plain: open, hidden } : null;
  }
  if (hasBraces(text)) return null;
  const plain = text.replace(EMPHASIS, (_, bold: string | undefined, high: string | undefined) =>
    keep(bold ?? high ?? ''),
  );
  if (hidden.length === 0 || hidden.some((word) => word.includes('::') || !/[\p{L}\p{N}]/u.test(word)))
    return null;
  const front = text.replace(EMPHASIS, (_, bold: string | undefined, high: string | undefined) =>
    mark(bold ?? high ?? ''),
  );
  return { front, plain, hidden };
}

/** The text without the user's marks, for everything that is no cloze. */
export function withoutMarks(text: string): string {
  return markedCloze(text)?.plain ?? text;
}

/** Hides `spans` (in order, not overlapping), all under one number; `null` where the text has braces of its own. */
export function clozeAt(text: string, spans: readonly Span[]): Cloze | null {
  if (spans.length === 0 || hasBraces(text)) return null;
  const hidden: string[] = [];
  let front = '';
  let at = 0;
  for (const { start, end } of spans) {
    const word = text.slice(start, end);
    if (start < at || word.includes('::') || word.trim() === '') return null;
    if (!hidden.includes(word)) hidden.push(word);
    front += text.slice(at, start) + mark(word);
    at = end;
  }
  front += text.slice(at);
  // Nothing left to go by: the whole text would be the question.
  const rest = spans.reduceRight((left, { start, end }) => left.slice(0, start) + left.slice(end), text);
  return /[\p{L}\p{N}]/u.test(rest) ? { front, plain: text, hidden } : null;
}

/** `text` with `spans` as blanks, or `null` where nothing readable is left. */
export function blanked(text: string, spans: readonly Span[]): string | null {
  const rest = spans.reduceRight(
    (left, { start, end }) => `${left.slice(0, start)}____${left.slice(end)}`,
    text,
  );
  return /[\p{L}\p{N}]/u.test(rest.replaceAll('____', '')) ? rest : null;
}

export function hasBraces(text: string): boolean {
  return text.includes('{{') || text.includes('}}');
}

function mark(word: string): string {
  return `{{c1::${word}}}`;
}
