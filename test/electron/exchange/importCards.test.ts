import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Card } from '../../../shared/card.ts';
import { UNWATCHED } from '../../../electron/deckJobs/job.ts';
import { ankiRows, rowPiece } from '../../../electron/exchange/ankiRows.ts';
import { importCards, previewCards } from '../../../electron/exchange/importCards.ts';
import type { CardImportPort, KnownNote, NoteAddition } from '../../../electron/exchange/incomingNotes.ts';
import { isCardFile } from '../../../electron/exchange/readCardFile.ts';
import { writeDeckFile } from '../../../electron/exchange/writeDeckFile.ts';
import type { DeckFileTools, TextFormat } from '../../../electron/exchange/writeDeckFile.ts';
import { card } from '../../fixtures/cards.ts';

/** The smallest deck there can be behind the port. */
function createDeck() {
  type Note = KnownNote & { guid: string | null; deck: string };
  const notes = new Map<string, Note>();
  const notetypes = new Map([['Vocabulary', ['Word', 'Meaning']]]);
  const additions: NoteAddition[] = [];
  let nextId = 0;
  const toCards = (note: Note): Card[] =>
    note.cards.map((one) =>
      card(one.cardId, {
        ...one,
        noteId: note.noteId,
        deck: note.deck,
        term: note.term,
        tags: note.tags,
        format: note.notetype === null ? 'text' : 'html',
        modifiedMs: note.modifiedMs,
      }),
    );
  const tools: DeckFileTools = {
    guidOf: (uuid, piece) => `${uuid}/${piece}`,
    importedNote(noteId) {
      const note = notes.get(noteId);
      if (note?.notetype === undefined || note.notetype === null || note.guid === null) return null;
      const names = notetypes.get(note.notetype.name)!;
      const fields = note.notetype.fields.map((value, at) => ({ name: names[at]!, value }));
      return { guid: note.guid, notetype: note.notetype.name, fields };
    },
    media: () => null,
    printSheet: null,
  };
  const port: CardImportPort = {
    byNoteId: (ids) => new Map(ids.flatMap((id) => (notes.has(id) ? [[id, notes.get(id)!] as const] : []))),
    byGuid(guids) {
      const wanted = new Set(guids);
      const found = new Map<string, { note: KnownNote; cardIds: readonly number[] }>();
      for (const note of notes.values()) {
        const all = note.cards.map(({ cardId }) => cardId);
        if (note.guid !== null && wanted.has(note.guid)) found.set(note.guid, { note, cardIds: all });
        for (const { guid, cardIds } of ankiRows(toCards(note), tools)) {
          if (wanted.has(guid)) found.set(guid, { note, cardIds });
        }
      }
      return found;
    },
    rowGuid: (noteId, cardId) => tools.guidOf(noteId, rowPiece(cardId)),
    knownRuns: (runIds) => new Set([...runIds].filter((runId) => runId === 'run-here')),
    fieldCount: (name) => notetypes.get(name)?.length ?? null,
    addNotes(addition) {
      additions.push(addition);
      let cards = 0;
      for (const { noteId, guid, deck, term, tags, notetype, cards: given } of addition.add) {
        const id = noteId ?? `new-${notes.size}`;
        // Of a notetype the templates make the cards: here, one of the first two fields.
        const [front = '', back = ''] = notetype?.fields ?? [];
        const side = {
          type: 'basic',
          front,
          back,
          cloze: null,
          suspended: false,
          flag: 0,
          quote: null,
          place: null,
          schedule: null,
          provenance: null,
        } as const;
        const made = (notetype === null ? given : [side]).map((one) => ({ ...one, cardId: (nextId += 1) }));
        cards += made.length;
        notes.set(id, { noteId: id, guid, deck, term, tags, notetype, cards: made, modifiedMs: 1000 });
      }
      for (const { noteId, tags, fields, cards: changes } of addition.update) {
        const note = notes.get(noteId)!;
        notes.set(noteId, {
          ...note,
          tags: tags ?? note.tags,
          notetype:
            note.notetype === null ? null : { ...note.notetype, fields: fields ?? note.notetype.fields },
          cards: note.cards.map((one) => ({
            ...one,
            ...changes?.find(({ cardId }) => cardId === one.cardId),
          })),
          modifiedMs: 2000,
        });
      }
      return { changeSetId: additions.length, cards, reviews: 0 };
    },
  };
  const all = (): Card[] => [...notes.values()].flatMap(toCards);
  return { notes, port, tools, additions, all };
}

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'import-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

