import { useEffect, useState } from 'react';
import type { AnkiStatus } from '../../../shared/anki.ts';
import { countOf } from '../../../shared/units.ts';
import { getApi } from '../../api.ts';
import { formatWhen } from '../../derive/clock.ts';
import { asked } from '../../store/commands.ts';
import { Button } from '../../ui/Button.tsx';
import { Field } from '../../ui/Field.tsx';
import type { SectionProps } from './section.ts';

/** Where a running Anki is pushed to. */
export function AnkiSection({ draft, errors, change }: SectionProps) {
  const { ankiConnect } = draft;
  const [status, setStatus] = useState<AnkiStatus | null>(null);
  const [busy, setBusy] = useState(false);
  async function look() {
    setBusy(true);
    const now = await asked(getApi().ankiStatus());
    if (now !== undefined) setStatus(now);
    setBusy(false);
  }
  useEffect(() => void look(), []);
  return (
    <section className="settings-section" aria-labelledby="anki">
      <div>
        <h2 id="anki" tabIndex={-1}>
          Anki
        </h2>
        <p className="small muted">
          Cards are pushed into a running Anki through its add-on AnkiConnect (2055492159). It asks for
          permission the first time.
        </p>
      </div>
      <div className="settings-fields">
        <div className="settings-wide">
          <Field label="Address of AnkiConnect" error={errors['ankiConnect.url']}>
            {(ids) => (
              <input
                {...ids}
                className="input mono"
                spellCheck={false}
                value={ankiConnect.url}
                onChange={(event) => change({ ankiConnect: { ...ankiConnect, url: event.target.value } })}
              />
            )}
          </Field>
        </div>
        <label className="settings-wide row">
          <input
            type="checkbox"
            checked={ankiConnect.retry}
            onChange={(event) => change({ ankiConnect: { ...ankiConnect, retry: event.target.checked } })}
          />
          Send what waits by itself when Anki is back
        </label>
        <div className="settings-wide row row-wrap" role="status">
          <Button icon="retry" disabled={busy} onClick={() => void look()}>
            Look for Anki
          </Button>
          {status !== null && (
            <span className="small">
              {status.reachable
                ? `Anki answers (AnkiConnect ${status.version}).`
                : `${status.problem?.message ?? 'Anki does not answer.'} ${status.problem?.hint ?? ''}`}
              {status.waiting > 0 && ` ${countOf(status.waiting, 'note')} wait.`}
              {status.lastPushMs !== null && ` Last pushed ${formatWhen(status.lastPushMs)}.`}
            </span>
          )}
        </div>
      </div>
    </section>
  );
}
