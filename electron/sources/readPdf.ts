/** A PDF → blocks with their pages: its text in reading order, its headings, what had to be left out. */
import type { OPS as Operators, PDFDocumentProxy } from 'pdfjs-dist';
import type { RowError } from '../../shared/run.ts';
import { TracedeckError } from '../errors/tracedeckError.ts';
import { cleanLine } from './cleanLine.ts';
import type { ReadContext, ReadDocument } from './documentTypes.ts';
import { damagedPdf, openPdf } from './openPdf.ts';
import type { PdfFolders } from './openPdf.ts';
import { pdfBlocks } from './pdfBlocks.ts';
import { withoutFurniture } from './pdfFurniture.ts';
import { createHeadingFinder } from './pdfHeadings.ts';
import type { OutlineEntry } from './pdfHeadings.ts';
import { readPage } from './pdfPage.ts';
import type { PdfPage } from './pdfPage.ts';

/** Characters of a page that holds a stamp or a number beside its picture. */
const FEW_CHARS = 12;
const MAX_OUTLINE = 20_000;

export type PdfLimits = { readonly maxPages: number };

/**
 * @param data handed over: pdf.js takes it as its own
 * @throws TracedeckError `pdf_encrypted`, `pdf_damaged`, `too_many_pages`
 */
export async function readPdf(
  data: Uint8Array,
  name: string,
  folders: PdfFolders,
  limits: PdfLimits,
  context: ReadContext,
): Promise<ReadDocument> {
  const { pdf, OPS } = await openPdf(data, name, folders);
  try {
    if (pdf.numPages > limits.maxPages) {
      throw new TracedeckError('user', 'too_many_pages', `${name} has ${pdf.numPages} pages.`, {
        hint: `At most ${limits.maxPages} are read; split the file.`,
      });
    }
    const pages: PdfPage[] = [];
    const unread: number[] = [];
    for (let number = 1; number <= pdf.numPages; number += 1) {
      context.throwIfStopped();
      try {
        pages.push(await readPage(pdf, number));
      } catch (thrown) {
        if (pdf.numPages === 1) throw damagedPdf(name, thrown);
        unread.push(number);
      }
      context.progress(number, pdf.numPages);
    }
    const { pages: plain, dropped, example } = withoutFurniture(pages);
    const scanned: number[] = [];
    for (const [at, { number, lines }] of plain.entries()) {
      if (lines.reduce((sum, { text }) => sum + text.length, 0) > FEW_CHARS) continue;
      context.throwIfStopped();
      // The page's own lines: a running title above a picture was dropped with the others.
      if (await paints(pdf, number, OPS, (pages[at]?.lines.length ?? 0) > 0)) scanned.push(number);
    }
    const { title, tags, language } = await information(pdf);
    const finder = createHeadingFinder(plain, await outlineOf(pdf));
    const blocks = pdfBlocks(plain, finder);
    const problems: RowError[] = [];
    if (scanned.length > 0) {
      problems.push({
        row: scanned[0] ?? 1,
        code: 'scanned_page',
        message: `${pagesText(scanned)} ${scanned.length === 1 ? 'holds' : 'hold'} pictures and no text.`,
      });
    }
    if (unread.length > 0) {
      problems.push({
        row: unread[0] ?? 1,
        code: 'page_damaged',
        message: `${pagesText(unread)} cannot be read.`,
      });
    }
    const warnings: RowError[] = [];
    if (dropped > 0) {
      const such = example === null ? '' : `, such as “${example.slice(0, 80)}”`;
      warnings.push({
        row: 1,
        code: 'running_lines',
        message: `${dropped} running headers, footers and page numbers were left out${such}.`,
      });
    }
    return {
      title,
      language,
      tags,
      pages: pdf.numPages,
      scannedPages: scanned,
      encoding: '',
      blocks,
      problems,
      warnings,
    };
  } finally {
    await pdf.loadingTask.destroy();
  }
}

/** Whether anything but text is painted. Pictures themselves are not decoded: their place in the list is empty. */
async function paints(
  pdf: PDFDocumentProxy,
  number: number,
  OPS: typeof Operators,
  hasText: boolean,
): Promise<boolean> {
  try {
    const page = await pdf.getPage(number);
    const { fnArray } = await page.getOperatorList();
    page.cleanup();
    const text: ReadonlySet<number> = new Set(
      hasText
        ? [
            OPS.beginText,
            OPS.endText,
            OPS.setFont,
            OPS.moveText,
            OPS.showText,
            OPS.setTextMatrix,
            OPS.dependency,
          ]
        : [],
    );
    return fnArray.some((fn) => !text.has(fn));
  } catch {
    // What cannot be painted was not blank.
    return true;
  }
}

async function information(
  pdf: PDFDocumentProxy,
): Promise<Pick<ReadDocument, 'title' | 'tags' | 'language'>> {
  try {
    const { info } = (await pdf.getMetadata()) as { info: { Title?: unknown; Language?: unknown } };
    const language = typeof info.Language === 'string' ? info.Language.slice(0, 100) : null;
    const title = typeof info.Title === 'string' ? cleanLine(info.Title) : '';
    // Writers leave the name of the file they were given.
    const isName =
      title === '' || /\.(?:docx?|pdf|tex|indd|pptx?|odt|rtf)$/i.test(title) || /^untitled/i.test(title);
    return { title: isName ? null : title.slice(0, 500), tags: [], language };
  } catch {
    return { title: null, tags: [], language: null };
  }
}

type OutlineNode = {
  readonly title?: unknown;
  readonly dest?: unknown;
  readonly items?: readonly OutlineNode[];
};

/** The outline with page numbers; entries that lead nowhere are left out. */
async function outlineOf(pdf: PDFDocumentProxy): Promise<readonly OutlineEntry[]> {
  const entries: OutlineEntry[] = [];
  const pageOf = async (dest: unknown): Promise<number | null> => {
    const target: unknown = typeof dest === 'string' ? await pdf.getDestination(dest) : dest;
    const ref: unknown = Array.isArray(target) ? target[0] : null;
    if (typeof ref === 'number') return ref + 1;
    if (ref === null || typeof ref !== 'object') return null;
    return (await pdf.getPageIndex(ref as { num: number; gen: number })) + 1;
  };
  const visit = async (nodes: readonly OutlineNode[], level: number): Promise<void> => {
    for (const { title, dest, items } of nodes) {
      if (entries.length >= MAX_OUTLINE || level > 12) return;
      const page = await pageOf(dest).catch(() => null);
      if (page !== null && typeof title === 'string') entries.push({ title: cleanLine(title), page, level });
      if (items !== undefined) await visit(items, level + 1);
    }
  };
  try {
    await visit(((await pdf.getOutline()) ?? []) as readonly OutlineNode[], 1);
  } catch {
    // A damaged outline costs headings, not the text.
  }
  return entries;
}

/** `Page 3`, `Pages 3, 7–9 and 12`; the first ranges of many. */
function pagesText(pages: readonly number[]): string {
  const ranges: [number, number][] = [];
  for (const page of pages) {
    const last = ranges.at(-1);
    if (last && last[1] === page - 1) last[1] = page;
    else ranges.push([page, page]);
  }
  const shown = ranges.slice(0, 12).map(([from, to]) => (from === to ? String(from) : `${from}–${to}`));
  if (ranges.length > shown.length) shown.push(`others (${pages.length} in all)`);
  const last = shown.pop() ?? '';
  return pages.length === 1
    ? `Page ${last}`
    : `Pages ${shown.length === 0 ? last : `${shown.join(', ')} and ${last}`}`;
}
