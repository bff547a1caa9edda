import { describe, expect, it } from 'vitest';
import { blocksOf, itemsOf, open } from './harness.ts';

const only = async (text: string) => (await blocksOf(text, 'markdown')).map(({ block }) => block);

describe('Markdown', () => {
  it('keeps the headings above a block and the line it begins on', async () => {
    const [first, second, third] = await blocksOf(
      '# A\n\nOne two three.\n\n## B\n\nFour five.\n\n# C\n\nSix.',
      'markdown',
    );
    expect(first?.place).toEqual({ headings: ['A'], line: 3 });
    expect(second?.place).toEqual({ headings: ['A', 'B'], line: 7 });
    expect(third?.place).toEqual({ headings: ['C'], line: 11 });
  });

  it('makes one list of bullets with the sentence that leads to it', async () => {
    expect(
      await only('Cells divide. Mitosis has these phases:\n\n1. Prophase\n2. Metaphase\n3. Anaphase'),
    ).toEqual([
      { kind: 'paragraph', text: 'Cells divide.' },
      {
        kind: 'list',
        ordered: true,
        lead: 'Mitosis has these phases:',
        items: ['Prophase', 'Metaphase', 'Anaphase'],
      },
    ]);
  });

  it('makes a list inside an item a list of its own, led by the item', async () => {
    expect(await only('# T\n- Fruit\n  - Apple\n  - Pear\n- Meat')).toEqual([
      { kind: 'list', ordered: false, lead: null, items: ['Fruit', 'Meat'] },
      { kind: 'list', ordered: false, lead: 'Fruit', items: ['Apple', 'Pear'] },
    ]);
  });

  it.each([
    ['**Osmosis**: water crosses a membrane', 'Osmosis', 'water crosses a membrane'],
    ['**Osmosis:** water crosses a membrane', 'Osmosis', 'water crosses a membrane'],
    ['Osmosis: water crosses a membrane', 'Osmosis', 'water crosses a membrane'],
    ['Osmosis — water crosses a membrane', 'Osmosis', 'water crosses a membrane'],
    ['Osmosis\n: water crosses a membrane', 'Osmosis', 'water crosses a membrane'],
    ['What is it? :: Water', 'What is it?', 'Water'],
    ['front ;; back', 'front', 'back'],
    ['Q: Who?\nA: Ada', 'Who?', 'Ada'],
    ['Who wrote it\n?\nAda', 'Who wrote it', 'Ada'],
    ['삼투：물이 막을 지난다', '삼투', '물이 막을 지난다'],
  ])('reads %j as a definition', async (text, term, meaning) => {
    expect(await only(text)).toEqual([{ kind: 'definition', term, meaning }]);
  });

  it.each([
    'Note: this is no term',
    'See https://example.org/a: it is there',
    'The teacher came in and said this to all of us: sit down',
    'It was 12:30 when std::vector grew',
    '12: a number is no term',
  ])('leaves %j a paragraph', async (text) => {
    expect((await only(text)).map(({ kind }) => kind)).toEqual(['paragraph']);
  });

  it('reads a list of definitions as definitions, and an ordered one as steps', async () => {
    expect((await only('- **Red**: stop\n- **Green**: go')).map(({ kind }) => kind)).toEqual([
      'definition',
      'definition',
    ]);
    expect((await only('1. Open: turn the key\n2. Close: turn it back')).map(({ kind }) => kind)).toEqual([
      'list',
    ]);
  });

  it('reads tables with their header', async () => {
    expect(await only('| Organ | **Work** |\n|--|--|\n| Heart | pumps **blood** |\n| | |')).toEqual([
      { kind: 'table', header: ['Organ', 'Work'], rows: [['Heart', 'pumps **blood**']] },
    ]);
  });

  it('keeps stress and highlights as bold, links as their text, and nothing else', async () => {
    expect(
      await only(
        'A *b* **c** ==d== [[Note|e]] [[f]] ![[g.png]] [h](http://x) `i` ~~j~~[^1] %%k%% <!-- l -->^id m ^abc',
      ),
    ).toEqual([{ kind: 'paragraph', text: 'A b **c** **d** e f h i j ^id m' }]);
  });

  it('takes HTML for text', async () => {
    expect(await only('<b onclick="x()">bold</b> and <script>alert(1)</script> it is')).toEqual([
      { kind: 'paragraph', text: '<b onclick="x()">bold</b> and <script>alert(1)</script> it is' },
    ]);
  });

  it('keeps code with its spaces, quotes as quotes, and cloze marks as they are', async () => {
    expect(
      await only('```js\nif (a) {\n  b();\n}\n```\n\n> [!note] Said\n> once\n\nThe {{c1::heart}} beats.'),
    ).toEqual([
      { kind: 'code', text: 'if (a) {\n  b();\n}' },
      { kind: 'quote', text: 'Said once' },
      { kind: 'paragraph', text: 'The {{c1::heart}} beats.' },
    ]);
  });

  it('takes title and tags from the front matter, and counts its lines', async () => {
    const document = await open(
      '---\ntitle: "My notes"\ntags: [bio, cell life]\n---\n# A\n\nText is here.',
      'markdown',
    );
    const [item] = await itemsOf(document);
    expect(document.preview.document?.title).toBe('My notes');
    expect(item?.fields).toEqual({ tags: 'bio, cell, life' });
    expect(item?.place).toEqual({ headings: ['A'], line: 7 });
  });

  it('takes a line of nothing but bold text for a heading', async () => {
    const [block] = await blocksOf('**The heart**\n\nIt beats.', 'markdown');
    expect(block?.place.headings).toEqual(['The heart']);
  });

  it('joins wrapped lines with a space, and without one in Chinese and Japanese', async () => {
    expect(await only('one line\nand another')).toEqual([
      { kind: 'paragraph', text: 'one line and another' },
    ]);
    expect(await only('細胞は生命の\n単位である。')).toEqual([
      { kind: 'paragraph', text: '細胞は生命の単位である。' },
    ]);
  });

  it('reads a long text in parts without losing a block', async () => {
    const text = Array.from(
      { length: 6000 },
      (_, at) => `# H${at}\n\nParagraph number ${at} has some words in it.\n`,
    ).join('\n');
    const blocks = await blocksOf(text, 'markdown');
    expect(blocks).toHaveLength(6000);
    expect(blocks[5999]?.place).toEqual({ headings: ['H5999'], line: 5999 * 4 + 3 });
  });

  it.each([
    ['[', 200_000],
    ['[[a', 100_000],
    ['**a ', 60_000],
    ['=={{c1::', 60_000],
    ['<!-- ', 60_000],
    ['a: ', 60_000],
    ['Q: a\n', 20_000],
  ])('loses nothing of %j written by the thousand', async (mark, times) => {
    const document = await open(mark.repeat(times), 'markdown');
    const chars = (await itemsOf(document))
      .flatMap(({ passage }) => passage?.blocks ?? [])
      .reduce((sum, block) => sum + JSON.stringify(block).length, 0);
    expect(chars).toBeGreaterThan(times);
  });
});
