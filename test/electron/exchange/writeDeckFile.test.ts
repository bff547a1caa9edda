import { mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'csv-parse/sync';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Card } from '../../../shared/card.ts';
import { UNWATCHED } from '../../../electron/deckJobs/job.ts';
import { TracedeckError } from '../../../electron/errors/tracedeckError.ts';
import { parseAnkiText } from '../../../electron/exchange/ankiTextFile.ts';
import { writeDeckFile } from '../../../electron/exchange/writeDeckFile.ts';
import type { DeckFileChoice, DeckFileTools } from '../../../electron/exchange/writeDeckFile.ts';
import { card } from '../../fixtures/cards.ts';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'deck-file-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const IMPORTED = {
  guid: '#guid"',
  notetype: 'Vocabulary',
  fields: [
    { name: 'Word', value: '<b>사과</b>' },
    { name: 'Meaning', value: 'apple' },
    { name: 'Hint', value: '' },
  ],
};
const tools: DeckFileTools = {
  guidOf: (uuid, piece) => `${uuid}/${piece}`,
  importedNote: (noteId) => (noteId === 'imported' ? IMPORTED : null),
  media: () => null,
  printSheet: null,
};
const imported = card(9, {
  noteId: 'imported',
  format: 'html',
  front: '<b>사과</b>',
  back: 'apple',
  deck: 'A::B',
});

async function write(
  name: string,
  cards: readonly Card[],
  choice: Partial<DeckFileChoice> & Pick<DeckFileChoice, 'format'>,
  over: Partial<DeckFileTools> = {},
) {
  const path = join(folder, name);
  const report = await writeDeckFile(
    path,
    cards,
    { deck: null, ...choice },
    { ...tools, ...over },
    UNWATCHED,
  );
  return { report, text: await readFile(path, 'utf8') };
}

describe('a table for Anki', () => {
  it('has the header lines, and one row for each question and each cloze text', async () => {
    const cards = [
      card(2, { front: '=1+1', back: 'a\tb\n"c"', tags: ['two words'] }),
      card(3, { type: 'cloze', cloze: 1, front: '{{c1::a}} {{c2::b}}', back: '', tags: ['two words'] }),
      card(4, { noteId: 'note-1', type: 'cloze', cloze: 2, front: '{{c1::a}} {{c2::b}}', back: '' }),
    ];
    const { text, report } = await write('a.tsv', cards, { format: 'tsv' });
    expect(text).toBe(
      [
        '#separator:Tab',
        '#html:false',
        '#columns:guid\tnotetype\tdeck\ttags\tFront / Text\tBack / Back Extra',
        '#guid column:1',
        '#notetype column:2',
        '#deck column:3',
        '#tags column:4',
        'note-1/1000002\tBasic\tKorean\ttwo_words\t=1+1\t"a\tb\n""c"""',
        'note-1/1000003\tCloze\tKorean\ttwo_words\t{{c1::a}} {{c2::b}}\t',
        '#tracedeck note note-1 recognition 2 cloze 3: 사과 1',
        '',
      ].join('\n'),
    );
    expect(report).toMatchObject({
      notes: 1,
      cards: 3,
      format: 'tsv',
      leftOut: [],
      bytes: Buffer.byteLength(text),
    });
  });

  it('is HTML where a note is, and quotes what Anki would take for a comment', async () => {
    const { text } = await write('b.csv', [card(0, { back: 'a < b\nc' }), imported], { format: 'csv' });
    expect(text.split('\n').slice(0, 2)).toEqual(['#separator:Comma', '#html:true']);
    expect(text.split('\n').slice(7)).toEqual([
      'note-0/1000000,Basic,Korean,topik-1 food,사과 0,a &lt; b<br>c,',
      '"#guid""",Vocabulary,A::B,topik-1 food,<b>사과</b>,apple,',
      '#tracedeck note note-0 recognition 0: 사과 0',
      '',
    ]);
    const { notes } = parseAnkiText(text);
    expect(notes.map(({ guid }) => guid)).toEqual(['note-0/1000000', '#guid"']);
  });

  it('is the plain one where it is asked for', async () => {
    const { text } = await write('c.csv', [card(0)], { format: 'csv', anki: false });
    expect(parse(text, { columns: true })).toMatchObject([{ noteId: 'note-0', front: '사과 0' }]);
  });

  it('holds whatever text there is, cell by cell', async () => {
    const pieces = ['a', ' ', ',', '\t', '"', '\n', '\r\n', '#', '=1', '가', ';', "'"];
    const cards = Array.from({ length: 300 }, (_, at) => {
      const text = Array.from(
        { length: 6 },
        (_each, i) => pieces[(at * 7 + i * (at + 3)) % pieces.length],
      ).join('');
      return card(at, { front: `${text}x`, back: text });
    });
    for (const format of ['csv', 'tsv'] as const) {
      const { text } = await write(`d.${format}`, cards, { format });
      const rows = parse(text.split('\n').slice(7).join('\n'), {
        delimiter: format === 'csv' ? ',' : '\t',
        record_delimiter: '\n',
        comment: '#tracedeck',
      }) as string[][];
      expect(rows.map((row) => row.slice(4))).toEqual(cards.map(({ front, back }) => [front, back]));
      expect(parseAnkiText(text).notes.map(({ fields }) => fields)).toEqual(
        cards.map(({ front, back }) => [front, back]),
      );
    }
  });
});

