import './cards.css';
import { useEffect, useState } from 'react';
import { formatCount } from '../../../shared/units.ts';
import { proposedIn } from '../../derive/proposedIn.ts';
import { loadDeckTree } from '../../store/deckCommands.ts';
import { getState, useStore } from '../../store/index.ts';
import type { CardsDialog } from '../../store/route.ts';
import { selectDeckTree, selectDeckVersion, selectRoute, selectVisit } from '../../store/selectors.ts';
import { Button } from '../../ui/Button.tsx';
import { Menu } from '../../ui/Menu.tsx';
import { Segmented } from '../../ui/Segmented.tsx';
import { AddNoteDialog } from './browse/AddNoteDialog.tsx';
import { BrowseView } from './browse/BrowseView.tsx';
import { ExportDialog } from './exchange/ExportDialog.tsx';
import { ImportDialog } from './exchange/ImportDialog.tsx';
import { PushDialog } from './exchange/PushDialog.tsx';
import { ReviewView } from './review/ReviewView.tsx';

/** The deck: find, change and bring cards in and out; and go through those that wait for a word. */
export function CardsView() {
  const route = useStore(selectRoute);
  const visit = useStore(selectVisit);
  const decks = useStore(selectDeckTree);
  const version = useStore(selectDeckVersion);
  const [asked, setAsked] = useState<CardsDialog | null>(null);
  const [file, setFile] = useState<string | null>(null);
  useEffect(() => void loadDeckTree(), [version]);
  const first = route.view === 'cards' ? (route.open ?? null) : null;
  // Once a visit: the list tells the place more exactly a moment later, and the dialog stays.
  useEffect(() => {
    setAsked(first);
    setFile(route.view === 'cards' ? (route.file ?? null) : null);
    // oxlint-disable-next-line react/exhaustive-deps
  }, [visit]);
  if (route.view !== 'cards') return null;
  const { mode = 'browse', deck = null, runId = null, query = '' } = route;
  const waiting = proposedIn(decks, null);
  const close = () => {
    setAsked(null);
    setFile(null);
  };
  return (
    <div className="view">
      <header className="view-head">
        <h1>Cards</h1>
        <Segmented
          label="Mode"
          options={[
            { id: 'browse', label: 'Browse' },
            { id: 'review', label: waiting === 0 ? 'Review' : `Review ${formatCount(waiting)}` },
          ]}
          value={mode}
          onChange={(next) =>
            getState().navigated({ view: 'cards', mode: next, ...(runId === null ? {} : { runId }) })
          }
        />
        <span className="grow" />
        <Button icon="plus" onClick={() => setAsked('add')}>
          Write one…
        </Button>
        <Menu
          label="Import, export"
          alignEnd
          items={[
            {
              id: 'import',
              label: 'Import…',
              note: 'Anki packages, notes in plain text, JSON',
              icon: 'import',
              run: () => setAsked('import'),
            },
            {
              id: 'export',
              label: 'Export…',
              note: 'Anki package, CSV, JSON, Markdown, HTML, PDF',
              icon: 'export',
              run: () => setAsked('export'),
            },
            {
              id: 'push',
              label: 'Push to Anki…',
              note: 'Into a running Anki, through AnkiConnect',
              icon: 'link',
              run: () => setAsked('push'),
            },
          ]}
        />
      </header>
      <div className={mode === 'review' ? 'view-body view-scroll' : 'view-body'}>
        {mode === 'review' ? (
          <ReviewView key={visit} runId={runId} />
        ) : (
          <BrowseView
            key={visit}
            route={route}
            onImport={() => setAsked('import')}
            onAdd={() => setAsked('add')}
          />
        )}
      </div>
      {asked === 'add' && <AddNoteDialog deck={deck} onClose={close} />}
      {asked === 'import' && <ImportDialog path={file} onClose={close} />}
      {asked === 'export' && <ExportDialog deck={deck} runId={runId} query={query} onClose={close} />}
      {asked === 'push' && <PushDialog deck={deck} onClose={close} />}
    </div>
  );
}
