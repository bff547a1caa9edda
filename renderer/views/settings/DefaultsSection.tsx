import type { GeneratorId } from '../../../shared/run.ts';
import { GENERATOR_IDS, GENERATOR_LABELS } from '../../derive/generatorLabels.ts';
import { useStore } from '../../store/index.ts';
import { selectDecks } from '../../store/selectors.ts';
import { Field } from '../../ui/Field.tsx';
import { TextField } from '../../ui/TextField.tsx';
import { LanguageField } from '../generate/LanguageField.tsx';
import { NumberField } from './NumberField.tsx';
import { Section } from './Section.tsx';
import type { SectionProps } from './Section.tsx';

/** What a new run starts from. */
export function DefaultsSection({ draft, errors, change }: SectionProps) {
  const decks = useStore(selectDecks);
  return (
    <Section id="defaults" note="What Generate starts from. Every run can choose otherwise.">
      <div className="settings-fields">
        <TextField
          label="Deck"
          error={errors.deck}
          proposals={decks.map(({ name }) => name)}
          value={draft.deck}
          onChange={(deck) => change({ deck })}
        />
        <Field label="Generator">
          {(ids) => (
            <select
              {...ids}
              className="input"
              value={draft.generator}
              onChange={({ target }) => change({ generator: target.value as GeneratorId })}
            >
              {GENERATOR_IDS.map((generator) => (
                <option key={generator} value={generator}>
                  {GENERATOR_LABELS[generator]}
                </option>
              ))}
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
    </Section>
  );
}
