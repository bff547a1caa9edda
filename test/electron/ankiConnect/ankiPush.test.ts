import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { PushReport } from '../../../shared/anki.ts';
import { mediaReferences } from '../../../electron/anki/mediaNames.ts';
import { createAnkiClient } from '../../../electron/ankiConnect/ankiClient.ts';
import { createAnkiPush } from '../../../electron/ankiConnect/ankiPush.ts';
import type { PushNote, PushNotetype } from '../../../electron/ankiConnect/pushPorts.ts';
import type { AttemptFacts } from '../../../electron/client/apiClientTypes.ts';
import { openDeck } from '../../../electron/deck/openDeck.ts';
import { UNWATCHED } from '../../../electron/deckJobs/job.ts';
import type { Db } from '../../../electron/sqlite/openDatabase.ts';
import { startAnkiServer } from '../../fixtures/ankiServer.ts';
import type { AnkiServer } from '../../fixtures/ankiServer.ts';

const BASIC: PushNotetype = {
  name: 'Ours',
  kind: 'standard',
  fields: ['Front', 'Back', 'Id'],
  templates: [{ name: 'Card', front: '{{Front}}', back: '{{FrontSide}}<hr>{{Back}}' }],
  css: '.card {}',
};
const CLOZE: PushNotetype = { ...BASIC, name: 'Ours cloze', kind: 'cloze', fields: ['Text', 'Id'] };
const STYLED: PushNotetype = {
  ...BASIC,
  name: 'Styled',
  templates: [{ name: 'Card', front: '<img src="_sign.png">{{Front}}', back: '{{Back}}' }],
  css: `@font-face { font-family: own; src: url("_own font.woff2") } .card { background: url(_paper.png) url(https://x.example/t.png) }`,
};
const THEIRS: PushNotetype = { ...BASIC, name: 'Vocabulary', fields: ['Word', 'Meaning'] };

function note(at: number, over: Partial<PushNote['pieces'][number]> = {}): PushNote {
  return {
    noteId: `uuid-${at}`,
    term: `term ${at}`,
    foundBy: 'id',
    pieces: [
      {
        piece: 0,
        notetype: 'Ours',
        deck: 'Korean::Food',
        tags: ['food'],
        fields: { Front: `사과 ${at}`, Back: 'apple', Id: `uuid-${at}:0` },
        ...over,
      },
    ],
  };
}

let server: AnkiServer;
let db: Db;
let notes: PushNote[] = [];
let files = new Map<string, string>();
let url = '';
let waits = true;
let attempts: AttemptFacts[] = [];
beforeEach(async () => {
  server = await startAnkiServer();
  url = server.url;
  db = openDeck(':memory:');
  notes = [note(1), note(2), note(3)];
  files = new Map();
  waits = true;
  attempts = [];
});
afterEach(async () => {
  db.close();
  await server.stop();
});

function pushOf(openDb: Db = db) {
  return createAnkiPush({
    db: openDb,
    client: () =>
      createAnkiClient({
        url,
        timeoutMs: 5000,
        greetingTimeoutMs: 2000,
        wrap: async (_request, run) => void attempts.push(await run({})),
      }),
    source: {
      readNotes: (wanted) =>
        'noteIds' in wanted ? notes.filter(({ noteId }) => wanted.noteIds.includes(noteId)) : [...notes],
      notetype: (name) => [BASIC, CLOZE, THEIRS, STYLED].find((one) => one.name === name) ?? null,
      mediaNames: mediaReferences,
      mediaPath: (name) => files.get(name) ?? null,
    },
    waits: () => waits,
    now: () => 1_800_000_000_000,
  });
}
const skip = { deck: null, onConflict: 'skip' } as const;
const overwrite = { deck: null, onConflict: 'overwrite' } as const;
const stored = () => [...server.notes.values()];
const counts = ({ created, updated, unchanged, conflicts, failed, queued }: PushReport) => ({
  created,
  updated,
  unchanged,
  conflicts: conflicts.map(({ reason }) => reason),
  failed: failed.map(({ reason }) => reason),
  queued,
});
const NOTHING = { created: 0, updated: 0, unchanged: 0, conflicts: [], failed: [], queued: 0 };

