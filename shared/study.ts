/** Studying: the schedule (FSRS), what is asked next, and figures of what was. */
import { z } from 'zod';
import type { Card } from './card.ts';
import { STUDY_MODES } from './studyModes.ts';
export type { StudyMode } from './studyModes.ts';

/** Number of weights of FSRS 6. */
const WEIGHTS = 21;
export const studySettingsSchema = z.object({
  newPerDay: z.int().min(0).max(9999).default(20),
  reviewsPerDay: z.int().min(0).max(99_999).default(200),
  /** Share of reviews that should be remembered. */
  desiredRetention: z.number().min(0.7).max(0.99).default(0.9),
  /** Minutes. */
  learningSteps: z.array(z.number().min(0.1).max(10_080)).max(10).default([1, 10]),
  relearningSteps: z.array(z.number().min(0.1).max(10_080)).max(10).default([10]),
  maximumIntervalDays: z.int().min(1).max(36_500).default(36_500),
  /** A card forgotten so often is a leech; 0 for never. */
  leechLapses: z.int().min(0).max(100).default(8),
  suspendLeeches: z.boolean().default(false),
  /** Other cards of a note wait until tomorrow once one of them was answered. */
  burySiblings: z.boolean().default(true),
  /** The day begins at this hour of local time. */
  dayStartsAtHour: z.int().min(0).max(23).default(4),
  /** Cards still in learning that fall due within so many minutes may come early. */
  learnAheadMinutes: z.int().min(0).max(1440).default(20),
  /** Which of the reviews that are due comes first: the most overdue for its interval, or any, another order each day. */
  reviewOrder: z.enum(['overdue', 'random']).default('overdue'),
  /** `null` for the published defaults. */
  weights: z.array(z.number()).length(WEIGHTS).nullable().default(null),
});
export type StudySettings = z.infer<typeof studySettingsSchema>;

const { newPerDay, reviewsPerDay, desiredRetention } = studySettingsSchema.shape;
/** What a deck may have otherwise than the program; what is not given is as it is above it. */
export const deckStudySchema = z.object({
  newPerDay: newPerDay.unwrap().optional(),
  reviewsPerDay: reviewsPerDay.unwrap().optional(),
  desiredRetention: desiredRetention.unwrap().optional(),
});
export type DeckStudy = z.infer<typeof deckStudySchema>;

export const RATINGS = [1, 2, 3, 4] as const;
export type Rating = (typeof RATINGS)[number];
/** As FSRS counts them: 0 new, 1 learning, 2 review, 3 relearning. */
export type MemoryState = 0 | 1 | 2 | 3;

export type CardMemory = {
  readonly state: MemoryState;
  readonly dueMs: number;
  /** Days until recall falls to 90 %. */
  readonly stability: number;
  /** 1..10 */
  readonly difficulty: number;
  readonly reps: number;
  readonly lapses: number;
  readonly learningStep: number;
  readonly scheduledDays: number;
  readonly lastReviewMs: number | null;
};

export type StudyCounts = { readonly new: number; readonly learning: number; readonly review: number };
export type StudyCard = {
  readonly card: Card;
  readonly memory: CardMemory | null;
  /** Milliseconds until the card would come again, by rating 1 to 4. */
  readonly intervals: readonly [number, number, number, number];
  /** Chance that it is remembered now, 0..1; `null` for a new card. */
  readonly retrievability: number | null;
  readonly isLeech: boolean;
  /** Style of the notetype's cards; empty for our own. */
  readonly css: string;
  /** Answers by typing: what is expected, where the card asks for it. */
  readonly typed: string | null;
};
export type StudyTurn = {
  /** `null` where nothing is left. */
  readonly next: StudyCard | null;
  /** `null` where the first card did not wait for them: they are asked for next. */
  readonly counts: StudyCounts | null;
  /** When the next card falls due, where nothing is left now. */
  readonly nextDueMs: number | null;
  /** Ratings that can be taken back, and cards put off by hand. */
  readonly undoable: number;
};

export const studyPlaceSchema = z.object({
  deck: z.string().max(200).nullable(),
  mode: z.enum(STUDY_MODES),
});
export type StudyPlace = z.infer<typeof studyPlaceSchema>;
export const ratingSchema = studyPlaceSchema.extend({
  cardId: z.int().min(1),
  rating: z.union([z.literal(1), z.literal(2), z.literal(3), z.literal(4)]),
  /** From question to rating. */
  durationMs: z.int().min(0).max(3_600_000),
});
export type RatingInput = z.infer<typeof ratingSchema>;

export const statsSchema = z.object({
  deck: z.string().max(200).nullable(),
  /** How far back and forward. */
  days: z.int().min(1).max(3650),
});
export type StudyStats = {
  /** Days are counted from today, 0; those of the past are below 0. */
  readonly forecast: readonly { readonly day: number; readonly due: number; readonly newDue: number }[];
  readonly history: readonly {
    readonly day: number;
    readonly reviews: number;
    readonly learned: number;
    readonly relearned: number;
    readonly durationMs: number;
  }[];
  /** Of reviews of cards past learning: what was remembered, and what FSRS had said. `null` where there were none. */
  readonly retention: readonly {
    readonly label: 'today' | 'week' | 'month' | 'all';
    readonly reviews: number;
    readonly actual: number | null;
    readonly predicted: number | null;
  }[];
  /** How well the prediction holds: recall by predicted chance, in bins of equal width. */
  readonly calibration: readonly {
    readonly predicted: number;
    readonly actual: number;
    readonly reviews: number;
  }[];
  readonly states: {
    readonly new: number;
    readonly learning: number;
    readonly young: number;
    readonly mature: number;
    readonly suspended: number;
  };
  readonly difficulty: readonly number[];
  /** Counts of cards by stability in days: 1, 2, 4, 8, ... */
  readonly stability: readonly number[];
  readonly byRating: readonly {
    readonly state: 'learning' | 'young' | 'mature';
    readonly counts: readonly [number, number, number, number];
  }[];
  readonly hours: readonly { readonly hour: number; readonly reviews: number; readonly recalled: number }[];
  readonly medianAnswerMs: number | null;
  readonly streakDays: number;
};
export type Optimised = {
  readonly weights: readonly number[];
  readonly reviews: number;
  /** Log loss of the old and of the new weights over the same reviews. */
  readonly lossBefore: number;
  readonly lossAfter: number;
};
