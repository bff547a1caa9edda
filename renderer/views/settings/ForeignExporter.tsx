import type { ExporterSource, TelemetryStatus } from '../../../shared/telemetrySettings.ts';
import { ExporterFigures, ExporterTitle } from './ExporterFigures.tsx';

const SOURCES: Readonly<Record<ExporterSource, string>> = {
  settings: '',
  file: 'Set by the configuration file.',
  environment: 'Set by OTEL_* variables.',
};

/** An exporter that is not in the settings: seen here, changed where it comes from. */
export function ForeignExporter({ status }: { readonly status: TelemetryStatus['exporters'][number] }) {
  return (
    <div
      role="group"
      aria-label={`Exporter ${status.id}`}
      className="exporter exporter-foreign"
      data-testid="foreign-exporter"
    >
      <div className="row row-wrap">
        <ExporterTitle kind={status.kind} id={status.id} state={status.state} />
        <span className="grow" />
        <span className="small muted">{SOURCES[status.source]}</span>
      </div>
      <ExporterFigures status={status} />
    </div>
  );
}
