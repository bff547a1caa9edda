import type { AnthropicServer } from '../../../shared/settings.ts';
import { STAGE_LABELS } from '../../derive/stageLabels.ts';
import { Field } from '../../ui/Field.tsx';
import { ApiKeyField } from './ApiKeyField.tsx';
import { ConnectionCheck } from './ConnectionCheck.tsx';
import { NumberField } from './NumberField.tsx';
import type { SectionProps } from './section.ts';

const NUMBERS = [
  ['temperature', 'Temperature'],
  ['maxOutputTokens', 'Most output tokens a call'],
  ['maxInFlight', 'Calls in flight'],
  ['requestsPerMinute', 'Requests a minute'],
  ['tokensPerMinute', 'Tokens a minute'],
  ['retries', 'Retries'],
] as const;

/** Anthropic's own API, with its prompt cache. */
export function AnthropicSection({ draft, errors, change, unsaved }: SectionProps & { unsaved: boolean }) {
  const { anthropic } = draft;
  const set = (patch: Partial<AnthropicServer>) => change({ anthropic: { ...anthropic, ...patch } });
  return (
    <section className="settings-section" aria-labelledby="anthropic">
      <div>
        <h2 id="anthropic">Anthropic</h2>
        <p className="small muted">Claude models through their own API. Only used by runs that choose it.</p>
      </div>
      <div className="settings-fields">
        {(['analyse', 'write'] as const).map((stage) => (
          <Field
            key={stage}
            label={`Model: ${STAGE_LABELS[stage].toLowerCase()}`}
            error={errors[`anthropic.models.${stage}`]}
          >
            {(ids) => (
              <input
                {...ids}
                className="input mono"
                spellCheck={false}
                placeholder="none set"
                value={anthropic.models[stage]}
                onChange={({ target }) => set({ models: { ...anthropic.models, [stage]: target.value } })}
              />
            )}
          </Field>
        ))}
        <ApiKeyField owner="anthropic" />
        <label className="settings-wide row">
          <input
            type="checkbox"
            checked={anthropic.promptCaching}
            onChange={(event) => set({ promptCaching: event.target.checked })}
          />
          <span>
            Let the server keep the instructions
            <span className="small muted settings-note">
              They are the same for every row: read again they cost a tenth, kept the first time a quarter
              more.
            </span>
          </span>
        </label>
        <details className="settings-wide settings-more">
          <summary data-action="Limits">Limits</summary>
          <div className="settings-fields">
            <div className="settings-wide">
              <Field label="Address of the API" error={errors['anthropic.baseUrl']}>
                {(ids) => (
                  <input
                    {...ids}
                    className="input mono"
                    spellCheck={false}
                    value={anthropic.baseUrl}
                    onChange={(event) => set({ baseUrl: event.target.value })}
                  />
                )}
              </Field>
            </div>
            {NUMBERS.map(([key, label]) => (
              <NumberField
                key={key}
                label={label}
                value={anthropic[key]}
                error={errors[`anthropic.${key}`]}
                onChange={(value) => set({ [key]: value })}
              />
            ))}
          </div>
        </details>
        <ConnectionCheck generator="anthropic" unsaved={unsaved} />
      </div>
    </section>
  );
}
