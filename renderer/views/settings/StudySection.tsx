import { useState } from 'react';
import type { CallError } from '../../../shared/ipc.ts';
import type { Optimised, StudySettings } from '../../../shared/study.ts';
import { formatCount } from '../../../shared/units.ts';
import { getApi, toCallError } from '../../api.ts';
import { Button } from '../../ui/Button.tsx';
import { Field } from '../../ui/Field.tsx';
import { NumberField } from './NumberField.tsx';
import { Section } from './Section.tsx';
import type { SectionProps } from './Section.tsx';

const NUMBERS = [
  ['newPerDay', 'New cards a day', undefined],
  ['reviewsPerDay', 'Reviews a day', undefined],
  ['maximumIntervalDays', 'Longest interval, days', undefined],
  ['dayStartsAtHour', 'The day begins at, hour', undefined],
  ['learnAheadMinutes', 'Learn ahead, minutes', 'Cards in learning may come so much earlier.'],
  ['leechLapses', 'A leech was forgotten, times', '0 for never'],
] as const;

/** How studying goes, and the schedule's fit to the user's own memory. */
export function StudySection({ draft, errors, change }: SectionProps) {
  const { study } = draft;
  const set = (patch: Partial<StudySettings>) => change({ study: { ...study, ...patch } });
  return (
    <Section id="study" note="The schedule is FSRS. What was scheduled stays as it is when these change.">
      <div className="settings-fields">
        <Field
          label={`To be remembered: ${Math.round(study.desiredRetention * 100)} %`}
          note="More means more reviews, and steeply so towards the end."
          error={errors['study.desiredRetention']}
        >
          {(ids) => (
            <input
              {...ids}
              type="range"
              min={0.7}
              max={0.99}
              step={0.01}
              value={study.desiredRetention}
              onChange={(event) => set({ desiredRetention: event.target.valueAsNumber })}
            />
          )}
        </Field>
        {NUMBERS.map(([key, label, note]) => (
          <NumberField
            key={key}
            label={label}
            note={note}
            value={study[key]}
            error={errors[`study.${key}`]}
            onChange={(value) => set({ [key]: value })}
          />
        ))}
        <StepsField
          label="Learning steps, minutes"
          value={study.learningSteps}
          error={firstError(errors, 'study.learningSteps')}
          onChange={(learningSteps) => set({ learningSteps })}
        />
        <StepsField
          label="Relearning steps, minutes"
          value={study.relearningSteps}
          error={firstError(errors, 'study.relearningSteps')}
          onChange={(relearningSteps) => set({ relearningSteps })}
        />
        <label className="settings-wide row">
          <input
            type="checkbox"
            checked={study.burySiblings}
            onChange={(event) => set({ burySiblings: event.target.checked })}
          />
          Other cards of a note wait until tomorrow
        </label>
        <label className="settings-wide row">
          <input
            type="checkbox"
            checked={study.suspendLeeches}
            onChange={(event) => set({ suspendLeeches: event.target.checked })}
          />
          Suspend leeches
        </label>
        <Optimiser weights={study.weights} onWeights={(weights) => set({ weights })} />
      </div>
    </Section>
  );
}

type StepsProps = {
  readonly label: string;
  readonly value: readonly number[];
  readonly error: string | undefined;
  readonly onChange: (steps: number[]) => void;
};

/** Minutes in a row; the text stays as it is typed. */
function StepsField({ label, value, error, onChange }: StepsProps) {
  const [text, setText] = useState(value.join(' '));
  return (
    <Field label={label} note="Separated by spaces; none for none." error={error}>
      {(ids) => (
        <input
          {...ids}
          className="input"
          inputMode="decimal"
          value={text}
          onChange={({ target }) => {
            setText(target.value);
            onChange(
              target.value
                .trim()
                .split(/[\s,]+/)
                .filter(Boolean)
                .map(Number),
            );
          }}
        />
      )}
    </Field>
  );
}

const firstError = (errors: SectionProps['errors'], path: string) =>
  Object.entries(errors).find(([key]) => key.startsWith(path))?.[1];

type OptimiserProps = {
  readonly weights: readonly number[] | null;
  readonly onWeights: (weights: number[] | null) => void;
};

/** Fits the schedule to the reviews so far; nothing is taken over before the settings are saved. */
function Optimiser({ weights, onWeights }: OptimiserProps) {
  const [busy, setBusy] = useState(false);
  const [result, setResult] = useState<Optimised | CallError | null>(null);
  async function optimise() {
    setBusy(true);
    setResult(null);
    try {
      const made = await getApi().optimiseStudy({ deck: null });
      setResult(made);
      onWeights([...made.weights]);
    } catch (thrown) {
      setResult(toCallError(thrown));
    } finally {
      setBusy(false);
    }
  }
  return (
    <div className="settings-wide stack">
      <div className="row row-wrap">
        <Button disabled={busy} onClick={() => void optimise()}>
          {busy ? 'Fitting…' : 'Fit to my reviews'}
        </Button>
        {weights !== null && (
          <Button tone="quiet" onClick={() => onWeights(null)}>
            Back to the defaults
          </Button>
        )}
        <span className="small faint">
          {weights === null ? 'The published default weights are in use.' : 'Weights of your own.'}
        </span>
      </div>
      <div role="status">
        {result !== null &&
          ('code' in result ? (
            <p className="field-error">
              {result.message} {result.hint}
            </p>
          ) : (
            <p className="small">
              From {formatCount(result.reviews)} reviews: log loss {result.lossBefore.toFixed(4)} before,{' '}
              {result.lossAfter.toFixed(4)} with the new weights. Save the settings to use them.
            </p>
          ))}
      </div>
    </div>
  );
}
