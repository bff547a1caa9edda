/** Inline Markdown as plain text; only the author's stress is kept, as `**bold**`. */
import MarkdownIt, { type Env, type Token } from 'markdown-it';
import { cleanLine } from './cleanLine.ts';

const HIGHLIGHT = /==(?=\S)([^=\n]{1,400}?)(?<=\S)==/gu;
/** An embedded note or picture has no text here; a link to another note is its label. */
const EMBED = /!\[\[[^[\]\n]{0,500}\]\]/g;
const WIKI_LINK = /\[\[(?:[^[\]|\n]{0,500}\|)?([^[\]|\n]{1,500})\]\]/g;
const COMMENT = /<!--[^<]{0,2000}?-->|%%[^%]{1,2000}%%/g;
const BLOCK_ID = /\s\^[\w-]{1,64}$/;
const FOOTNOTE = /\[\^[^[\]\s]{1,100}\]/g;

/** A longer paragraph is no prose; its marks, nested by the thousand, would take the parser minutes. */
const MAX_CHARS = 20_000;

const parser = new MarkdownIt('default', { html: false, linkify: false, typographer: false });

/**
 * The lines of inline Markdown as they stand in the source, cleaned.
 * @param env of the parse of the text around it: link references stand there
 */
export function inlineLines(content: string, env: Env): readonly string[] {
  if (content.length > MAX_CHARS) return lines(content);
  let tokens: readonly Token[] = [];
  try {
    tokens = parser.parseInline(content, env)[0]?.children ?? [];
  } catch {
    // A text that the parser cannot take is text all the same.
    return lines(content);
  }
  let text = '';
  let depth = 0;
  for (const child of tokens) {
    switch (child.type) {
      case 'text':
      case 'text_special':
      case 'html_inline':
      case 'code_inline':
      case 'image':
        text += child.content;
        break;
      case 'strong_open':
        if (depth++ === 0) text += '**';
        break;
      case 'strong_close':
        if (--depth === 0) text += '**';
        break;
      case 'softbreak':
      case 'hardbreak':
        text += '\n';
        break;
      default:
    }
  }
  const plain = text
    .replace(COMMENT, '')
    .replace(EMBED, '')
    .replace(WIKI_LINK, (_, label: string) => label.split('#').at(-1) ?? label)
    .replace(FOOTNOTE, '')
    .replace(HIGHLIGHT, '**$1**')
    .replaceAll('****', '');
  return lines(plain);
}

function lines(text: string): readonly string[] {
  return text
    .split('\n')
    .map((line) => cleanLine(line.replace(BLOCK_ID, '')))
    .filter((line) => line !== '');
}
