/** Files that are dropped on the window: each goes to where it belongs, and what cannot be taken is said. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { CDPSession } from 'playwright-core';
import { foreignBytes, sampleContent } from '../electron/anki/foreignPackages.ts';
import { hasFocus } from '../fixtures/keys.ts';
import { axeFaults } from '../fixtures/axe.ts';
import { launchApp, shot, type LaunchedApp } from '../harness/electronApp.ts';

let launched: LaunchedApp;
let devTools: CDPSession;
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tracedeck-drop-'));
  await writeFile(join(folder, 'deck.apkg'), foreignBytes(sampleContent(), 'anki21'));
  await writeFile(join(folder, 'one.csv'), 'term,meaning\n사과,apple\n학교,school\n');
  await writeFile(join(folder, 'two.csv'), 'term,meaning\n책,book\n');
  await writeFile(join(folder, 'nothing.txt'), '#separator:tab\n#html:false\n');
  await writeFile(join(folder, 'other.json'), '{ "data": [] }');
  await writeFile(join(folder, 'book.pdf'), '%PDF-1.7\n');
  await writeFile(join(folder, 'picture.csv'), Buffer.from('89504e470d0a1a0a', 'hex'));
  const trace = await readFile(join(import.meta.dirname, '../../examples/trace-of-a-shop.json'));
  await writeFile(join(folder, 'trace.json'), trace);
  await writeFile(join(folder, 'trace.json.gz'), gzipSync(trace));
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

type DragEventType = 'dragEnter' | 'dragOver' | 'drop';
/** As a user drops them: the files have paths, which those that a script makes have not. */
async function drag(types: readonly DragEventType[], names: readonly string[]) {
  const { x, y, width, height } = (await launched.page.locator('#main .view').first().boundingBox())!;
  const files = names.map((name) => join(folder, name));
  const data = { items: [], files, dragOperationsMask: 1 };
  for (const type of types) {
    await devTools.send('Input.dispatchDragEvent', { type, x: x + width / 2, y: y + height / 2, data });
  }
}
async function hold(on: string | null, ...names: readonly string[]) {
  if (on !== null) await launched.page.getByTestId(`nav-${on}`).click();
  await drag(['dragEnter', 'dragOver'], names);
}
/** As the pointer leaves the window; the browser's own tools have no word for it. */
const letGo = () =>
  launched.page.evaluate(() => document.body.dispatchEvent(new DragEvent('dragleave', { bubbles: true })));
async function drop(on: string, ...names: readonly string[]) {
  await hold(on, ...names);
  await drag(['drop'], names);
}
async function seesImport(text: string) {
  const dialog = launched.page.getByRole('dialog', { name: 'Import cards' });
  await dialog.getByText(text).first().waitFor();
  // Enter is all that is left to do.
  await expect.poll(() => hasFocus(dialog.getByRole('button', { name: /^Import \d+ notes?$/ }))).toBe(true);
  await launched.page.keyboard.press('Escape');
  await dialog.waitFor({ state: 'detached' });
}

/** What stands over the window while files are held over it. */
const said = () => launched.page.getByTestId('drop-area').locator('strong').innerText();
const view = () => launched.page.locator('#main').getAttribute('aria-label');

it.each(['generate', 'cards', 'study', 'traces', 'insight', 'logs', 'settings'])(
  'a package that falls on %s is looked into',
  async (on) => {
    await drop(on, 'deck.apkg');
    await seesImport('deck.apkg');
    await expect.poll(view).toBe('Cards');
  },
);

it('of a file without notes nothing is imported; another one is asked for', async () => {
  await drop('cards', 'nothing.txt');
  const dialog = launched.page.getByRole('dialog', { name: 'Import cards' });
  await dialog.getByText('There are no notes in this file.').waitFor();
  await expect.poll(() => hasFocus(dialog.getByRole('button', { name: 'Another file…' }))).toBe(true);
  expect(await dialog.getByRole('button', { name: /^Import/ }).count()).toBe(0);
  await launched.page.keyboard.press('Escape');
  await dialog.waitFor({ state: 'detached' });
});

it.each(['generate', 'study', 'traces'])('a trace that falls on %s is imported', async (on) => {
  await drop(on, 'trace.json');
  const dialog = launched.page.getByRole('dialog', { name: 'Imported' });
  await dialog.getByText('trace.json').waitFor();
  await expect.poll(view).toBe('Traces');
  await launched.page.keyboard.press('Escape');
  await dialog.waitFor({ state: 'detached' });
});

it('a packed trace is one all the same, and several come in together', async () => {
  await drop('settings', 'trace.json.gz', 'trace.json');
  const dialog = launched.page.getByRole('dialog', { name: 'Imported' });
  await expect.poll(() => dialog.locator('h3').allInnerTexts()).toHaveLength(2);
  await launched.page.keyboard.press('Escape');
  await dialog.waitFor({ state: 'detached' });
});

it.each(['cards', 'study', 'settings'])('a list that falls on %s is read for Generate', async (on) => {
  await drop(on, 'one.csv');
  await expect.poll(view).toBe('Generate');
  await expect.poll(() => launched.page.locator('#main').innerText()).toContain('2 rows');
});

it('what belongs nowhere is told so, on whichever screen it falls', async () => {
  for (const [on, name] of [
    ['generate', 'other.json'],
    ['study', 'picture.csv'],
  ] as const) {
    await drop(on, name);
    const told = `${name} holds neither traces nor cards, and no list or document.`;
    await launched.page.locator('.toast').getByText(told).waitFor();
    await expect.poll(() => view()).toBe(on === 'study' ? 'Study' : 'Generate');
  }
});

it('of several lists the first is taken, and this is said', async () => {
  await drop('generate', 'one.csv', 'two.csv');
  await launched.page.locator('.toast').getByText('Only one.csv was taken.').waitFor();
  await expect.poll(() => launched.page.locator('#main').innerText()).toContain('2 rows');
});

it('says what will become of files while they are held over the window, and no longer than that', async () => {
  const { page } = launched;
  await hold('study', 'book.pdf');
  await expect.poll(said).toBe('Drop to make cards of it');
  await shot(page, 'drop-one-place');
  await letGo();
  await page.getByTestId('drop-area').waitFor({ state: 'detached' });
  await hold('settings', 'trace.json');
  await expect.poll(said).toBe('Drop: what is in it decides where it goes');
  for (const look of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme: look, reducedMotion: 'reduce' });
    await shot(page, `drop-${look}`);
    expect(await axeFaults(page)).toEqual([]);
  }
  await letGo();
  await page.getByTestId('drop-area').waitFor({ state: 'detached' });
});

it('takes nothing while a dialog is open that something else is done in', async () => {
  const { page } = launched;
  await page.getByTestId('nav-cards').click();
  await page.getByRole('button', { name: 'Write one…' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.waitFor();
  await hold(null, 'one.csv');
  await expect.poll(said).toBe('Close the dialog first, then drop it');
  await letGo();
  await page.getByTestId('drop-area').waitFor({ state: 'detached' });
  expect(await dialog.isVisible()).toBe(true);
  await page.keyboard.press('Escape');
});
