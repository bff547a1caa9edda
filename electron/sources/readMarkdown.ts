/**
 * Notes in Markdown or plain text → blocks under their headings. HTML is text here and never markup. The text is
 * parsed as a whole; the tokens are read once, in order.
 */
import MarkdownIt, { type Env, type Token } from 'markdown-it';
import type { PassageBlock, SourcePlace } from '../../shared/source.ts';
import { cleanCode, cleanLine, joinWrapped, withoutStress } from './cleanLine.ts';
import { HEADING_CHARS, HEADING_LEVELS } from './documentTypes.ts';
import type { PlacedBlock, ReadContext, ReadDocument } from './documentTypes.ts';
import { readFrontMatter } from './frontMatter.ts';
import { inlineLines } from './inlineText.ts';
import { cut, listBlocks, paragraphBlocks, split, splitLead, tableBlock } from './textBlocks.ts';

/** A paragraph of nothing but bold text is how many write a heading; deeper than any real one. */
const BOLD_HEADING_LEVEL = 7;
const BOLD_HEADING = /^\*\*([^*]{1,80}[^*.!?。:：])[:：]?\*\*[:：]?$/u;
/** Parsed at once; between two parts the reader may be stopped. */
const PART_CHARS = 200_000;

/** Reads a whole text. Never throws for what is in it. */
export function readMarkdown(text: string, context: ReadContext): ReadDocument {
  const lines = text.replace(/\r\n?/g, '\n').split('\n');
  const front = readFrontMatter(lines);
  const blocks: PlacedBlock[] = [];
  const headings: { level: number; text: string }[] = [];
  const parser = new MarkdownIt('default', { html: false, linkify: false, typographer: false });
  // Inline text is parsed by itself: one paragraph must not cost the rest.
  parser.core.ruler.disable('inline');
  let title = front.title;

  for (const part of parts(lines, front.lines)) {
    context.throwIfStopped();
    const env: Env = {};
    const walk = createWalk(parser.parse(part.text, env), env, {
      add(block, line) {
        const place: SourcePlace = {
          headings: headings.map((heading) => heading.text),
          line: part.line + line + 1,
        };
        blocks.push({ place, block });
      },
      heading(level, name) {
        while ((headings.at(-1)?.level ?? 0) >= level) headings.pop();
        if (headings.length < HEADING_LEVELS) headings.push({ level, text: name });
        if (level === 1) title ??= name;
      },
    });
    walk();
    context.progress(part.line, lines.length);
  }
  return {
    title,
    tags: front.tags,
    pages: null,
    scannedPages: [],
    language: null,
    encoding: 'utf-8',
    blocks,
    problems: [],
    warnings: [],
  };
}

