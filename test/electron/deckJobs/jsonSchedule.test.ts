import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createChangeLog } from '../../../electron/deck/changeLog.ts';
import { openDeck } from '../../../electron/deck/openDeck.ts';
import { createCardImport } from '../../../electron/deckJobs/cardImport.ts';
import { exportDeck } from '../../../electron/deckJobs/exportDeck.ts';
import { UNWATCHED } from '../../../electron/deckJobs/job.ts';
import { importCards, previewCards } from '../../../electron/exchange/importCards.ts';
import type { Db } from '../../../electron/sqlite/openDatabase.ts';
import { addSamples, fillDeck } from '../anki/samples.ts';

let folder = '';
const open: Db[] = [];
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'json-schedule-'));
});
afterEach(async () => {
  for (const db of open.splice(0)) db.close();
  await rm(folder, { recursive: true });
});

function createDeck() {
  const db = openDeck(':memory:');
  open.push(db);
  return db;
}

async function write(db: Db, name: string, scheduling: boolean): Promise<string> {
  const path = join(folder, name);
  const choice = { deck: null, runId: null, query: '', format: 'json', scheduling, media: false } as const;
  await exportDeck({ db, mediaDir: folder }, { path, choice }, UNWATCHED);
  return path;
}

/** By the fronts of cards: their ids are other ones elsewhere. */
function schedulesOf(db: Db): unknown {
  return db
    .prepare<[], { id: number; uuid: string }>(
      `SELECT cards.id, uuid, ordinal, front, suspended, flag FROM cards JOIN notes ON notes.id = note_id
       WHERE status = 'accepted' ORDER BY uuid, front, type`,
    )
    .all()
    .map(({ id, ...card }) => ({
      ...card,
      memory: db
        .prepare(
          `SELECT state, due_ms, stability, difficulty, reps, lapses, learning_step, scheduled_days, last_review_ms,
             imported FROM memory WHERE card_id = ?`,
        )
        .get(id),
      reviews: db
        .prepare(
          'SELECT rating, reviewed_ms, duration_ms, kind, imported FROM reviews WHERE card_id = ? ORDER BY id',
        )
        .all(id),
    }));
}
const withoutOrdinals = (all: unknown) =>
  (all as { ordinal: number }[]).map(({ ordinal: _ordinal, ...card }) => card);

describe('our own JSON', () => {
  it('brings the schedule and the reviews of every card along where it is asked to', async () => {
    const first = createDeck();
    addSamples(fillDeck(first));
    first.exec(`INSERT INTO notetypes (id, name, kind, fields, templates, css, extra)
        VALUES (5, 'Vocabulary', 'standard', '[{"name":"Word"},{"name":"Meaning"}]',
          '[{"name":"A","front":"{{Word}}","back":"{{Meaning}}"},{"name":"B","front":"{{Meaning}}","back":"{{Word}}"}]', '', '{}');
      INSERT INTO notes (id, uuid, guid, deck_id, key, term, notetype_id, fields, created_ms, modified_ms)
        VALUES (900, 'typed', 'g', 1, 'x', 'x', 5, '["배","pear"]', 1, 1);
      INSERT INTO cards (id, note_id, deck_id, ordinal, type, front, back, created_ms, modified_ms)
        VALUES (900, 900, 1, 0, 'basic', '배', 'pear', 1, 1), (901, 900, 1, 1, 'basic', 'pear', '배', 1, 1);
      INSERT INTO memory VALUES (901, 2, 1800000000000, 33.5, 4.25, 7, 1, 0, 30, 1790000000000, NULL, '{"type":2}');
      INSERT INTO reviews (card_id, rating, reviewed_ms, duration_ms, kind, imported)
        VALUES (901, 0, 1700000000000, 0, 4, '{"ease":0}'), (901, 3, 1790000000000, 4000, 2, NULL);`);
    const path = await write(first, 'all.json', true);
    const second = createDeck();
    second.exec(`INSERT INTO notetypes SELECT 5, 'Vocabulary', 'standard', '[{"name":"Word"},{"name":"Meaning"}]',
      '[{"name":"A","front":"{{Word}}","back":"{{Meaning}}"},{"name":"B","front":"{{Meaning}}","back":"{{Word}}"}]', '', '{}'`);
    const port = createCardImport(second);
    const reviews = first.prepare('SELECT count(*) FROM reviews').pluck().get();
    expect(await previewCards(path, port)).toMatchObject({ reviews });
    const report = await importCards(path, { deck: null }, port, UNWATCHED);
    expect(report).toMatchObject({ reviews, refused: [], conflicts: [] });
    expect(withoutOrdinals(schedulesOf(second))).toEqual(withoutOrdinals(schedulesOf(first)));

    const again = await importCards(path, { deck: null }, createCardImport(second), UNWATCHED);
    expect(again).toMatchObject({ added: 0, updated: 0, reviews: 0, changeSetId: null });

    createChangeLog(second).undoLast();
    const left = second.prepare("SELECT count(*) FROM cards WHERE status <> 'deleted'").pluck().get();
    expect(left).toBe(0);
  });

  it('leaves them here where it is not', async () => {
    const deck = createDeck();
    addSamples(fillDeck(deck));
    const path = await write(deck, 'plain.json', false);
    expect(await readFile(path, 'utf8')).not.toMatch(/"(?:memory|reviews)"/);
    const other = createDeck();
    const report = await importCards(path, { deck: null }, createCardImport(other), UNWATCHED);
    expect(report.reviews).toBe(0);
    expect(other.prepare('SELECT count(*) FROM memory').pluck().get()).toBe(0);
  });

  it('with a schedule that is none is read without it', async () => {
    const other = createDeck();
    const path = join(folder, 'odd.json');
    const card = { noteId: 'n', deck: 'D', type: 'basic', front: 'f', back: 'b' };
    await writeFile(path, JSON.stringify([{ ...card, memory: { state: 9 }, reviews: 'none' }]));
    const report = await importCards(path, { deck: null }, createCardImport(other), UNWATCHED);
    expect(report).toMatchObject({ added: 1, reviews: 0, refused: ['The schedule of 1 cards: it is none.'] });
  });
});
