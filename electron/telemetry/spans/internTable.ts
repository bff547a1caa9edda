/**
 * Strings (and arrays, which attributes may hold) under small numbers, counted by use: what nobody refers to
 * any more is forgotten, so the table stays as small as what the ring holds.
 */
export type Interned = string | readonly string[] | readonly number[] | readonly boolean[];

export class InternTable {
  readonly #byText = new Map<string, number>();
  readonly #byArray = new Map<string, number>();
  readonly #values: (Interned | undefined)[] = [];
  readonly #uses: number[] = [];
  readonly #free: number[] = [];
  readonly #admit: (text: string) => string;
  #textBytes = 0;

  /** `admit` sees every string once, when it comes in, and says what is kept in its place. */
  constructor(admit: (text: string) => string = (text) => text) {
    this.#admit = admit;
  }

  /** Values held. */
  get size(): number {
    return this.#values.length - this.#free.length;
  }
  /** How often a string was asked for that was not there. */
  misses = 0;
  /** Upper bound of what the entries' text takes: two bytes a character. */
  get textBytes(): number {
    return this.#textBytes;
  }
  /** One more than the largest number given out so far. */
  get limit(): number {
    return this.#values.length;
  }

  /** The number of a value; every call is one use, to be given back by `release`. */
  acquire(value: Interned): number {
    if (typeof value === 'string') return this.acquireText(value);
    const key = JSON.stringify(value);
    const known = this.#byArray.get(key);
    if (known !== undefined) {
      this.#uses[known]! += 1;
      return known;
    }
    const kept = value.map((part) => (typeof part === 'string' ? this.#admit(part) : part)) as Interned;
    return this.#add(this.#byArray, key, kept);
  }

  acquireText(text: string): number {
    const known = this.#byText.get(text);
    if (known !== undefined) {
      this.#uses[known]! += 1;
      return known;
    }
    this.misses += 1;
    // The key stays what the caller says, so that the next use is found without another look by `admit`.
    return this.#add(this.#byText, text, this.#admit(text));
  }

  /** Shows every value that is held to `admit` once more: it may know more than it did. */
  readmit(): void {
    for (const [id, value] of this.#values.entries()) {
      if (typeof value === 'string') {
        const kept = this.#admit(value);
        this.#values[id] = kept;
        // Texts that are looked up are counted by their key, which stays.
        if (this.#keys[id] === undefined) this.#textBytes += (kept.length - value.length) * 2;
      } else if (value !== undefined) {
        this.#values[id] = value.map((part) =>
          typeof part === 'string' ? this.#admit(part) : part,
        ) as Interned;
      }
    }
  }

  /** A number of its own for a string that nobody is likely to ask for again. */
  addText(text: string): number {
    const id = this.#take(this.#admit(text));
    this.#textBytes += this.text(id).length * 2;
    return id;
  }

  #add(map: Map<string, number>, key: string, kept: Interned): number {
    const id = this.#take(kept);
    map.set(key, id);
    this.#keys[id] = key;
    this.#textBytes += key.length * 2;
    return id;
  }

  #take(kept: Interned): number {
    const id = this.#free.pop() ?? this.#values.length;
    this.#values[id] = kept;
    this.#uses[id] = 1;
    this.#keys[id] = undefined;
    return id;
  }

  /** A further use of a number that is in use. */
  retain(id: number): void {
    this.#uses[id]! += 1;
  }

  /** `true` where that was the last use: the number now stands for nothing. */
  release(id: number): boolean {
    const left = this.#uses[id]! - 1;
    this.#uses[id] = left;
    if (left > 0) return false;
    const key = this.#keys[id];
    if (key === undefined) this.#textBytes -= this.text(id).length * 2;
    else {
      (typeof this.#values[id] === 'string' ? this.#byText : this.#byArray).delete(key);
      this.#textBytes -= key.length * 2;
    }
    this.#values[id] = undefined;
    this.#keys[id] = undefined;
    this.#free.push(id);
    return true;
  }

  value(id: number): Interned {
    return this.#values[id]!;
  }
  text(id: number): string {
    return this.#values[id] as string;
  }

  readonly #keys: (string | undefined)[] = [];
}