let deck = createDeck();
beforeEach(() => {
  deck = createDeck();
});
let files = 0;
async function fileOf(text: string, extension = 'txt'): Promise<string> {
  const path = join(folder, `${(files += 1)}.${extension}`);
  await writeFile(path, text);
  return path;
}
const into = (target: ReturnType<typeof createDeck>, path: string, name: string | null = null) =>
  importCards(path, { deck: name }, target.port, UNWATCHED);
async function exported(source: ReturnType<typeof createDeck>, format: TextFormat): Promise<string> {
  const path = join(folder, `${(files += 1)}.${format}`);
  await writeDeckFile(path, source.all(), { deck: null, format }, source.tools, UNWATCHED);
  return path;
}
const ANKI =
  '#separator:tab\n#html:true\n#guid column:1\n#notetype column:2\n#deck column:3\n#tags column:6\n';

describe('our own JSON', () => {
  const source = createDeck();
  const common = { suspended: false, flag: 0, quote: null, place: null, schedule: null, provenance: null };
  source.port.addNotes({
    label: '',
    update: [],
    add: [
      {
        noteId: 'uuid-1',
        guid: null,
        deck: 'A::B',
        term: '사과',
        tags: ['food', 'topik 1'],
        notetype: null,
        createdMs: 1,
        cards: [
          {
            ...common,
            type: 'recognition',
            front: '사과',
            back: 'apple\n"x"',
            cloze: null,
            suspended: true,
            flag: 3,
          },
          { ...common, type: 'cloze', front: '{{c1::a}} {{c2::b}}', back: '', cloze: 1 },
          {
            ...common,
            type: 'cloze',
            front: '{{c1::a}} {{c2::b}}',
            back: '',
            cloze: 2,
            quote: 'as it was',
            place: { headings: ['H'], page: 2 },
          },
        ],
      },
      {
        noteId: 'uuid-2',
        guid: 'g&2',
        deck: 'C',
        term: 'pear',
        tags: [],
        notetype: { name: 'Vocabulary', fields: ['<b>배</b>', 'pear'] },
        createdMs: 1,
        cards: [],
      },
    ],
  });

  it('comes back without loss, and adds nothing the second time', async () => {
    const path = await exported(source, 'json');
    expect(await into(deck, path)).toMatchObject({
      form: 'json',
      added: 2,
      updated: 0,
      cards: 4,
      conflicts: [],
      refused: [],
    });
    expect(deck.all()).toEqual(source.all());
    expect([...deck.notes.values()].map(({ guid, notetype }) => [guid, notetype])).toEqual([
      [null, null],
      ['g&2', { name: 'Vocabulary', fields: ['<b>배</b>', 'pear'] }],
    ]);
    expect(await into(deck, path)).toMatchObject({ added: 0, updated: 0, unchanged: 2, changeSetId: null });
  });

  it('brings notes up to date, but not over what was changed here later', async () => {
    const path = await exported(source, 'json');
    await into(deck, path);
    const note = deck.notes.get('uuid-1')!;
    const older = { ...note, cards: note.cards.map((one, at) => (at === 0 ? { ...one, back: 'old' } : one)) };
    deck.notes.set('uuid-1', { ...older, modifiedMs: 500 });
    expect(await into(deck, path)).toMatchObject({ updated: 1, unchanged: 1 });
    expect(deck.additions.at(-1)!.update).toEqual([
      {
        noteId: 'uuid-1',
        cards: [{ cardId: note.cards[0]!.cardId, front: '사과', back: 'apple\n"x"', quote: null }],
      },
    ]);
    deck.notes.set('uuid-1', { ...older, modifiedMs: 5000 });
    expect(await into(deck, path)).toMatchObject({ updated: 0, unchanged: 2 });
  });

  it('takes what an earlier version wrote, and says what is no card', async () => {
    const path = await fileOf(
      JSON.stringify([
        {
          noteId: 'x',
          deck: 'D',
          front: '{{c1::a}} {{c2::b}}',
          back: 'c',
          type: 'cloze',
          tags: [],
          provenance: {},
        },
        { noteId: 'y', front: 5 },
      ]),
      'json',
    );
    expect(await into(deck, path)).toMatchObject({
      added: 1,
      cards: 2,
      refused: ['1 entries that are no cards.'],
    });
    expect(deck.all().map(({ cloze }) => cloze)).toEqual([1, 2]);
  });

  it('is refused where it is cut off, with nothing added', async () => {
    const path = await fileOf('[{"noteId":"x","front":"a","ba', 'json');
    await expect(into(deck, path)).rejects.toMatchObject({ code: 'not_a_card_file' });
    expect(deck.additions).toEqual([]);
  });
});

