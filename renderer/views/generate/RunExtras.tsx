import { CARD_TYPES } from '../../../shared/card.ts';
import type { CardType } from '../../../shared/card.ts';
import type { PromptTemplate } from '../../../shared/prompt.ts';
import type { RunSettings } from '../../../shared/run.ts';
import { useEffect, useState } from 'react';
import { getApi } from '../../api.ts';
import { asked } from '../../store/commands.ts';
import { getState } from '../../store/index.ts';
import { Field } from '../../ui/Field.tsx';

type Props = { readonly chosen: RunSettings; readonly isDocument: boolean };
const change = (patch: Partial<RunSettings>) => getState().optionsChanged(patch);

/** What most runs leave as it is: kinds of cards, prompts, budget, and what happens to notes that are there. */
export function RunExtras({ chosen, isDocument }: Props) {
  const asksModel = chosen.generator !== 'offline';
  const types = chosen.cardTypes ?? CARD_TYPES;
  function toggle(type: CardType, wanted: boolean) {
    const next = CARD_TYPES.filter((each) => (each === type ? wanted : types.includes(each)));
    // All of them is what is done where nothing is said.
    change({ cardTypes: next.length === CARD_TYPES.length || next.length === 0 ? undefined : next });
  }
  const budget = chosen.budget ?? { dollars: null, tokens: null };
  function limit(patch: Partial<typeof budget>) {
    const next = { ...budget, ...patch };
    change({ budget: next.dollars === null && next.tokens === null ? undefined : next });
  }
  return (
    <details className="options-more">
      <summary data-action="Cards, prompts and budget">Cards, prompts and budget</summary>
      <div className="stack">
        <fieldset className="choice card-types">
          <legend>Kinds of cards</legend>
          {CARD_TYPES.map((type) => (
            <label key={type}>
              <input
                type="checkbox"
                checked={types.includes(type)}
                onChange={(event) => toggle(type, event.target.checked)}
              />
              {type}
            </label>
          ))}
        </fieldset>
        <label className="row">
          <input
            type="checkbox"
            checked={chosen.known === 'fill'}
            onChange={(event) => change({ known: event.target.checked ? 'fill' : 'skip' })}
          />
          <span className="small">Add what notes of the deck lack. What is there is never changed.</span>
        </label>
        {asksModel && <PromptChoice chosen={chosen} kind={isDocument ? 'passage' : 'term'} />}
        {asksModel && (
          <div className="pair">
            <Field label="At most, $">
              {(ids) => (
                <input
                  {...ids}
                  type="number"
                  className="input"
                  min={0}
                  step="any"
                  placeholder="no limit"
                  value={budget.dollars ?? ''}
                  onChange={({ target }) =>
                    limit({ dollars: target.value === '' ? null : target.valueAsNumber })
                  }
                />
              )}
            </Field>
            <Field label="At most, tokens">
              {(ids) => (
                <input
                  {...ids}
                  type="number"
                  className="input"
                  min={0}
                  placeholder="no limit"
                  value={budget.tokens ?? ''}
                  onChange={({ target }) =>
                    limit({ tokens: target.value === '' ? null : target.valueAsNumber })
                  }
                />
              )}
            </Field>
          </div>
        )}
      </div>
    </details>
  );
}

function PromptChoice({ chosen, kind }: { chosen: RunSettings; kind: PromptTemplate['kind'] }) {
  const [templates, setTemplates] = useState<readonly PromptTemplate[]>([]);
  useEffect(() => {
    void asked(getApi().promptTemplates()).then((found) => found !== undefined && setTemplates(found));
  }, []);
  const prompts = chosen.prompts ?? {};
  return (
    <div className="pair">
      {(['analyse', 'write'] as const).map((stage) => (
        <Field key={stage} label={stage === 'analyse' ? 'Prompt: analyse' : 'Prompt: write'}>
          {(ids) => (
            <select
              {...ids}
              className="input"
              value={prompts[stage] ?? ''}
              onChange={({ target }) => {
                const { [stage]: _old, ...others } = prompts;
                const next = target.value === '' ? others : { ...others, [stage]: target.value };
                change({ prompts: Object.keys(next).length === 0 ? undefined : next });
              }}
            >
              <option value="">Built in</option>
              {templates
                .filter((each) => each.stage === stage && each.kind === kind && !each.builtIn)
                .map(({ id, name, version }) => (
                  <option key={id} value={id}>
                    {name} {version}
                  </option>
                ))}
            </select>
          )}
        </Field>
      ))}
      <button
        type="button"
        className="link small"
        data-action="Edit prompts"
        onClick={() => getState().navigated({ view: 'generate', page: 'prompts' })}
      >
        Edit prompts
      </button>
    </div>
  );
}
