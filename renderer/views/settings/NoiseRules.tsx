import type { NoiseRule } from '../../../shared/settings.ts';
import { MAX_NOISE_RULES } from '../../../shared/limits.ts';
import { Button } from '../../ui/Button.tsx';
import { NoiseRuleFields } from './NoiseRuleFields.tsx';
import type { FieldErrors } from './validation.ts';

type Props = {
  readonly rules: readonly NoiseRule[];
  readonly errors: FieldErrors;
  readonly onChange: (rules: NoiseRule[]) => void;
};

/** The rules, each switched on or off by itself. */
export function NoiseRules({ rules, errors, onChange }: Props) {
  const set = (at: number, patch: Partial<NoiseRule>) =>
    onChange(rules.map((rule, index) => (index === at ? { ...rule, ...patch } : rule)));
  const move = (at: number, by: 1 | -1) => {
    const next = [...rules];
    const [rule] = next.splice(at, 1);
    next.splice(at + by, 0, rule!);
    onChange(next);
  };
  return (
    <div className="stack" data-testid="noise-rules">
      {rules.map((rule, at) => {
        const name = rule.name.trim() === '' ? `Rule ${at + 1}` : rule.name;
        const error = (key: keyof NoiseRule) => errors[`traces.noise.${at}.${key}`];
        return (
          <fieldset key={at} className="exporter noise-rule" aria-label={name}>
            <div className="row">
              <label className="check grow">
                <input
                  type="checkbox"
                  checked={rule.enabled}
                  onChange={(event) => set(at, { enabled: event.target.checked })}
                />
                <span className="truncate">{name}</span>
              </label>
              <Button
                tone="quiet"
                aria-label={`Move ${name} up`}
                disabled={at === 0}
                data-action="noise.up"
                onClick={() => move(at, -1)}
              >
                ↑
              </Button>
              <Button
                tone="quiet"
                aria-label={`Move ${name} down`}
                disabled={at === rules.length - 1}
                data-action="noise.down"
                onClick={() => move(at, 1)}
              >
                ↓
              </Button>
              <Button
                tone="quiet"
                icon="close"
                iconOnly
                data-action="noise.remove"
                onClick={() => onChange(rules.filter((_, index) => index !== at))}
              >
                Remove {name}
              </Button>
            </div>
            <NoiseRuleFields
              rule={rule}
              label={name}
              nameFault={error('name')}
              queryFault={error('query')}
              onChange={(patch) => set(at, patch)}
            />
          </fieldset>
        );
      })}
      {rules.length === 0 && <p className="muted">No rules: everything is shown.</p>}
      <div>
        <Button
          icon="plus"
          disabled={rules.length >= MAX_NOISE_RULES}
          onClick={() =>
            onChange([
              ...rules,
              { name: `Rule ${rules.length + 1}`, query: '', hides: 'traces', enabled: true },
            ])
          }
        >
          Add a rule
        </Button>
        {rules.length >= MAX_NOISE_RULES && (
          <span className="small faint"> {MAX_NOISE_RULES} rules are the most.</span>
        )}
      </div>
    </div>
  );
}
