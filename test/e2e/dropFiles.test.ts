/** Files that are dropped on the window: each goes to where it belongs, and what cannot be taken is said. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { CDPSession } from 'playwright-core';
import { foreignBytes, sampleContent } from '../electron/anki/foreignPackages.ts';
import { launchApp, type LaunchedApp } from '../harness/electronApp.ts';

let launched: LaunchedApp;
let devTools: CDPSession;
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tracedeck-drop-'));
  await writeFile(join(folder, 'deck.apkg'), foreignBytes(sampleContent(), 'anki21'));
  await writeFile(join(folder, 'one.csv'), 'term,meaning\n사과,apple\n학교,school\n');
  await writeFile(join(folder, 'two.csv'), 'term,meaning\n책,book\n');
  await writeFile(join(folder, 'other.json'), '{ "data": [] }');
  launched = await launchApp({ dataDir: join(folder, 'data') });
  const { page } = launched;
  page.setDefaultTimeout(15_000);
  await page.locator('html[data-ready="true"]').waitFor();
  devTools = await page.context().newCDPSession(page);
});
afterAll(async () => {
  await launched?.close();
  await rm(folder, { recursive: true, force: true, maxRetries: 5 });
});

/** As a user drops them: the files have paths, which those that a script makes have not. */
async function drop(view: string, ...names: readonly string[]) {
  await launched.page.getByTestId(`nav-${view}`).click();
  const { x, y, width, height } = (await launched.page.locator('#main .view').first().boundingBox())!;
  const files = names.map((name) => join(folder, name));
  for (const type of ['dragEnter', 'dragOver', 'drop'] as const) {
    await devTools.send('Input.dispatchDragEvent', {
      type,
      x: x + width / 2,
      y: y + height / 2,
      data: { items: [], files, dragOperationsMask: 1 },
    });
  }
}
async function seesImport(text: string) {
  const dialog = launched.page.getByRole('dialog', { name: 'Import cards' });
  await dialog.getByText(text).first().waitFor();
  await launched.page.keyboard.press('Escape');
  await dialog.waitFor({ state: 'detached' });
}

it('a package is looked into, on whichever of the two screens it falls', async () => {
  await drop('generate', 'deck.apkg');
  await seesImport('deck.apkg');
  await drop('cards', 'deck.apkg');
  await seesImport('deck.apkg');
});

it('what holds no cards is told so, and JSON is never read as words', async () => {
  await drop('cards', 'one.csv');
  await seesImport('one.csv is not a file of cards.');
  await drop('generate', 'other.json');
  await seesImport('other.json is not a file of cards.');
});

it('of several lists the first is taken, and this is said', async () => {
  await drop('generate', 'one.csv', 'two.csv');
  await launched.page.locator('.toast').getByText('Only one.csv was taken: one file at a time.').waitFor();
  await expect.poll(() => launched.page.locator('#main').innerText()).toContain('2 rows');
});
