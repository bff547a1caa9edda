import { describe, expect, it } from 'vitest';
import { formatDuration } from '../../shared/units.ts';

describe('a duration', () => {
  it.each([
    [0, '0 s'],
    [0.00034, '340 ns'],
    [0.34, '340 µs'],
    [12.3, '12.3 ms'],
    [4560, '4.56 s'],
    [185_000, '3 m 05 s'],
    [3_720_000, '1 h 02 m'],
    [Number.NaN, '–'],
  ])('of %d ms is %s', (ms, text) => {
    expect(formatDuration(ms)).toBe(text);
  });
});
