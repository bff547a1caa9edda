/** XHTML of a book → blocks under headings. Only its text is read; scripts, styles and pictures are passed over. */
import { Parser } from 'htmlparser2';
import type { PassageBlock } from '../../shared/source.ts';
import { cleanCode, cleanLine, withoutStress } from './cleanLine.ts';
import { HEADING_CHARS } from './documentTypes.ts';
import { cut, listBlocks, paragraphBlocks, split, splitLead, tableBlock } from './textBlocks.ts';

export type HtmlSink = {
  readonly block: (block: PassageBlock) => void;
  readonly heading: (level: number, text: string) => void;
  /** An element with this id begins. */
  readonly anchor: (id: string) => void;
};

const SKIPPED: ReadonlySet<string> = new Set([
  'script',
  'style',
  'head',
  'svg',
  'math',
  'template',
  'rt',
  'rp',
  'audio',
  'video',
  'iframe',
  'object',
  'nav',
]);
const BLOCKS: ReadonlySet<string> = new Set(
  'p div section article aside header footer main figure figcaption body address details summary center hr'.split(
    ' ',
  ),
);
const STRESS: ReadonlySet<string> = new Set(['b', 'strong', 'mark']);
const MAX_DEPTH = 2000;

type List = {
  readonly ordered: boolean;
  readonly items: string[];
  readonly lead: string | null;
  readonly after: PassageBlock[];
};
type Table = { header: string[]; readonly rows: string[][]; row: string[]; isHeader: boolean };

