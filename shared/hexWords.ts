/** Ids between hex digits and 32-bit words. */
import { SpanCodecError } from './spanFormat.ts';

const HEX_PAIRS = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));
const HEX_VALUES = new Int8Array(128).fill(-1);
for (let digit = 0; digit < 16; digit += 1) {
  HEX_VALUES[digit.toString(16).charCodeAt(0)] = digit;
  HEX_VALUES[digit.toString(16).toUpperCase().charCodeAt(0)] = digit;
}

/** Eight hex digits of `text` from `at` on, as an unsigned 32-bit number. */
export function hexWord(text: string, at: number): number {
  let word = 0;
  for (let i = at; i < at + 8; i += 1) {
    const digit = HEX_VALUES[text.charCodeAt(i)];
    if (digit === undefined || digit < 0) throw new SpanCodecError('An id is not hex.');
    word = (word << 4) | digit;
  }
  return word >>> 0;
}

/** The eight lower-case hex digits of an unsigned 32-bit number. */
export function wordHex(word: number): string {
  return (
    HEX_PAIRS[word >>> 24]! +
    HEX_PAIRS[(word >>> 16) & 255]! +
    HEX_PAIRS[(word >>> 8) & 255]! +
    HEX_PAIRS[word & 255]!
  );
}

/** @throws SpanCodecError for an id of another length */
export function checkId(id: string, digits: number): void {
  if (id.length !== digits) throw new SpanCodecError(`An id has ${id.length} digits in place of ${digits}.`);
}
