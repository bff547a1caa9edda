/** Turns text, whatever format it comes from, into blocks within the contract's limits. */
import type { PassageBlock } from '../../shared/source.ts';
import { joinWrapped } from './cleanLine.ts';
import { definitionOf, questionsOf, stackedDefinition } from './definitionLines.ts';
import { BLOCK_CHARS, CELL_CHARS, TABLE_COLUMNS } from './documentTypes.ts';

export type ListBlock = Extract<PassageBlock, { readonly kind: 'list' }>;
export type TableBlock = Extract<PassageBlock, { readonly kind: 'table' }>;

/** A longer line is prose, whatever marks it has. */
const DEFINITION_CHARS = 600;

/** A paragraph, given line by line: the definitions that it is, or its text. */
export function paragraphBlocks(lines: readonly string[]): readonly PassageBlock[] {
  const texts = lines.map((line) => line.trim()).filter((line) => line !== '');
  if (texts.length === 0) return [];
  const stacked = stackedDefinition(texts);
  const asked = questionsOf(texts) ?? (stacked === null ? null : [stacked]);
  if (asked !== null) return asked.map((definition) => ({ kind: 'definition', ...definition }));
  const whole = joinWrapped(texts);
  const each = texts.map((line) => (line.length > DEFINITION_CHARS ? null : definitionOf(line)));
  if (each.every((definition) => definition !== null)) {
    return each.map((definition) => ({ kind: 'definition', ...definition }));
  }
  const one = texts.length > 1 && whole.length <= DEFINITION_CHARS ? definitionOf(whole, true) : null;
  if (one !== null) return [{ kind: 'definition', ...one }];
  return split(whole).map((text) => ({ kind: 'paragraph', text }));
}

/** A list, or its items one by one where each of them defines something. */
export function listBlocks(
  ordered: boolean,
  lead: string | null,
  items: readonly string[],
): readonly PassageBlock[] {
  const texts = items.filter((item) => item !== '');
  if (texts.length === 0) return lead === null ? [] : paragraphBlocks([lead]);
  const defined = texts.map((item) => (item.length > DEFINITION_CHARS ? null : definitionOf(item, ordered)));
  if (defined.every((definition) => definition !== null)) {
    return defined.map((definition) => ({ kind: 'definition', ...definition }));
  }
  const blocks: PassageBlock[] = [];
  for (let at = 0; at < texts.length; at += 500) {
    blocks.push({
      kind: 'list',
      ordered,
      lead,
      items: texts.slice(at, at + 500).flatMap((item) => split(item)),
    });
  }
  return blocks;
}

/** `null` for a table without a filled cell. */
export function tableBlock(
  header: readonly string[],
  rows: readonly (readonly string[])[],
): TableBlock | null {
  const filled = rows.filter((row) => row.some((cell) => cell !== ''));
  const width = Math.min(TABLE_COLUMNS, Math.max(header.length, ...filled.map((row) => row.length)));
  const cells = (row: readonly string[]) =>
    Array.from({ length: width }, (_, at) => cut(row[at] ?? '', CELL_CHARS));
  return filled.length === 0 ? null : { kind: 'table', header: cells(header), rows: filled.map(cells) };
}

/** Text in pieces that a block can hold; nearly always one. */
export function split(text: string): readonly string[] {
  if (text.length <= BLOCK_CHARS) return text === '' ? [] : [text];
  const pieces: string[] = [];
  for (let rest = text; rest !== '';) {
    const piece = cut(rest, BLOCK_CHARS);
    const space = rest.length > piece.length ? piece.lastIndexOf(' ') : -1;
    const end = space > BLOCK_CHARS / 2 ? space : piece.length;
    pieces.push(rest.slice(0, end));
    rest = rest.slice(end).trimStart();
  }
  return pieces;
}

/** At most `chars`, never half a character. */
export function cut(text: string, chars: number): string {
  return text.length <= chars ? text : text.slice(0, chars).replace(/[\ud800-\udbff]$/, '');
}

const LEAD_CHARS = 300;

/**
 * The sentence before a list that leads to it, and what its paragraph says before; `null` where none does.
 * @param needsColon only a colon leads; else one short sentence right above a list does as well
 */
export function splitLead(
  text: string,
  needsColon: boolean,
): { readonly lead: string; readonly rest: string } | null {
  const sentence =
    /(?:^|[.!?]["'”’)\]]*\s+|[。！？])([^.!?。！？]+[.:：]?\**)$/u.exec(text.slice(-2 * LEAD_CHARS))?.[1] ??
    '';
  if (sentence === '' || sentence.length > LEAD_CHARS) return null;
  if (/[:：]\**$/u.test(text)) {
    return { lead: sentence.trim(), rest: text.slice(0, text.length - sentence.length).trim() };
  }
  return !needsColon && sentence === text && text.length <= LEAD_CHARS / 2 ? { lead: text, rest: '' } : null;
}
