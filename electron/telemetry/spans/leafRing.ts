/**
 * The last rows of the process: operations too short for a span of their own, 32 bytes each in columns that are
 * there from the start. A row is a span in everything but form; whoever reads rows gets them packed
 * (`shared/leafFormat.ts`) and makes spans of them away from the main thread.
 *
 *   rows     numbered from 0 on for as long as the process lives; row n lies in slot n % capacity
 *   ids      a row's span id is a random 64-bit number, drawn once, plus the row's number
 *   parents  rows hold the number of an entry of a table (leafParents.ts)
 *   names    operations and error types are numbers as well (leafNames.ts)
 */
import { randomFillSync } from 'node:crypto';
import { packLeaves, ROW_COLUMNS } from '../../../shared/leafPacking.ts';
import type { LeafColumns, LeafTables } from '../../../shared/leafPacking.ts';
import type { LeafParent } from '../operations/leafParent.ts';
import { LeafNames } from './leafNames.ts';
import type { Cleaning } from './leafNames.ts';
import { LeafParents } from './leafParents.ts';

export type LeafRingOptions = Cleaning & {
  /** Rows held at most. */
  readonly capacity?: number | undefined;
  /** Epoch milliseconds of a reading of `performance.now()`. */
  readonly epochMs: (performanceMs: number) => number;
  /** A listener threw. */
  readonly onFault?: (thrown?: unknown) => void;
};

export type LeafReader = {
  /** Moves on to the rows that follow, `maxRows` at most; `null` when there are none. */
  advance(maxRows: number): { readonly from: number; readonly to: number } | null;
  /** Rows that were overwritten before it came to them. */
  readonly lost: number;
};

export class LeafRing extends LeafNames {
  readonly capacity: number;
  readonly #epochMs: (performanceMs: number) => number;
  readonly #onFault: (thrown?: unknown) => void;

  // The system hands out zeroed pages when they are first written: an idle ring takes next to nothing.
  readonly #columns: LeafColumns;
  readonly #startMs: Float64Array;
  readonly #durationMs: Float32Array;
  readonly #operation: Uint16Array;
  readonly #error: Uint16Array;
  readonly #parent: Uint32Array;
  readonly #first: Float64Array;
  readonly #second: Float32Array;
  #rows = 0;
  #slot = 0;

  readonly #parents: LeafParents;
  readonly #idBase: readonly [number, number];
  readonly #listeners = new Set<() => void>();
  #isTelling = false;

  constructor(options: LeafRingOptions) {
    super(options);
    const capacity = Math.max(1, options.capacity ?? 262_144);
    this.capacity = capacity;
    this.#epochMs = options.epochMs;
    this.#onFault = options.onFault ?? (() => undefined);
    this.#startMs = new Float64Array(capacity);
    this.#durationMs = new Float32Array(capacity);
    this.#operation = new Uint16Array(capacity);
    this.#error = new Uint16Array(capacity);
    this.#parent = new Uint32Array(capacity);
    this.#first = new Float64Array(capacity);
    this.#second = new Float32Array(capacity);
    this.#columns = {
      startMs: this.#startMs,
      durationMs: this.#durationMs,
      operation: this.#operation,
      error: this.#error,
      parent: this.#parent,
      first: this.#first,
      second: this.#second,
    };
    this.#parents = new LeafParents((attributes) => this.clean(attributes));
    const [high, low] = randomFillSync(new Uint32Array(2)) as unknown as [number, number];
    // Between 1 and 2^31: no row number that can be reached makes an id of zeros.
    this.#idBase = [(high >>> 1) | 1, low];
  }

  /** Rows recorded so far; the number of the next one. */
  get rows(): number {
    return this.#rows;
  }
  /** Number of the oldest row held. */
  get oldest(): number {
    return this.#rows > this.capacity ? this.#rows - this.capacity : 0;
  }
  /** Parents that rows refer to. */
  get parents(): number {
    return this.#parents.count;
  }
  /** Memory of columns and parents. */
  get bytes(): number {
    return this.capacity * ROW_COLUMNS.bytes + this.#parents.bytes;
  }

  /**
   * Records a row. @param startMs - reading of `performance.now()` @param errorNo - 0 for none
   * @param first - the first fact, `NaN` for none
   */
  add(
    parent: LeafParent,
    operationNo: number,
    startMs: number,
    durationMs: number,
    errorNo: number,
    first: number,
    second: number,
  ): void {
    const entry = this.#parents.find(parent);
    const slot = this.#slot;
    // First what may throw, where a fact is no number after all.
    this.#first[slot] = first;
    this.#second[slot] = second;
    this.#parents.hold(entry);
    if (this.#rows >= this.capacity) this.#parents.release(this.#parent[slot]!);
    this.#startMs[slot] = this.#epochMs(startMs);
    this.#durationMs[slot] = durationMs;
    this.#operation[slot] = operationNo;
    this.#error[slot] = errorNo;
    this.#parent[slot] = entry;
    this.#slot = slot + 1 === this.capacity ? 0 : slot + 1;
    this.#rows += 1;
    if (!this.#isTelling) this.#tellSoon();
  }

  /** The rows `[from, to)`, all of them held, packed. */
  pack(from: number, to: number): Uint8Array {
    return packLeaves(this.#columns, this.#tables(), from, to - from, null);
  }

  /** Single rows, all of them held, in ascending order, packed. */
  packRows(rows: readonly number[]): Uint8Array {
    return packLeaves(this.#columns, this.#tables(), rows[0] ?? 0, rows.length, rows);
  }

  /** Number of a held row's parent: rows that have it in common are of one trace. */
  parentOf(row: number): number {
    return this.#parent[row % this.capacity]!;
  }
  traceIdOf(parentNo: number): string {
    return this.#parents.traceId(parentNo);
  }

  /** @param fromNow - leaves out what is held already */
  reader(fromNow = false): LeafReader {
    let place = fromNow ? this.#rows : this.oldest;
    let lost = 0;
    const skip = () => {
      if (place >= this.oldest) return;
      lost += this.oldest - place;
      place = this.oldest;
    };
    return {
      advance: (maxRows) => {
        skip();
        if (place === this.#rows) return null;
        const from = place;
        place = Math.min(this.#rows, from + Math.max(1, maxRows));
        return { from, to: place };
      },
      get lost() {
        skip();
        return lost;
      },
    };
  }

  override redactAgain(): void {
    super.redactAgain();
    this.#parents.cleanAgain();
  }

  /** Called once for each turn of the event loop that recorded rows, at its end. Returns the end of it. */
  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  #tables(): LeafTables {
    const { operations, errors } = this;
    const { ids, attributes, limit } = this.#parents;
    return {
      idBase: this.#idBase,
      operations,
      errors,
      parentIds: ids,
      parentAttributes: attributes,
      parentLimit: limit,
    };
  }

  #tellSoon(): void {
    if (this.#listeners.size === 0) return;
    this.#isTelling = true;
    setImmediate(() => {
      this.#isTelling = false;
      for (const listener of this.#listeners) {
        try {
          listener();
        } catch (thrown) {
          this.#onFault(thrown);
        }
      }
    });
  }
}
