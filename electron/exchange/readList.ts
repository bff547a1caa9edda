/**
 * A vocabulary list, from a file, pasted text or standard input. It is read twice as a stream: `openList`
 * reads all of it once, so that every fault of the whole file is known before anything is written; `items`
 * reads it again and hands out the rows. Neither holds more than one record and one piece of the text.
 */
import type { SourceItem } from '../../shared/card.ts';
import type { ListPreview, RowError } from '../../shared/run.ts';
import { TracedeckError } from '../errors/tracedeckError.ts';
import { declaredLanguage } from '../sources/declaredLanguage.ts';
import { createContentHash, openByteSource } from './byteSource.ts';
import type { ByteSource, ListSource } from './byteSource.ts';
import { detectShape } from './detectShape.ts';
import type { ListShape } from './detectShape.ts';
import { guessLanguage } from './guessLanguage.ts';
import { knownName } from './mapColumns.ts';
import { refuseCards } from './refuseCards.ts';
import { createRowReader, isProblem } from './rowReader.ts';
import type { ReadRow, RowProblem } from './rowReader.ts';
import { createListDecoder } from './textDecoder.ts';

export type { ListSource } from './byteSource.ts';
export type { RowProblem } from './rowReader.ts';
export { isProblem } from './rowReader.ts';

export type ListLimits = {
  /** Characters of one record (a line, or several where a quoted cell has line breaks). */
  readonly maxRecordChars: number;
  readonly maxColumns: number;
  /** Characters of one cell that ends up on a card. */
  readonly maxCellChars: number;
};
export const LIST_LIMITS: ListLimits = { maxRecordChars: 1_000_000, maxColumns: 512, maxCellChars: 4000 };

export type OpenedList = {
  readonly preview: ListPreview;
  /** Rows that become items, and rows that are left out; together `preview.rows`. */
  readonly counts: { readonly items: number; readonly problems: number; readonly warnings: number };
  /** SHA-256 of the bytes, lower-case hex. */
  readonly contentHash: string;
  /**
   * The rows in batches, in the list's order; rows that are left out come as problems.
   * @param options.limit only the first so many rows, problems counted; `null` for all
   * @throws TracedeckError `file_changed` where the file is no longer the one that was checked
   */
  items(options?: { readonly limit?: number | null }): AsyncIterable<readonly (SourceItem | RowProblem)[]>;
  /** Gives back what piped input holds on disk; `items` must not be called after it. */
  close(): Promise<void>;
};

const BATCH_ROWS = 256;
const HEAD_CHARS = 64 * 1024;
const SAMPLE_ROWS = 8;
const SAMPLE_CELL_CHARS = 200;
const MAX_REPORTED = 100;
const LANGUAGE_ROWS = 500;

/**
 * Opens and checks a list.
 * @throws TracedeckError of category `user`: `file_unreadable`, `empty_file`, `no_rows`, `binary_file`,
 * `not_utf8`, `unbalanced_quotes`, `line_too_long`, `too_many_columns`, `no_term_column`, `file_changed`, `is_cards`,
 * `is_json`
 */
export async function openList(
  from: ListSource,
  options: { readonly limits?: Partial<ListLimits> } = {},
): Promise<OpenedList> {
  const limits = { ...LIST_LIMITS, ...options.limits };
  const source = await openByteSource(from);
  try {
    return await survey(source, limits);
  } catch (thrown) {
    await source.close();
    throw thrown;
  }
}