describe('a deck as JSON', () => {
  it('says all that is known of a card, and of an imported note', async () => {
    const cards = [card(0, { quote: 'as it stands', place: { headings: ['One'], page: 3 } }), imported];
    const { text } = await write('a.json', cards, { format: 'json' });
    expect(JSON.parse(text)).toEqual([
      cards[0],
      { ...imported, guid: '#guid"', notetype: 'Vocabulary', fields: ['<b>사과</b>', 'apple', ''] },
    ]);
    expect(JSON.parse((await write('b.json', [], { format: 'json' })).text)).toEqual([]);
  });
});

describe('a sheet', () => {
  it('is one page without scripts, with all text escaped and gaps shown', async () => {
    const hostile = '<img src=x onerror=a()>"\'';
    const cards = [
      card(0, { front: hostile, term: hostile, tags: [hostile], deck: hostile }),
      card(1, { type: 'cloze', cloze: 2, front: '{{c1::먹}} {{c2::다::verb}} <', back: '' }),
      card(2, {
        format: 'html',
        front:
          '<ruby>漢<rt>かん</rt></ruby><script>a()</script>[sound:a.mp3]<img src="http://x.example/a.png">',
        back: '<img src="a.png">',
      }),
    ];
    const { text, report } = await write(
      'a.html',
      cards,
      { format: 'html', deck: hostile, sheet: { layout: 'grid', paper: 'letter' } },
      { media: (name) => (name === 'a.png' ? Buffer.from('89504e470d0a1a0a00', 'hex') : null) },
    );
    const tags = new Set([...text.matchAll(/<\/?([a-z][a-z0-9]*)/g)].map(([, name]) => name));
    expect([...tags].sort().join(' ')).toBe(
      'b body div footer h1 h2 head html img li meta ol rt ruby small span style title',
    );
    expect(text).not.toMatch(/<[^>]*\son\w+=|javascript:|http:\/\//);
    expect(text).toContain("default-src 'none'");
    expect(text).toContain('먹 <b class="cloze">[verb]</b> &lt;');
    expect(text).toContain('먹 <b class="cloze">다</b> &lt;');
    expect(text).toContain('<ol class="grid">');
    expect(text).toContain('size: letter');
    expect(report).toMatchObject({ media: 1, cards: 3 });
    expect(report.leftOut).toEqual([
      '1 × sound: paper has no sound.',
      '1 × active content: scripts, forms and the like have no place on paper.',
      '1 × remote picture: nothing is loaded from the network.',
    ]);
  });

  it('is printed where there is a printer, and refused before any work where there is none', async () => {
    const path = join(folder, 'a.pdf');
    const choice = { deck: null, format: 'pdf', sheet: { layout: 'list', paper: 'a4' } } as const;
    await expect(writeDeckFile(path, [card(0)], choice, tools, UNWATCHED)).rejects.toMatchObject({
      code: 'print_unavailable',
    });
    const printed: string[] = [];
    const printSheet = async (html: string, paper: string) => {
      printed.push(`${paper} ${html.includes('사과 0')}`);
      return Buffer.from('%PDF-1.7');
    };
    const report = await writeDeckFile(path, [card(0)], choice, { ...tools, printSheet }, UNWATCHED);
    expect([printed, await readFile(path, 'utf8'), report.bytes]).toEqual([['a4 true'], '%PDF-1.7', 8]);
  });
});

describe('an export', () => {
  it('holds accepted cards alone', async () => {
    const cards = [card(0), card(1, { status: 'proposed' }), card(2, { status: 'rejected' })];
    const { report, text } = await write('w.md', cards, { format: 'md' });
    expect(report).toMatchObject({ notes: 1, cards: 1 });
    expect(text).not.toContain('사과 1');
  });

  it('shows the HTML of an imported card as text in Markdown', async () => {
    const { text } = await write('h.md', [imported], { format: 'md' });
    expect(text).toContain('> 사과\n\napple');
  });

  it('leaves the old file and no rubbish where it is stopped', async () => {
    const own = await mkdtemp(join(folder, 'stop-'));
    for (const format of ['csv', 'json', 'html'] as const) {
      const path = join(own, `old.${format}`);
      await writeFile(path, 'old');
      let asked = 0;
      const context = {
        progress: () => {},
        throwIfCancelled: () => {
          asked += 1;
          if (asked > 2) throw new TracedeckError('transient', 'cancelled', 'Cancelled.');
        },
      };
      const cards = Array.from({ length: 2000 }, (_, at) => card(at));
      await expect(writeDeckFile(path, cards, { deck: null, format }, tools, context)).rejects.toMatchObject({
        code: 'cancelled',
      });
      expect(await readFile(path, 'utf8')).toBe('old');
    }
    expect((await readdir(own)).sort()).toEqual(['old.csv', 'old.html', 'old.json']);
  });
});
