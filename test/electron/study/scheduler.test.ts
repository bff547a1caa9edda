import { createEmptyCard, fsrs } from 'ts-fsrs';
import { describe, expect, it } from 'vitest';
import type { CardMemory, Rating } from '../../../shared/study.ts';
import { createStudyDays, offsetOfZone } from '../../../shared/studyDays.ts';
import { createScheduler } from '../../../electron/study/scheduler.ts';
import { DAY_MS, MINUTE_MS, randomNumbers, studySettings } from './studyFixture.ts';

const NOW_MS = Date.UTC(2026, 4, 4, 12);
const UTC = createStudyDays(offsetOfZone('UTC'), 0);
const intervals = (memory: CardMemory | null, settings = {}, nowMs = NOW_MS) =>
  createScheduler(studySettings(settings), UTC)
    .outlooks(1, memory, nowMs)
    .map(({ intervalMs }) => intervalMs);
const after = (ratings: readonly Rating[], settings = {}) =>
  ratings.reduce<{ memory: CardMemory | null; atMs: number }>(
    ({ memory, atMs }, rating) => {
      const next = createScheduler(studySettings(settings), UTC).outlooks(1, memory, atMs)[rating - 1]!
        .memory;
      return { memory: next, atMs: next.dueMs };
    },
    { memory: null, atMs: NOW_MS },
  );

describe('steps of learning', () => {
  it('lead through all steps and then out, exact to the second', () => {
    const settings = { learningSteps: [0.5, 12.25, 60] };
    const [again, hard, good, easy] = intervals(null, settings);
    expect([again, hard, good]).toEqual([30_000, ((0.5 + 12.25) / 2) * MINUTE_MS, 12.25 * MINUTE_MS]);
    expect(easy! % DAY_MS).toBe(0);
    const second = after([3], settings);
    expect(intervals(second.memory, settings).slice(0, 3)).toEqual([
      30_000,
      12.25 * MINUTE_MS,
      60 * MINUTE_MS,
    ]);
    const third = after([3, 3], settings).memory!;
    expect(third).toMatchObject({ state: 1, learningStep: 2 });
    expect(after([3, 3, 3], settings).memory).toMatchObject({ state: 2, learningStep: 0 });
  });

  it('with a single step hard takes half as long again, and good leads out', () => {
    const [again, hard, good] = intervals(null, { learningSteps: [10] });
    expect([again, hard]).toEqual([10 * MINUTE_MS, 15 * MINUTE_MS]);
    expect(good! % DAY_MS).toBe(0);
  });

  it('without steps every rating gives whole days, never fewer for a better one', () => {
    const days = intervals(null, { learningSteps: [] }).map((ms) => ms / DAY_MS);
    expect(days.every(Number.isInteger)).toBe(true);
    expect(days).toEqual(days.toSorted((a, b) => a - b));
    expect(days[0]).toBeGreaterThanOrEqual(1);
  });

  it('a step of a day and more is due when that day begins', () => {
    const { memory } = after([1], { learningSteps: [2880] });
    expect(memory).toMatchObject({ state: 1, dueMs: Date.UTC(2026, 4, 6) });
  });

  it('a forgotten card goes through the steps of relearning', () => {
    const known = after([4]);
    const lapsed = createScheduler(studySettings({ relearningSteps: [5, 15] }), UTC).outlooks(
      1,
      known.memory,
      known.atMs,
    )[0]!;
    expect(lapsed.intervalMs).toBe(5 * MINUTE_MS);
    expect(lapsed.memory).toMatchObject({ state: 3, lapses: 1, learningStep: 0 });
  });

  it('goes on where the settings have fewer steps than before', () => {
    const { memory } = after([3, 3], { learningSteps: [1, 5, 10] });
    expect(intervals(memory, { learningSteps: [2] })[0]).toBe(2 * MINUTE_MS);
  });
});