async function survey(source: ByteSource, limits: ListLimits): Promise<OpenedList> {
  const decoder = createListDecoder();
  const hash = createContentHash();
  let head = '';
  let reading: { shape: ListShape; reader: ReturnType<typeof createRowReader> } | null = null;
  let isEmpty = true;
  let rows = 0;
  const counts = { items: 0, problems: 0, warnings: 0 };
  const problems: RowError[] = [];
  const warnings: RowError[] = [];
  const sample: { row: number; cells: string[] }[] = [];
  const terms: string[] = [];

  const note = ({ entry, warning, cells }: ReadRow): void => {
    rows += 1;
    if (sample.length < SAMPLE_ROWS) {
      sample.push({ row: entry.row, cells: cells.map((cell) => cell.slice(0, SAMPLE_CELL_CHARS)) });
    }
    if (isProblem(entry)) {
      counts.problems += 1;
      if (problems.length < MAX_REPORTED) problems.push(entry);
      return;
    }
    counts.items += 1;
    if (terms.length < LANGUAGE_ROWS) terms.push(entry.term);
    if (warning) {
      counts.warnings += 1;
      if (warnings.length < MAX_REPORTED) warnings.push(warning);
    }
  };
  const begin = (isWhole: boolean): { shape: ListShape; reader: ReturnType<typeof createRowReader> } => {
    refuseCards(head, isWhole, source.name);
    const shape = detectShape(head, isWhole, source.name, limits);
    const reader = createRowReader(shape, limits);
    reader.push(head).forEach(note);
    return { shape, reader };
  };

  for await (const bytes of source.chunks()) {
    isEmpty = false;
    hash.add(bytes);
    const text = decoder.push(bytes);
    if (reading) {
      reading.reader.push(text).forEach(note);
      continue;
    }
    head += text;
    const hasLine = head.length >= HEAD_CHARS && /[\n\r][^]/.test(head);
    if (hasLine || head.length > limits.maxRecordChars) reading = begin(false);
  }
  if (isEmpty) throw emptyFile(source.name);
  const tail = decoder.end();
  if (reading) {
    reading.reader.push(tail).forEach(note);
  } else {
    head += tail;
    if (head === '') throw emptyFile(source.name);
    reading = begin(true);
  }
  reading.reader.end().forEach(note);
  if (rows === 0) throw noRows(source.name, reading.shape);

  const { shape } = reading;
  return {
    preview: {
      sourceName: source.name,
      format: shape.format,
      hasHeader: shape.hasHeader,
      encoding: decoder.encoding(),
      columns: shape.headers.map((header, at) => ({ header, field: shape.fields[at] ?? null })),
      rows,
      truncated: false,
      sample,
      problems,
      warnings,
      termLanguage: termLanguage(terms, shape),
    },
    counts,
    contentHash: hash.hex(),
    items: (itemOptions) => readItems(source, shape, limits, itemOptions?.limit ?? null),
    close: () => source.close(),
  };
}

/** What the header of the terms says, where it is the name of a language that fits their script; else a guess. */
function termLanguage(terms: readonly string[], { hasHeader, headers, fields }: ListShape): string {
  if (!hasHeader) return guessLanguage(terms, []);
  const name = knownName(headers[fields.indexOf('term')] ?? '');
  const guess = guessLanguage(terms, headers);
  return declaredLanguage(name?.use === 'language' ? name.language : null, guess);
}

async function* readItems(
  source: ByteSource,
  shape: ListShape,
  limits: ListLimits,
  limit: number | null,
): AsyncGenerator<readonly (SourceItem | RowProblem)[]> {
  const decoder = createListDecoder();
  const reader = createRowReader(shape, limits);
  let left = limit ?? Infinity;
  let waiting: (SourceItem | RowProblem)[] = [];
  const take = (read: readonly ReadRow[]): void => {
    for (const { entry } of read) {
      if (left === 0) return;
      waiting.push(entry);
      left -= 1;
    }
  };
  for await (const bytes of source.chunks()) {
    take(reader.push(decoder.push(bytes)));
    let at = 0;
    for (; waiting.length - at >= BATCH_ROWS; at += BATCH_ROWS) yield waiting.slice(at, at + BATCH_ROWS);
    waiting = waiting.slice(at);
    if (left === 0) break;
  }
  if (left > 0) {
    take(reader.push(decoder.end()));
    take(reader.end());
  }
  for (let at = 0; at < waiting.length; at += BATCH_ROWS) yield waiting.slice(at, at + BATCH_ROWS);
}

function emptyFile(name: string): TracedeckError {
  return new TracedeckError('user', 'empty_file', `${name} is empty.`, {
    hint: 'Put one term on each line, or choose another file.',
  });
}

function noRows(name: string, shape: ListShape): TracedeckError {
  const what = shape.hasHeader ? 'a header but no rows' : 'no entries, only blank lines or headings';
  return new TracedeckError('user', 'no_rows', `${name} has ${what}.`, {
    hint: 'Put one term on each line below the header, or choose another file.',
  });
}
