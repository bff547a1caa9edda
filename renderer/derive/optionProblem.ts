/** Whether a run can be started with what is chosen. The main process checks again. */
import type { RunSettings } from '../../shared/run.ts';
import type { Settings } from '../../shared/settings.ts';

export const RUN_IN_PROGRESS = 'A run is in progress. Wait for its end or cancel it first.';

/** The models that are set, each once; empty where there is none. */
export function modelNames(settings: Settings): string {
  return [...new Set(Object.values(settings.server.models).filter(Boolean))].join(', ');
}

/** Why Generate is not to be had yet; `null` where nothing is in its way. */
export function optionProblem(settings: RunSettings, models: string): string | null {
  if (settings.deck.trim() === '') return 'Give the deck a name.';
  if (settings.generator === 'openai' && models === '') return 'Set a model in Settings first.';
  const { concurrency, limit } = settings;
  if (!Number.isInteger(concurrency) || concurrency < 1 || concurrency > 256) {
    return 'Between 1 and 256 rows can run at once.';
  }
  if (limit !== null && (!Number.isInteger(limit) || limit < 1)) return 'The number of rows is 1 or more.';
  return null;
}
