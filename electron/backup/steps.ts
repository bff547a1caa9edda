/** Work in steps: at once where a caller cannot wait for a promise, in turns with everything else where it can. */
import { setImmediate as nextTurn } from 'node:timers/promises';

/** Pauses where it yields; each piece between is some 50 ms. */
export type Steps<T> = Generator<void, T, void>;

export function runAtOnce<T>(steps: Steps<T>): T {
  for (;;) {
    const { done, value } = steps.next();
    if (done === true) return value;
  }
}

/** Signals, messages and timers come in between. */
export async function runInTurns<T>(steps: Steps<T>): Promise<T> {
  for (;;) {
    const { done, value } = steps.next();
    if (done === true) return value;
    await nextTurn();
  }
}
