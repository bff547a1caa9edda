import { isUtf8 } from 'node:buffer';
import { TextDecoder } from 'node:util';
import { TracedeckError } from '../errors/tracedeckError.ts';
import { fileKind } from './fileKind.ts';
import { guessEncoding } from './guessEncoding.ts';

/** Enough to know any kind of file by its first bytes. */
const HEAD_BYTES = 64;

/** Bytes in pieces, cut anywhere → text in pieces, or the error that says why these bytes are no text. */
export interface ListDecoder {
  push(bytes: Uint8Array): string;
  end(): string;
  /** `utf-8`, `utf-16le` or `utf-16be`; known once text has come out. */
  encoding(): string;
}

/**
 * UTF-8 with or without byte order mark, UTF-16 with one. Everything else is refused, with its place.
 * @throws TracedeckError `binary_file` or `not_utf8` from `push` and `end`.
 */
export function createListDecoder(): ListDecoder {
  let encoding: 'utf-8' | 'utf-16le' | 'utf-16be' | null = null;
  let wide: TextDecoder | null = null;
  const narrow = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  /** Bytes that are no whole character yet, or the head of a file that is still too short to judge. */
  let pending: Uint8Array = new Uint8Array(0);
  /** Bytes decoded so far, and line ends in them. */
  let bytesBefore = 0;
  let linesBefore = 0;

  function start(head: Uint8Array): Uint8Array {
    const kind = fileKind(head);
    if (kind) throw binaryFile(`This is ${kind.kind}, not a text file.`, kind.hint);
    if (head[0] === 0xff && head[1] === 0xfe) encoding = 'utf-16le';
    else if (head[0] === 0xfe && head[1] === 0xff) encoding = 'utf-16be';
    else encoding = 'utf-8';
    if (encoding !== 'utf-8') wide = new TextDecoder(encoding, { fatal: true, ignoreBOM: true });
    const bom = encoding !== 'utf-8' ? 2 : head[0] === 0xef && head[1] === 0xbb && head[2] === 0xbf ? 3 : 0;
    bytesBefore = bom;
    return head.subarray(bom);
  }

  function decode(bytes: Uint8Array, final: boolean): string {
    if (wide) {
      try {
        return checked(wide.decode(bytes, { stream: !final }));
      } catch (thrown) {
        if (thrown instanceof TracedeckError) throw thrown;
        throw new TracedeckError(
          'user',
          'not_utf8',
          `The file is marked as ${encoding?.toUpperCase()} but is not valid after line ${linesBefore + 1}.`,
          { hint: 'Save it again as UTF-8.' },
        );
      }
    }
    const whole = final ? bytes.length : wholeLength(bytes);
    const part = bytes.subarray(0, whole);
    // Copied: the caller may fill its buffer anew (and a Buffer's own `slice` copies nothing).
    pending = Uint8Array.from(bytes.subarray(whole));
    try {
      return checked(narrow.decode(part));
    } catch (thrown) {
      if (thrown instanceof TracedeckError) throw thrown;
      throw part.includes(0) ? nulBytes() : notUtf8(part, bytesBefore, linesBefore);
    } finally {
      bytesBefore += whole;
    }
  }

  function checked(text: string): string {
    if (text.includes('\0')) throw nulBytes();
    for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) linesBefore += 1;
    return text;
  }

  function push(bytes: Uint8Array, final: boolean): string {
    let all = bytes;
    if (pending.length > 0) {
      all = new Uint8Array(pending.length + bytes.length);
      all.set(pending);
      all.set(bytes, pending.length);
      pending = new Uint8Array(0);
    }
    if (encoding === null) {
      if (all.length < HEAD_BYTES && !final) {
        pending = Uint8Array.from(all);
        return '';
      }
      all = start(all);
    }
    return decode(all, final);
  }

  return {
    push: (bytes) => push(bytes, false),
    end: () => push(new Uint8Array(0), true),
    encoding: () => encoding ?? 'utf-8',
  };
}

/** Length without the incomplete character at the end. */
function wholeLength(bytes: Uint8Array): number {
  for (let back = 1; back <= 3 && back <= bytes.length; back += 1) {
    const byte = bytes[bytes.length - back] ?? 0;
    if (byte < 0x80) break;
    if (byte >= 0xc0) {
      const needed = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2;
      return needed > back ? bytes.length - back : bytes.length;
    }
  }
  return bytes.length;
}

function notUtf8(bytes: Uint8Array, bytesBefore: number, linesBefore: number): TracedeckError {
  // The longest prefix that is valid, an incomplete last character left out, ends where the fault is.
  let good = 0;
  let bad = bytes.length + 1;
  while (bad - good > 1) {
    const middle = (good + bad) >> 1;
    const prefix = bytes.subarray(0, middle);
    if (isUtf8(prefix.subarray(0, wholeLength(prefix)))) good = middle;
    else bad = middle;
  }
  const offset = wholeLength(bytes.subarray(0, good));
  const line =
    linesBefore + 1 + bytes.subarray(0, offset).reduce((sum, byte) => sum + Number(byte === 10), 0);
  const guess = guessEncoding(bytes);
  return new TracedeckError(
    'user',
    'not_utf8',
    `The file is not UTF-8 text: byte ${bytesBefore + offset + 1}, on line ${line}, does not fit` +
      (guess ? `. It looks like ${guess}.` : '.'),
    {
      hint:
        'Open it in an editor or spreadsheet and save it as UTF-8' +
        (guess ? `, or run: iconv -f ${iconvName(guess)} -t UTF-8 old.csv > new.csv` : '.'),
    },
  );
}

function iconvName(guess: string): string {
  return /\((CP949|GB18030)\)/.exec(guess)?.[1] ?? guess.replace(/ .*/, '');
}

function nulBytes(): TracedeckError {
  return binaryFile(
    'This file holds NUL bytes, so it is not a text file (or it is UTF-16 without a byte order mark).',
    'Choose a CSV, TSV or plain text file, saved as UTF-8.',
  );
}

function binaryFile(message: string, hint: string): TracedeckError {
  return new TracedeckError('user', 'binary_file', message, { hint });
}
