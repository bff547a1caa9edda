import type { ReactNode } from 'react';
import { LOOP_FAULT } from '../../../shared/receiverLoop.ts';
import { OTLP_PROTOCOLS } from '../../../shared/telemetrySettings.ts';
import type { OtlpExporterSettings } from '../../../shared/telemetrySettings.ts';
import { Field } from '../../ui/Field.tsx';
import type { ExporterFieldsProps } from './ExporterCard.tsx';
import { LinesField } from './LinesField.tsx';
import { NumberField } from './NumberField.tsx';

const TLS_LABELS = { ca: 'CA certificate', cert: 'Client certificate', key: 'Client key' } as const;
type TlsPart = keyof typeof TLS_LABELS;
/** By default gRPC has a port of its own. */
const PORTS = { http: ':4318', grpc: ':4317' } as const;

type Props = ExporterFieldsProps<OtlpExporterSettings> & { readonly children: ReactNode };

export function OtlpFields({ exporter, errors, path, onChange, children }: Props) {
  const set = (patch: Partial<OtlpExporterSettings>) => onChange({ ...exporter, ...patch });
  const isGrpc = exporter.protocol === 'grpc';

  /** An endpoint with the usual port follows the protocol. */
  function setProtocol(protocol: OtlpExporterSettings['protocol']) {
    const [from, to] = protocol === 'grpc' ? [PORTS.http, PORTS.grpc] : [PORTS.grpc, PORTS.http];
    const { endpoint } = exporter;
    set({ protocol, endpoint: endpoint.endsWith(from) ? endpoint.slice(0, -from.length) + to : endpoint });
  }

  return (
    <>
      <Field
        label="Endpoint"
        note={[
          isGrpc ? 'Scheme, host and port.' : '/v1/traces and its like are added.',
          ...Object.keys(exporter.endpoints).map(
            (signal) => `By the file, ${signal} have an address of their own.`,
          ),
        ].join(' ')}
        error={endpointFault(errors[`${path}.endpoint`])}
      >
        {(ids) => (
          <input
            {...ids}
            className="input mono"
            spellCheck={false}
            value={exporter.endpoint}
            onChange={(event) => set({ endpoint: event.target.value })}
          />
        )}
      </Field>
      <Field label="Protocol">
        {(ids) => (
          <select
            {...ids}
            className="input"
            value={exporter.protocol}
            onChange={(event) => setProtocol(event.target.value as OtlpExporterSettings['protocol'])}
          >
            {OTLP_PROTOCOLS.map((protocol) => (
              <option key={protocol} value={protocol}>
                {protocol === 'grpc' ? 'gRPC' : protocol}
              </option>
            ))}
          </select>
        )}
      </Field>
      <div className="settings-wide">{children}</div>
      <More exporter={exporter} errors={errors} path={path} set={set} />
    </>
  );
}

type MoreProps = Pick<Props, 'exporter' | 'errors' | 'path'> & {
  readonly set: (patch: Partial<OtlpExporterSettings>) => void;
};

function More({ exporter, errors, path, set }: MoreProps) {
  const own = (key: string) => errors[`${path}.${key}`];
  const headersError = Object.entries(errors).find(([at]) => at.startsWith(`${path}.headers`))?.[1];
  const isFaulty =
    headersError !== undefined ||
    ['spoolBytes', 'metricIntervalMs', 'timeoutMs'].some((key) => own(key) !== undefined);
  return (
    <details className="settings-wide settings-more">
      <summary data-action="Headers, limits, TLS" className={isFaulty ? 'exporter-error' : ''}>
        Headers, limits, TLS
      </summary>
      <div className="settings-fields">
        <div className="settings-wide">
          <LinesField
            label="Headers"
            note={
              <>
                One a line, as in <code>authorization: Bearer {'${COLLECTOR_KEY}'}</code>. What stands in{' '}
                {'${…}'} is an environment variable, so that no key has to stand here.
              </>
            }
            error={headersError}
            value={exporter.headers}
            parse={headersIn}
            format={(headers) =>
              Object.entries(headers)
                .map(([name, value]) => `${name}: ${value}`)
                .join('\n')
            }
            onChange={(headers) => set({ headers })}
          />
        </div>
        <NumberField
          label="Waiting on disk at most, MB"
          value={exporter.spoolBytes / 1e6}
          note="Then the oldest is given up."
          error={own('spoolBytes') && 'Between 0 and 100,000.'}
          onChange={(mb) => set({ spoolBytes: Math.round(mb * 1e6) })}
        />
        <NumberField
          label="Metrics every, seconds"
          value={exporter.metricIntervalMs / 1000}
          error={own('metricIntervalMs') && 'Between 0.5 and 3,600.'}
          onChange={(seconds) => set({ metricIntervalMs: Math.round(seconds * 1000) })}
        />
        <NumberField
          label="Timeout, seconds"
          value={exporter.timeoutMs / 1000}
          error={own('timeoutMs') && 'Between 0.1 and 600.'}
          onChange={(seconds) => set({ timeoutMs: Math.round(seconds * 1000) })}
        />
        {(Object.keys(TLS_LABELS) as TlsPart[]).map((part) => (
          <Field key={part} label={TLS_LABELS[part]} note="Path of a PEM file.">
            {(ids) => (
              <input
                {...ids}
                className="input mono"
                spellCheck={false}
                value={exporter.tls[part] ?? ''}
                onChange={(event) =>
                  set({
                    tls: { ...exporter.tls, [part]: event.target.value === '' ? null : event.target.value },
                  })
                }
              />
            )}
          </Field>
        ))}
        <label className="check settings-wide">
          <input
            type="checkbox"
            checked={exporter.gzip}
            onChange={(event) => set({ gzip: event.target.checked })}
          />
          <span>Compressed (gzip)</span>
        </label>
      </div>
    </details>
  );
}

function headersIn(text: string): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const line of text.split('\n')) {
    const at = line.indexOf(':');
    const name = (at < 0 ? line : line.slice(0, at)).trim();
    if (name !== '') headers[name] = at < 0 ? '' : line.slice(at + 1).trim();
  }
  return headers;
}

function endpointFault(fault: string | undefined): string | undefined {
  return fault === undefined || fault === LOOP_FAULT
    ? fault
    : 'Enter an address such as http://127.0.0.1:4318.';
}
