import { useEffect, useMemo, useRef, useState } from 'react';
import { CARD_SORTS } from '../../../../shared/cardSorts.ts';
import type { CardSort } from '../../../../shared/cardSorts.ts';
import type { Card } from '../../../../shared/card.ts';
import type { BulkAction } from '../../../../shared/deck.ts';
import { countOf } from '../../../../shared/units.ts';
import { isForView, isTyping, shortcutKey } from '../../../shell/shortcuts.ts';
import { useSearchKey } from '../../../shell/useSearchKey.ts';
import { undoChange } from '../../../store/deckCommands.ts';
import { getState, useStore } from '../../../store/index.ts';
import type { Route } from '../../../store/route.ts';
import { selectDeckTree, selectDeckVersion, selectTags } from '../../../store/selectors.ts';
import { Button } from '../../../ui/Button.tsx';
import { DeckSelect } from '../../../ui/DeckSelect.tsx';
import { EmptyState } from '../../../ui/EmptyState.tsx';
import { ReadFault } from '../../../ui/ReadFault.tsx';
import { SearchBox } from '../../../ui/SearchBox.tsx';
import { BulkBar } from './BulkBar.tsx';
import { CardTable } from './CardTable.tsx';
import { bulkEdit } from './deckActions.ts';
import { DeckSidebar } from './DeckSidebar.tsx';
import { NotePanel } from './NotePanel.tsx';
import { NOTHING_SELECTED, selectOnly } from './selection.ts';
import type { Selection } from './selection.ts';
import { useAtRest } from './useAtRest.ts';
import { useFoundCards } from './useFoundCards.ts';

const TYPING_PAUSE_MS = 120;
const SORT_NAMES: Readonly<Record<CardSort, string>> = {
  newest: 'Newest first',
  oldest: 'Oldest first',
  term: 'Term',
  due: 'Due',
  changed: 'Last changed',
  difficulty: 'Hardest first',
  lapses: 'Most forgotten',
};

type Props = {
  readonly route: Extract<Route, { view: 'cards' }>;
  readonly onImport: () => void;
  readonly onAdd: () => void;
};

