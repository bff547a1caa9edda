import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Api } from '../../../../shared/ipc.ts';
import { buildPage } from '../../builtPage.ts';
import type { BuiltPage } from '../../builtPage.ts';

describe('the fields of an imported note', () => {
  let built: BuiltPage;
  let page: Page;
  beforeAll(async () => {
    built = await buildPage('demo/demo.ts');
    ({ page } = await built.open({ question: '?rowMs=0' }));
    await page.waitForFunction(() => 'openLink' in window);
    await page.evaluate(() =>
      (window as unknown as { openLink: (url: string) => void }).openLink(
        'tracedeck://cards?deck=Languages%3A%3AJapanese',
      ),
    );
    await page.getByRole('tab', { name: 'Fields' }).click();
  }, 60_000);
  afterAll(() => built?.close());

  const first = () => page.locator('.note-fields textarea').first();
  /** As another window would. */
  const writeElsewhere = (value: string, tag: string) =>
    page.evaluate(
      async ([text, name]) => {
        const { api } = window as unknown as { api: Api };
        const { ids } = await api.findCards({
          query: '',
          deck: 'Languages::Japanese',
          runId: null,
          sort: 'newest',
        });
        let written = 0;
        for (const { noteId } of await api.cardsById({ cardIds: [...ids] })) {
          const note = await api.note({ noteId });
          if (note === null || note.fields.length === 0) continue;
          const fields = note.fields.map((field, at) => (at === 0 ? text! : field.value));
          await api.editNote({ noteId, fields, tags: [name!], cause: 'edit' });
          written += 1;
        }
        return written;
      },
      [value, tag] as const,
    );

  it('follow what is written elsewhere, until somebody types: that is not lost', async () => {
    expect(await writeElsewhere('from elsewhere', 'one')).toBeGreaterThan(0);
    await expect.poll(() => first().inputValue()).toBe('from elsewhere');
    await first().fill('typed here');
    await writeElsewhere('and again', 'two');
    // The panel has read the note again long before that.
    await page.waitForTimeout(500);
    expect(await first().inputValue()).toBe('typed here');
    await page.locator('.note-fields').getByRole('button', { name: 'Save' }).click();
    await expect
      .poll(() => page.locator('.note-fields').getByRole('button', { name: 'Save' }).isDisabled())
      .toBe(true);
    expect(await first().inputValue()).toBe('typed here');
  });
});
