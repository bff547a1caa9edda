/** Adds reviews up, row by row, into the figures that are shown. */
import type { StudyStats } from '../../shared/study.ts';
import { DAY_MS } from '../../shared/studyDays.ts';
import type { OffsetPeriod, StudyDays } from '../../shared/studyDays.ts';

const HOUR_MS = 3_600_000;
const CALIBRATION_BINS = 20;
const DURATION = 2 ** 20;
const RETENTION = [
  { label: 'today', days: 1 },
  { label: 'week', days: 7 },
  { label: 'month', days: 30 },
  { label: 'all', days: Infinity },
] as const;

type Figures = Pick<
  StudyStats,
  'history' | 'retention' | 'calibration' | 'byRating' | 'hours' | 'medianAnswerMs' | 'streakDays'
> & {
  /** New cards that were answered today. */
  readonly answered: number;
};

/** `period`: days that history and the like go back; retention and the streak know all of the past. */
export function createReviewTally({
  days,
  today,
  period,
}: {
  days: StudyDays;
  today: number;
  period: number;
}) {
  const startMs = days.startsAtHour * HOUR_MS;
  const firstDay = today - period + 1;
  const reviews = new Int32Array(period);
  const learned = new Int32Array(period);
  const relearned = new Int32Array(period);
  const durations = new Float64Array(period);
  const hours = { reviews: new Int32Array(24), recalled: new Int32Array(24) };
  const byRating = { learning: new Int32Array(5), young: new Int32Array(5), mature: new Int32Array(5) };
  const kept = RETENTION.map(() => ({ reviews: 0, recalled: 0, known: 0, predicted: 0 }));
  const bins = Array.from({ length: CALIBRATION_BINS }, () => ({ reviews: 0, recalled: 0, predicted: 0 }));
  const answerMs = new Int32Array(3_600_001);
  let answers = 0;
  let newToday = 0;
  const daysWith = new Set<number>();

  return {
    /**
     * Rows of one stretch of time: `when` is ((ms from its start) * 8 + kind) * 8 + rating, `what` is
     * (duration * 2^20 + predicted in millionths) * 2 + (1 for a mature card).
     */
    add(
      { fromMs, offsetMs }: OffsetPeriod,
      when: readonly number[],
      what: readonly number[],
      cardIds: readonly number[] | null,
      isOurs: Uint8Array | null,
    ): void {
      let lastDay = NaN;
      for (let row = 0; row < when.length; row += 1) {
        if (cardIds !== null && isOurs !== null && isOurs[cardIds[row]!] !== 1) continue;
        const packed = when[row]!;
        // Beyond 32 bits: no shifts.
        const ms = Math.floor(packed / 64);
        const kind = Math.floor(packed / 8) % 8;
        const rating = packed % 8;
        const isMature = what[row]! % 2 === 1;
        const rest = Math.floor(what[row]! / 2);
        const durationMs = Math.floor(rest / DURATION);
        const predicted = (rest % DURATION) / 1e6;
        const localMs = fromMs + ms + offsetMs;
        const day = Math.floor((localMs - startMs) / DAY_MS);
        if (day > today) continue;
        if (day !== lastDay) {
          daysWith.add(day);
          lastDay = day;
        }
        const isRecalled = rating > 1;
        if (kind === 0 && day === today) newToday += 1;
        if (kind === 2) {
          for (let index = 0; index < RETENTION.length; index += 1) {
            if (day <= today - RETENTION[index]!.days) continue;
            const sum = kept[index]!;
            sum.reviews += 1;
            if (isRecalled) sum.recalled += 1;
            if (predicted > 0) {
              sum.known += 1;
              sum.predicted += predicted;
            }
          }
        }
        if (day < firstDay) continue;
        const index = day - firstDay;
        reviews[index]! += 1;
        if (kind < 2) learned[index]! += 1;
        if (kind === 3) relearned[index]! += 1;
        durations[index]! += durationMs;
        if (durationMs > 0) {
          answerMs[durationMs]! += 1;
          answers += 1;
        }
        if (kind === 4) continue;
        const hour = Math.floor(localMs / HOUR_MS) % 24;
        hours.reviews[hour]! += 1;
        if (isRecalled) hours.recalled[hour]! += 1;
        byRating[kind !== 2 ? 'learning' : isMature ? 'mature' : 'young'][rating]! += 1;
        if (kind === 2 && predicted > 0) {
          const bin = bins[Math.min(CALIBRATION_BINS - 1, Math.floor(predicted * CALIBRATION_BINS))]!;
          bin.reviews += 1;
          bin.predicted += predicted;
          if (isRecalled) bin.recalled += 1;
        }
      }
    },

    result(): Figures {
      return {
        answered: newToday,
        history: Array.from(reviews, (count, index) => ({
          day: index - period + 1,
          reviews: count,
          learned: learned[index]!,
          relearned: relearned[index]!,
          durationMs: durations[index]!,
        })),
        retention: RETENTION.map(({ label }, index) => {
          const sum = kept[index]!;
          return {
            label,
            reviews: sum.reviews,
            actual: sum.reviews === 0 ? null : sum.recalled / sum.reviews,
            predicted: sum.known === 0 ? null : sum.predicted / sum.known,
          };
        }),
        calibration: bins
          .filter((bin) => bin.reviews > 0)
          .map((bin) => ({
            predicted: bin.predicted / bin.reviews,
            actual: bin.recalled / bin.reviews,
            reviews: bin.reviews,
          })),
        byRating: (['learning', 'young', 'mature'] as const).map((state) => {
          const [, again = 0, hard = 0, good = 0, easy = 0] = byRating[state];
          return { state, counts: [again, hard, good, easy] as const };
        }),
        hours: Array.from(hours.reviews, (count, hour) => ({
          hour,
          reviews: count,
          recalled: hours.recalled[hour]!,
        })),
        medianAnswerMs: median(answerMs, answers),
        streakDays: streak(daysWith, today),
      };
    },
  };
}

/** Of values that were counted; the mean of the two in the middle of an even number. */
function median(counts: Int32Array, total: number): number | null {
  if (total === 0) return null;
  const at = (rank: number) => {
    let seen = 0;
    for (let value = 0; value < counts.length; value += 1) {
      seen += counts[value]!;
      if (seen > rank) return value;
    }
    return counts.length - 1;
  };
  return (at(Math.floor((total - 1) / 2)) + at(Math.floor(total / 2))) / 2;
}

/** Days in a row up to today; today may still be without a review. */
function streak(daysWith: ReadonlySet<number>, today: number): number {
  let day = daysWith.has(today) ? today : today - 1;
  let length = 0;
  while (daysWith.has(day)) {
    length += 1;
    day -= 1;
  }
  return length;
}
