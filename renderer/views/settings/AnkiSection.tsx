import { useEffect, useState } from 'react';
import type { AnkiStatus } from '../../../shared/anki.ts';
import { countOf } from '../../../shared/units.ts';
import { getApi } from '../../api.ts';
import { formatWhen } from '../../derive/clock.ts';
import { asked } from '../../store/commands.ts';
import { Button } from '../../ui/Button.tsx';
import { TextField } from '../../ui/TextField.tsx';
import { Section } from './Section.tsx';
import type { SectionProps } from './Section.tsx';

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
    <Section
      id="anki"
      note="Cards are pushed into a running Anki through its add-on AnkiConnect (2055492159). It asks for permission the first time."
    >
      <div className="settings-fields">
        <div className="settings-wide">
          <TextField
            label="Address of AnkiConnect"
            error={errors['ankiConnect.url']}
            mono
            value={ankiConnect.url}
            onChange={(url) => change({ ankiConnect: { ...ankiConnect, url } })}
          />
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
    </Section>
  );
}
