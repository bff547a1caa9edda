/** Random trace and span ids. */
import { randomFillSync } from 'node:crypto';
import type { IdGenerator } from '@opentelemetry/sdk-trace-base';
import { wordHex } from '../../../shared/hexWords.ts';

export type SpanIds = IdGenerator & {
  /** One of the two words of a span's id: the low one is never 0. */
  highWord(): number;
  lowWord(): number;
};

export function createIdGenerator(): SpanIds {
  // Signed: such a number takes no memory of its own.
  const pool = new Int32Array(4096);
  let at = pool.length;
  const highWord = () => {
    if (at === pool.length) {
      randomFillSync(pool);
      at = 0;
    }
    return pool[at++]!;
  };
  // The lowest bit is always set: no id is all zeros.
  const lowWord = () => highWord() | 1;
  const half = () => wordHex(highWord() >>> 0) + wordHex(lowWord() >>> 0);
  return { highWord, lowWord, generateSpanId: half, generateTraceId: () => half() + half() };
}
