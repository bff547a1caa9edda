/** From a list to what is remembered: review, browse, study, out into a package and in again, in the real app. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Page } from 'playwright-core';
import { follow } from '../fixtures/places.ts';
import { foreignBytes } from '../electron/anki/foreignPackages.ts';
import { inMain, launchApp, shot, type LaunchedApp } from '../harness/electronApp.ts';

const DECK = 'Words';
const LIST = `term,meaning,example
사과,apple,사과를 먹었어요.
학교,school,학교에 가요.
도서관,library,도서관에서 책을 빌렸어요.
laconic,using few words,Her laconic reply ended the meeting.
ephemeral,lasting a very short time,Fame is ephemeral.
`;

let launched: LaunchedApp;
let page: Page;
let folder: string;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'tracedeck-cards-'));
  launched = await launchApp();
  ({ page } = launched);
  page.setDefaultTimeout(10_000);
  await page.locator('html[data-ready="true"]').waitFor();
});
afterAll(async () => {
  await launched?.close();
  rmSync(folder, { recursive: true, force: true });
});

const main = () => page.locator('#main');
const toast = (text: string | RegExp) => page.locator('.toast').getByText(text).first();
const total = () => page.getByTestId('card-total').textContent();
const rows = () => page.getByTestId('card-list').getByRole('option');
async function search(query: string, expected: string) {
  await page.getByRole('searchbox', { name: 'Search cards' }).fill(query);
  await expect.poll(total).toBe(expected);
}
/** The next file dialog answers by itself. */
function answerDialogs(path: string) {
  return inMain(
    launched.app,
    ({ dialog }, file) => {
      dialog.showSaveDialog = () => Promise.resolve({ canceled: false, filePath: file });
      dialog.showOpenDialog = () => Promise.resolve({ canceled: false, filePaths: [file] });
    },
    path,
  );
}
/** Asked over the bridge, as a window does. */
function ask<T>(name: string, input?: unknown): Promise<T> {
  return page.evaluate(
    ([call, argument]) =>
      (window as unknown as { api: Record<string, (input: unknown) => Promise<never>> }).api[call]!(argument),
    [name, input] as const,
  );
}
const count = async (query: string) =>
  (await ask<{ ids: Uint32Array }>('findCards', { query, deck: null, runId: null, sort: 'newest' })).ids
    .length;

