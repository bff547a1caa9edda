import { describe, expect, it } from 'vitest';
import { makePdf, textLines } from '../../fixtures/pdf.ts';
import { blocksOf, codeOf, itemsOf, open, workerFile } from './harness.ts';

const body = 'Cells take up water and food and turn them into energy that the body uses all day.';

describe('PDF', () => {
  it('rebuilds paragraphs, joins broken words, and keeps hyphens that are spelling', async () => {
    const pdf = makePdf({
      pages: [
        {
          texts: textLines([
            'A well-known cell is the small-',
            'est unit of life, and a well-',
            'known one at that.',
            { text: 'A second paragraph stands apart from it.', gap: 12 },
          ]),
        },
      ],
    });
    expect((await blocksOf(pdf, 'pdf')).map(({ block }) => block)).toEqual([
      {
        kind: 'paragraph',
        text: 'A well-known cell is the smallest unit of life, and a well-known one at that.',
      },
      { kind: 'paragraph', text: 'A second paragraph stands apart from it.' },
    ]);
  });

  it('reads two columns one after the other, with the title above both', async () => {
    const left = Array.from({ length: 8 }, (_, at) => `left column line ${at + 1} runs here`);
    const right = Array.from({ length: 8 }, (_, at) => `right column line ${at + 1} runs on`);
    const texts = [
      ...textLines([{ text: 'One title over both of the columns of this page', size: 18, x: 72 }], {
        top: 800,
      }),
      ...textLines(left, { x: 60 }),
      ...textLines(right, { x: 320 }),
    ];
    const [first] = await blocksOf(makePdf({ pages: [{ texts }] }), 'pdf');
    expect(first?.place.headings).toEqual(['One title over both of the columns of this page']);
    expect(first?.block).toEqual({ kind: 'paragraph', text: [...left, ...right].join(' ') });
  });

  it('reads columns apart whose gutter is no wider than the spaces of justified text', async () => {
    const linesOf = (side: string) =>
      Array.from({ length: 8 }, (_, at) =>
        at % 4 === 2 ? `${side} column here` : `${side} column line ${at + 1} runs here`,
      );
    const [left, right] = [linesOf('left'), linesOf('felt')];
    // In Helvetica of 11 points each of them is 132 points wide, those of three words once their spaces are; the gutter has 9.
    const columnOf = (lines: readonly string[], x: number) =>
      textLines(lines, { x }).flatMap((text, at) =>
        at % 4 === 2
          ? lines[at]!.split(' ').map((word, place) => ({ ...text, text: word, x: x + [0, 48, 110][place]! }))
          : [text],
      );
    const texts = [...columnOf(left, 60), ...columnOf(right, 201)];
    const blocks = await blocksOf(makePdf({ pages: [{ texts }] }), 'pdf');
    expect(blocks.map(({ block }) => block)).toEqual([
      { kind: 'paragraph', text: [...left, ...right].join(' ') },
    ]);
  });

  it('keeps the numbers of a list with its items, however their white is aligned', async () => {
    const items = Array.from(
      { length: 8 },
      (_, at) => `An item of a numbered list, the one at place ${at + 1}`,
    );
    const texts = [...textLines(items.map((_, at) => `${at + 1}.`)), ...textLines(items, { x: 88 })];
    const [first] = await blocksOf(makePdf({ pages: [{ texts }] }), 'pdf');
    expect(first?.block).toMatchObject({ kind: 'list', ordered: true });
  });

  it('finds headings by size and by the outline, and keeps the page', async () => {
    const page = (title: string, section: string) => ({
      texts: textLines([
        { text: title, size: 20 },
        { text: section, gap: 14, font: 'bold' },
        { text: body, gap: 12 },
        body,
      ]),
    });
    const pdf = makePdf({
      title: 'Life',
      outline: [
        { title: 'Cells', page: 1 },
        { title: 'Plants', page: 2 },
      ],
      pages: [page('Cells', 'What they are'), page('Plants', 'Where they grow')],
    });
    const blocks = await blocksOf(pdf, 'pdf');
    expect(blocks.map(({ place }) => place)).toEqual([
      { headings: ['Cells', 'What they are'], page: 1 },
      { headings: ['Plants', 'Where they grow'], page: 2 },
    ]);
  });

  it('drops running titles and page numbers, and says so', async () => {
    const pages = Array.from({ length: 5 }, (_, at) => ({
      texts: [
        ...textLines(['The Book of Cells'], { top: 815 }),
        ...textLines([`Page ${at + 1} tells of its own thing, number ${at + 1}.`, body]),
        ...textLines([`${at + 1}`], { top: 30, x: 300 }),
      ],
    }));
    const document = await open(makePdf({ pages }), 'pdf');
    const text = JSON.stringify(await itemsOf(document));
    expect(text).not.toContain('The Book of Cells');
    expect(text).toContain('number 3.');
    expect(document.preview.warnings).toEqual([
      {
        row: 1,
        code: 'running_lines',
        message: '10 running headers, footers and page numbers were left out, such as “The Book of Cells”.',
      },
    ]);
  });

  it('knows the number of a page by its counting, whatever stands beside it', async () => {
    const pages = Array.from({ length: 4 }, (_, at) => ({
      texts: [
        ...textLines([`Its own thing is told here ${at}.`, body], { top: 700 }),
        ...textLines([`Chapter ${'ABCD'[at]} of it ${at + 11}`], { top: 30 }),
      ],
    }));
    const text = JSON.stringify(await blocksOf(makePdf({ pages }), 'pdf'));
    expect(text).not.toContain('Chapter');
    expect(text).toContain('told here 3.');
  });

  it('reads bullets as a list with its lead, and aligned columns as a table', async () => {
    const row = (y: number, cells: readonly string[]) =>
      cells.map((text, at) => ({ x: 72 + at * 150, y, text }));
    const pdf = makePdf({
      pages: [
        {
          texts: [
            ...textLines(['Mitosis has three phases:', '• Prophase', '• Metaphase', '• Anaphase']),
            ...row(600, ['Organ', 'Work']).map((cell) => ({ ...cell, font: 'bold' as const })),
            ...row(586, ['Heart', 'pumps']),
            ...row(572, ['Lung', 'breathes']),
          ],
        },
      ],
    });
    expect((await blocksOf(pdf, 'pdf')).map(({ block }) => block)).toEqual([
      {
        kind: 'list',
        ordered: false,
        lead: 'Mitosis has three phases:',
        items: ['Prophase', 'Metaphase', 'Anaphase'],
      },
      {
        kind: 'table',
        header: ['Organ', 'Work'],
        rows: [
          ['Heart', 'pumps'],
          ['Lung', 'breathes'],
        ],
      },
    ]);
  });

  it('reads CJK text by its own table and by the character maps it is given', async () => {
    const own = makePdf({
      pages: [
        {
          texts: textLines([
            { text: '細胞は生命の', font: 'cjk' },
            { text: '単位である。', font: 'cjk' },
          ]),
        },
      ],
    });
    expect((await blocksOf(own, 'pdf'))[0]?.block).toEqual({
      kind: 'paragraph',
      text: '細胞は生命の単位である。',
    });
    const mapped = makePdf({
      pages: [{ texts: textLines([{ text: '日本語の文字を読む。', font: 'sjis' }]) }],
    });
    const document = await open(mapped, 'pdf');
    expect((await itemsOf(document))[0]?.passage?.blocks).toEqual([
      { kind: 'paragraph', text: '日本語の文字を読む。' },
    ]);
    expect(document.preview.termLanguage).toBe('ja');
  });

  it('reports pages that are pictures, and leaves blank ones alone', async () => {
    const pdf = makePdf({ pages: [{ texts: textLines([body]) }, { image: true }, {}, { image: true }] });
    const { preview } = await open(pdf, 'pdf');
    expect(preview.document).toMatchObject({ pages: 4, scannedPages: [2, 4] });
    expect(preview.problems).toEqual([
      { row: 2, code: 'scanned_page', message: 'Pages 2 and 4 hold pictures and no text.' },
    ]);
  });

  it('says what is wrong with a file it cannot read', async () => {
    const pdf = makePdf({ pages: [{ texts: textLines([body]) }] });
    expect(await codeOf(makePdf({ pages: [{ texts: textLines([body]) }], encrypted: true }), 'pdf')).toBe(
      'pdf_encrypted',
    );
    expect(await codeOf(makePdf({ pages: [{ image: true }] }), 'pdf')).toBe('no_text');
    expect(await codeOf(Buffer.from('%PDF-1.7\nnothing'), 'pdf')).toBe('pdf_damaged');
    expect(await codeOf(new Uint8Array(0), 'pdf')).toBe('empty_file');
    expect(await codeOf(pdf, 'pdf', { limits: { maxPages: 0 } })).toBe('too_many_pages');
    expect(await codeOf(pdf, 'pdf', { limits: { maxFileBytes: 100 } })).toBe('file_too_large');
  });

  it('ends with an error or with text, never otherwise, whatever the bytes', async () => {
    const pdf = makePdf({ pages: Array.from({ length: 3 }, () => ({ texts: textLines([body, body]) })) });
    let seed = 7;
    const random = () => (seed = (seed * 1103515245 + 12345) % 2 ** 31) / 2 ** 31;
    for (let round = 0; round < 24; round += 1) {
      const damaged = round % 2 === 0 ? pdf.slice(0, Math.floor(pdf.length * random())) : pdf.slice();
      if (round % 2 === 1)
        for (let at = 0; at < 40; at += 1)
          damaged[Math.floor(random() * damaged.length)] = Math.floor(random() * 256);
      const code = await codeOf(damaged, 'pdf');
      expect(
        code === null || ['pdf_damaged', 'no_text', 'empty_file', 'pdf_encrypted'].includes(code),
        `${round}: ${code}`,
      ).toBe(true);
    }
  });

  it('gives the same in a thread, and stops there when asked', async () => {
    const pdf = makePdf({
      pages: Array.from({ length: 40 }, () => ({ texts: textLines([body, body, body]) })),
    });
    const inThread = await open(pdf, 'pdf', { workerFile });
    const here = await open(pdf, 'pdf');
    expect(inThread.preview.document).toEqual(here.preview.document);
    expect(await itemsOf(inThread)).toEqual(await itemsOf(here));
    const stop = new AbortController();
    expect(
      await codeOf(pdf, 'pdf', { workerFile, signal: stop.signal, onProgress: () => stop.abort() }),
    ).toBe('cancelled');
    expect(await codeOf(Buffer.from('no pdf'), 'pdf', { workerFile })).toBe('pdf_damaged');
    expect(await codeOf(pdf, 'pdf', { workerFile, timeoutMs: 1 })).toBe('document_too_slow');
  });
});
