import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { toTracedeckError } from '../../../electron/errors/tracedeckError.ts';
import type { Terminal } from '../../../electron/terminal/terminal.ts';
import * as commands from '../../../electron/terminal/deckCommands.ts';
import { estimateText } from '../../../electron/terminal/printReport.ts';
import { jobText, watched } from '../../../electron/terminal/watchWork.ts';
import type { DeckImportReport, DeckNode, FoundCards } from '../../../shared/deck.ts';
import type { JobProgress } from '../../../shared/job.ts';

let home: string;
beforeAll(() => {
  home = mkdtempSync(join(tmpdir(), 'tracedeck-deck-cli-'));
});
afterAll(() => rmSync(home, { recursive: true, force: true }));

function terminalOf(json = false) {
  const said = { out: '', err: '' };
  const stdout = new PassThrough().on('data', (data: Buffer) => (said.out += data.toString()));
  const stderr = new PassThrough().on('data', (data: Buffer) => (said.err += data.toString()));
  const terminal = {
    json,
    stdin: new PassThrough(),
    stdout,
    stderr,
    interrupted: new AbortController().signal,
    onProgress: () => () => {},
  } as unknown as Terminal;
  return { terminal, said };
}

const REPORT: DeckImportReport = {
  path: '/p/deck.apkg',
  form: 'anki21b',
  added: 3,
  updated: 1,
  unchanged: 2,
  conflicts: [],
  cards: 9,
  media: 1,
  reviews: 0,
  refused: [],
  changeSetId: 4,
  tookMs: 1200,
};

describe('import', () => {
  const importOf = async (name: string, text: string | Uint8Array, report = REPORT) => {
    const file = join(home, name);
    writeFileSync(file, text);
    const asked: string[] = [];
    const { terminal, said } = terminalOf();
    const program = {
      importFile: async (path: string) => {
        asked.push(path);
        return report;
      },
    };
    try {
      return {
        code: await commands.importFile(program, { name: 'import', file, deck: null }, terminal),
        asked,
        said,
      };
    } catch (error) {
      return { code: toTracedeckError(error).code, asked, said, hint: toTracedeckError(error).hint };
    }
  };

  it('takes packages, our JSON and tables with header lines of Anki', async () => {
    for (const [name, text] of [
      ['a.apkg', 'PK'],
      ['a.colpkg', 'PK'],
      ['a.json', '[]'],
      ['a.txt', '#separator:Tab\n#html:true\na\tb\n'],
      ['a.csv', '\u{feff}#notetype column:1\nBasic,a,b\n'],
    ] as const) {
      expect(await importOf(name, text)).toMatchObject({ code: 0, asked: [join(home, name)] });
    }
  });

  it('sends lists and documents to generate', async () => {
    for (const [name, text] of [
      ['words.csv', 'word,meaning\n먹다,eat\n'],
      ['words.txt', '# my words\n먹다\n'],
      ['notes.md', '# Notes'],
      ['book.pdf', '%PDF'],
      ['book.epub', 'PK'],
    ] as const) {
      const said = await importOf(name, text);
      expect(said).toMatchObject({ code: 'not_cards', asked: [] });
      expect(said.hint).toContain(`generate ${join(home, name)}`);
    }
  });

  it('leaves it to the import to say what is wrong with a file of cards', async () => {
    for (const [name, content] of [
      ['empty.csv', ''],
      ['latin.csv', Buffer.from('#separator:Comma\n#columns:Front,Back\nÄpfel,apples\n', 'latin1')],
    ] as const)
      expect(await importOf(name, content)).toMatchObject({ asked: [join(home, name)] });
  });

  it('says that there is no such file, whatever it is called', async () => {
    for (const name of ['none.apkg', 'none.csv', 'none.json', 'none']) {
      const file = join(home, name);
      const program = { importFile: () => Promise.reject(new Error('not to be asked')) };
      const importing = commands.importFile(
        program,
        { name: 'import', file, deck: null },
        terminalOf().terminal,
      );
      await expect(importing).rejects.toMatchObject({
        code: 'file_unreadable',
        message: `There is no file ${file}.`,
      });
    }
  });

  it('ends with 1 where something was not taken in, and says what and how to take it back', async () => {
    const { code, said } = await importOf('b.apkg', 'PK', {
      ...REPORT,
      refused: ['../../etc/passwd: unsafe name'],
    });
    expect(code).toBe(1);
    expect(said.out).toContain('3 new notes, 1 updated, 2 as they were');
    expect(said.out).toContain('refused: ../../etc/passwd: unsafe name');
    expect(said.out).toContain('undo');
  });
});

