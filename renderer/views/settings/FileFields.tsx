import type { ReactNode } from 'react';
import { FILE_FORMATS } from '../../../shared/telemetrySettings.ts';
import type { FileExporterSettings } from '../../../shared/telemetrySettings.ts';
import { useStore } from '../../store/index.ts';
import { selectAppInfo } from '../../store/selectors.ts';
import { Field } from '../../ui/Field.tsx';
import type { ExporterFieldsProps } from './ExporterCard.tsx';

const FORMAT_LABELS: Readonly<Record<FileExporterSettings['format'], string>> = {
  'otlp-jsonl': 'OTLP/JSON, a request a line',
  jaeger: 'Jaeger JSON, the latest traces',
};

type Props = ExporterFieldsProps<FileExporterSettings> & { readonly children: ReactNode };

export function FileFields({ exporter, errors, path, onChange, children }: Props) {
  const dataDir = useStore(selectAppInfo)?.dataDir;
  /** Jaeger knows traces alone. */
  const setFormat = (format: FileExporterSettings['format']) =>
    onChange({ ...exporter, format, ...(format === 'jaeger' ? { signals: ['traces'] } : {}) });
  return (
    <>
      <div className="settings-wide">
        <Field
          label="Path"
          note={
            <>
              Relative paths start in the data folder
              {dataDir !== undefined && (
                <>
                  {' '}
                  (<code>{dataDir}</code>)
                </>
              )}
              .
            </>
          }
          error={errors[`${path}.path`]}
        >
          {(ids) => (
            <input
              {...ids}
              className="input mono"
              spellCheck={false}
              value={exporter.path}
              onChange={(event) => onChange({ ...exporter, path: event.target.value })}
            />
          )}
        </Field>
      </div>
      <Field label="Form">
        {(ids) => (
          <select
            {...ids}
            className="input"
            value={exporter.format}
            onChange={(event) => setFormat(event.target.value as FileExporterSettings['format'])}
          >
            {FILE_FORMATS.map((format) => (
              <option key={format} value={format}>
                {FORMAT_LABELS[format]}
              </option>
            ))}
          </select>
        )}
      </Field>
      {children}
    </>
  );
}
