import { execFileSync } from 'node:child_process';
import { Readable } from 'node:stream';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'csv-parse/sync';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SOURCE_FIELDS } from '../../../shared/card.ts';
import type { SourceItem } from '../../../shared/card.ts';
import { COLUMN_NAMES } from '../../../electron/exchange/columnNames.ts';
import { createCsvParser } from '../../../electron/exchange/csvRecords.ts';
import { headerKey } from '../../../electron/exchange/mapColumns.ts';
import { isProblem, openList } from '../../../electron/exchange/readList.ts';
import type { RowProblem } from '../../../electron/exchange/readList.ts';
import {
  KOREAN_HEADER,
  collect,
  createRandom,
  koreanCsv,
  koreanRows,
  toCsv,
  utf16,
} from '../../fixtures/lists.ts';

let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lists-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function read(text: string, name = 'pasted') {
  const list = await openList({ kind: 'text', text, name });
  const entries = await collect(list.items());
  const items = entries.filter((entry): entry is SourceItem => !isProblem(entry));
  return { preview: list.preview, entries, items };
}
/** Every item as `term`, or `term|meaning` where it has one. */
async function pairs(text: string, name?: string): Promise<readonly string[]> {
  const { items } = await read(text, name);
  return items.map(({ term, fields }) => (fields.meaning === undefined ? term : `${term}|${fields.meaning}`));
}
async function fieldsOf(header: string, cells: string): Promise<readonly (string | null)[]> {
  return (await read(`${header}\n${cells}\n`, 'x.csv')).preview.columns.map(({ field }) => field);
}

describe('which form a list has', () => {
  it.each([
    ['comma, header', 'term,meaning\n사과,apple\n배,pear\n', 'csv', true],
    ['comma, no header', '사과,apple\n배,pear\n', 'csv', false],
    ['semicolon', 'Wort;Bedeutung\nApfel;apple, a fruit\nBirne;pear\n', 'csv', true],
    ['bar', 'word|meaning\na|b\n', 'csv', true],
    ['tab, header', 'term\tmeaning\n사과\tapple\n', 'tsv', true],
    ['tab, no header', '사과\tapple\n배\tpear, or so\n', 'tsv', false],
    ['words', 'apple\npear\n', 'lines', false],
    ['words under a header', 'Word\napple\npear\n', 'lines', true],
    [
      'sentences with commas',
      'I went, he came.\nThe dog, a cat, ran off.\nYes, we can go.\n',
      'lines',
      false,
    ],
    ['bullets with commas', '- apple, pear\n- dog, cat\n', 'lines', false],
    ['lines with dashes and commas', '사과 - apple, fruit\n배 - pear, fruit\n', 'lines', false],
    ['Mac line ends', 'term,meaning\r사과,apple\r배,pear\r', 'csv', true],
    ['Windows line ends', 'term,meaning\r\n사과,apple\r\n', 'csv', true],
    ['names of languages', 'English,Korean\napple,사과\n', 'csv', true],
    ['an entry that is also a column’s name', 'example,예문\nlevel,수준\nhouse,집\n', 'csv', false],
  ])('%s', async (_, text, format, hasHeader) => {
    const { preview } = await read(text);
    expect([preview.format, preview.hasHeader]).toEqual([format, hasHeader]);
  });

  it('believes a file’s extension', async () => {
    expect((await read('apple\npear\n', 'a.csv')).preview.format).toBe('csv');
    expect((await read('apple, or so\npear\n', 'a.tsv')).preview.format).toBe('tsv');
    expect(await pairs('apple;Apfel\npear;Birne\n', 'a.csv')).toEqual(['apple|Apfel', 'pear|Birne']);
  });

  it('reads columns without a header as term and meaning, after a column of numbers', async () => {
    const numbered = await read('1,사과,apple,x\n2,배,pear,y\n', 'a.csv');
    expect(numbered.preview.columns.map(({ field }) => field)).toEqual(['position', 'term', 'meaning', null]);
    expect(numbered.items[1]).toEqual({
      row: 2,
      term: '배',
      kind: 'term',
      fields: { meaning: 'pear' },
      extra: { 'column 4': 'y' },
    });
    expect(await pairs('apple\n', 'a.csv')).toEqual(['apple']);
  });

  it('skips the lines by which Anki and Excel describe an export', async () => {
    expect(
      await pairs('#separator:tab\n#html:true\n#tags column:3\n사과\tapple\tfood\n배\tpear\tfood\n'),
    ).toEqual(['사과|apple', '배|pear']);
    expect(await pairs('sep=;\nterm;meaning\n사과;apple\n', 'a.csv')).toEqual(['사과|apple']);
  });

  it('reads a Markdown table', async () => {
    expect(await pairs('| Word | Meaning |\n| --- | :---: |\n| 사과 | apple |\n| 배 | pear |\n')).toEqual([
      '사과|apple',
      '배|pear',
    ]);
  });

  it('reads UTF-8 with a byte order mark and UTF-16 in both orders', async () => {
    const text = 'term,meaning\n사과,apple\n𠮷,😀\n';
    const encodings: string[] = [];
    for (const bytes of [Buffer.from(`\ufeff${text}`), utf16(text, 'le'), utf16(text, 'be')]) {
      // One byte at a time: no cut inside a character may do harm.
      const stream = Readable.from(Array.from(bytes, (byte) => Buffer.from([byte])));
      const list = await openList({ kind: 'stdin', stream });
      encodings.push(list.preview.encoding);
      expect(await collect(list.items())).toMatchObject([
        { row: 2, term: '사과', fields: { meaning: 'apple' } },
        { row: 3, term: '𠮷', fields: { meaning: '😀' } },
      ]);
    }
    expect(encodings).toEqual(['utf-8', 'utf-16le', 'utf-16be']);
  });

  it('counts rows as a spreadsheet does: header, blank rows and quoted line breaks', async () => {
    const { items } = await read('\nterm,meaning\n\n"a\nb",x\n\n\nc,y\n', 'a.csv');
    expect(items.map(({ row, term }) => [row, term])).toEqual([
      [4, 'a\nb'],
      [7, 'c'],
    ]);
  });
});

