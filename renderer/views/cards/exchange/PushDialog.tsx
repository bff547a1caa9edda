import { useCallback, useEffect, useState } from 'react';
import type { AnkiStatus, PushPlan, PushReport } from '../../../../shared/anki.ts';
import type { CallError } from '../../../../shared/ipc.ts';
import { countOf, formatCount } from '../../../../shared/units.ts';
import { getApi, toCallError } from '../../../api.ts';
import { getState, useStore } from '../../../store/index.ts';
import { selectDeckTree } from '../../../store/selectors.ts';
import { Button } from '../../../ui/Button.tsx';
import { DeckSelect } from '../../../ui/DeckSelect.tsx';
import { Dialog } from '../../../ui/Dialog.tsx';
import { FaultNote } from '../../../ui/FaultNote.tsx';
import { Field } from '../../../ui/Field.tsx';
import { Stat } from '../../../ui/Stat.tsx';

/** Into a running Anki: what would change is shown first; without one the notes wait in a queue. */
export function PushDialog({ deck: chosen, onClose }: { deck: string | null; onClose: () => void }) {
  const decks = useStore(selectDeckTree);
  const [deck, setDeck] = useState(chosen);
  const [status, setStatus] = useState<AnkiStatus | null>(null);
  const [plan, setPlan] = useState<PushPlan | null>(null);
  const [report, setReport] = useState<PushReport | null>(null);
  const [overwrite, setOverwrite] = useState(false);
  const [busy, setBusy] = useState(false);
  const [fault, setFault] = useState<CallError | null>(null);

  const look = useCallback(async () => {
    setBusy(true);
    setFault(null);
    setPlan(null);
    try {
      const now = await getApi().ankiStatus();
      setStatus(now);
      if (now.reachable) setPlan(await getApi().pushPlan({ deck }));
    } catch (thrown) {
      setFault(toCallError(thrown));
    } finally {
      setBusy(false);
    }
  }, [deck]);
  useEffect(() => void look(), [look]);

  async function push() {
    setBusy(true);
    setFault(null);
    try {
      setReport(await getApi().push({ deck, onConflict: overwrite ? 'overwrite' : 'skip' }));
      setStatus(await getApi().ankiStatus());
    } catch (thrown) {
      setFault(toCallError(thrown));
    } finally {
      setBusy(false);
    }
  }
  const changes = plan === null ? 0 : plan.create + plan.update + (overwrite ? plan.conflicts.length : 0);
  return (
    <Dialog
      title="Push to Anki"
      wide
      onClose={onClose}
      actions={
        <>
          <Button
            tone="primary"
            disabled={busy || status === null || (status.reachable && (plan === null || changes === 0))}
            onClick={() => void push()}
          >
            {busy
              ? 'Working…'
              : status !== null && !status.reachable
                ? 'Queue them'
                : `Push ${countOf(changes, 'note')}`}
          </Button>
          <Button icon="retry" disabled={busy} onClick={() => void look()}>
            Look again
          </Button>
          <Button tone="quiet" onClick={() => getState().navigated({ view: 'settings', section: 'anki' })}>
            Settings
          </Button>
        </>
      }
    >
      <div className="stack">
        <Field label="Deck">
          {(ids) => (
            <DeckSelect
              {...ids}
              data-autofocus
              decks={decks}
              value={deck}
              onChange={(next) => {
                setReport(null);
                setDeck(next);
              }}
            />
          )}
        </Field>
        {status !== null && !status.reachable && (
          <div role="status" className="exchange-done">
            <p>{status.problem?.message}</p>
            <p className="small muted">{status.problem?.hint}</p>
            <p className="small">
              Notes that are queued go there by themselves when Anki is back
              {status.waiting > 0 ? `; ${countOf(status.waiting, 'note')} wait already.` : '.'}
            </p>
          </div>
        )}
        <FaultNote fault={fault} />
        {plan !== null && report === null && (
          <Plan plan={plan} overwrite={overwrite} onOverwrite={setOverwrite} />
        )}
        {report !== null && (
          <div className="stack" data-testid="push-report">
            <dl className="stats">
              <Stat label="Created" value={formatCount(report.created)} />
              <Stat label="Updated" value={formatCount(report.updated)} />
              <Stat label="Unchanged" value={formatCount(report.unchanged)} />
              <Stat label="Waiting" value={formatCount(report.queued)} />
              <Stat
                label="Failed"
                value={formatCount(report.failed.length)}
                tone={report.failed.length > 0 ? 'bad' : undefined}
              />
            </dl>
            <Reasons title="Changed in Anki, left alone" items={report.conflicts} />
            <Reasons title="Failed" items={report.failed} />
          </div>
        )}
      </div>
    </Dialog>
  );
}

type PlanProps = {
  readonly plan: PushPlan;
  readonly overwrite: boolean;
  readonly onOverwrite: (overwrite: boolean) => void;
};

function Plan({ plan, overwrite, onOverwrite }: PlanProps) {
  return (
    <>
      <dl className="stats">
        <Stat label="To create" value={formatCount(plan.create)} />
        <Stat label="To update" value={formatCount(plan.update)} />
        <Stat label="Unchanged" value={formatCount(plan.unchanged)} />
        <Stat
          label="Changed in Anki"
          value={formatCount(plan.conflicts.length)}
          tone={plan.conflicts.length > 0 ? 'warn' : undefined}
        />
      </dl>
      {plan.sample.length > 0 && (
        <div className="exchange-sample" tabIndex={0} role="region" aria-label="What would change">
          {plan.sample.map(({ term, action, fields }, index) => (
            <section key={index}>
              <h3 dir="auto">
                {term} <span className="small muted">{action}</span>
              </h3>
              <dl>
                {fields.map(({ name, before, after }) => (
                  <div key={name}>
                    <dt className="small muted">{name}</dt>
                    <dd className="small" dir="auto">
                      {before !== null && <del>{before}</del>} <ins>{after}</ins>
                    </dd>
                  </div>
                ))}
              </dl>
            </section>
          ))}
        </div>
      )}
      <Reasons title="Changed in Anki since they were pushed" items={plan.conflicts} />
      {plan.conflicts.length > 0 && (
        <label className="row">
          <input
            type="checkbox"
            checked={overwrite}
            onChange={(event) => onOverwrite(event.target.checked)}
          />
          Write over what was changed in Anki
        </label>
      )}
    </>
  );
}

function Reasons({ title, items }: { title: string; items: PushPlan['conflicts'] }) {
  if (items.length === 0) return null;
  return (
    <section>
      <h3>{title}</h3>
      <ul className="small exchange-list">
        {items.map(({ noteId, term, reason }) => (
          <li key={noteId}>
            <strong dir="auto">{term}</strong> {reason}
          </li>
        ))}
      </ul>
    </section>
  );
}