/** The deck: find cards, mark them, change them; one note in full beside the list. */
export function BrowseView({ route, onImport, onAdd }: Props) {
  const decks = useStore(selectDeckTree);
  const tags = useStore(selectTags);
  const version = useStore(selectDeckVersion);
  const [typed, setTyped] = useState(route.query ?? '');
  const [query, setQuery] = useState(route.query ?? '');
  const [sort, setSort] = useState<CardSort>('newest');
  const [deck, setDeck] = useState(route.deck ?? null);
  const [runId, setRunId] = useState(route.runId ?? null);
  const [selection, setSelection] = useState<Selection>(NOTHING_SELECTED);
  const [opened, setOpened] = useState<Card | null>(route.card ?? null);
  const field = useRef<HTMLInputElement>(null);
  useSearchKey(field);

  useEffect(() => {
    const timer = setTimeout(() => setQuery(typed), TYPING_PAUSE_MS);
    return () => clearTimeout(timer);
  }, [typed]);
  const search = useMemo(() => ({ query, deck, runId, sort }), [query, deck, runId, sort]);
  useEffect(() => {
    setSelection(NOTHING_SELECTED);
    getState().placeChanged({
      view: 'cards',
      ...(deck === null ? {} : { deck }),
      ...(runId === null ? {} : { runId }),
      ...(query === '' ? {} : { query }),
    });
  }, [query, deck, runId]);

  const results = useFoundCards(search, version);
  const { found, fault } = results;
  const ids = found?.ids ?? NO_IDS;
  // The first card is looked at until another one is chosen.
  const atCard = selection.at < 0 ? undefined : results.cardAt(selection.at);
  const first = results.cardAt(0);
  const isRead = selection.at < 0 || selection.at >= ids.length || atCard !== undefined;
  const shown = useAtRest(isRead ? (atCard ?? opened ?? first ?? null) : undefined, null);

  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (!isForView(event) || isTyping(event.target)) return;
      if ((event.ctrlKey || event.metaKey) && shortcutKey(event) === 'z') {
        event.preventDefault();
        void undoChange();
      }
    };
    addEventListener('keydown', onKey);
    return () => removeEventListener('keydown', onKey);
  }, []);

  async function act(action: BulkAction) {
    const done = await bulkEdit(selection.ids, action);
    if (done && action.kind === 'delete') {
      setSelection(NOTHING_SELECTED);
      setOpened(null);
      focusList();
    }
  }
  const isNarrowed = query !== '' || deck !== null || runId !== null;
  function showAll() {
    setTyped('');
    setQuery('');
    setDeck(null);
    setRunId(null);
  }

  // Both stay as they are while rows are read and marked.
  const sidebar = useMemo(
    () => (
      <DeckSidebar
        decks={decks}
        tags={tags}
        deck={deck}
        onDeck={setDeck}
        onTag={(tag) => setTyped(`tag:${/\s/.test(tag) ? `"${tag}"` : tag}`)}
      />
    ),
    [decks, tags, deck],
  );
  const notePanel = useMemo(
    () => (shown === null ? <div /> : <NotePanel key={shown.noteId} card={shown} version={version} />),
    [shown, version],
  );

  return (
    <div className="browse">
      {sidebar}
      <div className="browse-main">
        <div className="row row-wrap">
          <SearchBox
            ref={field}
            boxClass="grow browse-search"
            className="input"
            label="Search cards"
            aria-describedby="browse-problem"
            shortcut="/"
            placeholder="Words, tag:…, is:due"
            maxLength={2000}
            dir="auto"
            spellCheck={false}
            value={typed}
            onText={setTyped}
          />
          <DeckSelect
            className="cards-filter browse-deck"
            aria-label="Deck"
            decks={decks}
            value={deck}
            onChange={setDeck}
          />
          <select
            className="input cards-filter"
            aria-label="Order"
            value={sort}
            onChange={(event) => setSort(event.target.value as CardSort)}
          >
            {CARD_SORTS.map((name) => (
              <option key={name} value={name}>
                {SORT_NAMES[name]}
              </option>
            ))}
          </select>
          {runId !== null && (
            <Button icon="close" onClick={() => setRunId(null)}>
              Cards of one run
            </Button>
          )}
          <span className="muted num small" role="status" data-testid="card-total">
            {found === null ? '' : countOf(ids.length, 'card')}
          </span>
        </div>
        <p id="browse-problem" className="field-error browse-problem" role="status">
          {found?.problem?.message}
        </p>
        {fault !== null && ids.length === 0 ? (
          <ReadFault what="The cards" fault={fault} onRetry={results.reload} />
        ) : found !== null && ids.length === 0 ? (
          <Nothing isNarrowed={isNarrowed} onShowAll={showAll} onImport={onImport} onAdd={onAdd} />
        ) : (
          <CardTable
            ids={ids}
            results={results}
            selection={selection}
            onSelect={(next) => {
              setSelection(next);
              setOpened(null);
            }}
            onOpen={() => document.querySelector<HTMLElement>('#note-panel')?.focus()}
          />
        )}
        {/* Below the list: rows stay where they are while more of them are marked. */}
        {selection.ids.size > 1 && (
          <BulkBar
            count={selection.ids.size}
            decks={decks}
            onAction={(action) => void act(action)}
            onClear={() => {
              setSelection(selectOnly(ids, selection.at));
              focusList();
            }}
          />
        )}
      </div>
      {notePanel}
    </div>
  );
}

/** What the focus was on goes with the marks. */
const focusList = () => document.querySelector<HTMLElement>('.card-list')?.focus();

const NO_IDS = new Uint32Array();

type NothingProps = {
  readonly isNarrowed: boolean;
  readonly onShowAll: () => void;
  readonly onImport: () => void;
  readonly onAdd: () => void;
};

function Nothing({ isNarrowed, onShowAll, onImport, onAdd }: NothingProps) {
  if (isNarrowed) {
    return (
      <EmptyState
        icon="search"
        title="No card matches"
        actions={<Button onClick={onShowAll}>Show all cards</Button>}
      >
        Try fewer words, or another deck.
      </EmptyState>
    );
  }
  return (
    <EmptyState
      icon="cards"
      title="No cards yet"
      actions={
        <>
          <Button tone="primary" onClick={() => getState().navigated({ view: 'generate' })}>
            Generate cards
          </Button>
          <Button icon="import" onClick={onImport}>
            Import a deck…
          </Button>
          <Button icon="plus" onClick={onAdd}>
            Write one
          </Button>
        </>
      }
    >
      Bring a list of words, notes or an Anki package: the cards made from it are kept here.
    </EmptyState>
  );
}
