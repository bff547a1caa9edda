import type { Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { buildPage } from '../../builtPage.ts';
import type { BuiltPage, OpenedPage } from '../../builtPage.ts';

describe('the views of traces', () => {
  let built: BuiltPage;
  let opened: OpenedPage;
  let page: Page;
  beforeAll(async () => {
    built = await buildPage('demo/demo.ts');
  }, 60_000);
  afterAll(() => built?.close());
  beforeEach(async () => {
    await page?.close();
    opened = await built.open({ question: '?rowMs=0' });
    ({ page } = opened);
    await page.getByTestId('nav-traces').click();
    await rows().first().waitFor();
  });

  const rows = () => page.locator('[data-trace]');
  const searchTrace = () => rows().filter({ hasText: 'GET /search' }).first();
  const openSearchTrace = async () => {
    await searchTrace().click();
    await spans().waitFor();
  };
  const spans = () => page.getByRole('treegrid', { name: 'Spans of the trace' });
  const flame = () => page.getByRole('application');
  const toolbar = () => page.locator('.trace-toolbar');

  it('tell the tokens of every trace with model calls, and what they cost', async () => {
    const cell = searchTrace().locator('.cell-tokens');
    await expect.poll(() => cell.textContent()).toMatch(/^[\d.]+k?$/);
    expect(await searchTrace().locator('.cell-cost').textContent()).toMatch(/^\$0\.\d+$/);
    expect(await cell.getAttribute('title')).toMatch(/^[\d,]+ tokens, 1 model call, \$0\.\d+$/);
    const other = rows().filter({ hasText: 'GET /items' }).first().locator('.cell-tokens');
    expect(await other.textContent()).toBe('–');
    await searchTrace().click();
    await page
      .locator('.trace-view-foot')
      .getByText(/^1 model call, [\d.]+k? tokens, \$0\.\d+$/)
      .waitFor();
    expect(opened.faults).toEqual([]);
  });

  it('say which field of a query that finds nothing is none, and what may have been meant', async () => {
    const field = page.getByRole('combobox', { name: 'Query' });
    await field.fill('duratoin > 1');
    await field.press('Enter');
    await page.getByText('No recent span has duratoin. Did you mean duration?').waitFor();
    await field.fill('name = nowhere');
    await field.press('Enter');
    await page.getByText('duratoin').waitFor({ state: 'detached' });
    await page.getByText('No trace matches').waitFor();
    expect(opened.faults).toEqual([]);
  });

  it('are sorted by their headings, with keys alone, by tokens and cost as well', async () => {
    const heading = (name: string) => page.getByRole('columnheader', { name, exact: true });
    const firstName = () => rows().first().locator('.trace-name').textContent();
    for (const name of ['Tokens', 'Cost', 'Spans', 'Duration', 'Errors']) {
      await heading(name).getByRole('button').focus();
      await page.keyboard.press('Enter');
      await expect.poll(() => page.locator('[aria-sort="descending"]').innerText()).toContain(name);
      if (name === 'Tokens' || name === 'Cost') await expect.poll(firstName).toBe('GET /search');
    }
    expect(await heading('Name').getAttribute('aria-sort')).toBeNull();
    expect(opened.faults).toEqual([]);
  });

  it('hide what a rule about spans hides in every graph of a trace, and bring it back by one switch', async () => {
    await openSearchTrace();
    const before = Number(
      /\d+/.exec(
        await toolbar()
          .getByText(/^\d+ spans$/)
          .innerText(),
      )![0],
    );
    await spans().getByText('charge card', { exact: true }).click();
    await page.getByRole('button', { name: /^Span:/ }).click();
    await page.getByRole('menuitem', { name: 'Hide spans like this…' }).click();
    await page
      .getByRole('dialog')
      .getByRole('button', { name: /^(Save|Hide|Add)/ })
      .click();
    await toolbar().getByRole('button', { name: '1 hidden' }).waitFor();
    await page.keyboard.press('Escape');
    await spans().focus();
    await page.keyboard.press('2');
    const named = (count: number) => `Flame graph of ${count} spans in order of time`;
    await expect.poll(() => flame().getAttribute('aria-label')).toBe(named(before - 1));
    await expect.poll(() => flame().evaluate((graph) => graph === document.activeElement)).toBe(true);
    await toolbar().getByRole('button', { name: '1 hidden' }).click();
    await expect.poll(() => flame().getAttribute('aria-label')).toBe(named(before));
    await flame().focus();
    await page.keyboard.press('3');
    const paths = () => flame().getAttribute('aria-label');
    await expect.poll(paths).toMatch(/^Left-heavy graph of \d+ call paths/);
    const all = Number(/\d+/.exec((await paths())!)![0]);
    await toolbar().getByRole('button', { name: 'Noise shown' }).click();
    await expect.poll(async () => Number(/\d+/.exec((await paths())!)![0])).toBe(all - 1);
    await flame().focus();
    await page.keyboard.press('1');
    await spans().waitFor();
    expect(await spans().getByText('charge card', { exact: true }).count()).toBe(0);
    expect(opened.faults).toEqual([]);
  });

  it('compare attributes without what rules hide', async () => {
    await openSearchTrace();
    await spans().getByText('charge card', { exact: true }).click();
    await page.getByRole('button', { name: /^Span:/ }).click();
    await page.getByRole('menuitem', { name: 'Hide spans like this…' }).click();
    await page
      .getByRole('dialog')
      .getByRole('button', { name: /^(Save|Hide|Add)/ })
      .click();
    await toolbar().getByRole('button', { name: '1 hidden' }).waitFor();
    await page.getByTestId('nav-traces').click();
    await rows().first().waitFor();
    for (const row of [rows().nth(0), searchTrace()]) await row.locator('input[type="checkbox"]').check();
    await page.getByTestId('trace-list').focus();
    await page.keyboard.press('c');
    await page.getByRole('tab', { name: 'Attributes' }).click();
    const note = page.locator('.attribute-changes').getByTestId('noise-note');
    await expect.poll(() => note.innerText()).toMatch(/^\d spans? hidden by noise rules/);
    await note.getByRole('button', { name: 'Show' }).click();
    await page.locator('.attribute-changes').getByText('noise is shown').waitFor();
    expect(opened.faults).toEqual([]);
  });

  it('lead from a span to its metrics, and say where there is none', async () => {
    await openSearchTrace();
    await spans().getByText('charge card', { exact: true }).click();
    await page.getByRole('button', { name: /^Span:/ }).click();
    await page.getByRole('menuitem', { name: 'Its metrics' }).click();
    await page
      .getByText('No metric has a record of this trace, and none measures such operations.')
      .waitFor();
    await expect
      .poll(() => page.getByRole('tab', { name: 'Metrics' }).getAttribute('aria-selected'))
      .toBe('true');
    expect(opened.faults).toEqual([]);
  });

  it('have menus that keys alone go through, in one layer above everything', async () => {
    await openSearchTrace();
    const button = page.getByRole('button', { name: /^View:/ });
    await button.focus();
    await page.keyboard.press('ArrowDown');
    const item = (name: string) => page.getByRole('menuitemcheckbox', { name, exact: true });
    const hasFocus = (name: string) => item(name).evaluate((each) => each === document.activeElement);
    await expect.poll(() => hasFocus('Critical path').catch(() => false)).toBe(true);
    // A letter is that of an item here, and no key of the waterfall.
    await page.keyboard.press('e');
    await expect.poll(() => hasFocus('Events in place')).toBe(true);
    await page.keyboard.press('Enter');
    await expect.poll(() => item('Events in place').getAttribute('aria-checked')).toBe('true');
    await page.keyboard.press('End');
    await expect.poll(() => hasFocus('Self time of the span')).toBe(true);
    const box = (await page.getByRole('menu').boundingBox())!;
    expect(box.y + box.height).toBeLessThanOrEqual(800);
    await page.keyboard.press('Escape');
    await expect.poll(() => button.evaluate((each) => each === document.activeElement)).toBe(true);
    expect(await page.getByRole('menu').count()).toBe(0);
    expect(opened.faults).toEqual([]);
  });

  it('keep the width of the names from trace to trace', async () => {
    await openSearchTrace();
    const sizer = page.getByRole('separator', { name: 'Width of the span column' });
    const width = async () => Number(await sizer.getAttribute('aria-valuenow'));
    await expect.poll(width).toBeGreaterThan(140);
    const before = await width();
    await sizer.focus();
    await page.keyboard.press('ArrowLeft');
    await page.keyboard.press('ArrowLeft');
    await expect.poll(width).toBe(before - 40);
    await page.getByRole('button', { name: 'All traces' }).click();
    await rows().filter({ hasText: 'GET /items' }).first().click();
    await expect.poll(width).toBe(before - 40);
  });

  it('compare in a table whose figures all fit a large window, and whose names stay in sight in a small one', async () => {
    for (const row of [0, 1]) await rows().nth(row).getByRole('checkbox').check();
    await page.getByTestId('trace-list').focus();
    await page.keyboard.press('c');
    const table = page.locator('.flame-table');
    await table.waitFor();
    const hidden = () => table.evaluate((each) => each.scrollWidth - each.clientWidth);
    await page.setViewportSize({ width: 2000, height: 1200 });
    await expect.poll(hidden).toBe(0);
    const cut = table.locator('.ft-head .ft-cell');
    expect(await cut.evaluateAll((all) => all.filter((each) => each.scrollWidth > each.clientWidth))).toEqual(
      [],
    );
    await page.setViewportSize({ width: 1100, height: 800 });
    await expect.poll(hidden).toBeGreaterThan(0);
    await table.evaluate((each) => each.scrollBy(10_000, 0));
    const places = () =>
      table.evaluate((each) => {
        const { left, right } = each.getBoundingClientRect();
        const row = each.querySelector('.ft-row')!;
        const lastCell = row.lastElementChild!.getBoundingClientRect();
        const name = row.querySelector('.ft-name')!.getBoundingClientRect();
        return [
          Math.round(name.left - left),
          lastCell.right <= right,
          document.body.scrollWidth <= innerWidth,
        ];
      });
    await expect.poll(places).toEqual([0, true, true]);
    expect(opened.faults).toEqual([]);
  });

  it('have room in the table of a sandwich for its longest figures and whole bars, in windows of every width', async () => {
    await openSearchTrace();
    await page.keyboard.press('4');
    const table = page.locator('.flame-aside .flame-table');
    await table.locator('.ft-row').first().waitFor();
    await table
      .locator('.ft-row .ft-cell:last-child span')
      .first()
      .evaluate((each) => {
        each.textContent = '1,000,000';
      });
    const cut = () =>
      table
        .locator('.ft-cell')
        .evaluateAll((all) =>
          all.filter((each) => each.scrollWidth > each.clientWidth).map((each) => each.textContent),
        );
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme });
      for (const width of [1280, 1024, 800]) {
        await page.setViewportSize({ width, height: 800 });
        await expect.poll(cut).toEqual([]);
      }
    }
    const bars = table.locator('.ft-bar');
    const widest = () => bars.evaluateAll((all) => Math.max(...all.map((each) => each.clientWidth)));
    await expect.poll(widest).toBe(72);
    expect(opened.faults).toEqual([]);
  });

  it('have rows to read in every table of a small window, which scrolls to them', async () => {
    await page.setViewportSize({ width: 720, height: 480 });
    const whole = async (table: Locator) => {
      const row = table.locator('.ft-row').nth(1);
      await row.waitFor();
      await table.scrollIntoViewIfNeeded();
      const heights = await table.evaluate((each) => {
        const { top, bottom } = each.getBoundingClientRect();
        let [from, to] = [top, bottom];
        for (let around = each.parentElement; around !== null; around = around.parentElement) {
          if (getComputedStyle(around).overflowY === 'visible') continue;
          const box = around.getBoundingClientRect();
          [from, to] = [Math.max(from, box.top), Math.min(to, box.bottom)];
        }
        return { seen: to - from, heading: each.querySelector('.ft-head')!.clientHeight };
      });
      expect(heights.seen - heights.heading).toBeGreaterThanOrEqual(2 * 26);
    };
    await openSearchTrace();
    await page.keyboard.press('4');
    await whole(page.locator('.flame-aside .flame-table'));
    await page.getByRole('button', { name: 'All traces' }).click();
    for (const row of [0, 1]) await rows().nth(row).getByRole('checkbox').check();
    await page.getByTestId('trace-list').focus();
    await page.keyboard.press('c');
    await whole(page.locator('.flame-beside .flame-table'));
    expect(opened.faults).toEqual([]);
  });

  it('take the keys of a trace from its heading, where the focus is when it comes', async () => {
    await openSearchTrace();
    const focused = () => page.evaluate(() => document.activeElement?.tagName);
    await expect.poll(focused).toBe('H1');
    await page.keyboard.press('3');
    await flame().waitFor();
    await expect
      .poll(() => page.locator('.trace-toolbar [role=tab][aria-selected=true]').innerText())
      .toBe('Left-heavy');
    await page.keyboard.press('/');
    await expect.poll(focused).toBe('INPUT');
    expect(opened.faults).toEqual([]);
  });

  it('show the key that leads to where one looks for a span or an operation, and go there by it', async () => {
    const cap = page.locator('.trace-search kbd');
    const shown = async (label: string) => {
      const field = page.getByRole('searchbox', { name: label });
      await cap.waitFor();
      expect([await cap.textContent(), await field.getAttribute('aria-keyshortcuts')]).toEqual(['/', '/']);
      await page.keyboard.press('/');
      await expect.poll(() => field.evaluate((each) => each === document.activeElement)).toBe(true);
      await cap.waitFor({ state: 'hidden' });
    };
    await openSearchTrace();
    await shown('Find in this trace');
    await page.getByRole('button', { name: 'All traces' }).click();
    for (const row of [0, 1]) await rows().nth(row).getByRole('checkbox').check();
    await page.getByTestId('trace-list').focus();
    await page.keyboard.press('c');
    await flame().waitFor();
    await shown('Find an operation');
    expect(opened.faults).toEqual([]);
  });

  it('show the key of the search field at its end until it is of no use there', async () => {
    const field = page.getByRole('combobox', { name: 'Query' });
    const cap = page.locator('.query-line kbd');
    await cap.waitFor();
    expect([await cap.textContent(), await field.getAttribute('aria-keyshortcuts')]).toEqual(['/', '/']);
    expect(await field.getAttribute('placeholder')).not.toContain('/');
    await page.keyboard.press('/');
    await cap.waitFor({ state: 'hidden' });
    await page.keyboard.type('error = true');
    await page.keyboard.press('Enter');
    await page.locator('body').click({ position: { x: 2, y: 2 } });
    await expect.poll(() => cap.isVisible()).toBe(false);
  });
});