describe('columns by name', () => {
  it('knows the columns of the Korean list', async () => {
    const { preview, items } = await read(koreanCsv(3), 'k.csv');
    expect(preview.columns.map(({ field }) => field)).toEqual([
      'position',
      'term',
      'pronunciation',
      'partOfSpeech',
      'level',
      'meaning',
      'example',
      'exampleReading',
      'exampleTranslation',
      'usage',
      'frequency',
      null,
    ]);
    expect(preview.termLanguage).toBe('ko');
    expect(items[0]?.extra).toEqual({ Theme_Note: 'spring' });
  });

  it('knows the predecessor’s short list, where type is the part of speech', async () => {
    expect(await fieldsOf('position,term,type', '1,사과,noun')).toEqual(['position', 'term', 'partOfSpeech']);
  });

  it('reaches every field, and no name stands for two', () => {
    const reached = Object.keys(COLUMN_NAMES);
    for (const field of SOURCE_FIELDS) expect(reached).toContain(field);
    const keys = Object.entries(COLUMN_NAMES).flatMap(([field, names]) =>
      [...new Set(names.map(headerKey))].map((key) => [key, field] as const),
    );
    const owners = new Map<string, string[]>();
    for (const [key, field] of keys) owners.set(key, [...(owners.get(key) ?? []), field]);
    expect([...owners].filter(([, fields]) => fields.length > 1)).toEqual([]);
  });

  it.each([
    'Example_Sentence_Translation',
    'example sentence translation',
    'exampleSentenceTranslation',
    'EXAMPLE-SENTENCE-TRANSLATION',
    ' Example Sentence Translation (English) ',
    '예문 번역',
    '例文の訳',
    '例句翻译',
  ])('ignores case, separators and remarks: %s', async (header) => {
    expect(await fieldsOf(`word,${header}`, 'a,b')).toEqual(['term', 'exampleTranslation']);
  });

  it.each([
    ['단어,뜻,발음,품사', ['term', 'meaning', 'pronunciation', 'partOfSpeech']],
    ['単語,読み方,意味,例文', ['term', 'reading', 'meaning', 'example']],
    ['词语,拼音,释义', ['term', 'reading', 'meaning']],
    ['Wort,Übersetzung', ['term', 'meaning']],
    ['palabra,significado', ['term', 'meaning']],
    ['front,back,tags', ['term', 'meaning', 'tags']],
    ['word,kanji,meaning', ['term', 'characters', 'meaning']],
    ['kanji,kana,English', ['term', 'reading', 'meaning']],
    ['English,Korean', ['meaning', 'term']],
    ['영어,한국어', ['term', 'meaning']],
    ['English,definition', ['term', 'meaning']],
    ['sentence,translation', ['term', 'meaning']],
    ['word,sentence', ['term', 'example']],
    ['term,meaning,definition', ['term', 'meaning', null]],
  ])('%s', async (header, fields) => {
    expect(await fieldsOf(header, 'x,y,z,w'.slice(0, header.split(',').length * 2 - 1))).toEqual(fields);
  });

  it('keeps every other column by its header, repeated and nameless ones too', async () => {
    const { items } = await read('term,Note X,Note X,,__proto__,constructor\na,1,2,3,4,5\n', 'x.csv');
    expect(Object.entries(items[0]?.extra ?? {})).toEqual([
      ['Note X', '1'],
      ['Note X (2)', '2'],
      ['column 4', '3'],
      ['__proto__', '4'],
      ['constructor', '5'],
    ]);
  });

  it('takes the kind from its column', async () => {
    const { items } = await read('term,kind\nHe is tall and old.,term\nshort,sentence\nword,\n', 'x.csv');
    expect(items.map(({ kind }) => kind)).toEqual(['term', 'sentence', 'term']);
  });
});

