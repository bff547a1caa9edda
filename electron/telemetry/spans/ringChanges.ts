/**
 * Which slots changed when. Every start and end is one change, and the log holds the last of them; a reader that
 * comes later than that finds the slots themselves by the number of their latest change.
 */
import { FLAG_OPEN, FLAG_USED } from './ringColumns.ts';

export type RingChanges = ReturnType<typeof createRingChanges>;

/** @param flags - of the slots, to tell what is in them now */
export function createRingChanges(capacity: number, flags: Uint8Array) {
  const logLength = capacity * 2;
  /** The slot of each change, written round and round. */
  const log = new Uint32Array(logLength);
  const startSeq = new Float64Array(capacity);
  const latestSeq = new Float64Array(capacity);
  /** The collection that found the slot last, by its number. */
  const foundBy = new Uint32Array(capacity);
  let collection = 0;
  let seq = 0;

  /** Slots whose latest change lies after `from` but is too old for the log, oldest first. */
  function beyondLog(from: number, logStart: number, wanted: (slot: number) => boolean): number[] {
    const slots: number[] = [];
    for (let slot = 0; slot < capacity; slot += 1) {
      const latest = latestSeq[slot]!;
      if ((flags[slot]! & FLAG_USED) !== 0 && latest > from && latest <= logStart && wanted(slot))
        slots.push(slot);
    }
    return slots.sort((a, b) => latestSeq[a]! - latestSeq[b]!);
  }

  return {
    bytes: log.byteLength + startSeq.byteLength + latestSeq.byteLength + foundBy.byteLength,

    /** The number of the latest change. */
    get seq() {
      return seq;
    },

    /** The next change is the first of the span in the slot. */
    begin(slot: number): void {
      startSeq[slot] = seq + 1;
    },

    add(slot: number): void {
      seq += 1;
      latestSeq[slot] = seq;
      log[seq % logLength] = slot;
    },

    /** The latest change of what is in the slot. */
    latestOf: (slot: number): number => latestSeq[slot]!,

    /** What changed after `from`, each span once, and how far that goes. */
    collect(from: number, maxSpans: number, endedOnly: boolean): { seq: number; slots: number[] } {
      collection += 1;
      const isWanted = (slot: number) =>
        (flags[slot]! & (endedOnly ? FLAG_USED | FLAG_OPEN : FLAG_USED)) === FLAG_USED &&
        foundBy[slot] !== collection;
      const logStart = Math.max(0, seq - logLength);
      let slots: number[] = [];
      let at = from;
      if (at < logStart) {
        const old = beyondLog(at, logStart, isWanted);
        slots = old.slice(0, maxSpans);
        for (const slot of slots) foundBy[slot] = collection;
        at = slots.length < old.length ? latestSeq[slots.at(-1)!]! : logStart;
      }
      while (at >= logStart && at < seq && slots.length < maxSpans) {
        at += 1;
        const slot = log[at % logLength]!;
        // The change is of the span that is there now, and not of one that had the slot before it.
        if ((latestSeq[slot] === at || (!endedOnly && startSeq[slot] === at)) && isWanted(slot)) {
          foundBy[slot] = collection;
          slots.push(slot);
        }
      }
      return { seq: at, slots };
    },
  };
}
