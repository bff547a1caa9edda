import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openDeck } from '../../../electron/deck/openDeck.ts';
import { createDeckJobs, createJobs, type DeckJobs, type Jobs } from '../../../electron/deckJobs/runJobs.ts';
import { toTracedeckError, type TracedeckError } from '../../../electron/errors/tracedeckError.ts';
import type { Card } from '../../../shared/card.ts';
import type { JobProgress } from '../../../shared/job.ts';
import { studySettingsSchema } from '../../../shared/study.ts';
import { deckOf } from '../backup/decks.ts';
import { testJobs } from './testJobs.ts';

const testWorker = new URL('testWorker.ts', import.meta.url);
const deckWorker = new URL('../../../electron/deckJobs/deckWorker.ts', import.meta.url);

let home: string;
let deckPath: string;
let told: JobProgress[];
let notices: TracedeckError[];
let jobs: Jobs<typeof testJobs>;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'tracedeck-jobs-'));
  deckPath = join(home, 'deck.db');
  openDeck(deckPath).close();
  told = [];
  notices = [];
  jobs = jobsOf(testWorker);
});
afterEach(async () => {
  await jobs.close();
  rmSync(home, { recursive: true, force: true });
});

function jobsOf(workerFile: URL | undefined, options: { idleMs?: number; graceMs?: number } = {}) {
  return createJobs({
    jobs: testJobs,
    ...(workerFile === undefined ? {} : { workerFile }),
    deckPath,
    mediaDir: join(home, 'media'),
    onJob: (progress) => told.push(progress),
    onNotice: (about) => notices.push(about),
    ...options,
  });
}

const faultOf = async (work: Promise<unknown>): Promise<TracedeckError> => {
  try {
    await work;
  } catch (error) {
    return toTracedeckError(error);
  }
  throw new Error('it went well');
};
const deckCount = (): number => {
  const db = openDeck(deckPath);
  const count = db.prepare<[], number>('SELECT count(*) FROM decks').pluck().get()!;
  db.close();
  return count;
};

describe.each([
  ['in a thread', testWorker],
  ['in place', undefined],
])('a job %s', (_, workerFile) => {
  beforeEach(async () => {
    await jobs.close();
    jobs = jobsOf(workerFile);
  });

  it('works on the deck and is told from its start to its end', async () => {
    expect(await jobs.run('addDecks', { count: 100 }, { label: 'Import of a.apkg' })).toBe(100);
    expect(deckCount()).toBe(100);
    expect(told[0]).toMatchObject({ kind: 'import', label: 'Import of a.apkg', state: 'running', done: 0 });
    expect(told.at(-1)).toMatchObject({ state: 'done', done: 100, total: 100, message: null });
    expect(new Set(told.map(({ jobId }) => jobId)).size).toBe(1);
    expect(jobs.current()).toEqual([]);
    expect(notices).toEqual([]);
  });

  it('fails with the error that it threw, code and hint included', async () => {
    const fault = await faultOf(jobs.run('refuse', undefined, { label: 'Import' }));
    expect(fault).toMatchObject({ category: 'user', code: 'not_a_package', hint: 'Look again.' });
    expect(told.at(-1)).toMatchObject({ state: 'failed', message: 'This is no package.' });
  });

  it('that waits for another comes after it, or ends at once where it is stopped', async () => {
    const first = jobs.run('addDecks', { count: 50 }, { label: 'first' });
    const stop = new AbortController();
    const second = faultOf(jobs.run('addDecks', { count: 50 }, { label: 'second', signal: stop.signal }));
    const third = jobs.run('countDecks', undefined, { label: 'third' });
    stop.abort();
    expect((await second).code).toBe('cancelled');
    expect(await first).toBe(50);
    expect(await third).toBe(50);
  });
});

