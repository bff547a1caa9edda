import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { guidOf } from '../../../electron/anki/ankiIds.ts';
import { createCardStore } from '../../../electron/deck/cardStore.ts';
import { createChangeLog } from '../../../electron/deck/changeLog.ts';
import { openDeck } from '../../../electron/deck/openDeck.ts';
import { createCardImport } from '../../../electron/deckJobs/cardImport.ts';
import { UNWATCHED } from '../../../electron/deckJobs/job.ts';
import { importCards } from '../../../electron/exchange/importCards.ts';
import { writeDeckFile } from '../../../electron/exchange/writeDeckFile.ts';
import type { TextFormat } from '../../../electron/exchange/writeDeckFile.ts';
import type { Db } from '../../../electron/sqlite/openDatabase.ts';

let folder = '';
const open: Db[] = [];
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'card-import-'));
});
afterEach(async () => {
  for (const db of open.splice(0)) db.close();
  await rm(folder, { recursive: true });
});

function createDeck() {
  const db = openDeck(':memory:');
  open.push(db);
  db.exec(`INSERT INTO notetypes (id, name, kind, fields, templates, css, extra)
    VALUES (5, 'Vocabulary', 'standard', '[{"name":"Word"},{"name":"Meaning"}]',
      '[{"name":"Card","front":"{{Word}}","back":"{{Meaning}}"}]', '', '{}')`);
  const log = createChangeLog(db);
  const port = createCardImport(db);
  const cards = createCardStore(db);
  const all = () => [...cards.all({ deck: null, runId: null, listOfRun: null, search: null })];
  const read = (path: string) => importCards(path, { deck: null }, port, UNWATCHED);
  async function write(name: string, format: TextFormat): Promise<string> {
    const path = join(folder, name);
    const importedNote = (noteId: string) => {
      const row = db
        .prepare('SELECT guid, fields FROM notes WHERE uuid = ? AND fields IS NOT NULL')
        .get(noteId) as { guid: string; fields: string } | undefined;
      if (row === undefined) return null;
      const fields = (JSON.parse(row.fields) as string[]).map((value, at) => ({ name: `${at}`, value }));
      return { guid: row.guid, notetype: 'Vocabulary', fields };
    };
    const tools = { guidOf, importedNote, media: () => null, printSheet: null };
    await writeDeckFile(path, all(), { deck: null, format }, tools, UNWATCHED);
    return path;
  }
  return { db, log, all, read, write };
}

const SOURCE = JSON.stringify([
  {
    noteId: 'uuid-1',
    deck: 'A::B',
    term: '사과',
    type: 'recognition',
    front: '사과',
    back: 'apple',
    tags: ['food'],
    suspended: true,
    flag: 3,
    quote: 'as it was',
    place: { headings: ['One'], page: 2 },
    createdMs: 1_600_000_000_000,
  },
  {
    noteId: 'uuid-1',
    deck: 'A::B',
    term: '사과',
    type: 'cloze',
    front: '{{c1::a}} {{c2::b}}',
    back: 'c',
    cloze: 1,
    tags: ['food'],
  },
  {
    noteId: 'uuid-1',
    deck: 'A::B',
    term: '사과',
    type: 'cloze',
    front: '{{c1::a}} {{c2::b}}',
    back: 'c',
    cloze: 2,
    tags: ['food'],
  },
  {
    noteId: 'uuid-2',
    deck: 'C',
    term: '배',
    type: 'basic',
    format: 'html',
    front: 'x',
    back: 'y',
    guid: 'g2',
    notetype: 'Vocabulary',
    fields: ['<b>배</b>', 'pear'],
  },
]);

