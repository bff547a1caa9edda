import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createCardStore } from '../../../electron/deck/cardStore.ts';
import { createChangeLog } from '../../../electron/deck/changeLog.ts';
import { openDeck } from '../../../electron/deck/openDeck.ts';
import { createCardImport } from '../../../electron/deckJobs/cardImport.ts';
import { UNWATCHED } from '../../../electron/deckJobs/job.ts';
import { createDeckJobs, type DeckJobs } from '../../../electron/deckJobs/runJobs.ts';
import { TracedeckError } from '../../../electron/errors/tracedeckError.ts';
import { importCards } from '../../../electron/exchange/importCards.ts';
import type { Db } from '../../../electron/sqlite/openDatabase.ts';
import type { Card } from '../../../shared/card.ts';
import type { DeckFormat } from '../../../shared/deck.ts';
import { deckOf } from '../backup/decks.ts';

let home: string;
let jobs: DeckJobs;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'tracedeck-import-'));
  jobs = jobsOn('deck.db');
});
afterEach(async () => {
  await jobs.close();
  rmSync(home, { recursive: true, force: true });
});

const jobsOn = (name: string) =>
  createDeckJobs({ deckPath: join(home, name), mediaDir: join(home, 'media') });
const backups = () => ({ folder: join(home, 'backups'), keep: 3 });
const importFile = (name: string, deck: string | null = null) =>
  jobs.run('importFile', { path: join(home, name), deck, backups: backups() }, { label: 'Import' });

async function exportAs(format: DeckFormat): Promise<string> {
  const name = `out.${format}`;
  const choice = { deck: null, runId: null, query: '', format, scheduling: false, media: true };
  await jobs.run('exportDeck', { path: join(home, name), choice }, { label: 'Export' });
  return name;
}

function withDeck<T>(work: (db: Db) => T, name = 'deck.db'): T {
  const db = openDeck(join(home, name));
  try {
    return work(db);
  } finally {
    db.close();
  }
}
const cardsIn = (name = 'deck.db'): readonly Card[] =>
  withDeck((db) => {
    const cards = createCardStore(db);
    const { ids } = cards.find({ query: '', deck: null, runId: null, sort: 'oldest' });
    return cards.byIds([...ids]);
  }, name);

