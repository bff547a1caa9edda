import { Readable } from 'node:stream';
import { mkdtemp, mkdir, open, readdir, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { TracedeckError } from '../../../electron/errors/tracedeckError.ts';
import { openList } from '../../../electron/exchange/readList.ts';
import type { ListSource } from '../../../electron/exchange/readList.ts';
import {
  badLists,
  collect,
  encodeLegacy,
  endlessLine,
  koreanCsv,
  utf16,
  zipWith,
} from '../../fixtures/lists.ts';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lists-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function file(name: string, content: string | Uint8Array): Promise<ListSource> {
  const path = join(folder, name);
  await writeFile(path, content);
  return { kind: 'file', path };
}

async function errorOf(source: ListSource): Promise<TracedeckError> {
  try {
    await openList(source);
  } catch (thrown) {
    if (thrown instanceof TracedeckError) return thrown;
    throw thrown;
  }
  throw new Error('the list opened');
}

describe('a list that is bad as a whole', () => {
  it.each(badLists())('gets one clear error: $fault', async ({ name, bytes, code }) => {
    const fromFile = await errorOf(await file(name, bytes));
    expect([fromFile.code, fromFile.category]).toEqual([code, 'user']);
    expect(fromFile.message.length).toBeGreaterThan(10);
    expect(fromFile.hint).toBeTruthy();
    const fromPipe = await errorOf({ kind: 'stdin', stream: Readable.from([bytes]), name });
    expect([fromPipe.code, fromPipe.message]).toEqual([code, fromFile.message]);
  });

  it('says on which line the quote opened, also where it breaks much later', async () => {
    const unclosed = await errorOf(
      await file('q1.csv', 'term,meaning\n사과,apple\n"배,pear\n개,dog\n말,horse\n'),
    );
    expect(unclosed.message).toContain('line 3');
    const late = await errorOf(await file('q2.csv', 'term,meaning\na,b\n"c,d\ne,f\n"g",h\n'));
    expect([late.code, late.message]).toEqual(['unbalanced_quotes', expect.stringContaining('lines 3 to 5')]);
    const afterBreaks = await errorOf(await file('q3.csv', 'term,meaning\n"a\n\nb",c\nd,"e\n'));
    expect(afterBreaks.message).toContain('line 5');
  });

  it('finds a stray quote behind ten thousand good rows', async () => {
    const error = await errorOf(await file('q4.csv', `${koreanCsv()}10001,"x,y\n`));
    expect(error.code).toBe('unbalanced_quotes');
    const lines = koreanCsv().split('\n').length;
    expect(error.message).toContain(`line ${lines} `);
  });

  it('says at which byte and line a text is not UTF-8', async () => {
    const good = Buffer.from('term,meaning\n사과,apple\n');
    const error = await errorOf(
      await file('b.csv', Buffer.concat([good, Buffer.from([0x61, 0xc3, 0x28, 0x0a])])),
    );
    expect(error.message).toContain(`byte ${good.length + 2}, on line 3`);
    const cut = await errorOf(await file('cut.csv', Buffer.from('term\n사과').subarray(0, -1)));
    expect([cut.code, cut.message]).toEqual(['not_utf8', expect.stringContaining('line 2')]);
    // Far behind the first piece that is read, with characters cut by its end.
    const far = Buffer.from(koreanCsv(2000));
    const error2 = await errorOf(await file('far.csv', Buffer.concat([far, Buffer.from([0xfe])])));
    const line = koreanCsv(2000).split('\n').length;
    expect(error2.message).toContain(`byte ${far.length + 1}, on line ${line}`);
  });

  it.each([
    ['EUC-KR', 'euc-kr', 'term,meaning\n사과,apple\n학교,school\n'],
    ['Shift_JIS', 'shift_jis', 'term,meaning\n食べる,to eat\nりんご,apple\n'],
    ['Shift_JIS', 'shift_jis', '日本語\n漢字\n学校\n図書館\n先生\n'],
    ['Shift_JIS', 'shift_jis', 'term,meaning\n病院,医院\n水,飲料\n'],
    ['EUC-JP', 'euc-jp', 'term,meaning\n食べる,to eat\nりんご,apple\n'],
    ['Windows-1252', 'windows-1252', 'term,meaning\nschön,beautiful\nMädchen,girl\nété,summer\n'],
    ['Windows-1252', 'windows-1252', 'cœur\n“école”\nnaïve\nÄrger – Größe\n'],
    ['Windows-1251', 'windows-1251', 'term,meaning\nяблоко,apple\nшкола,school\n'],
    ['GBK', 'gbk', 'term,meaning\n苹果,apple\n学校,school\n我们的朋友,our friend\n'],
    ['Big5', 'big5', 'term,meaning\n蘋果,apple\n學校,school\n我們的朋友,our friend\n'],
  ])('guesses that a text is in %s and says how to convert it', async (label, encoding, text) => {
    const error = await errorOf(await file('legacy.csv', encodeLegacy(text, encoding)));
    expect([error.code, error.message]).toEqual(['not_utf8', expect.stringContaining(`looks like ${label}`)]);
    expect(error.hint).toContain('iconv -f');
  });

  it('says that marked UTF-16 is broken', async () => {
    const bytes = Buffer.concat([utf16('term\n사과\n', 'le'), Buffer.from([0x00, 0xd8, 0x41, 0x00])]);
    expect((await errorOf(await file('w.csv', bytes))).code).toBe('not_utf8');
  });

  it('names what a file is that is no text', async () => {
    const kinds = badLists().filter(({ code }) => code === 'binary_file');
    const messages = await Promise.all(
      kinds.map(async ({ name, bytes }) => (await errorOf(await file(`kind-${name}`, bytes))).message),
    );
    expect(messages.join('\n')).toMatch(/Excel workbook[^]*PNG image[^]*NUL bytes/);
  });

  it.each([
    ['xl/workbook.xml', 'an Excel workbook'],
    ['[Content_Types].xml', 'an Office document'],
    ['collection.anki2', 'an Anki package'],
    ['photo.txt', 'a zip archive'],
  ])('knows an archive by what is in it: %s', async (name, kind) => {
    const error = await errorOf(await file('archive.csv', zipWith(name, 'content')));
    expect([error.code, error.message]).toEqual(['binary_file', `This is ${kind}, not a text file.`]);
  });

  it('sends cards that were exported to the import, from a file and from standard input', async () => {
    const cards = JSON.stringify([{ noteId: 'n', deck: 'D', front: '사과', back: 'apple' }]);
    const table =
      '#separator:Comma\n#html:false\n#columns:guid,notetype,deck,tags,Front,Back\n#guid column:1\n#notetype column:2\na1,Basic,사과,apple\n';
    for (const [name, content] of [
      ['deck.json', cards],
      ['deck.csv', table],
    ] as const) {
      const stream = Readable.from([Buffer.from(content)]);
      for (const source of [
        await file(name, content),
        { kind: 'stdin' as const, stream, name: 'standard input' },
      ]) {
        expect(await errorOf(source)).toMatchObject({
          code: 'is_cards',
          hint: expect.stringContaining('Cards › Import, export; or: npm run -s cli -- import'),
        });
      }
    }
  });

  it('takes no JSON for a list of words, but entries in brackets', async () => {
    const json = '[\n  {"word": "사과"},\n  {"word": "배"}\n]\n';
    expect((await errorOf(await file('words.json', json))).code).toBe('is_json');
    expect((await errorOf(await file('words.jsonl', '{"a": 1}\n{"a": 2}\n'))).code).toBe('is_json');
    expect((await errorOf(await file('words', json))).code).toBe('is_json');
    const list = await openList(await file('bracketed.txt', '[1]\n'));
    expect(list.preview.rows).toBe(1);
    const notes = await openList(
      await file('anki.txt', '#separator:tab\n#html:false\n사과\tapple\n배\tpear\n'),
    );
    expect(notes.preview.rows).toBe(2);
  });

  it('names the columns it found and the names it takes', async () => {
    const error = await errorOf(await file('n.csv', 'Position,Meaning\n1,apple\n'));
    expect(error.message).toContain('Position, Meaning');
    expect(error.hint).toContain('term, word, vocabulary');
  });

  it.each([
    ['letters', 'x'],
    ['delimiters', ','],
    ['Hangul', '가'],
  ])('stops reading a line of 256 MB after little more than a megabyte: %s', async (_, filler) => {
    const line = endlessLine(256_000_000, filler);
    const error = await errorOf({ kind: 'stdin', stream: line.stream, name: filler === ',' ? 'x.csv' : 'x' });
    expect(error.code).toBe('line_too_long');
    expect(line.pulled()).toBeLessThan(4_500_000);
  });

  it('stops a megabyte behind a quote that swallows the rest of a long list', async () => {
    const rows = endlessLine(256_000_000, 'row,cell\n');
    async function* stream(): AsyncGenerator<Uint8Array> {
      yield Buffer.from('term,meaning\n"사과,apple\n');
      yield* rows.stream;
    }
    const error = await errorOf({ kind: 'stdin', stream: stream(), name: 'x.csv' });
    expect([error.code, error.message]).toEqual(['unbalanced_quotes', expect.stringContaining('line 2 ')]);
    expect(rows.pulled()).toBeLessThan(4_500_000);
  });

  it('stops at a long line behind a good beginning, without reading the gigabyte behind it', async () => {
    const path = join(folder, 'sparse.csv');
    const handle = await open(path, 'w');
    await handle.write(`term,meaning\n사과,apple\n${'x'.repeat(1_500_000)}`);
    await handle.truncate(1_000_000_000);
    await handle.close();
    expect((await stat(path)).size).toBe(1_000_000_000);
    expect(await errorOf({ kind: 'file', path })).toMatchObject({
      code: 'line_too_long',
      message: expect.stringContaining('Line 3'),
    });
  });

  it('gives the system’s reason for a file that cannot be read', async () => {
    expect(await errorOf({ kind: 'file', path: join(folder, 'missing.csv') })).toMatchObject({
      code: 'file_unreadable',
      message: expect.stringContaining('no such file or directory (ENOENT)'),
    });
    await mkdir(join(folder, 'dir.csv'));
    expect(await errorOf({ kind: 'file', path: join(folder, 'dir.csv') })).toMatchObject({
      code: 'file_unreadable',
      message: expect.stringContaining('it is a folder'),
    });
    const broken = new Readable({ read: () => {} });
    queueMicrotask(() => broken.destroy(new Error('pipe broke')));
    expect(await errorOf({ kind: 'stdin', stream: broken })).toMatchObject({
      code: 'file_unreadable',
      message: expect.stringContaining('pipe broke'),
    });
  });

  it('notices that a file changed between the check and the reading', async () => {
    const path = join(folder, 'changing.csv');
    await writeFile(path, 'term,meaning\n사과,apple\n');
    const grown = await openList({ kind: 'file', path });
    await writeFile(path, 'term,meaning\n사과,apple\n배,pear\n');
    await expect(collect(grown.items())).rejects.toMatchObject({ code: 'file_changed' });

    const touched = await openList({ kind: 'file', path });
    await writeFile(path, 'term,meaning\n사과,apfel\n배,pear\n');
    await utimes(path, new Date(), new Date(Date.now() + 5000));
    await expect(collect(touched.items())).rejects.toMatchObject({ code: 'file_changed' });

    const gone = await openList({ kind: 'file', path });
    await rm(path);
    await expect(collect(gone.items())).rejects.toMatchObject({ code: 'file_unreadable' });
  });

  it('leaves nothing behind of a long piped list', async () => {
    // A temporary folder of its own: other programs use the system's as well.
    const own = await mkdtemp(join(folder, 'tmp-'));
    vi.stubEnv('TMPDIR', own);
    const text = koreanCsv();
    const list = await openList({
      kind: 'stdin',
      stream: Readable.from([Buffer.from(text.repeat(3))]),
      name: 'piped.csv',
    });
    expect(await collect(list.items())).toHaveLength(list.preview.rows);
    await list.close();
    await errorOf({
      kind: 'stdin',
      stream: Readable.from([text.repeat(3), '"'].map((part) => Buffer.from(part))),
      name: 'p.csv',
    });
    expect(tmpdir()).toBe(own);
    expect(await readdir(own)).toEqual([]);
    vi.unstubAllEnvs();
  });
});

describe('a list with bad rows', () => {
  it('takes punctuation for a term only where something is said about it', async () => {
    const codes = async (name: string, text: string) => {
      const entries = await collect((await openList(await file(name, text))).items());
      return entries.map((entry) => ('code' in entry ? entry.code : entry.term));
    };
    expect(await codes('marks.txt', 'apple\n,,,\n…\n🍎\n+\nC++\n3\n')).toEqual([
      'apple',
      'no_term',
      'no_term',
      '🍎',
      '+',
      'C++',
      '3',
    ]);
    expect(await codes('marks.csv', 'term,meaning\n。,full stop\n、,\n')).toEqual(['。', 'no_term']);
  });

  it('reports rows without term, over-long terms and cells, and keeps the others', async () => {
    const long = 'x'.repeat(4001);
    const list = await openList(
      await file(
        'rows.csv',
        `term,meaning,note\n사과,apple,n\n,pear,n\n${long},long,n\n개,${long},n\n말,horse,n\n`,
      ),
    );
    expect(list.preview.problems.map(({ row, code }) => [row, code])).toEqual([
      [3, 'no_term'],
      [4, 'term_too_long'],
      [5, 'cell_too_long'],
    ]);
    expect([list.preview.rows, list.counts]).toEqual([5, { items: 2, problems: 3, warnings: 0 }]);
    const entries = await collect(list.items());
    expect(entries.map((entry) => ('code' in entry ? entry.code : entry.term))).toEqual([
      '사과',
      'no_term',
      'term_too_long',
      'cell_too_long',
      '말',
    ]);
  });

  it('uses rows with too few or too many cells, keeps the surplus and says so', async () => {
    const list = await openList(
      await file('cells.csv', 'term,meaning,level\n사과\n배,pear, a fruit,II,more\n개,dog,I\n'),
    );
    expect(list.preview.warnings?.map(({ row, code }) => [row, code])).toEqual([
      [2, 'too_few_cells'],
      [3, 'too_many_cells'],
    ]);
    expect((await collect(list.items()))[1]).toEqual({
      row: 3,
      term: '배',
      kind: 'term',
      fields: { meaning: 'pear', level: 'a fruit' },
      extra: { 'column 4': 'II', 'column 5': 'more' },
    });
  });

  it('lists the first hundred problems and counts them all', async () => {
    const list = await openList(await file('many.csv', `term,meaning\n사과,apple\n${',x\n'.repeat(500)}`));
    expect([list.preview.problems.length, list.counts.problems, list.preview.rows]).toEqual([100, 500, 501]);
  });
});
