import type { Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { buildPage } from '../../builtPage.ts';
import type { BuiltPage } from '../../builtPage.ts';

type Globals = {
  readonly atRestPage: { drawn: string[]; changes: (...values: (string | undefined)[]) => void };
};

describe('a value at rest', () => {
  let built: BuiltPage;
  let page: Page;
  beforeAll(async () => {
    built = await buildPage('views/cards/atRestPage.tsx');
  }, 60_000);
  afterAll(() => built?.close());
  beforeEach(async () => {
    await page?.close();
    ({ page } = await built.open());
    await expect.poll(drawn).toEqual(['nothing', 'first']);
  });

  const drawn = () => page.evaluate(() => (globalThis as unknown as Partial<Globals>).atRestPage?.drawn);
  const changes = (...values: (string | undefined)[]) =>
    page.evaluate(
      (all) => {
        (globalThis as unknown as Globals).atRestPage.changes(
          ...all.map((value) => (value === null ? undefined : value)),
        );
      },
      values.map((value) => value ?? null),
    );
  /** Longer than what counts as one movement. */
  const rest = () => page.waitForTimeout(300);

  it('is there at once where a change comes alone', async () => {
    await rest();
    // Timers end in their order, however late: one that is shorter than the rest ends before it.
    const seen = await page.evaluate(async () => {
      const { drawn: all, changes: change } = (globalThis as unknown as Globals).atRestPage;
      change('second');
      await new Promise((done) => setTimeout(done, 60));
      return [...all];
    });
    expect(seen).toEqual(['nothing', 'first', 'second']);
  });

  it('is the last of those that follow one another, and none between', async () => {
    await rest();
    await changes('second', 'third', 'fourth', 'fifth');
    await expect.poll(drawn).toEqual(['nothing', 'first', 'second', 'fifth']);
  });

  it('stays what it was until the new one is known', async () => {
    await rest();
    await changes(undefined);
    await rest();
    expect(await drawn()).toEqual(['nothing', 'first']);
    await changes('second');
    await expect.poll(drawn).toEqual(['nothing', 'first', 'second']);
  });

  it('waits no more for one that is overtaken by the value before it', async () => {
    await rest();
    await changes('second', 'third', 'second');
    await rest();
    expect(await drawn()).toEqual(['nothing', 'first', 'second']);
  });
});
