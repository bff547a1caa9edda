import type { NoiseRule } from '../../../shared/settings.ts';
import { loadFieldCatalog } from '../../store/traceCommands.ts';
import { Field } from '../../ui/Field.tsx';
import { QueryField } from '../../ui/QueryField.tsx';

type Props = {
  readonly rule: NoiseRule;
  /** Tells rules apart for those who do not see them. */
  readonly label: string;
  readonly nameFault: string | undefined;
  readonly queryFault: string | undefined;
  readonly onChange: (patch: Partial<NoiseRule>) => void;
};

const HIDES: readonly (readonly [hides: NoiseRule['hides'], text: string])[] = [
  ['traces', 'Traces with such a span'],
  ['spans', 'Such spans in a trace'],
];

/** What a rule is called, what it hides, and by which query. */
export function NoiseRuleFields({ rule, label, nameFault, queryFault, onChange }: Props) {
  return (
    <>
      <div className="noise-names">
        <Field label="Name" error={nameFault}>
          {(ids) => (
            <input
              {...ids}
              className="input"
              maxLength={100}
              value={rule.name}
              onChange={(event) => onChange({ name: event.target.value })}
            />
          )}
        </Field>
        <Field label="Hides">
          {(ids) => (
            <select
              {...ids}
              className="input"
              value={rule.hides}
              onChange={(event) => onChange({ hides: event.target.value as NoiseRule['hides'] })}
            >
              {HIDES.map(([hides, text]) => (
                <option key={hides} value={hides}>
                  {text}
                </option>
              ))}
            </select>
          )}
        </Field>
      </div>
      <div className="noise-query">
        <QueryField
          label={`Query of ${label}`}
          value={rule.query}
          isWrong={queryFault !== undefined}
          onText={(query) => onChange({ query })}
          onSubmit={(query) => onChange({ query })}
          loadCatalog={loadFieldCatalog}
          placeholder={
            rule.hides === 'traces'
              ? 'trace.name = "GET /health" and trace.errors = 0'
              : 'name = "cache get" and not error'
          }
        />
        {queryFault !== undefined && <p className="field-error">{queryFault}</p>}
      </div>
    </>
  );
}
