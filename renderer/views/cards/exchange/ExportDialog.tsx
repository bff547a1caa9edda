import { useState } from 'react';
import type { DeckExportReport, DeckFormat } from '../../../../shared/deck.ts';
import type { CallError } from '../../../../shared/ipc.ts';
import { countOf, formatBytes, formatDuration } from '../../../../shared/units.ts';
import { getApi, toCallError } from '../../../api.ts';
import { useStore } from '../../../store/index.ts';
import { selectDeckTree } from '../../../store/selectors.ts';
import { Button } from '../../../ui/Button.tsx';
import { DeckSelect } from '../../../ui/DeckSelect.tsx';
import { Dialog } from '../../../ui/Dialog.tsx';
import { FaultNote } from '../../../ui/FaultNote.tsx';
import { Field } from '../../../ui/Field.tsx';

const FORMATS: readonly (readonly [DeckFormat, string, string])[] = [
  ['apkg', 'Anki package', 'For Anki and whatever reads its packages; importing it again updates the notes.'],
  ['csv', 'CSV with Anki’s headers', 'For Anki’s text import, and for spreadsheets.'],
  ['tsv', 'TSV with Anki’s headers', 'The same, separated by tabs.'],
  ['json', 'JSON', 'All that is known of every card; Tracedeck reads it back.'],
  ['md', 'Markdown', 'To read, and for note programs.'],
  ['html', 'HTML sheet', 'One file to look at or print.'],
  ['pdf', 'PDF sheet', 'To print.'],
];

type Props = {
  readonly deck: string | null;
  readonly runId: string | null;
  readonly query: string;
  readonly onClose: () => void;
};

/** Accepted cards of a deck, of a run or of a search, into a file. */
export function ExportDialog({ deck: chosen, runId, query, onClose }: Props) {
  const decks = useStore(selectDeckTree);
  const [deck, setDeck] = useState(chosen);
  const [format, setFormat] = useState<DeckFormat>('apkg');
  const [onlyFound, setOnlyFound] = useState(query !== '');
  const [scheduling, setScheduling] = useState(false);
  const [media, setMedia] = useState(true);
  const [busy, setBusy] = useState(false);
  const [report, setReport] = useState<DeckExportReport | null>(null);
  const [fault, setFault] = useState<CallError | null>(null);
  async function save() {
    setBusy(true);
    setFault(null);
    try {
      const done = await getApi().exportDeck({
        deck,
        runId,
        query: onlyFound ? query : '',
        format,
        scheduling,
        media,
      });
      if (done !== null) setReport(done);
    } catch (thrown) {
      setFault(toCallError(thrown));
    } finally {
      setBusy(false);
    }
  }
  return (
    <Dialog
      title="Export cards"
      wide
      onClose={onClose}
      actions={
        <>
          <Button tone="primary" icon="export" disabled={busy} onClick={() => void save()}>
            {busy ? 'Writing…' : 'Save…'}
          </Button>
          <Button tone="quiet" onClick={onClose}>
            Close
          </Button>
        </>
      }
    >
      <div className="stack">
        <Field label="Deck" note={runId === null ? undefined : 'Of one run’s cards alone.'}>
          {(ids) => <DeckSelect {...ids} decks={decks} value={deck} onChange={setDeck} />}
        </Field>
        {query !== '' && (
          <label className="row">
            <input
              type="checkbox"
              checked={onlyFound}
              onChange={(event) => setOnlyFound(event.target.checked)}
            />
            <span>
              Only what <code>{query}</code> finds
            </span>
          </label>
        )}
        <fieldset className="choice export-forms">
          <legend>Form</legend>
          {FORMATS.map(([id, name, note]) => (
            <label key={id}>
              <input
                type="radio"
                name="export-form"
                data-autofocus={id === 'apkg' ? true : undefined}
                checked={format === id}
                onChange={() => setFormat(id)}
              />
              <strong>{name}</strong>
              <span className="small muted">{note}</span>
            </label>
          ))}
        </fieldset>
        {(format === 'apkg' || format === 'json') && (
          <label className="row">
            <input
              type="checkbox"
              checked={scheduling}
              onChange={(event) => setScheduling(event.target.checked)}
            />
            With the schedule and reviews
          </label>
        )}
        {format === 'apkg' && (
          <label className="row">
            <input type="checkbox" checked={media} onChange={(event) => setMedia(event.target.checked)} />
            With pictures and sounds
          </label>
        )}
        <FaultNote fault={fault} />
        {report !== null && (
          <div role="status" className="exchange-done">
            <p>
              <strong>{report.path}</strong>: {countOf(report.notes, 'note')}, {countOf(report.cards, 'card')}
              , {formatBytes(report.bytes)} in {formatDuration(report.tookMs)}
            </p>
            {report.leftOut.length > 0 && (
              <ul className="small exchange-list">
                {report.leftOut.map((item, index) => (
                  <li key={index}>{item}</li>
                ))}
              </ul>
            )}
          </div>
        )}
      </div>
    </Dialog>
  );
}
