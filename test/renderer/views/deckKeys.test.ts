import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { KEY_GROUPS } from '../../../renderer/shell/keyHelp.ts';
import { hasFocus } from '../../fixtures/keys.ts';
import { buildPage } from '../builtPage.ts';
import type { BuiltPage, OpenedPage } from '../builtPage.ts';

/** Keys as the help has them, in a group of it. */
const documented = (title: string) =>
  KEY_GROUPS.find((group) => group.title === title)!.keys.flatMap(([keys]) => keys.split(' '));
const PRESSED: Readonly<Record<string, string>> = {
  '↑': 'ArrowUp',
  '↓': 'ArrowDown',
  Esc: 'Escape',
  PgUp: 'PageUp',
  PgDn: 'PageDown',
};
const pressedOf = (key: string) =>
  key
    .split('+')
    .map((part) =>
      part === 'mod' ? 'Control' : (PRESSED[part] ?? (part.length === 1 ? part.toLowerCase() : part)),
    )
    .join('+');

/** The whole window over a deck that is made up: what the help promises is what keys do. */
describe('by keys alone', () => {
  let built: BuiltPage;
  let opened: OpenedPage;
  let page: Page;
  const used = new Set<string>();
  beforeAll(async () => {
    built = await buildPage('demo/demo.ts');
  }, 60_000);
  afterAll(() => built?.close());

  async function openAt(link: string, ready: string) {
    await page?.close();
    opened = await built.open({ question: '?rowMs=0' });
    ({ page } = opened);
    await expect.poll(() => page.evaluate(() => 'openLink' in window)).toBe(true);
    await page.evaluate(
      (url) => (window as unknown as { openLink: (url: string) => void }).openLink(url),
      link,
    );
    await page.locator(ready).first().waitFor();
    used.clear();
  }
  /** Presses a key by the name that the help has for it. */
  async function press(...keys: readonly string[]) {
    for (const key of keys) {
      used.add(key);
      await page.keyboard.press(pressedOf(key));
    }
  }
  /** No letter, digit or named key that is not in the help changes anything. */
  async function othersDoNothing(title: string) {
    const known = new Set([...documented(title), ...documented('Everywhere')].map(pressedOf));
    const main = () => page.evaluate(() => document.querySelector('#main')!.innerHTML);
    let before = '';
    // What is still coming in must not be taken for what a key did.
    await expect
      .poll(
        async () => {
          const last = before;
          before = await main();
          return before === last;
        },
        { interval: 100 },
      )
      .toBe(true);
    for (const key of [...'abcdefghijklmnopqrstuvwxyz0123456789', 'Delete', 'Backspace', 'F2']) {
      if (!known.has(key)) await page.keyboard.press(key);
    }
    await page.waitForTimeout(50);
    expect(await main()).toBe(before);
  }

  it('cards are studied', async () => {
    await openAt('tracedeck://study?mode=due&deck=Korean and friends', '[data-testid=show-answer]');
    await othersDoNothing('Study');
    const shown = page.getByTestId('show-answer');
    const card = page.getByTestId('study-card');
    // Counts that come after the card are not said before it.
    const counts = page.locator('.study-counts');
    await expect.poll(() => counts.innerText()).toMatch(/^\d+ new\s+\d+ learning\s+\d+ due$/);
    expect(await counts.getAttribute('aria-live')).toBe('off');
    expect(await counts.getAttribute('aria-busy')).toBe('false');
    const ratings = page.getByTestId('rate-3');
    await press('Space');
    await ratings.waitFor();
    const front = page.locator('.study-front');
    const first = await front.textContent();
    await press('1');
    await shown.waitFor();
    await press('mod+Z');
    // Taken back it is asked again.
    await expect.poll(() => front.textContent()).toBe(first);
    for (const [show, rate] of [
      ['Enter', '2'],
      ['Space', '3'],
      ['Space', '4'],
      ['Enter', 'Enter'],
    ] as const) {
      await press(show);
      await ratings.waitFor();
      await press(rate);
      await shown.waitFor();
    }
    await press('R');
    await page.getByText('This system has no voice').waitFor();
    for (const key of ['B', 'S']) {
      const before = await card.textContent();
      await press(key);
      await expect.poll(() => card.textContent()).not.toBe(before);
      await press('mod+Z');
      await expect.poll(() => card.textContent()).toBe(before);
    }
    await page.getByText('Unsuspended:').waitFor();
    await press('E');
    await page.locator('.note-panel').waitFor();
    await page.keyboard.press('Alt+ArrowLeft');
    await shown.waitFor();
    await press('Esc');
    await page.getByRole('button', { name: 'Study all decks' }).waitFor();
    expect([...used].sort()).toEqual(documented('Study').sort());
    expect(opened.faults).toEqual([]);
  });

  it('a key that is held down rates no second card', async () => {
    await openAt('tracedeck://study?mode=due&deck=Korean and friends', '[data-testid=show-answer]');
    const front = page.locator('.study-front');
    const first = await front.textContent();
    for (let repeat = 0; repeat < 6; repeat += 1) await page.keyboard.down('Enter');
    await page.keyboard.up('Enter');
    expect(await front.textContent()).toBe(first);
    await page.getByTestId('rate-3').waitFor();
    // The focus is where the keys go on.
    await expect
      .poll(() => page.evaluate(() => document.activeElement?.getAttribute('data-testid')))
      .toBe('rate-3');
  });

  it('an answer is typed and compared', async () => {
    await openAt('tracedeck://study?mode=cram&deck=Idioms', '[data-testid=study-card]');
    const box = page.getByLabel('Type the answer');
    for (let card = 0; card < 20 && (await box.count()) === 0; card += 1) {
      await page.keyboard.press('Enter');
      await page.getByTestId('rate-3').waitFor();
      await page.keyboard.press('Enter');
      await page.getByTestId('show-answer').waitFor();
    }
    // Keys of the session are letters in the box.
    await page.keyboard.type('sbre 1');
    await expect.poll(() => box.inputValue()).toBe('sbre 1');
    await page.keyboard.press('Enter');
    await page.getByText('Not the same:').waitFor();
    await page.keyboard.press('2');
    await page.getByTestId('show-answer').waitFor();
  });

  it('proposed cards are gone through', async () => {
    await openAt('tracedeck://cards/review', '.review-card');
    await othersDoNothing('Review');
    const at = () => page.locator('.review-card[aria-current=true]');
    const index = () =>
      page.evaluate(() =>
        [...document.querySelectorAll('.review-card')].findIndex(
          (each) => each.getAttribute('aria-current') === 'true',
        ),
      );
    const said = (name: string) =>
      page.locator('.review-card [role=status]').getByText(name, { exact: true }).count();
    // Its buttons show their keys.
    const keyed = at().locator('[aria-keyshortcuts]');
    const keysOf = () =>
      keyed.evaluateAll((all) =>
        all.map((each) => [each.getAttribute('aria-keyshortcuts'), each.querySelector('kbd')?.textContent]),
      );
    await expect.poll(keysOf).toEqual(['A', 'X', 'E', 'G'].map((key) => [key, key]));
    await press('↓', 'J');
    await expect.poll(index).toBe(2);
    await press('↑', 'K');
    await expect.poll(index).toBe(0);
    await press('A');
    await expect.poll(() => said('Accepted')).toBe(1);
    await expect.poll(index).toBe(1);
    await press('X');
    await expect.poll(() => said('Rejected')).toBe(1);
    await press('mod+Z');
    // What was decided before is on another page now.
    await expect.poll(() => said('Rejected')).toBe(0);
    await press('Shift+A');
    await expect.poll(() => said('Accepted')).toBe(2);
    await press('Shift+X');
    await expect.poll(() => said('Rejected')).toBe(3);
    await press('E');
    await page.getByLabel('Front').fill('Another question');
    await page.keyboard.press('Control+Enter');
    await expect.poll(() => at().textContent()).toContain('Another question');
    await press('G');
    const regenerate = page.getByRole('dialog', { name: 'Regenerate this card' });
    // There is no model to ask: the way to one is what is offered.
    await regenerate.getByText('The offline generator is chosen').waitFor();
    await expect.poll(() => hasFocus(regenerate.getByRole('button', { name: 'Choose a model' }))).toBe(true);
    expect(await regenerate.getByRole('textbox').count()).toBe(0);
    await page.keyboard.press('Escape');
    expect([...used].sort()).toEqual(documented('Review').sort());
    expect(opened.faults).toEqual([]);
  });

  it('the list of cards is walked and marked', async () => {
    await openAt('tracedeck://cards', '[role=option]');
    await othersDoNothing('Cards');
    const list = page.getByTestId('card-list');
    await list.focus();
    const at = () =>
      list.evaluate((element) => {
        const id = element.getAttribute('aria-activedescendant');
        return Number(document.getElementById(id ?? '')?.getAttribute('aria-posinset') ?? 0);
      });
    const marked = () => page.getByRole('toolbar', { name: 'Marked cards' }).locator('strong');
    await press('↓', '↓', '↑');
    await expect.poll(at).toBe(1);
    await press('PgDn');
    await expect.poll(at).toBe(11);
    await press('PgUp', 'End');
    await expect.poll(at).toBeGreaterThan(200);
    const last = await at();
    await press('Home');
    await expect.poll(at).toBe(1);
    await page.keyboard.press('Shift+ArrowDown');
    await page.keyboard.press('Shift+ArrowDown');
    await expect.poll(() => marked().textContent()).toBe('3 cards');
    await press('Space');
    await expect.poll(() => marked().textContent()).toBe('2 cards');
    await press('mod+A');
    await expect.poll(() => marked().textContent()).toBe(`${last} cards`);
    await press('Enter');
    await expect.poll(() => page.evaluate(() => document.activeElement?.id)).toBe('note-panel');
    await press('Space');
    await page.getByRole('button', { name: 'Hide' }).waitFor();
    await press('mod+Z');
    // It was done before the window was opened.
    await page.getByText(/^The newest change now is/).waitFor();
    await page.getByRole('button', { name: 'Take it back' }).click();
    await page.getByText(/^Taken back/).waitFor();
    // A message that goes gives the focus back.
    expect(await page.evaluate(() => document.activeElement?.id)).toBe('note-panel');
    expect([...used].sort()).toEqual(documented('Cards').sort());
    expect(opened.faults).toEqual([]);
  });

  it('a dialog that a place asks for stays until it is closed', async () => {
    await openAt('tracedeck://cards?open=add&deck=Idioms', 'dialog[open]');
    // The list says its place more exactly a moment later.
    await page.waitForTimeout(300);
    const dialog = page.getByRole('dialog', { name: 'Write a card' });
    await dialog.getByLabel('Front').fill('a question');
    await dialog.getByLabel('Back').fill('an answer');
    await page.keyboard.press('Control+Enter');
    await page.getByText('Added to Idioms.').waitFor();
    await expect.poll(() => dialog.getByLabel('Front').inputValue()).toBe('');
    await page.keyboard.press('Escape');
    await dialog.waitFor({ state: 'detached' });
    await page.getByRole('option').getByText('a question').first().waitFor();
  });
});
