/** The weights of FSRS that fit the user's own reviews best, found by fsrs-rs through its native binding. */
import type * as OptimiserModule from '@open-spaced-repetition/binding';
import { clipParameters, default_w } from 'ts-fsrs';
import { PIECE } from '../../shared/span.ts';
import { inPiece, UNWATCHED } from '../deckJobs/job.ts';
import type { JobContext } from '../deckJobs/job.ts';
import { TracedeckError } from '../errors/tracedeckError.ts';
import type { Db } from '../sqlite/openDatabase.ts';
import type { Optimised, StudySettings } from '../../shared/study.ts';
import { cardsOfDecks, decksWithin } from './cardsOfDeck.ts';
import { createStudyDays, offsetOfZone } from '../../shared/studyDays.ts';
import { createDeckSettings } from './deckSettings.ts';
import { readHistories } from './reviewHistory.ts';
import type { HistoryEntry } from './reviewHistory.ts';
import { fsrsOf } from './scheduler.ts';

export type OptimiseParams = {
  /** With those below it; `null` for all. */
  readonly deck: string | null;
  /** The program's. */
  readonly settings: StudySettings;
  /** IANA name; the machine's own where it is `null`. */
  readonly zone?: string | null;
};
type Binding = Pick<typeof OptimiserModule, 'computeParameters' | 'FSRSBindingItem' | 'FSRSBindingReview'>;

const LEAST_REVIEWS = 64;
/** fsrs-rs looks at no longer histories. */
const MOST_ENTRIES = 64;
/** Between two looks at whether to stop. */
const PROGRESS_MS = 20;
const HISTORIES_AT_ONCE = 2000;
/** As other programs show and exchange weights. */
const DECIMALS = 4;

type Entries = readonly HistoryEntry[];

/**
 * Nothing is changed: the caller keeps the weights, or does not. Where none fit better than those in use, these come back.
 *
 * @throws TracedeckError `too_few_reviews`, `optimiser_missing` where the native module cannot be loaded, `cancelled`
 */
export async function optimiseStudy(
  db: Db,
  params: OptimiseParams,
  context: JobContext = UNWATCHED,
  load: () => Promise<Binding> = () => import('@open-spaced-repetition/binding'),
): Promise<Optimised> {
  const { deck, settings: program, zone = null } = params;
  const settings = createDeckSettings(db, () => program).of(deck === null ? null : deck.normalize('NFC'));
  const days = createStudyDays(offsetOfZone(zone), program.dayStartsAtHour);
  const isOurs = deck === null ? null : cardsOfDecks(db, decksWithin(db, deck));
  const wants = isOurs === null ? null : (cardId: number) => isOurs[cardId] === 1;
  const histories: Entries[] = [];
  let reviews = 0;
  inPiece(context, PIECE.readReviews, () => {
    for (const { entries, isWhole } of readHistories(db, days, wants, context)) {
      if (!isWhole) continue;
      const counted = entries.slice(0, MOST_ENTRIES);
      reviews += counted.filter(({ days: since }) => since > 0).length;
      if (counted.length > 1) histories.push(counted);
    }
  });
  if (reviews < LEAST_REVIEWS) {
    throw new TracedeckError('user', 'too_few_reviews', `There are ${reviews} reviews to learn from.`, {
      hint: `At least ${LEAST_REVIEWS} are needed, each a day or more after the one before. Go on with the weights in use.`,
    });
  }

  const binding = await loadBinding(load);
  const found = await inPiece(context, PIECE.fitWeights, () =>
    compute(binding, itemsOf(binding, histories, context), settings, context),
  );
  const rounded = found.map((weight) => Number(weight.toFixed(DECIMALS)));
  const weights = clipParameters(rounded, settings.relearningSteps.length);
  const current = settings.weights ?? [...default_w];
  const [lossBefore, lossAfter] = inPiece(context, PIECE.judgeWeights, () => [
    logLoss(histories, settings, current, context),
    logLoss(histories, settings, weights, context),
  ]);
  return lossAfter < lossBefore
    ? { weights, reviews, lossBefore, lossAfter }
    : { weights: current, reviews, lossBefore, lossAfter: lossBefore };
}

/**
 * How badly weights foretell reviews: the mean of -ln of the chance they gave to what happened, over every review that
 * is a day or more after the one before.
 */
function logLoss(
  histories: readonly Entries[],
  settings: StudySettings,
  weights: readonly number[],
  context: JobContext = UNWATCHED,
): number {
  const algorithm = fsrsOf({ ...settings, weights: [...weights] });
  let loss = 0;
  let count = 0;
  for (const [index, entries] of histories.entries()) {
    if (index % HISTORIES_AT_ONCE === 0) context.throwIfCancelled();
    let state: { stability: number; difficulty: number } | null = null;
    for (const { rating, days } of entries) {
      if (state !== null && days > 0) {
        const chance = Math.min(1 - 1e-6, Math.max(1e-6, algorithm.forgetting_curve(days, state.stability)));
        loss -= Math.log(rating > 1 ? chance : 1 - chance);
        count += 1;
      }
      state = algorithm.next_state(state, days, rating);
    }
  }
  return count === 0 ? 0 : loss / count;
}

async function loadBinding(load: () => Promise<Binding>): Promise<Binding> {
  try {
    return await load();
  } catch (error) {
    throw new TracedeckError('degraded', 'optimiser_missing', 'The optimiser cannot be loaded.', {
      cause: error,
      hint: `${firstLine(error)} Studying goes on with the weights in use; installing Tracedeck anew may help.`,
    });
  }
}

function firstLine(error: unknown): string {
  const [line = ''] = (error instanceof Error ? error.message : String(error)).split('\n');
  return line.endsWith('.') ? line : `${line}.`;
}

/** One item a review, with all before it. */
function itemsOf(
  { FSRSBindingItem, FSRSBindingReview }: Binding,
  histories: readonly Entries[],
  context: JobContext,
) {
  const items: InstanceType<typeof FSRSBindingItem>[] = [];
  for (const [index, entries] of histories.entries()) {
    if (index % HISTORIES_AT_ONCE === 0) context.throwIfCancelled();
    const reviews = entries.map(({ rating, days }) => new FSRSBindingReview(rating, days));
    for (let length = 2; length <= entries.length; length += 1) {
      if (entries[length - 1]!.days > 0) items.push(new FSRSBindingItem(reviews.slice(0, length)));
    }
  }
  return items;
}

async function compute(
  binding: Binding,
  items: ReturnType<typeof itemsOf>,
  settings: StudySettings,
  context: JobContext,
): Promise<readonly number[]> {
  let stopped: unknown = null;
  const progress = (done: number, total: number): boolean => {
    try {
      context.throwIfCancelled();
      context.progress(done, total);
      return true;
    } catch (error) {
      stopped = error;
      return false;
    }
  };
  try {
    return await binding.computeParameters(items, {
      enableShortTerm: true,
      numRelearningSteps: settings.relearningSteps.length,
      progress,
      timeout: PROGRESS_MS,
    });
  } catch (error) {
    if (stopped !== null) throw stopped;
    throw new TracedeckError('permanent', 'optimiser_failed', 'The optimiser found no weights.', {
      cause: error,
      hint: `${firstLine(error)} Go on with the weights in use.`,
    });
  }
}
