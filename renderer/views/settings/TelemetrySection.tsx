import { tailSamplingSchema } from '../../../shared/telemetrySettings.ts';
import type { Sampling, TelemetrySettings, TelemetryStatus } from '../../../shared/telemetrySettings.ts';
import { formatCount, formatPercent } from '../../../shared/units.ts';
import { ComponentTable } from './ComponentTable.tsx';
import { LinesField } from './LinesField.tsx';
import { NumberField } from './NumberField.tsx';
import { TailRules } from './TailRules.tsx';
import { Section } from './Section.tsx';
import type { SectionProps } from './Section.tsx';

type Props = SectionProps & { readonly status: TelemetryStatus | null };

/** How closely the program watches itself, and what of it is kept. */
export function TelemetrySection(props: Props) {
  const { draft, errors, change, status } = props;
  const above = status?.above;
  const isOurs = (above?.file ?? null) === null;
  return (
    <Section
      id="telemetry"
      note="What is recorded of a run. It stays on this machine unless an exporter below sends it. Changes hold as soon as they are saved."
    >
      <div className="settings-fields">
        {above?.isOff === true && (
          <p className="settings-wide notice settings-above" role="note">
            Telemetry is switched off by TRACEDECK_TELEMETRY or OTEL_SDK_DISABLED: nothing is recorded and
            nothing is sent, whatever is set here.
          </p>
        )}
        {above !== undefined && !isOurs && (
          <p className="settings-wide notice settings-above" role="note">
            <span>
              All of this is set by the file that TRACEDECK_TELEMETRY_CONFIG names: <code>{above.file}</code>
            </span>
          </p>
        )}
        <ComponentTable
          components={draft.telemetry.components}
          status={status}
          errors={errors}
          onChange={isOurs ? (components) => change({ telemetry: { ...draft.telemetry, components } }) : null}
        />
        {isOurs && <SamplingFields {...props} />}
        {status !== null && <SpanCounts status={status} />}
      </div>
    </Section>
  );
}

function SamplingFields({ draft, errors, change, status }: Props) {
  const { telemetry } = draft;
  const { sampling } = telemetry;
  const set = (patch: Partial<TelemetrySettings>) => change({ telemetry: { ...telemetry, ...patch } });
  const setSampling = (patch: Partial<Sampling>) => set({ sampling: { ...sampling, ...patch } });
  const ratioAbove = status?.above.ratio ?? null;
  return (
    <>
      <NumberField
        label="Traces recorded, %"
        value={percent(sampling.ratio)}
        note={
          ratioAbove === null
            ? 'Decided when a trace begins.'
            : `OTEL_TRACES_SAMPLER goes before it: ${formatPercent(ratioAbove)}.`
        }
        error={errors['telemetry.sampling.ratio'] && 'Between 0 and 100.'}
        disabled={ratioAbove !== null}
        onChange={(share) => setSampling({ ratio: share / 100 })}
      />
      <NumberField
        label="A statement is slow from, ms"
        value={telemetry.slowQueryMs}
        note="Its plan then goes to the log."
        error={errors['telemetry.slowQueryMs'] && 'Between 1 and 600,000.'}
        onChange={(slowQueryMs) => set({ slowQueryMs })}
      />
      <div className="settings-wide">
        <LinesField
          label="Spans a second at most"
          note="One name a line, as in item = 50. What is above that is not recorded."
          error={
            Object.keys(errors).some((path) => path.startsWith('telemetry.sampling.perSecond')) &&
            'A name and a number from 0 to 1,000,000 a line, as in item = 50.'
          }
          value={sampling.perSecond}
          parse={ratesIn}
          format={(rates) =>
            Object.entries(rates)
              .map(([name, rate]) => `${name} = ${rate}`)
              .join('\n')
          }
          onChange={(perSecond) => setSampling({ perSecond })}
        />
      </div>
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
    </>
  );
}

/** Where every span went: kept, given up, sampled out. */
function SpanCounts({ status: { spans, store, faults } }: { readonly status: TelemetryStatus }) {
  const facts: readonly (readonly [name: string, value: number])[] = [
    ['Spans recorded', spans.started],
    ['Held in memory', spans.held],
    ['Written to the store', store.written],
    ['Left out at the start', spans.headDropped],
    ['Left out at the end', spans.tailDropped],
    ['Not decided yet', spans.undecided],
    ['Lost in a window', spans.windowDropped],
    ['Lost before the store', store.lost + store.failed],
    ['Faults in telemetry', faults],
  ];
  return (
    <dl className="settings-wide facts span-counts" data-testid="span-counts">
      {facts.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd className="num">{formatCount(value)}</dd>
        </div>
      ))}
    </dl>
  );
}

function ratesIn(text: string): Sampling['perSecond'] {
  const rates: Record<string, number> = {};
  for (const line of text.split('\n')) {
    const at = line.lastIndexOf('=');
    const name = (at < 0 ? line : line.slice(0, at)).trim();
    const rate = at < 0 ? '' : line.slice(at + 1).trim();
    // No number is none, and not zero.
    if (line.trim() !== '') rates[name] = rate === '' ? Number.NaN : Number(rate);
  }
  return rates;
}

const percent = (share: number) => Number((share * 100).toFixed(4));
