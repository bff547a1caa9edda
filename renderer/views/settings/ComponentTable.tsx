import { COMPONENT_MODES, COMPONENTS } from '../../../shared/telemetrySettings.ts';
import type {
  ComponentMode,
  ComponentName,
  ComponentSettings,
  TelemetrySettings,
  TelemetryStatus,
} from '../../../shared/telemetrySettings.ts';
import { formatCount } from '../../../shared/units.ts';
import { TableHead } from '../../ui/TableHead.tsx';
import type { FieldErrors } from './validation.ts';

const COMPONENT_LABELS: Readonly<Record<ComponentName, string>> = {
  pipeline: 'Pipeline',
  generator: 'Offline generator',
  cache: 'Cache',
  database: 'Database',
  client: 'Model server',
  ipc: 'Window calls',
};
const MODE_LABELS: Readonly<Record<ComponentMode, string>> = {
  full: 'full spans',
  leaf: 'light spans',
  sampled: 'one in …',
  counted: 'counts alone',
  off: 'not at all',
};

type Components = TelemetrySettings['components'];
type Props = {
  readonly components: Components;
  readonly status: TelemetryStatus | null;
  readonly errors: FieldErrors;
  /** `null` where they are set elsewhere. */
  readonly onChange: ((components: Components) => void) | null;
};

/** How closely each part is recorded, beside what that came to. */
export function ComponentTable({ components, status, errors, onChange }: Props) {
  const faults = COMPONENTS.filter((name) => errors[everyPath(name)] !== undefined);
  return (
    <div className="settings-wide stack">
      <div className="table-scroll">
        <table className="table components">
          <caption className="visually-hidden">
            How closely each part is recorded, and what was recorded since the start
          </caption>
          <TableHead
            columns={['Part', 'Recorded as']}
            figures={['Operations', 'Recorded', 'Left out', 'Errors']}
          />
          <tbody>
            {COMPONENTS.map((name) => {
              const counts = status?.components[name];
              const figures = counts && [
                counts.operations,
                counts.spans + counts.rows,
                counts.leftOut,
                counts.errors,
              ];
              return (
                <tr key={name}>
                  <th scope="row">{COMPONENT_LABELS[name]}</th>
                  <td>
                    {onChange === null ? (
                      counts && (counts.mode === 'sampled' ? 'one in so many' : MODE_LABELS[counts.mode])
                    ) : (
                      <ModeChoice
                        name={name}
                        settings={components[name]}
                        isFaulty={faults.includes(name)}
                        onChange={(next) => onChange({ ...components, [name]: next })}
                      />
                    )}
                  </td>
                  {(figures ?? [null, null, null, null]).map((figure, index) => (
                    <td key={index} className="right">
                      {figure === null ? '–' : formatCount(figure)}
                    </td>
                  ))}
                </tr>
              );
            })}
          </tbody>
        </table>
      </div>
      {faults.map((name) => (
        <p key={name} className="field-error" role="alert">
          {COMPONENT_LABELS[name]}: one in 1 to 1,000,000, a whole number.
        </p>
      ))}
      <p className="field-note">
        A light span is a row of numbers, where a full one would cost more than what it measures. Of ‘one in
        …’, slow and failed operations are recorded in any case. Counts are exact as long as a part is
        recorded at all.
      </p>
    </div>
  );
}

type ChoiceProps = {
  readonly name: ComponentName;
  readonly settings: ComponentSettings;
  readonly isFaulty: boolean;
  readonly onChange: (next: ComponentSettings) => void;
};

function ModeChoice({ name, settings, isFaulty, onChange }: ChoiceProps) {
  const label = COMPONENT_LABELS[name];
  return (
    <div className="component-mode">
      <select
        className="input"
        aria-label={`${label}: recorded as`}
        value={settings.mode}
        onChange={(event) => onChange({ ...settings, mode: event.target.value as ComponentMode })}
      >
        {COMPONENT_MODES.map((mode) => (
          <option key={mode} value={mode}>
            {MODE_LABELS[mode]}
          </option>
        ))}
      </select>
      {(settings.mode === 'sampled' || isFaulty) && (
        <input
          type="number"
          className="input"
          aria-label={`${label}: one in`}
          aria-invalid={isFaulty || undefined}
          value={Number.isNaN(settings.every) ? '' : settings.every}
          onChange={(event) => onChange({ ...settings, every: event.target.valueAsNumber })}
        />
      )}
    </div>
  );
}

const everyPath = (name: ComponentName) => `telemetry.components.${name}.every`;
