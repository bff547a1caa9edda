/**
 * Finds slow operations among those that are not timed, without reading the clock for each. Every reading that
 * is taken anyway divides a turn of the event loop into intervals:
 *
 *   turn   |first operation            row          row                    end of turn|
 *   clock  t0                          t1   t2      t3   t4                           t5
 *          '--- interval --------------'----'-------'----'----------------------------'
 *
 * An interval that is shorter than what counts as slow proves that nothing in it was slow. One that is not may
 * hold a slow operation, or many quick ones, or other work altogether: it becomes one row, which says for how
 * many operations it stands, and its operations are timed one by one for a while.
 */
import { readClock } from './readClock.ts';
import type { CurrentParent, LeafParent } from './leafParent.ts';

/** What the watch wants of an operation. */
export interface Watched {
  /** The interval in which it ended an operation untimed last, as a token. */
  interval: number;
  /** The same, once the watch wants to hear no more of it in this interval. */
  noted: number;
  /** `leftOut` before the first untimed operation of that interval. */
  leftOutBefore: number;
  readonly leftOut: number;
  readonly slowMs: number;
  /** Times the next executions one by one. */
  arm(): void;
  /** Records a row of `durationMs` that stands for `operations` untimed ones: all of this kind, or not. */
  promote(
    parent: LeafParent,
    startMs: number,
    durationMs: number,
    operations: number,
    isMixed: boolean,
  ): void;
}

/** Intervals are numbered from 1 up to this, and then anew. */
export const INTERVALS = 2 ** 30;
/** So many beginnings of intervals are remembered. */
const REMEMBERED = 256;

export class SlowWatch {
  readonly #currentParent: CurrentParent;
  #floorMs = Infinity;
  #negligibleMs = Infinity;
  #interval = 0;
  #turnMs = 0;
  #openedMs = 0;
  readonly #openings = new Float64Array(REMEMBERED);
  /** Minus the number of the interval under way; 0 while there is none. */
  token = 0;
  /** The first parent that one of the interval's operations had. */
  #parent: LeafParent | null = null;
  /** The first `#notedCount` of these: setting an array's length costs more than all the rest of an interval. */
  readonly #noted: Watched[] = [];
  #notedCount = 0;
  readonly #close = () => this.#endTurn();

  constructor(currentParent: CurrentParent) {
    this.#currentParent = currentParent;
  }

  /** The shortest time that counts as slow anywhere. */
  set floorMs(milliseconds: number) {
    this.#floorMs = milliseconds;
    this.#negligibleMs = milliseconds / 64;
  }

  /** Begins a turn with its first interval, whose token it returns. */
  open(): number {
    this.#turnMs = readClock();
    this.#begin(this.#turnMs);
    // With a reference: the loop would else wait for events before it comes to this, and the wait would count.
    setImmediate(this.#close);
    return this.token;
  }

  /** When that interval began, or earlier. */
  openedMs(token: number): number {
    const back = (this.#interval + token + INTERVALS) % INTERVALS;
    if (back < REMEMBERED) return this.#openings[-token % REMEMBERED]!;
    return this.#turnMs;
  }

  /** A reading was taken: the end of one interval and the beginning of the next. */
  cut(readingMs: number): void {
    if (this.token === 0) return;
    if (this.#notedCount > 0) this.#finish(readingMs);
    // Nothing ended in it so far. That it seems a little longer than it was costs less than a new one.
    else if (readingMs - this.#openedMs < this.#negligibleMs) return;
    this.#begin(readingMs);
  }

  /** The first time that an operation ends untimed in this interval, or another one while no parent is known. */
  note(operation: Watched): void {
    const { token } = this;
    if (operation.interval !== token) {
      operation.interval = token;
      operation.leftOutBefore = operation.leftOut;
      this.#noted[this.#notedCount] = operation;
      this.#notedCount += 1;
    }
    if (this.#parent === null) {
      const parent = this.#currentParent();
      if (parent !== null && parent.sampled) this.#parent = parent;
    }
    if (this.#parent !== null) operation.noted = token;
  }

  #begin(readingMs: number): void {
    this.#interval = this.#interval + 1 === INTERVALS ? 1 : this.#interval + 1;
    this.#openedMs = readingMs;
    this.#openings[this.#interval % REMEMBERED] = readingMs;
    this.token = -this.#interval;
  }

  #finish(readingMs: number): void {
    const durationMs = readingMs - this.#openedMs;
    if (durationMs >= this.#floorMs) this.#promote(durationMs);
    this.#notedCount = 0;
    this.#parent = null;
  }

  #promote(durationMs: number): void {
    const slow = this.#noted.slice(0, this.#notedCount).filter(({ slowMs }) => durationMs >= slowMs);
    for (const operation of slow) operation.arm();
    const [first] = slow;
    if (first === undefined || this.#parent === null) return;
    const operations = slow.reduce((sum, { leftOut, leftOutBefore }) => sum + leftOut - leftOutBefore, 0);
    first.promote(this.#parent, this.#openedMs, durationMs, operations, slow.length > 1);
  }

  #endTurn(): void {
    if (this.#notedCount > 0) this.#finish(readClock());
    this.token = 0;
  }
}
