import './cards.css';
import { useEffect, useRef, useState } from 'react';
import { formatCount } from '../../../shared/units.ts';
import type { Card } from '../../../shared/card.ts';
import { useSearchKey } from '../../shell/useSearchKey.ts';
import { exportCards, filterCards } from '../../store/commands.ts';
import type { CardFilter } from '../../store/cardsSlice.ts';
import { getState, useStore } from '../../store/index.ts';
import {
  selectCardFilter,
  selectCards,
  selectCardsLoading,
  selectCardsFault,
  selectCardTotal,
  selectDecks,
  selectRoute,
  selectRuns,
  selectSelectedCard,
  selectVisit,
} from '../../store/selectors.ts';
import { formatWhen } from '../../derive/clock.ts';
import { Button } from '../../ui/Button.tsx';
import { EmptyState } from '../../ui/EmptyState.tsx';
import { ReadFault } from '../../ui/ReadFault.tsx';
import { CardDetail } from './CardDetail.tsx';
import { CardList } from './CardList.tsx';

const TYPING_PAUSE_MS = 180;

/** The deck: find a card, look at both of its sides, see where it came from. */
export function CardsView() {
  const route = useStore(selectRoute);
  const visit = useStore(selectVisit);
  if (route.view !== 'cards') return null;
  const { runId = null, deck = null, card } = route;
  return <CardsOf key={visit} runId={runId} deck={deck} card={card} />;
}

type Start = {
  readonly runId: string | null;
  readonly deck: string | null;
  readonly card: Card | undefined;
};

function change(patch: Partial<CardFilter>) {
  void filterCards({ ...getState().cardFilter, ...patch });
}

function CardsOf({ runId, deck, card }: Start) {
  const filter = useStore(selectCardFilter);
  const cards = useStore(selectCards);
  const total = useStore(selectCardTotal);
  const loading = useStore(selectCardsLoading);
  const decks = useStore(selectDecks);
  const runs = useStore(selectRuns);
  const selected = useStore(selectSelectedCard);
  const fault = useStore(selectCardsFault);
  const [typed, setTyped] = useState('');
  const search = useRef<HTMLInputElement>(null);

  useEffect(() => {
    void filterCards({ deck, runId, search: null });
    if (card !== undefined) getState().cardSelected(card);
  }, [deck, runId, card]);

  useEffect(() => {
    const next = typed.trim() === '' ? null : typed.trim();
    if (next === getState().cardFilter.search) return;
    const timer = setTimeout(() => change({ search: next }), TYPING_PAUSE_MS);
    return () => clearTimeout(timer);
  }, [typed]);

  useSearchKey(search);

  const filtered = filter.deck !== null || filter.runId !== null || filter.search !== null;

  return (
    <div className="view">
      <header className="view-head">
        <h1>Cards</h1>
        <span className="muted num" role="status" data-testid="card-total">
          {loading && total === 0 ? '' : `${formatCount(total)} ${total === 1 ? 'card' : 'cards'}`}
        </span>
        <span className="grow" />
        <input
          ref={search}
          type="search"
          className="input view-search"
          aria-label="Search cards"
          placeholder="Search  /"
          maxLength={500}
          value={typed}
          onChange={(event) => setTyped(event.target.value)}
        />
        <select
          className="input cards-filter"
          aria-label="Deck"
          value={filter.deck ?? ''}
          onChange={(event) => change({ deck: event.target.value || null })}
        >
          <option value="">All decks</option>
          {decks.map((deck) => (
            <option key={deck.name} value={deck.name}>
              {deck.name} ({formatCount(deck.cardCount)})
            </option>
          ))}
        </select>
        <select
          className="input cards-filter"
          aria-label="Run"
          value={filter.runId ?? ''}
          onChange={(event) => change({ runId: event.target.value || null })}
        >
          <option value="">All runs</option>
          {runs.map((run) => (
            <option key={run.runId} value={run.runId}>
              {formatWhen(run.startedMs)} · {run.sourceName}
            </option>
          ))}
        </select>
        <Button icon="export" disabled={total === 0} onClick={() => void exportCards(filter)}>
          Export…
        </Button>
      </header>
      <div className="view-body">
        {fault !== null && cards.length === 0 && selected === null ? (
          <ReadFault what="The cards" fault={fault} onRetry={() => change({})} />
        ) : cards.length === 0 && selected === null && !loading ? (
          filtered ? (
            <EmptyState
              icon="search"
              title="No card matches"
              actions={
                <Button
                  onClick={() => {
                    setTyped('');
                    void filterCards({ deck: null, runId: null, search: null });
                  }}
                >
                  Show all cards
                </Button>
              }
            >
              Search looks at term, front and back. Try fewer letters, or another deck.
            </EmptyState>
          ) : (
            <EmptyState
              icon="cards"
              title="No cards yet"
              actions={
                <Button tone="primary" onClick={() => getState().navigated({ view: 'generate' })}>
                  Generate cards
                </Button>
              }
            >
              Bring a list of words, and the cards made from it are kept here.
            </EmptyState>
          )
        ) : (
          <div className="cards-grid">
            <CardList cards={cards} total={total} selectedId={selected?.cardId ?? null} />
            {selected !== null ? <CardDetail key={selected.cardId} card={selected} /> : <div />}
          </div>
        )}
      </div>
    </div>
  );
}