describe('a reading in the cell of its term', () => {
  it('becomes a field of its own, and a column for it goes before it', async () => {
    const { items, preview } = await read(
      'term,reading,example\n漢字（かんじ）,,漢字[かんじ]を 書[か]く\n食[た]べる,タベル,\n水,水[みず],\n',
      'x.csv',
    );
    expect(items.map(({ term, fields }) => [term, fields])).toEqual([
      ['漢字', { reading: 'かんじ', example: '漢字を書く', exampleReading: 'かんじをかく' }],
      ['食べる', { reading: 'タベル' }],
      ['水', { reading: 'みず' }],
    ]);
    expect(preview).toMatchObject({ termLanguage: 'ja' });
  });

  it('is left out where it only says the meaning once more', async () => {
    expect(await pairs('눈 (eye),eye\n눈 (snow),snow\n집,house\n')).toEqual([
      '눈|eye',
      '눈|snow',
      '집|house',
    ]);
  });
});

describe('an Arabic list', () => {
  it('has a header that is found by its names with the article', async () => {
    const { preview } = await read('الكلمة,المعنى,المثال\nكتاب,book,هذا كتاب\n');
    expect(preview.columns.map(({ field }) => field)).toEqual(['term', 'meaning', 'example']);
    expect(preview).toMatchObject({ rows: 1, termLanguage: 'ar' });
  });
});

describe('the language of the terms', () => {
  it.each([
    ['de', 'German,English\nGift,poison\nRat,advice\n'],
    ['uk', 'Ukrainian;English\nкнига;book\n'],
    // Romanised, or another header's terms: what stands there is in Latin letters.
    ['en', 'Korean,English\nhakgyo,school\n'],
    ['fr', 'mot;traduction\nécole;school\nl’été;summer\n'],
  ])('is %s by the header and the letters of %j', async (language, text) => {
    expect((await read(text)).preview.termLanguage).toBe(language);
  });
});

