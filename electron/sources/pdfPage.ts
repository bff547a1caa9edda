/** One page of a PDF as lines of text in reading order. Lengths are in points, y grows downwards. */
import type { PDFDocumentProxy } from 'pdfjs-dist';
import { cleanLine } from './cleanLine.ts';
import { findGutters } from './pdfGutters.ts';

/** A run of text on one base line. */
export type Segment = {
  readonly text: string;
  readonly x0: number;
  readonly x1: number;
  /** Base line. */
  readonly y: number;
  readonly size: number;
  readonly font: string;
};
/** A line of a column; more than one segment where wide gaps part it, as in a table. */
export type PageLine = {
  readonly segments: readonly Segment[];
  readonly text: string;
  readonly x0: number;
  readonly x1: number;
  readonly y: number;
  readonly size: number;
  readonly font: string;
  /** Of the page, counted in reading order. */
  readonly column: number;
};
export type PdfPage = {
  readonly number: number;
  readonly width: number;
  readonly height: number;
  readonly lines: readonly PageLine[];
};

/** A gap wider than this many times the font's size parts two segments; below `SPACE` there is none at all. */
const GAP = 1;
const SPACE = 0.16;
const RTL = /[\p{Script=Arabic}\p{Script=Hebrew}]/u;

type Item = {
  readonly str: string;
  readonly transform: readonly number[];
  readonly width: number;
  readonly fontName: string;
  readonly hasEOL: boolean;
};

export async function readPage(pdf: PDFDocumentProxy, number: number): Promise<PdfPage> {
  const page = await pdf.getPage(number);
  try {
    const { width, height, transform } = page.getViewport({ scale: 1 });
    const { items } = await page.getTextContent({ disableNormalization: false });
    const segments = segmentsOf(items as readonly Item[], transform as readonly number[]);
    return { number, width, height, lines: inReadingOrder(segments, 0) };
  } finally {
    page.cleanup();
  }
}

/** Merges what pdf.js found into runs. Text that is turned against the page (stamps, axis labels) is left out. */
function segmentsOf(items: readonly Item[], view: readonly number[]): readonly Segment[] {
  const upright: Segment[] = [];
  const turned: Segment[] = [];
  for (const item of items) {
    if (typeof item.str !== 'string' || item.str.trim() === '') continue;
    const [a, b, c, d, e, f] = multiply(view, item.transform);
    const size = Math.hypot(c, d);
    const across = Math.hypot(a, b);
    if (!(size > 0) || !Number.isFinite(e + f + size)) continue;
    const isUpright = Math.abs(b) < 0.2 * across && a > 0;
    const segment = {
      text: item.str,
      x0: e,
      x1: e + (isUpright ? item.width : 0),
      y: f,
      size,
      font: item.fontName,
    };
    (isUpright ? upright : turned).push(segment);
  }
  // A page all of whose text is turned is read in the order of the file.
  if (upright.length === 0)
    return turned.map((segment, at) => ({ ...segment, x0: 0, x1: 1, y: at * segment.size * 1.2 }));
  return joinRuns(upright);
}

function multiply(
  m: readonly number[],
  n: readonly number[],
): [number, number, number, number, number, number] {
  const [m0 = 1, m1 = 0, m2 = 0, m3 = 1, m4 = 0, m5 = 0] = m;
  const [n0 = 1, n1 = 0, n2 = 0, n3 = 1, n4 = 0, n5 = 0] = n;
  return [
    m0 * n0 + m2 * n1,
    m1 * n0 + m3 * n1,
    m0 * n2 + m2 * n3,
    m1 * n2 + m3 * n3,
    m0 * n4 + m2 * n5 + m4,
    m1 * n4 + m3 * n5 + m5,
  ];
}

/** Items of one base line that stand close together become one run, from left to right. */
function joinRuns(items: readonly Segment[]): readonly Segment[] {
  const rows = rowsOf(items);
  const gutters = findGutters(rows);
  return rows.flatMap((row) => runsOf(row, gutters));
}

function runsOf(row: readonly Segment[], gutters: readonly number[]): Segment[] {
  const runs: (Segment & { parts: Segment[] })[] = [];
  for (const item of row) {
    const run = runs.at(-1);
    const isParted = run !== undefined && gutters.some((x) => run.x1 <= x && x <= item.x0);
    if (run && !isParted && item.x0 - run.x1 < GAP * Math.max(run.size, item.size)) {
      run.parts.push(item);
      Object.assign(run, { x1: Math.max(run.x1, item.x1) });
    } else runs.push({ ...item, parts: [item] });
  }
  return runs.map(({ parts, ...run }) => {
    const main = parts.reduce((best, part) => (part.text.length > best.text.length ? part : best));
    return { ...run, text: textOf(parts), size: main.size, font: main.font, y: main.y };
  });
}

function textOf(parts: readonly Segment[]): string {
  // Of a right-to-left line the rightmost run comes first.
  const rtl = parts.filter(({ text }) => RTL.test(text)).length > parts.length / 2;
  const ordered = rtl ? [...parts].reverse() : parts;
  let text = '';
  let previous: Segment | null = null;
  for (const part of ordered) {
    if (previous !== null) {
      const gap = rtl ? previous.x0 - part.x1 : part.x0 - previous.x1;
      if (gap > SPACE * Math.min(previous.size, part.size) && !/\s$/.test(text) && !/^\s/.test(part.text))
        text += ' ';
    }
    text += part.text;
    previous = part;
  }
  return text;
}