describe('our own JSON', () => {
  it('comes into another deck as it was, and a second time changes nothing', async () => {
    deckOf(join(home, 'deck.db'), 40).close();
    withDeck((db) => {
      db.exec(`UPDATE cards SET suspended = 1, flag = 3 WHERE id = 5;
        UPDATE cards SET quote = 'the words' WHERE id = 6;
        INSERT INTO tags (name) VALUES ('verb'), ('topik::1');
        INSERT INTO note_tags SELECT 2, id FROM tags;
        UPDATE notes SET source = '{"row":3,"term":"t","kind":"term","fields":{},"extra":{},"place":{"headings":["A"],"page":7}}'
          WHERE id = 2`);
    });
    const file = await exportAs('json');
    await jobs.close();

    jobs = jobsOn('other.db');
    openDeck(join(home, 'other.db')).close();
    expect(await importFile(file)).toMatchObject({
      form: 'json',
      added: 40,
      updated: 0,
      unchanged: 0,
      cards: 120,
    });
    const told = ({ cardId: _id, createdMs: _c, modifiedMs: _m, warnings: _w, ...card }: Card) => card;
    expect(cardsIn('other.db').map(told)).toEqual(cardsIn('deck.db').map(told));
    expect(await importFile(file)).toMatchObject({ added: 0, updated: 0, unchanged: 40, changeSetId: null });
    // Nothing was there before the first one.
    expect(readdirSync(join(home, 'backups'))).toHaveLength(1);
  });

  it('makes no backup for a file that cannot be read', async () => {
    deckOf(join(home, 'deck.db'), 2).close();
    for (const name of ['broken.apkg', 'broken.json']) {
      writeFileSync(join(home, name), Buffer.alloc(60_000, 7));
      await expect(importFile(name)).rejects.toThrow(/zip archive|file of cards/);
    }
    expect(existsSync(join(home, 'backups'))).toBe(false);
  });

  it('brings notes up to date, is taken back as a whole, and comes again after that', async () => {
    deckOf(join(home, 'deck.db'), 3).close();
    const file = await exportAs('json');
    const cards = [...cardsIn()];
    const changed = { ...cards[0]!, front: 'another front', tags: ['new'], modifiedMs: Date.now() + 1000 };
    const added = { ...cards[1]!, noteId: 'a-note-from-elsewhere', deck: 'Other::Deck', cardId: 999 };
    const rest = cards.slice(1).map((card) => ({ ...card, modifiedMs: Date.now() + 1000 }));
    const sameNote = rest.map((card) => (card.noteId === changed.noteId ? { ...card, tags: ['new'] } : card));
    writeFileSync(join(home, file), JSON.stringify([changed, ...sameNote, added]));

    const report = await importFile(file);
    expect(report).toMatchObject({ added: 1, updated: 1, cards: 1, conflicts: [], refused: [] });
    expect(cardsIn().map(({ front }) => front)).toContain('another front');
    expect(cardsIn().find(({ deck }) => deck === 'Other::Deck')).toMatchObject({ noteId: added.noteId });

    const undone = withDeck((db) => createChangeLog(db).undoLast());
    expect(undone).toMatchObject({
      changeSetId: report.changeSetId,
      label: 'Import of out.json',
      leftAlone: [],
    });
    const told = ({ modifiedMs: _m, ...card }: Card) => card;
    expect(cardsIn().map(told)).toEqual(cards.map(told));

    expect(await importFile(file)).toMatchObject({ added: 1, conflicts: [], refused: [] });
    expect(cardsIn().find(({ deck }) => deck === 'Other::Deck')).toMatchObject({ noteId: added.noteId });
  });
});

describe('a package', () => {
  it('that we wrote brings the same cards, and a second time changes nothing', async () => {
    deckOf(join(home, 'deck.db'), 12).close();
    const file = await exportAs('apkg');
    const preview = { path: join(home, file) };
    expect(await jobs.run('previewFile', preview, { label: 'Look' })).toMatchObject({
      cards: 36,
      reviews: 0,
    });
    await jobs.close();
    jobs = jobsOn('other.db');
    expect(await importFile(file)).toMatchObject({ added: 12, cards: 36, refused: [] });
    expect(await importFile(file)).toMatchObject({ added: 0, updated: 0, unchanged: 12 });
    const told = ({ deck, front, back, type }: Card) => ({ deck, front, back, type });
    expect(cardsIn('other.db').map(told)).toEqual(cardsIn('deck.db').map(told));
  });
});

describe('an import', () => {
  it('that is stopped while it writes leaves the deck as it was', async () => {
    deckOf(join(home, 'deck.db'), 300).close();
    const file = await exportAs('json');
    await jobs.close();
    jobs = jobsOn('other.db');
    const db = openDeck(join(home, 'other.db'));
    try {
      let looks = 0;
      const port = createCardImport(db, {
        progress: () => {},
        throwIfCancelled() {
          looks += 1;
          if (looks > 3) throw new TracedeckError('transient', 'cancelled', 'Stopped.');
        },
      });
      await expect(importCards(join(home, file), { deck: null }, port, UNWATCHED)).rejects.toMatchObject({
        code: 'cancelled',
      });
    } finally {
      db.close();
    }
    expect(cardsIn('other.db')).toEqual([]);
    // What it had written is one change, taken back; the same file comes in whole the next time.
    expect(withDeck((other) => createChangeLog(other).list(5), 'other.db')).toMatchObject([
      { label: 'Import of out.json', undone: true },
    ]);
    expect(await importFile(file)).toMatchObject({ added: 300, cards: 900 });
    expect(cardsIn('other.db')).toHaveLength(900);
  });

  it('lets others write while it goes on, and stops where one of them takes it back', async () => {
    deckOf(join(home, 'deck.db'), 300).close();
    const file = await exportAs('json');
    await jobs.close();
    jobs = jobsOn('other.db');
    const db = openDeck(join(home, 'other.db'));
    const window = openDeck(join(home, 'other.db'));
    // Held at all times, the lock would be refused at once.
    window.pragma('busy_timeout = 0');
    try {
      let looks = 0;
      const port = createCardImport(db, {
        progress: () => {},
        throwIfCancelled() {
          looks += 1;
          if (looks === 3) createChangeLog(window).undoLast();
        },
      });
      await expect(importCards(join(home, file), { deck: null }, port, UNWATCHED)).rejects.toMatchObject({
        code: 'cancelled',
      });
    } finally {
      window.close();
      db.close();
    }
    expect(cardsIn('other.db')).toEqual([]);
  });
});

