/** A backup is put back while the app runs: the program starts anew beneath its windows. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Api } from '../../shared/ipc.ts';
import { launchApp, type LaunchedApp } from '../harness/electronApp.ts';

let launched: LaunchedApp;
let dataDir: string;
beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'tracedeck-restore-'));
  launched = await launchApp({ dataDir });
  launched.page.setDefaultTimeout(15_000);
  await launched.page.locator('html[data-ready="true"]').waitFor();
});
afterAll(async () => {
  await launched?.close();
  await rm(dataDir, { recursive: true, force: true, maxRetries: 5 });
});

const noteCount = () =>
  launched.page.evaluate(async () => {
    const { api } = window as unknown as { api: Api };
    return (await api.deckTree()).reduce((sum, deck) => sum + deck.noteCount, 0);
  });
const addNote = (front: string) =>
  launched.page.evaluate(async (text) => {
    const { api } = window as unknown as { api: Api };
    await api.addNote({ deck: 'Words', kind: 'basic', front: text, back: 'x', tags: [] });
  }, front);

it('the deck becomes what it was, the window goes on, and the deck of before has a backup of its own', async () => {
  const { page } = launched;
  await addNote('one');
  await page.getByTestId('nav-settings').click();
  await page.getByRole('button', { name: 'Back up now' }).click();
  await page.getByRole('button', { name: /^Restore the backup of/ }).waitFor();
  await addNote('two');
  expect(await noteCount()).toBe(2);

  await page.getByRole('button', { name: /^Restore the backup of/ }).click();
  // It may have come before the click is over.
  const loaded = page.waitForEvent('load');
  await page.getByRole('dialog').getByRole('button', { name: 'Restore', exact: true }).click();
  await loaded;
  await page.locator('html[data-ready="true"]').waitFor();
  expect(await noteCount()).toBe(1);
  await page
    .locator('.toast')
    .getByText(/^Restored: 1 note, as of /)
    .waitFor();
  await expect.poll(() => page.locator('#main').getAttribute('aria-label')).toBe('Settings');

  // One trace from the click to the work, of which nothing is left open.
  await expect
    .poll(async () => {
      const { items } = await page.evaluate(async () => {
        const { api } = window as unknown as { api: Api };
        return api.searchTraces({
          query: 'name = "restore"',
          fromMs: null,
          toMs: null,
          order: 'newest',
          limit: 10,
        });
      });
      return items.map(({ name, spanCount, durationMs }) => [name, spanCount, durationMs !== null]);
    })
    .toEqual([[expect.stringMatching(/^ui .*Restore/), expect.any(Number), true]]);

  // All of it works as before: what is written now is kept.
  await addNote('three');
  expect(await noteCount()).toBe(2);
  const reasons = await page.evaluate(async () => {
    const { api } = window as unknown as { api: Api };
    return (await api.backups()).map(({ reason }) => reason);
  });
  expect(reasons.toSorted()).toEqual(['manual', 'restore']);
});
