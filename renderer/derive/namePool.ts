/** Names by number, each kept as long as a span has it. */
export class NamePool {
  readonly #ids = new Map<string, number>();
  readonly names: string[] = [];
  readonly #uses: number[] = [];
  readonly #free: number[] = [];

  /** The name's number, with one use more. */
  take(name: string): number {
    let id = this.#ids.get(name);
    if (id === undefined) {
      id = this.#free.pop() ?? this.names.length;
      this.#ids.set(name, id);
      this.names[id] = name;
      this.#uses[id] = 0;
    }
    this.#uses[id]! += 1;
    return id;
  }

  /** One use more of a name that is in use. */
  use(id: number): void {
    this.#uses[id]! += 1;
  }

  release(id: number): void {
    this.#uses[id]! -= 1;
    if (this.#uses[id] !== 0) return;
    this.#ids.delete(this.names[id]!);
    this.names[id] = '';
    this.#free.push(id);
  }

  get count(): number {
    return this.names.length;
  }
}
