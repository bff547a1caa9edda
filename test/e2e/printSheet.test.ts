import { getDocument } from 'pdfjs-dist/legacy/build/pdf.mjs';
import { describe, expect, it } from 'vitest';
import { writeSheet } from '../../electron/exchange/htmlForm.ts';
import { createPrinter } from '../../electron/launch/printProcess.ts';
import { card } from '../fixtures/cards.ts';
import { PROJECT_ROOT } from '../harness/environment.ts';

async function pagesOf(pdf: Uint8Array): Promise<readonly { size: number[]; text: string }[]> {
  const document = await getDocument({ data: Uint8Array.from(pdf) }).promise;
  const pages = [];
  for (let at = 1; at <= document.numPages; at += 1) {
    const page = await document.getPage(at);
    const { items } = await page.getTextContent();
    const text = items.map((item) => ('str' in item ? item.str : '')).join('');
    pages.push({ size: page.view.slice(2).map(Math.round), text });
  }
  return pages;
}

describe('a sheet printed by an Electron of its own', () => {
  it('has its cards on pages of the paper that was chosen, and nothing of what runs or loads', async () => {
    const print = createPrinter({ projectRoot: PROJECT_ROOT, log: () => {} });
    const cards = Array.from({ length: 14 }, (_, at) =>
      card(
        at,
        at === 3 ? { format: 'html', front: '<b>bold</b><script>document.title = "ran"</script>' } : {},
      ),
    );
    for (const [paper, layout, size, count] of [
      ['a4', 'grid', [595, 842], 3],
      ['letter', 'list', [612, 792], 1],
    ] as const) {
      const { html } = writeSheet(cards, 'Korean', { layout, paper }, { media: () => null });
      const pages = await pagesOf(await print(html, paper));
      expect(pages.map((page) => page.size)).toEqual(Array(count).fill(size));
      const text = pages.map((page) => page.text).join('');
      for (let at = 0; at < 14; at += 1) expect(text).toContain(at === 3 ? 'bold' : `사과 ${at}`);
      expect(text).not.toContain('document.title');
    }
  });
});