describe("a table with Anki's header lines", () => {
  it('that we wrote is known again, text for text', async () => {
    deckOf(join(home, 'deck.db'), 10).close();
    const file = await exportAs('csv');
    expect(await importFile(file)).toMatchObject({ form: 'csv', added: 0, conflicts: [], changeSetId: null });
    expect(cardsIn()).toHaveLength(30);
  });

  it('of somebody else becomes notes of ours, known by their guids the next time', async () => {
    openDeck(join(home, 'deck.db')).close();
    const text = (back: string) =>
      `#separator:Tab\n#html:true\n#guid column:1\n#tags column:4\nabc\tfront\t${back}\tt1 t2\nxyz\tother\tback\t\n`;
    writeFileSync(join(home, 'in.txt'), text('<b>back</b>'));
    expect(await importFile('in.txt', 'Mine')).toMatchObject({ added: 2, cards: 2 });
    expect(cardsIn()).toMatchObject([
      { deck: 'Mine', front: 'front', tags: ['t1', 't2'], status: 'accepted', provenance: null },
      { deck: 'Mine', front: 'other' },
    ]);
    expect(await importFile('in.txt', 'Mine')).toMatchObject({ added: 0, unchanged: 2 });
    writeFileSync(join(home, 'in.txt'), text('changed'));
    expect(await importFile('in.txt', 'Mine')).toMatchObject({ added: 0, updated: 1, unchanged: 1 });
    expect(cardsIn()).toHaveLength(2);
    expect(cardsIn()[0]).toMatchObject({ back: 'changed' });
  });

  it('of a notetype of the deck is rendered by its templates', async () => {
    withDeck((db) =>
      db
        .prepare(
          `INSERT INTO notetypes (id, name, kind, fields, templates, css, extra) VALUES (1, 'Pair', 'standard', ?, ?, '', '{}')`,
        )
        .run(
          JSON.stringify([
            { name: 'A', rtl: false },
            { name: 'B', rtl: false },
          ]),
          JSON.stringify([
            { name: 'there', front: '{{A}}', back: '{{FrontSide}}<hr>{{B}}' },
            { name: 'back', front: '{{B}}', back: '{{A}}' },
          ]),
        ),
    );
    writeFileSync(
      join(home, 'in.csv'),
      '#separator:Comma\n#html:true\n#guid column:1\n#notetype column:2\n#deck column:3\ng1,Pair,D::E,<i>one</i>,two\n',
    );
    expect(await importFile('in.csv')).toMatchObject({ added: 1, cards: 2, refused: [] });
    expect(cardsIn()).toMatchObject([
      { deck: 'D::E', term: 'one', format: 'html', front: '<i>one</i>', back: '<i>one</i><hr>two' },
      { front: 'two', back: '<i>one</i>' },
    ]);
    expect(await importFile('in.csv')).toMatchObject({ added: 0, unchanged: 1 });
    withDeck((db) => createChangeLog(db).undoLast());
    expect(cardsIn()).toEqual([]);
    expect(await importFile('in.csv')).toMatchObject({ added: 1, cards: 2 });
    expect(await importFile('in.csv')).toMatchObject({ added: 0, unchanged: 1 });
    expect(cardsIn()).toHaveLength(2);
  });
});
