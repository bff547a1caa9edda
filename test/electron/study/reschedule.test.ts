import { expect, it } from 'vitest';
import type { Rating } from '../../../shared/study.ts';
import { createChangeLog } from '../../../electron/deck/changeLog.ts';
import { deckJobs } from '../../../electron/deckJobs/deckJobs.ts';
import { UNWATCHED } from '../../../electron/deckJobs/job.ts';
import { rescheduled } from '../../../electron/study/reschedule.ts';
import { addNotes, DAY_MS, DUE, openStudy, randomNumbers, studySettings } from './studyFixture.ts';

it('gives new dates to what is known, keeps what nothing changes for, and writes nothing', () => {
  const fixture = openStudy({ settings: { newPerDay: 99 } });
  const { db, clock, study } = fixture;
  addNotes(db, 20);
  addNotes(db, 5, { deck: 'B' });
  const random = randomNumbers(2);
  for (let day = 0; day < 60; day += 1) {
    for (let turn = study.next(DUE), count = 0; turn.next !== null && count < 60; count += 1) {
      const rating: Rating = random() < 0.1 ? 1 : 3;
      turn = study.rate({ ...DUE, cardId: turn.next.card.cardId, rating, durationMs: 1 });
    }
    clock.atMs += DAY_MS;
  }
  const memory = db.prepare('SELECT * FROM memory ORDER BY card_id').all();
  const plan = (settings = {}, deck: string | null = null) => [
    ...rescheduled(db, { deck, settings: studySettings(settings), zone: 'Asia/Seoul' }),
  ];
  expect(plan()).toEqual([]);
  const intervalOf = db
    .prepare<[number], number>('SELECT scheduled_days FROM memory WHERE card_id = ?')
    .pluck();
  const longer = plan({ desiredRetention: 0.8 });
  expect(longer.length).toBeGreaterThan(15);
  for (const { cardId, memory: after } of longer) {
    expect(after['scheduled_days']).toBeGreaterThan(intervalOf.get(cardId)!);
    expect(after['due_ms']).toBeGreaterThan(after['last_review_ms'] as number);
    expect(Object.keys(after)).toHaveLength(11);
  }
  expect(plan({ desiredRetention: 0.8 }, 'B').length).toBeLessThanOrEqual(5);
  expect(db.prepare('SELECT * FROM memory ORDER BY card_id').all()).toEqual(memory);
});

it('is one change as a job of the deck, and taken back to the bit', async () => {
  const { db, clock, study } = openStudy({ settings: { newPerDay: 99 } });
  addNotes(db, 20);
  for (let day = 0; day < 20; day += 1) {
    for (let turn = study.next(DUE), count = 0; turn.next !== null && count < 60; count += 1) {
      turn = study.rate({ ...DUE, cardId: turn.next.card.cardId, rating: 3, durationMs: 1 });
    }
    clock.atMs += DAY_MS;
  }
  const read = () => db.prepare('SELECT * FROM memory ORDER BY card_id').all();
  const before = read();
  const params = { deck: null, settings: studySettings({ desiredRetention: 0.8 }), zone: 'Asia/Seoul' };
  const at = { db, deckPath: ':memory:', mediaDir: '' };
  const done = await deckJobs.reschedule.run(at, params, UNWATCHED);
  expect(done.cards).toBeGreaterThan(15);
  expect(read()).not.toEqual(before);
  expect(createChangeLog(db).undoLast()?.changeSetId).toBe(done.changeSetId);
  expect(read()).toEqual(before);
});
