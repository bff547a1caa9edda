import { describe, expect, it } from 'vitest';
import type { PassageBlock } from '../../../shared/source.ts';
import { noteKey } from '../../../electron/exchange/noteKey.ts';
import { blockText } from '../../../electron/sources/blockText.ts';
import { loadTokenCounter } from '../../../electron/sources/countTokens.ts';
import { cutPassages } from '../../../electron/sources/cutPassages.ts';
import { namePassages } from '../../../electron/sources/namePassages.ts';
import { codeOf, itemsOf, open } from './harness.ts';

const count = await loadTokenCounter();
const place = { headings: ['A'] };
const cut = (blocks: readonly PassageBlock[], max = 60) =>
  [
    ...cutPassages(
      blocks.map((block) => ({ place, block })),
      count,
      max,
    ),
  ].map(({ passage }) => passage);
const paragraph = (text: string): PassageBlock => ({ kind: 'paragraph', text });
const sentence = (at: number) => `Sentence number ${at} says something of its own about cells.`;

describe('passages', () => {
  it('never cross a heading, and take short neighbours under one together', () => {
    const blocks = ['A', 'A', 'B'].map((heading, at) => ({
      place: { headings: [heading] },
      block: paragraph(sentence(at)),
    }));
    expect([...cutPassages(blocks, count)].map(({ passage }) => passage.blocks.length)).toEqual([2, 1]);
  });

  it('hold at most the tokens that were asked for, counted by the tokenizer, and lose no word', () => {
    const text = Array.from({ length: 40 }, (_, at) => sentence(at)).join(' ');
    const passages = cut([paragraph(text)]);
    for (const { blocks, tokens } of passages) {
      expect(tokens).toBeLessThanOrEqual(72);
      expect(tokens).toBe(blocks.reduce((sum, block) => sum + count(blockText(block)), 0));
    }
    expect(passages.flatMap(({ blocks }) => blocks.map(blockText)).join(' ')).toBe(text);
  });

  it('part a long list between items with its lead repeated, and a table with its header', () => {
    const items = Array.from({ length: 30 }, (_, at) => `item number ${at}`);
    const lists = cut([{ kind: 'list', ordered: false, lead: 'The items are:', items }]).flatMap(
      ({ blocks }) => blocks,
    );
    expect(lists.length).toBeGreaterThan(1);
    expect(lists.every((block) => block.kind === 'list' && block.lead === 'The items are:')).toBe(true);
    expect(lists.flatMap((block) => (block.kind === 'list' ? block.items : []))).toEqual(items);
    const rows = items.map((item) => [item, 'value']);
    const tables = cut([{ kind: 'table', header: ['Item', 'Value'], rows }]).flatMap(({ blocks }) => blocks);
    expect(tables.every((block) => block.kind === 'table' && block.header[0] === 'Item')).toBe(true);
    expect(tables.flatMap((block) => (block.kind === 'table' ? block.rows : []))).toEqual(rows);
  });

  it('part text without spaces and code between its lines', () => {
    const dense = '細胞'.repeat(400);
    const parts = cut([paragraph(dense)]).flatMap(({ blocks }) => blocks.map(blockText));
    expect(parts.join('')).toBe(dense);
    const code = Array.from({ length: 60 }, (_, at) => `  call(${at});`).join('\n');
    const pieces = cut([{ kind: 'code', text: code }]).flatMap(({ blocks }) => blocks.map(blockText));
    expect(pieces.join('\n')).toBe(code);
  });

  it('have names that are unique, by heading and, where it is shared, by how they begin', () => {
    const passages = ['One text.', 'Two text.', 'Two text.'].map((text, at) => ({
      place: { headings: at === 0 ? ['Solo'] : ['Shared'] },
      passage: { blocks: [paragraph(text)], tokens: 3 },
    }));
    expect(namePassages(passages, null)).toEqual(['Solo', 'Shared – Two text.', 'Shared – Two text. (2)']);
  });

  it('keep their note when something is added elsewhere in the document', async () => {
    const keys = async (text: string) => (await itemsOf(await open(text, 'markdown'))).map(noteKey);
    const before = await keys('# A\n\nThe first text.\n\n# B\n\nThe second text.');
    const after = await keys('# New\n\nSomething new.\n\n# A\n\nThe first text.\n\n# B\n\nThe second text!');
    expect(after[1]).toBe(before[0]);
    expect(after[2]).not.toBe(before[1]);
    expect(new Set(after).size).toBe(3);
  });

  it('come out in the order of the document, as often as asked and only so many', async () => {
    const text = Array.from({ length: 200 }, (_, at) => `# H${at}\n\n${sentence(at)}`).join('\n\n');
    const document = await open(text, 'markdown');
    const all = await itemsOf(document);
    expect(all.map(({ row }) => row)).toEqual(Array.from({ length: 200 }, (_, at) => at + 1));
    expect(await itemsOf(document)).toEqual(all);
    let some = 0;
    for await (const batch of document.items({ limit: 70 })) some += batch.length;
    expect(some).toBe(70);
    expect(document.counts).toEqual({ items: 200, problems: 0, warnings: 0 });
    expect(document.preview).toMatchObject({
      format: 'markdown',
      rows: 200,
      termLanguage: 'en',
      truncated: false,
    });
    await document.close();
    await expect(itemsOf(document)).rejects.toMatchObject({ code: 'source_closed' });
  });

  it('stay on disk where they are many', async () => {
    const text = Array.from({ length: 3000 }, (_, at) => `# H${at}\n\n${sentence(at).repeat(30)}`).join(
      '\n\n',
    );
    const document = await open(text, 'markdown');
    const items = await itemsOf(document);
    expect(items.length).toBe(document.counts.items);
    expect(items.at(-1)?.place?.headings).toEqual(['H2999']);
    await document.close();
  });

  it('say what is wrong with a text', async () => {
    expect(await codeOf(Buffer.from([0x41, 0xff, 0xfe]), 'markdown')).toBe('not_utf8');
    expect(await codeOf(Buffer.from('a\0b'), 'markdown')).toBe('binary_file');
    expect(await codeOf('# Only\n\n## Headings', 'markdown')).toBe('no_text');
    expect(await codeOf('text', 'markdown', { limits: { maxTextBytes: 2 } })).toBe('file_too_large');
    const stop = new AbortController();
    stop.abort();
    expect(await codeOf('text here', 'markdown', { signal: stop.signal })).toBe('cancelled');
  });
});
