/**
 * When a card comes again. FSRS 6 (ts-fsrs) says how well it is remembered and for how many days; the steps of
 * learning, exact to the second, and local days are counted here: ts-fsrs counts days of UTC and whole minutes.
 */
import { fsrs, S_MIN } from 'ts-fsrs';
import type { FSRS } from 'ts-fsrs';
import { RATINGS } from '../../shared/study.ts';
import type { CardMemory, Rating, StudySettings } from '../../shared/study.ts';
import { DAY_MS } from '../../shared/studyDays.ts';
import type { StudyDays } from '../../shared/studyDays.ts';

const MINUTE_MS = 60_000;
const DAY_MINUTES = 1440;

export type ScheduleSettings = Pick<
  StudySettings,
  'desiredRetention' | 'learningSteps' | 'relearningSteps' | 'maximumIntervalDays' | 'weights'
>;
export type Outlook = {
  readonly memory: CardMemory;
  /** Until the card comes again: a step to the millisecond, else whole days. */
  readonly intervalMs: number;
};
export type Scheduler = ReturnType<typeof createScheduler>;

/** The bare formulas of FSRS with the weights of `settings`. */
export function fsrsOf(settings: Partial<ScheduleSettings>): FSRS {
  return fsrs({
    request_retention: settings.desiredRetention ?? 0.9,
    maximum_interval: settings.maximumIntervalDays ?? 36_500,
    // Only their number counts: it bounds two of the weights.
    relearning_steps: (settings.relearningSteps ?? []).map(() => '1m' as const),
    enable_fuzz: true,
    enable_short_term: true,
    ...(settings.weights ? { w: settings.weights } : {}),
  });
}

