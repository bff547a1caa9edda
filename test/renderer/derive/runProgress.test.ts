import { describe, expect, it } from 'vitest';
import {
  formatEta,
  isResumable,
  isWaitingForServer,
  noCardsYet,
  noRowsLeftOut,
  runAnnouncement,
  runOutcome,
  settledRows,
} from '../../../renderer/derive/runProgress.ts';
import { aRun } from '../../fixtures/runs.ts';

describe('runProgress', () => {
  it('counts a row as settled whatever became of it', () => {
    expect(settledRows(aRun({ done: 1, duplicates: 2, skipped: 3, failed: 4 }))).toBe(10);
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
    expect(runOutcome(aRun({ cards: 12_000, terms: 1 }))).toBe('12,000 cards from 1 row');
    expect(runOutcome(aRun({ cards: 12, duplicates: 2, failed: 1 }))).toBe(
      '12 cards from 10 rows, 2 already in the deck, 1 failed',
    );
  });
});

describe('what stands in empty lists', () => {
  const problem = { code: 'server_unreachable', message: 'Nothing answers.', hint: null };

  it('promises cards only while a run works and nothing is wrong', () => {
    const title = (run: Parameters<typeof aRun>[0]) => noCardsYet(aRun(run), false).title;
    expect(title({})).toBe('The first cards are on their way');
    expect(title({ failed: 3 })).toBe('No cards so far');
    expect(title({ state: 'paused' })).toBe('The run is paused');
    expect(noCardsYet(aRun({ state: 'paused', problem }), false)).toEqual({
      title: 'The run stopped at a problem',
      text: 'Nothing answers.',
    });
    expect(title({ state: 'cancelled' })).toBe('No cards');
    expect(title({ state: 'done', cards: 4 })).toBe('Reading the cards…');
  });

  it('calls every row accounted for only when every row is', () => {
    const title = (run: Parameters<typeof aRun>[0]) => noRowsLeftOut(aRun(run), false).title;
    expect(title({ done: 10 })).toBe('No row left out so far');
    expect(title({ done: 9, state: 'cancelled' })).toBe('No row left out so far');
    expect(title({ done: 7, duplicates: 3, state: 'done' })).toBe('Every row is accounted for');
    expect(noRowsLeftOut(aRun({ state: 'paused', problem }), false).text).toContain('Nothing answers.');
  });

  it('says after three seconds without a row that the model is waited for', () => {
    const run = aRun({ generator: 'openai', startedMs: 1000 });
    expect(isWaitingForServer(run, 3999)).toBe(false);
    expect(isWaitingForServer(run, 4000)).toBe(true);
    expect(isWaitingForServer({ ...run, done: 1 }, 9000)).toBe(false);
    expect(isWaitingForServer({ ...run, state: 'paused' }, 9000)).toBe(false);
    expect(isWaitingForServer({ ...run, generator: 'offline' }, 9000)).toBe(false);
    expect(noCardsYet(run, true).title).toBe('Waiting for the model…');
    expect(noRowsLeftOut(run, true).title).toBe('Waiting for the model…');
  });
});

describe('runAnnouncement', () => {
  it('does not change with every row', () => {
    expect(runAnnouncement(aRun({ done: 1 }))).toBe(runAnnouncement(aRun({ done: 2 })));
    expect(runAnnouncement(aRun({ state: 'paused' }))).toBe('Run paused.');
    expect(runAnnouncement(aRun({ state: 'done', cards: 3 }))).toBe('Run done: 3 cards from 10 rows.');
  });
});
