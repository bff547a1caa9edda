/**
 * What kind of list a text is, from its first records: delimited or one entry a line, with which delimiter,
 * with or without a header, and which column holds what.
 */
import { TracedeckError } from '../errors/tracedeckError.ts';
import { cleanText } from './cleanText.ts';
import type { ColumnField } from './columnNames.ts';
import { createCsvParser } from './csvRecords.ts';
import { createLineParser, findSeparator, lineContent, splitLine } from './lineRecords.ts';
import { looksLikeSentence } from './looksLikeSentence.ts';
import { knownName, mapColumns, uniqueHeaders } from './mapColumns.ts';
import type { RecordLimits } from './recordParser.ts';

export type ListShape = {
  readonly format: 'csv' | 'tsv' | 'lines';
  /** `null` for lines. */
  readonly delimiter: string | null;
  /** What splits a line into term and meaning; `null` where nothing does. */
  readonly separator: RegExp | null;
  readonly hasHeader: boolean;
  /** Unique and never empty; one a column, made up where there is no header. */
  readonly headers: readonly string[];
  readonly fields: readonly (ColumnField | null)[];
  /** Records before this one are header, preamble or blank. */
  readonly firstDataRow: number;
};

type HeadRecord = { readonly row: number; readonly cells: readonly string[] };
type Candidate = {
  readonly delimiter: string;
  readonly records: readonly HeadRecord[];
  /** Cells that most records have, and how many of them do (0..1). */
  readonly width: number;
  readonly share: number;
  readonly hasHeader: boolean;
  /** A quote is out of place, or the text ends inside one. */
  readonly broken: boolean;
};

