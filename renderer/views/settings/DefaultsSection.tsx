import { Field } from '../../ui/Field.tsx';
import { LanguageField } from '../generate/LanguageField.tsx';
import { NumberField } from './NumberField.tsx';
import type { SectionProps } from './section.ts';

/** What a new run starts from. */
export function DefaultsSection({ draft, errors, change }: SectionProps) {
  return (
    <section className="settings-section" aria-labelledby="defaults">
      <div>
        <h2 id="defaults">New runs</h2>
        <p className="small muted">What Generate starts from. Every run can choose otherwise.</p>
      </div>
      <div className="settings-fields">
        <Field label="Deck" error={errors.deck}>
          {(ids) => (
            <input
              {...ids}
              className="input"
              value={draft.deck}
              onChange={(event) => change({ deck: event.target.value })}
            />
          )}
        </Field>
        <Field label="Generator">
          {(ids) => (
            <select
              {...ids}
              className="input"
              value={draft.generator}
              onChange={(event) =>
                change({ generator: event.target.value === 'openai' ? 'openai' : 'offline' })
              }
            >
              <option value="offline">Offline</option>
              <option value="openai">Model server</option>
            </select>
          )}
        </Field>
        <LanguageField
          label="Term language"
          auto
          value={draft.termLanguage}
          onChange={(termLanguage) => change({ termLanguage })}
        />
        <LanguageField
          label="Meaning language"
          value={draft.meaningLanguage}
          onChange={(meaningLanguage) => change({ meaningLanguage })}
        />
        <NumberField
          label="Rows at once"
          value={draft.concurrency}
          error={errors.concurrency}
          onChange={(concurrency) => change({ concurrency })}
        />
      </div>
    </section>
  );
}
