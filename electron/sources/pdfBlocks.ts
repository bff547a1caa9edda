/** Lines of pages → paragraphs, lists and tables under headings. */
import type { PassageBlock } from '../../shared/source.ts';
import { joint } from './cleanLine.ts';
import { HEADING_CHARS, HEADING_LEVELS } from './documentTypes.ts';
import type { PlacedBlock } from './documentTypes.ts';
import type { HeadingFinder } from './pdfHeadings.ts';
import type { PageLine, PdfPage } from './pdfPage.ts';
import { median } from './pdfPage.ts';
import { cut, listBlocks, paragraphBlocks, splitLead, tableBlock } from './textBlocks.ts';

type Line = PageLine & {
  readonly page: number;
  readonly left: number;
  readonly right: number;
  readonly pitch: number;
};

const BULLET = /^([•◦▪‣●○■□·∙*–—-]|[\uf0a7\uf0b7\uf06e])\s+(?=\S)/u;
const NUMBER = /^\(?(\p{Nd}{1,2}|[a-h]|[ivx]{1,4})[.)]\s+(?=\S)/u;
const ENDS_SENTENCE = /[.!?…。！？:：;]["'”’»」）)\]]*$/u;
const TABLE_LINES = 3;

export function pdfBlocks(pages: readonly PdfPage[], finder: HeadingFinder): readonly PlacedBlock[] {
  const lines = pages.flatMap(linesOf);
  const blocks: PlacedBlock[] = [];
  const headings: { level: number; text: string }[] = [];
  const inside = wordsInside(lines);
  let paragraph: Line[] = [];
  let list: { ordered: boolean; items: Line[][]; lead: string | null; page: number } | null = null;

  const add = (found: readonly PassageBlock[], page: number): void => {
    for (const block of found)
      blocks.push({ place: { headings: headings.map(({ text }) => text), page }, block });
  };
  const closeList = (): void => {
    if (list !== null) {
      add(
        listBlocks(
          list.ordered,
          list.lead,
          list.items.map((item) => joinLines(item, inside)),
        ),
        list.page,
      );
    }
    list = null;
  };
  const closeParagraph = (): void => {
    const first = paragraph[0];
    if (first !== undefined) add(paragraphBlocks([joinLines(paragraph, inside)]), first.page);
    paragraph = [];
  };
  const close = (): void => {
    closeParagraph();
    closeList();
  };

  for (let at = 0; at < lines.length; at += 1) {
    const line = lines[at] as Line;
    const before = lines[at - 1];
    const rows = tableAt(lines, at);
    if (rows > 0) {
      close();
      const cells = lines.slice(at, at + rows).map(({ segments }) => segments.map(({ text }) => text));
      const headed = hasHeader(lines.slice(at, at + rows));
      const table = tableBlock(headed ? (cells[0] ?? []) : [], headed ? cells.slice(1) : cells);
      if (table !== null) add([table], line.page);
      at += rows - 1;
      continue;
    }
    const level = finder.levelOf(line, line.page, isApart(before, line) && endsBlock(line, lines[at + 1]));
    if (level !== null) {
      close();
      const last = headings.at(-1);
      const previous = blocks.at(-1);
      // A heading of several lines.
      const goesOn =
        last !== undefined &&
        last.level === level &&
        before !== undefined &&
        Math.abs(before.size - line.size) < 0.6 &&
        before.page === line.page &&
        line.y - before.y < 2 * line.size &&
        line.y > before.y &&
        previous?.place.headings.length !== headings.length;
      if (goesOn) last.text = cut(last.text + joint(last.text, line.text) + line.text, HEADING_CHARS);
      else {
        while ((headings.at(-1)?.level ?? 0) >= level) headings.pop();
        if (headings.length < HEADING_LEVELS) headings.push({ level, text: cut(line.text, HEADING_CHARS) });
      }
      continue;
    }
    const bullet = BULLET.exec(line.text);
    const number =
      bullet === null && (list?.ordered === true || /^\(?[1aiⅰ][.)]\s/u.test(line.text))
        ? NUMBER.exec(line.text)
        : null;
    const mark = bullet ?? number;
    if (mark) {
      const ordered = bullet === null;
      if (list !== null && list.ordered !== ordered) closeList();
      if (list === null) {
        const found = paragraph.length === 0 ? null : splitLead(joinLines(paragraph, inside), true);
        if (found !== null) {
          if (found.rest !== '') add(paragraphBlocks([found.rest]), paragraph[0]?.page ?? line.page);
          paragraph = [];
        }
        closeParagraph();
        list = { ordered, items: [], lead: found?.lead ?? null, page: line.page };
      }
      list.items.push([{ ...line, text: line.text.slice(mark[0].length) }]);
      continue;
    }
    const item = list?.items.at(-1);
    if (list !== null && item !== undefined) {
      if (!isApart(before, line) && line.x0 > (item[0]?.x0 ?? 0) + 0.3 * line.size) {
        item.push(line);
        continue;
      }
      closeList();
    }
    if (startsParagraph(before, line)) closeParagraph();
    paragraph.push(line);
  }
  close();
  return blocks;
}

/** With each line the bounds of its column and the usual distance of its lines. */
function linesOf(page: PdfPage): readonly Line[] {
  const columns = new Map<number, PageLine[]>();
  for (const line of page.lines) columns.set(line.column, [...(columns.get(line.column) ?? []), line]);
  return page.lines.map((line) => {
    const own = columns.get(line.column) ?? [line];
    const distances = own.slice(1).flatMap((each, at) => each.y - (own[at]?.y ?? 0) || []);
    return {
      ...line,
      page: page.number,
      left: Math.min(...own.map(({ x0 }) => x0)),
      right: Math.max(...own.map(({ x1 }) => x1)),
      pitch: Math.min(median(distances) || line.size * 1.2, line.size * 1.6),
    };
  });
}

/** Whether more room than between two lines of a text lies above `line`, or it begins a page or column. */
function isApart(before: Line | undefined, line: Line): boolean {
  if (before === undefined || before.page !== line.page || before.column !== line.column) return true;
  return line.y - before.y > 1.3 * line.pitch || line.y < before.y;
}

/** Whether a block ends with `line`: room below it, or other letters. */
function endsBlock(line: Line, after: Line | undefined): boolean {
  if (after === undefined || after.page !== line.page || after.column !== line.column) return true;
  return after.font !== line.font || after.y - line.y > 1.3 * line.pitch;
}

function startsParagraph(before: Line | undefined, line: Line): boolean {
  if (before === undefined) return true;
  if (Math.abs(before.size - line.size) > 0.15 * Math.max(before.size, line.size)) return true;
  const isNewColumn = before.page !== line.page || before.column !== line.column;
  const indented = line.x0 - line.left > 0.8 * line.size && line.x0 - line.left < 6 * line.size;
  const wasIndented = before.x0 - before.left > 0.8 * before.size;
  // A text goes on over the page's end unless its last sentence had ended and something new begins.
  if (isNewColumn)
    return (
      ENDS_SENTENCE.test(before.text) &&
      (indented || !/^\p{Ll}/u.test(line.text)) &&
      (indented || isShort(before))
    );
  if (isApart(before, line)) return true;
  if (indented && !wasIndented) return true;
  return isShort(before) && ENDS_SENTENCE.test(before.text) && !/^\p{Ll}/u.test(line.text);
}

function isShort({ x1, left, right }: Line): boolean {
  return right - x1 > 0.18 * (right - left);
}

/** How many lines from `at` on are rows of one table; 0 for none. */
function tableAt(lines: readonly Line[], at: number): number {
  const first = lines[at];
  if (first === undefined || first.segments.length < 2) return 0;
  let rows = 1;
  for (let next = lines[at + 1]; next !== undefined; next = lines[at + rows]) {
    const fits =
      next.segments.length === first.segments.length &&
      next.page === first.page &&
      next.segments.every((segment, column) => {
        const above = first.segments[column];
        if (above === undefined) return false;
        const tolerance = 1.2 * segment.size;
        return Math.abs(segment.x0 - above.x0) < tolerance || Math.abs(segment.x1 - above.x1) < tolerance;
      });
    if (!fits) break;
    rows += 1;
  }
  return rows >= TABLE_LINES ? rows : 0;
}

/** A first row in other letters, or with more room below it than the next one has. */
function hasHeader([first, second, third]: readonly Line[]): boolean {
  if (first === undefined || second === undefined || third === undefined) return false;
  if (first.segments.every(({ font }) => second.segments.every((segment) => segment.font !== font)))
    return true;
  return second.y - first.y > 1.2 * (third.y - second.y);
}

/** Words with a hyphen that stand inside a line: there the hyphen is spelling. */
function wordsInside(lines: readonly Line[]): ReadonlySet<string> {
  const words = new Set<string>();
  for (const { text } of lines) {
    if (!text.includes('-')) continue;
    for (const [word] of text.matchAll(/\p{L}+(?:-\p{L}+)+(?=[^-\p{L}])/gu)) words.add(word.toLowerCase());
  }
  return words;
}

function joinLines(lines: readonly Line[], inside: ReadonlySet<string>): string {
  const parts: string[] = [];
  let before = '';
  for (const { text } of lines) {
    const broken = /(\p{L}{1,60})[-‐]$/u.exec(before.slice(-62));
    const next = /^\p{Ll}[\p{L}\p{M}]*/u.exec(text);
    if (broken && next) {
      const spelled = inside.has(`${broken[1]}-${next[0]}`.toLowerCase());
      if (!spelled) parts.push((parts.pop() ?? '').slice(0, -1));
      parts.push(text);
    } else parts.push((before === '' ? '' : joint(before, text)) + text);
    before = text;
  }
  return parts.join('');
}
