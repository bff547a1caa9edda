import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { NO_TOKENS } from '../../../shared/run.ts';
import { TracedeckError } from '../../../electron/errors/tracedeckError.ts';
import type { NewRow } from '../../../electron/pipeline/ports.ts';
import { anAnalysis, cardsFor, rowsOf, someSettings } from '../../fixtures/items.ts';
import { createTestBench } from '../../fixtures/pipeline.ts';

async function* list(...terms: string[]): AsyncGenerator<NewRow[]> {
  yield rowsOf(...terms);
}
const words = (count: number) => Array.from({ length: count }, (_, index) => `word${index}`);

describe('a run', () => {
  it('takes every row through both stages and saves its cards', async () => {
    const { manager, countOf } = createTestBench();
    const runId = await manager.start(someSettings(), 'list.csv', list('one', 'two', 'three'));
    await manager.finished(runId);
    expect(manager.report(runId)).toMatchObject({
      state: 'done',
      terms: 3,
      notes: 3,
      cards: 6,
      failed: 0,
      skipped: 0,
      duplicates: 0,
      cache: { memory: { hits: 0, misses: 6 }, disk: { hits: 0, misses: 6 } },
      hitRate: 0,
      tokens: { input: 60, output: 30, saved: 0 },
      errors: [],
    });
    expect([countOf('notes'), countOf('cards')]).toEqual([3, 6]);
  });

  it('is served from the cache the second time, pays nothing and doubles no note', async () => {
    const { manager, calls, countOf } = createTestBench();
    await manager.finished(await manager.start(someSettings(), 'list.csv', list('one', 'two')));
    const paid = calls.length;
    const again = await manager.start(someSettings(), 'list.csv', list('one', 'two'));
    await manager.finished(again);
    expect(calls.length).toBe(paid);
    expect(countOf('notes')).toBe(2);
    expect(manager.report(again)).toMatchObject({
      duplicates: 2,
      notes: 0,
      hitRate: 1,
      tokens: { input: 0, output: 0, saved: 60 },
    });
  });

  it('never pays for a note that the deck has, even when the cache has forgotten it', async () => {
    const { manager, calls, cache } = createTestBench();
    await manager.finished(await manager.start(someSettings(), 'list.csv', list('one')));
    cache.entries.clear();
    calls.length = 0;
    const again = await manager.start(someSettings(), 'list.csv', list('one'));
    await manager.finished(again);
    expect(calls).toEqual([]);
    expect(manager.report(again)).toMatchObject({ duplicates: 1, cards: 0 });
  });

  it('keeps a failed row with its error and retries only that row', async () => {
    let broken = true;
    const { manager, calls } = createTestBench({
      write: (input) => {
        if (broken && input.item.term === 'two')
          throw new TracedeckError('transient', 'timeout', 'Too slow.');
        return cardsFor(input.item.term);
      },
    });
    const runId = await manager.start(someSettings(), 'list.csv', list('one', 'two', 'three'));
    await manager.finished(runId);
    expect(manager.report(runId)).toMatchObject({
      notes: 2,
      failed: 1,
      errors: [{ row: 3, code: 'timeout', message: 'Too slow.' }],
    });
    broken = false;
    calls.length = 0;
    await manager.resume(runId, { retryFailed: true });
    await manager.finished(runId);
    // Stage 1 of the failed row was paid and kept: only stage 2 is asked again.
    expect(calls).toEqual(['write two']);
    expect(manager.report(runId)).toMatchObject({ notes: 3, failed: 0, errors: [] });
  });

  it('counts what a failed row was billed for', async () => {
    const { manager } = createTestBench({
      write: () => {
        const error = new TracedeckError('permanent', 'answer_too_long', 'The answer was cut off.');
        error.spent = { ...NO_TOKENS, input: 100, output: 20, reasoning: 3 };
        throw error;
      },
    });
    const runId = await manager.start(someSettings(), 'list.csv', list('one'));
    await manager.finished(runId);
    // Stage 1 was answered for 10 and 5, stage 2 was billed and gave nothing.
    expect(manager.report(runId)).toMatchObject({ failed: 1, tokens: { input: 110, output: 28, saved: 0 } });
  });

  it('counts what was paid for rows that the end of the run cut off', async () => {
    let broken = true;
    const { manager, calls } = createTestBench({
      write: ({ item }) => {
        if (broken) throw new TracedeckError('permanent', 'unauthorised', 'The key is not accepted.');
        return cardsFor(item.term);
      },
    });
    const settings = { ...someSettings(), concurrency: 1 };
    const runId = await manager.start(settings, 'list.csv', list('one', 'two'));
    await manager.finished(runId);
    const spent = { input: 10, output: 5, saved: 0 };
    expect(manager.report(runId)).toMatchObject({ state: 'paused', notes: 0, failed: 0, tokens: spent });
    broken = false;
    await manager.resume(runId);
    await manager.finished(runId);
    expect(calls.filter((call) => call === 'analyse one')).toHaveLength(1);
    // Four answers were paid, one of them before the run was cut off.
    expect(manager.report(runId)).toMatchObject({
      state: 'done',
      notes: 2,
      tokens: { input: 40, output: 20 },
    });
  });

  it('states why nothing can be made of a row and goes on', async () => {
    const { manager } = createTestBench({
      analyse: ({ item }) => {
        if (item.term === 'two')
          throw new TracedeckError('user', 'no_meaning', 'No meaning.', { hint: 'Add one.' });
        return anAnalysis(item.term);
      },
    });
    const runId = await manager.start(someSettings(), 'list.csv', list('one', 'two'));
    await manager.finished(runId);
    expect(manager.report(runId)).toMatchObject({
      notes: 1,
      skipped: 1,
      failed: 0,
      errors: [{ row: 3, code: 'no_meaning', message: 'No meaning. Add one.' }],
    });
  });

  it('fails a row whose answer has the wrong shape and caches nothing of it', async () => {
    const { manager, cache } = createTestBench({ write: () => [] });
    const runId = await manager.start(someSettings(), 'list.csv', list('one'));
    await manager.finished(runId);
    expect(manager.report(runId).errors[0]).toMatchObject({ row: 2, code: 'invalid_answer' });
    expect(cache.entries.size).toBe(1);
  });

  it.each(['unauthorised', 'not_found', 'no_model_server'])(
    'stops, with all rows kept, at a fault that every row would meet: %s',
    async (code) => {
      let key = 'wrong';
      const { manager, calls } = createTestBench({
        analyse: ({ item }) => {
          if (key === 'wrong') throw new TracedeckError('permanent', code, 'The key was refused.');
          return anAnalysis(item.term);
        },
      });
      const runId = await manager.start(someSettings({ concurrency: 2 }), 'list.csv', list(...words(50)));
      await manager.finished(runId);
      expect(calls.length).toBeLessThanOrEqual(2);
      expect(manager.report(runId)).toMatchObject({
        state: 'paused',
        failed: 0,
        problem: { code, message: 'The key was refused.' },
      });
      key = 'right';
      await manager.resume(runId);
      await manager.finished(runId);
      expect(manager.report(runId)).toMatchObject({ state: 'done', notes: 50, problem: null });
    },
  );

  it('is at rest, and says why, though the disk takes nothing; it is saved as soon as that is possible', async () => {
    const { manager, db, runs, countOf } = createTestBench({
      analyse: ({ item }) => {
        if (item.term === 'word20') db.pragma('query_only = 1');
        return anAnalysis(item.term);
      },
    });
    const runId = await manager.start(someSettings({ concurrency: 1 }), 'list.csv', list(...words(50)));
    await manager.finished(runId);
    const resting = { state: 'paused', problem: { code: 'disk_read_only' } };
    expect(manager.progress(runId)).toMatchObject(resting);
    expect(manager.list(1)).toMatchObject([resting]);
    expect(manager.report(runId)).toMatchObject(resting);
    expect(runs.get(runId).state).toBe('running');
    db.pragma('query_only = 0');
    expect(manager.list(1)).toMatchObject([resting]);
    expect(runs.get(runId)).toMatchObject(resting);
    await manager.cancel(runId);
    expect(manager.progress(runId).state).toBe('cancelled');
    await manager.resume(runId);
    await manager.finished(runId);
    expect(manager.report(runId)).toMatchObject({ state: 'done', notes: 50, problem: null });
    expect(countOf('notes')).toBe(50);
  });

  it('works on no more rows at once than it was told to', async () => {
    let atOnce = 0;
    let most = 0;
    const { manager } = createTestBench({
      analyse: async ({ item }) => {
        most = Math.max(most, (atOnce += 1));
        await sleep(1);
        atOnce -= 1;
        return anAnalysis(item.term);
      },
    });
    const runId = await manager.start(someSettings({ concurrency: 3 }), 'list.csv', list(...words(40)));
    await manager.finished(runId);
    expect(most).toBe(3);
    expect(manager.report(runId).notes).toBe(40);
  });

  it('lets the event loop turn even when no stage ever waits', async () => {
    const { manager } = createTestBench();
    let turns = 0;
    const ticking = setInterval(() => (turns += 1), 0);
    const runId = await manager.start(someSettings(), 'list.csv', list(...words(2000)));
    await manager.finished(runId);
    clearInterval(ticking);
    expect(turns).toBeGreaterThan(5);
  });

  it('ends with a problem, and no crash, when its sign of life cannot be written', async () => {
    const { manager, db } = createTestBench({
      analyse: async ({ item }) => (await sleep(5), anAnalysis(item.term)),
    });
    const runId = await manager.start(someSettings({ concurrency: 1 }), 'list.csv', list(...words(2000)));
    db.pragma('query_only = ON');
    await manager.finished(runId);
    db.pragma('query_only = OFF');
    expect(manager.progress(runId)).toMatchObject({ failed: 0 });
    await manager.resume(runId);
    expect(manager.progress(runId).state).toBe('running');
    await manager.cancel(runId);
  });

  it('refuses to retry failed rows of a run that is still going', async () => {
    const { manager } = createTestBench({
      analyse: async ({ item }) => (await sleep(5), anAnalysis(item.term)),
    });
    const runId = await manager.start(someSettings({ concurrency: 1 }), 'list.csv', list(...words(50)));
    await expect(manager.resume(runId, { retryFailed: true })).rejects.toMatchObject({ code: 'run_active' });
    await manager.cancel(runId);
  });

  it('waits, instead of failing its rows, for a server that asks for a long pause', async () => {
    const { manager } = createTestBench({
      analyse: () => {
        throw new TracedeckError('transient', 'retry_later', 'Wait 60 minutes.');
      },
    });
    const runId = await manager.start(someSettings(), 'list.csv', list(...words(20)));
    await manager.finished(runId);
    expect(manager.report(runId)).toMatchObject({
      state: 'paused',
      failed: 0,
      problem: { code: 'retry_later' },
    });
  });

  it('counts a list that is still being queued as work, and lets go of it when the program closes', async () => {
    const { manager, countOf, db } = createTestBench();
    async function* slow(): AsyncGenerator<NewRow[]> {
      for (let batch = 0; batch < 1000; batch += 1) {
        await sleep(5);
        yield rowsOf(`word${batch}`);
      }
    }
    const starting = manager.start(someSettings(), 'list.csv', slow());
    const outcome = expect(starting).rejects.toMatchObject({ code: 'cancelled' });
    await sleep(20);
    expect(manager.isWorking()).toBe(true);
    await manager.close();
    await outcome;
    expect(manager.isWorking()).toBe(false);
    expect([countOf('notes'), db.prepare('SELECT count(*) FROM runs').pluck().get()]).toEqual([0, 0]);
  });

  it('starts nothing where the generator is not ready', async () => {
    const { manager, runs, db } = createTestBench();
    const { createRunManager } = await import('../../../electron/pipeline/runManager.ts');
    const { blindObserver, mapCache } = await import('../../fixtures/pipeline.ts');
    const unready = createRunManager({
      ledger: runs,
      queue: runs,
      cache: mapCache(),
      observer: blindObserver,
      generatorFor: () => {
        throw new TracedeckError('user', 'no_model', 'No model is chosen.');
      },
    });
    await expect(unready.start(someSettings(), 'list.csv', list('one'))).rejects.toMatchObject({
      code: 'no_model',
    });
    expect(manager.list(10)).toEqual([]);
    expect(db.prepare('SELECT count(*) FROM decks').pluck().get()).toBe(0);
  });
});

