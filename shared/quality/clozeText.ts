/** Cloze text as Anki writes it: `{{c1::hidden}}`, `{{c1::hidden::hint}}`, one gap within another. */

export type Gap = {
  readonly number: number;
  /** What is hidden, gaps within it open. */
  readonly text: string;
  readonly hint: string | null;
};

type Part = { readonly number: number; text: string; hint: string | null };

const OPENING = /\{\{c(\d{1,3})::/y;

/**
 * All gaps in the order of their ends, and the text as the card of `asked` shows it: its gaps as `blank` (or their
 * hints), all others open. With `null` everything is open. A mark without its end is text.
 */
export function readCloze(
  front: string,
  asked: number | null,
  blank = '____',
): { readonly gaps: readonly Gap[]; readonly open: string } {
  const gaps: Gap[] = [];
  if (!front.includes('{{c')) return { gaps, open: front };
  // Two texts grow at once: what a gap hides, with all of it open, and what the card shows.
  const stack: (Part & { shown: string; mark: string })[] = [];
  let shown = '';
  const add = (open: string, seen: string) => {
    const top = stack.at(-1);
    if (top === undefined) shown += seen;
    else if (top.hint !== null) top.hint += open;
    else {
      top.text += open;
      top.shown += seen;
    }
  };
  let at = 0;
  while (at < front.length) {
    OPENING.lastIndex = at;
    const opening = front[at] === '{' ? OPENING.exec(front) : null;
    if (opening) {
      stack.push({ number: Number(opening[1]), text: '', hint: null, shown: '', mark: opening[0] });
      at += opening[0].length;
    } else if (stack.length > 0 && front.startsWith('}}', at)) {
      const { number, text, hint, shown: within } = stack.pop()!;
      gaps.push({ number, text, hint });
      add(text, number === asked ? (hint === null || hint === '' ? blank : `[${hint}]`) : within);
      at += 2;
    } else if (stack.length > 0 && stack.at(-1)!.hint === null && front.startsWith('::', at)) {
      stack.at(-1)!.hint = '';
      at += 2;
    } else {
      // Up to the next character that could mean something.
      let end = at + 1;
      while (end < front.length && !'{}:'.includes(front[end]!)) end += 1;
      const text = front.slice(at, end);
      add(text, text);
      at = end;
    }
  }
  // Marks that never end are what they look like.
  while (stack.length > 0) {
    const { mark, text, hint, shown: within } = stack.pop()!;
    const rest = hint === null ? '' : `::${hint}`;
    add(`${mark}${text}${rest}`, `${mark}${within}${rest}`);
  }
  return { gaps, open: shown };
}

/** Numbers of the gaps of a cloze text, ascending, each once. */
export function gapNumbers(front: string): readonly number[] {
  const numbers = readCloze(front, null).gaps.map(({ number }) => number);
  return [...new Set(numbers)].filter((number) => number > 0).sort((a, b) => a - b);
}

/** The text with all gaps open. */
export function withoutGaps(front: string): string {
  return readCloze(front, null).open;
}
