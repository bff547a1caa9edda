/** Text as bytes and back, each string as it was: lone surrogates as well. */
import { SpanCodecError } from './spanFormat.ts';

/** UTF-8, with lone surrogates as three bytes each so that every string comes back as it was. */
export function writeUtf8(text: string, into: Uint8Array, at: number): number {
  for (let i = 0; i < text.length; i += 1) {
    const unit = text.charCodeAt(i);
    if (unit < 0x80) into[at++] = unit;
    else if (unit < 0x800) {
      into[at++] = 0xc0 | (unit >> 6);
      into[at++] = 0x80 | (unit & 63);
    } else {
      const code = text.codePointAt(i)!;
      if (code > 0xffff) {
        i += 1;
        into[at++] = 0xf0 | (code >> 18);
        into[at++] = 0x80 | ((code >> 12) & 63);
      } else into[at++] = 0xe0 | (code >> 12);
      into[at++] = 0x80 | ((code >> 6) & 63);
      into[at++] = 0x80 | (code & 63);
    }
  }
  return at;
}

/** The text between two offsets. @throws SpanCodecError for what `writeUtf8` never writes */
export function readUtf8(bytes: Uint8Array, from: number, to: number): string {
  let text = '';
  let units: number[] = [];
  for (let at = from; at < to;) {
    const lead = bytes[at]!;
    const length =
      lead < 0x80 ? 1 : lead < 0xc2 ? 0 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : lead < 0xf5 ? 4 : 0;
    if (length === 0 || at + length > to) throw new SpanCodecError('A string is not UTF-8.');
    let code = length === 1 ? lead : lead & (0x7f >> length);
    for (let i = 1; i < length; i += 1) {
      const next = bytes[at + i]!;
      if (next >> 6 !== 2) throw new SpanCodecError('A string is not UTF-8.');
      code = (code << 6) | (next & 63);
    }
    if ((length === 3 && code < 0x800) || (length === 4 && (code < 0x10000 || code > 0x10ffff))) {
      throw new SpanCodecError('A string is not UTF-8.');
    }
    if (code > 0xffff) units.push(0xd800 + ((code - 0x10000) >> 10), 0xdc00 + ((code - 0x10000) & 0x3ff));
    else units.push(code);
    at += length;
    if (units.length > 8000) {
      text += String.fromCharCode(...units);
      units = [];
    }
  }
  return text + String.fromCharCode(...units);
}
