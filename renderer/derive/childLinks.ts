/** Children by parent: a list for each node, which runs from the latest arrival back. */
import { I32Column } from './chunkedColumn.ts';

export class ChildLinks {
  readonly #first = new I32Column();
  readonly #next = new I32Column();
  #firstRoot = -1;

  /** Links the nodes from the last one linked up to `size`. */
  grow(parents: I32Column, size: number): void {
    const first = this.#first;
    const next = this.#next;
    for (let node = next.length; node < size; node += 1) {
      const parent = parents.get(node);
      // A parent may come later than its child in the same batch.
      while (first.length <= Math.max(node, parent)) first.push(-1);
      next.push(parent < 0 ? this.#firstRoot : first.get(parent));
      if (parent < 0) this.#firstRoot = node;
      else first.set(parent, node);
    }
  }

  /** Children in order of arrival; of -1: the roots. */
  of(node: number): Int32Array {
    let count = 0;
    const first = node < 0 ? this.#firstRoot : this.#first.get(node);
    for (let child = first; child >= 0; child = this.#next.get(child)) count += 1;
    const children = new Int32Array(count);
    for (let child = first; child >= 0; child = this.#next.get(child)) children[(count -= 1)] = child;
    return children;
  }

  has(node: number): boolean {
    return this.#first.get(node) >= 0;
  }

  bytes(): number {
    return this.#first.bytes() + this.#next.bytes();
  }
}
