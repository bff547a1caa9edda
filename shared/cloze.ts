/**
 * Cloze text as Anki writes it, in plain text as in HTML: `{{c1::hidden}}`, `{{c1::hidden::hint}}`, one gap within
 * another, and one gap of several cards, `{{c1,3::hidden}}`. The only reader of these marks: whoever shows, checks,
 * exports or studies a cloze text has the same gaps.
 */

export type ClozePart = string | ClozeGap;
export type ClozeGap = {
  /** The cards that ask for it. */
  readonly numbers: readonly number[];
  readonly parts: readonly ClozePart[];
  readonly hint: string | null;
};

const MARK = /\{\{c(\d{1,3}(?:,\d{1,3})*)::|\}\}/g;
/** Deeper ones are text: hostile fields shall not exhaust the stack. */
const DEPTH_MAX = 8;

/** Splits a text at its marks; neighbouring text is one part. A mark without its other half is text. */
export function parseCloze(text: string): readonly ClozePart[] {
  if (!text.includes('{{c')) return text === '' ? [] : [text];
  type Open = { readonly mark: string; readonly numbers: readonly number[]; hint: string | null } & {
    readonly parts: ClozePart[];
  };
  const top: ClozePart[] = [];
  const stack: Open[] = [];
  const put = (part: ClozePart) => {
    const parts = stack.at(-1)?.parts ?? top;
    const last = parts.at(-1);
    if (typeof part === 'string' && typeof last === 'string') parts[parts.length - 1] = last + part;
    else if (part !== '') parts.push(part);
  };
  const putText = (piece: string) => {
    const gap = stack.at(-1);
    if (gap === undefined) put(piece);
    else if (gap.hint !== null) gap.hint += piece;
    else {
      const split = piece.indexOf('::');
      put(split < 0 ? piece : piece.slice(0, split));
      if (split >= 0) gap.hint = piece.slice(split + 2);
    }
  };
  let at = 0;
  for (const { 0: mark, 1: numbers, index } of text.matchAll(MARK)) {
    putText(text.slice(at, index));
    at = index + mark.length;
    if (numbers !== undefined && stack.length < DEPTH_MAX) {
      stack.push({ mark, numbers: numbers.split(',').map(Number), parts: [], hint: null });
    } else if (numbers === undefined && stack.length > 0) {
      const { mark: _mark, ...gap } = stack.pop()!;
      put(gap);
    } else putText(mark);
  }
  putText(text.slice(at));
  // A gap that never ends is text, as it looks.
  while (stack.length > 0) {
    const { mark, parts, hint } = stack.pop()!;
    for (const part of [mark, ...parts, hint === null ? '' : `::${hint}`]) put(part);
  }
  return top;
}

/** Numbers of the gaps of a cloze text, ascending, each once. */
export function gapNumbers(text: string): readonly number[] {
  const numbers = new Set<number>();
  const visit = (parts: readonly ClozePart[]) => {
    for (const part of parts) {
      if (typeof part === 'string') continue;
      for (const number of part.numbers) if (number > 0) numbers.add(number);
      visit(part.parts);
    }
  };
  visit(parseCloze(text));
  return [...numbers].sort((a, b) => a - b);
}

/** What parts say, all gaps open. */
export function openCloze(parts: readonly ClozePart[]): string {
  return parts.map((part) => (typeof part === 'string' ? part : openCloze(part.parts))).join('');
}

/** The text with all gaps open. */
export function withoutGaps(text: string): string {
  return text.includes('{{c') ? openCloze(parseCloze(text)) : text;
}

/**
 * A cloze text as the card of one gap has it: every other gap open.
 * @param asked the gap in question, `null` for all of them
 * @param gap what stands for it, of what it hides and its hint; `null` where it has none
 */
export function showCloze(
  text: string,
  asked: number | null,
  gap: (hidden: string, hint: string | null) => string,
): string {
  const show = (parts: readonly ClozePart[]): string =>
    parts
      .map((part) => {
        if (typeof part === 'string') return part;
        const within = show(part.parts);
        return asked === null || part.numbers.includes(asked) ? gap(within, part.hint || null) : within;
      })
      .join('');
  return show(parseCloze(text));
}

export type ReadGap = {
  readonly number: number;
  /** What is hidden, gaps within it open. */
  readonly text: string;
  readonly hint: string | null;
};

/**
 * All gaps in the order of their ends, and the text as the card of `asked` shows it: its gaps as `blank` (or their
 * hints), all others open. With `null` everything is open.
 */
export function readCloze(
  text: string,
  asked: number | null,
  blank = '____',
): { readonly gaps: readonly ReadGap[]; readonly open: string } {
  const gaps: ReadGap[] = [];
  const read = (parts: readonly ClozePart[]): string =>
    parts
      .map((part) => {
        if (typeof part === 'string') return part;
        const within = read(part.parts);
        const { numbers, hint } = part;
        const hidden = openCloze(part.parts);
        for (const number of numbers) gaps.push({ number, text: hidden, hint });
        return asked !== null && numbers.includes(asked) ? (hint ? `[${hint}]` : blank) : within;
      })
      .join('');
  const open = read(parseCloze(text));
  return { gaps, open };
}