describe('pause, resume and cancel', () => {
  const slow = {
    analyse: async ({ item }: { item: { term: string } }) => (await sleep(2), anAnalysis(item.term)),
  };

  it('begins no row while paused and finishes all after', async () => {
    const { manager, calls } = createTestBench(slow);
    const runId = await manager.start(someSettings({ concurrency: 2 }), 'list.csv', list(...words(30)));
    await sleep(10);
    manager.pause(runId);
    await sleep(30);
    const atPause = calls.length;
    await sleep(30);
    expect(calls.length).toBe(atPause);
    expect(manager.progress(runId)).toMatchObject({ state: 'paused', failed: 0 });
    await manager.resume(runId);
    await manager.finished(runId);
    expect(manager.report(runId)).toMatchObject({ state: 'done', notes: 30 });
    expect(new Set(calls).size).toBe(calls.length);
  });

  it('has one time at work, wherever it is shown', async () => {
    // Every look at this clock is later than the one before.
    let now = 0;
    const { manager, progress } = createTestBench({}, { clock: () => (now += 10.4) });
    const runId = await manager.start(someSettings(), 'list.csv', list('one', 'two'));
    await manager.finished(runId);
    const reported = progress.at(-1)!;
    expect(reported.state).toBe('done');
    expect([reported.activeMs, manager.report(runId).durationMs]).toEqual([
      manager.progress(runId).activeMs,
      manager.progress(runId).activeMs,
    ]);
  });

  it('leaves the clock alone while paused', async () => {
    const { manager } = createTestBench(slow);
    const runId = await manager.start(someSettings({ concurrency: 1 }), 'list.csv', list(...words(5)));
    manager.pause(runId);
    const before = manager.progress(runId).activeMs;
    await sleep(50);
    expect(manager.progress(runId).activeMs).toBe(before);
    await manager.resume(runId);
    await manager.finished(runId);
  });

  it('cancels calls in flight, keeps what is done, and can be resumed without paying twice', async () => {
    const { manager, calls, countOf } = createTestBench({
      analyse: ({ item }, signal) =>
        new Promise((resolve, reject) => {
          const timer = setTimeout(() => resolve(anAnalysis(item.term)), item.term === 'word3' ? 60_000 : 1);
          signal.addEventListener('abort', () => {
            clearTimeout(timer);
            reject(signal.reason as Error);
          });
        }),
    });
    const runId = await manager.start(someSettings({ concurrency: 1 }), 'list.csv', list(...words(5)));
    while (!calls.includes('analyse word3')) await sleep(1);
    await manager.cancel(runId);
    expect(manager.report(runId)).toMatchObject({ state: 'cancelled', notes: 3, failed: 0 });
    expect(countOf('notes')).toBe(3);
    calls.length = 0;
    void manager.resume(runId);
    while (!calls.includes('analyse word3')) await sleep(1);
    expect(calls).toEqual(['analyse word3']);
    await manager.close();
    expect(manager.report(runId).state).toBe('interrupted');
  });

  it('says how it stands while it goes: rows add up and the rate is of this session', async () => {
    const { manager, progress } = createTestBench(slow);
    const runId = await manager.start(someSettings(), 'list.csv', list(...words(20)));
    await manager.finished(runId);
    for (const state of progress) {
      expect(state.done + state.duplicates + state.skipped + state.failed).toBeLessThanOrEqual(state.terms);
      expect(state.cards).toBe(state.done * 2);
    }
    expect(progress.at(-1)).toMatchObject({ state: 'done', etaMs: 0, done: 20 });
    expect(progress.at(-1)!.cardsPerMinute).toBeGreaterThan(0);
  });
});