describe('a push', () => {
  it('makes notetypes, decks and notes that are missing, and the second time nothing', async () => {
    notes.push({
      ...note(4),
      pieces: [
        ...note(4).pieces,
        {
          piece: 1,
          notetype: 'Ours cloze',
          deck: 'Korean',
          tags: [],
          fields: { Text: '{{c1::사과}}', Id: 'uuid-4:1' },
        },
      ],
    });
    expect(counts(await pushOf().push(skip, UNWATCHED))).toEqual({ ...NOTHING, created: 5 });
    expect([...server.models.keys(), ...server.decks]).toEqual([
      'Ours',
      'Ours cloze',
      'Default',
      'Korean::Food',
      'Korean',
    ]);
    expect(server.models.get('Ours cloze')?.isCloze).toBe(true);
    expect(stored()[0]).toMatchObject({
      modelName: 'Ours',
      tags: ['food'],
      fields: { Front: '사과 1', Back: 'apple' },
    });
    expect(counts(await pushOf().push(skip, UNWATCHED))).toEqual({ ...NOTHING, unchanged: 5 });
    expect(server.notes.size).toBe(5);
  });

  it('updates text, tags and deck that changed here, and leaves what somebody added there', async () => {
    await pushOf().push(skip, UNWATCHED);
    stored()[0]!.tags.push('marked');
    notes[0] = note(1, {
      fields: { Front: '사과 1', Back: 'an apple', Id: 'uuid-1:0' },
      tags: ['fruit'],
      deck: 'Korean::Fruit',
    });
    expect(counts(await pushOf().push(skip, UNWATCHED))).toEqual({ ...NOTHING, updated: 1, unchanged: 2 });
    expect(stored()[0]).toMatchObject({
      fields: { Back: 'an apple' },
      tags: ['marked', 'fruit'],
      deckName: 'Korean::Fruit',
    });
  });

  it('tells a note that was changed or deleted in Anki, and overwrites it only where asked', async () => {
    await pushOf().push(skip, UNWATCHED);
    const [first, second] = stored();
    first!.fields['Back'] = 'changed by hand';
    server.notes.delete(second!.id);
    const report = counts(await pushOf().push(skip, UNWATCHED));
    expect(report).toEqual({
      ...NOTHING,
      unchanged: 1,
      conflicts: ['It was changed in Anki since it was pushed.', 'It was deleted in Anki.'],
    });
    expect(first!.fields['Back']).toBe('changed by hand');
    expect(counts(await pushOf().push(overwrite, UNWATCHED))).toEqual({
      ...NOTHING,
      created: 1,
      updated: 1,
      unchanged: 1,
    });
    expect(stored().map(({ fields }) => fields['Back'])).toEqual(['apple', 'apple', 'apple']);
    expect(counts(await pushOf().push(skip, UNWATCHED))).toEqual({ ...NOTHING, unchanged: 3 });
  });

  it('takes the same change on both sides for none', async () => {
    await pushOf().push(skip, UNWATCHED);
    stored()[0]!.fields['Back'] = 'the apple';
    notes[0] = note(1, { fields: { Front: '사과 1', Back: 'the apple', Id: 'uuid-1:0' } });
    expect(counts(await pushOf().push(skip, UNWATCHED))).toEqual({ ...NOTHING, unchanged: 3 });
  });

  it('does not count fields that somebody added to the notetype', async () => {
    await pushOf().push(skip, UNWATCHED);
    server.models.get('Ours')!.fields.push('Mine');
    stored()[0]!.fields['Mine'] = 'a note of my own';
    expect(counts(await pushOf().push(skip, UNWATCHED))).toEqual({ ...NOTHING, unchanged: 3 });
  });

  it('refuses a notetype of the same name with other fields, and touches no note', async () => {
    server.models.set('Ours', { id: 5, fields: ['Front', 'Back'], templates: [], isCloze: false });
    const report = await pushOf().push(skip, UNWATCHED);
    expect(report.conflicts.map(({ reason }) => reason)).toEqual(
      Array(3).fill('Anki has a notetype "Ours" without the fields Id.'),
    );
    expect(server.notes.size).toBe(0);
  });

  it('says which notes Anki refuses as doubles or as empty, and pushes the others', async () => {
    server.decks.add('Korean::Food');
    server.models.set('Ours', { id: 5, fields: ['Front', 'Back', 'Id'], templates: [], isCloze: false });
    server.notes.set(9, {
      id: 9,
      modelName: 'Ours',
      deckName: 'Korean::Food',
      fields: { Front: '사과 1', Back: 'mine', Id: '' },
      tags: [],
      cards: [10],
    });
    notes[1] = note(2, { fields: { Front: ' ', Back: 'b', Id: 'uuid-2:0' } });
    const plan = await pushOf().plan(null, UNWATCHED);
    expect([plan.create, plan.conflicts.length]).toEqual([1, 2]);
    expect(counts(await pushOf().push(skip, UNWATCHED))).toEqual({
      ...NOTHING,
      created: 1,
      conflicts: ['Anki has another note with the same first field in this deck.'],
      failed: ['Its first field is empty, which Anki does not take.'],
    });
    // Beside it: the other one is not ours to change.
    expect(counts(await pushOf().push(overwrite, UNWATCHED))).toMatchObject({ created: 1, unchanged: 1 });
    expect(server.notes.get(9)!.fields['Back']).toBe('mine');
  });

  it('knows a note that came from Anki by its first field', async () => {
    server.decks.add('Words');
    server.models.set('Vocabulary', { id: 7, fields: ['Word', 'Meaning'], templates: [], isCloze: false });
    const word = 'a "b" \\ <i>c</i>';
    const theirs = { modelName: 'Vocabulary', deckName: 'Words', tags: [], cards: [21] };
    server.notes.set(20, { id: 20, ...theirs, fields: { Word: word, Meaning: 'same' } });
    const piece = (Meaning: string, Word = word) => ({
      ...note(7, { notetype: 'Vocabulary', deck: 'Words', tags: [], fields: { Word, Meaning } }),
      foundBy: 'first' as const,
    });
    notes = [piece('same')];
    expect(counts(await pushOf().push(skip, UNWATCHED))).toEqual({ ...NOTHING, unchanged: 1 });
    notes = [piece('better')];
    expect(counts(await pushOf().push(skip, UNWATCHED))).toEqual({ ...NOTHING, updated: 1 });
    expect(server.notes.get(20)!.fields['Meaning']).toBe('better');
    db.exec('DELETE FROM anki_pushes');
    notes = [piece('third'), { ...piece('new', 'other'), noteId: 'uuid-8' }];
    expect(counts(await pushOf().push(skip, UNWATCHED))).toEqual({
      ...NOTHING,
      created: 1,
      conflicts: ['Anki has this note already, with other text.'],
    });
  });

  it('sends files that Anki has not, and overwrites none', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'push-'));
    for (const name of ['a.png', 'b.mp3', 'c d.png']) {
      await writeFile(join(folder, name), name);
      files.set(name, join(folder, name));
    }
    server.media.set('b.mp3', 'theirs');
    notes = [
      note(1, {
        fields: {
          Front: '<img src="a.png"> [sound:b.mp3]',
          Back: `<img src='c%20d.png'><img src="https://x.example/t.png"><img src=gone.png>`,
          Id: 'uuid-1:0',
        },
      }),
    ];
    expect(counts(await pushOf().push(skip, UNWATCHED))).toEqual({ ...NOTHING, created: 1 });
    expect([...server.media]).toEqual([
      ['b.mp3', 'theirs'],
      ['a.png', Buffer.from('a.png').toString('base64')],
      ['c d.png', Buffer.from('c d.png').toString('base64')],
    ]);
    await rm(folder, { recursive: true });
  });

  it('sends what only the style and the templates of a notetype show, once a push', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'push-'));
    for (const name of ['_own font.woff2', '_paper.png', '_sign.png']) {
      await writeFile(join(folder, name), name);
      files.set(name, join(folder, name));
    }
    notes = [note(1, { notetype: 'Styled' }), note(2, { notetype: 'Styled' })];
    expect(counts(await pushOf().push(skip, UNWATCHED))).toEqual({ ...NOTHING, created: 2 });
    expect([...server.media.keys()].sort()).toEqual(['_own font.woff2', '_paper.png', '_sign.png']);
    // A preview sends nothing; a push brings along what Anki has lost, though the notes are as they were.
    server.media.delete('_paper.png');
    await pushOf().plan(null, UNWATCHED);
    expect(server.media.has('_paper.png')).toBe(false);
    expect(counts(await pushOf().push(skip, UNWATCHED))).toEqual({ ...NOTHING, unchanged: 2 });
    expect(server.media.has('_paper.png')).toBe(true);
    await writeFile(join(folder, '_paper.png'), '');
    server.media.delete('_paper.png');
    files.set('_paper.png', join(folder, 'gone.png'));
    expect(counts(await pushOf().push(skip, UNWATCHED))).toEqual({
      ...NOTHING,
      unchanged: 2,
      failed: ['The file _paper.png of its notetype could not be sent.'],
    });
    await rm(folder, { recursive: true });
  });

  it('says that there is no such deck, and asks Anki nothing', async () => {
    db.exec("INSERT INTO decks (name, created_ms, removed) VALUES ('Korean::Food', 1, 0), ('Gone', 1, 1)");
    for (const deck of ['Nobody', 'Gone', 'Kor', 'Korean::Food::Fruit']) {
      const unknown = { code: 'deck_unknown', message: `There is no deck ${deck}.` };
      await expect(pushOf().push({ ...skip, deck }, UNWATCHED)).rejects.toMatchObject(unknown);
      await expect(pushOf().plan(deck, UNWATCHED)).rejects.toMatchObject(unknown);
    }
    expect(stored()).toEqual([]);
    expect(counts(await pushOf().push({ ...skip, deck: 'Korean' }, UNWATCHED))).toMatchObject({ created: 3 });
  });

  it('stops between batches when it is cancelled, and keeps what it has done', async () => {
    notes = Array.from({ length: 250 }, (_, at) => note(at));
    let asked = 0;
    const context = {
      progress: () => {},
      throwIfCancelled: () => {
        asked += 1;
        if (asked > 1) throw Object.assign(new Error('Cancelled.'), { name: 'AbortError' });
      },
    };
    await expect(pushOf().push(skip, context)).rejects.toThrow('Cancelled');
    expect([server.notes.size, pushOf().waiting()]).toEqual([100, 0]);
    expect(counts(await pushOf().push(skip, UNWATCHED))).toEqual({
      ...NOTHING,
      created: 150,
      unchanged: 100,
    });
  });

  it('pushes one at a time, so that two at once make no note twice', async () => {
    const push = pushOf();
    const reports = await Promise.all([push.push(skip, UNWATCHED), push.push(skip, UNWATCHED)]);
    expect([server.notes.size, ...reports.map(({ created }) => created)]).toEqual([3, 3, 0]);
  });
});