/** Pure: the same card, rating and time give the same outlook, so the interval shown is the one that happens. */
export function createScheduler(settings: ScheduleSettings, days: StudyDays) {
  const algorithm = fsrsOf(settings);
  const most = settings.maximumIntervalDays;

  /** What each of the four ratings would do now. `memory` is `null` for a new card. */
  function outlooks(cardId: number, memory: CardMemory | null, nowMs: number): readonly Outlook[] {
    const before = known(memory);
    const elapsed = before === null ? 0 : elapsedDays(before, nowMs);
    // Of the card and its count of ratings: another number each time, the same until it is rated.
    algorithm.seed = `${cardId} ${memory?.reps ?? 0}`;
    const state = before?.state ?? 0;
    const states = RATINGS.map((rating) =>
      algorithm.next_state(
        before === null ? null : { stability: before.stability, difficulty: before.difficulty },
        elapsed,
        rating,
      ),
    );
    const steps = RATINGS.map((rating) => stepAfter(state, before?.learningStep ?? 0, rating));
    const intervals = dayIntervals(
      states.map(({ stability }) => stability),
      steps.map((step) => step === null),
      elapsed,
    );
    const today = days.dayOf(nowMs);
    return RATINGS.map((rating, index): Outlook => {
      const step = steps[index]!;
      const isLapse = state === 2 && rating === 1;
      const next = {
        stability: states[index]!.stability,
        difficulty: states[index]!.difficulty,
        reps: (memory?.reps ?? 0) + 1,
        lapses: (memory?.lapses ?? 0) + (isLapse ? 1 : 0),
        lastReviewMs: nowMs,
      };
      if (step === null) {
        const scheduledDays = intervals[index]!;
        const dueMs = days.startOf(today + scheduledDays);
        const after: CardMemory = { ...next, state: 2, dueMs, learningStep: 0, scheduledDays };
        return { memory: after, intervalMs: scheduledDays * DAY_MS };
      }
      // A step of a day and more counts days, as intervals do.
      const wholeDays = step.minutes < DAY_MINUTES ? 0 : Math.round(step.minutes / DAY_MINUTES);
      const intervalMs = wholeDays > 0 ? wholeDays * DAY_MS : Math.round(step.minutes * MINUTE_MS);
      const dueMs = wholeDays > 0 ? days.startOf(today + wholeDays) : nowMs + intervalMs;
      const inLearning = state === 2 || state === 3 ? 3 : 1;
      const after: CardMemory = {
        ...next,
        state: inLearning,
        dueMs,
        learningStep: step.index,
        scheduledDays: 0,
      };
      return { memory: after, intervalMs };
    });
  }

  /** The step that a rating leads to; `null` where it leads out of learning. As Anki's steps go. */
  function stepAfter(state: number, at: number, rating: Rating): { index: number; minutes: number } | null {
    const steps = state === 2 || state === 3 ? settings.relearningSteps : settings.learningSteps;
    const [first] = steps;
    if (first === undefined || rating === 4 || (state === 2 && rating !== 1)) return null;
    const index = state === 0 || state === 2 ? 0 : Math.min(at, steps.length - 1);
    if (rating === 1) return { index: 0, minutes: first };
    if (rating === 3) {
      const minutes = steps[index + 1];
      return minutes === undefined ? null : { index: index + 1, minutes };
    }
    // Hard repeats its step; the first lies between again and good.
    if (index > 0) return { index, minutes: steps[index]! };
    const second = steps[1];
    const minutes = second === undefined ? Math.min(first * 1.5, first + DAY_MINUTES) : (first + second) / 2;
    return { index: 0, minutes };
  }

  /** Days by rating; where several lead out of learning, the better one is never the shorter, good and easy longer. */
  function dayIntervals(
    stabilities: readonly number[],
    leadsOut: readonly boolean[],
    elapsed: number,
  ): readonly number[] {
    const raw: number[] = stabilities.map((stability) => algorithm.next_interval(stability, elapsed));
    const [again = 1, hard = 1, good = 1, easy = 1] = raw;
    const least = (days: number, above: number) => Math.min(most, Math.max(1, days, above));
    const firstHard = Math.min(hard, good);
    const firstAgain = Math.min(again, firstHard);
    const hardDays = least(firstHard, leadsOut[0] ? firstAgain : 1);
    const goodDays = least(good, leadsOut[1] ? hardDays + 1 : 1);
    const easyDays = least(easy, leadsOut[2] ? goodDays + 1 : 1);
    return [least(firstAgain, 1), hardDays, goodDays, easyDays];
  }

  /** Whole local days since the last review, as FSRS counts them. */
  function elapsedDays(memory: CardMemory, nowMs: number): number {
    const today = days.dayOf(nowMs);
    const last =
      memory.lastReviewMs === null
        ? days.dayOf(memory.dueMs) - memory.scheduledDays
        : days.dayOf(memory.lastReviewMs);
    return Math.max(0, today - last);
  }

  return {
    outlooks,

    /** Chance that the card is remembered at this moment. */
    retrievability(memory: CardMemory, nowMs: number): number {
      const { stability } = known(memory) ?? memory;
      const sinceMs =
        memory.lastReviewMs === null ? elapsedDays(memory, nowMs) * DAY_MS : nowMs - memory.lastReviewMs;
      return algorithm.forgetting_curve(Math.max(0, sinceMs) / DAY_MS, Math.max(stability, S_MIN));
    },

    /** What FSRS expects of a review now, days counted whole as in its formulas; `null` for one in learning. */
    predicted(memory: CardMemory | null, nowMs: number): number | null {
      const before = known(memory);
      if (before === null || before.state !== 2) return null;
      return algorithm.forgetting_curve(elapsedDays(before, nowMs), before.stability);
    },
  };
}

/**
 * A memory that FSRS can go on from. A card may come from a program without it: its interval is then the best guess
 * at its stability, and difficulty begins in the middle.
 */
function known(memory: CardMemory | null): CardMemory | null {
  if (memory === null || memory.state === 0) return null;
  if (memory.stability >= S_MIN && memory.difficulty >= 1) return memory;
  const isKnown = memory.stability >= S_MIN;
  return {
    ...memory,
    stability: isKnown ? memory.stability : Math.max(memory.scheduledDays, 0.5),
    difficulty: memory.difficulty >= 1 ? memory.difficulty : 5,
  };
}
