import type { SourceField, SourceItem } from '../../shared/card.ts';
import type { RowError } from '../../shared/run.ts';
import { splitReading, splitRuby } from './bracketedReading.ts';
import { cleanText } from './cleanText.ts';
import { createCsvParser } from './csvRecords.ts';
import type { ListShape } from './detectShape.ts';
import { createLineParser, lineContent, splitLine } from './lineRecords.ts';
import { looksLikeSentence } from './looksLikeSentence.ts';
import type { OnRecord, RecordLimits } from './recordParser.ts';

/** A row that is left out, with the reason. */
export type RowProblem = RowError;

export type ReadRow = {
  readonly entry: SourceItem | RowProblem;
  /** The row is used, but something about it looks wrong. */
  readonly warning: RowError | null;
  readonly cells: readonly string[];
};
export type RowReader = { push(text: string): readonly ReadRow[]; end(): readonly ReadRow[] };

const SENTENCE_KINDS =
  /^(?:sentences?|notes?|phrases?|text|문장|文|文章|句子|例文|satz|frase|oración|предложение)$/iu;
const RULE = /^:?-{2,}:?$/u;
/** Punctuation alone is a term only where something is said about it. */
const HAS_WORDS = /[^\p{P}\p{Z}\p{C}]/u;

export function isProblem(entry: SourceItem | RowProblem): entry is RowProblem {
  return 'code' in entry;
}

/** A column of its own goes before what stands in brackets elsewhere. */
function withoutRuby(fields: SourceItem['fields']): SourceItem['fields'] {
  const { example, reading } = fields;
  const plain = { ...fields };
  if (reading !== undefined) plain.reading = splitRuby(reading).reading ?? reading;
  if (example === undefined) return plain;
  const { term, reading: exampleReading } = splitRuby(example);
  return { ...(exampleReading === undefined ? {} : { exampleReading }), ...plain, example: term };
}

/** Text in pieces → mapped rows. Blank rows, headings and the header are left out without a word. */
export function createRowReader(
  shape: ListShape,
  limits: RecordLimits & { readonly maxCellChars: number },
): RowReader {
  const parser =
    shape.delimiter === null ? createLineParser(limits) : createCsvParser(shape.delimiter, limits);
  let rows: ReadRow[] = [];

  const onRecord: OnRecord = (raw, row) => {
    if (row < shape.firstDataRow) return;
    let cells: string[];
    if (shape.delimiter === null) {
      const content = lineContent(cleanText(raw[0] ?? ''));
      if (content === null) return;
      cells = splitLine(content, shape.separator);
    } else {
      cells = raw.map(cleanText);
      if (cells.every((cell) => cell === '')) return;
      if (shape.delimiter === '|' && cells.every((cell) => cell === '' || RULE.test(cell))) return;
    }
    rows.push({ entry: toEntry(cells, row), warning: toWarning(cells, row), cells });
  };

  function toEntry(cells: readonly string[], row: number): SourceItem | RowProblem {
    const fields: Partial<Record<SourceField, string>> = {};
    const extra: [string, string][] = [];
    let term = '';
    let kind = '';
    for (let at = 0; at < cells.length; at += 1) {
      const cell = cells[at] ?? '';
      if (cell === '') continue;
      const field = shape.fields[at] ?? null;
      if (field === 'term') term = cell;
      else if (field === 'kind') kind = cell;
      else if (field === null) extra.push([shape.headers[at] ?? `column ${at + 1}`, cell]);
      else if (field !== 'position') {
        if (cell.length > limits.maxCellChars) {
          const message = `The cell for ${field} has ${cell.length} characters; ${limits.maxCellChars} is the limit.`;
          return { row, code: 'cell_too_long', message };
        }
        fields[field] = cell;
      }
    }
    const isAlone = extra.length === 0 && Object.keys(fields).length === 0;
    if (term === '' || (isAlone && !HAS_WORDS.test(term)))
      return { row, code: 'no_term', message: 'The row has no term.' };
    if (term.length > limits.maxCellChars) {
      const message = `The term has ${term.length} characters; ${limits.maxCellChars} is the limit.`;
      return { row, code: 'term_too_long', message };
    }
    const isSentence =
      kind === '' ? looksLikeSentence(term, fields.meaning !== undefined) : SENTENCE_KINDS.test(kind);
    const { term: bare, ...read } = isSentence ? splitRuby(term) : splitReading(term, fields.meaning);
    return {
      row,
      term: bare,
      kind: isSentence ? 'sentence' : 'term',
      fields: { ...read, ...withoutRuby(fields) },
      // Own properties, whatever a header is called (`__proto__`).
      extra: Object.fromEntries(extra),
    };
  }

  function toWarning(cells: readonly string[], row: number): RowError | null {
    if (shape.format === 'lines') return null;
    const expected = shape.headers.length;
    const surplus = cells.slice(expected).some((cell) => cell !== '');
    if (surplus) {
      const message = `The row has ${cells.length} cells, the list has ${expected} columns; the rest is kept. A cell with the delimiter in it needs quotation marks.`;
      return { row, code: 'too_many_cells', message };
    }
    if (cells.length < expected) {
      const message = `The row has ${cells.length} cells, the list has ${expected} columns; the rest is taken as blank.`;
      return { row, code: 'too_few_cells', message };
    }
    return null;
  }

  const taken = (): readonly ReadRow[] => {
    const read = rows;
    rows = [];
    return read;
  };
  return {
    push(text) {
      parser.push(text, onRecord);
      return taken();
    },
    end() {
      parser.end(onRecord);
      return taken();
    },
  };
}
