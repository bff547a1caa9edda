import type { TailSampling } from '../../../shared/telemetrySettings.ts';
import { LinesField } from './LinesField.tsx';
import { NumberField } from './NumberField.tsx';
import type { FieldErrors } from './validation.ts';

type Props = {
  readonly tail: TailSampling;
  readonly errors: FieldErrors;
  readonly onChange: (tail: TailSampling) => void;
};

/** Which traces are kept: any of the rules is enough. */
export function TailRules({ tail, errors, onChange }: Props) {
  const set = (patch: Partial<TailSampling>) => onChange({ ...tail, ...patch });
  const error = (key: keyof TailSampling) => errors[`telemetry.sampling.tail.${key}`];
  return (
    <fieldset className="settings-wide settings-fields tail-rules">
      <legend>Kept is every trace that …</legend>
      <label className="check settings-wide">
        <input
          type="checkbox"
          checked={tail.errors}
          onChange={(event) => set({ errors: event.target.checked })}
        />
        <span>holds an error</span>
      </label>
      <label className="check settings-wide">
        <input
          type="checkbox"
          checked={tail.slowerThan !== null}
          onChange={(event) => set({ slowerThan: event.target.checked ? 0.95 : null })}
        />
        <span>is slower than most of its kind</span>
      </label>
      {tail.slowerThan !== null && (
        <NumberField
          label="Slower than, % of its kind"
          value={Number((tail.slowerThan * 100).toFixed(4))}
          error={error('slowerThan') && 'Between 50 and 99.99.'}
          onChange={(share) => set({ slowerThan: share / 100 })}
        />
      )}
      <NumberField
        label="Kept of all others, %"
        value={Number((tail.keepRatio * 100).toFixed(4))}
        error={error('keepRatio') && 'Between 0 and 100.'}
        onChange={(share) => set({ keepRatio: share / 100 })}
      />
      <div className="settings-wide">
        <LinesField
          label="Kept for one of these attributes"
          note="One a line, as in tracedeck.item.state=failed; a name alone stands for any value."
          error={
            Object.keys(errors).some((path) => path.startsWith('telemetry.sampling.tail.attributes')) &&
            'A name a line, 50 at most, with or without = and a value.'
          }
          value={tail.attributes}
          parse={attributesIn}
          format={(all) => all.map(({ key, value }) => (value === null ? key : `${key}=${value}`)).join('\n')}
          onChange={(attributes) => set({ attributes })}
        />
      </div>
    </fieldset>
  );
}

function attributesIn(text: string): TailSampling['attributes'] {
  return text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '')
    .map((line) => {
      const at = line.indexOf('=');
      return at < 0
        ? { key: line, value: null }
        : { key: line.slice(0, at).trim(), value: line.slice(at + 1).trim() };
    });
}