describe('a plan', () => {
  it('says what a push would do, field by field, and does none of it', async () => {
    await pushOf().push(skip, UNWATCHED);
    stored()[1]!.fields['Back'] = 'by hand';
    notes[0] = note(1, { fields: { Front: '사과 1', Back: 'an apple', Id: 'uuid-1:0' } });
    notes.push(note(4, { deck: 'New' }));
    const before = JSON.stringify([...server.notes]);
    expect(await pushOf().plan(null, UNWATCHED)).toEqual({
      deck: null,
      create: 1,
      update: 1,
      unchanged: 1,
      conflicts: [
        { noteId: 'uuid-2', term: 'term 2', reason: 'It was changed in Anki since it was pushed.' },
      ],
      sample: [
        { term: 'term 1', action: 'update', fields: [{ name: 'Back', before: 'apple', after: 'an apple' }] },
        {
          term: 'term 4',
          action: 'create',
          fields: [
            { name: 'Front', before: null, after: '사과 4' },
            { name: 'Back', before: null, after: 'apple' },
          ],
        },
      ],
    });
    expect([JSON.stringify([...server.notes]), server.decks.has('New')]).toEqual([before, false]);
  });

  it('shows the first twenty', async () => {
    notes = Array.from({ length: 300 }, (_, at) => note(at));
    const plan = await pushOf().plan(null, UNWATCHED);
    expect([plan.create, plan.sample.length]).toEqual([300, 20]);
  });
});

