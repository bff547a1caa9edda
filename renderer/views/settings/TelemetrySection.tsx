import { COMPONENT_MODES, COMPONENTS, tailSamplingSchema } from '../../../shared/telemetrySettings.ts';
import type {
  ComponentMode,
  ComponentName,
  ComponentSettings,
  Sampling,
  TelemetrySettings,
  TelemetryStatus,
} from '../../../shared/telemetrySettings.ts';
import { formatCount } from '../../../shared/units.ts';
import { NumberField } from './NumberField.tsx';
import { TailRules } from './TailRules.tsx';
import type { SectionProps } from './section.ts';

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
  sampled: 'one in so many',
  counted: 'counts only',
  off: 'off',
};

/** How closely the program watches itself, and what of it is kept. */
export function TelemetrySection({
  draft,
  errors,
  change,
  status,
}: SectionProps & { readonly status: TelemetryStatus | null }) {
  const { telemetry } = draft;
  const set = (patch: Partial<TelemetrySettings>) => change({ telemetry: { ...telemetry, ...patch } });
  const setSampling = (patch: Partial<Sampling>) => set({ sampling: { ...telemetry.sampling, ...patch } });
  const { sampling } = telemetry;
  return (
    <section className="settings-section" aria-labelledby="telemetry">
      <div>
        <h2 id="telemetry">Telemetry</h2>
        <p className="small muted">
          What is recorded of a run. It stays on this machine unless an exporter below sends it. Changes hold
          at once.
        </p>
      </div>
      <div className="settings-fields">
        <ComponentTable
          components={telemetry.components}
          status={status}
          onChange={(components) => set({ components })}
        />
        <NumberField
          label="Traces recorded, %"
          value={Number((sampling.ratio * 100).toFixed(4))}
          note="Decided when a trace begins."
          error={errors['telemetry.sampling.ratio'] && 'Between 0 and 100.'}
          onChange={(share) => setSampling({ ratio: share / 100 })}
        />
        <NumberField
          label="A statement is slow from, ms"
          value={telemetry.slowQueryMs}
          note="Its plan then goes to the log."
          error={errors['telemetry.slowQueryMs']}
          onChange={(slowQueryMs) => set({ slowQueryMs })}
        />
        <label className="settings-wide check">
          <input
            type="checkbox"
            checked={sampling.tail !== null}
            onChange={(event) =>
              setSampling({ tail: event.target.checked ? tailSamplingSchema.parse({}) : null })
            }
          />
          <span>
            Keep only some traces
            <span className="field-note">Decided when a trace has ended, before it is stored or sent.</span>
          </span>
        </label>
        {sampling.tail !== null && (
          <TailRules tail={sampling.tail} errors={errors} onChange={(tail) => setSampling({ tail })} />
        )}
        <label className="settings-wide check">
          <input
            type="checkbox"
            checked={telemetry.recordText}
            onChange={(event) => set({ recordText: event.target.checked })}
          />
          <span>
            Record prompts and answers of models
            <span className="field-note">
              They then stand in traces, in the trace store and in whatever the exporters send.
            </span>
          </span>
        </label>
        {status !== null && <SpanCounts status={status} />}
      </div>
    </section>
  );
}

type ComponentTableProps = {
  readonly components: TelemetrySettings['components'];
  readonly status: TelemetryStatus | null;
  readonly onChange: (components: TelemetrySettings['components']) => void;
};

function ComponentTable({ components, status, onChange }: ComponentTableProps) {
  const set = (name: ComponentName, patch: Partial<ComponentSettings>) =>
    onChange({ ...components, [name]: { ...components[name], ...patch } });
  return (
    <div className="settings-wide table-scroll">
      <table className="table components">
        <caption className="visually-hidden">
          How closely each part is recorded, and what was recorded so far
        </caption>
        <thead>
          <tr>
            <th scope="col">Part</th>
            <th scope="col">Recorded as</th>
            <th scope="col">One in</th>
            <th scope="col" className="right">
              Operations
            </th>
            <th scope="col" className="right">
              Recorded
            </th>
            <th scope="col" className="right">
              Counted alone
            </th>
            <th scope="col" className="right">
              Errors
            </th>
          </tr>
        </thead>
        <tbody>
          {COMPONENTS.map((name) => {
            const { mode, every } = components[name];
            const counts = status?.components[name];
            const shown = (value: number | undefined) => (value === undefined ? '–' : formatCount(value));
            return (
              <tr key={name}>
                <th scope="row">{COMPONENT_LABELS[name]}</th>
                <td>
                  <select
                    className="input"
                    aria-label={`How ${COMPONENT_LABELS[name]} is recorded`}
                    value={mode}
                    onChange={(event) => set(name, { mode: event.target.value as ComponentMode })}
                  >
                    {COMPONENT_MODES.map((known) => (
                      <option key={known} value={known}>
                        {MODE_LABELS[known]}
                      </option>
                    ))}
                  </select>
                </td>
                <td>
                  <input
                    type="number"
                    className="input component-every"
                    aria-label={`${COMPONENT_LABELS[name]}: one in`}
                    disabled={mode !== 'sampled'}
                    value={Number.isNaN(every) ? '' : every}
                    onChange={(event) => set(name, { every: event.target.valueAsNumber })}
                  />
                </td>
                <td className="right">{shown(counts?.operations)}</td>
                <td className="right">{shown(counts && counts.spans + counts.rows)}</td>
                <td className="right">{shown(counts?.leftOut)}</td>
                <td className="right">{shown(counts?.errors)}</td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </div>
  );
}

/** Where every span went: kept, given up, sampled out. */
function SpanCounts({ status: { spans, store, faults } }: { readonly status: TelemetryStatus }) {
  const facts: readonly (readonly [name: string, value: number, note?: string])[] = [
    ['Spans recorded', spans.started],
    ['Held in memory', spans.held],
    ['Written to the store', store.written],
    ['Sampled out at the start', spans.headDropped],
    ['Sampled out at the end', spans.tailDropped],
    ['Waiting for the end of their trace', spans.undecided],
    ['Lost on the way to the store', store.lost + store.failed],
    ['Faults inside telemetry', faults],
  ];
  return (
    <dl className="settings-wide facts span-counts" data-testid="span-counts">
      {facts.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{formatCount(value)}</dd>
        </div>
      ))}
    </dl>
  );
}
