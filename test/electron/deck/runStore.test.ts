import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createCardStore } from '../../../electron/deck/cardStore.ts';
import { openDeck } from '../../../electron/deck/openDeck.ts';
import { createRunStore, type RunStore } from '../../../electron/deck/runStore.ts';
import type { ItemOutcome, QueuedItem } from '../../../electron/pipeline/ports.ts';
import type { Db } from '../../../electron/sqlite/openDatabase.ts';
import { NO_TOKENS } from '../../../shared/run.ts';
import { anAnalysis, cardsFor, rowsOf, someSettings, TEST_IDENTITY } from '../../fixtures/items.ts';

const DEAD_PID = 2 ** 22 + 1;

function finished(term: string): ItemOutcome {
  const result = { ...TEST_IDENTITY, cached: false, usage: NO_TOKENS };
  return {
    state: 'done',
    analysis: anAnalysis(term),
    cards: cardsFor(term),
    stages: [
      { ...result, stage: 'analyse' },
      { ...result, stage: 'write' },
    ],
  };
}

describe('the run store', () => {
  let db: Db;
  let runs: RunStore;
  beforeEach(() => {
    db = openDeck(':memory:');
    runs = createRunStore(db);
  });
  afterEach(() => void db.close());

  async function takenRun(...terms: string[]): Promise<{ runId: string; items: readonly QueuedItem[] }> {
    const runId = await runs.create(someSettings(), 'list.csv', [rowsOf(...terms)]);
    runs.take(runId, 'a'.repeat(32));
    return { runId, items: await runs.claim(runId, 0, 100) };
  }

  it('hands out rows in list order, each once', async () => {
    const { runId, items } = await takenRun('one', 'two', 'three');
    expect(items.map(({ item }) => item.term)).toEqual(['one', 'two', 'three']);
    expect(await runs.claim(runId, items.at(-1)!.itemId, 100)).toEqual([]);
  });

  it('states a row that repeats an earlier one as a duplicate without working on it', async () => {
    const { runId, items } = await takenRun('one', 'one', 'two');
    expect(items.map(({ item }) => item.term)).toEqual(['one', 'two']);
    expect(runs.get(runId)).toMatchObject({ terms: 3, duplicates: 1 });
  });

  it('keeps rows without a term as skipped with their reason', async () => {
    const bad = { row: 3, code: 'no_term', message: 'The row has no term.' };
    const runId = await runs.create(someSettings(), 'list.csv', [[...rowsOf('one'), bad]]);
    expect(runs.errors(runId)).toEqual([bad]);
    expect(runs.get(runId)).toMatchObject({ terms: 2, skipped: 1 });
  });

  it('writes note, cards, tags, provenance and item state in one go', async () => {
    const { runId, items } = await takenRun('one');
    const [saved] = await runs.settle(runId, [{ queued: items[0]!, outcome: finished('one') }], []);
    expect(saved?.state).toBe('done');
    const cards = createCardStore(db).page({
      deck: 'Test',
      runId,
      listOfRun: null,
      search: null,
      offset: 0,
      limit: 10,
    });
    expect(cards.total).toBe(2);
    expect(cards.cards).toEqual(saved?.cards.toReversed());
    expect(cards.cards[0]?.tags).toEqual(['back', 'test']);
    expect(cards.cards[0]?.provenance).toEqual({
      ...TEST_IDENTITY,
      runId,
      traceId: 'a'.repeat(32),
      sourceName: 'list.csv',
      row: 2,
      cached: false,
    });
    expect(runs.get(runId)).toMatchObject({ done: 1, cards: 2, terms: 1 });
  });

  it('undoes the whole group when one item of it cannot be written', async () => {
    const { runId, items } = await takenRun('one', 'two');
    const broken = {
      ...finished('two'),
      cards: [{ ...cardsFor('two')[0]!, front: null }],
    } as unknown as ItemOutcome;
    const group = [
      { queued: items[0]!, outcome: finished('one') },
      { queued: items[1]!, outcome: broken },
    ];
    await expect(runs.settle(runId, group, [])).rejects.toThrow();
    expect(db.prepare('SELECT count(*) FROM notes').pluck().get()).toBe(0);
    expect(db.prepare('SELECT count(*) FROM tags').pluck().get()).toBe(0);
    expect(runs.get(runId)).toMatchObject({ done: 0, cards: 0 });
  });

  it('counts a note that another run wrote meanwhile as a duplicate', async () => {
    const first = await takenRun('one');
    const second = await takenRun('one');
    expect(second.items[0]?.noteId).toBeNull();
    await runs.settle(first.runId, [{ queued: first.items[0]!, outcome: finished('one') }], []);
    const [saved] = await runs.settle(
      second.runId,
      [{ queued: second.items[0]!, outcome: finished('one') }],
      [],
    );
    expect(saved).toEqual({ state: 'duplicate', cards: [] });
    expect(db.prepare('SELECT count(*) FROM notes').pluck().get()).toBe(1);
  });

  it('tells whether the deck has the note when a row is claimed', async () => {
    const first = await takenRun('one');
    await runs.settle(first.runId, [{ queued: first.items[0]!, outcome: finished('one') }], []);
    const second = await takenRun('one', 'two');
    expect(second.items.map(({ noteId }) => noteId)).toEqual([1, null]);
  });

  it('refuses to settle an item twice', async () => {
    const { runId, items } = await takenRun('one');
    const settled = [{ queued: items[0]!, outcome: finished('one') }];
    await runs.settle(runId, settled, []);
    await expect(runs.settle(runId, settled, [])).rejects.toMatchObject({ code: 'run_taken_over' });
    expect(runs.get(runId)).toMatchObject({ done: 1, cards: 2, duplicates: 0 });
  });

  it('keeps failed rows and puts them back into the queue on request', async () => {
    const { runId, items } = await takenRun('one');
    const outcome = { state: 'failed', code: 'timeout', message: 'Too slow.' } as const;
    await runs.settle(runId, [{ queued: items[0]!, outcome }], []);
    expect(runs.errors(runId)).toEqual([{ row: 2, code: 'timeout', message: 'Too slow.' }]);
    runs.take(runId, 'b'.repeat(32));
    expect(await runs.claim(runId, 0, 10)).toEqual([]);
    runs.take(runId, 'c'.repeat(32), { retryFailed: true });
    expect((await runs.claim(runId, 0, 10)).map(({ attempt }) => attempt)).toEqual([2]);
    expect(runs.get(runId)).toMatchObject({ failed: 0, terms: 1 });
    expect(runs.errors(runId)).toEqual([]);
  });

  it('leaves neither run nor deck behind when the list breaks off half-way', async () => {
    async function* breaking() {
      yield rowsOf('one', 'two');
      throw new Error('the stream broke');
    }
    await expect(runs.create(someSettings(), 'list.csv', breaking())).rejects.toThrow('the stream broke');
    for (const table of ['runs', 'run_items', 'decks']) {
      expect(db.prepare(`SELECT count(*) FROM ${table}`).pluck().get(), table).toBe(0);
    }
  });

  it('refuses a list without rows', async () => {
    await expect(runs.create(someSettings(), 'list.csv', [[]])).rejects.toMatchObject({ code: 'no_rows' });
    expect(runs.list(10)).toEqual([]);
  });

  it('lets only its owner change a run, and anybody one that nobody works on', async () => {
    const { runId } = await takenRun('one');
    const other = createRunStore(db, { pid: process.ppid });
    expect(other.setState(runId, 'cancelled', 0)).toBe(false);
    expect(other.heartbeat(runId, 0)).toBe(false);
    expect(runs.get(runId).state).toBe('running');
    expect(runs.heartbeat(runId, 5)).toBe(true);
    expect(runs.setState(runId, 'interrupted', 10)).toBe(true);
    expect(other.setState(runId, 'cancelled', 10)).toBe(true);
    expect(runs.get(runId).state).toBe('cancelled');
  });

  it('lists the other runs where one cannot be read', async () => {
    const { runId } = await takenRun('one');
    const broken = await takenRun('two');
    db.prepare(`UPDATE runs SET settings = '{}' WHERE id = ?`).run(broken.runId);
    expect(runs.list(10).map((run) => run.runId)).toEqual([runId]);
  });

  it('tells cards that a run made from those of its whole list', async () => {
    const first = await takenRun('one');
    await runs.settle(first.runId, [{ queued: first.items[0]!, outcome: finished('one') }], []);
    const second = await takenRun('one', 'two');
    await runs.settle(
      second.runId,
      [
        { queued: second.items[0]!, outcome: { state: 'duplicate' } },
        { queued: second.items[1]!, outcome: finished('two') },
      ],
      [],
    );
    const cards = createCardStore(db);
    const termsOf = (filter: { runId: string | null; listOfRun: string | null }) => [
      ...new Set([...cards.all({ deck: null, search: null, ...filter })].map(({ term }) => term)),
    ];
    expect(termsOf({ runId: second.runId, listOfRun: null })).toEqual(['two']);
    expect(termsOf({ runId: null, listOfRun: second.runId })).toEqual(['one', 'two']);
  });

  it('keeps the name of a deck and every key in NFC', async () => {
    const decomposed = '한국어'.normalize('NFD');
    const { runId, items } = await takenRun('one');
    const outcome = { ...finished('one'), analysis: anAnalysis(decomposed) } as ItemOutcome;
    await runs.settle(runId, [{ queued: items[0]!, outcome }], []);
    expect(db.prepare('SELECT term FROM notes').pluck().get()).toBe('한국어');
  });
});

