import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { exportDeck } from '../../../electron/deckJobs/exportDeck.ts';
import { UNWATCHED } from '../../../electron/deckJobs/job.ts';
import { DECK_FORMATS, type ExportChoice } from '../../../shared/deck.ts';
import { createTestDeck, writeForeign } from '../anki/fixtures.ts';
import { sampleContent } from '../anki/foreignPackages.ts';

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'export-deck-'));
});
afterEach(() => rm(folder, { recursive: true }));

async function deckOf() {
  const deck = createTestDeck();
  const front = { type: 'basic' as const, back: 'b' };
  deck.add({ term: 'one', deck: 'A', cards: [{ ...front, front: 'one' }] });
  deck.add({
    term: 'two',
    deck: 'A::B',
    cards: [1, 2, 3].map((n) => ({ ...front, front: `two ${n}`, status: 'proposed' as const })),
  });
  await deck.import(writeForeign(sampleContent(), 'anki21'));
  const write = (choice: Partial<ExportChoice> & Pick<ExportChoice, 'format'>) =>
    exportDeck(
      { db: deck.db, mediaDir: deck.mediaDir },
      {
        path: join(folder, `out.${choice.format}`),
        choice: { deck: null, runId: null, query: '', scheduling: false, media: true, ...choice },
      },
      UNWATCHED,
      async () => Buffer.from('%PDF'),
    );
  return { ...deck, write };
}
const WAITING = '3 cards that wait for review.';

describe('an export', () => {
  it('says in every form and in the same words how many cards wait for review', async () => {
    const { write } = await deckOf();
    for (const format of DECK_FORMATS) {
      const { leftOut } = await write({ format });
      expect([format, leftOut[0]]).toEqual([format, WAITING]);
    }
  });

  it('says of each form what else of the cards it does not hold', async () => {
    const { write, db } = await deckOf();
    const studied = db.prepare('SELECT count(*) FROM memory WHERE state > 0').pluck().get() as number;
    expect(studied).toBeGreaterThan(1);
    const schedule = `The schedule of ${studied} studied cards: they go as new ones.`;
    const files = expect.stringMatching(/^(?:\d+ pictures and sounds|1 picture or sound)\.$/);
    expect((await write({ format: 'apkg' })).leftOut).toEqual([WAITING, schedule]);
    expect((await write({ format: 'apkg', scheduling: true })).leftOut).toEqual([WAITING]);
    expect((await write({ format: 'apkg', scheduling: true, media: false })).leftOut).toEqual([
      WAITING,
      files,
    ]);
    expect((await write({ format: 'json', scheduling: true })).leftOut).toEqual([WAITING, files]);
    for (const format of ['csv', 'tsv', 'json'] as const) {
      expect((await write({ format })).leftOut).toEqual([WAITING, schedule, files]);
    }
    expect((await write({ format: 'md' })).leftOut).toEqual([WAITING]);
  });

  it('says nothing of what was not chosen', async () => {
    const { write } = await deckOf();
    expect((await write({ format: 'csv', query: 'one' })).leftOut).toEqual([]);
  });

  it('of a deck that is not there names the nearest, and of one that only waits that it does', async () => {
    const { write, add } = await deckOf();
    add({ term: 'x', deck: 'Korean', cards: [{ type: 'basic', front: 'x', back: 'b' }] });
    await expect(write({ format: 'json', deck: 'korean' })).rejects.toMatchObject({
      code: 'deck_unknown',
      hint: expect.stringContaining('Did you mean Korean?'),
    });
    await expect(write({ format: 'apkg', deck: 'A::B' })).rejects.toMatchObject({
      code: 'nothing_to_export',
    });
    await expect(write({ format: 'apkg', runId: 'nope' })).rejects.toMatchObject({
      code: 'run_unknown',
      hint: expect.stringContaining('runs list'),
    });
  });
});
