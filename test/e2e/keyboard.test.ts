/** The whole of the program without a mouse. */
import { rm } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Page } from 'playwright-core';
import { INSIGHT_TABS, VIEWS } from '../../renderer/store/route.ts';
import { hasFocus, Keyboard } from '../fixtures/keys.ts';
import { follow } from '../fixtures/places.ts';
import { IMPORTED_DECK, ORDER_TRACES, seedDataDir } from '../fixtures/seededData.ts';
import { inMain, launchApp, shot, type LaunchedApp } from '../harness/electronApp.ts';

const WAIT_MS = 10_000;

let launched: LaunchedApp;
let page: Page;
let keys: Keyboard;
let dataDir: string;
beforeAll(async () => {
  ({ dataDir } = await seedDataDir());
  launched = await launchApp({ dataDir });
  ({ page } = launched);
  page.setDefaultTimeout(WAIT_MS);
  keys = new Keyboard(page);
  await page.locator('html[data-ready="true"]').waitFor();
});
afterAll(async () => {
  await launched?.close();
  await rm(dataDir, { recursive: true, force: true, maxRetries: 5 });
});

const main = () => page.locator('#main');
const grid = () => main().getByRole('treegrid').first();
const shownPlace = () => page.locator('.rail [aria-current="page"]').getAttribute('data-testid');

/** The row that the keys of a grid are on. */
function activeRow(): Promise<string> {
  return page.evaluate(() => {
    const id = document.activeElement?.getAttribute('aria-activedescendant') ?? '';
    return document.getElementById(id)?.textContent ?? '';
  });
}

async function openOrder(): Promise<void> {
  await follow(launched, { view: 'traces', traceId: ORDER_TRACES[0] });
  await grid().getByText('charge card').waitFor();
}

