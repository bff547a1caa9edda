import { describe, expect, it } from 'vitest';
import type { AnkiCard } from '../../../electron/anki/ankiTypes.ts';
import {
  calendarOf,
  dayStartMs,
  fromMemory,
  fromSm2,
  keepSchedule,
  localDay,
  NEW_SCHEDULE,
  toMemory,
  toRevlog,
} from '../../../electron/anki/schedule.ts';
import type { CardMemory } from '../../../shared/study.ts';

const DAY = 86_400_000;
const card = (columns: Partial<AnkiCard>): AnkiCard => ({
  ...NEW_SCHEDULE,
  id: 1,
  noteId: 1,
  deckId: 1,
  ordinal: 0,
  mod: 0,
  flag: 0,
  ...columns,
});
const memory: CardMemory = {
  state: 2,
  dueMs: Date.UTC(2025, 5, 1, 15),
  stability: 20,
  difficulty: 4.5,
  reps: 6,
  lapses: 1,
  learningStep: 0,
  scheduledDays: 18,
  lastReviewMs: Date.UTC(2025, 4, 14, 15, 0, 0, 123),
};

describe('the schedule', () => {
  it('begins its days at four in the morning, whatever the clocks do', () => {
    for (let at = Date.UTC(2025, 0, 1); at < Date.UTC(2026, 0, 1); at += 7 * 3_600_000) {
      const day = localDay(at);
      expect(dayStartMs(day)).toBeLessThanOrEqual(at);
      expect(dayStartMs(day + 1)).toBeGreaterThan(at);
      expect(new Date(dayStartMs(day)).getHours()).toBe(4);
    }
  });

  it("counts days in the zone of the package's collection", () => {
    // 4 in the morning of 2 March in Seoul is 19 o'clock of 1 March in London.
    const crt = Date.UTC(2025, 2, 1, 19) / 1000;
    expect(calendarOf(crt, -540).firstDay).toBe(Date.UTC(2025, 2, 2) / DAY);
  });

  it.each([
    ['review', memory],
    [
      'learning',
      { ...memory, state: 1, dueMs: Date.UTC(2025, 4, 14, 15, 10), learningStep: 1, scheduledDays: 0 },
    ],
    ['relearning', { ...memory, state: 3, dueMs: Date.UTC(2025, 4, 14, 15, 10), learningStep: 0 }],
  ] as const)('of a card in %s comes back from what Anki is told', (_, before) => {
    const calendar = { firstDay: localDay(Date.UTC(2024, 0, 1)) };
    const columns = fromMemory(before as CardMemory, null, calendar, 0.9);
    const after = toMemory(columns, calendar, before.lastReviewMs)!;
    const dueMs = before.state === 2 ? dayStartMs(localDay(before.dueMs)) : before.dueMs;
    expect(after).toEqual({ ...before, dueMs });
    // Without its reviews, the last of them is known to the second.
    expect(toMemory(columns, calendar, null)!.lastReviewMs).toBe(
      Math.floor(before.lastReviewMs! / 1000) * 1000,
    );
  });

  it('of a long step is due on a day', () => {
    const calendar = { firstDay: localDay(Date.UTC(2024, 0, 1)) };
    const step: CardMemory = { ...memory, state: 1, dueMs: memory.lastReviewMs! + 3 * DAY };
    expect(fromMemory(step, null, calendar, 0.9)).toMatchObject({
      type: 1,
      queue: 3,
      due: localDay(step.dueMs) - calendar.firstDay,
    });
  });

  it('goes back as it came while nobody studied the card, and by its own figures afterwards', () => {
    const [from, to] = [{ firstDay: 19_000 }, { firstDay: 18_000 }];
    const came = card({
      type: 2,
      queue: 2,
      due: 700,
      ivl: 40,
      factor: 1900,
      reps: 9,
      lapses: 3,
      left: 1,
      data: '{"s":33.3,"d":7,"cd":"{}"}',
    });
    const kept = keepSchedule(came, from);
    const remembered = toMemory(came, from, null)!;
    expect(fromMemory(remembered, kept, to, 0.9)).toMatchObject({
      due: 1700,
      factor: 1900,
      left: 1,
      data: came.data,
    });
    const studied = { ...remembered, reps: 10, stability: 80, dueMs: remembered.dueMs + 80 * DAY };
    expect(fromMemory(studied, kept, to, 0.9)).toMatchObject({ due: 1780, factor: 2500, reps: 10 });
  });

  it('of SM-2 becomes one of FSRS: remembered at 90 % for its interval, harder the lower its ease', () => {
    expect(fromSm2(2500, 30).stability).toBe(30);
    const [easy, middle, hard] = [3000, 2500, 1300].map((factor) => fromSm2(factor, 30).difficulty);
    expect(easy).toBeLessThan(middle!);
    expect(middle).toBeLessThan(hard!);
    expect(hard).toBeLessThanOrEqual(10);
    expect(
      toMemory(
        card({ type: 2, due: 10, ivl: 30, factor: 2500, data: 'not json' }),
        { firstDay: 20_000 },
        null,
      ),
    ).toMatchObject({ stability: 30, scheduledDays: 30, lastReviewMs: dayStartMs(20_010) - 30 * DAY });
  });

  it('of a new or buried new card is none', () => {
    expect(toMemory(card({ type: 0, due: 7 }), { firstDay: 0 }, null)).toBeNull();
    expect(fromMemory({ ...memory, state: 0 }, null, { firstDay: 0 }, 0.9)).toBe(NEW_SCHEDULE);
  });

  it('holds no nonsense, whatever the columns say', () => {
    const wild = card({
      type: 2,
      due: 2 ** 40,
      ivl: -5,
      factor: -1,
      reps: -3,
      lapses: -1,
      data: '{"s":-1,"d":99,"lrt":1e99}',
    });
    const read = toMemory(wild, { firstDay: 0 }, null)!;
    for (const value of Object.values(read)) expect(Number.isFinite(value) || value === null).toBe(true);
    expect(read).toMatchObject({ reps: 0, lapses: 0, scheduledDays: 0 });
  });

  it('writes intervals of cramming as none', () => {
    const review = (atMs: number, kind: number, intervalDays: number) => ({
      rating: 3,
      reviewedMs: atMs,
      durationMs: 5,
      kind,
      imported: null,
      intervalDays,
    });
    const rows = toRevlog(
      1,
      [review(1000, 0, 0), review(2000, 4, 0), review(DAY, 2, 1)],
      { dueMs: 9 * DAY, scheduledDays: 8 },
      (at) => at,
    );
    expect(rows.map(({ ivl, lastIvl, type }) => [ivl, lastIvl, type])).toEqual([
      [-1, 0, 0],
      [-1, -1, 3],
      [8, -1, 1],
    ]);
  });
});