export function readHtml(html: string, sink: HtmlSink): void {
  let text = '';
  let skipped = 0;
  let depth = 0;
  let stress = 0;
  let quote = 0;
  let pre = 0;
  let raised = 0;
  let isJump = false;
  let heading: number | null = null;
  let term: string | null = null;
  const lists: List[] = [];
  let table: Table | null = null;
  /** A paragraph that may lead to a list. */
  let waiting: string | null = null;

  const out = (block: PassageBlock): void => {
    const list = lists.at(-1);
    // What stands inside an item comes after its list, in order.
    if (list) list.after.push(block);
    else sink.block(block);
  };
  const flushWaiting = (): void => {
    if (waiting !== null) for (const block of paragraphBlocks(waiting.split('\n'))) out(block);
    waiting = null;
  };
  const taken = (): string => {
    const clean = cleanLine(text.replaceAll('****', ''), true);
    text = '';
    return clean;
  };
  const flush = (): void => {
    const own = pre > 0 ? '' : taken();
    if (own === '') return;
    if (heading !== null || table !== null) {
      text = own;
      return;
    }
    flushWaiting();
    if (quote > 0) for (const piece of split(own.replaceAll('\n', ' '))) out({ kind: 'quote', text: piece });
    else waiting = own;
  };
  const beginList = (ordered: boolean): void => {
    const list = lists.at(-1);
    if (list) {
      // The item so far leads to the list inside it.
      const own = taken();
      if (own !== '') list.items.push(own);
      lists.push({ ordered, items: [], lead: own || list.items.at(-1) || null, after: [] });
      return;
    }
    flush();
    const found = waiting === null ? null : splitLead(waiting.replaceAll('\n', ' '), false);
    if (found !== null) waiting = found.rest === '' ? null : found.rest;
    flushWaiting();
    lists.push({ ordered, items: [], lead: found?.lead ?? null, after: [] });
  };
  const endList = (): void => {
    const own = taken();
    const list = lists.pop();
    if (!list) return;
    if (own !== '') list.items.push(own);
    const blocks = [...listBlocks(list.ordered, list.lead, list.items), ...list.after];
    const outer = lists.at(-1);
    if (outer) outer.after.push(...blocks);
    else blocks.forEach((block) => sink.block(block));
  };
  const item = (): void => {
    const own = taken();
    const list = lists.at(-1);
    if (list && own !== '') list.items.push(own.replaceAll('\n', ' '));
  };

  const parser = new Parser(
    {
      onopentag(tag, attributes) {
        depth += 1;
        const leadsInside = tag === 'a' && attributes.href?.includes('#') === true;
        // The raised number of a note is no part of the sentence that it stands at.
        const isNote =
          isNoteReference(attributes) || (leadsInside && raised > 0) || (tag === 'sup' && isJump);
        if (skipped > 0 || SKIPPED.has(tag) || isNote || depth > MAX_DEPTH) {
          skipped += 1;
          return;
        }
        if (tag === 'sup') raised += 1;
        if (leadsInside) isJump = true;
        if (attributes.id !== undefined && lists.length === 0 && table === null) {
          if (text.trim() === '' && tag !== 'ul' && tag !== 'ol') flushWaiting();
          sink.anchor(attributes.id);
        }
        if (/^h[1-6]$/.test(tag)) {
          flush();
          flushWaiting();
          heading = Number(tag[1]);
        } else if (tag === 'ul' || tag === 'ol') beginList(tag === 'ol');
        else if (tag === 'li') item();
        else if (tag === 'table' && table === null) {
          flush();
          flushWaiting();
          table = { header: [], rows: [], row: [], isHeader: true };
        } else if (tag === 'tr' && table !== null) Object.assign(table, { row: [], isHeader: true });
        else if (tag === 'td' || tag === 'th') {
          text = '';
          if (tag === 'td' && table !== null) table.isHeader = false;
        } else if (tag === 'dt' || tag === 'dd') {
          flush();
          flushWaiting();
        } else if (tag === 'blockquote') {
          flush();
          flushWaiting();
          quote += 1;
        } else if (tag === 'pre') {
          flush();
          flushWaiting();
          pre += 1;
        } else if (tag === 'br') text += '\n';
        else if (STRESS.has(tag)) {
          if (stress++ === 0 && heading === null) text += '**';
        } else if (BLOCKS.has(tag) && lists.length === 0) flush();
        else if (BLOCKS.has(tag)) text += ' ';
      },
      ontext(data) {
        if (skipped > 0) return;
        text += pre > 0 ? data : data.replace(/\s+/g, ' ');
      },
      onclosetag(tag) {
        depth -= 1;
        if (skipped > 0) {
          skipped -= 1;
          return;
        }
        if (tag === 'sup') raised = Math.max(0, raised - 1);
        if (tag === 'a') isJump = false;
        if (heading !== null && /^h[1-6]$/.test(tag)) {
          const name = withoutStress(taken()).replaceAll('\n', ' ');
          if (name !== '') sink.heading(heading, cut(name, HEADING_CHARS));
          heading = null;
        } else if (tag === 'ul' || tag === 'ol') endList();
        else if (tag === 'li') item();
        else if ((tag === 'td' || tag === 'th') && table !== null)
          table.row.push(taken().replaceAll('\n', ' '));
        else if (tag === 'tr' && table !== null) {
          if (table.isHeader && table.header.length === 0 && table.rows.length === 0)
            table.header = table.row.map(withoutStress);
          else table.rows.push(table.row);
        } else if (tag === 'table' && table !== null) {
          const block = tableBlock(table.header, table.rows);
          table = null;
          text = '';
          if (block !== null) out(block);
        } else if (tag === 'dt') term = withoutStress(taken()) || null;
        else if (tag === 'dd') {
          const meaning = taken();
          if (term !== null && meaning !== '') out({ kind: 'definition', term, meaning });
          else if (meaning !== '') paragraphBlocks([meaning]).forEach(out);
        } else if (tag === 'blockquote') {
          flush();
          quote -= 1;
        } else if (tag === 'pre') {
          pre -= 1;
          for (const code of split(cleanCode(text))) out({ kind: 'code', text: code });
          text = '';
        } else if (STRESS.has(tag)) {
          if (--stress === 0 && heading === null)
            text = /\*\*\s*$/.test(text) ? text.replace(/\*\*\s*$/, '') : trimmedStress(text);
        } else if (BLOCKS.has(tag) && lists.length === 0 && table === null) flush();
      },
    },
    { decodeEntities: true, lowerCaseTags: true, recognizeSelfClosing: true, recognizeCDATA: true },
  );
  parser.end(html);
  while (lists.length > 0) endList();
  flush();
  flushWaiting();
}

function isNoteReference(attributes: Readonly<Record<string, string>>): boolean {
  return /\bnoteref\b/.test(attributes['epub:type'] ?? '') || attributes.role === 'doc-noteref';
}

/** Closes the stress before a space, so that it is read as such. */
function trimmedStress(text: string): string {
  const end = /\s*$/.exec(text)?.[0] ?? '';
  return `${text.slice(0, text.length - end.length)}**${end}`;
}
