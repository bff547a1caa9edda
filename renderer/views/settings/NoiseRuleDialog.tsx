import './settings.css';
import { useMemo, useState } from 'react';
import type { NoiseRule } from '../../../shared/settings.ts';
import { getState } from '../../store/index.ts';
import { changeRules, ruleRoom } from '../../store/noiseCommands.ts';
import { Button } from '../../ui/Button.tsx';
import { Dialog } from '../../ui/Dialog.tsx';
import { NoiseRuleFields } from './NoiseRuleFields.tsx';
import { useRuleFaults } from './useRuleFaults.ts';

/** A rule made from what was pointed at, to be looked at before it holds. */
export function NoiseRuleDialog({ rule: proposed }: { readonly rule: NoiseRule }) {
  const [rule, setRule] = useState(proposed);
  const [fault, setFault] = useState<string | null>(ruleRoom);
  const [isSaving, setSaving] = useState(false);
  const queryFault = useRuleFaults(useMemo(() => [rule], [rule]))['traces.noise.0.query'];
  const isReady = rule.name.trim() !== '' && rule.query.trim() !== '' && queryFault === undefined;
  const close = () => getState().ruleDrafted(null);

  async function save() {
    setSaving(true);
    const error = await changeRules((rules) => [...rules, rule]);
    setSaving(false);
    if (error !== null) {
      setFault(`${error.message} ${error.hint ?? ''}`);
      return;
    }
    close();
    getState().noiseShownChanged(false);
    getState().toastAdded({
      tone: 'good',
      text: `“${rule.name}” is hidden from now on.`,
      hint: 'The rule is kept in the settings, below Noise.',
    });
  }

  return (
    <Dialog
      title={rule.hides === 'traces' ? 'Hide traces like this' : 'Hide spans like this'}
      wide
      onClose={close}
      actions={
        <>
          <Button onClick={close}>Cancel</Button>
          <Button
            tone="primary"
            data-autofocus
            disabled={!isReady || isSaving || ruleRoom() !== null}
            onClick={() => void save()}
          >
            Hide
          </Button>
        </>
      }
    >
      <div className="stack">
        <p className="muted">Nothing is deleted. What failed stays in sight, unless you change the query.</p>
        <NoiseRuleFields
          rule={rule}
          label="the rule"
          nameFault={rule.name.trim() === '' ? 'This must not be empty.' : undefined}
          queryFault={queryFault}
          onChange={(patch) => setRule((was) => ({ ...was, ...patch }))}
        />
        {fault !== null && (
          <p className="field-error" role="alert">
            {fault}
          </p>
        )}
      </div>
    </Dialog>
  );
}
