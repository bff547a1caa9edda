import { default_w, fsrs } from 'ts-fsrs';
import { describe, expect, it } from 'vitest';
import { TracedeckError } from '../../../electron/errors/tracedeckError.ts';
import type { Db } from '../../../electron/sqlite/openDatabase.ts';
import { optimiseStudy } from '../../../electron/study/optimiser.ts';
import { addNotes, DAY_MS, openStudy, randomNumbers, studySettings } from './studyFixture.ts';

const settings = studySettings();

/** Reviews of somebody who forgets as these weights say; with imported columns, as an import leaves them. */
function addReviews(db: Db, weights: readonly number[], cards: number, deck = 'A'): void {
  const random = randomNumbers(17);
  const mind = fsrs({ w: [...weights] });
  const insert = db.prepare(
    `INSERT INTO reviews (card_id, rating, reviewed_ms, duration_ms, kind, imported) VALUES (?, ?, ?, 1000, ?, '{}')`,
  );
  const cardIds = addNotes(db, cards, { deck });
  db.transaction(() => {
    for (const cardId of cardIds) {
      let state: { stability: number; difficulty: number } | null = null;
      let atMs = Date.UTC(2020, 0, 1) + Math.floor(random() * 1000) * DAY_MS;
      for (let step = 0; step < 8; step += 1) {
        const days = state === null ? 0 : Math.max(1, Math.round(state.stability * (0.5 + random() * 2)));
        atMs += days * DAY_MS;
        const chance = state === null ? 1 : mind.forgetting_curve(days, state.stability);
        const rating = random() < chance ? (random() < 0.2 ? 4 : 3) : 1;
        insert.run(cardId, rating, atMs, step === 0 ? 0 : 2);
        state = mind.next_state(state, days, rating);
      }
    }
  })();
}

const forgetful = default_w.map((weight, index) =>
  index < 4 ? weight * 0.25 : index === 8 ? weight * 0.7 : weight,
);

describe('the optimiser', () => {
  it('finds weights that foretell the user’s own reviews better', async () => {
    const { db } = openStudy();
    addReviews(db, forgetful, 250);
    const progress: (number | null)[] = [];
    const found = await optimiseStudy(
      db,
      { deck: null, settings, zone: 'UTC' },
      { throwIfCancelled: () => {}, progress: (_done, total) => progress.push(total) },
    );
    expect(found.weights).toHaveLength(21);
    expect(found.reviews).toBe(250 * 7);
    expect(found.lossAfter).toBeLessThan(found.lossBefore - 0.005);
    expect(found.weights[2]).toBeLessThan(default_w[2]! * 0.7);
    expect(() => studySettings({ weights: [...found.weights] })).not.toThrow();
    // With these weights in use, there is little left to gain, and never a loss.
    const again = await optimiseStudy(db, {
      deck: null,
      zone: 'UTC',
      settings: studySettings({ weights: [...found.weights] }),
    });
    expect(again.lossBefore).toBeCloseTo(found.lossAfter, 9);
    expect(again.lossAfter).toBeLessThanOrEqual(again.lossBefore);
  });

  it('learns from the deck alone that it is asked about', async () => {
    const { db } = openStudy();
    addReviews(db, forgetful, 30, 'A::B');
    addReviews(db, default_w, 40, 'C');
    expect((await optimiseStudy(db, { deck: 'A', settings, zone: 'UTC' })).reviews).toBe(210);
  });

  it('wants enough reviews', async () => {
    const { db } = openStudy();
    addReviews(db, default_w, 9);
    await expect(optimiseStudy(db, { deck: null, settings })).rejects.toMatchObject({
      code: 'too_few_reviews',
      message: 'There are 63 reviews to learn from.',
    });
  });

  it('leaves out cards whose first reviews are not known, and reviews of the same day', async () => {
    const { db } = openStudy();
    addReviews(db, default_w, 10);
    db.exec('DELETE FROM reviews WHERE kind = 0 AND card_id <= 5');
    await expect(optimiseStudy(db, { deck: null, settings })).rejects.toMatchObject({
      message: 'There are 35 reviews to learn from.',
    });
  });

  it('says why it cannot be loaded', async () => {
    const { db } = openStudy();
    addReviews(db, default_w, 10);
    const missing = () => Promise.reject(new Error('Cannot find native binding\nmore'));
    const failure = optimiseStudy(db, { deck: null, settings }, undefined, missing);
    await expect(failure).rejects.toMatchObject({ code: 'optimiser_missing', category: 'degraded' });
    await expect(failure).rejects.toHaveProperty(
      'hint',
      expect.stringContaining('Cannot find native binding. '),
    );
  });

  it('can be stopped while the native module works', async () => {
    const { db } = openStudy();
    addReviews(db, forgetful, 400);
    let isTraining = false;
    const context = {
      throwIfCancelled: () => {
        if (isTraining) throw new TracedeckError('transient', 'cancelled', 'Cancelled.');
      },
      progress: () => {},
    };
    const load = async () => {
      const binding = await import('@open-spaced-repetition/binding');
      const computeParameters: typeof binding.computeParameters = (...args) => {
        isTraining = true;
        return binding.computeParameters(...args);
      };
      return { ...binding, computeParameters };
    };
    const stopped = optimiseStudy(db, { deck: null, settings, zone: 'UTC' }, context, load);
    await expect(stopped).rejects.toMatchObject({ code: 'cancelled' });
  });
});