/** The text in parts that begin at a heading, so that no block is torn. */
function* parts(lines: readonly string[], from: number): Generator<{ text: string; line: number }> {
  let start = from;
  let chars = 0;
  let fence: string | null = null;
  for (let at = from; at < lines.length; at += 1) {
    const line = lines[at] ?? '';
    const mark = /^ {0,3}(`{3,}|~{3,})/.exec(line)?.[1];
    if (mark !== undefined) {
      if (fence === null) fence = mark;
      else if (mark.startsWith(fence)) fence = null;
    }
    if (chars > PART_CHARS && fence === null && /^#{1,6}\s/.test(line)) {
      yield { text: lines.slice(start, at).join('\n'), line: start };
      [start, chars] = [at, 0];
    }
    chars += line.length + 1;
  }
  yield { text: lines.slice(start).join('\n'), line: start };
}

type Sink = {
  readonly add: (block: PassageBlock, line: number) => void;
  readonly heading: (level: number, name: string) => void;
};

function createWalk(tokens: readonly Token[], env: Env, sink: Sink): () => void {
  let at = 0;
  let out = sink;

  /** Everything up to the token that closes `type`, which is passed. */
  function blocksUntil(close: string | null, inQuote: boolean): void {
    let waiting: { lines: readonly string[]; line: number } | null = null;
    const flush = (): void => {
      if (waiting !== null) addParagraph(waiting.lines, waiting.line, inQuote);
      waiting = null;
    };
    for (let token = tokens[at]; token !== undefined && token.type !== close; token = tokens[at]) {
      const line = token.map?.[0] ?? 0;
      at += 1;
      switch (token.type) {
        case 'heading_open': {
          flush();
          const name = inlineLines(tokens[at]?.content ?? '', env).join(' ');
          at += 2;
          if (name !== '' && !inQuote) {
            out.heading(Number(token.tag.slice(1)) || 1, cut(withoutStress(name), HEADING_CHARS));
          } else if (name !== '') addParagraph([name], line, true);
          break;
        }
        case 'paragraph_open': {
          flush();
          waiting = { lines: inlineLines(tokens[at]?.content ?? '', env), line };
          at += 2;
          break;
        }
        case 'bullet_list_open':
        case 'ordered_list_open': {
          const whole = joinWrapped(waiting?.lines ?? []);
          const found = splitLead(whole.trim(), false);
          if (found !== null && waiting !== null) {
            waiting = found.rest === '' ? null : { lines: [found.rest], line: waiting.line };
          }
          flush();
          list(token.type === 'ordered_list_open', found?.lead ?? null, line);
          break;
        }
        case 'table_open':
          flush();
          table(line);
          break;
        case 'blockquote_open':
          flush();
          blocksUntil('blockquote_close', true);
          at += 1;
          break;
        case 'fence':
        case 'code_block': {
          flush();
          for (const text of split(cleanCode(token.content))) out.add({ kind: 'code', text }, line);
          break;
        }
        default:
      }
    }
    flush();
  }

  function addParagraph(lines: readonly string[], line: number, inQuote: boolean): void {
    if (inQuote) {
      const kept = lines
        .map((each) => cleanLine(each.replace(/^\[!\w+\][+-]?\s*/, '')))
        .filter((each) => each !== '');
      const text = joinWrapped(kept);
      for (const piece of split(text)) out.add({ kind: 'quote', text: piece }, line);
      return;
    }
    const bold = lines.length === 1 ? BOLD_HEADING.exec(lines[0] ?? '') : null;
    if (bold) return out.heading(BOLD_HEADING_LEVEL, bold[1] ?? '');
    for (const block of paragraphBlocks(lines)) out.add(block, line);
  }

  /** Lists inside an item become lists of their own, led by the item. */
  function list(ordered: boolean, lead: string | null, line: number): void {
    const items: string[] = [];
    const later: (() => void)[] = [];
    const close = ordered ? 'ordered_list_close' : 'bullet_list_close';
    while (tokens[at] !== undefined && tokens[at]?.type !== close) {
      at += 1;
      let text = '';
      while (tokens[at] !== undefined && tokens[at]?.type !== 'list_item_close') {
        const token = tokens[at] as Token;
        const where = token.map?.[0] ?? line;
        if (token.type === 'paragraph_open') {
          const own = inlineLines(tokens[at + 1]?.content ?? '', env).join('\n');
          text += (text === '' || own === '' ? '' : '\n') + own;
          at += 3;
        } else if (token.type === 'bullet_list_open' || token.type === 'ordered_list_open') {
          at += 1;
          const collected = collect(token.type === 'ordered_list_open', itemText(text) || null, where);
          later.push(...collected);
        } else {
          at += 1;
          if (token.nesting === 1) later.push(...inner(token, where));
          else if (token.content !== '' && token.block) {
            const code = cleanCode(token.content);
            later.push(() => split(code).forEach((piece) => out.add({ kind: 'code', text: piece }, where)));
          }
        }
      }
      at += 1;
      const own = itemText(text);
      if (own !== '') items.push(own);
    }
    at += 1;
    for (const block of listBlocks(ordered, lead, items)) out.add(block, line);
    for (const add of later) add();
  }

  /** What `read` would add, to be added later. */
  function deferred(read: () => void): (() => void)[] {
    const kept: (() => void)[] = [];
    const before = out;
    out = {
      add: (block, line) => kept.push(() => before.add(block, line)),
      // A heading inside an item opens no section.
      heading: (_level, text) => kept.push(() => before.add({ kind: 'paragraph', text }, 0)),
    };
    try {
      read();
    } finally {
      out = before;
    }
    return kept;
  }

  function collect(ordered: boolean, lead: string | null, line: number): (() => void)[] {
    return deferred(() => list(ordered, lead, line));
  }

  function inner(open: Token, line: number): (() => void)[] {
    return deferred(() => {
      if (open.type === 'table_open') return table(line);
      blocksUntil(open.type.replace(/_open$/, '_close'), open.type === 'blockquote_open');
      at += 1;
    });
  }

  function table(line: number): void {
    let header: string[] = [];
    const rows: string[][] = [];
    let row: string[] = [];
    let inHead = false;
    for (let token = tokens[at]; token !== undefined && token.type !== 'table_close'; token = tokens[at]) {
      at += 1;
      if (token.type === 'thead_open') inHead = true;
      else if (token.type === 'thead_close') inHead = false;
      else if (token.type === 'tr_open') row = [];
      else if (token.type === 'inline') row.push(inlineLines(token.content, env).join(' '));
      else if (token.type === 'tr_close') {
        if (inHead) header = row.map(withoutStress);
        else rows.push(row);
      }
    }
    at += 1;
    const block = tableBlock(header, rows);
    if (block !== null) out.add(block, line);
  }

  return () => blocksUntil(null, false);
}

/** A list item without its check box. */
function itemText(text: string): string {
  return cleanLine(text.replace(/^\[[ xX]\]\s+/, ''), true);
}
