/** What a PDF repeats on its pages: running titles and page numbers, found by place and text. */
import type { PageLine, PdfPage } from './pdfPage.ts';
import { median } from './pdfPage.ts';

export type Furniture = {
  readonly pages: readonly PdfPage[];
  /** Lines that were left out, and one of them to show. */
  readonly dropped: number;
  readonly example: string | null;
};

/** Lines at a page's top and bottom that may be such. */
const EDGE_LINES = 2;
/** The part of the page's height that is its edge. */
const EDGE = 0.12;
/** Room to the text, in usual distances of two lines. */
const APART = 1.35;
const MIN_PAGES = 3;
const SHARE = 0.3;
const PAGE_NUMBER =
  /^(?:[-–—|\s]*(?:page|p\.|seite|página|стр\.?)?\s*#(?:\s*(?:\/|of|von|de)\s*#)?[-–—|\s]*|[ivxlc]{1,7})$/iu;

/** Leaves out what stands at the edge of many pages with the same words, whatever its numbers. */
export function withoutFurniture(pages: readonly PdfPage[]): Furniture {
  const seen = new Map<string, number[]>();
  for (const page of pages) {
    for (const line of new Set(edgesOf(page))) {
      const key = keyOf(line, page);
      const on = seen.get(key);
      if (on === undefined) seen.set(key, [page.number]);
      else if (on.at(-1) !== page.number) on.push(page.number);
    }
  }
  const repeated = new Set(
    [...seen].filter(([key, on]) => isRepeated(key, on, pages.length)).map(([key]) => key),
  );
  const numbered = pageNumbers(pages);
  let dropped = 0;
  let example: string | null = null;
  const kept = pages.map((page) => {
    const edges = new Set(
      edgesOf(page).filter(
        (line) =>
          repeated.has(keyOf(line, page)) || offsetsOf(line, page).some((offset) => numbered.has(offset)),
      ),
    );
    if (edges.size === 0) return page;
    dropped += edges.size;
    for (const { text } of edges) if (/\p{L}{3}/u.test(text)) example ??= text;
    return { ...page, lines: page.lines.filter((line) => !edges.has(line)) };
  });
  return { pages: kept, dropped, example };
}

/** The first and last lines that stand apart from the text; a text's own first line does not. */
function edgesOf({ lines, height }: PdfPage): readonly PageLine[] {
  const sorted = [...lines].sort((a, b) => a.y - b.y);
  const gaps = sorted.slice(1).map(({ y, size }, at) => (y - (sorted[at]?.y ?? y)) / size);
  const usual = median(gaps.filter((gap) => gap > 0.5 && gap < 2.2)) || 1.2;
  const found: PageLine[] = [];
  const collect = (inwards: readonly PageLine[], isEdge: (y: number) => boolean): void => {
    for (let at = 0; at < EDGE_LINES && at < inwards.length; at += 1) {
      const line = inwards[at];
      const next = inwards[at + 1];
      if (line === undefined || !isEdge(line.y)) return;
      const gap = next === undefined ? Infinity : Math.abs(next.y - line.y);
      if (gap > APART * usual * line.size) {
        found.push(...inwards.slice(0, at + 1));
        return;
      }
    }
  };
  collect(sorted, (y) => y < height * EDGE);
  collect([...sorted].reverse(), (y) => y > height * (1 - EDGE));
  return found;
}

/** Words with every number as `#`, and at which edge: numbers change from page to page. */
function keyOf(line: PageLine, { height }: PdfPage): string {
  const words = line.text
    .toLowerCase()
    .replace(/\p{N}+/gu, '#')
    .replace(/\s+/g, ' ')
    .trim();
  return `${line.y < height / 2 ? 'top' : 'bottom'}\n${words}`;
}

/** Numbers at a line's ends that count the pages: by how far they are from the page's own, and at which edge. */
function pageNumbers(pages: readonly PdfPage[]): ReadonlySet<string> {
  const counts = new Map<string, number>();
  for (const page of pages) {
    for (const offset of new Set(edgesOf(page).flatMap((line) => offsetsOf(line, page)))) {
      counts.set(offset, (counts.get(offset) ?? 0) + 1);
    }
  }
  const least = Math.max(MIN_PAGES, 0.2 * pages.length);
  return new Set([...counts].filter(([, count]) => count >= least).map(([offset]) => offset));
}

function offsetsOf({ text, y }: PageLine, { number, height }: PdfPage): readonly string[] {
  const edge = y < height / 2 ? 'top' : 'bottom';
  const found = [/^(\p{Nd}{1,5})(?=\s|$)/u.exec(text)?.[1], /(?:^|\s)(\p{Nd}{1,5})$/u.exec(text)?.[1]];
  return found.flatMap((digits) => (digits === undefined ? [] : `${edge} ${Number(digits) - number}`));
}

function isRepeated(key: string, on: readonly number[], pages: number): boolean {
  const words = key.slice(key.indexOf('\n') + 1);
  if (PAGE_NUMBER.test(words)) return on.length >= Math.min(MIN_PAGES, pages) && pages > 1;
  if (on.length < MIN_PAGES) return false;
  if (on.length >= SHARE * pages) return true;
  // The title of a chapter, on its own pages or on every other one.
  return on.some((page, at) => (on[at + 2] ?? Infinity) - page <= 4);
}
