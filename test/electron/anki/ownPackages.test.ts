import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { guidOf } from '../../../electron/anki/ankiIds.ts';
import { createChangeLog } from '../../../electron/deck/changeLog.ts';
import { contentOf, createTestDeck, ownTemporaryFolder, testFolder } from './fixtures.ts';
import { writePackage } from './rewritePackage.ts';
import { addSamples, MADE_MS } from './samples.ts';
import { createCollection, csumOf, readPackage } from './independentReader.ts';

const temporary = ownTemporaryFolder();
const NOW = Date.UTC(2025, 10, 20, 9);

/** What a package says, without ids and times of rows. */
function said(path: string): unknown {
  const { notes, cards, decks, revlog, media } = readPackage(path);
  const guids = new Map(notes.map(({ id, guid }) => [id, guid]));
  const keys = new Map(cards.map(({ id, nid, ord }) => [id, `${guids.get(nid)} ${ord}`]));
  return {
    notes: notes
      .map(({ guid, mid, mod, tags, flds, csum }) => ({ guid, mid, mod, tags, flds, csum }))
      .sort((a, b) => (a.guid < b.guid ? -1 : 1)),
    cards: cards
      .map(({ id, did, type, queue, ivl, factor, reps, lapses, left, flags, data }) => ({
        key: keys.get(id)!,
        deck: decks[did]!.name,
        type,
        queue,
        ivl,
        factor,
        reps,
        lapses,
        left,
        flags,
        data,
      }))
      .sort((a, b) => (a.key < b.key ? -1 : 1)),
    revlog: revlog.map(({ id, cid, ease, ivl, lastIvl, type, time }) => [
      id,
      keys.get(cid!),
      ease,
      ivl,
      lastIvl,
      type,
      time,
    ]),
    media,
  };
}

