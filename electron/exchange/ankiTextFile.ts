/** Anki's text files: header lines that begin with #, then one note a row. */
import { TracedeckError } from '../errors/tracedeckError.ts';
import { createCsvParser } from './csvRecords.ts';
import { readNoteLine } from './noteLines.ts';
import type { NoteLine } from './noteLines.ts';

export type TextNote = {
  /** Record of the file, header lines not counted. */
  readonly row: number;
  readonly guid: string | null;
  readonly notetype: string | null;
  readonly deck: string | null;
  readonly tags: readonly string[];
  readonly fields: readonly string[];
};
export type AnkiTextFile = {
  readonly isHtml: boolean;
  /** Names of the fields' columns, where the file says them. */
  readonly fieldNames: readonly string[];
  /** What the file wants done with notes that are there already. */
  readonly ifMatches: 'update current' | 'keep current' | 'keep both';
  readonly notes: readonly TextNote[];
  /** Which of them are one note of ours. */
  readonly noteLines: readonly NoteLine[];
};

const SEPARATORS: Readonly<Record<string, string>> = {
  comma: ',',
  semicolon: ';',
  tab: '\t',
  space: ' ',
  pipe: '|',
  colon: ':',
};
const LIMITS = { maxRecordChars: 4_000_000, maxColumns: 500 };

/** @throws TracedeckError `unbalanced_quotes`, `line_too_long`, `too_many_columns`, `bad_anki_header` */
export function parseAnkiText(text: string): AnkiTextFile {
  const headers = new Map<string, string>();
  const noteLines: NoteLine[] = [];
  let at = text.startsWith('\ufeff') ? 1 : 0;
  while (text[at] === '#') {
    const end = text.indexOf('\n', at);
    const line = text.slice(at + 1, end < 0 ? undefined : end).replace(/\r$/u, '');
    const colon = line.indexOf(':');
    const noteLine = readNoteLine(`#${line}`);
    if (noteLine !== null) noteLines.push(noteLine);
    // Other lines with a # are comments.
    else if (colon > 0) headers.set(line.slice(0, colon).trim().toLowerCase(), line.slice(colon + 1));
    at = end < 0 ? text.length : end + 1;
  }
  const body = text.slice(at);
  const delimiter = separatorOf(headers.get('separator'), body);
  const columnOf = (name: string): number => {
    const value = headers.get(`${name} column`);
    if (value === undefined) return -1;
    const column = Number(value.trim());
    if (Number.isSafeInteger(column) && column >= 1) return column - 1;
    throw new TracedeckError('user', 'bad_anki_header', `"#${name} column:" does not name a column.`, {
      hint: 'It is followed by the number of the column, the first being 1.',
    });
  };
  const [guidAt, notetypeAt, deckAt, tagsAt] = [
    columnOf('guid'),
    columnOf('notetype'),
    columnOf('deck'),
    columnOf('tags'),
  ];
  const special = new Set([guidAt, notetypeAt, deckAt, tagsAt]);
  const commonTags = tagsOf(headers.get('tags') ?? '');
  const wholeFile = { notetype: trimmed(headers.get('notetype')), deck: trimmed(headers.get('deck')) };
  const notes: TextNote[] = [];

  const parser = createCsvParser(delimiter, LIMITS, (comment) => {
    const noteLine = readNoteLine(comment);
    if (noteLine !== null) noteLines.push(noteLine);
  });
  const onRecord = (cells: string[], row: number): void => {
    if (cells.length === 1 && cells[0]!.trim() === '') return;
    const cell = (column: number): string | null => (column < 0 ? null : trimmed(cells[column]));
    notes.push({
      row,
      guid: cell(guidAt),
      notetype: cell(notetypeAt) ?? wholeFile.notetype,
      deck: cell(deckAt) ?? wholeFile.deck,
      tags: [...new Set([...commonTags, ...tagsOf(cells[tagsAt] ?? '')])],
      fields: cells.filter((_, column) => !special.has(column)).map((value) => value.normalize('NFC')),
    });
  };
  parser.push(body, onRecord);
  parser.end(onRecord);

  let fieldNames: readonly string[] = [];
  const columns = headers.get('columns');
  if (columns !== undefined) {
    const names = createCsvParser(delimiter, LIMITS);
    names.push(columns, () => {});
    names.end((cells) => (fieldNames = cells.filter((_, column) => !special.has(column))));
  }
  const wanted = headers.get('if matches')?.trim().toLowerCase();
  return {
    isHtml: headers.get('html')?.trim().toLowerCase() === 'true',
    fieldNames,
    ifMatches: wanted === 'keep current' || wanted === 'keep both' ? wanted : 'update current',
    notes,
    noteLines,
  };
}

function separatorOf(value: string | undefined, body: string): string {
  if (value !== undefined) {
    const named = SEPARATORS[value.trim().toLowerCase()];
    if (named !== undefined) return named;
    if (/^[^"\r\n]$/u.test(value)) return value;
    throw new TracedeckError('user', 'bad_anki_header', '"#separator:" names none that Anki knows.', {
      hint: `Comma, Semicolon, Tab, Space, Pipe or Colon.`,
    });
  }
  const line = body.slice(0, 10_000).split(/\r?\n/u, 1)[0] ?? '';
  return ['\t', '|', ';', ','].find((one) => line.includes(one)) ?? '\t';
}

function tagsOf(text: string): string[] {
  return text
    .normalize('NFC')
    .split(/[\s\u3000]+/u)
    .filter((tag) => tag !== '');
}

function trimmed(value: string | undefined): string | null {
  const text = (value ?? '').trim().normalize('NFC');
  return text === '' ? null : text;
}
