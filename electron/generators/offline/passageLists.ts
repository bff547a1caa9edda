/** A list as cloze notes: one for a list of usual length, several for a long one. */
import type { PassageBlock } from '../../../shared/source.ts';
import type { PassageDraft } from './passageMarks.ts';
import { clippedQuote, fitsGap, numberedCloze, plainStress, stressedSpans } from './passageMarks.ts';
import { TEXT_MAX } from './plainText.ts';

/** More gaps than this in one note are no longer learned. */
const MAX_GAPS = 10;
/** A longer item is asked for in part: by its stressed words, else by what stands before its colon or dash. */
const WHOLE_CHARS = 120;

type ListBlock = Extract<PassageBlock, { readonly kind: 'list' }>;
type Item = {
  readonly text: string;
  readonly gap: ((number: number) => { readonly front: string; readonly gaps: number }) | null;
};

/** @param heading stands over a list that nothing leads to */
export function listClozes(block: ListBlock, heading: string): readonly PassageDraft[] {
  const items = block.items.map(itemOf);
  const lead = plainStress(block.lead ?? heading);
  const mark = (at: number): string => (block.ordered ? `${at + 1}. ` : '• ');
  const askable = items.filter(({ gap }) => gap !== null).length;
  // One item alone has nothing to be remembered by.
  if (askable === 0 || items.length < 2) return [];
  const parts = Math.ceil(askable / MAX_GAPS);
  const share = Math.ceil(items.length / parts);
  const drafts: PassageDraft[] = [];
  for (let from = 0; from < items.length; from += share) {
    const part = items.slice(from, from + share);
    let number = 1;
    const lines = part.map(({ text, gap }, at) => {
      const made = gap === null || number > MAX_GAPS ? null : gap(number);
      number += made?.gaps ?? 0;
      return `${mark(from + at)}${made?.front ?? text}`;
    });
    if (number === 1) continue;
    const title = parts === 1 ? lead : `${lead} (${from + 1}–${from + part.length} / ${items.length})`;
    const plain = [title, ...part.map(({ text }, at) => `${mark(from + at)}${text}`)].join('\n');
    const front = [title, ...lines].join('\n');
    if (front.length > TEXT_MAX || plain.length > TEXT_MAX) continue;
    const quoted = [...(block.lead === null ? [] : [lead]), ...part.map(({ text }) => text)];
    drafts.push({ type: 'cloze', front, back: plain, quote: clippedQuote(quoted.join('\n')) });
  }
  return drafts;
}

function itemOf(raw: string): Item {
  const { plain, spans } = stressedSpans(raw.replaceAll('\n', ' ').replace(/[;,；，]$/u, ''));
  const text = plainStress(plain);
  if (/\{\{|\}\}/.test(text)) return { text, gap: null };
  if (spans.length > 0 && text === plain) {
    // One number for all that is stressed in an item: it is one thing to know.
    const marked = numberedCloze(plain, spans);
    if (marked !== null) {
      const gap = (number: number) => ({
        front: marked.front.replace(/\{\{c\d+::/g, `{{c${number}::`),
        gaps: 1,
      });
      return { text, gap };
    }
  }
  if (!fitsGap(text)) return { text, gap: null };
  if (text.length <= WHOLE_CHARS)
    return { text, gap: (number) => ({ front: `{{c${number}::${text}}}`, gaps: 1 }) };
  const head = /^(.{2,80}?)(\s*[:：]\s|\s+[—–-]\s)/u.exec(text)?.[1];
  if (head === undefined || !fitsGap(head)) return { text, gap: null };
  return { text, gap: (number) => ({ front: `{{c${number}::${head}}}${text.slice(head.length)}`, gaps: 1 }) };
}