describe('the jobs of a thread', () => {
  it('tell how far they are, at most ten times a second', async () => {
    await jobs.run('addDecks', { count: 1000 }, { label: 'Import' });
    const shares = told.filter(({ state, total }) => state === 'running' && total === 1000);
    expect(shares.length).toBeGreaterThan(1);
    // 500 ms of pauses and the time of the inserts themselves.
    const tookMs = Date.now() - told[0]!.startedMs;
    expect(shares.length).toBeLessThanOrEqual(1 + tookMs / 100);
  });

  it('stop where the user says so, and what they did is taken back', async () => {
    const work = faultOf(
      jobs.run(
        'addDecks',
        { count: 100_000 },
        {
          label: 'Import',
          onProgress: ({ jobId, done }) => {
            if (done > 0) jobs.cancel(jobId);
          },
        },
      ),
    );
    expect((await work).code).toBe('cancelled');
    expect(told.at(-1)!.state).toBe('cancelled');
    expect(told.at(-1)!.done).toBeGreaterThan(0);
    expect(deckCount()).toBe(0);
  });

  it('that do not look whether to stop are ended with their thread, and the next has a new one', async () => {
    await jobs.close();
    jobs = jobsOf(testWorker, { graceMs: 100 });
    const stop = new AbortController();
    const work = faultOf(jobs.run('stubborn', undefined, { label: 'Optimising', signal: stop.signal }));
    await sleep(300);
    stop.abort();
    expect((await work).code).toBe('cancelled');
    expect(await jobs.run('countDecks', undefined, { label: 'Count' })).toBe(0);
  });

  it('fail with a clear word where the thread breaks down, and the next has a new one', async () => {
    const fault = await faultOf(jobs.run('crash', undefined, { label: 'Optimising' }));
    expect(fault.code).toBe('deck_thread_ended');
    expect(fault.message).not.toContain('out of the blue');
    expect(told.at(-1)!.state).toBe('failed');
    expect(await jobs.run('countDecks', undefined, { label: 'Count' })).toBe(0);
    expect(notices).toEqual([]);
  });

  it('run in place where the thread cannot start, which is said once', async () => {
    await jobs.close();
    jobs = jobsOf(new URL('not-there.ts', import.meta.url));
    expect(await jobs.run('countDecks', undefined, { label: 'Count' })).toBe(0);
    expect(await jobs.run('addDecks', { count: 3 }, { label: 'Import' })).toBe(3);
    expect(notices.map(({ code }) => code)).toEqual(['deck_thread_missing']);
  });

  it('leave no connection to the deck open, and an idle thread goes', async () => {
    await jobs.close();
    jobs = jobsOf(testWorker, { idleMs: 50 });
    await jobs.run('addDecks', { count: 3 }, { label: 'Import' });
    const db = openDeck(deckPath);
    // Only for the one connection that there is.
    expect(db.pragma('journal_mode = DELETE', { simple: true })).toBe('delete');
    db.close();
    await sleep(300);
    expect(await jobs.run('countDecks', undefined, { label: 'Count' })).toBe(3);
  });

  it('are stopped when the program closes, and no other begins', async () => {
    const work = faultOf(jobs.run('addDecks', { count: 100_000 }, { label: 'Import' }));
    await sleep(200);
    await jobs.close();
    expect((await work).code).toBe('cancelled');
    expect((await faultOf(jobs.run('countDecks', undefined, { label: 'Count' }))).code).toBe('cancelled');
    expect(deckCount()).toBe(0);
  });
});

describe('work that is watched', () => {
  it('says in the end how much it was, though nobody knew before', async () => {
    await jobs.watch('push', { label: 'Push to Anki' }, async ({ progress }) => {
      for (let done = 1; done <= 107; done += 1) progress(done, null);
    });
    expect(told.at(-1)).toMatchObject({ state: 'done', done: 107, total: null });
    expect(told.length).toBeLessThan(10);
  });

  it('is shown and stopped as a job is', async () => {
    const work = faultOf(
      jobs.watch('push', { label: 'Push to Anki' }, async ({ progress, signal, throwIfCancelled }) => {
        progress(1, 10);
        jobs.cancel(jobs.current()[0]!.jobId);
        expect(signal.aborted).toBe(true);
        throwIfCancelled();
      }),
    );
    expect((await work).code).toBe('cancelled');
    expect(told.map(({ kind, state, done }) => [kind, state, done])).toEqual([
      ['push', 'running', 0],
      ['push', 'running', 1],
      ['push', 'cancelled', 1],
    ]);
  });
});