describe('a real deck', () => {
  it('keeps which run, model and prompt made a card, and says so of runs that it does not have', async () => {
    const provenance = {
      generator: 'openai',
      model: 'tiny',
      promptVersion: 'v2',
      parameters: '{"temperature":0}',
      runId: 'run-1',
      traceId: 'ab12',
      sourceName: 'words.csv',
      row: 7,
      cached: true,
    };
    const path = join(folder, 'made.json');
    const card = (noteId: string, at: number, runId: string) => ({
      noteId,
      deck: 'A',
      term: noteId,
      type: 'basic',
      front: `${noteId} ${at}`,
      back: 'b',
      provenance: { ...provenance, runId },
    });
    await writeFile(
      path,
      JSON.stringify([card('n1', 1, 'run-1'), card('n1', 2, 'run-1'), card('n2', 1, 'run-2')]),
    );
    const { db, read, all } = createDeck();
    db.exec(`INSERT INTO decks (name, created_ms) VALUES ('A', 1);
      INSERT INTO runs (id, deck_id, settings, source_name, state, trace_id, started_ms)
      VALUES ('run-1', (SELECT id FROM decks WHERE name = 'A'), '{}', 'words.csv', 'done', 'ab12', 1)`);
    const report = await read(path);
    expect(report).toMatchObject({
      added: 2,
      refused: [expect.stringMatching(/^Which run, model and prompt 1 card came from/)],
    });
    const origins = () => all().map(({ provenance: origin }) => origin);
    expect(origins()).toEqual([provenance, provenance, null]);
    const results = () => db.prepare('SELECT count(*) FROM stage_results').pluck().get();
    expect(results()).toBe(1);
    db.exec("UPDATE cards SET status = 'deleted'");
    expect(await read(path)).toMatchObject({ added: 2 });
    expect(origins()).toEqual([provenance, provenance, null]);
    expect(results()).toBe(1);
  });

  it('takes cards in, gives them out again the same, and knows them from then on', async () => {
    const first = createDeck();
    const path = join(folder, 'source.json');
    await writeFile(path, SOURCE);
    expect(await first.read(path)).toMatchObject({ added: 2, cards: 4 });
    expect(first.all()).toMatchObject([
      {
        noteId: 'uuid-1',
        deck: 'A::B',
        suspended: true,
        flag: 3,
        quote: 'as it was',
        place: { page: 2 },
        tags: ['food'],
        createdMs: 1_600_000_000_000,
      },
      { cloze: 1 },
      { cloze: 2 },
      { noteId: 'uuid-2', format: 'html', front: '<b>배</b>', back: 'pear' },
    ]);
    const again = createDeck();
    const json = await first.write('a.json', 'json');
    expect(await again.read(json)).toMatchObject({ added: 2, cards: 4 });
    const content = ({
      createdMs: _c,
      modifiedMs: _m,
      cardId: _id,
      ...card
    }: ReturnType<typeof first.all>[number]) => card;
    expect(again.all().map(content)).toEqual(first.all().map(content));
    for (const file of [json, await again.write('a.tsv', 'tsv'), await again.write('a.csv', 'csv')]) {
      expect(await again.read(file)).toMatchObject({
        added: 0,
        updated: 0,
        conflicts: [],
        changeSetId: null,
      });
    }
  });

  it('takes edited rows over, as one change that can be undone', async () => {
    const deck = createDeck();
    const path = join(folder, 'source.json');
    await writeFile(path, SOURCE);
    await deck.read(path);
    const before = deck.all().map(({ front, back, tags }) => ({ front, back, tags }));
    const table = await deck.write('a.tsv', 'tsv');
    const text = await readFile(table, 'utf8');
    await writeFile(
      table,
      text
        .replace('{{c1::a}} {{c2::b}}\tc', '{{c1::a}} {{c2::b}}\tedited')
        .replace('\tpear', '\ta pear')
        .replaceAll('\tfood\t', '\tfruit\t'),
    );
    expect(await deck.read(table)).toMatchObject({ added: 0, updated: 2, conflicts: [] });
    expect(deck.all()).toMatchObject([
      { back: 'apple', tags: ['fruit'] },
      { back: 'edited' },
      { back: 'edited' },
      { back: 'a pear' },
    ]);
    deck.log.undoLast();
    expect(deck.all().map(({ front, back, tags }) => ({ front, back, tags }))).toEqual(before);
    deck.log.undoLast();
    expect(deck.all()).toEqual([]);
    // What was taken back can be read again.
    expect(await deck.read(path)).toMatchObject({ added: 2, cards: 4 });
    expect(await deck.read(path)).toMatchObject({ added: 0 });
  });
});
