/** Which span ids a file has used so far, and for which span: 16 bytes each, as a file may hold millions. */
import { hexWord } from '../../shared/hexWords.ts';

/** Part of a row: which trace (hashed), the span id's halves, what the span looks like. */
const WORDS = 4;

export class SpanIdTable {
  #rows = new Uint32Array(1024 * WORDS);
  #mask = 1023;
  #count = 0;

  /** Whether the id is free, or taken by a span that looks the same (`face`). It is taken from now on. */
  take(traceId: string, spanId: string, face: number): boolean {
    const trace = mix(hexWord(traceId, 0) ^ hexWord(traceId, 16), hexWord(traceId, 8) ^ hexWord(traceId, 24));
    const high = hexWord(spanId, 0);
    const low = hexWord(spanId, 8);
    const rows = this.#rows;
    for (let slot = mix(trace, mix(high, low)) & this.#mask; ; slot = (slot + 1) & this.#mask) {
      const at = slot * WORDS;
      if ((rows[at + 1]! | rows[at + 2]!) === 0) {
        rows[at] = trace;
        rows[at + 1] = high;
        rows[at + 2] = low;
        rows[at + 3] = face;
        this.#count += 1;
        if (this.#count * 3 > this.#mask * 2) this.#grow();
        return true;
      }
      if (rows[at] === trace && rows[at + 1] === high && rows[at + 2] === low) return rows[at + 3] === face;
    }
  }

  #grow(): void {
    const old = this.#rows;
    const rows = new Uint32Array(old.length * 2);
    this.#mask = rows.length / WORDS - 1;
    for (let from = 0; from < old.length; from += WORDS) {
      if ((old[from + 1]! | old[from + 2]!) === 0) continue;
      let slot = mix(old[from]!, mix(old[from + 1]!, old[from + 2]!)) & this.#mask;
      while ((rows[slot * WORDS + 1]! | rows[slot * WORDS + 2]!) !== 0) slot = (slot + 1) & this.#mask;
      rows.set(old.subarray(from, from + WORDS), slot * WORDS);
    }
    this.#rows = rows;
  }
}

/** Spreads two words over one. */
function mix(a: number, b: number): number {
  let hash = Math.imul(a ^ Math.imul(b, 0x9e3779b1), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 15), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