describe('an outage', () => {
  it('queues what could not go, and pushes it once when Anki is back, even from another process', async () => {
    notes = Array.from({ length: 250 }, (_, at) => note(at));
    // In the middle of the second batch: 50 of its notes are there and were never heard of.
    server.state.breakAfterAdds = 150;
    const push = pushOf();
    expect(counts(await push.push(skip, UNWATCHED))).toEqual({ ...NOTHING, created: 100, queued: 150 });
    expect([server.notes.size, push.waiting()]).toEqual([150, 150]);
    server.state.breakAfterAdds = Infinity;
    const restarted = pushOf();
    expect(counts(await restarted.pushWaiting(UNWATCHED))).toEqual({
      ...NOTHING,
      created: 100,
      unchanged: 50,
    });
    expect([server.notes.size, restarted.waiting()]).toEqual([250, 0]);
    expect(counts(await restarted.push(skip, UNWATCHED))).toEqual({ ...NOTHING, unchanged: 250 });
  });

  it('tells texts of one note apart that share its Id', async () => {
    const text = (piece: number, Text: string) => ({
      piece,
      notetype: 'Ours cloze',
      deck: 'D',
      tags: [],
      fields: { Text, Id: 'uuid-1' },
    });
    notes = [{ ...note(1), pieces: [text(1, '{{c1::a}}'), text(2, '{{c1::b}}')] }];
    await pushOf().push(skip, UNWATCHED);
    db.exec('DELETE FROM anki_pushes');
    notes = [{ ...note(1), pieces: [text(1, '{{c1::changed}}'), text(2, '{{c1::b}}')] }];
    expect(counts(await pushOf().push(skip, UNWATCHED))).toEqual({
      ...NOTHING,
      unchanged: 1,
      conflicts: ['Anki has this note already, with other text.'],
    });
    expect(server.notes.size).toBe(2);
  });

  it('queues all where Anki is not running, and is an error where notes do not wait', async () => {
    await server.stop();
    expect(counts(await pushOf().push(skip, UNWATCHED))).toEqual({ ...NOTHING, queued: 3 });
    expect(counts(await pushOf().pushWaiting(UNWATCHED))).toEqual({ ...NOTHING, queued: 3 });
    expect(db.prepare('SELECT attempts, problem FROM anki_queue LIMIT 1').get()).toEqual({
      attempts: 1,
      problem: expect.stringContaining('Anki does not answer at http://127.0.0.1'),
    });
    expect(await pushOf().status()).toMatchObject({
      reachable: false,
      waiting: 3,
      problem: { hint: /2055492159/ },
    });
    waits = false;
    await expect(pushOf().push(skip, UNWATCHED)).rejects.toMatchObject({ code: 'anki_not_running' });
    await expect(pushOf().plan(null, UNWATCHED)).rejects.toMatchObject({ code: 'anki_not_running' });
    server = await startAnkiServer();
  });

  it('takes the absence of Anki for an answer where it only looks, and for a fault where it was to push', async () => {
    await server.stop();
    waits = false;
    const looked = async (work: () => Promise<unknown>) => {
      attempts = [];
      await work().catch(() => undefined);
      return attempts.map(({ errorCode, isExpected }) => [errorCode, isExpected ?? false]);
    };
    expect(await looked(() => pushOf().status())).toEqual([['anki_not_running', true]]);
    expect(await looked(() => pushOf().push(skip, UNWATCHED))).toEqual([['anki_not_running', false]]);
    expect(await looked(() => pushOf().plan(null, UNWATCHED))).toEqual([['anki_not_running', false]]);
    waits = true;
    expect(await looked(() => pushOf().push(skip, UNWATCHED))).toEqual([['anki_not_running', false]]);
    expect(await looked(() => pushOf().pushWaiting(UNWATCHED))).toEqual([['anki_not_running', true]]);
    server = await startAnkiServer();
    url = server.url;
    server.state.isSomebodyElse = true;
    expect(await looked(() => pushOf().status())).toEqual([['anki_not_ankiconnect', false]]);
  });

  it('forgets notes that were deleted here while they waited', async () => {
    server.state.noCollection = true;
    expect((await pushOf().push(skip, UNWATCHED)).queued).toBe(3);
    server.state.noCollection = false;
    notes = [note(2)];
    expect(counts(await pushOf().pushWaiting(UNWATCHED))).toEqual({ ...NOTHING, created: 1 });
    expect(pushOf().waiting()).toBe(0);
  });

  it('tells the status of an Anki that is there', async () => {
    await pushOf().push(skip, UNWATCHED);
    expect(await pushOf().status()).toEqual({
      reachable: true,
      version: 6,
      problem: null,
      waiting: 0,
      lastPushMs: 1_800_000_000_000,
    });
  });
});
