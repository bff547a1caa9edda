/** Marks in a passage's text, and what its cards have in common. */
import type { CardType } from '../../../shared/card.ts';
import { withoutGaps } from '../../../shared/cloze.ts';
import type { Span } from './koreanForms.ts';
import { TEXT_MAX } from './plainText.ts';

export type PassageDraft = {
  readonly type: CardType;
  readonly front: string;
  readonly back: string;
  /** The words of the source that it rests on. */
  readonly quote: string;
  /** Asks a definition from its meaning's side. */
  readonly isReverse?: boolean;
};

const STRESS = /\*\*(?=\S)([^*\n]+?)(?<=\S)\*\*/gu;

/** Text without stress and without anybody's cloze marks. */
export function plainStress(text: string): string {
  return withoutGaps(text).replace(STRESS, '$1').trim();
}

/** The text without stars, and where its stressed words stand in it. */
export function stressedSpans(text: string): { readonly plain: string; readonly spans: readonly Span[] } {
  const spans: Span[] = [];
  let plain = '';
  let at = 0;
  for (const match of text.matchAll(STRESS)) {
    plain += text.slice(at, match.index);
    const word = match[1] ?? '';
    if (/[\p{L}\p{N}]/u.test(word)) spans.push({ start: plain.length, end: plain.length + word.length });
    plain += word;
    at = match.index + match[0].length;
  }
  return { plain: plain + text.slice(at), spans };
}

/** Whether `word` can stand in a gap: Anki reads `::` and braces as its own. */
export function fitsGap(word: string): boolean {
  return /[\p{L}\p{N}]/u.test(word) && !word.includes('::') && !/[{}]{2}/.test(word) && !word.endsWith('}');
}

/** The same word has the same gap wherever it stands; numbers go on from `first`. `null` where nothing fits. */
export function numberedCloze(
  plain: string,
  spans: readonly Span[],
  first = 1,
): { readonly front: string; readonly hidden: readonly string[] } | null {
  if (/\{\{|\}\}/.test(plain)) return null;
  const numbers = new Map<string, number>();
  const hidden: string[] = [];
  let front = '';
  let at = 0;
  for (const { start, end } of spans) {
    const word = plain.slice(start, end);
    if (start < at || !fitsGap(word)) continue;
    const key = word.toLowerCase();
    if (!numbers.has(key)) {
      numbers.set(key, first + numbers.size);
      hidden.push(word);
    }
    front += `${plain.slice(at, start)}{{c${numbers.get(key)}::${word}}}`;
    at = end;
  }
  return hidden.length === 0 ? null : { front: front + plain.slice(at), hidden };
}

export function clippedQuote(text: string): string {
  return text.length <= TEXT_MAX ? text : `${text.slice(0, TEXT_MAX - 1).replace(/[\ud800-\udbff]$/, '')}…`;
}
