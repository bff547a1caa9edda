/** A block that is to be written: what is known of it without reading it, and its chunks. */
import type { SpanColumns } from './spanColumns.ts';
import type { Chunk } from './blockChunks.ts';

export type NewBlock = {
  readonly count: number;
  /** Epoch microseconds of the earliest and the latest start. */
  readonly firstUs: number;
  readonly lastUs: number;
  readonly minTrace: number;
  readonly maxTrace: number;
  readonly chunks: readonly Chunk[];
};

/** @param columns - in order of traces */
export function newBlock({ count, trace, startUs }: SpanColumns, chunks: readonly Chunk[]): NewBlock {
  let firstUs = Infinity;
  let lastUs = -Infinity;
  for (const us of startUs) {
    if (us < firstUs) firstUs = us;
    if (us > lastUs) lastUs = us;
  }
  return { count, firstUs, lastUs, minTrace: trace[0]!, maxTrace: trace[count - 1]!, chunks };
}
