import { describe, expect, it } from 'vitest';
import {
  ByteReader,
  ByteWriter,
  ChunkError,
  openBits,
  packBits,
  unpackBits,
} from '../../../../electron/traces/blocks/bytes.ts';
import { randomFrom } from '../../telemetry/pipelineSpans.ts';

describe('numbers of a few bits', () => {
  it('come back at every width, however many they are', () => {
    const random = randomFrom(7);
    for (let width = 0; width <= 24; width += 1) {
      for (const count of [0, 1, 2, 3, 7, 8, 31, 200]) {
        const values = Uint32Array.from({ length: count }, () => Math.floor(random() * 2 ** width));
        const into = new ByteWriter();
        packBits(into, values, count, width);
        const bytes = into.take();
        const told = unpackBits(new ByteReader(bytes), count, width).subarray(0, count);
        expect([...told], `${count} of ${width} bits`).toEqual([...values]);
        const at = openBits(new ByteReader(bytes), count, width);
        expect(Array.from(values, (_, i) => at(i))).toEqual([...values]);
      }
    }
  });

  it('are no remains of what was read before them', () => {
    const into = new ByteWriter();
    packBits(into, Uint32Array.of(7, 7, 7), 3, 3);
    expect([...unpackBits(new ByteReader(into.take()), 3, 3).subarray(0, 3)]).toEqual([7, 7, 7]);
    expect([...unpackBits(new ByteReader(new Uint8Array()), 3, 0).subarray(0, 3)]).toEqual([0, 0, 0]);
  });

  it('are refused where they are cut short or too wide', () => {
    expect(() => unpackBits(new ByteReader(new Uint8Array(2)), 3, 8)).toThrow(ChunkError);
    expect(() => unpackBits(new ByteReader(new Uint8Array(99)), 3, 25)).toThrow(ChunkError);
  });
});
