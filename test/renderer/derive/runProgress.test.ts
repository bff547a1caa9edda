import { describe, expect, it } from 'vitest';
import {
  formatEta,
  isResumable,
  progressShare,
  runOutcome,
  settledRows,
} from '../../../renderer/derive/runProgress.ts';
import { aRun } from '../runs.ts';

describe('runProgress', () => {
  it('counts a row as settled whatever became of it', () => {
    expect(settledRows(aRun({ done: 1, duplicates: 2, skipped: 3, failed: 4 }))).toBe(10);
  });

  it('takes an empty list for finished instead of dividing by nothing', () => {
    expect(progressShare(aRun({ terms: 0 }))).toBe(1);
  });

  it('offers to resume only what has rows left', () => {
    expect(isResumable(aRun({ state: 'interrupted', done: 9 }))).toBe(true);
    expect(isResumable(aRun({ state: 'interrupted', done: 10 }))).toBe(false);
    expect(isResumable(aRun({ state: 'done', done: 9 }))).toBe(false);
    expect(isResumable(aRun({ state: 'running', done: 9 }))).toBe(false);
  });

  it('says a remaining time that does not flicker', () => {
    expect([null, 900, 7400, 43_000, 61_000, 3_600_000, 9_000_000].map(formatEta)).toEqual([
      '–',
      'a moment',
      'about 7 s',
      'about 45 s',
      'about 1 m',
      'about 60 m',
      'about 2.5 h',
    ]);
  });

  it('leaves out of the outcome what did not happen', () => {
    expect(runOutcome(aRun({ cards: 1 }))).toBe('1 card from 10 rows');
    expect(runOutcome(aRun({ cards: 12, duplicates: 2, failed: 1 }))).toBe(
      '12 cards from 10 rows, 2 already in the deck, 1 failed',
    );
  });
});
