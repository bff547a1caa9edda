/** Whether a run can be started with what is chosen. The main process checks again. */
import type { GeneratorId, RunProgress, RunSettings } from '../../shared/run.ts';
import type { Settings } from '../../shared/settings.ts';

/** Why no other run can be started beside one that is active. */
export function runInTheWay({ state, deck }: RunProgress): string {
  return state === 'paused'
    ? `A run into ${deck} is paused. Resume or cancel it first.`
    : `A run into ${deck} is in progress. Wait for its end or cancel it first.`;
}

/** The models that are set for a generator, each once; empty where there is none. */
export function modelNames(settings: Settings, generator: GeneratorId): string {
  switch (generator) {
    case 'offline':
      return 'offline';
    case 'openai':
      return [...new Set(Object.values(settings.server.models).filter(Boolean))].join(', ');
    case 'anthropic':
      return [...new Set(Object.values(settings.anthropic.models).filter(Boolean))].join(', ');
    case 'local':
      return settings.localModel.path.split(/[\\/]/).at(-1) ?? '';
  }
}

/** Why Generate is not to be had yet; `null` where nothing is in its way. `models`: those of its generator. */
export function optionProblem(settings: RunSettings, models: string): string | null {
  if (settings.deck.trim() === '') return 'Give the deck a name.';
  if (models === '') {
    return settings.generator === 'local'
      ? 'Choose a model file in Settings first.'
      : 'Set a model in Settings first.';
  }
  const { concurrency, limit, budget } = settings;
  if (!Number.isInteger(concurrency) || concurrency < 1 || concurrency > 256) {
    return 'Between 1 and 256 rows can run at once.';
  }
  if (limit !== null && (!Number.isInteger(limit) || limit < 1)) return 'The number of rows is 1 or more.';
  const isOdd = (amount: number | null | undefined) => amount != null && !(amount >= 0);
  if (isOdd(budget?.dollars) || isOdd(budget?.tokens)) return 'A budget is a number, 0 or more.';
  return null;
}