/** Text lines on each side of a gutter before it is believed. */
const COLUMN_LINES = 5;
const COLUMN_CHARS = 18;

/**
 * Lines in reading order: where a gutter parts the text into columns, each column from top to bottom, with what
 * crosses the gutter (titles, wide figures' captions) in its place between.
 */
function inReadingOrder(segments: readonly Segment[], column: number): PageLine[] {
  const gutter = findGutter(segments);
  if (gutter === null) return linesOf(segments, column);
  const lines: PageLine[] = [];
  let left: Segment[] = [];
  let right: Segment[] = [];
  let next = column;
  const flush = (): void => {
    for (const side of [left, right]) {
      if (side.length === 0) continue;
      lines.push(...inReadingOrder(side, next));
      next = (lines.at(-1)?.column ?? next) + 1;
    }
    [left, right] = [[], []];
  };
  for (const segment of [...segments].sort((a, b) => a.y - b.y)) {
    if (segment.x1 <= gutter + 1) left.push(segment);
    else if (segment.x0 >= gutter - 1) right.push(segment);
    else {
      flush();
      lines.push(...linesOf([segment], next));
      next += 1;
    }
  }
  flush();
  return lines;
}

/** A place that hardly any line crosses, with running text on both sides; `null` for one column and for tables. */
function findGutter(segments: readonly Segment[]): number | null {
  if (segments.length < 2 * COLUMN_LINES) return null;
  const x0 = Math.min(...segments.map((segment) => segment.x0));
  const x1 = Math.max(...segments.map((segment) => segment.x1));
  let best: { x: number; crossing: number } | null = null;
  for (let at = 0.2; at <= 0.8; at += 0.01) {
    const x = x0 + at * (x1 - x0);
    const crossing = segments.filter((segment) => segment.x0 < x - 1 && segment.x1 > x + 1).length;
    const middle = Math.abs(at - 0.5);
    if (best === null || crossing + middle < best.crossing) best = { x, crossing: crossing + middle };
  }
  if (best === null || Math.floor(best.crossing) > 0.2 * segments.length) return null;
  const { x } = best;
  const sides = [
    segments.filter((segment) => segment.x1 <= x + 1),
    segments.filter((segment) => segment.x0 >= x - 1),
  ];
  return sides.every(isProse) ? x : null;
}

/** Rows of running text; that of a justified one may stand in pieces. */
function isProse(side: readonly Segment[]): boolean {
  const rows = rowsOf(side);
  if (rows.length < COLUMN_LINES) return false;
  const left = Math.min(...side.map((segment) => segment.x0));
  const right = Math.max(...side.map((segment) => segment.x1));
  const sum = (row: readonly Segment[], of: (segment: Segment) => number): number =>
    row.reduce((total, segment) => total + of(segment), 0);
  const fill = median(rows.map((row) => sum(row, ({ x0, x1 }) => x1 - x0) / Math.max(1, right - left)));
  const chars = median(
    rows.map((row) => sum(row, ({ text }) => text.length * (/[\u2e80-\uffef]/.test(text) ? 2 : 1))),
  );
  return median(rows.map((row) => row.length)) === 1 && fill >= 0.6 && chars >= COLUMN_CHARS;
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[sorted.length >> 1] ?? 0;
}

function linesOf(segments: readonly Segment[], column: number): PageLine[] {
  return rowsOf(segments).flatMap((row) => {
    const parts = row
      .map((segment) => ({ ...segment, text: cleanLine(segment.text.replace(/\u00ad\s*$/, '-')) }))
      .filter(({ text }) => text !== '');
    const main = parts.reduce<Segment | null>(
      (best, part) => (best !== null && best.text.length >= part.text.length ? best : part),
      null,
    );
    if (main === null) return [];
    const rtl = parts.filter(({ text }) => RTL.test(text)).length > parts.length / 2;
    const ordered = rtl ? [...parts].reverse() : parts;
    return {
      segments: parts,
      text: ordered.map(({ text }) => text).join(' '),
      x0: Math.min(...parts.map(({ x0 }) => x0)),
      x1: Math.max(...parts.map(({ x1 }) => x1)),
      y: main.y,
      size: main.size,
      font: main.font,
      column,
    };
  });
}

/** What stands on one base line, from left to right; raised and lowered characters stand within half a line of it. */
function rowsOf(segments: readonly Segment[]): readonly (readonly Segment[])[] {
  const rows: Segment[][] = [];
  for (const segment of [...segments].sort((a, b) => a.y - b.y || a.x0 - b.x0)) {
    const row = rows.at(-1);
    const first = row?.[0];
    if (row && first && Math.abs(first.y - segment.y) < 0.45 * Math.min(first.size, segment.size))
      row.push(segment);
    else rows.push([segment]);
  }
  for (const row of rows) row.sort((a, b) => a.x0 - b.x0);
  return rows;
}
