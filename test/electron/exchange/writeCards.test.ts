import { spawnSync } from 'node:child_process';
import { lstat, mkdir, mkdtemp, readFile, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'csv-parse/sync';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Card } from '../../../shared/card.ts';
import { markdownText } from '../../../electron/exchange/markdownForm.ts';
import { openList } from '../../../electron/exchange/readList.ts';
import { cardToJson, writeCards } from '../../../electron/exchange/writeCards.ts';
import { card } from '../../fixtures/cards.ts';
import { createRandom } from '../../fixtures/lists.ts';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cards-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const PIECES = [
  'a',
  ' ',
  ',',
  '\t',
  '"',
  '\n',
  '\r\n',
  '=1+1',
  '-',
  '@',
  '가',
  '漢',
  '😀',
  'שלום',
  '|',
  '*',
  '#',
  '<b>',
  '{{c1::x}}',
  '\\',
];
function randomCards(count: number): readonly Card[] {
  const random = createRandom(7);
  const text = (): string =>
    Array.from(
      { length: 1 + Math.floor(random() * 10) },
      () => PIECES[Math.floor(random() * PIECES.length)],
    ).join('');
  return Array.from({ length: count }, (_, at) => card(at, { front: text(), back: text(), term: text() }));
}

describe('exported cards', () => {
  it.each([
    ['csv', ','],
    ['tsv', '\t'],
  ])('read back equal from .%s', async (extension, delimiter) => {
    const path = join(folder, `cards.${extension}`);
    const cards = randomCards(500);
    expect(await writeCards(path, cards)).toBe(500);
    const records = parse(await readFile(path), {
      delimiter,
      columns: true,
      record_delimiter: ['\r\n', '\n'],
    }) as Record<string, string>[];
    expect(records).toEqual(
      cards.map(({ noteId, deck, term, type, front, back, provenance }) => ({
        noteId,
        deck,
        term,
        type,
        front,
        back,
        tags: 'topik-1 food',
        generator: 'offline',
        model: 'offline-1',
        row: String(provenance?.row),
        source: 'list, "mine".csv',
      })),
    );
  });

  it('read back equal from .json', async () => {
    const path = join(folder, 'cards.json');
    const cards = randomCards(500);
    await writeCards(path, cards);
    expect(JSON.parse(await readFile(path, 'utf8'))).toEqual(cards.map(cardToJson));
    await writeCards(path, []);
    expect(JSON.parse(await readFile(path, 'utf8'))).toEqual([]);
  });

  it('say nothing of where a card came from that no run made', async () => {
    const path = join(folder, 'by-hand.csv');
    await writeCards(path, [card(0, { provenance: null })]);
    expect((await readFile(path, 'utf8')).split('\r\n')[1]).toMatch(/,topik-1 food,,,,$/);
  });

  it('are a list that opens again', async () => {
    const path = join(folder, 'again.csv');
    await writeCards(path, [card(0), card(1)]);
    const list = await openList({ kind: 'file', path });
    expect(list.preview).toMatchObject({
      format: 'csv',
      hasHeader: true,
      rows: 2,
      problems: [],
      warnings: [],
    });
  });

  it('have one heading a term in Markdown, and show their text as it is', async () => {
    const path = join(folder, 'cards.md');
    await writeCards(path, [
      card(0, { back: 'apple *red*\n# 1. <b>&amp;' }),
      card(1, { type: 'cloze', cloze: 1, front: '{{c1::사과}}를 {{c2::먹다}}' }),
      card(1, { type: 'cloze', cloze: 2, front: '{{c1::사과}}를 {{c2::먹다}}' }),
      card(2, { deck: 'Other', tags: [] }),
    ]);
    expect(await readFile(path, 'utf8')).toMatchInlineSnapshot(`
      "# Korean

      ## 사과 0

      ### recognition

      > 사과 0

      apple \\*red\\*\\
      \\# 1. \\<b\\>\\&amp;

      *Tags: topik-1, food*

      ### cloze

      > {{c1::사과}}를 {{c2::먹다}}

      apple

      *Tags: topik-1, food*

      # Other

      ## 사과 1

      ### recognition

      > 사과 2

      apple

      "
    `);
  });

  it('escape what Markdown would take as its own', () => {
    expect(markdownText('- a\n+ b\n1. c\n> d\n`e`\n\nf_g_')).toBe(
      '\\- a\\\n\\+ b\\\n1\\. c\\\n\\> d\\\n\\`e\\`\n\nf\\_g\\_',
    );
  });

  it('are what cards list --json prints', () => {
    expect(Object.keys(cardToJson(card(1)))).toEqual(
      expect.arrayContaining(['noteId', 'deck', 'front', 'back', 'type', 'tags', 'provenance']),
    );
  });
});

