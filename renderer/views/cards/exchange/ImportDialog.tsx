import { useEffect, useRef, useState } from 'react';
import type { DeckImportReport, PackagePreview } from '../../../../shared/deck.ts';
import type { CallError } from '../../../../shared/ipc.ts';
import { countOf, formatCount, formatDuration } from '../../../../shared/units.ts';
import { getApi, toCallError } from '../../../api.ts';
import { undoChange } from '../../../store/deckCommands.ts';
import { Button } from '../../../ui/Button.tsx';
import { Dialog } from '../../../ui/Dialog.tsx';
import { FaultNote } from '../../../ui/FaultNote.tsx';
import { Stat } from '../../../ui/Stat.tsx';
import { TextField } from '../../../ui/TextField.tsx';

const FORM_NAMES: Readonly<Record<PackagePreview['form'], string>> = {
  anki2: 'Anki package, oldest form',
  anki21: 'Anki package',
  anki21b: 'Anki package, newest form',
  csv: 'Notes in plain text',
  json: 'Tracedeck JSON',
};

type Props = {
  /** A file that is known already; one is asked for otherwise. */
  readonly path: string | null;
  readonly onClose: () => void;
};

/** A package is looked into first; what was taken in, and what was refused, is said afterwards. */
export function ImportDialog({ path, onClose }: Props) {
  const [preview, setPreview] = useState<PackagePreview | null>(null);
  const [report, setReport] = useState<DeckImportReport | null>(null);
  const [deck, setDeck] = useState('');
  const [busy, setBusy] = useState(false);
  const [fault, setFault] = useState<CallError | null>(null);
  const next = useRef<HTMLButtonElement>(null);
  // What comes next has the focus: the button that was pressed is not what it was.
  useEffect(() => next.current?.focus(), [preview, report]);
  async function during(work: () => Promise<void>) {
    setBusy(true);
    setFault(null);
    try {
      await work();
    } catch (thrown) {
      setFault(toCallError(thrown));
    } finally {
      setBusy(false);
    }
  }
  const choose = () =>
    during(async () => {
      const chosen = await getApi().choosePackage();
      if (chosen === null) return;
      setReport(null);
      setPreview(chosen);
    });
  useEffect(() => {
    if (path === null) return;
    setReport(null);
    setPreview(null);
    void during(async () => setPreview(await getApi().previewPackage({ path })));
  }, [path]);
  const take = (from: string) =>
    during(async () =>
      setReport(await getApi().importPackage({ path: from, deck: deck.trim() === '' ? null : deck })),
    );
  return (
    <Dialog
      title="Import cards"
      wide
      takesFiles
      onClose={onClose}
      actions={
        <>
          {report === null && preview !== null && preview.notes > 0 && (
            <Button
              ref={next}
              tone="primary"
              aria-disabled={busy}
              onClick={() => !busy && void take(preview.path)}
            >
              {busy ? 'Importing…' : `Import ${countOf(preview.notes, 'note')}`}
            </Button>
          )}
          {report !== null && (
            <>
              <Button ref={next} tone="primary" onClick={onClose}>
                Done
              </Button>
              {report.changeSetId !== null && (
                <Button
                  icon="undo"
                  onClick={() => {
                    void undoChange(report.changeSetId ?? undefined);
                    onClose();
                  }}
                >
                  Take it back
                </Button>
              )}
            </>
          )}
          <Button
            ref={preview?.notes === 0 ? next : undefined}
            tone={preview === null || preview.notes === 0 ? 'primary' : 'plain'}
            icon="file"
            data-autofocus
            aria-disabled={busy}
            onClick={() => !busy && void choose()}
          >
            {preview === null ? 'Choose a file…' : 'Another file…'}
          </Button>
        </>
      }
    >
      {preview === null && (
        <p className="muted">
          Anki packages (.apkg, .colpkg) of every version, Anki’s notes in plain text (.csv, .tsv, .txt), and
          Tracedeck’s own JSON. Importing the same file again updates its notes; it never doubles them. Word
          lists and documents become cards under Generate.
        </p>
      )}
      <FaultNote fault={fault} />
      {preview !== null && report === null && (
        <div className="stack">
          <p>
            <strong>{preview.path.split(/[\\/]/).at(-1)}</strong>{' '}
            <span className="muted">{FORM_NAMES[preview.form]}</span>
          </p>
          {preview.notes === 0 ? (
            <p>There are no notes in this file.</p>
          ) : (
            <Contents preview={preview} deck={deck} onDeck={setDeck} />
          )}
          <Refused items={preview.refused} />
        </div>
      )}
      {report !== null && (
        <div className="stack" data-testid="import-report">
          <dl className="stats">
            <Stat label="Added" value={formatCount(report.added)} />
            <Stat label="Updated" value={formatCount(report.updated)} />
            <Stat label="Unchanged" value={formatCount(report.unchanged)} />
            <Stat label="Cards" value={formatCount(report.cards)} />
            <Stat label="Media" value={formatCount(report.media)} />
            <Stat label="Reviews" value={formatCount(report.reviews)} />
            <Stat label="Took" value={formatDuration(report.tookMs)} />
          </dl>
          {report.conflicts.length > 0 && (
            <section>
              <h3>Left as they are here</h3>
              <ul className="small exchange-list">
                {report.conflicts.map(({ noteId, term, reason }) => (
                  <li key={noteId}>
                    <strong dir="auto">{term}</strong> {reason}
                  </li>
                ))}
              </ul>
            </section>
          )}
          <Refused items={report.refused} />
        </div>
      )}
    </Dialog>
  );
}

function Refused({ items }: { items: readonly string[] }) {
  if (items.length === 0) return null;
  return (
    <section>
      <h3>Refused</h3>
      <ul className="small exchange-list">
        {items.map((item, index) => (
          <li key={index}>{item}</li>
        ))}
      </ul>
    </section>
  );
}

type ContentsProps = {
  readonly preview: PackagePreview;
  readonly deck: string;
  readonly onDeck: (deck: string) => void;
};

function Contents({ preview, deck, onDeck }: ContentsProps) {
  const { notes, cards, media, reviews, decks } = preview;
  return (
    <>
      <dl className="stats">
        <Stat label="Notes" value={formatCount(notes)} />
        <Stat label="Cards" value={formatCount(cards)} />
        <Stat label="Media" value={formatCount(media)} />
        <Stat label="Reviews" value={formatCount(reviews)} />
      </dl>
      <TextField
        label="Into one deck"
        note={`Left empty, each note goes into its own: ${decks.slice(0, 6).join(', ')}${decks.length > 6 ? ' …' : ''}`}
        maxLength={200}
        placeholder="as in the file"
        value={deck}
        onChange={onDeck}
      />
    </>
  );
}
