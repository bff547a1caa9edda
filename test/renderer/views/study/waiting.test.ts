import type { Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { buildPage } from '../../builtPage.ts';
import type { BuiltPage } from '../../builtPage.ts';

/** The whole window over a deck that is made up, and a clock that is set by hand. */
describe('a study session with nothing left', () => {
  let built: BuiltPage;
  let page: Page;
  beforeAll(async () => {
    built = await buildPage('demo/demo.ts');
  }, 60_000);
  afterAll(() => built?.close());
  beforeEach(async () => {
    await page?.close();
    ({ page } = await built.open({ question: '?rowMs=0' }));
    await page.clock.install();
    await expect.poll(() => page.evaluate(() => 'openLink' in window)).toBe(true);
    await study('Korean and friends');
  });
  const study = (deck: string) =>
    page.evaluate(
      (url) => (window as unknown as { openLink: (url: string) => void }).openLink(url),
      `tracedeck://study?mode=due&deck=${deck}`,
    );

  const card = () => page.getByTestId('study-card');
  const nothingLeft = () => page.getByText(/Done for now|Nothing is due here/);

  /** Answers cards until none is left. @returns how many */
  async function answerAll(rating: string): Promise<number> {
    for (let count = 0; ; count += 1) {
      await card().or(nothingLeft()).first().waitFor();
      if (await nothingLeft().isVisible()) return count;
      await page.keyboard.press('Space');
      await page.getByTestId('rate-3').waitFor();
      const before = await page.locator('.study-body').innerHTML();
      await page.keyboard.press(rating);
      await expect.poll(() => page.locator('.study-body').innerHTML()).not.toBe(before);
    }
  }

  it('shows the card that falls due while nobody does anything', async () => {
    expect(await answerAll('3')).toBeGreaterThan(0);
    await page.getByText('The next card comes in').waitFor();
    await page.clock.fastForward('00:30');
    await page.clock.runFor(1000);
    expect(await nothingLeft().isVisible()).toBe(true);
    await page.clock.fastForward('10:00');
    await card().waitFor();
  });

  it('looks again where its first look came too early', async () => {
    // No wait is longer than an hour. What is answered comes again in a day at the soonest: some hours on, none is left.
    let waited = 0;
    do {
      await answerAll('4');
      await page.clock.fastForward('01:10:00');
      await page.clock.runFor(1000);
      waited += 1;
    } while (waited < 24 && (await card().isVisible()));
    expect(await nothingLeft().isVisible()).toBe(true);
    await page.clock.fastForward(10 * 86_400_000);
    await card().waitFor();
  });

  it('says where there is no such deck', async () => {
    await study('Never heard of');
    await page.getByRole('heading', { name: 'There is no such deck' }).waitFor();
    await page.getByRole('button', { name: 'All decks' }).press('Enter');
    await page.getByRole('button', { name: 'Study all decks' }).waitFor();
  });
});
