import { INVISIBLE } from '../../shared/invisible.ts';

/** A half of a pair has no place in UTF-8, and so in no store. */
const LONE = /[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g;
const PLAIN = /^[\x20-\x7e]*$/;

/** NFC, no invisible dirt, runs of white space as one space, trimmed. `keepBreaks` keeps line breaks. */
export function cleanLine(text: string, keepBreaks = false): string {
  if (PLAIN.test(text)) return text.includes('  ') ? text.replace(/ +/g, ' ').trim() : text.trim();
  const clean = text.replace(INVISIBLE, '').replace(LONE, '\ufffd').normalize('NFC');
  if (!keepBreaks) return clean.replace(/[\s\u3000]+/g, ' ').trim();
  return clean
    .split('\n')
    .map((line) => line.replace(/[^\S\n]+/g, ' ').trim())
    .filter((line, at, lines) => line !== '' || (lines[at - 1] ?? '') !== '')
    .join('\n')
    .trim();
}

/** Code keeps its spaces. */
export function cleanCode(text: string): string {
  return text
    .replace(/\r\n?/g, '\n')
    .replace(INVISIBLE, '')
    .replace(LONE, '\ufffd')
    .normalize('NFC')
    .replace(/^\n+|\s+$/g, '');
}

const UNSPACED =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}\u3000-\u303f\uff00-\uff60]/u;

/** What stands between two lines that are one text: nothing in scripts that are written without spaces. */
export function joint(before: string, after: string): string {
  const left = lastCharacter(before);
  const right = String.fromCodePoint(after.codePointAt(0) ?? 32);
  return UNSPACED.test(left) && UNSPACED.test(right) ? '' : ' ';
}

/** Lines of one text that were wrapped, as one. */
export function joinWrapped(lines: readonly string[]): string {
  // Only neighbours are looked at: looking at the whole so far would copy it for every line.
  return lines.map((line, at) => (at === 0 ? line : joint(lines[at - 1] ?? '', line) + line)).join('');
}

function lastCharacter(text: string): string {
  const unit = text.charCodeAt(text.length - 1);
  return unit >= 0xdc00 && unit <= 0xdfff ? text.slice(-2) : text.slice(-1);
}

/** Text without the author's stress. */
export function withoutStress(text: string): string {
  return text.includes('**') ? text.replace(/\*\*(?=\S)([^*\n]+?)(?<=\S)\*\*/g, '$1') : text;
}
