import type { RunProgress } from '../../shared/run.ts';
import { formatCount } from '../../shared/units.ts';
import { STAGE_LABELS } from '../derive/stageLabels.ts';
import { estimateCost, formatDollars } from '../derive/tokens.ts';
import type { Estimate } from '../derive/tokens.ts';
import { saveSettings } from '../store/commands.ts';
import { getState, useStore } from '../store/index.ts';
import { selectSettings } from '../store/selectors.ts';
import { Badge } from '../ui/Badge.tsx';
import { Field } from '../ui/Field.tsx';
import { Stat } from '../ui/Stat.tsx';

/** What an offline run would take with a hosted model. Always labelled as an estimate. */
export function CostEstimate({ run, estimate }: { run: RunProgress; estimate: Estimate }) {
  const settings = useStore(selectSettings);
  if (settings === null) return null;
  const price = settings.prices.find(({ model }) => model === settings.estimateModel) ?? settings.prices[0];
  if (price === undefined) return <p className="muted">Add a model to the price table in Settings.</p>;
  const about = price.exactTokenizer ? '' : 'about ';
  return (
    <section className="estimate" aria-label="Estimate" data-testid="estimate">
      <div className="row">
        <h3 className="grow">With a hosted model this run would take</h3>
        <Badge tone="warn">Estimate</Badge>
      </div>
      <Field label="Model">
        {(ids) => (
          <select
            {...ids}
            className="input"
            value={price.model}
            onChange={(event) => void saveSettings({ ...settings, estimateModel: event.target.value })}
          >
            {settings.prices.map(({ model }) => (
              <option key={model}>{model}</option>
            ))}
          </select>
        )}
      </Field>
      <p className="figure">
        <span className="figure-value" data-testid="estimate-cost">
          {about}
          {formatDollars(estimateCost(estimate, price))}
        </span>
        <span className="muted">
          for {about}
          {formatCount(estimate.input + estimate.output)} tokens
        </span>
      </p>
      <dl className="stats">
        <Stat label="Input" value={`${about}${formatCount(estimate.input)}`} />
        <Stat label="Output" value={`${about}${formatCount(estimate.output)}`} />
        {run.stages.map(({ stage, model, estimate: part }) => (
          <Stat
            key={`${stage} ${model}`}
            label={`Of it: ${STAGE_LABELS[stage].toLowerCase()}`}
            value={`${about}${formatCount(part.input + part.output)}`}
          />
        ))}
      </dl>
      <p className="small faint">
        {price.exactTokenizer
          ? 'Counted with the model’s own tokenizer over the prompts it would get and the cards made here.'
          : 'Counted with another model’s tokenizer, so the figures are only about right.'}{' '}
        Prices are from your table: {formatDollars(price.inputPerMillion)} in,{' '}
        {formatDollars(price.outputPerMillion)} out per million tokens.{' '}
        <button
          data-action="Edit prices"
          type="button"
          className="link"
          onClick={() => getState().navigated({ view: 'settings' })}
        >
          Edit prices
        </button>
      </p>
    </section>
  );
}
