import { describe, expect, it } from 'vitest';
import { I32Column } from '../../../renderer/derive/chunkedColumn.ts';

const rising = (from: number, count: number) => Int32Array.from({ length: count }, (_, at) => from + at);
const all = (column: I32Column) => {
  const values = new Int32Array(column.length);
  column.read(0, values);
  return values;
};

describe('a column', () => {
  it.each([0, 1, 16_384, 40_000])('that took %i values over has them, and what is added later', (count) => {
    const column = new I32Column();
    const given = rising(0, count);
    column.take(given);
    expect(all(column)).toEqual(given);
    column.append(rising(count, 20_000));
    column.push(count + 20_000);
    column.take(rising(count + 20_001, 3));
    expect(all(column)).toEqual(rising(0, count + 20_004));
    column.set(2, -5);
    expect([column.get(2), column.length]).toEqual([-5, count + 20_004]);
  });

  it('copies none but the last of what it took over, and holds nothing of it once it is cleared', () => {
    const column = new I32Column();
    const given = rising(0, 40_000);
    column.take(given);
    expect(column.chunks.map(({ buffer }) => buffer === given.buffer)).toEqual([true, true, false]);
    column.clear();
    expect([column.length, column.bytes()]).toEqual([0, 0]);
    column.take(rising(7, 5));
    expect(all(column)).toEqual(rising(7, 5));
  });
});
