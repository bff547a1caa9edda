import type { LocalModel } from '../../../shared/settings.ts';
import { getApi } from '../../api.ts';
import { asked } from '../../store/commands.ts';
import { Button } from '../../ui/Button.tsx';
import { Field } from '../../ui/Field.tsx';
import { ConnectionCheck } from './ConnectionCheck.tsx';
import { NumberField } from './NumberField.tsx';
import { Section } from './Section.tsx';
import type { SectionProps } from './Section.tsx';

/** A GGUF file, run by the program itself. */
export function LocalModelSection({ draft, errors, change, unsaved }: SectionProps & { unsaved: boolean }) {
  const { localModel } = draft;
  const set = (patch: Partial<LocalModel>) => change({ localModel: { ...localModel, ...patch } });
  async function choose() {
    const path = await asked(getApi().chooseModelFile());
    if (path !== undefined && path !== null) set({ path });
  }
  return (
    <Section
      id="local-model"
      note="A GGUF file in this program’s own process: nothing leaves the machine. Needs the optional package node-llama-cpp; without it the test says how to add it."
    >
      <div className="settings-fields">
        <div className="settings-wide">
          <Field label="Model file" error={errors['localModel.path']}>
            {(ids) => (
              <div className="row">
                <input
                  {...ids}
                  className="input mono"
                  spellCheck={false}
                  placeholder="none chosen"
                  value={localModel.path}
                  onChange={(event) => set({ path: event.target.value })}
                />
                <Button icon="file" onClick={() => void choose()}>
                  Choose…
                </Button>
              </div>
            )}
          </Field>
        </div>
        <NumberField
          label="Context, tokens"
          value={localModel.contextTokens}
          error={errors['localModel.contextTokens']}
          onChange={(contextTokens) => set({ contextTokens })}
        />
        <NumberField
          label="Most output tokens a call"
          value={localModel.maxOutputTokens}
          error={errors['localModel.maxOutputTokens']}
          onChange={(maxOutputTokens) => set({ maxOutputTokens })}
        />
        <NumberField
          label="Temperature"
          value={localModel.temperature}
          error={errors['localModel.temperature']}
          onChange={(temperature) => set({ temperature })}
        />
        <Field label="Layers on the graphics card" error={errors['localModel.gpuLayers']}>
          {(ids) => (
            <input
              {...ids}
              type="number"
              className="input"
              placeholder="as fit"
              value={localModel.gpuLayers ?? ''}
              onChange={({ target }) => set({ gpuLayers: target.value === '' ? null : target.valueAsNumber })}
            />
          )}
        </Field>
        <ConnectionCheck generator="local" unsaved={unsaved} />
      </div>
    </Section>
  );
}
