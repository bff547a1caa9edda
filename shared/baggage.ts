/**
 * Baggage: few, short facts that travel with a trace to whatever it calls. The entries, and their header by the
 * W3C (https://www.w3.org/TR/baggage/); properties of entries are not kept.
 */

/** Never changed in place. */
export type BaggageEntries = ReadonlyMap<string, string>;

/** What a header may hold, by the W3C's recommendation; a set beyond it is ignored. */
const MAX_ENTRIES = 64;
export const MAX_BAGGAGE_BYTES = 8192;
/** A key is a token of RFC 7230. */
const KEY = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;

function isEntry(key: unknown, value: unknown): value is string {
  return (
    typeof key === 'string' &&
    typeof value === 'string' &&
    key.length + value.length < MAX_BAGGAGE_BYTES &&
    KEY.test(key)
  );
}

/** `entries` and what of `added` may stand in a header; the rest is left out. */
export function withEntries(
  entries: BaggageEntries | undefined,
  added: Readonly<Record<string, unknown>>,
): BaggageEntries {
  const merged = new Map(entries);
  for (const [key, value] of Object.entries(added)) {
    if (isEntry(key, value) && (merged.size < MAX_ENTRIES || merged.has(key))) merged.set(key, value);
  }
  return merged;
}

/** Where entries are held, and replaced. */
export type BaggageHome = { baggage: BaggageEntries };

/** What can be done to the entries of `home`; where there is none, nothing. */
export function baggageOf(home: () => BaggageHome | undefined) {
  return {
    get: (key: string): string | undefined => home()?.baggage.get(key),
    all: (): Readonly<Record<string, string>> => Object.fromEntries(home()?.baggage ?? []),
    set(key: string, value: string): void {
      const held = home();
      // What is none must not even become a name.
      if (held !== undefined && isEntry(key, value))
        held.baggage = withEntries(held.baggage, { [key]: value });
    },
    remove(key: string): void {
      const held = home();
      if (held === undefined || !held.baggage.has(key)) return;
      held.baggage = new Map([...held.baggage].filter(([other]) => other !== key));
    },
    clear(): void {
      const held = home();
      if (held !== undefined) held.baggage = new Map();
    },
  };
}

/** Entries beyond 64, or beyond 8,192 bytes, are left out; so is what is malformed. */
export function parseBaggage(header: string): BaggageEntries {
  const entries = new Map<string, string>();
  let bytes = 0;
  for (const member of header.split(',')) {
    bytes += member.length + 1;
    if (bytes > MAX_BAGGAGE_BYTES + 1 || entries.size >= MAX_ENTRIES) break;
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
    if (header.length + 1 + member.length > MAX_BAGGAGE_BYTES) continue;
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

/** One character, or one byte of what is none. */
const ENCODED = /%[cd].%[89ab].|%e.(?:%[89ab].){2}|%f.(?:%[89ab].){3}|%../gi;

/** Bytes that are no UTF-8 become U+FFFD, as the standard has it; `null` where a `%` begins no byte. */
function decode(value: string): string | null {
  if (/%(?![0-9a-f]{2})/i.test(value)) return null;
  return value.replace(ENCODED, (bytes) => {
    try {
      return decodeURIComponent(bytes);
    } catch {
      return '\ufffd';
    }
  });
}
