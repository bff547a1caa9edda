/** One scheduler for all decks of the same settings. */
import type { StudyDays } from '../../shared/studyDays.ts';
import type { createDeckSettings } from './deckSettings.ts';
import { createScheduler } from './scheduler.ts';
import type { Scheduler } from './scheduler.ts';

const MAX_SCHEDULERS = 32;

/** `days` is asked each time: the hour at which a day begins may change, after which all are cleared. */
export function createSchedulers(
  decks: Pick<ReturnType<typeof createDeckSettings>, 'of'>,
  days: () => StudyDays,
) {
  const schedulers = new Map<string, Scheduler>();
  return {
    of(deck: string): Scheduler {
      const settings = decks.of(deck);
      const { desiredRetention, learningSteps, relearningSteps, maximumIntervalDays, weights } = settings;
      const key = JSON.stringify([
        desiredRetention,
        learningSteps,
        relearningSteps,
        maximumIntervalDays,
        weights,
      ]);
      let scheduler = schedulers.get(key);
      if (scheduler === undefined) {
        if (schedulers.size >= MAX_SCHEDULERS) schedulers.clear();
        scheduler = createScheduler(settings, days());
        schedulers.set(key, scheduler);
      }
      return scheduler;
    },
    clear: () => schedulers.clear(),
  };
}
