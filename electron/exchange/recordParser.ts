import { TracedeckError } from '../errors/tracedeckError.ts';

/** Takes text in pieces, cut anywhere, and hands out whole records. */
export interface RecordParser {
  /** @throws TracedeckError where the text cannot be a list; nothing may be pushed after that. */
  push(text: string, onRecord: OnRecord): void;
  end(onRecord: OnRecord): void;
}
/** `row` is the record's 1-based number, blank ones counted. */
export type OnRecord = (cells: string[], row: number) => void;

export type RecordLimits = {
  /** UTF-16 units of one record, quotes and delimiters included. */
  readonly maxRecordChars: number;
  readonly maxColumns: number;
};

export function recordTooLong(line: number, maxChars: number): TracedeckError {
  return new TracedeckError(
    'user',
    'line_too_long',
    `Line ${line} is longer than ${maxChars} characters, so this does not look like a list.`,
    { hint: 'A list has one entry a line. Check that the file has line breaks and is the one you meant.' },
  );
}