describe('a run whose process died', () => {
  let folder: string;
  beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), 'tracedeck-runs-'))));
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  it('is interrupted, and its claimed rows are still there', async () => {
    const path = join(folder, 'deck.db');
    const deadDb = openDeck(path);
    const dead = createRunStore(deadDb, { pid: DEAD_PID });
    const runId = await dead.create(someSettings(), 'list.csv', [rowsOf('one', 'two')]);
    dead.take(runId, 'a'.repeat(32));
    await dead.claim(runId, 0, 1);
    deadDb.close();

    const db = openDeck(path);
    const runs = createRunStore(db);
    expect(runs.markInterrupted()).toEqual([runId]);
    expect(runs.get(runId).state).toBe('interrupted');
    runs.take(runId, 'b'.repeat(32));
    expect((await runs.claim(runId, 0, 10)).map(({ item }) => item.term)).toEqual(['one', 'two']);
    db.close();
  });

  it('is deleted whole if its rows were still being written', async () => {
    const db = openDeck(join(folder, 'deck.db'));
    const dead = createRunStore(db, { pid: DEAD_PID });
    let seen: string[] = [];
    async function* watched() {
      yield rowsOf('one');
      // The rows so far are on disk, the run is not yet: what another process finds now is what a kill leaves.
      const runs = createRunStore(db);
      expect(runs.list(10)).toEqual([]);
      seen = [...runs.markInterrupted()];
      throw new Error('killed here');
    }
    await expect(dead.create(someSettings(), 'list.csv', watched())).rejects.toThrow('killed here');
    expect(seen).toEqual([]);
    expect(db.prepare('SELECT count(*) FROM run_items').pluck().get()).toBe(0);
    db.close();
  });

  it('cannot be taken while its process lives', async () => {
    const db = openDeck(join(folder, 'deck.db'));
    const other = createRunStore(db, { pid: process.ppid });
    const runId = await other.create(someSettings(), 'list.csv', [rowsOf('one')]);
    other.take(runId, 'a'.repeat(32));
    const runs = createRunStore(db);
    expect(runs.markInterrupted()).toEqual([]);
    expect(() => runs.take(runId, 'b'.repeat(32))).toThrow(expect.objectContaining({ code: 'run_busy' }));
    db.close();
  });

  it('is given up on when its process id lives on in another program but gave no sign of life', async () => {
    const db = openDeck(join(folder, 'deck.db'));
    const other = createRunStore(db, { pid: process.ppid, now: () => Date.now() - 120_000 });
    const runId = await other.create(someSettings(), 'list.csv', [rowsOf('one')]);
    other.take(runId, 'a'.repeat(32));
    expect(createRunStore(db).markInterrupted()).toEqual([runId]);
    db.close();
  });
});