describe("Anki's text files", () => {
  it('become notes by their header lines', async () => {
    const path = await fileOf(
      `${ANKI}g1\tVocabulary\tMy::Deck\t<b>배</b>\tpear &amp; more\tfruit x\n` +
        `g2\tBasic\tMy\t"two\nlines, ""quoted"""\ta<br>b\t\n` +
        `g3\tCloze\tMy\t{{c1::a}} and {{c3::b}}\textra\t\n`,
    );
    expect(await isCardFile(path)).toBe(true);
    expect(await previewCards(path, deck.port)).toMatchObject({
      form: 'csv',
      notes: 3,
      cards: 4,
      decks: ['My', 'My::Deck'],
      notetypes: ['Vocabulary'],
    });
    expect(await into(deck, path)).toMatchObject({ added: 3, cards: 4, refused: [] });
    expect(deck.additions[0]!.add).toMatchObject([
      {
        guid: 'g1',
        deck: 'My::Deck',
        tags: ['fruit', 'x'],
        term: '배',
        notetype: { fields: ['<b>배</b>', 'pear &amp; more'] },
      },
      {
        guid: 'g2',
        term: 'two lines, "quoted"',
        cards: [{ type: 'basic', front: 'two lines, "quoted"', back: 'a\nb' }],
      },
      { guid: 'g3', term: 'a and b', cards: [{ cloze: 1, back: 'extra' }, { cloze: 3 }] },
    ]);
    expect(await into(deck, path)).toMatchObject({ added: 0, unchanged: 3, conflicts: [] });
  });

  it('update what they know by its guid, unless they say to keep it', async () => {
    await into(deck, await fileOf(`${ANKI}g1\tVocabulary\tD\ta\tb\tt\n`));
    const changed = `${ANKI}g1\tVocabulary\tD\ta\tbetter\tu\n`;
    const kept = await fileOf(`#if matches:keep current\n${changed}`);
    expect(await into(deck, kept)).toMatchObject({ updated: 0, unchanged: 1 });
    expect(await into(deck, await fileOf(changed))).toMatchObject({ updated: 1, unchanged: 0 });
    expect(deck.additions.at(-1)!.update).toEqual([
      { noteId: 'new-0', tags: ['u'], fields: ['a', 'better'] },
    ]);
  });

  it('say where a note is of another notetype here', async () => {
    await into(deck, await fileOf(`${ANKI}g1\tVocabulary\tD\ta\tb\t\n`));
    expect(await into(deck, await fileOf(`${ANKI}g1\tBasic\tD\ta\tb\t\n`))).toMatchObject({
      added: 0,
      updated: 0,
      conflicts: [{ noteId: 'new-0', reason: 'It is of the notetype Vocabulary here.' }],
    });
  });

  it('without ids are known by their first field', async () => {
    const path = await fileOf(
      '#separator:Semicolon\n#deck:Words\n#tags:a b\nx;y\n# a comment\nz;w\nx;again\n',
    );
    expect(await into(deck, path)).toMatchObject({ added: 2, refused: ['x: the file has this note twice.'] });
    expect(deck.additions[0]!.add).toMatchObject([
      { deck: 'Words', tags: ['a', 'b'], cards: [{ front: 'x', back: 'y' }] },
      { cards: [{ front: 'z', back: 'w' }] },
    ]);
    expect(await into(deck, path, 'Elsewhere')).toMatchObject({ added: 0, unchanged: 2 });
  });

  it('say what plain text cannot keep', async () => {
    const path = await fileOf(`${ANKI}g1\tUnknown\tD\t<i>a</i> [sound:a.mp3]\tb\t\n\n`);
    expect((await into(deck, path)).refused).toEqual([
      'Formatting, pictures and sounds of 1 note: what shows them is not in this deck. A package (.apkg) brings them along.',
    ]);
  });

  it('that we wrote ourselves change the very cards of their rows', async () => {
    const card = {
      type: 'recognition',
      back: 'b',
      cloze: null,
      suspended: false,
      flag: 0,
      quote: null,
      place: null,
      schedule: null,
      provenance: null,
    } as const;
    const cards = ['one', 'two'].map((front) => ({ ...card, front }));
    const note = {
      noteId: 'uuid-1',
      guid: null,
      deck: 'A',
      term: 't',
      tags: ['x'],
      notetype: null,
      createdMs: 1,
      cards,
    };
    deck.port.addNotes({ label: '', update: [], add: [note] });
    const first = await exported(deck, 'tsv');
    expect(await into(deck, first)).toMatchObject({ added: 0, updated: 0, unchanged: 2, conflicts: [] });
    const edited = await fileOf((await readFile(first, 'utf8')).replace('two\tb', 'two\tedited'));
    expect(await into(deck, edited)).toMatchObject({ added: 0, updated: 1, unchanged: 1 });
    expect(deck.all().map(({ front, back }) => [front, back])).toEqual([
      ['one', 'b'],
      ['two', 'edited'],
    ]);
  });
});

