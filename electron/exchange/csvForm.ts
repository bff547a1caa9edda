/**
 * Cards as a table: RFC 4180, with another delimiter where wanted. Cells are never altered, formulas included. Plain,
 * one card a row under our own headers, for scripts; or one note a row under the header lines that Anki reads.
 */
import type { Card } from '../../shared/card.ts';
import type { AnkiRow } from './ankiRows.ts';
import type { CardForm } from './cardForms.ts';
import { textToHtml } from './cardText.ts';
import { writeNoteLine } from './noteLines.ts';
import type { NoteLine } from './noteLines.ts';

const COLUMNS: readonly (readonly [header: string, value: (card: Card) => string])[] = [
  ['noteId', (card) => card.noteId],
  ['deck', (card) => card.deck],
  ['term', (card) => card.term],
  ['type', (card) => card.type],
  ['front', (card) => card.front],
  ['back', (card) => card.back],
  ['tags', (card) => tagsToText(card.tags)],
  // Empty for a card that no run made.
  ['generator', (card) => card.provenance?.generator ?? ''],
  ['model', (card) => card.provenance?.model ?? ''],
  ['row', (card) => (card.provenance === null ? '' : String(card.provenance.row))],
  ['source', (card) => card.provenance?.sourceName ?? ''],
];

export function table(delimiter: string, lineEnd: string): CardForm {
  const line = lineWriter(delimiter, lineEnd);
  return {
    start: line(COLUMNS.map(([header]) => header)),
    between: '',
    end: '',
    card: (card) => line(COLUMNS.map(([, value]) => value(card))),
  };
}

/** Columns of Anki's own that stand before the fields. */
const ANKI_COLUMNS = ['guid', 'notetype', 'deck', 'tags'] as const;

/** The whole file, header lines first, in pieces of one row. @param noteLines which rows are one note here */
export function* ankiTable(
  rows: readonly AnkiRow[],
  separator: 'Comma' | 'Tab',
  noteLines: readonly NoteLine[],
): Generator<string> {
  const line = lineWriter(separator === 'Comma' ? ',' : '\t', '\n');
  const isHtml = rows.some(({ format }) => format === 'html');
  const columns = fieldColumns(rows);
  yield `#separator:${separator}\n#html:${isHtml}\n`;
  yield `#columns:${line([...ANKI_COLUMNS, ...columns])}`;
  for (const [index, name] of ANKI_COLUMNS.entries()) yield `#${name} column:${index + 1}\n`;
  for (const { guid, notetype, deck, tags, format, fields } of rows) {
    const cells = fields.map(({ value }) => (isHtml && format === 'text' ? textToHtml(value) : value));
    while (cells.length < columns.length) cells.push('');
    yield line([guid, notetype, deck, tagsToText(tags), ...cells]);
  }
  for (const one of noteLines) yield `${writeNoteLine(one)}\n`;
}

/** A column is called what its field is called in all notetypes together: `Front / Text`. */
function fieldColumns(rows: readonly AnkiRow[]): readonly string[] {
  const names: Set<string>[] = [];
  for (const { fields } of rows) {
    for (const [index, { name }] of fields.entries()) (names[index] ??= new Set()).add(name);
  }
  return names.map((one) =>
    one.size > 4 ? `${[...one].slice(0, 4).join(' / ')} / …` : [...one].join(' / '),
  );
}

/** Separated by spaces, as Anki reads them; white space inside a tag becomes `_`. */
function tagsToText(tags: readonly string[]): string {
  return tags.map((tag) => tag.trim().replace(/\s+/gu, '_')).join(' ');
}

function lineWriter(delimiter: string, lineEnd: string): (cells: readonly string[]) => string {
  // Anki takes a line that begins with an unquoted # for a comment.
  const quotable = new RegExp(`["\\r\\n${delimiter}]|^[\\s#]|\\s$`, 'u');
  const cell = (text: string): string => (quotable.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
  return (cells) => cells.map(cell).join(delimiter) + lineEnd;
}
