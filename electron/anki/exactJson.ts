/**
 * JSON whose integers beyond 2^53 survive: Anki's ids of fields and templates are 64-bit numbers. They are read as
 * text with a mark before it, and written as numbers again.
 */
const MARK = '\u0000int:';
const NUMBER = /-?\d+(\.\d+)?([eE][+-]?\d+)?/y;

/** @throws SyntaxError where it is no JSON */
export function parseExactJson(text: string): unknown {
  return JSON.parse(/\d{16}/.test(text) ? markLongIntegers(text) : text);
}

export function toExactJson(value: unknown): string {
  return JSON.stringify(value).replace(/"\\u0000int:(-?\d{1,20})"/g, '$1');
}

/** A 64-bit number as `parseExactJson` gives it. */
export function exactInt(value: bigint): number | string {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : `${MARK}${value}`;
}

/** Digits stand in strings and numbers alone; where the text is no JSON, the parser says so afterwards. */
function markLongIntegers(text: string): string {
  let marked = '';
  let copied = 0;
  let at = 0;
  while (at < text.length) {
    const character = text.charCodeAt(at);
    if (character === 0x22) {
      at += 1;
      while (at < text.length && text.charCodeAt(at) !== 0x22) at += text.charCodeAt(at) === 0x5c ? 2 : 1;
      at += 1;
    } else if (character === 0x2d || (character >= 0x30 && character <= 0x39)) {
      NUMBER.lastIndex = at;
      const [token, fraction, exponent] = NUMBER.exec(text) ?? [text[at]!];
      const isLong = token.length > 15 && fraction === undefined && exponent === undefined;
      if (isLong && !Number.isSafeInteger(Number(token))) {
        marked += `${text.slice(copied, at)}"\\u0000int:${token}"`;
        copied = at + token.length;
      }
      at += token.length;
    } else at += 1;
  }
  return marked + text.slice(copied);
}
