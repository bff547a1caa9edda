import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { previewPackage } from '../../../electron/anki/packageReader.ts';
import { createChangeLog } from '../../../electron/deck/changeLog.ts';
import { contentOf, createTestDeck, writeForeign } from './fixtures.ts';
import { FORMS, sampleContent } from './foreignPackages.ts';
import { readPackage } from './independentReader.ts';

const cardsOf = (db: ReturnType<typeof createTestDeck>['db']) =>
  db
    .prepare(
      `SELECT front, back, cloze, ordinal, type, decks.name AS deck, suspended, flag, state, stability, difficulty, reps,
         lapses, scheduled_days AS days, last_review_ms AS lastMs
       FROM cards JOIN decks ON decks.id = deck_id LEFT JOIN memory ON memory.card_id = cards.id ORDER BY cards.created_ms`,
    )
    .all();

describe("other people's packages", () => {
  it.each(FORMS)(
    'of the form %s come in with every field, tag, card, schedule, review and file',
    async (form) => {
      const deck = createTestDeck();
      const path = writeForeign(sampleContent(), form);
      const preview = await previewPackage(path);
      expect(preview).toEqual({
        path,
        form,
        notes: 2,
        cards: 4,
        reviews: 4,
        decks: ['Japanese', 'Japanese::Core'],
        notetypes: ['Gaps', 'Vocabulary'],
        media: 4,
        refused: [],
      });
      const report = await deck.import(path);
      expect(report).toMatchObject({
        form,
        added: 2,
        updated: 0,
        unchanged: 0,
        cards: 4,
        media: 4,
        reviews: 4,
        refused: [],
      });

      expect(cardsOf(deck.db)).toMatchObject([
        {
          front: '<ruby><rb>今日</rb><rt>きょう</rt></ruby> [sound:kyou.mp3]',
          back: '<ruby><rb>今日</rb><rt>きょう</rt></ruby> <hr id=answer><b>today</b><img src="sun.png">',
          ordinal: 0,
          type: 'basic',
          cloze: null,
          deck: 'Japanese::Core',
          suspended: 0,
          flag: 4,
          state: 2,
          stability: 31.25,
          difficulty: 6.5,
          reps: 7,
          lapses: 2,
          days: 30,
          lastMs: 1700000050123,
        },
        {
          front: '<b>today</b><img src="sun.png"> [[type:Expression]]',
          back: '今日',
          ordinal: 1,
          suspended: 1,
          state: 2,
          stability: 12,
          reps: 3,
          days: 12,
        },
        {
          front:
            '<span class="cloze" data-ordinal="1">[...]</span> is in <span class="cloze-inactive" data-ordinal="2">Japan</span>',
          back: '<span class="cloze" data-ordinal="1">Tokyo</span> is in <span class="cloze-inactive" data-ordinal="2">Japan</span><br>map &amp; more',
          ordinal: 0,
          type: 'cloze',
          cloze: 1,
          deck: 'Japanese',
          state: 1,
          lastMs: null,
        },
        {
          front:
            '<span class="cloze-inactive" data-ordinal="1">Tokyo</span> is in <span class="cloze" data-ordinal="2">[country]</span>',
          ordinal: 1,
          cloze: 2,
          deck: 'Japanese',
          state: null,
        },
      ]);
      const due = deck.db
        .prepare('SELECT due_ms FROM memory ORDER BY card_id LIMIT 1')
        .pluck()
        .get() as number;
      const day = new Date(1_700_000_000_000 - 4 * 3_600_000);
      expect(due).toBe(new Date(day.getFullYear(), day.getMonth(), day.getDate() + 400, 4).getTime());
      expect(
        deck.db.prepare('SELECT rating, reviewed_ms AS atMs, kind FROM reviews ORDER BY id').all(),
      ).toEqual([
        { rating: 3, atMs: 1_690_000_000_000, kind: 0 },
        { rating: 1, atMs: 1_695_000_000_000, kind: 2 },
        { rating: 4, atMs: 1_700_000_050_123, kind: 3 },
        { rating: 0, atMs: 1_700_000_060_000, kind: 4 },
      ]);
      expect(Buffer.from((await deck.media.read('kyou.mp3'))!)).toEqual(Buffer.alloc(5000, 7));
      expect(await deck.media.verify()).toEqual({ files: 4, missing: [], damaged: [] });
      const tags = deck.db.prepare('SELECT name FROM tags ORDER BY name').pluck().all();
      expect(tags).toEqual(['core', 'n5']);
    },
  );

  it.each(FORMS)('of the form %s go out again with all they came with', async (form) => {
    const deck = createTestDeck();
    await deck.import(writeForeign(sampleContent(), form));
    const report = await deck.export('out.apkg');
    expect(report).toMatchObject({ notes: 2, cards: 4, media: 3, leftOut: [] });
    const read = readPackage(report.path);
    const content = sampleContent();
    expect(
      read.notes.map(({ id, guid, mid, mod, tags, flds }) => ({
        id,
        guid,
        mid,
        mod,
        tags,
        fields: flds.split('\u001f'),
      })),
    ).toEqual(
      content.notes.map(({ id, guid, mid, mod, tags, fields }) => ({ id, guid, mid, mod, tags, fields })),
    );
    // The filtered deck's card has gone home; new cards have a place of their own.
    const crtDay = (crt: number) =>
      Math.floor(
        (crt * 1000 - new Date(crt * 1000).getTimezoneOffset() * 60_000 - 4 * 3_600_000) / 86_400_000,
      );
    const shift = crtDay(1_700_000_000) - crtDay(Number(read.col['crt']));
    expect(
      read.cards.map(({ id, ord, type, queue, due, ivl, factor, reps, lapses, left, flags, data }) => ({
        id,
        ord,
        type,
        queue,
        due,
        ivl,
        factor,
        reps,
        lapses,
        left,
        flags,
        data,
      })),
    ).toEqual([
      {
        id: 1660000000001,
        ord: 0,
        type: 2,
        queue: 2,
        due: 400 + shift,
        ivl: 30,
        factor: 2350,
        reps: 7,
        lapses: 2,
        left: 0,
        flags: 4,
        data: content.notes[0]!.cards[0]!.data,
      },
      {
        id: 1660000000002,
        ord: 1,
        type: 2,
        queue: -1,
        due: 380 + shift,
        ivl: 12,
        factor: 2500,
        reps: 3,
        lapses: 0,
        left: 0,
        flags: 0,
        data: '',
      },
      {
        id: 1660000000011,
        ord: 0,
        type: 1,
        queue: 1,
        due: 1700001e3,
        ivl: 0,
        factor: 0,
        reps: 1,
        lapses: 0,
        left: 2002,
        flags: 0,
        data: '',
      },
      {
        id: 1660000000012,
        ord: 1,
        type: 0,
        queue: 0,
        due: 1,
        ivl: 0,
        factor: 0,
        reps: 0,
        lapses: 0,
        left: 0,
        flags: 0,
        data: '{}',
      },
    ]);
    expect(
      read.revlog.map(({ id, ease, ivl, lastIvl, type, factor, time }) => [
        id,
        ease,
        ivl,
        lastIvl,
        type,
        factor,
        time,
      ]),
    ).toEqual(
      content.revlog!.map(([id, , ease, ivl, lastIvl, type]) => [id, ease, ivl, lastIvl, type, 2500, 3000]),
    );
    const text = String(read.col['models']);
    expect(text).toContain('"id":5903281719232917580');
    const model = read.models[1_650_000_000_001]!;
    expect(model).toMatchObject({
      name: 'Vocabulary',
      type: 0,
      css: '.card { background: url("_bg.png"); }',
      latexPre: '\\documentclass{article}',
      req: [[0, 'any', [0]]],
      addon: 'kept',
      did: null,
      tmpls: [{ qfmt: '{{furigana:Reading}}', bqfmt: '', bafmt: '' }, {}],
      flds: [{ rtl: false, font: 'Liberation Sans', size: 24 }, { rtl: true }, { rtl: false }],
    });
    expect(read.media).toEqual({ 0: '_bg.png', 1: 'kyou.mp3', 2: 'sun.png' });
    expect(Buffer.from(read.files['2']!).toString()).toBe('a picture');
  });

  it('change nothing when they come again, in whichever form', async () => {
    const deck = createTestDeck();
    await deck.import(writeForeign(sampleContent(), 'anki21b'));
    const before = contentOf(deck.db);
    const changes = deck.db.prepare('SELECT count(*) FROM changes').pluck();
    const logged = changes.get();
    for (const form of FORMS) {
      const report = await deck.import(writeForeign(sampleContent(), form));
      expect(report).toMatchObject({
        added: 0,
        updated: 0,
        unchanged: 2,
        cards: 0,
        reviews: 0,
        changeSetId: null,
      });
    }
    expect([contentOf(deck.db), changes.get()]).toEqual([before, logged]);
  });

  it('update notes that are newer there, and leave their schedule alone', async () => {
    const deck = createTestDeck();
    const content = sampleContent();
    await deck.import(writeForeign(content, 'anki2'));
    const [first, second] = content.notes;
    const newer = {
      ...content,
      notes: [
        {
          ...first!,
          mod: 1_700_000_500,
          tags: ' n5 ',
          fields: ['今日', 'this day', '今日[きょう]'],
          cards: [{ ...first!.cards[0]!, ivl: 999, data: '' }],
        },
        { ...second!, mod: 1_600_000_000, fields: ['{{c1::older}}', ''] },
      ],
    };
    const report = await deck.import(writeForeign(newer, 'anki2'));
    expect(report).toMatchObject({ added: 0, updated: 1, unchanged: 1, cards: 0, conflicts: [] });
    expect(cardsOf(deck.db)).toMatchObject([
      { front: '<ruby><rb>今日</rb><rt>きょう</rt></ruby>', stability: 31.25, days: 30 },
      { front: 'this day [[type:Expression]]', stability: 12 },
      { back: expect.stringContaining('Tokyo') },
      {},
    ]);
    expect(contentOf(deck.db)).toContainEqual(
      expect.objectContaining({ guid: 'aB3$xyz', tags: ['n5'], term: '今日', modifiedMs: 1_700_000_500_000 }),
    );
  });

  it('have styles that show media of theirs, and are told where one asks the network', async () => {
    const content = sampleContent();
    const css = `@import url("https://evil.test/a.css"); .card { background: url('_bg.png'), url(//evil.test/b.png) }`;
    const [first, ...others] = content.notetypes;
    const deck = createTestDeck();
    const path = writeForeign({ ...content, notetypes: [{ ...first!, css }, ...others] }, 'anki21b');
    const { refused } = await deck.import(path);
    expect(refused).toEqual([
      'The style of Vocabulary asks the network for https://evil.test/a.css and 1 more: it is not shown.',
    ]);
    await deck.export('out.apkg');
    const other = createTestDeck();
    await other.import(`${deck.folder}/out.apkg`);
    expect(other.media.has('_bg.png')).toBe(true);
    const stored = other.db.prepare("SELECT css FROM notetypes WHERE name = 'Vocabulary'").pluck().get();
    expect(stored).toBe(css);
  });

  it('are a conflict where the note is of another notetype here', async () => {
    const deck = createTestDeck();
    const content = sampleContent();
    await deck.import(writeForeign(content, 'anki2'));
    const other = {
      ...content,
      notes: [
        { ...content.notes[0]!, mid: 1_650_000_000_002, mod: 1_800_000_000, fields: ['{{c1::x}}', ''] },
      ],
    };
    const report = await deck.import(writeForeign(other, 'anki2'));
    expect(report).toMatchObject({
      added: 0,
      updated: 0,
      conflicts: [{ term: '今日', reason: 'It is of another notetype here.' }],
    });
  });

  it('bring a notetype with other fields under the same id in as another one', async () => {
    const deck = createTestDeck();
    const content = sampleContent();
    await deck.import(writeForeign(content, 'anki2'));
    const [notetype] = content.notetypes;
    const changed = {
      ...content,
      notetypes: [{ ...notetype!, mod: 99, fields: ['Expression', 'Meaning', 'Reading', 'Extra'] }],
      notes: [
        {
          id: 1_661_000_000_000,
          guid: 'new',
          mid: notetype!.id,
          fields: ['a', 'b', 'c', 'd'],
          cards: [{ id: 5, ord: 0 }],
        },
      ],
    };
    for (const added of [1, 0]) {
      expect(await deck.import(writeForeign(changed, 'anki2'))).toMatchObject({
        added,
        unchanged: 1 - added,
      });
    }
    const sizes = deck.db
      .prepare("SELECT json_array_length(fields) FROM notetypes WHERE name = 'Vocabulary'")
      .pluck()
      .all();
    expect(sizes.sort()).toEqual([3, 4]);
  });

  it('show their cards by a newer version of the same notetype', async () => {
    const deck = createTestDeck();
    const content = sampleContent();
    await deck.import(writeForeign(content, 'anki2'));
    const [vocabulary, gaps] = content.notetypes;
    const restyled = {
      ...vocabulary!,
      mod: 50,
      templates: [
        { ...vocabulary!.templates[0]!, front: '<i>{{Expression}}</i>' },
        vocabulary!.templates[1]!,
      ],
    };
    await deck.import(writeForeign({ ...content, notetypes: [restyled, gaps!] }, 'anki2'));
    expect(cardsOf(deck.db)).toMatchObject([{ front: '<i>今日</i>' }, {}, {}, {}]);
    await deck.import(writeForeign(content, 'anki2'));
    expect(cardsOf(deck.db)).toMatchObject([{ front: '<i>今日</i>' }, {}, {}, {}]);
  });

  it('give a file another name where that is taken by another picture, and say so in fields', async () => {
    const deck = createTestDeck();
    await deck.media.add('sun.png', Buffer.from('another picture'));
    await deck.media.add('kyou.mp3', new Uint8Array(5000).fill(7));
    const content = sampleContent();
    for (let round = 0; round < 2; round += 1) await deck.import(writeForeign(content, 'anki21b'));
    const names = deck.media.list().map(({ name }) => name);
    expect(names).toHaveLength(5);
    const other = names.find((name) => /^sun-[0-9a-f]{12}\.png$/.test(name))!;
    expect(cardsOf(deck.db)).toMatchObject([
      { back: expect.stringContaining(`<img src="${other}">`) },
      {},
      {},
      {},
    ]);
    expect(Buffer.from((await deck.media.read(other))!).toString()).toBe('a picture');
    expect(Buffer.from((await deck.media.read('sun.png'))!).toString()).toBe('another picture');
  });

  it.each([
    ['Nihongo', ['Nihongo', 'Nihongo::Core']],
    [null, ['Japanese', 'Japanese::Core']],
  ])('go into the deck %s', async (into, names) => {
    const deck = createTestDeck();
    await deck.import(writeForeign(sampleContent(), 'anki2'), { deck: into });
    expect(deck.db.prepare('SELECT name FROM decks ORDER BY name').pluck().all()).toEqual(names);
  });

  it('can be taken back as one change, and come again as they were', async () => {
    const deck = createTestDeck();
    const path = writeForeign(sampleContent(), 'anki2');
    const first = await deck.import(path);
    const log = createChangeLog(deck.db);
    const before = contentOf(deck.db);
    expect(log.undoLast()).toMatchObject({
      changeSetId: first.changeSetId,
      label: 'Import of anki2.apkg',
      notes: 2,
      cards: 4,
      leftAlone: [],
    });
    expect(deck.db.prepare("SELECT count(*) FROM cards WHERE status <> 'deleted'").pluck().get()).toBe(0);
    expect(await deck.import(path)).toMatchObject({ added: 2, cards: 0, refused: [] });
    expect(contentOf(deck.db)).toEqual(before);
    expect(await deck.import(path)).toMatchObject({ added: 0, unchanged: 2 });
  });

  it('come again later than what was written into them here', async () => {
    const deck = createTestDeck();
    const path = writeForeign(sampleContent(), 'anki2');
    await deck.import(path);
    const changedMs = () => deck.db.prepare('SELECT modified_ms FROM notes WHERE id = 1').pluck().get();
    const log = createChangeLog(deck.db, { now: () => 2_000_000_000_000 });
    log.record('', (changes) => changes.note(1, { tags: ['mine'] }));
    log.record('', (changes) => {
      for (const id of deck.db.prepare('SELECT id FROM cards').pluck().all() as number[])
        changes.card(id, { status: 'deleted' });
    });
    const goneMs = changedMs() as number;
    expect(await deck.import(path)).toMatchObject({ added: 2 });
    expect(changedMs()).toBe(goneMs + 1000);
  });

  it('update in a way that can be taken back', async () => {
    const deck = createTestDeck();
    const content = sampleContent();
    await deck.import(writeForeign(content, 'anki2'));
    const before = cardsOf(deck.db);
    const [first] = content.notes;
    await deck.import(
      writeForeign(
        { ...content, notes: [{ ...first!, mod: 1_800_000_000, tags: ' t ', fields: ['a', 'b', 'c'] }] },
        'anki2',
      ),
    );
    expect(cardsOf(deck.db)).not.toEqual(before);
    expect(createChangeLog(deck.db).undoLast()).toMatchObject({ notes: 1, cards: 2, leftAlone: [] });
    expect(cardsOf(deck.db)).toEqual(before);
    expect(contentOf(deck.db)).toContainEqual(
      expect.objectContaining({ term: '今日', tags: ['core', 'n5'] }),
    );
  });

  it('is stopped where the user asks, keeps whole notes, and goes on when it is repeated', async () => {
    const deck = createTestDeck();
    const [vocabulary] = sampleContent().notetypes;
    const notes = Array.from({ length: 900 }, (_, at) => ({
      id: 1_660_000_000_000 + at,
      guid: `g${at}`,
      mid: vocabulary!.id,
      fields: [`word ${at}`, 'm', 'r'],
      cards: [{ id: 1_660_000_000_000 + at, ord: 0 }],
    }));
    const path = writeForeign({ notetypes: [vocabulary!], decks: { 1: 'Default' }, notes }, 'anki2');
    const { importPackage } = await import('../../../electron/anki/importPackage.ts');
    const { TracedeckError } = await import('../../../electron/errors/tracedeckError.ts');
    let asked = 0;
    const context = {
      progress: () => {},
      throwIfCancelled: () => {
        asked += 1;
        if (asked === 3) throw new TracedeckError('transient', 'cancelled', 'Stopped.');
      },
    };
    const request = { path, deck: null, mediaDir: deck.mediaDir };
    await expect(importPackage(deck.db, request, context)).rejects.toMatchObject({ code: 'cancelled' });
    expect(deck.db.prepare('SELECT count(*) FROM notes').pluck().get()).toBe(600);
    expect(deck.db.prepare('SELECT notes, cards FROM change_sets').all()).toEqual([
      { notes: 600, cards: 600 },
    ]);
    expect(await deck.import(path)).toMatchObject({ added: 300, unchanged: 600 });
  });

  it('in reading leaves the package as it was', async () => {
    const path = writeForeign(sampleContent(), 'anki21b');
    const before = readFileSync(path);
    await createTestDeck().import(path);
    expect(readFileSync(path).equals(before)).toBe(true);
  });
});
