import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { placeOf, placeParts } from '../../../../renderer/views/cards/browse/placeParts.ts';
import { buildPage } from '../../builtPage.ts';
import type { BuiltPage } from '../../builtPage.ts';

describe('a place in a source', () => {
  it('is read back from the boxes that it was written into', () => {
    for (const place of [
      { headings: ['Verbs', 'Past'], chapter: 'Two', page: 14, line: 3 },
      { headings: [], page: 1 },
      { headings: ['Only'] },
    ])
      expect(placeOf(placeParts(place))).toEqual({ place, fault: null });
    expect(placeOf(placeParts(null))).toEqual({ place: null, fault: null });
  });

  it.each(['0', '-1', '1.5', 'fourteen', '12345678901'])('has no page %s', (page) => {
    expect(placeOf({ ...placeParts(null), page })).toEqual({ place: null, fault: 'page' });
  });
});

describe('the note’s panel', () => {
  let built: BuiltPage;
  let page: Page;
  beforeAll(async () => {
    built = await buildPage('demo/demo.ts');
    ({ page } = await built.open({ question: '?rowMs=0' }));
  }, 60_000);
  afterAll(() => built?.close());

  it('has the quote and the source written over', async () => {
    await page.waitForFunction(() => 'openLink' in window);
    await page.evaluate(() =>
      (window as unknown as { openLink: (url: string) => void }).openLink('tracedeck://cards?deck=Idioms'),
    );
    const panel = page.locator('.note-panel');
    await panel.getByRole('button', { name: 'Edit', exact: true }).first().click();
    await panel.getByLabel('Quote').fill('Words of the book.');
    await panel.getByLabel('Quote').press('Control+Enter');
    await panel.locator('blockquote', { hasText: 'Words of the book.' }).waitFor();
    await panel.getByRole('tab', { name: 'Origin' }).click();
    await panel.getByRole('button', { name: /the source|it is from/ }).click();
    const form = panel.getByRole('form', { name: 'Source' });
    await form.getByLabel('From').fill('A grammar');
    await form.getByLabel('Page').fill('none');
    await expect.poll(() => form.getByRole('button', { name: 'Save' }).isDisabled()).toBe(true);
    await form.getByLabel('Page').fill('14');
    await form.getByLabel('Headings').fill('Verbs › Past');
    await form.getByLabel('Headings').press('Enter');
    await panel.getByText('Verbs › Past, page 14').waitFor();
    await panel.getByText('A grammar').waitFor();
  });
});
