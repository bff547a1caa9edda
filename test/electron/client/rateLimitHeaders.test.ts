import { describe, expect, it } from 'vitest';
import { readHeadroom, retryAfterMs } from '../../../electron/client/rateLimitHeaders.ts';

const NOW = Date.UTC(2026, 0, 1, 12, 0, 0);

describe('retryAfterMs', () => {
  it.each([
    [{ 'retry-after': '2' }, 2_000],
    [{ 'retry-after': '1.5' }, 1_500],
    [{ 'retry-after': 'Thu, 01 Jan 2026 12:00:30 GMT' }, 30_000],
    [{ 'retry-after': 'Thu, 01 Jan 2026 11:00:00 GMT' }, 0],
    [{ 'retry-after': '-3' }, 0],
    [{ 'retry-after': 'soon' }, null],
    [{ 'retry-after-ms': '250', 'retry-after': '1' }, 250],
    [{}, null],
    [{ 'x-ratelimit-remaining-requests': '3', 'x-ratelimit-reset-requests': '6s' }, null],
    [{ 'x-ratelimit-remaining-requests': '0', 'x-ratelimit-reset-requests': '6s' }, 6_000],
    [{ 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': String(NOW + 4_000) }, 4_000],
  ])('reads %j as %s', (headers, expected) => {
    expect(retryAfterMs(headers, NOW)).toBe(expected);
  });
});

describe('readHeadroom', () => {
  it.each([
    ['6m0s', 360_000],
    ['1h2m3.5s', 3_723_500],
    ['20ms', 20],
    ['12', 12_000],
    [String(NOW / 1000 + 7), 7_000],
    ['later', null],
  ])('reads a reset of %s as %s ms', (reset, resetMs) => {
    const headroom = readHeadroom({ 'x-ratelimit-reset-tokens': reset }, NOW);
    expect(headroom).toEqual({ requests: null, tokens: { limit: null, remaining: null, resetMs } });
  });
});
