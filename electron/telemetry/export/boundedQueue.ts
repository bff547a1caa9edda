/** What waits in memory, oldest first. Where it grows beyond its bound the oldest go. */
export class BoundedQueue<T> {
  #items: T[] = [];
  #head = 0;
  #weight = 0;
  readonly #weigh: (item: T) => number;
  maxWeight: number;

  constructor(maxWeight: number, weigh: (item: T) => number) {
    this.maxWeight = maxWeight;
    this.#weigh = weigh;
  }

  /** The sum over all items. */
  get weight(): number {
    return this.#weight;
  }
  get length(): number {
    return this.#items.length - this.#head;
  }

  /** Returns the weight of what was given up. The newest item stays, however heavy it is. */
  push(items: readonly T[]): number {
    for (const item of items) {
      this.#items.push(item);
      this.#weight += this.#weigh(item);
    }
    return this.trim();
  }

  /** Gives up the oldest until the bound holds; returns their weight. */
  trim(): number {
    const before = this.#weight;
    while (this.#weight > this.maxWeight && this.length > 1) this.#shift();
    return before - this.#weight;
  }

  /** Up to so many of the oldest. */
  take(count: number): T[] {
    const taken: T[] = [];
    while (taken.length < count && this.length > 0) taken.push(this.#shift());
    return taken;
  }

  /** The same without taking them. */
  peek(count: number): T[] {
    return this.#items.slice(this.#head, this.#head + count);
  }

  /** Gives everything up; returns its weight. */
  clear(): number {
    const before = this.#weight;
    this.#items = [];
    this.#head = 0;
    this.#weight = 0;
    return before;
  }

  #shift(): T {
    const item = this.#items[this.#head]!;
    // The slot must not keep the item alive until the array is cut.
    this.#items[this.#head] = undefined as T;
    this.#head += 1;
    this.#weight -= this.#weigh(item);
    if (this.#head > 1024 && this.#head * 2 > this.#items.length) {
      this.#items = this.#items.slice(this.#head);
      this.#head = 0;
    }
    return item;
  }
}
