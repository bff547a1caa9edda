import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { exportHolds } from '../../../../renderer/views/cards/exchange/exportHolds.ts';
import { exportOptionsOf } from '../../../../renderer/views/cards/exchange/exportOptions.ts';
import { buildPage } from '../../builtPage.ts';
import type { BuiltPage } from '../../builtPage.ts';

describe('the line that says what a file will hold', () => {
  const plan = { notes: 2, cards: 1234, waiting: 0, studied: 7, media: 3 };
  const options = exportOptionsOf({});

  it('names what goes along in this form, and nothing else', () => {
    const held = (changed: Partial<typeof options>) => exportHolds(plan, { ...options, ...changed });
    expect(held({})).toBe('The file will hold 2 notes, 1,234 cards, 3 media files.');
    expect(held({ scheduling: true, media: false })).toBe(
      'The file will hold 2 notes, 1,234 cards, 7 schedules, with reviews.',
    );
    expect(held({ format: 'colpkg' })).toBe(
      'The file will hold 2 notes, 1,234 cards, 3 media files, 7 schedules, with reviews.',
    );
    expect(held({ format: 'csv', scheduling: true })).toBe('The file will hold 2 notes, 1,234 cards.');
  });

  it('says which cards stay behind', () => {
    expect(exportHolds({ ...plan, media: 0, waiting: 1 }, options)).toBe(
      'The file will hold 2 notes, 1,234 cards. One card that waits for review is left out.',
    );
    expect(exportHolds({ notes: 0, cards: 0, waiting: 5, studied: 0, media: 0 }, options)).toBe(
      'There is no accepted card to export. 5 cards that wait for review are left out.',
    );
    expect(exportHolds({ notes: 0, cards: 0, waiting: 0, studied: 0, media: 0 }, options)).toBe(
      'There is no card to export.',
    );
  });
});

describe('how cards were exported the last time', () => {
  it('is known again, each part as far as it is what it should be', () => {
    const first = exportOptionsOf(null);
    expect(first).toEqual({
      format: 'apkg',
      scheduling: false,
      media: true,
      anki: true,
      layout: 'list',
      paper: 'a4',
    });
    const kept = { ...first, format: 'pdf', paper: 'letter', layout: 'grid' };
    expect(exportOptionsOf(kept)).toEqual(kept);
    expect(exportOptionsOf({ ...kept, format: 'docx', media: 'yes', more: 1 })).toEqual({
      ...kept,
      format: 'apkg',
    });
  });
});

describe('the export dialog', () => {
  let built: BuiltPage;
  let page: Page;
  beforeAll(async () => {
    built = await buildPage('demo/demo.ts');
    ({ page } = await built.open({ question: '?rowMs=0' }));
  }, 60_000);
  afterAll(() => built?.close());

  async function open() {
    await page.waitForFunction(() => 'openLink' in window);
    await page.evaluate(() =>
      (window as unknown as { openLink: (url: string) => void }).openLink('tracedeck://cards?open=export'),
    );
    await page.getByRole('dialog', { name: 'Export cards' }).waitFor();
  }
  const checked = () => page.locator('[name=export-form]:checked').locator('..').locator('strong');
  const holds = () => page.getByTestId('export-holds');

  it('has by keys what the command line has, and opens the next time as it was left', async () => {
    await open();
    await expect.poll(() => checked().textContent()).toBe('Anki package');
    await expect.poll(() => holds().textContent()).toMatch(/^The file will hold [\d,]+ notes, [\d,]+ cards/);
    expect(await page.getByLabel('Layout').count()).toBe(0);
    await page.keyboard.press('ArrowDown');
    await expect.poll(() => checked().textContent()).toBe('Anki collection');
    await expect
      .poll(() => page.getByRole('dialog').getByLabel('Deck', { exact: true }).isDisabled())
      .toBe(true);
    await page.keyboard.press('ArrowUp');
    await page.keyboard.press('ArrowUp');
    await expect.poll(() => checked().textContent()).toBe('PDF sheet');
    await page.getByLabel('Layout').waitFor();
    await page.keyboard.press('Tab');
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Tab');
    await page.keyboard.press('ArrowDown');
    await expect.poll(() => page.getByLabel('Layout').inputValue()).toBe('grid');
    await expect.poll(() => page.getByLabel('Paper').inputValue()).toBe('letter');
    await page.getByRole('button', { name: 'Save…' }).press('Enter');
    await page.locator('.exchange-done').waitFor();
    expect(await page.locator('.exchange-done').textContent()).toContain('.pdf');
    await page.keyboard.press('Escape');
    await page.getByRole('dialog', { name: 'Export cards' }).waitFor({ state: 'detached' });
    await open();
    await expect.poll(() => checked().textContent()).toBe('PDF sheet');
    expect(await page.getByLabel('Layout').inputValue()).toBe('grid');
    expect(await page.getByLabel('Paper').inputValue()).toBe('letter');
    await expect
      .poll(() => page.evaluate(() => (document.activeElement as HTMLInputElement | null)?.name))
      .toBe('export-form');
  });
});
