import type { ModelServer } from '../../../shared/settings.ts';
import { STAGE_LABELS } from '../../derive/stageLabels.ts';
import { Field } from '../../ui/Field.tsx';
import { ApiKeyField } from './ApiKeyField.tsx';
import { ConnectionCheck } from './ConnectionCheck.tsx';
import { NumberField } from './NumberField.tsx';
import type { SectionProps } from './section.ts';

const NUMBERS: readonly {
  key:
    'temperature' | 'maxOutputTokens' | 'retries' | 'requestsPerMinute' | 'tokensPerMinute' | 'maxInFlight';
  label: string;
}[] = [
  { key: 'temperature', label: 'Temperature' },
  { key: 'maxOutputTokens', label: 'Most output tokens a call' },
  { key: 'maxInFlight', label: 'Calls in flight' },
  { key: 'requestsPerMinute', label: 'Requests a minute' },
  { key: 'tokensPerMinute', label: 'Tokens a minute' },
  { key: 'retries', label: 'Retries' },
];

/** Any server that speaks the OpenAI wire format, on this machine or elsewhere. */
export function ServerSection({ draft, errors, change, unsaved }: SectionProps & { unsaved: boolean }) {
  const { server } = draft;
  const set = (patch: Partial<ModelServer>) => change({ server: { ...server, ...patch } });
  return (
    <section className="settings-section" aria-labelledby="models">
      <div>
        <h2 id="models" tabIndex={-1}>
          Model server
        </h2>
        <p className="small muted">
          Ollama, llama.cpp, LM Studio, OpenRouter, OpenAI or any other with the same interface. Only used by
          runs that choose it.
        </p>
      </div>
      <div className="settings-fields">
        <div className="settings-wide">
          <Field
            label="Base URL"
            note="Up to and including the version, as in /v1."
            error={errors['server.baseUrl']}
          >
            {(ids) => (
              <input
                {...ids}
                className="input mono"
                spellCheck={false}
                value={server.baseUrl}
                onChange={(event) => set({ baseUrl: event.target.value })}
              />
            )}
          </Field>
        </div>
        {(['analyse', 'write'] as const).map((stage) => (
          <Field
            key={stage}
            label={`Model: ${STAGE_LABELS[stage].toLowerCase()}`}
            error={errors[`server.models.${stage}`]}
          >
            {(ids) => (
              <input
                {...ids}
                className="input mono"
                spellCheck={false}
                placeholder="none set"
                value={server.models[stage]}
                onChange={(event) => set({ models: { ...server.models, [stage]: event.target.value } })}
              />
            )}
          </Field>
        ))}
        <ApiKeyField owner="openai" />
        <details className="settings-wide settings-more">
          <summary data-action="Limits">Limits</summary>
          <div className="settings-fields">
            {NUMBERS.map(({ key, label }) => (
              <NumberField
                key={key}
                label={label}
                value={server[key]}
                error={errors[`server.${key}`]}
                onChange={(value) => set({ [key]: value })}
              />
            ))}
            <NumberField
              label="Timeout, seconds"
              value={server.timeoutMs / 1000}
              error={errors['server.timeoutMs'] && 'Between 0.1 and 1,800 seconds.'}
              onChange={(seconds) => set({ timeoutMs: Math.round(seconds * 1000) })}
            />
          </div>
        </details>
        <ConnectionCheck generator="openai" unsaved={unsaved} />
      </div>
    </section>
  );
}
