import { useEffect, useState } from 'react';
import type { BackupEntry } from '../../../shared/deck.ts';
import { countOf, formatBytes, formatCount } from '../../../shared/units.ts';
import { getApi } from '../../api.ts';
import { formatWhen } from '../../derive/clock.ts';
import { asked } from '../../store/commands.ts';
import { getState, useStore } from '../../store/index.ts';
import { selectDeckVersion } from '../../store/selectors.ts';
import { Button } from '../../ui/Button.tsx';
import { Dialog } from '../../ui/Dialog.tsx';
import { TableHead } from '../../ui/TableHead.tsx';
import { NumberField } from './NumberField.tsx';
import { Section } from './Section.tsx';
import type { SectionProps } from './Section.tsx';

const REASONS: Readonly<Record<BackupEntry['reason'], string>> = {
  daily: 'Daily',
  migration: 'Before a new version',
  import: 'Before an import',
  restore: 'Before a restore',
  manual: 'By hand',
};

/** Copies of the deck, each read back before it counts, and the way back to one of them. */
export function BackupsSection({ draft, errors, change }: SectionProps) {
  const { backups } = draft;
  const version = useStore(selectDeckVersion);
  const [entries, setEntries] = useState<readonly BackupEntry[] | null>(null);
  const [busy, setBusy] = useState(false);
  const [chosen, setChosen] = useState<BackupEntry | null>(null);
  async function load() {
    const found = await asked(getApi().backups());
    if (found !== undefined) setEntries(found);
  }
  useEffect(() => void load(), [version]);
  async function backUp() {
    setBusy(true);
    const entry = await asked(getApi().backUpNow());
    setBusy(false);
    if (entry !== undefined) {
      const text = `Backed up: ${countOf(entry.notes, 'note')}.`;
      getState().toastAdded({ tone: 'good', text, hint: entry.name });
    }
    await load();
  }
  return (
    <Section
      id="backups"
      note="Of the deck with its schedule and history: daily, before every import and before a new version changes it. Each is read back and checked before it counts."
    >
      <div className="settings-fields">
        <label className="row">
          <input
            type="checkbox"
            checked={backups.daily}
            onChange={(event) => change({ backups: { ...backups, daily: event.target.checked } })}
          />
          Back up every day
        </label>
        <NumberField
          label="Daily backups kept"
          value={backups.keep}
          error={errors['backups.keep']}
          onChange={(keep) => change({ backups: { ...backups, keep } })}
        />
        <div className="settings-wide stack">
          <div className="row">
            <Button disabled={busy} onClick={() => void backUp()}>
              {busy ? 'Working…' : 'Back up now'}
            </Button>
          </div>
          {entries !== null && entries.length === 0 && <p className="muted small">There is no backup yet.</p>}
          {entries !== null && entries.length > 0 && (
            <div className="table-scroll backups" tabIndex={0} role="region" aria-label="Backups">
              <table className="table">
                <TableHead columns={['When', 'Why']} figures={['Notes', 'Cards', 'Size']} action="Restore" />
                <tbody>
                  {entries.map((entry) => (
                    <tr key={entry.name}>
                      <td title={entry.name}>{formatWhen(entry.atMs)}</td>
                      <td>
                        {REASONS[entry.reason]}
                        {!entry.verified && <span className="field-error"> not sound</span>}
                      </td>
                      <td className="right num">{formatCount(entry.notes)}</td>
                      <td className="right num">{formatCount(entry.cards)}</td>
                      <td className="right num">{formatBytes(entry.bytes)}</td>
                      <td className="right">
                        <Button
                          tone="quiet"
                          disabled={busy || !entry.verified}
                          aria-label={`Restore the backup of ${formatWhen(entry.atMs)}`}
                          onClick={() => setChosen(entry)}
                        >
                          Restore…
                        </Button>
                      </td>
                    </tr>
                  ))}
                </tbody>
              </table>
            </div>
          )}
        </div>
      </div>
      {chosen !== null && (
        <Dialog
          title="Restore this backup?"
          onClose={() => setChosen(null)}
          actions={
            <>
              <Button
                tone="danger"
                onClick={() => {
                  setChosen(null);
                  setBusy(true);
                  // What came of it is said by the page that comes after it (`tellRestore`).
                  void asked(getApi().restoreBackup({ name: chosen.name })).finally(() => setBusy(false));
                }}
              >
                Restore
              </Button>
              <Button tone="quiet" data-autofocus onClick={() => setChosen(null)}>
                Cancel
              </Button>
            </>
          }
        >
          <p>
            The deck becomes what it was {formatWhen(chosen.atMs)}: {countOf(chosen.notes, 'note')} and{' '}
            {countOf(chosen.cards, 'card')}, with the schedule of then. The deck as it is now is backed up
            first, so that this can be taken back in the same way.
          </p>
        </Dialog>
      )}
    </Section>
  );
}
