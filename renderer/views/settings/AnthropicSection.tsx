import type { AnthropicServer } from '../../../shared/settings.ts';
import { TextField } from '../../ui/TextField.tsx';
import { ApiKeyField } from './ApiKeyField.tsx';
import { ConnectionCheck } from './ConnectionCheck.tsx';
import { CallLimits, StageModels } from './ModelFields.tsx';
import { Section } from './Section.tsx';
import type { SectionProps } from './Section.tsx';

/** Anthropic's own API, with its prompt cache. */
export function AnthropicSection({ draft, errors, change, unsaved }: SectionProps & { unsaved: boolean }) {
  const { anthropic } = draft;
  const set = (patch: Partial<AnthropicServer>) => change({ anthropic: { ...anthropic, ...patch } });
  return (
    <Section id="anthropic" note="Claude models through their own API. Only used by runs that choose it.">
      <div className="settings-fields">
        <StageModels server={anthropic} path="anthropic" errors={errors} onChange={set} />
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
              <TextField
                label="Address of the API"
                error={errors['anthropic.baseUrl']}
                mono
                value={anthropic.baseUrl}
                onChange={(baseUrl) => set({ baseUrl })}
              />
            </div>
            <CallLimits server={anthropic} path="anthropic" errors={errors} onChange={set} />
          </div>
        </details>
        <ConnectionCheck generator="anthropic" unsaved={unsaved} />
      </div>
    </Section>
  );
}
