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

  /** Entries in use. */
  get size(): number {
    return this.#byText.size + this.#byArray.size;
  }
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
    const map = typeof value === 'string' ? this.#byText : this.#byArray;
    const key = typeof value === 'string' ? value : JSON.stringify(value);
    const known = map.get(key);
    if (known !== undefined) {
      this.#uses[known]! += 1;
      return known;
    }
    const id = this.#free.pop() ?? this.#values.length;
    // The key stays what the caller says, so that the next use is found without another look by `admit`.
    this.#values[id] =
      typeof value === 'string'
        ? this.#admit(value)
        : (value.map((part) => (typeof part === 'string' ? this.#admit(part) : part)) as Interned);
    this.#uses[id] = 1;
    map.set(key, id);
    this.#keys[id] = key;
    this.#textBytes += key.length * 2;
    return id;
  }

  /** A further use of a number that is in use. */
  retain(id: number): void {
    this.#uses[id]! += 1;
  }

  release(id: number): void {
    const left = this.#uses[id]! - 1;
    this.#uses[id] = left;
    if (left > 0) return;
    const key = this.#keys[id]!;
    (typeof this.#values[id] === 'string' ? this.#byText : this.#byArray).delete(key);
    this.#textBytes -= key.length * 2;
    this.#values[id] = undefined;
    this.#keys[id] = undefined;
    this.#free.push(id);
  }

  value(id: number): Interned {
    return this.#values[id]!;
  }
  text(id: number): string {
    return this.#values[id] as string;
  }

  readonly #keys: (string | undefined)[] = [];
}
