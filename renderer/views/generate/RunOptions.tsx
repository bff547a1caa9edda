import { useMemo } from 'react';
import type { SourceRef } from '../../../shared/ipc.ts';
import type { GeneratorId, RunSettings } from '../../../shared/run.ts';
import type { Settings } from '../../../shared/settings.ts';
import { countOf } from '../../../shared/units.ts';
import { GENERATOR_IDS, GENERATOR_LABELS } from '../../derive/generatorLabels.ts';
import { modelNames, optionProblem, runInTheWay } from '../../derive/optionProblem.ts';
import { generate, loadSettings } from '../../store/commands.ts';
import { getState, useStore } from '../../store/index.ts';
import {
  runSettingsOf,
  selectActiveRun,
  selectRunStarting,
  selectDecks,
  selectOptions,
  selectSettings,
  selectSettingsFault,
} from '../../store/selectors.ts';
import { Button } from '../../ui/Button.tsx';
import { Field } from '../../ui/Field.tsx';
import { Kbd } from '../../ui/Kbd.tsx';
import { ReadFault } from '../../ui/ReadFault.tsx';
import { TextField } from '../../ui/TextField.tsx';
import { EstimateBox } from './EstimateBox.tsx';
import { LanguageField } from './LanguageField.tsx';
import { RunExtras } from './RunExtras.tsx';

/** What to do with the list: deck, generator, languages, how much at once. */
export function RunOptions({ source }: { source: SourceRef }) {
  const settings = useStore(selectSettings);
  const options = useStore(selectOptions);
  const decks = useStore(selectDecks);
  const active = useStore(selectActiveRun);
  const isStarting = useStore(selectRunStarting);
  const chosen = useMemo(() => runSettingsOf({ settings, options }), [settings, options]);
  const fault = useStore(selectSettingsFault);
  if (chosen === null || settings === null) {
    return (
      <aside className="panel options" aria-label="Options" aria-busy={fault === null}>
        {fault !== null && (
          <ReadFault what="The settings" fault={fault} onRetry={() => void loadSettings()} />
        )}
      </aside>
    );
  }

  const change = (patch: Partial<RunSettings>) => getState().optionsChanged(patch);
  const problem = optionProblem(chosen, modelNames(settings, chosen.generator));
  const { rows: all, problems, document } = source.preview;
  const rows = Math.min(all - problems.length, chosen.limit || Number.POSITIVE_INFINITY);

  return (
    <aside className="panel options" aria-label="Options">
      <TextField
        label="Deck"
        note={deckNote(chosen.deck, decks)}
        maxLength={200}
        proposals={decks.map(({ name }) => name)}
        value={chosen.deck}
        onChange={(deck) => change({ deck })}
      />
      <fieldset className="choice">
        <legend>Generator</legend>
        {GENERATOR_IDS.map((generator) => (
          <label key={generator}>
            <input
              type="radio"
              name="generator"
              checked={chosen.generator === generator}
              onChange={() => change({ generator })}
            />
            <strong>{GENERATOR_LABELS[generator]}</strong>
            <span className="small muted">{generatorNote(generator, settings)}</span>
          </label>
        ))}
        <button
          data-action="Model server settings"
          type="button"
          className="link small"
          onClick={() => getState().navigated({ view: 'settings', section: 'models' })}
        >
          Model settings
        </button>
      </fieldset>
      <div className="pair">
        <LanguageField
          label="Term language"
          auto
          value={chosen.termLanguage}
          onChange={(termLanguage) => change({ termLanguage })}
        />
        <LanguageField
          label="Meaning language"
          value={chosen.meaningLanguage}
          onChange={(meaningLanguage) => change({ meaningLanguage })}
        />
      </div>
      <div className="pair">
        <Field label="Rows at once">
          {(ids) => (
            <input
              {...ids}
              type="number"
              className="input"
              min={1}
              max={256}
              value={Number.isNaN(chosen.concurrency) ? '' : chosen.concurrency}
              onChange={(event) => change({ concurrency: event.target.valueAsNumber })}
            />
          )}
        </Field>
        <Field label="First rows only">
          {(ids) => (
            <input
              {...ids}
              type="number"
              className="input"
              min={1}
              placeholder="all"
              value={chosen.limit === null || Number.isNaN(chosen.limit) ? '' : chosen.limit}
              onChange={(event) => change({ limit: limitOf(event.currentTarget) })}
              // Text that is no number from the first letter on leaves the value empty: no change to React.
              onInput={(event) => change({ limit: limitOf(event.currentTarget) })}
            />
          )}
        </Field>
      </div>
      <label className="row">
        <input
          type="checkbox"
          checked={chosen.review === true}
          onChange={(event) => change({ review: event.target.checked })}
        />
        Review the cards before they are kept
      </label>
      <RunExtras chosen={chosen} isDocument={document !== undefined} />
      <EstimateBox source={source} chosen={chosen} />
      <div className="options-foot">
        {problem !== null && (
          <p role="alert" className="small options-problem">
            {problem}
          </p>
        )}
        <Button
          tone="primary"
          large
          className="options-go"
          disabled={problem !== null || active !== undefined}
          aria-keyshortcuts="Control+Enter Meta+Enter"
          onClick={() => void generate()}
        >
          {isStarting ? 'Starting…' : 'Generate'}
          <Kbd keys="mod+Enter" hidden />
        </Button>
        <p className="small faint">
          {active !== undefined
            ? runInTheWay(active)
            : `${countOf(rows, document === undefined ? 'row' : 'passage')}. You can pause or cancel at any time; nothing made is lost.`}
        </p>
      </div>
    </aside>
  );
}

function generatorNote(generator: GeneratorId, settings: Settings): string {
  const models = modelNames(settings, generator);
  switch (generator) {
    case 'offline':
      return 'Built in: your own columns, an English dictionary, Korean pronunciation. Free, and never invents.';
    case 'openai':
      return models === '' ? 'No model is set yet.' : `${models} at ${hostOf(settings.server.baseUrl)}.`;
    case 'anthropic':
      return models || 'No model is set yet.';
    case 'local':
      return models || 'No file is chosen yet.';
  }
}

function deckNote(name: string, decks: readonly { name: string; cardCount: number }[]): string | undefined {
  if (name.trim() === '') return undefined;
  const deck = decks.find((known) => known.name === name.trim().normalize('NFC'));
  return deck === undefined ? 'A new deck' : `${countOf(deck.cardCount, 'card')} in it already`;
}

/** `null` for an empty box; NaN for text in it that is no number, which must not pass for 'all'. */
function limitOf(box: HTMLInputElement): number | null {
  if (box.validity.badInput) return Number.NaN;
  return box.value === '' ? null : box.valueAsNumber;
}

function hostOf(url: string): string {
  return URL.canParse(url) ? new URL(url).host : url;
}
