import { describe, expect, it } from 'vitest';
import { strToU8, zipSync } from 'fflate';
import { makeEpub } from '../../fixtures/epub.ts';
import { makePdf } from '../../fixtures/pdf.ts';
import { sniffSource, sniffText } from '../../../electron/sources/sniffSource.ts';
import { fileOf } from './harness.ts';

describe('what a source is', () => {
  it('is told by its content, whatever its name', async () => {
    const epub = makeEpub([{ title: 'A', body: '<p>b</p>' }]);
    expect(await sniffSource(fileOf(makePdf({ pages: [{}] }), 'txt'))).toBe('pdf');
    expect(await sniffSource(fileOf(epub, 'zip'))).toBe('epub');
    for (const name of ['collection.anki2', 'collection.anki21', 'collection.anki21b']) {
      expect(await sniffSource(fileOf(zipSync({ [name]: strToU8('x'), media: strToU8('{}') }), 'zip'))).toBe(
        'package',
      );
    }
    expect(await sniffSource(fileOf(zipSync({ 'xl/workbook.xml': strToU8('x') }), 'xlsx'))).toBe('list');
    expect(await sniffSource(fileOf('term,meaning\na,b', 'csv'))).toBe('list');
    expect(await sniffSource('/nowhere/at/all.md')).toBe('list');
    expect(await sniffSource(fileOf(new Uint8Array(0), 'md'))).toBe('list');
  });

  it('is what its name says where a PDF, an EPUB or a package is broken', async () => {
    const noise = Uint8Array.from({ length: 300 }, (_, at) => (at * 37) % 256);
    for (const content of [noise, 'text in its place']) {
      expect(await sniffSource(fileOf(content, 'pdf'))).toBe('pdf');
      expect(await sniffSource(fileOf(content, 'epub'))).toBe('epub');
      expect(await sniffSource(fileOf(content, 'apkg'))).toBe('package');
      expect(await sniffSource(fileOf(content, 'colpkg'))).toBe('package');
    }
    expect(await sniffSource(fileOf(noise, 'csv'))).toBe('list');
  });

  it.each([
    ['words, one a line', 'apple\npear\nplum', 'a.txt'],
    ['words in a Markdown file', '- apple\n- pear\n- plum', 'a.md'],
    [
      'vocabulary under headings',
      '# Unit 1\n\n- 사과 - apple\n- 배 - pear\n\n# Unit 2\n\n- 물: water\n',
      'a.md',
    ],
    ['a table of terms', '| Word | Meaning |\n|---|---|\n| apple | a fruit |\n| pear | one more |', 'a.md'],
    ['terms with meanings', 'apple: a fruit\npear: another\nplum: a third', 'a.txt'],
    [
      'sentences, one a line',
      'The cat sat on the mat.\nThe dog ran after the cat.\nIt rained the whole day.',
      'a.txt',
    ],
    ['tab-separated text', 'apple\ta fruit that is red and grows on trees.\npear\ta fruit.', ''],
    ['a list exported by Anki', '#separator:tab\n#html:true\nfront\tback', 'a.txt'],
    ['numbered words', '1. apple\n2. pear\n3. plum', ''],
  ])('takes %s for a list', (_, text, name) => {
    expect(sniffText(text, name)).toBe('list');
  });

  it.each([
    [
      'headings with text',
      '# Cells\n\nA cell is the smallest unit of life.\n\n## Parts\n\n- Nucleus\n- Membrane',
      'a.md',
    ],
    ['a lead with bullets', 'The phases of mitosis are:\n- Prophase\n- Metaphase\n- Anaphase', ''],
    ['questions and answers', 'Q: Who?\nA: Ada\n\nQ: When?\nA: 1843', 'a.txt'],
    ['front and back in one line', 'capital of France :: Paris\ncapital of Peru :: Lima', 'a.md'],
    ['front matter', '---\ntags: bio\n---\n- Nucleus\n- Membrane', 'a.md'],
    ['a table that explains', '| Organelle | Function |\n|---|---|\n| Nucleus | keeps DNA |', 'a.md'],
    [
      'paragraphs of plain text',
      `${'A cell is small. It takes up water. It turns food into energy that the body uses. '.repeat(2)}\n\n${'Plants are green. They breathe by day and by night, and grow towards the light of the sun. '.repeat(2)}`,
      'a.txt',
    ],
    ['headings over bullets in a Markdown file', '# Mitosis\n\n- Prophase\n- Metaphase', 'a.md'],
    ['code', 'Text\n\n```js\na()\n```', 'a.md'],
  ])('takes %s for notes', (_, text, name) => {
    expect(sniffText(text, name)).toBe('markdown');
  });
});