describe('a table of our own', () => {
  const side = {
    suspended: false,
    flag: 0,
    quote: null,
    place: null,
    schedule: null,
    provenance: null,
    cloze: null,
  };
  const own = (noteId: string, front: string) => ({
    noteId,
    guid: null,
    deck: 'A',
    term: `${front}, as it is: 50 %`,
    tags: ['x'],
    notetype: null,
    createdMs: 1,
    cards: [
      { ...side, type: 'recognition' as const, front, back: 'b' },
      { ...side, type: 'production' as const, front: `the {{c1::text}} of ${front}`, back: 'c' },
      { ...side, type: 'cloze' as const, front: `{{c1::${front}}} {{c2::x}}`, back: '', cloze: 1 },
      { ...side, type: 'cloze' as const, front: `{{c1::${front}}} {{c2::x}}`, back: '', cloze: 2 },
    ],
  });
  const shape = (from: ReturnType<typeof createDeck>) =>
    from.all().map(({ noteId, term, type, front, back, cloze }) => [noteId, term, type, front, back, cloze]);
  let source = createDeck();
  beforeEach(() => {
    source = createDeck();
    source.port.addNotes({ label: '', update: [], add: [own('uuid-1', 'one'), own('uuid-2', 'two')] });
  });

  it.each(['csv', 'tsv'] as const)(
    'comes into another deck as the notes it was made of: %s',
    async (format) => {
      const path = await exported(source, format);
      // Card ids are other ones there.
      deck.port.addNotes({ label: '', update: [], add: [own('uuid-9', 'other')] });
      expect(await previewCards(path, deck.port)).toMatchObject({ notes: 2, cards: 8 });
      expect(await into(deck, path)).toMatchObject({ added: 2, cards: 8, conflicts: [], refused: [] });
      expect(shape(deck).slice(4)).toEqual(shape(source));
      expect(await into(deck, path)).toMatchObject({ added: 0, updated: 0, unchanged: 2, conflicts: [] });
      expect(await into(source, path)).toMatchObject({ added: 0, updated: 0, unchanged: 6, conflicts: [] });
    },
  );

  it('updates that deck from then on, whatever the order of its rows and whoever saved it', async () => {
    const path = await exported(source, 'csv');
    deck.port.addNotes({ label: '', update: [], add: [own('uuid-9', 'other')] });
    await into(deck, path);
    const text = (await readFile(path, 'utf8')).replace('two,b', 'two,better');
    const lines = text.trimEnd().split('\n');
    const head = lines.filter((line) => /^#[a-z]+[: ]/u.test(line) && !line.startsWith('#tracedeck'));
    const others = lines.filter((line) => !head.includes(line)).toReversed();
    const spread = [...head, ...others.map((line) => (line.startsWith('#') ? `${line},,,,,` : line))];
    const edited = await fileOf(`${spread.join('\r\n')}\r\n`, 'csv');
    expect(await into(deck, edited)).toMatchObject({ added: 0, updated: 1, unchanged: 1, conflicts: [] });
    expect(deck.all().filter(({ back }) => back === 'better')).toHaveLength(1);
  });

  it('says where a card of a row is no longer here, and adds none', async () => {
    const path = await exported(source, 'csv');
    const note = source.notes.get('uuid-1')!;
    source.notes.set('uuid-1', { ...note, cards: note.cards.slice(1) });
    expect(await into(source, path)).toMatchObject({
      added: 0,
      unchanged: 5,
      conflicts: [{ noteId: 'uuid-1', reason: 'The note has other cards here.' }],
    });
  });

  it('has rows for Anki alone above lines that it passes over', async () => {
    const lines = (await readFile(await exported(source, 'csv'), 'utf8')).trimEnd().split('\n');
    expect(lines.filter((line) => !line.startsWith('#'))).toHaveLength(6);
    expect(lines.slice(-2)).toEqual([
      '#tracedeck note uuid-1 recognition 1 production 2 cloze 3: one%2c as it is: 50 %25',
      '#tracedeck note uuid-2 recognition 5 production 6 cloze 7: two%2c as it is: 50 %25',
    ]);
  });

  it('passes over comments as Anki does, and keeps what begins with a quoted #', async () => {
    const path = await fileOf('#separator:Comma\n#deck:D\n# a, comment\n"#hash",tag\na,b\n# one, more');
    expect(await into(deck, path)).toMatchObject({ added: 2 });
    expect(deck.all().map(({ front }) => front)).toEqual(['#hash', 'a']);
  });
});

describe('where cards came from', () => {
  const provenance = {
    generator: 'openai',
    model: 'tiny',
    promptVersion: 'v1',
    parameters: '{}',
    runId: 'run-here',
    traceId: 'ab',
    sourceName: 'words.csv',
    row: 3,
    cached: false,
  };
  const cards = (runIds: readonly string[]) =>
    JSON.stringify(
      runIds.map((runId, at) => ({
        noteId: `n${at}`,
        deck: 'D',
        front: `f${at}`,
        back: 'b',
        provenance: { ...provenance, runId },
      })),
    );

  it('is handed over with the cards', async () => {
    expect(await into(deck, await fileOf(cards(['run-here']), 'json'))).toMatchObject({ refused: [] });
    expect(deck.additions[0]!.add[0]!.cards[0]!.provenance).toEqual(provenance);
  });

  it('is said to be lost where the run is not here, of cards that are new here', async () => {
    const path = await fileOf(cards(['run-here', 'elsewhere', 'nowhere']), 'json');
    expect(await into(deck, path)).toMatchObject({
      added: 3,
      refused: ["Which run, model and prompt 2 cards came from: the runs are none of this data folder's."],
    });
    expect(await into(deck, path)).toMatchObject({ added: 0, refused: [] });
  });
});

describe('a file that is not one of cards', () => {
  it('is left to a run, or refused', async () => {
    for (const text of ['사과,apple\n', '# heading\ntext', '[1, 2]', '#foo:bar\n']) {
      const path = await fileOf(text);
      expect([text, await isCardFile(path)]).toEqual([text, false]);
      await expect(into(deck, path)).rejects.toMatchObject({ code: 'not_a_card_file' });
    }
    await expect(into(deck, await fileOf(' \n'))).rejects.toMatchObject({ code: 'empty_file' });
    // Header lines are there, whatever the letters below them are written in.
    const latin = await fileOf('');
    await writeFile(latin, Buffer.from('#separator:Comma\n#columns:Front,Back\nÄpfel,apples\n', 'latin1'));
    expect(await isCardFile(latin)).toBe(true);
    await expect(into(deck, latin)).rejects.toMatchObject({ code: 'not_utf8' });
    await expect(into(deck, await fileOf('#separator:nonsense\nx'))).rejects.toMatchObject({
      code: 'bad_anki_header',
    });
    await expect(into(deck, await fileOf('#guid column:zero\nx'))).rejects.toMatchObject({
      code: 'bad_anki_header',
    });
    await expect(into(deck, await fileOf('#html:true\n"x'))).rejects.toMatchObject({
      code: 'unbalanced_quotes',
    });
  });
});