describe('by keyboard alone', () => {
  it('every place of the rail is reached, by its shortcut and by Tab', async () => {
    for (const [index, view] of [...VIEWS.entries()].toReversed()) {
      await keys.press(`Control+${index + 1}`);
      await main().locator('h1').waitFor();
      await expect.poll(() => shownPlace()).toBe(`nav-${view}`);
      // The keyboard goes on where the screen begins.
      expect(
        await page.evaluate(() => document.querySelector('#main')!.contains(document.activeElement)),
      ).toBe(true);
    }
    for (const view of VIEWS) {
      const place = page.getByTestId(`nav-${view}`);
      await keys.tabTo(place, 'Shift+Tab');
      await keys.press('Enter');
      await expect.poll(shownPlace).toBe(`nav-${view}`);
    }
    await keys.press('Alt+ArrowLeft');
    await expect.poll(() => shownPlace()).toBe('nav-logs');
  });

  it('help and palette open, and give the focus back', async () => {
    await keys.press('Control+1', '?');
    await page.getByRole('dialog', { name: 'Keyboard' }).waitFor();
    await keys.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    await keys.press('Control+k');
    await keys.type('insight map');
    await expect
      .poll(() => page.getByRole('option', { selected: true }).textContent())
      .toContain('Service map');
    await keys.press('Enter');
    await expect.poll(() => shownPlace()).toBe('nav-insight');
  });

  it('the sample list becomes cards, and its trace is opened', async () => {
    await keys.press('Control+k');
    await keys.type('sample list');
    await keys.press('Enter');
    await page.getByTestId('list-rows').waitFor();
    await keys.press('Control+Enter');
    await page.locator('[data-testid="run-header"][data-state="done"]').waitFor({ timeout: 60_000 });
    await keys.tabTo(main().getByRole('button', { name: 'Open trace' }));
    await keys.press('Enter');
    await page.getByTestId('trace-screen').getByRole('treegrid').waitFor();
  });

  it('the waterfall is walked, folded, searched and zoomed', async () => {
    await openOrder();
    await keys.tabTo(grid());
    await keys.press('Home');
    await expect.poll(() => activeRow()).toContain('POST /orders');
    await keys.press('ArrowDown');
    await expect.poll(() => activeRow()).toContain('×24');
    const rowCount = async () => Number(await grid().getAttribute('aria-rowcount'));
    const folded = await rowCount();
    await keys.press('ArrowRight');
    await expect.poll(rowCount).toBe(folded + 24);
    await keys.press('ArrowRight');
    await expect.poll(() => activeRow()).toContain('SELECT article');
    await keys.press('ArrowLeft', 'ArrowLeft');
    await expect.poll(rowCount).toBe(folded);
    await keys.press('End');
    await expect.poll(() => activeRow()).toContain('render');
    await keys.press('Home', 'e');
    await expect.poll(activeRow).toContain('charge card');
    await keys.press('c', '+', '+', 'Shift+ArrowRight', '0', 'c');

    await keys.press('/');
    await keys.type('small-model');
    await main().getByText('1 found').waitFor();
    await keys.press('Enter');
    await keys.tabTo(grid());
    await expect.poll(activeRow).toContain('chat small-model');
    await keys.press('/', 'Escape');
  });

  it('the panel of a span is entered, read and left', async () => {
    await openOrder();
    await keys.tabTo(grid());
    await keys.press('Home', 'e');
    const panel = page.locator('.span-panel');
    await panel.getByRole('heading', { name: 'charge card' }).waitFor();
    const started = panel.locator('time').first();
    expect(await started.getAttribute('datetime')).toBe('2026-01-15T09:30:00.260123457Z');
    expect(await started.textContent()).toContain('.260123457');
    await keys.tabTo(panel.getByRole('link').or(panel.getByRole('button')));
    await shot(page, 'keyboard-span-panel');
    await keys.press('Escape');
    await panel.waitFor({ state: 'detached' });
    await expect.poll(() => hasFocus(grid())).toBe(true);
  });

  it('the flame graph is walked, zoomed and given up again', async () => {
    await openOrder();
    const tab = (name: string) => main().getByRole('tab', { name, exact: true });
    await keys.tabTo(tab('Waterfall'));
    await keys.press('ArrowRight');
    await expect.poll(() => hasFocus(tab('Flame'))).toBe(true);
    const graph = main().getByRole('application').first();
    await keys.tabTo(graph);
    await keys.press('ArrowDown', 'ArrowDown', 'ArrowRight');
    await page.locator('.span-panel').waitFor();
    const selected = page.locator('.span-panel h3');
    const first = await selected.textContent();
    await keys.press('ArrowUp');
    await expect.poll(() => selected.textContent()).not.toBe(first);
    await keys.press('Enter', '+', '-', 'w', 'a', 's', 'd', '0');
    await shot(page, 'keyboard-flame');
    await keys.press('Escape');
    await page.locator('.span-panel').waitFor({ state: 'detached' });
    for (const name of ['Left-heavy', 'Sandwich']) {
      await keys.tabTo(tab(name === 'Sandwich' ? 'Left-heavy' : 'Flame'), 'Shift+Tab');
      await keys.press('ArrowRight');
      await expect.poll(() => tab(name).getAttribute('aria-selected')).toBe('true');
      await keys.press('Tab', 'Tab', 'Tab', 'Tab');
    }
  });

  it('proposed cards are accepted, rejected, edited and asked for anew', async () => {
    await follow(launched, { view: 'cards', mode: 'review' });
    const cards = main().locator('.review-card');
    const said = (name: string) => cards.getByRole('status').getByText(name, { exact: true }).count();
    await cards.first().waitFor();
    await keys.press('ArrowDown', 'ArrowUp', 'a');
    await expect.poll(() => said('Accepted')).toBe(1);
    await keys.press('x');
    await expect.poll(() => said('Rejected')).toBe(1);
    await keys.press('e');
    await keys.tabTo(page.getByLabel('Back'));
    await keys.type('by hand ');
    await keys.press('Control+Enter');
    await cards.getByText('by hand').waitFor();
    await keys.press('e', 'Escape', 'g');
    await page.getByRole('dialog', { name: 'Regenerate this card' }).waitFor();
    await keys.press('Escape');
    for (let left = 3; left > 0; left -= 1) {
      await keys.press('Control+z');
      await cards.first().waitFor();
    }
    await keys.tabTo(main().getByRole('button', { name: 'Like others' }), 'Shift+Tab');
    await keys.press('Enter');
  });

  it('cards are found, marked and tagged', async () => {
    await keys.press('Control+2', '/');
    const total = () => page.getByTestId('card-total').textContent();
    await expect.poll(total).toMatch(/\d/);
    const all = await total();
    await keys.type('deck:Sample');
    await expect.poll(total).not.toBe(all);
    const list = page.getByTestId('card-list');
    await keys.tabTo(list);
    await keys.press('Home', 'ArrowDown', 'Shift+ArrowDown');
    await expect.poll(() => activeRow()).not.toBe('');
    await keys.tabTo(main().getByRole('button', { name: 'Add tags…' }));
    await keys.press('Enter');
    await keys.type('by-keyboard');
    await keys.press('Enter');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    await main().locator('.note-panel').getByText('by-keyboard').first().waitFor();
    await keys.tabTo(main().getByRole('button', { name: 'Unmark' }));
    await keys.press('Enter');
    await expect.poll(() => hasFocus(list)).toBe(true);
    await keys.press('Control+z');
    await page.getByText('Taken back: Tagged').waitFor();
    await keys.press('Enter', 'Tab', 'Tab');
    for (const name of ['Origin', 'History']) {
      await keys.tabTo(main().getByRole('tab', { selected: true }), 'Shift+Tab');
      await keys.press('ArrowRight');
      await expect.poll(() => main().getByRole('tab', { name }).getAttribute('aria-selected')).toBe('true');
      await keys.press('Tab');
    }
    await keys.tabTo(main().getByRole('button', { name: 'Write one…' }), 'Shift+Tab');
    await keys.press('Enter');
    await page.getByRole('dialog', { name: 'Write a card' }).waitFor();
    await keys.press('Escape');
    await expect.poll(() => hasFocus(main().getByRole('button', { name: 'Write one…' }))).toBe(true);
  });

  it('cards are studied to the end', async () => {
    await keys.press('Control+3');
    await keys.tabTo(main().getByRole('button', { name: `Study ${IMPORTED_DECK}` }));
    await keys.press('Enter');
    const card = page.getByTestId('study-card');
    await card.waitFor();
    await keys.press('Space', '1', 'Control+z', 'Enter', 'Enter');
    for (let left = 12; left > 0 && (await main().getByText('Done for now').count()) === 0; left -= 1) {
      await keys.press('Enter');
      await page.getByTestId('rate-3').waitFor();
      await keys.press('4');
      await page.getByTestId('show-answer').or(main().getByText('Done for now')).first().waitFor();
    }
    await main().getByText('Done for now').waitFor();
    await keys.press('Tab', 'Enter');
    await page.locator('.study-charts').waitFor();
  });

  it('an export is begun and called off', async () => {
    await openOrder();
    let asked = 0;
    await inMain(
      launched.app,
      ({ dialog }) => {
        dialog.showSaveDialog = () => {
          const counter = globalThis as { saves?: number };
          counter.saves = (counter.saves ?? 0) + 1;
          return Promise.resolve({ canceled: true, filePath: '' });
        };
      },
      null,
    );
    const menu = main().getByRole('button', { name: 'Export', exact: true });
    await keys.tabTo(menu, 'Shift+Tab');
    await keys.press('Enter', 'ArrowDown', 'ArrowUp', 'End', 'Home', 'Escape');
    await expect.poll(() => hasFocus(menu)).toBe(true);
    await keys.press('Enter', 'Enter');
    await expect
      .poll(
        async () => (asked = await inMain(launched.app, () => (globalThis as { saves?: number }).saves ?? 0)),
      )
      .toBe(1);
    expect(asked).toBe(1);
    await expect.poll(() => hasFocus(menu)).toBe(true);
  });

  it('traces are marked, pinned and compared', async () => {
    await keys.press('Control+4');
    const list = main().locator('.trace-list');
    await keys.tabTo(list);
    await keys.press('End');
    await expect.poll(() => activeRow()).toContain('POST /orders');
    await keys.press('x', 'ArrowUp', 'x');
    await main().getByText('2 marked').waitFor();
    await keys.press('p');
    await expect.poll(() => main().locator('[data-trace] .cell-pin').getByText('pinned').count()).toBe(2);
    await keys.press('p', 'c');
    await main().locator('canvas').first().waitFor();
    await keys.press('Tab', 'Tab', 'Tab', 'Alt+ArrowLeft');
    await keys.tabTo(list);
    await keys.press('Escape');
    await main().getByText('2 marked').waitFor({ state: 'detached' });
    await keys.press('Home', 'End', 'Enter');
    await page.getByTestId('trace-screen').waitFor();
  });

  it('a query is completed and asked', async () => {
    await keys.press('Control+4', '/');
    const field = main().getByRole('combobox', { name: 'Query' });
    await expect.poll(() => hasFocus(field)).toBe(true);
    await keys.type('serv');
    await page.getByRole('option').first().waitFor();
    await keys.press('Tab');
    await keys.type(' = "pa');
    await page.getByRole('option', { name: /pay/ }).waitFor();
    await keys.press('ArrowDown', 'Enter', 'Escape', 'Enter');
    await expect.poll(() => main().locator('[data-trace]').count()).toBe(2);
    await keys.press('Shift+Tab', 'Tab');
    await expect.poll(() => hasFocus(field)).toBe(true);
  });

  it('every tab of the figures is reached, and SQL is asked', async () => {
    await keys.press('Control+5');
    const tabs = main().getByRole('tablist', { name: 'Figures' }).getByRole('tab');
    await keys.tabTo(tabs.and(page.locator('[aria-selected=true]')));
    await keys.press('Home');
    for (let index = 1; index < INSIGHT_TABS.length; index += 1) {
      await keys.press('ArrowRight');
      await expect.poll(() => hasFocus(tabs.nth(index))).toBe(true);
      await main().getByRole('tabpanel').first().waitFor();
    }
    await follow(launched, { view: 'insight', tab: 'sql' });
    const console_ = main()
      .getByRole('textbox', { name: /SQL|statement/i })
      .first();
    await keys.tabTo(console_);
    await keys.press('Control+a');
    await keys.type('SELECT count(*) AS found FROM traces');
    await keys.press('Control+Enter');
    await main().getByRole('columnheader', { name: 'found' }).waitFor();
  });

  it('a setting is changed and saved', async () => {
    await keys.press('Control+7');
    await keys.tabTo(main().getByLabel('Deck').first());
    await keys.press('Control+a');
    await keys.type('By hand');
    await page.getByRole('button', { name: 'Save settings' }).waitFor();
    await keys.press('Enter');
    await page.getByText('Settings saved.').waitFor();
    await keys.press('Tab');
  });
});
