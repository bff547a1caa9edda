/** W3C Baggage (https://www.w3.org/TR/baggage/): the `baggage` header. Properties of entries are not kept. */
import { isEntry, MAX_BYTES, MAX_ENTRIES } from './baggage.ts';
import type { BaggageEntries } from './scope.ts';

/** Entries beyond 64, or beyond 8,192 bytes, are left out; so is what is malformed. */
export function parseBaggage(header: string): BaggageEntries {
  const entries = new Map<string, string>();
  let bytes = 0;
  for (const member of header.split(',')) {
    bytes += member.length + 1;
    if (bytes > MAX_BYTES + 1 || entries.size >= MAX_ENTRIES) break;
    const pair = member.split(';', 1)[0]!;
    const at = pair.indexOf('=');
    if (at < 0) continue;
    const key = pair.slice(0, at).trim();
    const value = decode(pair.slice(at + 1).trim());
    if (value !== null && isEntry(key, value)) entries.set(key, value);
  }
  return entries;
}

/** Whole entries alone, as many as fit; `''` for none. */
export function formatBaggage(entries: BaggageEntries): string {
  let header = '';
  for (const [key, value] of entries) {
    const member = `${key}=${encode(value)}`;
    if (header.length + 1 + member.length > MAX_BYTES) continue;
    header += header === '' ? member : `,${member}`;
  }
  return header;
}

/** Printable ASCII but for quote, comma, semicolon, backslash and `%`; the rest is percent-encoded UTF-8. */
function encode(value: string): string {
  return value.replace(/[^!#$&-+\--:<-[\]-~]/gu, (character) => {
    try {
      return encodeURIComponent(character);
    } catch {
      // Half of a surrogate pair.
      return '%EF%BF%BD';
    }
  });
}

function decode(value: string): string | null {
  try {
    return decodeURIComponent(value);
  } catch {
    return null;
  }
}
