import type { GeneratorId } from '../../shared/run.ts';

/** Generators as screens name them, in the order in which they are offered. */
export const GENERATOR_LABELS: Readonly<Record<GeneratorId, string>> = {
  offline: 'Offline',
  openai: 'Model server',
  anthropic: 'Anthropic',
  local: 'Local model',
};
export const GENERATOR_IDS = Object.keys(GENERATOR_LABELS) as readonly GeneratorId[];
