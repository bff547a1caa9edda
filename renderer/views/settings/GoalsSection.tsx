import { GOAL_MEASURES, isDuration } from '../../../shared/goals.ts';
import type { Goal, GoalMeasure } from '../../../shared/goals.ts';
import { MAX_GOALS } from '../../../shared/limits.ts';
import { goalTimeText } from '../../../shared/analysis/goalText.ts';
import { loadFieldCatalog } from '../../store/traceCommands.ts';
import { Button } from '../../ui/Button.tsx';
import { Field } from '../../ui/Field.tsx';
import { QueryField } from '../../ui/QueryField.tsx';
import { NumberField } from './NumberField.tsx';
import { Section } from './Section.tsx';
import type { SectionProps } from './Section.tsx';
import type { FieldErrors } from './validation.ts';

const MEASURE_NAMES: Readonly<Record<GoalMeasure, string>> = {
  errors: 'Errors, at most %',
  availability: 'Availability, at least %',
  p50: 'p50, at most ms',
  p95: 'p95, at most ms',
  p99: 'p99, at most ms',
};

/** What is wanted of spans; Insight says whether it is so. */
export function GoalsSection({ draft, errors, change }: SectionProps) {
  const { goals } = draft;
  const set = (at: number, patch: Partial<Goal>) =>
    change({ goals: goals.map((goal, index) => (index === at ? { ...goal, ...patch } : goal)) });
  return (
    <Section
      id="goals"
      note="Looked at every minute while spans come in. A goal that is missed is told, written to the log, and stands under Insight, Goals."
    >
      <div className="stack" data-testid="goal-fields">
        {goals.map((goal, at) => (
          <GoalFields
            key={at}
            goal={goal}
            label={goal.name.trim() === '' ? `Goal ${at + 1}` : goal.name}
            at={at}
            errors={errors}
            onChange={(patch) => set(at, patch)}
            onRemove={() => change({ goals: goals.filter((_, index) => index !== at) })}
          />
        ))}
        {goals.length === 0 && <p className="muted">No goals.</p>}
        <div>
          <Button
            icon="plus"
            disabled={goals.length >= MAX_GOALS}
            onClick={() =>
              change({
                goals: [
                  ...goals,
                  {
                    name: `Goal ${goals.length + 1}`,
                    query: '',
                    measure: 'errors',
                    bound: 1,
                    windowMinutes: 60,
                    enabled: true,
                  },
                ],
              })
            }
          >
            Add a goal
          </Button>
        </div>
      </div>
    </Section>
  );
}

type GoalProps = {
  readonly goal: Goal;
  readonly label: string;
  readonly at: number;
  readonly errors: FieldErrors;
  readonly onChange: (patch: Partial<Goal>) => void;
  readonly onRemove: () => void;
};

function GoalFields({ goal, label, at, errors, onChange, onRemove }: GoalProps) {
  const error = (key: keyof Goal) => errors[`goals.${at}.${key}`];
  const queryFault = error('query');
  return (
    <fieldset className="exporter noise-rule" aria-label={label}>
      <div className="row">
        <label className="check grow">
          <input
            type="checkbox"
            checked={goal.enabled}
            onChange={(event) => onChange({ enabled: event.target.checked })}
          />
          <span className="truncate">{label}</span>
        </label>
        <Button tone="quiet" icon="close" iconOnly data-action="goal.remove" onClick={onRemove}>
          Remove {label}
        </Button>
      </div>
      <div className="goal-fields">
        <Field label="Name" error={error('name')}>
          {(ids) => (
            <input
              {...ids}
              className="input"
              maxLength={100}
              value={goal.name}
              onChange={(event) => onChange({ name: event.target.value })}
            />
          )}
        </Field>
        <Field label="Measure">
          {(ids) => (
            <select
              {...ids}
              className="input"
              value={goal.measure}
              onChange={(event) => {
                const measure = event.target.value as GoalMeasure;
                const isOther = isDuration(measure) !== isDuration(goal.measure);
                onChange({ measure, ...(isOther ? { bound: isDuration(measure) ? 1000 : 1 } : {}) });
              }}
            >
              {GOAL_MEASURES.map((measure) => (
                <option key={measure} value={measure}>
                  {MEASURE_NAMES[measure]}
                </option>
              ))}
            </select>
          )}
        </Field>
        <NumberField
          label="Bound"
          value={goal.bound}
          error={error('bound')}
          onChange={(bound) => onChange({ bound })}
        />
        <NumberField
          label="Of the last minutes"
          value={goal.windowMinutes}
          note={Number.isNaN(goal.windowMinutes) ? undefined : goalTimeText(goal)}
          error={error('windowMinutes')}
          onChange={(windowMinutes) => onChange({ windowMinutes })}
        />
      </div>
      <div className="noise-query">
        <QueryField
          label={`Query of ${label}`}
          value={goal.query}
          isWrong={queryFault !== undefined}
          onText={(query) => onChange({ query })}
          onSubmit={(query) => onChange({ query })}
          loadCatalog={loadFieldCatalog}
          placeholder="All spans. Or: service = shop and kind = server"
        />
        {queryFault !== undefined && <p className="field-error">{queryFault}</p>}
      </div>
    </fieldset>
  );
}
