/**
 * Spans that started or ended and are not in the ring yet. They are filed together: at the end of the turn of the
 * event loop, when there are many, and before anybody looks. Filing touches a dozen columns and the table of
 * strings; amid the program's own work it finds none of them in the processor's caches and takes several times as
 * long as one span after the other. Most spans have ended by then, and so they are filed once.
 */
import { WAITING } from './ringSpan.ts';
import type { RingSpan } from './ringSpan.ts';

/** So many wait at most: each keeps its object and its attributes until then. */
const MAX_WAITING = 256;

/** `RingSpan.ringSlot` of a span that waits and is over by now. */
const WAITING_ENDED = -2;

export type Filing = {
  /** It is open; gives it its `ringSlot`. */
  open(span: RingSpan): void;
  /** It is over, and was filed as open before that. */
  close(span: RingSpan): void;
  /** It is over, and the ring has not heard of it. */
  whole(span: RingSpan): void;
  /** Once for each turn in which something came in, at its end, when all of it is filed. */
  told(): void;
  readonly onFault: (thrown: unknown) => void;
};

export class SpanInbox {
  readonly #filing: Filing;
  readonly #waiting: (RingSpan | null)[] = [];
  #count = 0;
  #isTelling = false;

  constructor(filing: Filing) {
    this.#filing = filing;
  }

  started(span: RingSpan): void {
    span.ringSlot = WAITING;
    this.#add(span);
  }
  ended(span: RingSpan): void {
    if (span.ringSlot === WAITING) span.ringSlot = WAITING_ENDED;
    else this.#add(span);
  }

  /** Files all that waits, in the order in which it came. */
  empty(): void {
    const count = this.#count;
    if (count === 0) return;
    this.#count = 0;
    for (let i = 0; i < count; i += 1) {
      const span = this.#waiting[i]!;
      this.#waiting[i] = null;
      this.#file(span);
    }
  }

  /** There is news at the end of this turn, in any case. */
  tellSoon(): void {
    if (this.#isTelling) return;
    this.#isTelling = true;
    setImmediate(() => {
      this.#isTelling = false;
      this.empty();
      this.#filing.told();
    });
  }

  #add(span: RingSpan): void {
    this.#waiting[this.#count] = span;
    this.#count += 1;
    if (this.#count === MAX_WAITING) this.empty();
    this.tellSoon();
  }

  #file(span: RingSpan): void {
    try {
      const { ringSlot } = span;
      if (ringSlot === WAITING) this.#filing.open(span);
      else {
        if (ringSlot === WAITING_ENDED) this.#filing.whole(span);
        else this.#filing.close(span);
        span.filed();
      }
    } catch (thrown) {
      this.#filing.onFault(thrown);
    }
  }
}