describe('cards find', () => {
  const program = {
    deckTree: () => [],
    findCards: ({ query }: { query: string }) => ({
      ids: Uint32Array.from({ length: 1200 }, (_, at) => at + 1),
      tookMs: 1,
      problem: query === 'tag:' ? { message: 'A tag is missing.', at: 4 } : null,
    }),
    cardsById: (ids: readonly number[]) => {
      expect(ids.length).toBeLessThanOrEqual(500);
      return ids.map(
        (cardId) => ({ cardId, front: `front ${cardId}`, back: 'b', type: 'basic', tags: [] }) as never,
      );
    },
  };
  const find = { name: 'cards find', query: 'a', deck: null, sort: 'newest', limit: null } as const;

  it('prints all that match, in order, as one array where asked for', async () => {
    const { terminal, said } = terminalOf(true);
    expect(await commands.findCards(program, find, terminal)).toBe(0);
    const cards = JSON.parse(said.out) as { cardId: number }[];
    expect(cards.map(({ cardId }) => cardId)).toEqual(Array.from({ length: 1200 }, (_, at) => at + 1));
  });

  it('prints no more than asked for, and how many there are', async () => {
    const { terminal, said } = terminalOf();
    await commands.findCards(program, { ...find, limit: 2 }, terminal);
    expect(said.out.match(/front \d+/g)).toEqual(['front 1', 'front 2']);
    expect(said.err).toContain('1,200 cards match');
  });

  it('points at what of the question cannot be read', async () => {
    const { terminal, said } = terminalOf();
    await expect(commands.findCards(program, { ...find, query: 'tag:' }, terminal)).rejects.toMatchObject({
      code: 'query_invalid',
    });
    expect(said.err).toBe('tag:\n    ^\n');
  });
});

describe('a deck that is not there', () => {
  const deckTree = () => [{ name: 'Korean::Food' }] as unknown as readonly DeckNode[];
  const found = { ids: new Uint32Array(), problem: null };
  const program = {
    deckTree,
    findCards: () => found as unknown as FoundCards,
    cardsById: () => [],
    studyStats: () => Promise.reject(new Error('not to be asked')),
  };
  const find = { name: 'cards find', query: 'x', sort: 'newest', limit: null } as const;

  it('is an error with the nearest names, and no empty answer', async () => {
    const { terminal } = terminalOf();
    const unknown = { code: 'deck_unknown', hint: expect.stringContaining('Did you mean Korean::Food?') };
    await expect(commands.findCards(program, { ...find, deck: 'food' }, terminal)).rejects.toMatchObject(
      unknown,
    );
    await expect(
      commands.studyStats(program, { name: 'study stats', deck: 'food', days: 30 }, terminal),
    ).rejects.toMatchObject(unknown);
  });

  it('is there where one below it is', async () => {
    const { terminal, said } = terminalOf();
    expect(await commands.findCards(program, { ...find, deck: 'Korean' }, terminal)).toBe(0);
    expect(said.out).toBe('Nothing found.\n');
  });
});

describe('push', () => {
  const report = { created: 1, updated: 2, unchanged: 3, conflicts: [], failed: [], queued: 0 };
  it('ends with 1 where notes wait for Anki or were changed there', async () => {
    const push = (answer: typeof report) =>
      commands.push(
        { pushPlan: () => Promise.reject(new Error('not asked')), push: async () => answer },
        { name: 'push', deck: 'A', plan: false, overwrite: false },
        terminalOf().terminal,
      );
    expect(await push(report)).toBe(0);
    expect(await push({ ...report, queued: 4 })).toBe(1);
    const conflict = { noteId: 'n', term: 't', reason: 'changed there' } as never;
    expect(await push({ ...report, conflicts: [conflict] })).toBe(1);
  });

  it('says of a plan what it shows, and how much more there is', async () => {
    const fields = [{ name: 'Back', before: null, after: 'an<br>apple' }];
    const counts = { create: 3, update: 1, unchanged: 1234 };
    const sample = [{ term: '사과', action: 'create', fields }] as const;
    const plan = { deck: null, ...counts, conflicts: [], sample };
    const { terminal, said } = terminalOf();
    const program = { pushPlan: async () => plan, push: () => Promise.reject(new Error('not asked')) };
    const command = { name: 'push', deck: null, plan: true, overwrite: false } as const;
    expect(await commands.push(program, command, terminal)).toBe(0);
    expect(said.out).toContain('Would create 3 notes, update 1, leave 1,234 as they are.');
    expect(said.out).toContain('  … and 3 more');
  });
});

describe('long work in a terminal', () => {
  const progress: JobProgress = {
    jobId: 'j',
    kind: 'export',
    label: 'Export of Words',
    state: 'running',
    done: 1200,
    total: 4000,
    message: null,
    startedMs: 0,
  };

  it('says how far it is', async () => {
    expect(jobText(progress)).toBe('Export of Words: 1,200 of 4,000 (30 %)');
    expect(jobText({ ...progress, total: null, state: 'cancelled' })).toBe(
      'Export of Words: 1,200  cancelled',
    );
    const { terminal, said } = terminalOf();
    await watched(terminal, async ({ onProgress }) => onProgress(progress));
    expect(said).toEqual({ out: '', err: 'Export of Words: 1,200 of 4,000 (30 %)\n' });
  });

  it('estimates a run by model', () => {
    const text = estimateText({
      terms: 100,
      inDeck: 3,
      repeated: 1,
      cached: { analyse: 1, write: 0 },
      looked: 50,
      models: [
        { model: 'm', calls: 190, inputTokens: 12_000, outputTokens: 3000, cost: 0.0123, exact: false },
      ],
    });
    expect(text).toContain('100 rows: 3 in the deck, 1 repeated; the cache has 1 analysis');
    expect(text).toContain('Projected from the first 50.');
    expect(text).toMatch(/m +190 +12,000 +3,000 +0\.0123 +about/);
  });
});
