import { describe, expect, it } from 'vitest';
import { createProgressLine, progressText } from '../../../electron/terminal/progressLine.ts';
import { someProgress } from '../../fixtures/progress.ts';

describe('the progress line', () => {
  it('shows share, rows, cards, failures, cache, rate and time left', () => {
    const stats = {
      calls: 1,
      tokens: someProgress().stages[0]!.tokens,
      saved: 0,
      estimate: { input: 0, output: 0 },
    };
    const stages = [
      {
        ...stats,
        stage: 'analyse',
        model: 'm',
        memory: { hits: 1, misses: 3 },
        disk: { hits: 1, misses: 2 },
      },
    ] as const;
    const text = progressText(
      someProgress({ terms: 200, done: 98, failed: 2, cards: 300, etaMs: 61_000, stages }),
    );
    expect(text).toBe(
      '━━━━━━━━━━━━──────────── 50 %  100 of 200  300 cards  2 failed  cache 50 %  600 cards/min  1 m 01 s left',
    );
  });

  it('never says 100 % before the end', () => {
    expect(progressText(someProgress({ terms: 1000, done: 999 }))).toContain(' 99 %');
  });

  it('redraws one line on a terminal and cuts it to its width', () => {
    const written: string[] = [];
    const line = createProgressLine({ isTTY: true, columns: 40, write: (text) => written.push(text) });
    line.update(someProgress({ terms: 10, done: 5 }));
    line.end();
    expect(written[0]).toMatch(/^\r\u001b\[2K/);
    expect(written[0]!.length).toBeLessThanOrEqual(39 + '\r\u001b[2K'.length);
    expect(written.at(-1)).toBe('\n');
  });

  it('writes a line only now and then elsewhere, and always the last state', () => {
    const written: string[] = [];
    let now = 0;
    const line = createProgressLine({ write: (text) => written.push(text) }, () => now);
    for (let done = 0; done <= 10; done += 1) {
      now += 100;
      line.update(someProgress({ terms: 10, done }));
    }
    line.end();
    expect(written.map((text) => /(\d+) of/.exec(text)?.[1])).toEqual(['0', '10']);
  });
});
