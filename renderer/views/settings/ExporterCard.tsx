import { useEffect, useId, useRef } from 'react';
import type { ReactNode } from 'react';
import { SIGNALS } from '../../../shared/telemetrySettings.ts';
import type { ExporterSettings, ExporterStatus, Signal } from '../../../shared/telemetrySettings.ts';
import { Button } from '../../ui/Button.tsx';
import { ExporterFigures, ExporterTitle } from './ExporterFigures.tsx';
import { FileFields } from './FileFields.tsx';
import { NumberField } from './NumberField.tsx';
import { OtlpFields } from './OtlpFields.tsx';
import type { FieldErrors } from './validation.ts';

export type ExporterFieldsProps<Settings extends ExporterSettings = ExporterSettings> = {
  readonly exporter: Settings;
  readonly errors: FieldErrors;
  /** Of this exporter in the settings. */
  readonly path: string;
  readonly onChange: (next: ExporterSettings) => void;
};
type Props = ExporterFieldsProps & {
  readonly status: ExporterStatus | null;
  readonly isSaved: boolean;
  /** The OTEL_* variables bring an exporter of the same name. */
  readonly isShadowed: boolean;
  /** Its first field gets the focus. */
  readonly isNew: boolean;
  readonly onRemove: () => void;
};

/** One exporter: its settings, and beneath them how it fares. */
export function ExporterCard(props: Props) {
  const { exporter, status, isSaved, isShadowed, isNew, onChange, onRemove } = props;
  const card = useRef<HTMLFieldSetElement>(null);
  useEffect(() => {
    if (isNew) card.current?.querySelector<HTMLElement>('.settings-fields input')?.focus();
  }, [isNew]);
  return (
    <fieldset ref={card} className="exporter" data-testid="exporter">
      <legend className="visually-hidden">Exporter {exporter.id}</legend>
      <div className="row row-wrap">
        <ExporterTitle
          kind={exporter.kind}
          id={exporter.id}
          state={isSaved ? (status?.state ?? null) : 'unsaved'}
        />
        <span className="grow" />
        <label className="check">
          <input
            type="checkbox"
            checked={exporter.enabled}
            onChange={(event) => onChange({ ...exporter, enabled: event.target.checked })}
          />
          <span>On</span>
        </label>
        <Button tone="quiet" icon="close" iconOnly onClick={onRemove}>
          Remove {exporter.id}
        </Button>
      </div>
      {isShadowed && (
        <p className="small exporter-error">
          Not used: the OTEL_* variables bring an exporter of the same name.
        </p>
      )}
      <div className="settings-fields">
        <KindFields {...props} />
      </div>
      {status !== null && <ExporterFigures status={status} />}
    </fieldset>
  );
}

function KindFields(props: Props) {
  const { exporter, errors, path, onChange } = props;
  switch (exporter.kind) {
    case 'otlp':
      return (
        <OtlpFields {...props} exporter={exporter}>
          <Signals {...props} />
        </OtlpFields>
      );
    case 'file':
      return (
        <FileFields {...props} exporter={exporter}>
          {exporter.format === 'jaeger' ? <Sends>traces alone</Sends> : <Signals {...props} />}
        </FileFields>
      );
    case 'prometheus':
      return (
        <>
          <NumberField
            label="Port"
            value={exporter.port}
            note="Prometheus on this machine reads metrics there."
            error={errors[`${path}.port`] && 'A whole number from 0 (any free port) to 65,535.'}
            onChange={(port) => onChange({ ...exporter, port })}
          />
          <Sends>metrics, when it is asked</Sends>
        </>
      );
    case 'console':
      return (
        <>
          <Signals {...props} />
          <p className="settings-wide field-note">
            Printed in the terminal from which Tracedeck was started.
          </p>
        </>
      );
  }
}

function Sends({ children }: { readonly children: ReactNode }) {
  return (
    <div className="field">
      <span className="field-label">Sends</span>
      <span className="exporter-signals muted">{children}</span>
    </div>
  );
}

function Signals({ exporter, errors, path, onChange }: ExporterFieldsProps) {
  const id = useId();
  const isNone = errors[`${path}.signals`] !== undefined;
  const toggle = (signal: Signal, isOn: boolean) =>
    onChange({
      ...exporter,
      signals: SIGNALS.filter((one) => (one === signal ? isOn : exporter.signals.includes(one))),
    });
  return (
    <div className="field" role="group" aria-labelledby={id} aria-describedby={`${id}-error`}>
      <span id={id} className="field-label">
        Sends
      </span>
      <div className="exporter-signals">
        {SIGNALS.map((signal) => (
          <label key={signal} className="check">
            <input
              type="checkbox"
              aria-invalid={isNone || undefined}
              checked={exporter.signals.includes(signal)}
              onChange={(event) => toggle(signal, event.target.checked)}
            />
            <span>{signal}</span>
          </label>
        ))}
      </div>
      {isNone && (
        <p id={`${id}-error`} className="field-error">
          Choose at least one.
        </p>
      )}
    </div>
  );
}
