/** Every place of the program in every theme and two sizes: axe finds nothing serious, and nothing is cut off. */
import { rm } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Page } from 'playwright-core';
import { axeFaults } from '../fixtures/axe.ts';
import { PLACES } from '../fixtures/places.ts';
import { seedDataDir } from '../fixtures/seededData.ts';
import { inMain, launchApp, shot, type LaunchedApp } from '../harness/electronApp.ts';

const LOOKS = {
  light: { colorScheme: 'light', contrast: 'no-preference', forcedColors: 'none' },
  dark: { colorScheme: 'dark', contrast: 'no-preference', forcedColors: 'none' },
  contrast: { colorScheme: 'light', contrast: 'more', forcedColors: 'none' },
  'contrast-dark': { colorScheme: 'dark', contrast: 'more', forcedColors: 'none' },
  // The system's own colours, as Windows' contrast themes have them.
  forced: { colorScheme: 'dark', contrast: 'more', forcedColors: 'active' },
} as const;
type Look = keyof typeof LOOKS;
/** What a theme can change; the rest of the page is the same in each. */
const COLOUR_RULES = ['color-contrast', 'link-in-text-block'];

let launched: LaunchedApp;
let dataDir: string;
beforeAll(async () => {
  ({ dataDir } = await seedDataDir());
  launched = await launchApp({ dataDir });
  launched.page.setDefaultTimeout(10_000);
  await launched.page.locator('html[data-ready="true"]').waitFor();
});
afterAll(async () => {
  await launched?.close();
  await rm(dataDir, { recursive: true, force: true, maxRetries: 5 });
});

async function show(page: Page, look: Look): Promise<void> {
  await page.emulateMedia({ ...LOOKS[look], reducedMotion: 'reduce' });
  // Canvases and charts follow a frame later.
  await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));
}

async function resize(width: number, height: number): Promise<void> {
  await inMain(
    launched.app,
    ({ BrowserWindow }, size) => BrowserWindow.getAllWindows()[0]!.setContentSize(size.width, size.height),
    { width, height },
  );
  await launched.page.waitForFunction((wanted) => innerWidth === wanted, width);
}

/** The page itself never scrolls: what is wider than the window would be out of reach. */
function overflowOf(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const { clientWidth, clientHeight, scrollWidth, scrollHeight } = document.documentElement;
    const isOver = scrollWidth > clientWidth || scrollHeight > clientHeight;
    return isOver ? [`page: ${scrollWidth}x${scrollHeight} in ${clientWidth}x${clientHeight}`] : [];
  });
}

describe.each([
  [1280, 800, ['light', 'dark', 'contrast']],
  [760, 600, ['dark', 'contrast-dark']],
] as const)('at %i x %i', (width, height, looks) => {
  beforeAll(() => resize(width, height));

  it.each(PLACES.map((place) => [place.name, place] as const))('%s', async (name, place) => {
    const { page } = launched;
    await show(page, looks[0]);
    await place.open(launched);
    const faults: Record<string, readonly string[]> = {};
    for (const look of looks) {
      await show(page, look);
      await shot(page, `a11y-${name}-${look}${width < 1000 ? '-narrow' : ''}`);
      const found = await axeFaults(page, look === looks[0] ? undefined : COLOUR_RULES);
      if (found.length > 0) faults[look] = found;
    }
    const overflow = await overflowOf(page);
    if (overflow.length > 0) faults['overflow'] = overflow;
    expect(faults).toEqual({});
  });
});

const IN_FORCED_COLOURS = [
  'start',
  'run',
  'traces-marked',
  'trace-span',
  'insight-metrics',
  'settings',
  'palette',
];

describe('at twice the size', () => {
  const zoom = async (factor: number) => {
    await inMain(
      launched.app,
      ({ BrowserWindow }, wanted) => BrowserWindow.getAllWindows()[0]!.webContents.setZoomFactor(wanted),
      factor,
    );
    await launched.page.waitForFunction((wanted) => innerWidth === wanted, 1280 / factor);
  };
  beforeAll(async () => {
    await resize(1280, 800);
    await zoom(2);
  });
  afterAll(() => zoom(1));

  it('every place of the rail is in sight, and the page does not scroll', async () => {
    const { page } = launched;
    const hidden = await page.locator('.rail button').evaluateAll((buttons) => {
      const { bottom } = document.querySelector('.rail')!.getBoundingClientRect();
      return buttons
        .filter((button) => button.getBoundingClientRect().bottom > Math.min(bottom, innerHeight))
        .map(({ textContent }) => textContent);
    });
    expect(hidden).toEqual([]);
    expect(await overflowOf(page)).toEqual([]);
  });

  it('the list of traces shows whole dates, and what stands above it can be scrolled to', async () => {
    const { page } = launched;
    await PLACES.find(({ name }) => name === 'traces-marked')!.open(launched);
    const query = page.getByRole('combobox', { name: 'Query' });
    await query.fill('service = "pay"');
    await query.press('Enter');
    const dates = page.locator('.trace-list-body .cell-start');
    await dates.filter({ hasText: 'Jan' }).first().waitFor();
    const cut = await dates.evaluateAll((cells) =>
      cells
        .filter(({ scrollWidth, clientWidth }) => scrollWidth > clientWidth)
        .map(({ textContent }) => textContent),
    );
    expect(cut).toEqual([]);
    const isScrolled = await page
      .locator('.found')
      .evaluate(
        (found) => found.scrollHeight <= found.clientHeight || getComputedStyle(found).overflowY === 'auto',
      );
    expect(isScrolled).toBe(true);
  });
});

describe('in forced colours', () => {
  beforeAll(() => resize(1280, 800));

  it.each(IN_FORCED_COLOURS)('%s', async (name) => {
    const { page } = launched;
    await show(page, 'light');
    // A run needs its list first.
    if (name === 'run') await PLACES.find((each) => each.name === 'list')!.open(launched);
    await PLACES.find((each) => each.name === name)!.open(launched);
    await show(page, 'forced');
    await shot(page, `a11y-${name}-forced`);
    expect(await axeFaults(page)).toEqual([]);
  });
});
