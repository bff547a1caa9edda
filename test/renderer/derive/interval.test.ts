import { describe, expect, it } from 'vitest';
import { formatDue, formatInterval } from '../../../renderer/derive/interval.ts';

const MINUTE = 60_000;
const DAY = 86_400_000;

describe('the time until a card comes again', () => {
  it.each([
    [20_000, '<1m'],
    [MINUTE, '1m'],
    [10 * MINUTE, '10m'],
    [59.4 * MINUTE, '59m'],
    [3 * 60 * MINUTE, '3h'],
    [DAY, '1d'],
    [29 * DAY, '29d'],
    [45 * DAY, '1.5mo'],
    [365.25 * DAY, '1y'],
    [12.4 * 365.25 * DAY, '12y'],
  ])('%i ms is %s', (ms, text) => {
    expect(formatInterval(ms)).toBe(text);
  });

  it('says what is new and what is due', () => {
    expect(formatDue(null)).toBe('new');
    expect(formatDue(1000, 1000)).toBe('due');
    expect(formatDue(1000 + 2 * DAY, 1000)).toBe('2d');
  });
});
