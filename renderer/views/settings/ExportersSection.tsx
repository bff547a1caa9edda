import { useRef, useState } from 'react';
import { exporterSchema } from '../../../shared/telemetrySettings.ts';
import type { ExporterSettings, TelemetryStatus } from '../../../shared/telemetrySettings.ts';
import { useStore } from '../../store/index.ts';
import { selectSettings } from '../../store/selectors.ts';
import { Button } from '../../ui/Button.tsx';
import { ExporterCard } from './ExporterCard.tsx';
import { ForeignExporter } from './ForeignExporter.tsx';
import { Section } from './Section.tsx';
import type { SectionProps } from './Section.tsx';

/** What can be added, as it is most often wanted. */
const TEMPLATES: readonly { readonly label: string; readonly id: string; readonly settings: object }[] = [
  { label: 'OTLP', id: 'otlp', settings: { kind: 'otlp', endpoint: 'http://127.0.0.1:4318' } },
  {
    label: 'Jaeger',
    id: 'jaeger',
    settings: { kind: 'otlp', endpoint: 'http://127.0.0.1:4318', signals: ['traces'] },
  },
  { label: 'Prometheus', id: 'prometheus', settings: { kind: 'prometheus', signals: ['metrics'] } },
  { label: 'File', id: 'file', settings: { kind: 'file', path: 'telemetry.jsonl' } },
  { label: 'Console', id: 'console', settings: { kind: 'console' } },
];
const MAX_EXPORTERS = 8;

/** Where telemetry is sent; nowhere, unless something is added here. */
export function ExportersSection({
  draft,
  errors,
  change,
  status,
}: SectionProps & { readonly status: TelemetryStatus | null }) {
  const saved = useStore(selectSettings)?.telemetry.exporters ?? [];
  const [added, setAdded] = useState<string | null>(null);
  const adders = useRef<HTMLDivElement>(null);
  const { telemetry } = draft;
  const set = (next: readonly ExporterSettings[]) =>
    change({ telemetry: { ...telemetry, exporters: [...next] } });
  const running = status?.exporters ?? [];
  const foreign = running.filter(({ source }) => source !== 'settings');
  const taken = new Set(foreign.map(({ id }) => id));
  const file = status?.above.file ?? null;
  const own = file === null ? telemetry.exporters : [];
  const all = [...telemetry.exporters, ...saved, ...foreign];

  function add(id: string, settings: object) {
    const free = freeId(id, new Set(all.map((one) => one.id)));
    setAdded(free);
    set([...own, exporterSchema.parse({ ...settings, id: free })]);
  }

  function remove(id: string) {
    set(own.filter((one) => one.id !== id));
    // Where the focus was is gone.
    adders.current?.querySelector('button')?.focus();
  }

  return (
    <Section
      id="exporters"
      note="Traces, metrics and logs for other tools. While an endpoint is away, what is meant for it waits on disk and follows in order."
    >
      <div className="stack">
        {own.length + foreign.length === 0 && (
          <p className="muted" data-testid="no-exporters">
            Nothing leaves this machine.
          </p>
        )}
        {foreign.map((one) => (
          <ForeignExporter key={one.id} status={one} />
        ))}
        {own.map((exporter, index) => (
          <ExporterCard
            key={exporter.id}
            exporter={exporter}
            status={running.find(({ id, source }) => id === exporter.id && source === 'settings') ?? null}
            isSaved={saved.some(({ id }) => id === exporter.id)}
            isShadowed={taken.has(exporter.id)}
            isNew={added === exporter.id}
            errors={errors}
            path={`telemetry.exporters.${index}`}
            onChange={(next) => set(own.map((one) => (one.id === next.id ? next : one)))}
            onRemove={() => remove(exporter.id)}
          />
        ))}
        {errors['telemetry.exporters'] && (
          <p className="field-error" role="alert">
            {errors['telemetry.exporters']}
          </p>
        )}
        {file === null && (
          <div ref={adders} className="row row-wrap" role="group" aria-label="Add an exporter">
            <span className="muted small">Add</span>
            {TEMPLATES.map(({ label, id, settings }) => (
              <Button
                key={label}
                icon="plus"
                aria-label={`Add ${label}`}
                disabled={own.length >= MAX_EXPORTERS}
                onClick={() => add(id, settings)}
              >
                {label}
              </Button>
            ))}
            {own.length >= MAX_EXPORTERS && <span className="muted small">{MAX_EXPORTERS} at most.</span>}
          </div>
        )}
      </div>
    </Section>
  );
}

function freeId(id: string, taken: ReadonlySet<string>): string {
  let free = id;
  for (let number = 2; taken.has(free); number += 1) free = `${id}-${number}`;
  return free;
}