describe('one entry a line', () => {
  it.each([
    [
      'a dash between spaces',
      'well-known - berühmt\nmother-in-law – Schwiegermutter\n',
      ['well-known|berühmt', 'mother-in-law|Schwiegermutter'],
    ],
    ['a colon', '사과: apple\n배: pear\n', ['사과|apple', '배|pear']],
    ['a wide colon', '苹果：apple\n梨：pear\n', ['苹果|apple', '梨|pear']],
    ['an equals sign', '사과=apple\n배 = pear\n', ['사과|apple', '배|pear']],
    ['an arrow', '사과 → apple\n배 -> pear\n', ['사과|apple', '배|pear']],
    ['bullets and numbers', '1. 사과\n2) 배\n* 개\n- [x] 말\n③ 소\n', ['사과', '배', '개', '말', '소']],
    ['Markdown', '# Fruit\n\n- **사과**: apple\n- **배**: pear\n\n---\n', ['사과|apple', '배|pear']],
    ['hyphenated words', 'well-known\nmother-in-law\n', ['well-known', 'mother-in-law']],
    [
      'a colon in few lines',
      'He said: go.\nIt is late.\nWe go home.\n',
      ['He said: go.', 'It is late.', 'We go home.'],
    ],
    [
      'times of day',
      'Meet me at 10:30.\nLunch is at 12:15 sharp.\n',
      ['Meet me at 10:30.', 'Lunch is at 12:15 sharp.'],
    ],
    ['a line without meaning among others', '사과 - apple\n배\n개 - dog\n', ['사과|apple', '배', '개|dog']],
  ])('splits %s', async (_, text, expected) => {
    expect(await pairs(text)).toEqual(expected);
  });

  it('tells sentences from terms in any script', async () => {
    const { items } = await read(
      [
        'I eat an apple.',
        '나는 사과를 먹는다.',
        '私はりんごを食べます。',
        '我每天都吃苹果。',
        'هل تتحدث العربية؟',
        'Is it you?',
        'apple',
        'kick the bucket',
        'etc.',
        '안녕!',
        '食べる',
      ].join('\n'),
    );
    expect(items.map(({ kind }) => kind === 'sentence')).toEqual([
      true,
      true,
      true,
      true,
      true,
      true,
      false,
      false,
      false,
      false,
      false,
    ]);
  });

  it('gives the line as row', async () => {
    const { items } = await read('# Words\n\napple\n\npear\n');
    expect(items.map(({ row }) => row)).toEqual([3, 5]);
  });
});

describe('text', () => {
  it('is NFC, trimmed and free of invisible dirt, with joiners kept inside words', async () => {
    const { items } = await read(
      'term,meaning\n\u200b 사과\u00a0,"\u0007ap\u00adple"\nمی\u200cخواهم\u200c,"👩\u200d🚀"\n',
      'x.csv',
    );
    expect(items.map(({ term, fields }) => [term, fields.meaning])).toEqual([
      ['사과', 'apple'],
      ['می\u200cخواهم', '👩\u200d🚀'],
    ]);
  });

  it.each([
    ['ko', '사과'],
    ['ja', '食べる'],
    ['zh', '苹果'],
    ['en', 'apple'],
    ['ru', 'яблоко'],
    ['ar', 'تفاحة'],
    ['he', 'תפוח'],
    ['th', 'แอปเปิล'],
    ['hi', 'सेब'],
    ['el', 'μήλο'],
    ['und', '12345'],
  ])('guesses %s by script', async (language, word) => {
    expect((await read(`${word}\n`)).preview.termLanguage).toBe(language);
  });
});

describe('a long list', () => {
  it('comes in batches of 256, whole and in order, and is the same each time', async () => {
    const path = join(folder, 'korean.csv');
    await writeFile(path, koreanCsv());
    const list = await openList({ kind: 'file', path });
    const batches: (readonly (SourceItem | RowProblem)[])[] = [];
    for await (const batch of list.items()) batches.push(batch);
    expect(batches.slice(0, -1).every((batch) => batch.length === 256)).toBe(true);
    const items = batches.flat() as SourceItem[];
    expect([list.preview.rows, items.length, list.preview.sample.length]).toEqual([10_000, 10_000, 8]);
    const wanted = Array.from(koreanRows(10_000), (row) => [row[1], row[5], row[9] || undefined]);
    expect(items.map(({ term, fields }) => [term, fields.meaning, fields.usage])).toEqual(wanted);
    expect(await collect(list.items())).toEqual(items);
    expect((await openList({ kind: 'file', path })).contentHash).toBe(list.contentHash);
  });

  it.skipIf(process.platform === 'win32')(
    'may come through a named pipe, which can be read only once',
    async () => {
      const path = join(folder, 'pipe.csv');
      execFileSync('mkfifo', [path]);
      const [list] = await Promise.all([openList({ kind: 'file', path }), writeFile(path, koreanCsv(500))]);
      expect([list.preview.sourceName, (await collect(list.items())).length]).toEqual(['pipe.csv', 500]);
      await list.close();
    },
  );

  it('stops at a limit, problems counted', async () => {
    const list = await openList({
      kind: 'text',
      text: `term,meaning\n${'a,b\n,x\n'.repeat(1000)}`,
      name: 'x.csv',
    });
    for (const limit of [1, 255, 256, 257, 2000, 5000]) {
      expect(await collect(list.items({ limit }))).toHaveLength(Math.min(limit, 2000));
    }
  });
});

