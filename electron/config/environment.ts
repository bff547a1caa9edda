/** What the environment sets for this process: it goes before the settings file and is never written to it. */
import { modelServerSchema, type Settings } from '../../shared/settings.ts';
import { TracedeckError } from '../errors/tracedeckError.ts';

export type Environment = Readonly<Record<string, string | undefined>>;
export type Overrides = { readonly baseUrl?: string; readonly model?: string };

/** Each in the order in which it is looked for; a name of our own goes before one that other programs share. */
export const ENVIRONMENT_NAMES = {
  baseUrl: ['TRACEDECK_BASE_URL', 'OPENAI_BASE_URL'],
  model: ['TRACEDECK_MODEL'],
  apiKey: ['TRACEDECK_API_KEY', 'OPENAI_API_KEY'],
  anthropicKey: ['TRACEDECK_ANTHROPIC_KEY', 'ANTHROPIC_API_KEY'],
} as const;

const fields = modelServerSchema.shape;

/**
 * Reads the overrides; empty values count as not given. A shared variable that is of no use is left out and told
 * to `onNotice`: it was not set for us.
 * @throws TracedeckError `bad_environment` where a TRACEDECK_ variable is of no use; it is named, never quoted
 */
export function readOverrides(env: Environment, onNotice: (notice: TracedeckError) => void): Overrides {
  const valid = {
    baseUrl: (text: string) => fields.baseUrl.safeParse(text).success,
    model: (text: string) => text.length <= 200,
  };
  const overrides: { baseUrl?: string; model?: string } = {};
  for (const field of ['baseUrl', 'model'] as const) {
    for (const name of ENVIRONMENT_NAMES[field]) {
      const text = env[name]?.trim();
      if (!text) continue;
      if (valid[field](text)) {
        overrides[field] = text;
        break;
      }
      const wanted = field === 'baseUrl' ? 'an http or https address' : 'a name of at most 200 characters';
      const error = new TracedeckError('user', 'bad_environment', `${name} is not ${wanted}.`, {
        hint: `Correct it or unset it${name.startsWith('TRACEDECK_') ? '' : '; it is ignored for now'}.`,
      });
      if (name.startsWith('TRACEDECK_')) throw error;
      onNotice(error);
    }
  }
  return overrides;
}

/** The settings as they hold for this process. */
export function applyOverrides(settings: Settings, { baseUrl, model }: Overrides): Settings {
  const { server } = settings;
  return {
    ...settings,
    server: {
      ...server,
      baseUrl: baseUrl ?? server.baseUrl,
      models: { analyse: model ?? server.models.analyse, write: model ?? server.models.write },
    },
  };
}

/** What to write when the user saves `edited`: where it still shows an override, the file's own value stays. */
export function withoutOverrides(edited: Settings, saved: Settings, { baseUrl, model }: Overrides): Settings {
  const { server } = edited;
  const own = (stage: 'analyse' | 'write') =>
    server.models[stage] === model ? saved.server.models[stage] : server.models[stage];
  return {
    ...edited,
    server: {
      ...server,
      baseUrl: server.baseUrl === baseUrl ? saved.server.baseUrl : server.baseUrl,
      models: { analyse: own('analyse'), write: own('write') },
    },
  };
}
