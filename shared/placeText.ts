import type { SourcePlace } from './source.ts';

/** A place in a document in a few words: `Chapter 2 › Verbs, page 14`. */
export function placeText({ headings, page, chapter, line }: SourcePlace): string {
  const path = [...(chapter === undefined || chapter === headings[0] ? [] : [chapter]), ...headings].join(
    ' › ',
  );
  const at = page !== undefined ? `page ${page}` : line !== undefined ? `line ${line}` : '';
  return [path, at].filter((part) => part !== '').join(', ');
}
