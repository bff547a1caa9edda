/** Ids as files spell them: hex in either case, shortened, with dashes, or base64 as protobuf's own JSON has it. */

const HEX = /^[0-9a-f]+$/;
const ZEROS = /^0*$/;

/** 32 hex digits; `null` for what is no trace id. */
export function traceIdOf(value: unknown): string | null {
  return idOf(value, 32);
}

/** 16 hex digits; `null` for what is no span id. */
export function spanIdOf(value: unknown): string | null {
  return idOf(value, 16);
}

function idOf(value: unknown, digits: number): string | null {
  if (typeof value !== 'string' || value.length === 0 || value.length > 64) return null;
  let text = value;
  if (!(text.length === digits && HEX.test(text))) {
    text = text.replaceAll('-', '').toLowerCase();
    if (value.endsWith('=')) text = Buffer.from(value, 'base64').toString('hex');
    if (text.length > digits || !HEX.test(text)) return null;
    // Leading zeros are left away by some, and 64-bit trace ids are as old as tracing.
    text = text.padStart(digits, '0');
  }
  return ZEROS.test(text) ? null : text;
}

/** FNV-1a over the UTF-16 units of a text, as a whole number below 2^32. */
export function hashText(text: string, seed = 0x811c9dc5): number {
  let hash = seed;
  for (let at = 0; at < text.length; at += 1) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  return hash >>> 0;
}

/** Another span id made of this one: always the same for the same `salt`. */
export function derivedSpanId(spanId: string, salt: string): string {
  const high = hashText(salt, hashText(spanId));
  const low = hashText(spanId, high ^ 0x9e3779b9) || 1;
  return high.toString(16).padStart(8, '0') + low.toString(16).padStart(8, '0');
}
