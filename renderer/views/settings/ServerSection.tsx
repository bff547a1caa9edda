import type { ModelServer } from '../../../shared/settings.ts';
import { TextField } from '../../ui/TextField.tsx';
import { ApiKeyField } from './ApiKeyField.tsx';
import { ConnectionCheck } from './ConnectionCheck.tsx';
import { CallLimits, StageModels } from './ModelFields.tsx';
import { NumberField } from './NumberField.tsx';
import { Section } from './Section.tsx';
import type { SectionProps } from './Section.tsx';

/** Any server that speaks the OpenAI wire format, on this machine or elsewhere. */
export function ServerSection({ draft, errors, change, unsaved }: SectionProps & { unsaved: boolean }) {
  const { server } = draft;
  const set = (patch: Partial<ModelServer>) => change({ server: { ...server, ...patch } });
  return (
    <Section
      id="models"
      note="Ollama, llama.cpp, LM Studio, OpenRouter, OpenAI or any other with the same interface. Only used by runs that choose it."
    >
      <div className="settings-fields">
        <div className="settings-wide">
          <TextField
            label="Base URL"
            note="Up to and including the version, as in /v1."
            error={errors['server.baseUrl']}
            mono
            value={server.baseUrl}
            onChange={(baseUrl) => set({ baseUrl })}
          />
        </div>
        <StageModels server={server} path="server" errors={errors} onChange={set} />
        <ApiKeyField owner="openai" />
        <details className="settings-wide settings-more">
          <summary data-action="Limits">Limits</summary>
          <div className="settings-fields">
            <CallLimits server={server} path="server" errors={errors} onChange={set} />
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
    </Section>
  );
}