describe('the deck worker', () => {
  let real: DeckJobs;
  beforeEach(() => {
    real = createDeckJobs({ workerFile: deckWorker, deckPath, mediaDir: join(home, 'media') });
  });
  afterEach(() => real.close());

  it('makes backups while the deck is in use', async () => {
    const db = deckOf(deckPath, 20);
    const params = { reason: 'daily', folder: join(home, 'backups'), keep: 3 } as const;
    expect(await real.run('backUp', params, { label: 'Daily backup' })).toMatchObject({
      notes: 20,
      cards: 60,
    });
    db.close();
  });

  it('writes the cards that were chosen to a file', async () => {
    const db = deckOf(deckPath, 700);
    db.exec(`UPDATE cards SET status = 'rejected' WHERE note_id = 1;
      INSERT INTO decks (id, name, created_ms) VALUES (2, 'Words::Verbs', 1), (3, 'Wordsmith', 1);
      UPDATE cards SET deck_id = 2 WHERE note_id = 2;
      UPDATE cards SET deck_id = 3 WHERE note_id > 690`);
    db.close();
    const path = join(home, 'words.json');
    const choice = {
      deck: 'Words',
      runId: null,
      query: '',
      format: 'json',
      scheduling: false,
      media: true,
    } as const;
    const report = await real.run('exportDeck', { path, choice }, { label: 'Export' });
    expect(report).toMatchObject({ path, format: 'json', notes: 689, cards: 2067 });
    const written = JSON.parse(readFileSync(path, 'utf8')) as readonly Card[];
    expect(written).toHaveLength(2067);
    expect(new Set(written.map(({ deck }) => deck))).toEqual(new Set(['Words', 'Words::Verbs']));
    expect(report.bytes).toBe(statSync(path).size);

    const query = { ...choice, deck: null, query: 'deck:Wordsmith' };
    expect(await real.run('exportDeck', { path, choice: query }, { label: 'Export' })).toMatchObject({
      cards: 30,
    });
    const packed = { ...choice, format: 'apkg', query: 'deck:Words::Verbs' } as const;
    const params = { path: join(home, 'words.apkg'), choice: packed };
    expect(await real.run('exportDeck', params, { label: 'Export' })).toMatchObject({
      format: 'apkg',
      cards: 3,
    });
    expect(readFileSync(params.path).subarray(0, 2).toString()).toBe('PK');
    const broken = { ...choice, query: 'is:(' };
    const fault = await faultOf(real.run('exportDeck', { path, choice: broken }, { label: 'Export' }));
    expect(fault.code).toBe('query_invalid');
    const noRun = { ...choice, deck: null, runId: 'nobody’s' };
    const strayed = await faultOf(real.run('exportDeck', { path, choice: noRun }, { label: 'Export' }));
    expect(strayed).toMatchObject({ code: 'run_unknown' });
    const pdf = { ...choice, format: 'pdf' } as const;
    const noPdf = await faultOf(real.run('exportDeck', { path, choice: pdf }, { label: 'Export' }));
    expect(noPdf.code).toBe('print_unavailable');
  });

  it('says where there is too little to learn weights from', async () => {
    deckOf(deckPath, 5).close();
    const settings = studySettingsSchema.parse({});
    const fault = await faultOf(real.run('optimise', { deck: null, settings }, { label: 'Optimising' }));
    expect(fault.code).toBe('too_few_reviews');
  });
});
