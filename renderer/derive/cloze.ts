/** Anki's cloze marks: `{{c1::hidden}}` and `{{c1::hidden::hint}}`. */

export type ClozePart =
  | { readonly kind: 'text'; readonly text: string }
  | {
      readonly kind: 'cloze';
      readonly number: number;
      readonly hidden: string;
      readonly hint: string | null;
    };

/** Splits a front at its marks. Marks that are not closed stay text; nothing is lost. */
export function clozeParts(front: string): readonly ClozePart[] {
  const parts: ClozePart[] = [];
  let end = 0;
  for (const match of front.matchAll(/\{\{c(\d+)::(.*?)(?:::(.*?))?\}\}/gs)) {
    if (match.index > end) parts.push({ kind: 'text', text: front.slice(end, match.index) });
    parts.push({
      kind: 'cloze',
      number: Number(match[1]),
      hidden: match[2] ?? '',
      hint: match[3] ?? null,
    });
    end = match.index + match[0].length;
  }
  if (end < front.length) parts.push({ kind: 'text', text: front.slice(end) });
  return parts;
}

/** One line for lists: marks shown as a gap. `asked`: the gap that is asked for, the others open; all where it is `null`. */
export function clozeGap(front: string, asked: number | null = null): string {
  return clozeParts(front)
    .map((part) => {
      if (part.kind === 'text') return part.text;
      return asked === null || part.number === asked ? `[${part.hint ?? '…'}]` : part.hidden;
    })
    .join('');
}
