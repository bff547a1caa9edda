/**
 * Where a page's columns are parted, by the white that stands in line after line. It has to be known before words are put
 * together into lines: a gutter may be as narrow as the spaces of justified text are wide.
 */
import type { Segment } from './pdfPage.ts';

/** White of this many times the font's size may be a gutter. */
const WHITE = 0.5;
/** Lines with text on both sides of it. */
const LINES = 5;
/** The share of lines, titles and the like, that may run across. */
const ACROSS = 0.2;
/** A column is at least so wide, in sizes of its font: what stands before a list's items is none. */
const COLUMN_SIZES = 8;
const MAX_COLUMNS = 8;
const MAX_WIDTH = 20_000;

/** Places of gutters from left to right, of lines whose words stand from left to right. */
export function findGutters(rows: readonly (readonly Segment[])[], columns = MAX_COLUMNS): readonly number[] {
  const gutter = columns < 2 ? null : findGutter(rows);
  if (gutter === null) return [];
  const part = (isIn: (word: Segment) => boolean) =>
    rows.map((row) => row.filter(isIn)).filter((row) => row.length > 0);
  return [
    ...findGutters(
      part(({ x1 }) => x1 <= gutter),
      columns / 2,
    ),
    gutter,
    ...findGutters(
      part(({ x0 }) => x0 >= gutter),
      columns / 2,
    ),
  ];
}

function findGutter(rows: readonly (readonly Segment[])[]): number | null {
  if (rows.length < LINES) return null;
  const words = rows.flat();
  const left = Math.min(...words.map(({ x0 }) => x0));
  const right = Math.max(...words.map(({ x1 }) => x1));
  const width = Math.ceil(right - left);
  if (!(width > 0 && width < MAX_WIDTH)) return null;
  // Lines by the points, counted from the left, at which they have text, and white with text on both sides.
  const text = new Uint32Array(width);
  const white = new Uint32Array(width);
  const count = (column: Uint32Array, from: number, to: number): void => {
    const end = Math.min(width, Math.floor(to - left));
    for (let at = Math.max(0, Math.ceil(from - left)); at < end; at += 1) column[at]! += 1;
  };
  for (const row of rows) {
    let end: number | null = null;
    for (const { x0, x1, size } of row) {
      if (end !== null && x0 > end) count(x0 - end >= WHITE * size ? white : text, end, x0);
      count(text, Math.max(x0, end ?? x0), x1);
      end = Math.max(x1, end ?? x1);
    }
  }
  const most = ACROSS * rows.length;
  const side = COLUMN_SIZES * (words[words.length >> 1]?.size ?? 0);
  const worth = (at: number): number => {
    if (white[at]! < LINES || text[at]! > most || at < side || width - at < side) return 0;
    return Math.max(0, white[at]! - 4 * text[at]!);
  };
  let best = 0;
  let from = -1;
  let to = -1;
  for (let at = 0; at < width; at += 1) {
    const here = worth(at);
    if (here > best) [best, from, to] = [here, at, at];
    else if (here === best && best > 0 && to === at - 1) to = at;
  }
  return best === 0 ? null : left + (from + to + 1) / 2;
}
