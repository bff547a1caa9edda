import { recordTooLong } from './recordParser.ts';
import type { OnRecord, RecordLimits, RecordParser } from './recordParser.ts';

/** Plain text in pieces → one record a line, with any of LF, CRLF and CR as line end. */
export function createLineParser(limits: RecordLimits): RecordParser {
  let pending = '';
  let row = 0;

  function run(text: string, final: boolean, onRecord: OnRecord): void {
    let start = 0;
    const emit = (end: number): void => {
      if (end - start > limits.maxRecordChars) throw recordTooLong(row + 1, limits.maxRecordChars);
      row += 1;
      onRecord([text.slice(start, end)], row);
    };
    for (let at = 0; at < text.length; at += 1) {
      const code = text.charCodeAt(at);
      if (code !== 10 && code !== 13) continue;
      if (code === 13 && at + 1 === text.length && !final) break;
      emit(at);
      if (code === 13 && text.charCodeAt(at + 1) === 10) at += 1;
      start = at + 1;
    }
    if (final && start < text.length) {
      emit(text.length);
      start = text.length;
    }
    pending = text.slice(start);
    if (pending.length > limits.maxRecordChars) throw recordTooLong(row + 1, limits.maxRecordChars);
  }

  return {
    push: (text, onRecord) => run(pending === '' ? text : pending + text, false, onRecord),
    end: (onRecord) => run(pending, true, onRecord),
  };
}

const BULLET = /^(?:>\s+)*(?:[-*+•‣▪◦·–—]\s+(?:\[[ xX]\]\s+)?|\(?\d{1,5}[.)]\s+|\d{1,5}[、．]\s*|[①-⑳]\s*)/u;
const SKIPPED = /^\s*(?:#{1,6}\s.*|[-*_=]{3,}|```.*)?\s*$/u;
const EMPHASIS = /^(\*\*|__|\*|_|`)(.+)\1$/u;

/** What splits a line into term and meaning, most telling first. */
const SEPARATORS: readonly RegExp[] = [
  /\t+/u,
  /\s+(?:->|=>|→|⇒)\s*|(?:→|⇒)/u,
  /\s+[-–—]\s+/u,
  /\s*=\s*/u,
  /\s*[:：](?!\/\/)(?!\d)\s*/u,
];

/** A line without its bullet or number; `null` for headings, rules, fences and blank lines. */
export function lineContent(line: string): string | null {
  if (SKIPPED.test(line)) return null;
  const content = line.trim().replace(BULLET, '').trim();
  return content === '' ? null : content;
}

/** The separator that more than half of the lines share, `null` where they share none. */
export function findSeparator(lines: readonly string[]): RegExp | null {
  let best: RegExp | null = null;
  let bestCount = Math.floor(lines.length / 2);
  for (const separator of SEPARATORS) {
    const count = lines.filter((line) => splitLine(line, separator).length === 2).length;
    if (count > bestCount) [best, bestCount] = [separator, count];
  }
  return best;
}

/** `[term]`, or `[term, meaning]` where the separator stands between two texts. */
export function splitLine(content: string, separator: RegExp | null): string[] {
  const found = separator?.exec(content);
  if (found) {
    const term = content.slice(0, found.index).trim();
    const meaning = content.slice(found.index + found[0].length).trim();
    if (term !== '' && meaning !== '') return [withoutEmphasis(term), withoutEmphasis(meaning)];
  }
  return [withoutEmphasis(content)];
}

function withoutEmphasis(text: string): string {
  return EMPHASIS.exec(text)?.[2] ?? text;
}