describe('the memory', () => {
  it('is that of ts-fsrs for any history of whole days', () => {
    const random = randomNumbers(5);
    const settings = studySettings();
    const scheduler = createScheduler(settings, UTC);
    const theirs = fsrs({ enable_fuzz: false, relearning_steps: ['10m'] });
    for (let card = 0; card < 30; card += 1) {
      let memory: CardMemory | null = null;
      let their = createEmptyCard(NOW_MS);
      let atMs = NOW_MS;
      for (let step = 0; step < 12; step += 1) {
        const rating = (1 + Math.floor(random() * 4)) as Rating;
        memory = scheduler.outlooks(card, memory, atMs)[rating - 1]!.memory;
        their = theirs.next(their, atMs, rating).card;
        expect(memory.stability).toBeCloseTo(their.stability, 6);
        expect(memory.difficulty).toBeCloseTo(their.difficulty, 6);
        expect([memory.reps, memory.lapses, memory.state]).toEqual([their.reps, their.lapses, their.state]);
        atMs += random() < 0.3 ? 5 * MINUTE_MS : Math.ceil(random() * 40) * DAY_MS;
      }
    }
  });

  it('counts the days between reviews by local days', () => {
    const seoul = createStudyDays(offsetOfZone('Asia/Seoul'), 4);
    const scheduler = createScheduler(studySettings(), seoul);
    // 23:00 and 8:00 in Seoul are one day of UTC and two there.
    const late = Date.UTC(2026, 4, 4, 14);
    const first = scheduler.outlooks(1, null, late)[3]!.memory;
    const early = { ...first, state: 2 as const };
    expect(scheduler.predicted(early, late + 9 * 3_600_000)).toBeLessThan(1);
    expect(scheduler.predicted(early, late + 3_600_000)).toBe(1);
  });

  it('goes on from a card that came without one', () => {
    const memory: CardMemory = {
      state: 2,
      dueMs: NOW_MS,
      stability: 0,
      difficulty: 0,
      reps: 4,
      lapses: 0,
      learningStep: 0,
      scheduledDays: 30,
      lastReviewMs: NOW_MS - 30 * DAY_MS,
    };
    const [, , good] = createScheduler(studySettings(), UTC).outlooks(1, memory, NOW_MS);
    expect(good!.memory.scheduledDays).toBeGreaterThan(30);
    expect(createScheduler(studySettings(), UTC).retrievability(memory, NOW_MS)).toBeCloseTo(0.9, 2);
  });
});

describe('intervals', () => {
  const known = (stability: number, reps = 9): CardMemory => ({
    state: 2,
    dueMs: NOW_MS,
    stability,
    difficulty: 5,
    reps,
    lapses: 0,
    learningStep: 0,
    scheduledDays: Math.round(stability),
    lastReviewMs: NOW_MS - Math.round(stability) * DAY_MS,
  });

  it('are no longer than the longest that is allowed', () => {
    for (let stability = 1; stability < 3000; stability *= 1.7) {
      const days = intervals(known(stability), { maximumIntervalDays: 100 }).map((ms) => ms / DAY_MS);
      expect(Math.max(...days)).toBeLessThanOrEqual(100);
    }
  });

  it('grow with the rating', () => {
    for (let stability = 0.5; stability < 3000; stability *= 1.3) {
      const [again, hard, good, easy] = intervals(known(stability), { relearningSteps: [] });
      expect(again).toBeLessThanOrEqual(hard!);
      expect(hard).toBeLessThan(good!);
      expect(good).toBeLessThan(easy!);
    }
  });

  it('are shorter where more is to be remembered', () => {
    const at = (desiredRetention: number) => intervals(known(60), { desiredRetention })[2]!;
    expect(at(0.97)).toBeLessThan(at(0.9));
    expect(at(0.9)).toBeLessThan(at(0.8));
  });

  it('differ from card to card and review to review, but not from look to look', () => {
    const scheduler = createScheduler(studySettings(), UTC);
    const good = (cardId: number, reps: number) =>
      scheduler.outlooks(cardId, known(100, reps), NOW_MS)[2]!.memory.scheduledDays;
    const cards = Array.from({ length: 50 }, (_, cardId) => good(cardId, 9));
    expect(new Set(cards).size).toBeGreaterThan(8);
    expect(cards).toEqual(Array.from({ length: 50 }, (_, cardId) => good(cardId, 9)));
    expect(new Set(Array.from({ length: 20 }, (_, reps) => good(1, reps))).size).toBeGreaterThan(5);
  });
});
