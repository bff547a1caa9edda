/** Numbers one after another, 8 bytes each. */
export class NumberList {
  #values = new Float64Array(64);
  #count = 0;

  push(value: number): void {
    if (this.#count === this.#values.length) {
      const values = new Float64Array(this.#count * 2);
      values.set(this.#values);
      this.#values = values;
    }
    this.#values[this.#count] = value;
    this.#count += 1;
  }

  get values(): Float64Array {
    return this.#values.subarray(0, this.#count);
  }
}
