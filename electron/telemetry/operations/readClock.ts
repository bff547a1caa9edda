/**
 * The clock of operations: that of `performance.now()`, in the same milliseconds, read in two thirds of the time.
 * It comes as a whole number that is put apart here without ever becoming an object.
 */
const readNs = process.hrtime.bigint;
const whole = new BigUint64Array(1);
const words = new Uint32Array(whole.buffer);
const HIGH_WORD = 2 ** 32;
const MS_PER_NS = 1e-6;
const aheadMs = findOffset();

/** A reading as `performance.now()` would give it. */
export function readClock(): number {
  return readMs() - aheadMs;
}

function readMs(): number {
  whole[0] = readNs();
  // Both processors that there are builds for put the low word first.
  return (words[1]! * HIGH_WORD + words[0]!) * MS_PER_NS;
}

/** The two clocks differ by where they begin; the closest of some comparisons is good to a few nanoseconds. */
function findOffset(): number {
  let offsetMs = 0;
  let closestMs = Infinity;
  for (let i = 0; i < 50; i += 1) {
    const beforeMs = readMs();
    const nowMs = performance.now();
    const afterMs = readMs();
    if (afterMs - beforeMs >= closestMs) continue;
    closestMs = afterMs - beforeMs;
    offsetMs = (beforeMs + afterMs) / 2 - nowMs;
  }
  return offsetMs;
}