describe('writing', () => {
  it('takes cards as they come', async () => {
    async function* slow(): AsyncGenerator<Card> {
      for (let at = 0; at < 3000; at += 1) yield card(at);
    }
    const path = join(folder, 'slow.tsv');
    expect(await writeCards(path, slow())).toBe(3000);
    expect((await readFile(path, 'utf8')).split('\n')).toHaveLength(3002);
  });

  it('refuses a form that it does not know, before it touches anything', async () => {
    await expect(writeCards(join(folder, 'cards.docx'), [card(0)])).rejects.toMatchObject({
      code: 'unknown_export_format',
      message: expect.stringContaining('.csv, .tsv, .json, .md'),
    });
    await expect(writeCards(join(folder, 'noextension'), [])).rejects.toMatchObject({
      code: 'unknown_export_format',
    });
  });

  it('leaves the old file and no rubbish where the cards stop with an error', async () => {
    const own = await mkdtemp(join(folder, 'old-'));
    const path = join(own, 'cards.csv');
    await writeFile(path, 'old');
    function* broken(): Generator<Card> {
      for (let at = 0; at < 2000; at += 1) yield card(at);
      throw new Error('deck closed');
    }
    await expect(writeCards(path, broken())).rejects.toThrow('deck closed');
    expect([await readFile(path, 'utf8'), await readdir(own)]).toEqual(['old', ['cards.csv']]);
  });

  it('says why a place cannot be written', async () => {
    await expect(writeCards(join(folder, 'missing', 'cards.csv'), [card(0)])).rejects.toMatchObject({
      code: 'export_failed',
      message: expect.stringContaining('no such file or directory (ENOENT)'),
    });
    const own = await mkdtemp(join(folder, 'dir-'));
    await mkdir(join(own, 'cards.csv'));
    await expect(writeCards(join(own, 'cards.csv'), [card(0)])).rejects.toMatchObject({
      code: 'export_failed',
    });
    expect(await readdir(own)).toEqual(['cards.csv']);
  });

  it.skipIf(process.platform === 'win32')('writes through a link and leaves it a link', async () => {
    const path = join(folder, 'link.csv');
    await writeFile(join(folder, 'real.csv'), 'old');
    await symlink(join(folder, 'real.csv'), path);
    await writeCards(path, [card(0)]);
    expect((await lstat(path)).isSymbolicLink()).toBe(true);
    expect(await readFile(join(folder, 'real.csv'), 'utf8')).toContain('사과 0');
  });

  // A size limit of the shell stands for a full disk: the write itself fails, half way.
  it.skipIf(process.platform === 'win32')('keeps the old file where the disk refuses more', async () => {
    const own = await mkdtemp(join(folder, 'full-'));
    const path = join(own, 'cards.csv');
    await writeFile(path, 'old');
    const script = `
      import { writeCards } from ${JSON.stringify(new URL('../../../electron/exchange/writeCards.ts', import.meta.url).href)};
      const card = ${JSON.stringify(card(0))};
      writeCards(${JSON.stringify(path)}, Array(10000).fill(card)).then(
        () => console.log('written'),
        (error) => console.log(error.code, error.message),
      );`;
    const child = spawnSync(
      'sh',
      [
        '-c',
        'ulimit -f 200 && exec "$0" --experimental-strip-types --input-type=module -e "$1"',
        process.execPath,
        script,
      ],
      { encoding: 'utf8' },
    );
    expect(child.stdout).toMatch(/^export_failed Cannot write .*file too large \(EFBIG\)/);
    expect([await readFile(path, 'utf8'), await readdir(own)]).toEqual(['old', ['cards.csv']]);
  });
});
