import { describe, expect, it } from 'vitest';
import { zipSync } from 'fflate';
import { makeEpub } from '../../fixtures/epub.ts';
import { readZip, ZIP_LIMITS } from '../../../electron/sources/zipEntries.ts';
import { blocksOf, codeOf, open } from './harness.ts';

describe('EPUB', () => {
  it.each([true, false])('reads chapters in order with their titles (NCX: %s)', async (ncx) => {
    const book = makeEpub(
      [
        { title: 'The cell', body: '<h1>The cell</h1><p>A cell is <b>small</b>.</p>' },
        { title: 'The plant', body: '<p>Plants are green.</p><h2>Leaves</h2><p>They breathe.</p>' },
      ],
      { ncx },
    );
    const { preview } = await open(book, 'epub');
    expect(preview.document).toMatchObject({ title: 'A book', pages: null });
    const german = makeEpub([{ title: 'Zelle', body: '<p>Die Zelle lebt.</p>' }], { ncx, language: 'de-AT' });
    expect((await open(german, 'epub')).preview.termLanguage).toBe('de');
    expect(await blocksOf(book, 'epub')).toEqual([
      {
        place: { headings: ['The cell'], chapter: 'The cell' },
        block: { kind: 'paragraph', text: 'A cell is **small**.' },
      },
      {
        place: { headings: [], chapter: 'The plant' },
        block: { kind: 'paragraph', text: 'Plants are green.' },
      },
      {
        place: { headings: ['Leaves'], chapter: 'The plant' },
        block: { kind: 'paragraph', text: 'They breathe.' },
      },
    ]);
  });

  it('reads lists, tables, definitions, quotes and code, and passes scripts and pictures over', async () => {
    const body = `<p>Mitosis has phases:</p><ol><li>Prophase</li><li>Metaphase<ul><li>early</li><li>late</li></ul></li></ol>
      <table><tr><th>Organ</th><th>Work</th></tr><tr><td>Heart</td><td>pumps</td></tr></table>
      <dl><dt>Osmosis</dt><dd>Water moves.</dd></dl><blockquote><p>Said once.</p></blockquote>
      <pre>a
  b</pre><script>alert(1)</script><style>p{}</style><p>End<br/>of it. <img src="x" onerror="x()"/>漢<ruby>字<rt>じ</rt></ruby></p>`;
    expect((await blocksOf(makeEpub([{ title: 'One', body }]), 'epub')).map(({ block }) => block)).toEqual([
      { kind: 'list', ordered: true, lead: 'Mitosis has phases:', items: ['Prophase', 'Metaphase'] },
      { kind: 'list', ordered: false, lead: 'Metaphase', items: ['early', 'late'] },
      { kind: 'table', header: ['Organ', 'Work'], rows: [['Heart', 'pumps']] },
      { kind: 'definition', term: 'Osmosis', meaning: 'Water moves.' },
      { kind: 'quote', text: 'Said once.' },
      { kind: 'code', text: 'a\n  b' },
      { kind: 'paragraph', text: 'End of it. 漢字' },
    ]);
  });

  it('leaves the numbers of notes out of the sentences that they stand at', async () => {
    const body =
      '<p>Life began in the sea.<a epub:type="noteref" href="#n1">1</a> It is old<sup><a href="notes.xhtml#n2">2</a></sup>' +
      ' and <a href="#n3"><sup>3</sup></a>everywhere, down to 10<sup>3</sup> m,<a role="doc-noteref" href="#n4">*</a> as' +
      ' <a href="#s2">chapter two</a> tells.</p>';
    const epub = makeEpub([{ title: 'Life', body }]);
    const [first] = await blocksOf(epub, 'epub');
    expect(first?.block).toMatchObject({
      text: 'Life began in the sea. It is old and everywhere, down to 103 m, as chapter two tells.',
    });
  });

  it('takes the chapter from an anchor inside a part', async () => {
    const book = makeEpub(
      [{ title: 'All', body: '<p>Before it all.</p><h2 id="two">Two</h2><p>After it all.</p>' }],
      {
        extra: {
          'OEBPS/nav.xhtml':
            '<nav epub:type="toc"><a href="text/c1.xhtml">One</a><a href="text/c1.xhtml#two">Two</a></nav>',
        },
      },
    );
    expect((await blocksOf(book, 'epub')).map(({ place }) => place.chapter)).toEqual(['One', 'Two']);
  });

  it('says that a book is locked, and reads what is not', async () => {
    const locked = (path: string) =>
      `<encryption><EncryptedData><EncryptionMethod Algorithm="http://www.w3.org/2001/04/xmlenc#aes128-cbc"/><CipherData><CipherReference URI="${path}"/></CipherData></EncryptedData></encryption>`;
    const chapters = [
      { title: 'One', body: '<p>First text.</p>' },
      { title: 'Two', body: '<p>Second text.</p>' },
    ];
    const partly = makeEpub(chapters, {
      extra: { 'META-INF/encryption.xml': locked('OEBPS/text/c1.xhtml') },
    });
    const { preview } = await open(partly, 'epub');
    expect(preview.problems).toEqual([
      { row: 1, code: 'part_locked', message: 'OEBPS/text/c1.xhtml is locked by its seller (DRM).' },
    ]);
    expect(preview.rows).toBe(1);
    const wholly = makeEpub(chapters.slice(0, 1), {
      extra: { 'META-INF/encryption.xml': locked('OEBPS/text/c1.xhtml') },
    });
    expect(await codeOf(wholly, 'epub')).toBe('epub_locked');
  });

  it('refuses what unpacks to far more than a book, and what only claims to', () => {
    const bomb = zipSync({ 'a.xhtml': new Uint8Array(40_000_000) });
    expect(() => readZip(bomb, 'a').read('a.xhtml')).toThrow('more than 200 times');
    expect(() => readZip(bomb, 'a', { ...ZIP_LIMITS, maxEntryBytes: 1_000_000 }).read('a.xhtml')).toThrow(
      'claims 40000000',
    );
    expect(() => readZip(bomb, 'a', { ...ZIP_LIMITS, maxEntries: 0 })).toThrow('1 entries');
    const liar = bomb.slice();
    const view = new DataView(liar.buffer);
    const central = view.getUint32(liar.length - 6, true);
    view.setUint32(central + 24, 10, true);
    expect(() => readZip(liar, 'a', { ...ZIP_LIMITS, maxEntryBytes: 1_000_000 }).read('a.xhtml')).toThrow(
      'refused',
    );
  });

  it('ends with an error or with text, never otherwise, whatever the bytes', async () => {
    const book = makeEpub([{ title: 'One', body: '<p>Some text that is here to be read.</p>'.repeat(40) }]);
    let seed = 3;
    const random = () => (seed = (seed * 1103515245 + 12345) % 2 ** 31) / 2 ** 31;
    for (let round = 0; round < 60; round += 1) {
      const damaged = round % 2 === 0 ? book.slice(0, Math.floor(book.length * random())) : book.slice();
      if (round % 2 === 1)
        for (let at = 0; at < 30; at += 1)
          damaged[Math.floor(random() * damaged.length)] = Math.floor(random() * 256);
      const code = await codeOf(damaged, 'epub');
      expect(
        [null, 'zip_damaged', 'zip_bomb', 'epub_damaged', 'epub_locked', 'no_text', 'empty_file'],
        `${round}: ${code}`,
      ).toContain(code);
    }
  });
});
