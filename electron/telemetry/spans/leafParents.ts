/**
 * The parents of held rows: (trace id, span id), and the attributes that all rows beneath one have in common. An
 * entry is given back when the last row that refers to it has been overwritten, so there are never more entries
 * than rows.
 */
import type { Attributes } from '../../../shared/span.ts';
import { hexWord, wordHex } from '../../../shared/hexWords.ts';
import type { LeafParent } from '../operations/leafParent.ts';

/** `uses`, `generations` and six words of ids. */
const ENTRY_BYTES = 32;

export class LeafParents {
  // Entry 0 stands for none: its generation is one that no parent ever has.
  #uses = new Uint32Array(64);
  #generations = new Uint32Array(64).fill(1, 0, 1);
  #ids = new Uint32Array(64 * 6);
  #limit = 1;
  #free: number[] = [];
  /** By entry; with a place for those alone that have any. */
  readonly attributes = new Map<number, Attributes>();
  readonly #clean: (attributes: Attributes) => Attributes;
  /** Baggage is shared by many scopes. */
  #cleaned = new WeakMap<Attributes, Attributes>();

  #latestTraceId = '';
  #latestTrace: readonly [number, number, number, number] = [0, 0, 0, 0];

  constructor(clean: (attributes: Attributes) => Attributes) {
    this.#clean = clean;
  }

  /** Six words an entry: trace id and span id. */
  get ids(): Uint32Array {
    return this.#ids;
  }
  /** Above all numbers of entries so far. */
  get limit(): number {
    return this.#limit;
  }
  get count(): number {
    return this.#limit - 1 - this.#free.length;
  }
  get bytes(): number {
    return this.#uses.length * ENTRY_BYTES;
  }

  traceId(entry: number): string {
    const at = entry * 6;
    const ids = this.#ids;
    return wordHex(ids[at]!) + wordHex(ids[at + 1]!) + wordHex(ids[at + 2]!) + wordHex(ids[at + 3]!);
  }

  /** The number of its entry, which is made where there is none. */
  find(parent: LeafParent): number {
    const entry = parent.leafNo;
    return this.#generations[entry] === parent.leafGeneration ? entry : this.#enter(parent);
  }

  /** A row refers to it from now on. */
  hold(entry: number): void {
    this.#uses[entry]! += 1;
  }

  /** One row less refers to it. */
  release(entry: number): void {
    const left = this.#uses[entry]! - 1;
    this.#uses[entry] = left;
    if (left === 0) this.#leave(entry);
  }

  #enter(parent: LeafParent): number {
    // Read first: an id that is no id must not cost an entry.
    const { traceId, idHigh, idLow, attributes } = parent;
    const spanHigh = idHigh ?? hexWord(parent.spanId, 0);
    const spanLow = idLow ?? hexWord(parent.spanId, 8);
    const [a, b, c, d] = this.#traceWords(traceId);
    const entry = this.#free.pop() ?? this.#limit;
    if (entry === this.#limit) {
      if (entry === this.#uses.length) this.#grow();
      this.#limit += 1;
    }
    const ids = this.#ids;
    const at = entry * 6;
    ids[at] = a;
    ids[at + 1] = b;
    ids[at + 2] = c;
    ids[at + 3] = d;
    ids[at + 4] = spanHigh;
    ids[at + 5] = spanLow;
    if (attributes !== undefined) this.attributes.set(entry, this.#cleanedOf(attributes));
    parent.leafNo = entry;
    parent.leafGeneration = this.#generations[entry]!;
    return entry;
  }

  /** What counts as clean has changed. */
  cleanAgain(): void {
    this.#cleaned = new WeakMap();
    for (const [entry, attributes] of this.attributes) this.attributes.set(entry, this.#clean(attributes));
  }

  #cleanedOf(attributes: Attributes): Attributes {
    let cleaned = this.#cleaned.get(attributes);
    if (cleaned === undefined) this.#cleaned.set(attributes, (cleaned = this.#clean(attributes)));
    return cleaned;
  }

  /** Parents come in runs of the same trace. */
  #traceWords(traceId: string): readonly [number, number, number, number] {
    if (traceId !== this.#latestTraceId) {
      const [a, b, c, d] = [0, 8, 16, 24].map((digit) => hexWord(traceId, digit));
      this.#latestTrace = [a!, b!, c!, d!];
      this.#latestTraceId = traceId;
    }
    return this.#latestTrace;
  }

  #leave(entry: number): void {
    // Parents that still remember the number see by the generation that it is no longer theirs.
    this.#generations[entry]! += 1;
    this.#free.push(entry);
    if (this.attributes.size > 0) this.attributes.delete(entry);
  }

  #grow(): void {
    const grow = (old: Uint32Array<ArrayBuffer>) => {
      const next = new Uint32Array(old.length * 2);
      next.set(old);
      return next;
    };
    this.#uses = grow(this.#uses);
    this.#generations = grow(this.#generations);
    this.#ids = grow(this.#ids);
  }
}
