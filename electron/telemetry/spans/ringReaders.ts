/** The readers' places among the ended spans, and what was gone before they came to it. */
import type { RingChanges } from './ringChanges.ts';

/** A reader's own place among the ended spans. */
export type RingReader = {
  /** Slots of the next ended spans, each once, `maxSpans` at most; `null` when there are none. */
  nextSlots(maxSpans: number): readonly number[] | null;
  /** Ended spans that were gone before it came to them. */
  readonly lost: number;
  close(): void;
};

export class RingReaders {
  readonly #changes: RingChanges;
  /** Files what has started and ended until now. */
  readonly #settle: () => void;
  readonly #places = new Set<{ seq: number; lost: number }>();

  constructor(changes: RingChanges, settle: () => void) {
    this.#changes = changes;
    this.#settle = settle;
  }

  /** @param fromNow - leaves out what has ended already */
  open(fromNow: boolean): RingReader {
    const settle = this.#settle;
    settle();
    const place = { seq: fromNow ? this.#changes.seq : 0, lost: 0 };
    this.#places.add(place);
    return {
      nextSlots: (maxSpans) => {
        settle();
        const { seq, slots } = this.#changes.collect(place.seq, Math.max(1, maxSpans), true);
        place.seq = seq;
        return slots.length === 0 ? null : slots;
      },
      get lost() {
        settle();
        return place.lost;
      },
      close: () => void this.#places.delete(place),
    };
  }

  /** An ended span is given up whose latest change was `seq`. */
  givenUp(seq: number): void {
    for (const place of this.#places) if (seq > place.seq) place.lost += 1;
  }
}
