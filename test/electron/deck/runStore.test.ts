import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createCardStore } from '../../../electron/deck/cardStore.ts';
import { createChangeHistory } from '../../../electron/deck/changeHistory.ts';
import { createNoteReader } from '../../../electron/deck/noteDetail.ts';
import { openDeck } from '../../../electron/deck/openDeck.ts';
import { createRunStore, type RunStore } from '../../../electron/deck/runStore.ts';
import type { ItemOutcome, QueuedItem } from '../../../electron/pipeline/ports.ts';
import type { Db } from '../../../electron/sqlite/openDatabase.ts';
import type { SourceItem } from '../../../shared/card.ts';
import { NO_TOKENS, type RunSettings } from '../../../shared/run.ts';
import { anAnalysis, cardsFor, rowsOf, someSettings, TEST_IDENTITY } from '../../fixtures/items.ts';

function noteReader(db: Db) {
  const cards = createCardStore(db);
  return createNoteReader(db, { cardsOf: cards.byNote, historyOf: createChangeHistory(db).history });
}

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
    expect(runs.errors(runId)).toEqual([{ ...bad, term: null }]);
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
    expect(runs.errors(runId)).toEqual([{ row: 2, term: 'one', code: 'timeout', message: 'Too slow.' }]);
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
    for (const table of ['runs', 'run_items', 'decks', 'run_sources']) {
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

  it('lets cards wait for the user where the run says so, and shows them with the run alone', async () => {
    const runId = await runs.create(someSettings({ review: true }), 'list.csv', [rowsOf('one')]);
    runs.take(runId, 'a'.repeat(32));
    const [queued] = await runs.claim(runId, 0, 1);
    const [saved] = await runs.settle(runId, [{ queued: queued!, outcome: finished('one') }], []);
    expect(saved?.cards.map(({ status }) => status)).toEqual(['proposed', 'proposed']);
    const cards = createCardStore(db);
    const all = { deck: null, runId: null, listOfRun: null, search: null };
    expect(cards.page({ ...all, runId, offset: 0, limit: 10 }).total).toBe(2);
    expect(cards.page({ ...all, offset: 0, limit: 10 }).total).toBe(0);
    expect([...cards.all({ ...all, runId })]).toEqual([]);
    db.prepare(`UPDATE cards SET status = 'accepted' WHERE ordinal = 0`).run();
    expect([...cards.all(all)].map(({ type }) => type)).toEqual(['recognition']);
  });

  it('makes a card of each gap of a cloze text', async () => {
    const { runId, items } = await takenRun('heart');
    const front = 'The {{c2::heart}} has {{c1::four {{c3::chambers}}::number}} and {{c2::valves}}.';
    const outcome: ItemOutcome = {
      ...(finished('heart') as Extract<ItemOutcome, { state: 'done' }>),
      cards: [{ type: 'cloze', front, back: 'Anatomy', tags: [] }],
    };
    const [saved] = await runs.settle(runId, [{ queued: items[0]!, outcome }], []);
    expect(saved?.cards.map((card) => [card.cloze, card.front])).toEqual([
      [1, front],
      [2, front],
      [3, front],
    ]);
    expect(runs.get(runId).cards).toBe(3);
  });

  it('keeps a cloze text without gaps as one card with a warning', async () => {
    const { runId, items } = await takenRun('heart');
    const outcome: ItemOutcome = {
      ...(finished('heart') as Extract<ItemOutcome, { state: 'done' }>),
      cards: [{ type: 'cloze', front: 'No gap here at all.', back: 'Anatomy', tags: [] }],
    };
    const [saved] = await runs.settle(runId, [{ queued: items[0]!, outcome }], []);
    expect(saved?.cards).toHaveLength(1);
    expect(saved?.cards[0]?.warnings).toContain('no_gap');
    expect(createCardStore(db).byIds([saved!.cards[0]!.cardId])).toEqual(saved!.cards);
  });

  it('keeps quote, place, passage and what a model was asked', async () => {
    const place = { headings: ['Biology', 'Cells'], page: 12 };
    const passage = { blocks: [{ kind: 'paragraph' as const, text: 'Cells have walls.' }], tokens: 4 };
    const item = { ...rowsOf('Cells')[0]!, noteKey: 'cells' } as { item: SourceItem; noteKey: string };
    const runId = await runs.create(someSettings(), 'book.pdf', [
      [{ ...item, item: { ...item.item, kind: 'passage', place, passage } }],
    ]);
    runs.take(runId, 'a'.repeat(32));
    const [queued] = await runs.claim(runId, 0, 1);
    const done = finished('Cells') as Extract<ItemOutcome, { state: 'done' }>;
    const outcome: ItemOutcome = {
      ...done,
      cards: [
        { type: 'basic', front: 'What do cells have?', back: 'Walls', tags: [], quote: 'Cells have walls.' },
      ],
      stages: done.stages.map((stage) => ({ ...stage, exchange: { prompt: 'Ask.', answer: '{}' } })),
    };
    const [saved] = await runs.settle(runId, [{ queued: queued!, outcome }], []);
    expect(saved?.cards[0]).toMatchObject({ quote: 'Cells have walls.', place });
    const detail = noteReader(db).detail(saved!.cards[0]!.noteId);
    expect(detail).toMatchObject({ source: { name: 'book.pdf', row: 2, place }, cards: saved!.cards });
    expect(detail?.stages.map(({ stage, prompt, answer }) => [stage, prompt, answer])).toEqual([
      ['analyse', 'Ask.', '{}'],
      ['write', 'Ask.', '{}'],
    ]);
    expect(noteReader(db).sourceItem(saved!.cards[0]!.noteId)).toEqual(queued!.item);
  });

  describe('over a note that the deck has', () => {
    async function again(outcome: ItemOutcome, settings: Partial<RunSettings> = { known: 'fill' }) {
      const runId = await runs.create(someSettings(settings), 'more.csv', [rowsOf('one')]);
      runs.take(runId, 'b'.repeat(32));
      const [queued] = await runs.claim(runId, 0, 1);
      const [saved] = await runs.settle(runId, [{ queued: queued!, outcome }], []);
      return { runId, queued: queued!, saved: saved! };
    }
    const withUsage = (): ItemOutcome => {
      const done = finished('one') as Extract<ItemOutcome, { state: 'done' }>;
      return {
        ...done,
        cards: [...done.cards, { type: 'usage', front: 'How?', back: 'So.', tags: ['new'] }],
      };
    };
    beforeEach(async () => {
      const { runId, items } = await takenRun('one');
      await runs.settle(runId, [{ queued: items[0]!, outcome: finished('one') }], []);
      db.prepare(`UPDATE cards SET back = 'by hand' WHERE ordinal = 0`).run();
    });

    it('adds the kinds of cards that it lacks and touches nothing else', async () => {
      const before = db.prepare('SELECT * FROM cards').all();
      const { runId, saved } = await again(withUsage());
      expect(saved.state).toBe('done');
      expect(saved.cards.map(({ type, tags, provenance }) => [type, tags, provenance?.runId])).toEqual([
        ['usage', ['back', 'test'], runId],
      ]);
      expect(db.prepare('SELECT * FROM cards WHERE id <> ?').all(saved.cards[0]!.cardId)).toEqual(before);
      expect(createCardStore(db).byIds([saved.cards[0]!.cardId])).toEqual(saved.cards);
      expect(runs.get(runId)).toMatchObject({ done: 1, cards: 1, duplicates: 0 });
      const ofRun = { deck: null, runId, listOfRun: null, search: null, offset: 0, limit: 9 };
      expect(
        createCardStore(db)
          .page(ofRun)
          .cards.map(({ type }) => type),
      ).toEqual(['usage']);
    });

    it('is a duplicate where the note lacks nothing, or the run does not fill', async () => {
      expect((await again(finished('one'))).saved).toEqual({ state: 'duplicate', cards: [] });
      expect((await again(withUsage(), {})).saved).toEqual({ state: 'duplicate', cards: [] });
      expect(db.prepare('SELECT count(*) FROM stage_results').pluck().get()).toBe(2);
    });

    it('does not make again what the user rejected', async () => {
      db.prepare(`UPDATE cards SET status = 'rejected' WHERE ordinal = 1`).run();
      expect((await again(finished('one'))).saved.state).toBe('duplicate');
    });

    it('makes a new note where all its cards were deleted', async () => {
      db.prepare(`UPDATE cards SET status = 'deleted'`).run();
      const { queued, saved } = await again(finished('one'), {});
      expect(queued.noteId).toBeNull();
      expect(saved.state).toBe('done');
      expect(db.prepare('SELECT count(*) FROM notes').pluck().get()).toBe(2);
      const { items } = await takenRun('one');
      expect(items[0]?.noteId).toBe(2);
    });
  });

  it('leaves empty decks of the user alone when a list breaks off', async () => {
    db.prepare(`INSERT INTO decks (name, created_ms) VALUES ('Mine', 5), ('Test', 5)`).run();
    await expect(runs.create(someSettings(), 'list.csv', [[]])).rejects.toMatchObject({ code: 'no_rows' });
    expect(db.prepare('SELECT name FROM decks').pluck().all()).toEqual(['Mine', 'Test']);
  });

  it('remembers a new budget for the next session', async () => {
    const { runId } = await takenRun('one');
    runs.setBudget(runId, { dollars: 2, tokens: null });
    expect(runs.get(runId).settings.budget).toEqual({ dollars: 2, tokens: null });
    expect(() => runs.setBudget('nobody', { dollars: 2, tokens: null })).toThrow(
      expect.objectContaining({ code: 'run_unknown' }),
    );
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

it('a deck has a note of a key while it has a card of it', async () => {
  const db = openDeck(':memory:');
  const runs = createRunStore(db);
  const cards = createCardStore(db);
  const runId = await runs.create(someSettings(), 'list.csv', [rowsOf('one')]);
  runs.take(runId, 'a'.repeat(32));
  const { deck } = someSettings();
  expect(cards.hasNote(deck, 'one')).toBe(false);
  const [queued] = await runs.claim(runId, 0, 1);
  await runs.settle(runId, [{ queued: queued!, outcome: finished('one') }], []);
  const { noteKey } = queued!;
  expect(cards.hasNote(deck, noteKey)).toBe(true);
  expect(cards.hasNote('Another', noteKey)).toBe(false);
  db.prepare("UPDATE cards SET status = 'deleted'").run();
  expect(cards.hasNote(deck, noteKey)).toBe(false);
  db.close();
});
