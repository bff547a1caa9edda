/** Numbers pairs of numbers from 0 on, in the order in which they come. */
export class GroupIndex {
  #count = 0;
  #a = new Int32Array(64);
  #b = new Int32Array(64);
  /** A pair's number plus one. */
  #slots = new Int32Array(256);

  get count(): number {
    return this.#count;
  }

  /** Both of 32 bits. */
  of(a: number, b: number): number {
    const mask = this.#slots.length - 1;
    let slot = hash(a, b) & mask;
    for (; ; slot = (slot + 1) & mask) {
      const no = this.#slots[slot]! - 1;
      if (no < 0) break;
      if (this.#a[no] === (a | 0) && this.#b[no] === (b | 0)) return no;
    }
    const no = this.#count;
    if (no === this.#a.length) this.#grow();
    this.#a[no] = a;
    this.#b[no] = b;
    this.#count += 1;
    if (this.#count * 2 > this.#slots.length) this.#rehash();
    else this.#slots[slot] = no + 1;
    return no;
  }

  #grow(): void {
    const [a, b] = [this.#a, this.#b];
    this.#a = new Int32Array(a.length * 2);
    this.#b = new Int32Array(a.length * 2);
    this.#a.set(a);
    this.#b.set(b);
  }

  #rehash(): void {
    this.#slots = new Int32Array(this.#slots.length * 2);
    const mask = this.#slots.length - 1;
    for (let no = 0; no < this.#count; no += 1) {
      let slot = hash(this.#a[no]!, this.#b[no]!) & mask;
      while (this.#slots[slot] !== 0) slot = (slot + 1) & mask;
      this.#slots[slot] = no + 1;
    }
  }
}

function hash(a: number, b: number): number {
  const mixed = Math.imul(a, 0x9e3779b1) ^ Math.imul(b, 0x85ebca6b);
  return (mixed ^ (mixed >>> 15)) >>> 0;
}
