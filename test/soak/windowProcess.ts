/** Stands for a window: unpacks what it is sent in a process of its own, and remembers which spans it saw. */
import { decodeBlock } from '../../shared/leafCodec.ts';
import type { SpanRecord } from '../../shared/span.ts';
import { NUMBER } from './load.ts';

export type ToWindow =
  | { readonly type: 'batch'; readonly blocks: readonly Uint8Array[] }
  /** All that is in memory at the end. */
  | { readonly type: 'held'; readonly blocks: readonly Uint8Array[] };
export type FromWindow =
  | { readonly type: 'taken' }
  | {
      readonly type: 'result';
      /** Different spans that it saw ended. */
      readonly seen: number;
      /** Ended spans in memory at the end, and those of them that it never saw ended. */
      readonly held: number;
      readonly missing: number;
    };

const answer = (message: FromWindow) => process.send!(message);
const seen = createMarks();

process.on('message', (message: ToWindow) => {
  const ended = message.blocks
    .flatMap((bytes) => (bytes.byteLength === 0 ? [] : decodeBlock(bytes)))
    .filter(({ endMs }) => endMs !== null);
  if (message.type === 'batch') {
    for (const span of ended) seen.mark(numberOf(span));
    answer({ type: 'taken' });
    return;
  }
  const count = seen.count;
  const held = createMarks();
  // One that started in one batch and ended in a later one may be in both.
  for (const span of ended) held.mark(numberOf(span));
  for (const span of ended) seen.mark(numberOf(span));
  answer({ type: 'result', seen: count, held: held.count, missing: seen.count - count });
  process.disconnect();
});

function numberOf({ attributes, name }: SpanRecord): number {
  const number = attributes[NUMBER];
  if (typeof number !== 'number') throw new Error(`A span "${name}" without its number.`);
  return number;
}

/** A set of numbers, a bit each. */
function createMarks() {
  let bits = new Uint8Array(1 << 17);
  let count = 0;
  return {
    mark(number: number): void {
      const at = Math.floor(number / 8);
      if (at >= bits.length) {
        const larger = new Uint8Array(Math.max(bits.length * 2, at + 1));
        larger.set(bits);
        bits = larger;
      }
      const bit = 1 << (number % 8);
      if ((bits[at]! & bit) !== 0) return;
      bits[at]! |= bit;
      count += 1;
    },
    get count() {
      return count;
    },
  };
}