describe('cards', () => {
  let made = 0;

  it('wait for a word where the run is told so', async () => {
    await page.getByRole('textbox', { name: 'Paste a list' }).fill(LIST);
    await page.getByRole('button', { name: 'Use this text' }).click();
    await page.getByTestId('list-rows').waitFor();
    await page.getByRole('complementary', { name: 'Options' }).getByLabel('Deck', { exact: true }).fill(DECK);
    await page.getByLabel('Review the cards before they are kept').check();
    await page.getByRole('button', { name: 'What would it take?' }).click();
    const estimate = page.getByTestId('run-estimate');
    await estimate
      .getByText('5 of 5 rows to make. The offline generator, which is chosen, costs nothing.')
      .waitFor();
    await estimate.getByRole('heading', { name: 'With a hosted model it would take' }).waitFor();
    const go = page.locator('.options-go');
    // The answer is seen at once, and nothing of it stands over the button.
    expect(
      await go.evaluate((button) => {
        const { left, top, right, bottom } = button.getBoundingClientRect();
        return button.contains(document.elementFromPoint((left + right) / 2, (top + bottom) / 2));
      }),
    ).toBe(true);
    const [seen, over] = await Promise.all([
      estimate.boundingBox(),
      page.locator('.options-foot').boundingBox(),
    ]);
    expect(seen!.y + seen!.height).toBeLessThanOrEqual(over!.y + 1);
    await go.click();
    await page.locator('[data-testid="run-header"][data-state="done"]').waitFor({ timeout: 60_000 });
    made = await count('');
    expect(made).toBeGreaterThan(9);
    await expect.poll(() => count('is:proposed')).toBe(made);
    // Nothing of it is studied.
    await page.keyboard.press('Control+3');
    await main()
      .getByRole('row', { name: new RegExp(DECK) })
      .waitFor();
    await expect.poll(() => main().getByRole('button', { name: 'Study all decks' }).isDisabled()).toBe(true);
  });

  it('are accepted, edited and rejected one by one, and each word can be taken back', async () => {
    await follow(launched, { view: 'cards', mode: 'review' });
    const cards = page.locator('.review-card');
    await cards.first().waitFor();
    const said = (name: string) => cards.getByRole('status').getByText(name, { exact: true }).count();
    await page.keyboard.press('a');
    await expect.poll(() => said('Accepted')).toBe(1);
    await page.keyboard.press('x');
    await expect.poll(() => said('Rejected')).toBe(1);
    await shot(page, 'review-light');
    expect([await count('is:accepted'), await count('is:rejected')]).toEqual([1, 1]);
    await page.keyboard.press('e');
    const front = page.getByLabel('Front');
    const text = await front.inputValue();
    await front.fill(`${text} (edited)`);
    await page.keyboard.press('Control+Enter');
    await cards.getByText('(edited)').waitFor();
    await expect.poll(() => count('edited')).toBe(1);
    await page.keyboard.press('Control+z');
    await expect.poll(() => count('edited')).toBe(0);
    await page.keyboard.press('Control+z');
    await expect.poll(() => count('is:rejected')).toBe(0);
    await cards.first().waitFor();
    await page.keyboard.press('x');
    await expect.poll(() => count('is:rejected')).toBe(1);
    await main().getByRole('button', { name: 'Accept all', exact: false }).first().waitFor();
    await main().locator('.review-bar').getByRole('button', { name: 'Accept all' }).click();
    await page.getByRole('menuitem', { name: 'All of them' }).click();
    await main().getByText('Nothing waits').waitFor();
    expect([await count('is:accepted'), await count('is:proposed')]).toEqual([made - 1, 0]);
  });

  it('are found, marked, tagged, and what was done to many is taken back at once', async () => {
    await page.getByRole('button', { name: 'Browse', exact: true }).click();
    await rows().first().waitFor();
    // Two syllables of Hangul within a word.
    await search('도서', await totalOf('도서'));
    await expect.poll(() => rows().first().textContent()).toContain('도서관');
    await search('', await totalOf(''));
    await search('laconic', await totalOf('laconic'));
    await page.getByTestId('card-list').focus();
    await page.keyboard.press('Control+a');
    const marked = Number((await page.getByRole('toolbar').locator('strong').textContent())?.split(' ')[0]);
    expect(marked).toBeGreaterThan(1);
    await page.getByRole('button', { name: 'Add tags…' }).click();
    await page.getByRole('dialog').getByLabel('Tags').fill('style rare');
    await page.keyboard.press('Enter');
    await toast(/mod\+Z|cards?\./).waitFor();
    await expect.poll(() => count('tag:rare')).toBeGreaterThan(1);
    await page.locator('.note-panel').getByText('rare').first().waitFor();
    await shot(page, 'cards-tagged-light');
    await page.getByTestId('card-list').focus();
    await page.keyboard.press('Control+z');
    await expect.poll(() => count('tag:rare')).toBe(0);
    await page.getByRole('tab', { name: 'History' }).click();
    await page.locator('.note-history').getByText('taken back').first().waitFor();
    // Where a card came from opens the very trace.
    await page.getByRole('tab', { name: 'Origin' }).click();
    await page.getByTestId('provenance').getByRole('button', { name: 'Open trace' }).first().click();
    await page.getByTestId('trace-screen').getByRole('treegrid').waitFor();
  });

  it('are studied by keys, and a rating is taken back', async () => {
    await page.keyboard.press('Control+3');
    await main().getByRole('button', { name: 'Study all decks' }).click();
    const card = page.getByTestId('study-card');
    const shown = page.getByTestId('show-answer');
    const front = page.locator('.study-front');
    /** Past cards that want their answer typed: Space is a letter there. */
    const reveal = async () => {
      await card.waitFor();
      await page.keyboard.press('Enter');
      await page.getByTestId('rate-3').waitFor();
    };
    await card.waitFor();
    const first = await front.textContent();
    await reveal();
    await shot(page, 'study-answer-light');
    await page.keyboard.press('3');
    await expect.poll(() => page.getByTestId('rate-3').count()).toBe(0);
    await page.keyboard.press('Control+z');
    await expect.poll(() => front.textContent()).toBe(first);
    // A card that is put off by hand comes back in the same way.
    await page.keyboard.press('b');
    await expect.poll(() => front.textContent()).not.toBe(first);
    await page.keyboard.press('Control+z');
    await expect.poll(() => front.textContent()).toBe(first);
    await reveal();
    for (const key of ['1', '2', '3', '4']) {
      await page.keyboard.press(key);
      await expect.poll(() => page.getByTestId('rate-3').count()).toBe(0);
      await reveal();
    }
    await page.keyboard.press('4');
    await shown.or(page.getByLabel('Type the answer')).or(main().getByText('Done for now')).first().waitFor();
    await page.keyboard.press('Escape');
    await follow(launched, { view: 'study', tab: 'statistics' });
    await page.locator('.study-figures').getByText('Reviews').waitFor();
    await expect.poll(() => page.locator('.study-figures').textContent()).toMatch(/Reviews5/);
    await shot(page, 'study-statistics-light');
  });

  it('leave as a package, and come back from it without a double', async () => {
    const path = join(folder, 'words.apkg');
    await answerDialogs(path);
    await follow(launched, { view: 'cards', deck: DECK, open: 'export' });
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('With the schedule and reviews').check();
    await dialog.getByRole('button', { name: 'Save…' }).click();
    await dialog.getByText('words.apkg').waitFor({ timeout: 30_000 });
    expect(statSync(path).size).toBeGreaterThan(1000);
    await page.keyboard.press('Escape');
    const before = await count('');
    await page.getByRole('button', { name: 'Import, export' }).click();
    await page.getByRole('menuitem', { name: /^Import/ }).click();
    await dialog.getByRole('button', { name: /^Choose a file/ }).click();
    await dialog.getByRole('button', { name: /^Import \d/ }).click();
    const report = page.getByTestId('import-report');
    await report.waitFor({ timeout: 30_000 });
    await expect.poll(() => report.textContent()).toMatch(/^Added0Updated0/);
    await page.keyboard.press('Escape');
    await expect.poll(() => count('')).toBe(before);
  });

  it('of a hostile package do nothing, and what was refused is said', async () => {
    const asked: string[] = [];
    const server = createServer((request, response) => {
      asked.push(request.url ?? '');
      response.end();
    });
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    const path = join(folder, 'hostile.apkg');
    const evil = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    writeFileSync(path, foreignBytes(hostile(evil), 'anki21'));
    await answerDialogs(path);
    await follow(launched, { view: 'cards', open: 'import' });
    const dialog = page.getByRole('dialog');
    await dialog.getByRole('button', { name: /^Choose a file/ }).click();
    await dialog.getByRole('button', { name: /^Import \d/ }).click();
    await page.getByTestId('import-report').waitFor({ timeout: 30_000 });
    await page.keyboard.press('Escape');
    await follow(launched, { view: 'study', mode: 'cram', deck: 'Hostile' });
    await page.getByTestId('study-card').waitFor();
    await page.keyboard.press('Enter');
    await page.getByTestId('rate-3').waitFor();
    await page.locator('.study-front').getByText('A picture from the network is not shown').first().waitFor();
    await shot(page, 'study-hostile-light');
    expect(await page.evaluate(() => 'ran' in globalThis)).toBe(false);
    expect(asked).toEqual([]);
    server.close();
    // The deck's own picture is there, drawn from the deck's own media.
    await expect
      .poll(() =>
        page.evaluate(() => {
          const face = document.querySelector('.study-front .card-html > div')?.shadowRoot;
          return face?.querySelector<HTMLImageElement>('img[src$="pixel.png"]')?.naturalWidth;
        }),
      )
      .toBe(1);
  });

  async function totalOf(query: string): Promise<string> {
    const found = await count(query);
    return found === 1 ? '1 card' : `${found} cards`;
  }
});

const RUN = 'globalThis.ran = true';
const hostile = (evil: string): Parameters<typeof foreignBytes>[0] => ({
  notetypes: [
    {
      id: 1_650_000_000_999,
      name: 'Hostile',
      fields: ['Front', 'Back'],
      css: `:host { position: fixed; inset: 0 } .card { background: url(${evil}/a.png) }`,
      templates: [
        {
          name: 'Card',
          front: `{{Front}}<script>${RUN}</script>`,
          back: `{{FrontSide}}{{Back}}<img src="pixel.png">`,
        },
      ],
    },
  ],
  decks: { 2: 'Hostile' },
  notes: [
    {
      id: 1_700_000_000_900,
      guid: 'hostile-1',
      mid: 1_650_000_000_999,
      fields: [
        `question <img src=x onerror="${RUN}"><iframe src="${evil}/"></iframe>`,
        `answer <img src="${evil}/b.png"><a href="javascript:${RUN}">link</a>`,
      ],
      cards: [{ id: 1_700_000_000_901, ord: 0, did: 2 }],
    },
  ],
  media: {
    'pixel.png': Buffer.from(
      'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==',
      'base64',
    ),
  },
});
