import type { Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { KEY_GROUPS } from '../../../../renderer/shell/keyHelp.ts';
import { SECTION_NAMES } from '../../../../renderer/shell/places.ts';
import { SETTINGS_SECTIONS } from '../../../../renderer/store/route.ts';
import { buildPage } from '../../builtPage.ts';
import type { BuiltPage, OpenedPage } from '../../builtPage.ts';

describe('the settings', () => {
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
    await page.getByTestId('nav-settings').click();
    await page.getByRole('form', { name: 'Settings' }).waitFor();
  });

  const index = () => page.getByRole('navigation', { name: 'Sections' });
  const marked = () => index().locator('[aria-current]').textContent();
  const focused = () => page.evaluate(() => document.activeElement?.id);

  it('have an index of every section, in their order, which leads there and says where one is', async () => {
    const names = SETTINGS_SECTIONS.map((section) => SECTION_NAMES[section]);
    await expect.poll(() => page.locator('.settings-section h2').allTextContents()).toEqual(names);
    expect(await index().getByRole('button').allTextContents()).toEqual(names);
    await expect.poll(marked).toBe('Appearance');
    for (const section of ['backups', 'receiver', 'defaults'] as const) {
      await index().getByRole('button', { name: SECTION_NAMES[section], exact: true }).click();
      await expect.poll(focused).toBe(section);
      await expect.poll(marked).toBe(SECTION_NAMES[section]);
    }
    expect(opened.faults).toEqual([]);
  });

  it('stay at the section that is read when the window gets narrower, and wider again', async () => {
    const heading = page.locator('#telemetry');
    const topOf = async () => Math.round((await heading.boundingBox())!.y);
    await page.setViewportSize({ width: 1280, height: 800 });
    await index().getByRole('button', { name: SECTION_NAMES.telemetry, exact: true }).click();
    await expect.poll(marked).toBe(SECTION_NAMES.telemetry);
    const top = await topOf();
    await page.setViewportSize({ width: 760, height: 800 });
    await expect.poll(topOf).toBeLessThan(200);
    const below = await index().boundingBox();
    expect(await topOf()).toBeGreaterThanOrEqual(Math.round(below!.y + below!.height));
    await expect.poll(marked).toBe(SECTION_NAMES.telemetry);
    await page.setViewportSize({ width: 1280, height: 800 });
    await expect.poll(topOf).toBe(top);
    expect(opened.faults).toEqual([]);
  });

  it('are saved by mod+S from within a field, as the help says', async () => {
    expect(KEY_GROUPS.find(({ title }) => title === 'Settings')?.keys.map(([keys]) => keys)).toEqual([
      'mod+S',
    ]);
    const rows = page.getByLabel('Rows at once');
    await rows.fill('7');
    await page.keyboard.press('Control+s');
    await page.getByText('Settings saved.').waitFor();
    await expect.poll(() => page.getByRole('group', { name: 'Changes' }).count()).toBe(0);
    // The focus stays where one was writing.
    await expect.poll(() => rows.evaluate((box) => box === document.activeElement)).toBe(true);
  });

  it('are not saved by mod+S while a field is wrong: that field has the focus then', async () => {
    const rows = page.getByLabel('Rows at once');
    await rows.fill('0');
    await page.getByLabel('Base URL').first().focus();
    await page.keyboard.press('Control+s');
    await expect.poll(() => rows.evaluate((box) => box === document.activeElement)).toBe(true);
    expect(await page.getByText('Settings saved.').count()).toBe(0);
  });

  it('offer each generator that a run can have', async () => {
    await page.getByLabel('Generator', { exact: true }).selectOption({ label: 'Anthropic' });
    await page.keyboard.press('Control+s');
    await page.getByText('Settings saved.').waitFor();
    await expect.poll(() => page.getByLabel('Generator', { exact: true }).inputValue()).toBe('anthropic');
  });
});
