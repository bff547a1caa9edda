/** Finds many spans by trace and id at once: what is looked for is put in, then all that might be it is offered. */
export class ParentSearch {
  readonly #trace: number[] = [];
  readonly #high: number[] = [];
  readonly #low: number[] = [];
  /** The next with the same id, plus one. */
  readonly #next: number[] = [];
  #slots = new Int32Array(256);
  /** By number of the trace, where it is small enough for that. */
  #traces = new Uint8Array(1024);

  /** What is looked for, found or not. */
  get count(): number {
    return this.#trace.length;
  }

  /** Its number is the count before. */
  want(trace: number, high: number, low: number): void {
    const no = this.#trace.length;
    this.#trace.push(trace);
    this.#high.push(high);
    this.#low.push(low);
    this.#next.push(0);
    if (trace >= this.#traces.length) {
      const traces = new Uint8Array(Math.max(trace + 1, this.#traces.length * 2));
      traces.set(this.#traces);
      this.#traces = traces;
    }
    this.#traces[trace] = 1;
    if ((no + 1) * 2 > this.#slots.length) {
      this.#slots = new Int32Array(this.#slots.length * 2);
      for (let each = 0; each <= no; each += 1) this.#enter(each);
    } else this.#enter(no);
  }

  wants(trace: number): boolean {
    return this.#traces[trace] === 1;
  }

  /** Numbers of what looks for this span. */
  *matches(trace: number, high: number, low: number): Iterable<number> {
    for (let no = this.first(trace, high, low); no >= 0; no = this.#next[no]! - 1) yield no;
  }

  /** -1 where nothing does. */
  first(trace: number, high: number, low: number): number {
    const mask = this.#slots.length - 1;
    for (let slot = hash(trace, high, low) & mask; ; slot = (slot + 1) & mask) {
      const no = this.#slots[slot]! - 1;
      if (no < 0) return -1;
      if (this.#low[no] === low && this.#high[no] === high && this.#trace[no] === trace) return no;
    }
  }

  #enter(no: number): void {
    const mask = this.#slots.length - 1;
    const [trace, high, low] = [this.#trace[no]!, this.#high[no]!, this.#low[no]!];
    let slot = hash(trace, high, low) & mask;
    for (; this.#slots[slot] !== 0; slot = (slot + 1) & mask) {
      const other = this.#slots[slot]! - 1;
      if (this.#low[other] !== low || this.#high[other] !== high || this.#trace[other] !== trace) continue;
      this.#next[no] = other + 1;
      break;
    }
    this.#slots[slot] = no + 1;
  }
}

function hash(trace: number, high: number, low: number): number {
  let mixed = Math.imul(low, 0x9e3779b1) ^ Math.imul(high, 0x85ebca6b) ^ Math.imul(trace, 0xc2b2ae35);
  mixed ^= mixed >>> 15;
  return Math.imul(mixed, 0x2c1b3c6d) >>> 0;
}