describe('our own packages', () => {
  it('are collections of schema 11 as Anki wants them', async () => {
    const deck = createTestDeck();
    addSamples(deck, NOW);
    await deck.media.add('kitab.mp3', Buffer.from('sound'));
    const report = await deck.export('out.apkg', { now: () => NOW });
    const read = readPackage(report.path);
    expect(report).toMatchObject({ format: 'apkg', notes: 3, cards: 12, media: 1, leftOut: [] });
    expect(read.integrity).toBe('ok');
    expect(Object.keys(read.files).sort()).toEqual(['0', 'collection.anki2', 'media']);
    expect(read.col).toMatchObject({ id: 1, ver: 11, dty: 0, usn: 0, ls: 0 });
    expect(
      Object.values(read.decks)
        .map(({ name }) => name)
        .sort(),
    ).toEqual(['Book', 'Default', 'Korean', 'Korean::Extra', 'Korean::Verbs', 'عربي']);
    expect(read.decks[1]!.name).toBe('Default');
    for (const [id, model] of Object.entries(read.models)) expect(model.id).toBe(Number(id));
    expect(
      Object.values(read.models)
        .map(({ name, type }) => [name, type])
        .sort(),
    ).toEqual([
      ['Tracedeck basic', 0],
      ['Tracedeck cloze', 1],
      ['Tracedeck term', 0],
    ]);
    const ids = [...read.notes, ...read.cards].map(({ id }) => id);
    expect(Math.max(...ids)).toBeLessThanOrEqual(NOW + 86_400_000);
    expect(new Set(read.notes.map(({ id }) => id)).size).toBe(7);
    expect(new Set(read.cards.map(({ id }) => id)).size).toBe(12);
    for (const note of read.notes) {
      const fields = note.flds.split('\u001f');
      expect(fields).toHaveLength(read.models[note.mid]!.flds.length);
      expect(note.flds).toBe(note.flds.normalize('NFC'));
      expect(note.csum).toBe(csumOf(fields[0]!));
      expect(note.mod).toBe(Math.floor(MADE_MS / 1000));
      expect(note.tags === '' || /^ (\S+ )+$/.test(note.tags)).toBe(true);
    }
    const noteIds = new Set(read.notes.map(({ id }) => id));
    for (const card of read.cards) {
      expect(noteIds.has(card.nid)).toBe(true);
      expect(read.decks[card.did]).toBeDefined();
    }
  });

  it('have a note with a card of each type, one of each cloze text, and one of each further card', async () => {
    const deck = createTestDeck();
    addSamples(deck, NOW);
    const { path } = await deck.export('out.apkg', { now: () => NOW });
    const read = readPackage(path);
    const uuid = '11111111-1111-4111-8111-111111111111';
    const pieces = [0, 3, 7].map((piece) => read.notes.find(({ guid }) => guid === guidOf(uuid, piece))!);
    const named = pieces.map((note) => {
      const names = read.models[note.mid]!.flds;
      return Object.fromEntries(
        note.flds
          .split('\u001f')
          .flatMap((value, at) =>
            value === '' || names[at]!.name === 'Data' ? [] : [[names[at]!.name, value]],
          ),
      );
    });
    expect(named).toEqual([
      {
        Term: '먹다',
        'Recognition front': '먹다',
        'Recognition back': 'to eat<br>&lt;b&gt;not&lt;/b&gt; bold &amp; "quoted"',
        'Production front': 'to eat',
        'Production back': '먹다',
        'Usage front': 'honorific of 먹다?',
        'Usage back': '드시다',
        Quote: '진지를 드시다',
        Id: `${uuid}:0`,
      },
      {
        Text: '밥을 {{c1::먹는다::to eat}}, {{c2::물}}을 마신다 &lt;5',
        Back: 'He eats.<br>He drinks.',
        Term: '먹다',
        Id: `${uuid}:3`,
      },
      { Front: 'to take in', Back: '먹다', Type: 'production', Term: '먹다', Id: `${uuid}:7` },
    ]);
    const cards = (note: number) =>
      read.cards
        .filter(({ nid }) => nid === pieces[note]!.id)
        .map(({ ord, queue, flags }) => [ord, queue, flags]);
    expect([cards(0), cards(1), cards(2)]).toEqual([
      [
        [0, 2, 3],
        [1, -1, 0],
        [3, 0, 0],
      ],
      [
        [0, 0, 0],
        [1, 0, 0],
      ],
      [[0, 0, 0]],
    ]);
  });

  it('say the schedule in days of their collection, with all that FSRS knows', async () => {
    const deck = createTestDeck();
    addSamples(deck, NOW);
    const { path } = await deck.export('out.apkg', { now: () => NOW });
    const read = readPackage(path);
    const card = read.cards.find(({ type }) => type === 2)!;
    const crt = new Date(Number(read.col['crt']) * 1000);
    expect([crt.getHours(), crt.getMinutes()]).toEqual([4, 0]);
    const due = new Date(NOW);
    due.setHours(4, 0, 0, 0);
    due.setDate(due.getDate() + 5);
    const days = Math.round((due.getTime() - crt.getTime()) / 86_400_000);
    expect(card).toMatchObject({ queue: 2, due: days, ivl: 15, factor: 2500, reps: 4, lapses: 1, left: 0 });
    expect(JSON.parse(card.data)).toEqual({
      s: 12.345678,
      d: 5.4321,
      dr: 0.9,
      decay: 0.1542,
      lrt: Math.floor((NOW - 864e6) / 1000),
    });
    const last = NOW - 864e6;
    expect(read.revlog.map(({ id, ease, ivl, type, cid }) => [id, ease, ivl, type, cid])).toEqual([
      [last - 20 * 864e5, 3, -600, 0, card.id],
      [last - 20 * 864e5 + 600_000, 3, 8, 0, card.id],
      [last - 12 * 864e5, 1, 12, 1, card.id],
      [last, 3, 15, 2, card.id],
    ]);
    const without = await deck.export('new.apkg', { scheduling: false, now: () => NOW });
    const bare = readPackage(without.path);
    expect([bare.revlog, bare.cards.filter(({ type }) => type !== 0)]).toEqual([[], []]);
    expect(bare.cards.filter(({ queue }) => queue === -1)).toHaveLength(1);
    expect(bare.cards.filter(({ flags }) => flags === 3)).toHaveLength(1);
  });

  it('come back into an empty deck as the notes they were, and go out again the same', async () => {
    const from = createTestDeck();
    addSamples(from, NOW);
    await from.media.add('kitab.mp3', Buffer.from('sound'));
    const first = await from.export('first.apkg', { now: () => NOW });
    const to = createTestDeck();
    const report = await to.import(first.path, { now: () => NOW });
    expect(report).toMatchObject({
      form: 'anki2',
      added: 3,
      cards: 12,
      media: 1,
      reviews: 4,
      conflicts: [],
      refused: [],
    });
    const second = await to.export('second.apkg', { now: () => NOW });
    expect(said(second.path)).toEqual(said(first.path));
    const notes = contentOf(to.db) as {
      uuid: string;
      source: string | null;
      cards: { ordinal: number; quote: string | null; type: string }[];
    }[];
    const originals = contentOf(from.db) as typeof notes;
    // Ids are times, and no two of one kind are the same: a note may be some milliseconds younger.
    const strip = ({ createdMs: _made, source: _source, ...note }: Record<string, unknown>) => note;
    expect(notes.map((note) => strip(note))).toEqual(originals.map((note) => strip(note)));
    expect(JSON.parse(notes[1]!.source!)).toMatchObject({
      name: 'biology.pdf',
      row: 7,
      place: { headings: ['Plants', 'Energy'], page: 12 },
    });
    expect(Buffer.from((await to.media.read('kitab.mp3'))!).toString()).toBe('sound');
  });

  it('change nothing when they come again', async () => {
    const from = createTestDeck();
    addSamples(from, NOW);
    const { path } = await from.export('out.apkg', { now: () => NOW });
    expect(await from.import(path)).toMatchObject({
      added: 0,
      updated: 0,
      unchanged: 3,
      cards: 0,
      reviews: 0,
      changeSetId: null,
    });
    const to = createTestDeck();
    await to.import(path);
    const before = contentOf(to.db);
    expect(await to.import(path)).toMatchObject({
      added: 0,
      updated: 0,
      unchanged: 3,
      cards: 0,
      changeSetId: null,
    });
    expect(contentOf(to.db)).toEqual(before);
  });

  it('update notes in a reader that follows the rules of Anki, and never double them', async () => {
    const deck = createTestDeck();
    addSamples(deck, NOW);
    const anki = createCollection();
    const path = (await deck.export('out.apkg', { now: () => NOW })).path;
    expect(anki.import(path)).toEqual({ added: 7, updated: 0, unchanged: 0, conflicts: 0, cards: 12 });
    expect(anki.import(path)).toEqual({ added: 0, updated: 0, unchanged: 7, conflicts: 0, cards: 0 });
    deck.db
      .prepare("UPDATE cards SET back = 'to eat (food)' WHERE front = '먹다' AND type = 'recognition'")
      .run();
    deck.db.prepare("UPDATE notes SET modified_ms = modified_ms + 60000 WHERE term = '먹다'").run();
    await deck.export('out.apkg', { now: () => NOW });
    expect(anki.import(path)).toEqual({ added: 0, updated: 3, unchanged: 4, conflicts: 0, cards: 0 });
    expect([...anki.notes.values()].filter(({ flds }) => flds.includes('to eat (food)'))).toHaveLength(1);
  });

  it('keep every card where it was when another is accepted, rejected or deleted', async () => {
    const deck = createTestDeck();
    addSamples(deck, NOW);
    const anki = createCollection();
    const path = (await deck.export('out.apkg', { now: () => NOW })).path;
    anki.import(path);
    deck.db.exec(`
      UPDATE cards SET status = 'accepted' WHERE status = 'rejected';
      UPDATE cards SET status = 'deleted' WHERE front = 'to eat';
      UPDATE cards SET status = 'deleted' WHERE cloze = 1 AND front LIKE '밥을%';
      UPDATE notes SET modified_ms = modified_ms + 60000`);
    await deck.export('out.apkg', { now: () => NOW });
    expect(anki.import(path)).toEqual({ added: 1, updated: 7, unchanged: 0, conflicts: 0, cards: 1 });
  });

  it('take over what was written in Anki since', async () => {
    const from = createTestDeck();
    addSamples(from, NOW);
    const there = createTestDeck();
    await there.import((await from.export('out.apkg', { now: () => NOW })).path);
    there.db.exec(`
      UPDATE cards SET front = 'EDITED ' || front WHERE cloze IS NOT NULL;
      UPDATE cards SET back = 'EDITED' WHERE front = 'Where does it happen?';
      UPDATE notes SET modified_ms = modified_ms + 5000`);
    const report = await from.import((await there.export('back.apkg', { now: () => NOW })).path);
    expect(report).toMatchObject({ added: 0, updated: 2, unchanged: 1, cards: 0, refused: [] });
    const count = (sql: string) => from.db.prepare(`SELECT count(*) FROM cards WHERE ${sql}`).pluck().get();
    expect([count("front LIKE 'EDITED %'"), count("back = 'EDITED'")]).toEqual([4, 1]);
    expect(createChangeLog(from.db).undoLast()).toMatchObject({ notes: 2, cards: 5, leftAlone: [] });
    expect(count("front LIKE 'EDITED%' OR back = 'EDITED'")).toBe(0);
  });

  it('take over a quote that was edited in Anki, and give the old one back', async () => {
    const deck = createTestDeck();
    deck.add({
      uuid: '22222222-1111-4111-8111-111111111111',
      term: 'ebb',
      cards: [
        { type: 'recognition', front: 'ebb', back: 'to flow back', quote: 'The tide ebbs.' },
        { type: 'usage', front: 'How?', back: 'The tide ebbs' },
      ],
    });
    const { path } = await deck.export('out.apkg');
    const quotes = () => deck.db.prepare('SELECT quote FROM cards ORDER BY ordinal').pluck().all();
    const edited = writePackage(path, (db) => {
      const fields = db.prepare('SELECT flds FROM notes').pluck().get() as string;
      const changed = fields.replace('\u001fThe tide ebbs.\u001f', '\u001fHope <br>ebbs.\u001f');
      db.prepare('UPDATE notes SET flds = ?, mod = mod + 60').run(changed);
    });
    expect(await deck.import(path)).toMatchObject({ updated: 0, changeSetId: null });
    expect(await deck.import(edited)).toMatchObject({ updated: 1, cards: 0 });
    expect(quotes()).toEqual(['Hope \nebbs.', 'Hope \nebbs.']);
    expect(createChangeLog(deck.db).undoLast()).toMatchObject({ cards: 2, leftAlone: [] });
    expect(quotes()).toEqual(['The tide ebbs.', null]);
  });

  it('come back when the note was deleted here', async () => {
    const deck = createTestDeck();
    addSamples(deck, NOW);
    const { path } = await deck.export('out.apkg', { now: () => NOW });
    deck.db.exec(
      "UPDATE cards SET status = 'deleted' WHERE note_id = (SELECT id FROM notes WHERE term = '먹다')",
    );
    expect(await deck.import(path)).toMatchObject({ added: 1, unchanged: 2, cards: 6 });
    const { path: again } = await deck.export('again.apkg', { now: () => NOW });
    expect(readPackage(again).cards).toHaveLength(12);
  });

  it('hold what was asked for: a deck and those below it, a run, some cards', async () => {
    const deck = createTestDeck();
    addSamples(deck, NOW);
    expect(await deck.export('a.apkg', { deck: 'Korean' })).toMatchObject({ notes: 1, cards: 6 });
    expect(await deck.export('b.apkg', { deck: 'Korean::Extra' })).toMatchObject({ notes: 1, cards: 1 });
    expect(await deck.export('c.apkg', { deck: 'Kor' })).toMatchObject({ notes: 0, cards: 0 });
    const id = deck.db.prepare("SELECT id FROM cards WHERE front = 'to eat'").pluck().get() as number;
    const one = await deck.export('d.apkg', { cardIds: Uint32Array.of(id) });
    expect(one).toMatchObject({ notes: 1, cards: 1 });
    // The note's fields are whole, so that another package of it does not empty them there.
    expect(readPackage(one.path).notes[0]!.flds).toContain('to eat<br>');
    expect(await deck.export('e.apkg', { runId: 'none' })).toMatchObject({ notes: 0, cards: 0 });
  });

  it('are a whole collection where that is asked for', async () => {
    const deck = createTestDeck();
    addSamples(deck, NOW);
    const report = await deck.export('all.colpkg', { format: 'colpkg', now: () => NOW });
    expect(report).toMatchObject({ format: 'colpkg', notes: 3, cards: 12, leftOut: [] });
    const other = createTestDeck();
    const taken = await other.import(`${deck.folder}/all.colpkg`);
    expect(taken).toMatchObject({ added: 3, cards: 12, refused: [] });
  });

  it('appear whole or not at all, and leave nothing beside them', async () => {
    const deck = createTestDeck();
    addSamples(deck, NOW);
    const folder = testFolder();
    const path = join(folder, 'deck.apkg');
    writeFileSync(path, 'what was there before');
    const stopped = {
      progress: () => {},
      throwIfCancelled: () => {
        throw new Error('stop');
      },
    };
    const { exportPackage } = await import('../../../electron/anki/exportPackage.ts');
    const request = { deck: null, runId: null, scheduling: true, media: true, path, mediaDir: deck.mediaDir };
    await expect(exportPackage(deck.db, request, stopped)).rejects.toThrow('stop');
    await expect(deck.export(join('no such folder', 'x.apkg'))).rejects.toMatchObject({
      code: 'export_failed',
    });
    expect(readdirSync(folder)).toEqual(['deck.apkg']);
    expect(temporary()).toEqual([]);
  });

  it('say which media is not there any more', async () => {
    const deck = createTestDeck();
    addSamples(deck, NOW);
    await deck.media.add('kitab.mp3', Buffer.from('sound'));
    writeFileSync(deck.media.pathOf(deck.media.find('kitab.mp3')!.sha256), 'cut');
    expect(await deck.export('out.apkg')).toMatchObject({
      media: 0,
      leftOut: ['kitab.mp3: the file is not there.'],
    });
    expect(await deck.export('out.apkg', { media: false, scheduling: true })).toMatchObject({
      media: 0,
      leftOut: [],
    });
  });
});