describe('random tables', () => {
  const PIECES = [
    'a',
    'Z',
    ' ',
    ',',
    ';',
    '\t',
    '|',
    '"',
    '""',
    '\n',
    '\r\n',
    '가',
    '漢',
    '😀',
    '👩‍🚀',
    'שלום',
    'é',
    '#',
    '-',
    '=',
  ];

  function randomTable(random: () => number, maxPieces: number): string[][] {
    const columns = 2 + Math.floor(random() * 4);
    return Array.from({ length: 1 + Math.floor(random() * 30) }, () =>
      Array.from({ length: columns }, () =>
        Array.from(
          { length: Math.floor(random() * maxPieces) },
          () => PIECES[Math.floor(random() * PIECES.length)],
        ).join(''),
      ),
    );
  }

  it('read back as written, whatever the delimiter, the line end and the cuts', async () => {
    const random = createRandom(1);
    for (let turn = 0; turn < 150; turn += 1) {
      const delimiter = [',', ';', '\t', '|'][turn % 4] ?? ',';
      const rows = randomTable(random, 12).map((row) =>
        row.map((cell) => cell.trim().replaceAll('\r\n', '\n')),
      );
      // Punctuation alone is no term.
      const data = rows.map(([term = '', ...rest]) =>
        [/[^\p{P}\p{Z}\p{C}]/u.test(term) ? term : `x${term}`].concat(rest),
      );
      const header = ['term', ...(data[0] ?? []).slice(1).map((_, at) => `Own ${at + 2}`)];
      const text = toCsv([header, ...data], delimiter, turn % 3 === 0 ? '\r\n' : '\n');
      const bytes = Buffer.from(text);
      const size = 1 + Math.floor(random() * 40);
      const parts = Array.from({ length: Math.ceil(bytes.length / size) }, (_, at) =>
        bytes.subarray(at * size, (at + 1) * size),
      );
      const list = await openList({
        kind: 'stdin',
        stream: Readable.from(parts),
        name: delimiter === '\t' ? 't.tsv' : 't.csv',
      });
      const items = (await collect(list.items())) as SourceItem[];
      // A row of dashes is the rule under a Markdown table's header.
      const isRule = (row: readonly string[]) =>
        delimiter === '|' && row.every((cell) => /^(:?-{2,}:?)?$/.test(cell));
      expect(
        items.map(({ term, extra }) => [term].concat(header.slice(1).map((name) => extra[name] ?? ''))),
      ).toEqual(data.filter((row) => !isRule(row)));
    }
  });

  it('are the same records as csv-parse finds, cut anywhere', () => {
    const random = createRandom(2);
    for (let turn = 0; turn < 300; turn += 1) {
      const text = toCsv(randomTable(random, 8), ',', turn % 2 === 0 ? '\n' : '\r\n');
      const mine: string[][] = [];
      const parser = createCsvParser(',', { maxRecordChars: 1_000_000, maxColumns: 512 });
      for (let at = 0; at < text.length;) {
        const next = at + 1 + Math.floor(random() * 9);
        parser.push(text.slice(at, next), (cells) => mine.push(cells));
        at = next;
      }
      parser.end((cells) => mine.push(cells));
      const theirs = parse(text, {
        relax_column_count: true,
        record_delimiter: ['\r\n', '\n', '\r'],
      }) as string[][];
      expect(mine).toEqual(theirs);
    }
  });

  it('takes a quote inside an unquoted cell as it stands, and spaces around a quoted one', () => {
    const records: string[][] = [];
    const parser = createCsvParser(',', { maxRecordChars: 1000, maxColumns: 9 });
    parser.push('5" pipe,x\n사과, "a, b" ,c\n,\n', (cells) => records.push(cells));
    parser.end((cells) => records.push(cells));
    expect(records).toEqual([
      ['5" pipe', 'x'],
      ['사과', 'a, b', 'c'],
      ['', ''],
    ]);
  });
});

it('makes the same 10,000 rows on every machine', () => {
  const rows = [...koreanRows(10_000)];
  expect(new Set(rows.map((row) => row[1])).size).toBe(10_000);
  expect(rows.every((row) => row.length === KOREAN_HEADER.length)).toBe(true);
  expect(rows[4321]?.slice(0, 6)).toMatchInlineSnapshot(`
    [
      "4322",
      "침대 그림",
      "chim.dae geu.rim",
      "noun",
      "TOPIK I",
      "bed picture",
    ]
  `);
});
