import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createCardStore } from '../../../electron/deck/cardStore.ts';
import { createNoteReader } from '../../../electron/deck/noteDetail.ts';
import { deckMigrations, openDeck } from '../../../electron/deck/openDeck.ts';
import { createRunStore } from '../../../electron/deck/runStore.ts';
import { openDatabase, type Db } from '../../../electron/sqlite/openDatabase.ts';
import { NO_TOKENS } from '../../../shared/run.ts';
import { anAnalysis, anItem, rowsOf, someSettings } from '../../fixtures/items.ts';

let folder: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tracedeck-deck-'));
  path = join(folder, 'deck.db');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** A deck as the first version of the program wrote it. */
function writeFirstDeck(): Db {
  const db = openDatabase(path, deckMigrations.slice(0, 1));
  const settings = JSON.stringify(someSettings());
  const analysis = JSON.stringify(anAnalysis('심장'));
  const source = JSON.stringify({ name: 'list.csv', ...anItem('심장', { row: 2, extra: { Unit: '4' } }) });
  db.prepare(`INSERT INTO decks VALUES (1, 'Test', 10), (2, 'Empty', 10)`).run();
  db.prepare(
    `INSERT INTO runs (id, deck_id, settings, source_name, state, trace_id, started_ms, terms, done, cards)
     VALUES ('run-1', 1, ?, 'list.csv', 'interrupted', ?, 10, 2, 1, 3)`,
  ).run(settings, 'a'.repeat(32));
  db.prepare(
    `INSERT INTO notes VALUES (5, 'uuid-5', 1, '심장', '심장', ?, ?, 'run-1', 20), (6, 'uuid-6', 1, 'b', 'b', ?, ?, 'run-1', 21)`,
  ).run(analysis, source, analysis, source);
  db.exec(`
    INSERT INTO run_items VALUES ('run-1', 1, 2, 'done', 1, NULL, NULL, 5), ('run-1', 2, 3, 'pending', 0, NULL, NULL, NULL);
    INSERT INTO stage_identities VALUES (1, 'openai', 'm-1', '3', '{}');
    INSERT INTO stage_results VALUES (1, 5, 'run-1', 'analyse', 1, '${'a'.repeat(32)}', 2, 0, NULL, 20),
      (2, 5, 'run-1', 'write', 1, '${'a'.repeat(32)}', 2, 1, '${JSON.stringify({ ...NO_TOKENS, input: 5 })}', 20),
      (3, 6, 'run-1', 'write', 1, '${'a'.repeat(32)}', 3, 0, NULL, 21);
    INSERT INTO cards VALUES (11, 5, 0, 'recognition', '심장', 'heart', 2, 20),
      (12, 5, 1, 'production', 'heart', '심장', 2, 20),
      (13, 5, 2, 'cloze', '{{c1::심장}}이 뛴다', 'heart', 2, 20),
      (14, 6, 0, 'recognition', 'b', 'c', 3, 21);
    INSERT INTO tags VALUES (1, 'noun'), (2, 'body'), (3, 'back');
    INSERT INTO card_tags VALUES (11, 1), (11, 2), (12, 1), (12, 3), (13, 1);
  `);
  db.prepare(`INSERT INTO run_sources VALUES ('run-1', 1, '심장', ?), ('run-1', 2, 'next', ?)`).run(
    JSON.stringify(anItem('심장', { row: 2 })),
    JSON.stringify(anItem('next', { row: 3 })),
  );
  return db;
}

describe('a deck of the first version', () => {
  it('comes through whole', () => {
    writeFirstDeck().close();
    const db = openDeck(path);
    const cards = createCardStore(db);
    expect(db.pragma('user_version', { simple: true })).toBe(deckMigrations.length);
    expect(cards.decks()).toEqual([
      { name: 'Empty', noteCount: 0, cardCount: 0 },
      { name: 'Test', noteCount: 2, cardCount: 4 },
    ]);
    expect(cards.byIds([13])).toEqual([
      {
        cardId: 13,
        noteId: 'uuid-5',
        deck: 'Test',
        term: '심장',
        type: 'cloze',
        format: 'text',
        front: '{{c1::심장}}이 뛴다',
        back: 'heart',
        cloze: 1,
        tags: ['back', 'body', 'noun'],
        status: 'accepted',
        suspended: false,
        flag: 0,
        quote: null,
        place: null,
        warnings: [],
        dueMs: null,
        createdMs: 20,
        modifiedMs: 20,
        provenance: {
          generator: 'openai',
          model: 'm-1',
          promptVersion: '3',
          parameters: '{}',
          runId: 'run-1',
          traceId: 'a'.repeat(32),
          sourceName: 'list.csv',
          row: 2,
          cached: true,
        },
      },
    ]);
    expect(cards.byIds([11, 12, 14]).map(({ cloze, tags }) => [cloze, tags])).toEqual([
      [null, ['back', 'body', 'noun']],
      [null, ['back', 'body', 'noun']],
      [null, []],
    ]);
    const detail = createNoteReader(db, { cardsOf: cards.byNote, historyOf: () => [] }).detail('uuid-5');
    expect(detail).toMatchObject({ analysis: anAnalysis('심장'), columns: { Unit: '4' }, createdMs: 20 });
    expect(detail?.stages.map(({ stage, cached }) => [stage, cached])).toEqual([
      ['analyse', false],
      ['write', true],
    ]);
    db.close();
  });

  it('is searched at once, and its runs go on', async () => {
    writeFirstDeck().close();
    const db = openDeck(path);
    const cards = createCardStore(db);
    const ids = (query: string) => [...cards.find({ query, deck: null, runId: null, sort: 'oldest' }).ids];
    expect(ids('심장')).toEqual([11, 12, 13]);
    expect(ids('back:heart')).toEqual([11, 13]);
    expect(ids('body type:cloze')).toEqual([13]);
    const runs = createRunStore(db);
    runs.take('run-1', 'b'.repeat(32));
    const [queued, ...more] = await runs.claim('run-1', 0, 10);
    expect(more).toEqual([]);
    expect(queued).toMatchObject({ itemId: 2, noteKey: 'next', noteId: null });
    const known = await runs.create(someSettings(), 'again.csv', [rowsOf('심장')]);
    runs.take(known, 'c'.repeat(32));
    expect((await runs.claim(known, 0, 10))[0]?.noteId).toBe(5);
    expect(db.pragma('foreign_key_check')).toEqual([]);
    expect(db.pragma('integrity_check', { simple: true })).toBe('ok');
    db.close();
  });

  it('is refused and left as it is where a card refers to nothing', () => {
    const first = writeFirstDeck();
    first.pragma('foreign_keys = OFF');
    first.exec(`DELETE FROM stage_results WHERE id = 2`);
    first.close();
    expect(() => openDeck(path)).toThrow(
      expect.objectContaining({
        code: 'database_unreadable',
        hint: expect.stringContaining('references to nothing'),
      }),
    );
    const db = openDatabase(path, deckMigrations.slice(0, 1));
    expect(db.prepare('SELECT count(*) FROM cards').pluck().get()).toBe(4);
    expect(db.prepare('SELECT count(*) FROM card_tags').pluck().get()).toBe(5);
    db.close();
  });
});