describe('our notes, after what people do to them in Anki', () => {
  it('that were given formatting there stay whole, as notes of Anki', async () => {
    const from = createTestDeck();
    addSamples(from, NOW);
    const there = createTestDeck();
    await there.import((await from.export('out.apkg', { now: () => NOW })).path);
    const path = (await there.export('back.apkg', { now: () => NOW })).path;

    const edited = writePackage(path, (db) =>
      db.exec(
        "UPDATE notes SET flds = replace(flds, 'in chloroplasts', 'in <b>chloroplasts</b><img src=x.png>'), mod = mod + 9",
      ),
    );
    const fresh = createTestDeck();
    const report = await fresh.import(edited);
    expect(report).toMatchObject({ added: 5, cards: 12, refused: [] });
    const backs = fresh.db
      .prepare("SELECT back FROM cards WHERE back LIKE '%chloroplasts%' AND back LIKE '%<b>%'")
      .pluck()
      .all();
    expect(backs).toHaveLength(1);
    expect(await fresh.import(edited)).toMatchObject({ added: 0, updated: 0, unchanged: 5 });
    // Where the note is there as ours, its text is taken over, and what could not be is named.
    expect(await from.import(edited)).toMatchObject({
      added: 0,
      refused: ['The formatting of a note of ours: its text was taken over.'],
    });
  });

  it('that were copied there are two', async () => {
    const from = createTestDeck();
    addSamples(from, NOW);

    const copied = writePackage((await from.export('out.apkg', { now: () => NOW })).path, (db) =>
      db.exec(`INSERT INTO notes SELECT id + 90000, 'copied!', mid, mod, usn, tags, flds, sfld, csum, flags, data FROM notes
          WHERE flds LIKE 'to take in%';
        INSERT INTO cards SELECT id + 90000, nid + 90000, did, ord, mod, usn, type, queue, due, ivl, factor, reps, lapses, left, odue,
          odid, flags, data FROM cards WHERE nid = (SELECT id FROM notes WHERE guid <> 'copied!' AND flds LIKE 'to take in%')`),
    );
    const to = createTestDeck();
    expect(await to.import(copied)).toMatchObject({ added: 4, cards: 13 });
    expect(await to.import(copied)).toMatchObject({ added: 0, unchanged: 4, changeSetId: null });
    const guids = readPackage((await to.export('again.apkg', { now: () => NOW })).path).notes.map(
      ({ guid }) => guid,
    );
    expect([guids.length, guids.includes('copied!')]).toEqual([8, true]);
  });

  it('that AnkiConnect put there, under ids of its own, are known by their names', async () => {
    const from = createTestDeck();
    addSamples(from, NOW);

    const pushed = writePackage((await from.export('out.apkg', { now: () => NOW })).path, (db) =>
      db.exec(`UPDATE notes SET mid = mid + 5000, guid = 'r' || id;
        UPDATE col SET models = replace(replace(replace(models, '1764000000101', '1764000005101'), '1764000000102', '1764000005102'), '1764000000103', '1764000005103')`),
    );
    const to = createTestDeck();
    expect(await to.import(pushed)).toMatchObject({ added: 3, cards: 12, refused: [] });
    expect(await from.import(pushed)).toMatchObject({ added: 0, unchanged: 3 });
  });
});
