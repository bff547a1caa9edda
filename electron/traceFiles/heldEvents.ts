/**
 * Trace events until all have come and can be put in order: as the bytes they are in the file, outside of the heap, with
 * what orders them in columns. A parsed event takes several times as much.
 */
import type { Plain } from './attributeValues.ts';

/** Bytes of events that are held. */
export const MAX_HELD_BYTES = 2_000_000_000;
const ARENA_BYTES = 16_000_000;

export class HeldEvents {
  #count = 0;
  #bytes = 0;
  readonly #arenas: Buffer[] = [];
  #used = ARENA_BYTES;
  #arena = new Uint32Array(1024);
  #from = new Uint32Array(1024);
  #length = new Uint32Array(1024);
  #us = new Float64Array(1024);
  /** Of slices with a length their duration; of all other events NaN. */
  #durationUs = new Float64Array(1024);

  get count(): number {
    return this.#count;
  }

  /** Returns whether there was room for it. */
  add(event: Plain, bytes: Buffer): boolean {
    if (this.#bytes + bytes.length > MAX_HELD_BYTES) return false;
    const at = this.#count;
    if (at === this.#us.length) this.#grow();
    if (this.#used + bytes.length > ARENA_BYTES) {
      this.#arenas.push(Buffer.allocUnsafeSlow(Math.max(ARENA_BYTES, bytes.length)));
      this.#used = 0;
    }
    const arena = this.#arenas.at(-1)!;
    bytes.copy(arena, this.#used);
    this.#arena[at] = this.#arenas.length - 1;
    this.#from[at] = this.#used;
    this.#length[at] = bytes.length;
    this.#us[at] = Number(event['ts']);
    const duration = Number(event['dur'] ?? Infinity);
    this.#durationUs[at] = event['ph'] === 'X' ? (Number.isNaN(duration) ? Infinity : duration) : NaN;
    this.#used += bytes.length;
    this.#bytes += bytes.length;
    this.#count += 1;
    return true;
  }

  #grow(): void {
    const doubled = <T extends Uint32Array | Float64Array>(column: T, into: T): T => {
      into.set(column);
      return into;
    };
    const size = this.#us.length * 2;
    this.#arena = doubled(this.#arena, new Uint32Array(size));
    this.#from = doubled(this.#from, new Uint32Array(size));
    this.#length = doubled(this.#length, new Uint32Array(size));
    this.#us = doubled(this.#us, new Float64Array(size));
    this.#durationUs = doubled(this.#durationUs, new Float64Array(size));
  }

  /** Of the earliest event, and of the latest end, in µs. There is one event at least. */
  span(): { readonly firstUs: number; readonly lastUs: number } {
    let firstUs = Infinity;
    let lastUs = -Infinity;
    for (let i = 0; i < this.#count; i += 1) {
      const duration = this.#durationUs[i]!;
      firstUs = Math.min(firstUs, this.#us[i]!);
      lastUs = Math.max(lastUs, this.#us[i]! + (Number.isFinite(duration) ? duration : 0));
    }
    return { firstUs, lastUs };
  }

  /** By time; slices before what happens in them at the same moment, the longer ones first; else as in the file. */
  *inOrder(): Generator<Plain> {
    const us = this.#us;
    const duration = this.#durationUs;
    const order = Uint32Array.from({ length: this.#count }, (_, i) => i);
    order.sort((a, b) => {
      if (us[a] !== us[b]) return us[a]! - us[b]!;
      const [isA, isB] = [!Number.isNaN(duration[a]!), !Number.isNaN(duration[b]!)];
      if (isA !== isB) return isA ? -1 : 1;
      return isA && duration[a] !== duration[b] ? duration[b]! - duration[a]! : a - b;
    });
    for (const i of order) {
      const from = this.#from[i]!;
      const text = this.#arenas[this.#arena[i]!]!.toString('utf8', from, from + this.#length[i]!);
      yield JSON.parse(text) as Plain;
    }
  }
}
