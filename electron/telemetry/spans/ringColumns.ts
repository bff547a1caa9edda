/** What the ring knows of each slot without its details. */
export const FLAG_USED = 1 << 6;
export const FLAG_OPEN = 1 << 7;

/** The system hands out zeroed pages when they are first written: an idle ring takes next to nothing. */
export class RingColumns {
  readonly startMs: Float64Array;
  readonly endMs: Float64Array;
  /** Two words a slot. */
  readonly ids: Uint32Array;
  readonly parents: Uint32Array;
  /** Numbers of interned strings. */
  readonly traces: Uint32Array;
  readonly names: Uint32Array;
  /** Kind in bits 0 to 2, status in 3 and 4, then FLAG_USED and FLAG_OPEN. */
  readonly flags: Uint8Array;
  /** Two a slot (`RingSpan.rests`); `null` as long as no span had one. */
  rests: Int16Array | null = null;

  constructor(capacity: number) {
    this.startMs = new Float64Array(capacity);
    this.endMs = new Float64Array(capacity);
    this.ids = new Uint32Array(capacity * 2);
    this.parents = new Uint32Array(capacity * 2);
    this.traces = new Uint32Array(capacity);
    this.names = new Uint32Array(capacity);
    this.flags = new Uint8Array(capacity);
  }

  setRests(slot: number, startNs: number, endNs: number): void {
    if (this.rests === null && startNs === 0 && endNs === 0) return;
    this.rests ??= new Int16Array(this.startMs.length * 2);
    this.rests[slot * 2] = startNs;
    this.rests[slot * 2 + 1] = endNs;
  }

  get bytes(): number {
    const { startMs, endMs, ids, parents, traces, names, flags } = this;
    return [startMs, endMs, ids, parents, traces, names, flags].reduce(
      (sum, each) => sum + each.byteLength,
      this.rests?.byteLength ?? 0,
    );
  }
}