const HEAD_RECORDS = 200;
const CONSISTENT = 0.8;
/** Lines by which Anki and Excel describe an export; they are no entries. */
const PREAMBLE =
  /^(?:#(?:separator|html|columns|notetype|deck|guid|tags|if matches)(?: column)?:.*|sep=.?)\s*$/i;
const NUMBER = /^[#№]?\p{Nd}+(?:[.,]\p{Nd}+)*[.)]?$/u;

/**
 * @param head the text's beginning; its last record counts only where `isWhole` says that nothing follows
 * @throws TracedeckError `no_term_column`
 */
export function detectShape(head: string, isWhole: boolean, name: string, limits: RecordLimits): ListShape {
  const extension = /\.([a-z0-9]+)$/i.exec(name)?.[1]?.toLowerCase() ?? '';
  const candidates = ['\t', ',', ';', '|'].map((delimiter) => tryDelimiter(head, isWhole, delimiter, limits));
  const lines = headLines(head, isWhole, limits);
  const chosen =
    extension === 'csv' || extension === 'tsv' || extension === 'tab'
      ? declared(candidates, extension === 'csv' ? ',' : '\t')
      : delimited(candidates, lines);
  return chosen ? tableShape(chosen) : linesShape(lines);
}

function tryDelimiter(head: string, isWhole: boolean, delimiter: string, limits: RecordLimits): Candidate {
  const records: HeadRecord[] = [];
  const keep = (cells: string[], row: number): void => {
    if (records.length < HEAD_RECORDS && cells.some((cell) => cell.trim() !== '')) {
      records.push({ row, cells: cells.map(cleanText) });
    }
  };
  const parser = createCsvParser(delimiter, limits);
  let broken = false;
  try {
    parser.push(head, keep);
    if (isWhole) parser.end(keep);
  } catch {
    broken = true;
  }
  while (records[0] && PREAMBLE.test(records[0].cells.join(delimiter))) records.shift();
  const counts = new Map<number, number>();
  for (const { cells } of records) counts.set(cells.length, (counts.get(cells.length) ?? 0) + 1);
  const [width, count] = [...counts].reduce((best, next) => (next[1] > best[1] ? next : best), [1, 0]);
  const hasHeader = isHeader(
    records[0]?.cells ?? [],
    records.slice(1).map(({ cells }) => cells),
  );
  return { delimiter, records, width, share: records.length ? count / records.length : 0, hasHeader, broken };
}

/** A file that says what it is: only the delimiter is open. */
function declared(candidates: readonly Candidate[], usual: string): Candidate | null {
  const headed = candidates.filter(
    ({ hasHeader, records }) => hasHeader && (records[0]?.cells.length ?? 0) > 1,
  );
  const wide = candidates.filter(({ width, share, broken }) => width > 1 && share >= CONSISTENT && !broken);
  return (
    headed.find(({ delimiter }) => delimiter === usual) ??
    widest(headed) ??
    wide.find(({ delimiter }) => delimiter === usual) ??
    widest(wide) ??
    candidates.find(({ delimiter }) => delimiter === usual) ??
    null
  );
}

/** A text that says nothing: a table only where a header or an even number of cells shows one. */
function delimited(candidates: readonly Candidate[], lines: readonly HeadLine[]): Candidate | null {
  const headed = widest(
    candidates.filter(({ hasHeader, records }) => hasHeader && (records[0]?.cells.length ?? 0) > 1),
  );
  if (headed) return headed;
  const best = widest(
    candidates.filter(({ width, share, broken }) => width > 1 && share >= CONSISTENT && !broken),
  );
  if (!best) return null;
  if (best.delimiter === '\t') return best;
  const contents = lines.map(({ content }) => content);
  const bulleted = lines.filter(({ isBullet }) => isBullet).length;
  const sentences = contents.filter((content) => looksLikeSentence(content, false)).length;
  if (bulleted > lines.length / 2 || sentences > lines.length / 2) return null;
  const separator = findSeparator(contents);
  const split = contents.filter((content) => splitLine(content, separator).length === 2).length;
  return separator && split >= best.share * contents.length ? null : best;
}

function widest(candidates: readonly Candidate[]): Candidate | null {
  return candidates.reduce<Candidate | null>(
    (best, next) => (best && best.width >= next.width ? best : next),
    null,
  );
}

function tableShape({ delimiter, records, width, hasHeader }: Candidate): ListShape {
  const first = records[0];
  const format = delimiter === '\t' ? 'tsv' : 'csv';
  const base = { format, delimiter, separator: null, hasHeader } as const;
  if (hasHeader && first) {
    const fields = mapColumns(first.cells);
    if (!fields.includes('term')) throw noTermColumn(first.cells);
    return { ...base, headers: uniqueHeaders(first.cells), fields, firstDataRow: first.row + 1 };
  }
  const fields: (ColumnField | null)[] = Array.from({ length: width }, () => null);
  // A Markdown table's leading bar makes an empty first column.
  let at = delimiter === '|' && records.every(({ cells }) => cells[0] === '') ? 1 : 0;
  const numbered = records.length > 0 && records.every(({ cells }) => NUMBER.test(cells[at] ?? ''));
  if (numbered && width - at >= 2) fields[at++] = 'position';
  fields[at++] = 'term';
  if (at < width) fields[at] = 'meaning';
  return { ...base, headers: uniqueHeaders(fields.map(() => '')), fields, firstDataRow: first?.row ?? 1 };
}

type HeadLine = { readonly row: number; readonly content: string; readonly isBullet: boolean };

function headLines(head: string, isWhole: boolean, limits: RecordLimits): readonly HeadLine[] {
  const lines: HeadLine[] = [];
  const keep = ([line = '']: string[], row: number): void => {
    const content = lines.length < HEAD_RECORDS ? lineContent(cleanText(line)) : null;
    if (content !== null) lines.push({ row, content, isBullet: /^[\s>]*[-*+•‣▪◦·]\s/u.test(line) });
  };
  const parser = createLineParser(limits);
  parser.push(head, keep);
  if (isWhole) parser.end(keep);
  return lines;
}

function linesShape(lines: readonly HeadLine[]): ListShape {
  const separator = findSeparator(lines.map(({ content }) => content));
  const first = lines[0];
  const cells = first ? splitLine(first.content, separator) : [];
  const known = cells.map(knownName);
  const names = known.map((name) => (name?.use === 'field' ? name.field : null));
  const hasHeader = names[0] === 'term' && (cells.length === 1 || (names[1] !== null && names[1] !== 'term'));
  const fields: (ColumnField | null)[] = separator ? ['term', 'meaning'] : ['term'];
  return {
    format: 'lines',
    delimiter: null,
    separator,
    hasHeader,
    headers: hasHeader
      ? fields.map((field, at) => cells[at] ?? String(field))
      : uniqueHeaders(fields.map(() => '')),
    fields: hasHeader && names[1] ? ['term', names[1]] : fields,
    firstDataRow: hasHeader && first ? first.row + 1 : 1,
  };
}

/**
 * Whether a first row names its columns. Two different known names do, and so does a name of the term beside
 * names that nobody knows. One known name alone may be an entry (`example,예문`). Without known names the rows
 * below can show it: a column of numbers, or of another script, under a word.
 */
function isHeader(cells: readonly string[], rest: readonly (readonly string[])[]): boolean {
  const named = cells.filter((cell) => cell !== '');
  if (named.length === 0 || named.some((cell) => cell.length > 80 || NUMBER.test(cell))) return false;
  const known = named.map(knownName).filter((name) => name !== null);
  const uses = new Set(
    known.map((name) =>
      name.use === 'field' ? name.field : name.use === 'language' ? name.language : `choice ${name.rank}`,
    ),
  );
  if (uses.size >= 2) return true;
  if (known.length === 1 && (uses.has('term') || (uses.has('meaning') && named.length === 1))) return true;
  if (named.length === 1) return false;
  const columns = cells.map((_, at) => rest.map((row) => row[at] ?? '').filter((cell) => cell !== ''));
  const numeric = columns.filter((column) => column.length > 0 && column.every((cell) => NUMBER.test(cell)));
  if (numeric.length === columns.length || numeric.some((column) => column.length >= 2)) return true;
  if (!named.every((cell) => /^[\x20-\x7e]*[a-z][\x20-\x7e]*$/i.test(cell))) return false;
  return columns.some(
    (column) =>
      column.length >= 3 && column.every((cell) => /[^\p{ASCII}]/u.test(cell) && !/[a-z]/i.test(cell)),
  );
}

function noTermColumn(headers: readonly string[]): TracedeckError {
  const found = headers
    .slice(0, 20)
    .map((header) => (header.length > 40 ? `${header.slice(0, 40)}…` : header));
  const more = headers.length > found.length ? ` and ${headers.length - found.length} more` : '';
  return new TracedeckError(
    'user',
    'no_term_column',
    `No column holds the term. Columns found: ${found.map((header) => header || '(no name)').join(', ')}${more}.`,
    {
      hint:
        'Name one column term, word, vocabulary, expression, front, lemma, hangul, kanji, hanzi, 단어, 어휘, ' +
        '単語, ことば, 词语, or after its language (Korean, English …). If the first line is no header, remove ' +
        'it or write a header above it.',
    },
  );
}
