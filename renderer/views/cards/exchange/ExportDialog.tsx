import { useEffect, useState } from 'react';
import type { DeckExportReport, DeckFormat, ExportPlan } from '../../../../shared/deck.ts';
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
import { exportHolds } from './exportHolds.ts';
import { keepExportOptions, readExportOptions } from './exportOptions.ts';
import type { ExportOptions } from './exportOptions.ts';
import { SheetOptions } from './SheetOptions.tsx';

const FORMATS: readonly (readonly [DeckFormat, string, string])[] = [
  ['apkg', 'Anki package', 'For Anki and whatever reads its packages; importing it again updates the notes.'],
  [
    'colpkg',
    'Anki collection',
    'All decks with their schedules; in Anki it takes the place of the whole collection.',
  ],
  ['csv', 'CSV', 'For Anki’s text import, and for spreadsheets.'],
  ['tsv', 'TSV', 'The same, separated by tabs.'],
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
  const [options, setOptions] = useState(readExportOptions);
  const [onlyFound, setOnlyFound] = useState(query !== '');
  const [plan, setPlan] = useState<ExportPlan | null>(null);
  const [busy, setBusy] = useState(false);
  const [first] = useState(options.format);
  const [report, setReport] = useState<DeckExportReport | null>(null);
  const [fault, setFault] = useState<CallError | null>(null);
  const { format, scheduling, media, anki, layout, paper } = options;
  const set = (changed: Partial<ExportOptions>) => setOptions({ ...options, ...changed });
  // A collection is all there is.
  const isWhole = format === 'colpkg';
  const scope = isWhole
    ? { deck: null, runId: null, query: '' }
    : { deck, runId, query: onlyFound ? query : '' };
  const wanted = JSON.stringify(scope);
  useEffect(() => {
    let isMeant = true;
    setPlan(null);
    const told = (now: ExportPlan | null) => {
      if (isMeant) setPlan(now);
    };
    // Without the line the file can be saved all the same, and saving says what is wrong.
    getApi()
      .exportPlan(JSON.parse(wanted) as typeof scope)
      .then(told, () => told(null));
    return () => {
      isMeant = false;
    };
  }, [wanted]);
  async function save() {
    setBusy(true);
    setFault(null);
    setReport(null);
    keepExportOptions(options);
    try {
      const done = await getApi().exportDeck({
        ...scope,
        format,
        scheduling: scheduling || isWhole,
        media,
        anki,
        sheet: { layout, paper },
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
          {(ids) => (
            <DeckSelect
              {...ids}
              decks={decks}
              value={isWhole ? null : deck}
              disabled={isWhole}
              onChange={setDeck}
            />
          )}
        </Field>
        {query !== '' && !isWhole && (
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
                data-autofocus={id === first ? true : undefined}
                checked={format === id}
                onChange={() => set({ format: id })}
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
              onChange={(event) => set({ scheduling: event.target.checked })}
            />
            With the schedule and reviews
          </label>
        )}
        {(format === 'apkg' || isWhole) && (
          <label className="row">
            <input
              type="checkbox"
              checked={media}
              onChange={(event) => set({ media: event.target.checked })}
            />
            With pictures and sounds
          </label>
        )}
        {(format === 'csv' || format === 'tsv') && (
          <label className="row">
            <input type="checkbox" checked={anki} onChange={(event) => set({ anki: event.target.checked })} />
            With the header lines that Anki reads
          </label>
        )}
        {(format === 'html' || format === 'pdf') && (
          <SheetOptions layout={layout} paper={paper} onChange={set} />
        )}
        <p className="small" aria-live="polite" data-testid="export-holds">
          {plan === null ? '\u00a0' : exportHolds(plan, options)}
        </p>
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
