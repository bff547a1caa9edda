/**
 * Delimited text in pieces → records, after RFC 4180, with any of LF, CRLF and CR as line end.
 *
 * Why not csv-parse: for an unclosed quote it knows no opening line; its record limit does not count empty
 * cells, so one endless line of commas grows without bound; it takes either no quote inside an unquoted cell
 * (`5" pipe`) or any nonsense after a closing one; and it reads a quarter of this parser's bytes a second.
 * The tests hold both against each other on random tables.
 */
import { TracedeckError } from '../errors/tracedeckError.ts';
import { recordTooLong } from './recordParser.ts';
import type { OnRecord, RecordLimits, RecordParser } from './recordParser.ts';

const QUOTE = 34;
const SPACE = 32;
const HASH = 35;
const LF = 10;
const CR = 13;

/** @param onComment gets lines that begin with an unquoted #, which are then no records */
export function createCsvParser(
  delimiter: string,
  limits: RecordLimits,
  onComment?: (line: string) => void,
): RecordParser {
  const delimiterCode = delimiter.charCodeAt(0);
  /** From the start of the record that is not whole yet; never longer than one record and one piece. */
  let pending = '';
  let row = 0;
  /** 1-based line on which the next record starts. */
  let line = 1;

  function run(text: string, final: boolean, onRecord: OnRecord): void {
    const length = text.length;
    let start = 0;
    /** Line of the opening quote that the unfinished record waits for, 0 for none. */
    let openLine = 0;

    records: while (start < length) {
      if (onComment !== undefined && text.charCodeAt(start) === HASH) {
        const end = lineEnd(text, start);
        if (end === length && !final) break;
        if (end - start > limits.maxRecordChars) throw recordTooLong(line, limits.maxRecordChars);
        onComment(text.slice(start, end));
        // The second half of a CRLF is a blank line then, which is no record.
        start = end + (text.charCodeAt(end) === CR && text.charCodeAt(end + 1) === LF ? 2 : 1);
        line += 1;
        row += 1;
        continue;
      }
      const cells: string[] = [];
      let at = start;
      let recordLine = line;
      openLine = 0;
      for (;;) {
        let probe = at;
        while (text.charCodeAt(probe) === SPACE) probe += 1;
        let next: number;
        if (text.charCodeAt(probe) === QUOTE) {
          openLine = recordLine;
          let value = '';
          let from = probe + 1;
          for (;;) {
            const close = text.indexOf('"', from);
            if (close < 0 || (close + 1 === length && !final)) {
              if (final) throw unclosedQuote(openLine);
              break records;
            }
            if (text.charCodeAt(close + 1) !== QUOTE) {
              value += text.slice(from, close);
              next = close + 1;
              break;
            }
            value += text.slice(from, close + 1);
            from = close + 2;
          }
          recordLine += countLineEnds(value);
          while (text.charCodeAt(next) === SPACE) next += 1;
          if (next < length) {
            const code = text.charCodeAt(next);
            if (code !== delimiterCode && code !== LF && code !== CR) {
              throw textAfterQuote(openLine, recordLine);
            }
          }
          cells.push(value);
        } else {
          next = at;
          while (next < length) {
            const code = text.charCodeAt(next);
            if (code === delimiterCode || code === LF || code === CR) break;
            next += 1;
          }
          cells.push(text.slice(at, next));
        }
        if (cells.length > limits.maxColumns) throw tooManyColumns(recordLine, limits.maxColumns);
        if (next < length && text.charCodeAt(next) === delimiterCode) {
          at = next + 1;
          continue;
        }
        // A CR at the very end may be half of a CRLF.
        const undecided = next >= length || (text.charCodeAt(next) === CR && next + 1 === length);
        if (undecided && !final) break records;
        if (next - start > limits.maxRecordChars) throw recordTooLong(line, limits.maxRecordChars);
        const isCrLf = text.charCodeAt(next) === CR && text.charCodeAt(next + 1) === LF;
        start = next + (isCrLf ? 2 : 1);
        line = recordLine + 1;
        row += 1;
        openLine = 0;
        onRecord(cells, row);
        break;
      }
    }
    pending = start < length ? text.slice(start) : '';
    if (pending.length > limits.maxRecordChars) {
      throw openLine > 0 ? unclosedQuote(openLine) : recordTooLong(line, limits.maxRecordChars);
    }
  }

  return {
    push: (text, onRecord) => run(pending === '' ? text : pending + text, false, onRecord),
    end: (onRecord) => run(pending, true, onRecord),
  };
}

/** Where the line ends; the text's length where no end is in it. */
function lineEnd(text: string, from: number): number {
  for (let at = from; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code === LF || code === CR) return at;
  }
  return text.length;
}

function countLineEnds(value: string): number {
  let count = 0;
  for (let at = 0; at < value.length; at += 1) {
    const code = value.charCodeAt(at);
    if (code === LF || (code === CR && value.charCodeAt(at + 1) !== LF)) count += 1;
  }
  return count;
}

function unclosedQuote(line: number): TracedeckError {
  return new TracedeckError(
    'user',
    'unbalanced_quotes',
    `A quotation mark opens on line ${line} and is never closed.`,
    { hint: `Close it, or remove it. A quotation mark inside a quoted cell is written twice: "".` },
  );
}

function textAfterQuote(openLine: number, closeLine: number): TracedeckError {
  const where = openLine === closeLine ? `line ${openLine}` : `lines ${openLine} to ${closeLine}`;
  return new TracedeckError(
    'user',
    'unbalanced_quotes',
    `The cell whose quotation mark opens on line ${openLine} has more text after its closing one (${where}).`,
    { hint: 'A quotation mark inside a quoted cell is written twice: "". Or one of the marks is too many.' },
  );
}

function tooManyColumns(line: number, max: number): TracedeckError {
  return new TracedeckError('user', 'too_many_columns', `Line ${line} has more than ${max} columns.`, {
    hint: 'Check that the file is a vocabulary list and that its delimiter is the one you meant.',
  });
}
