/** Which lines of a PDF are headings, and of which level: by its outline, by the size of the letters, by their font. */
import type { PageLine, PdfPage } from './pdfPage.ts';
import { median } from './pdfPage.ts';

/** An entry of the document's own outline. */
export type OutlineEntry = { readonly title: string; readonly page: number; readonly level: number };

export type HeadingFinder = {
  /** Level from 1, or `null` for running text. `alone`: the lines around it are apart from it. */
  levelOf(line: PageLine, page: number, alone: boolean): number | null;
  readonly bodySize: number;
};

/** Letters so much larger than the body's are a heading. */
const LARGER = 1.15;
const HEADING_CHARS = 160;
const NUMBERED =
  /^(?:\p{N}+(?:\.\p{N}+)*\.?|[A-Z]\.|[IVX]+\.|Chapter \p{N}+|제\p{N}+[장절]|第[\p{N}一二三四五六七八九十]+[章节節])\s+\S/u;
const ENDS_SENTENCE = /[.。,;:、，]$/u;

export function createHeadingFinder(
  pages: readonly PdfPage[],
  outline: readonly OutlineEntry[],
): HeadingFinder {
  const sizes = new Map<number, number>();
  const fonts = new Map<string, number>();
  for (const { lines } of pages) {
    for (const { size, font, text } of lines) {
      sizes.set(half(size), (sizes.get(half(size)) ?? 0) + text.length);
      fonts.set(font, (fonts.get(font) ?? 0) + text.length);
    }
  }
  const bodySize = most(sizes) ?? 10;
  const bodyFont = most(fonts);

  const byTitle = new Map<string, OutlineEntry[]>();
  for (const entry of outline) {
    const key = words(entry.title);
    byTitle.set(key, [...(byTitle.get(key) ?? []), entry]);
  }
  const inOutline = (line: PageLine, page: number): number | null =>
    byTitle.get(words(line.text))?.find((entry) => Math.abs(entry.page - page) <= 1)?.level ?? null;

  // The outline says which level a size has; sizes that it does not name are ranked among the others.
  const outlined = new Map<number, number[]>();
  const larger = new Set<number>();
  for (const page of pages) {
    for (const line of page.lines) {
      if (line.text.length > HEADING_CHARS) continue;
      const level = inOutline(line, page.number);
      if (level !== null) outlined.set(half(line.size), [...(outlined.get(half(line.size)) ?? []), level]);
      if (half(line.size) >= bodySize * LARGER && /\p{L}/u.test(line.text)) larger.add(half(line.size));
    }
  }
  const ranked = [...larger].sort((a, b) => b - a).slice(0, 6);
  const levelOfSize = (size: number): number => {
    const known = outlined.get(size);
    if (known !== undefined) return median(known);
    const rank = ranked.indexOf(size);
    return rank < 0 ? 6 : rank + 1;
  };
  const deepest = Math.max(ranked.length, ...outline.map(({ level }) => level), 0);

  return {
    bodySize,
    levelOf(line, page, alone) {
      const { text } = line;
      if (text.length > HEADING_CHARS || !/\p{L}/u.test(text)) return null;
      const level = inOutline(line, page);
      if (level !== null) return level;
      const size = half(line.size);
      // A drop cap or an initial is large as well.
      if (size >= bodySize * LARGER) return text.length > 1 ? levelOfSize(size) : null;
      if (size < bodySize * 0.95 || !alone || ENDS_SENTENCE.test(text) || text.length > 90) return null;
      const set = line.segments.every(({ font }) => font !== bodyFont);
      const startsLower = /^\p{Ll}/u.test(text);
      return set && !startsLower && (NUMBERED.test(text) || line.segments.length === 1) ? deepest + 1 : null;
    },
  };
}

function half(size: number): number {
  return Math.round(size * 2) / 2;
}

function most<K>(counts: ReadonlyMap<K, number>): K | null {
  let best: [K, number] | null = null;
  for (const entry of counts) if (best === null || entry[1] > best[1]) best = entry;
  return best?.[0] ?? null;
}

/** Titles in an outline often lack the number, or the number's dot. */
function words(text: string): string {
  return text
    .toLowerCase()
    .replace(/^(?:chapter|section)?\s*[\p{N}.]+\s*[:.]?\s+/u, '')
    .replace(/[^\p{L}\p{N}]+/gu, ' ')
    .trim();
}
