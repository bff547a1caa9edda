/** Cards as they are made, and the pages of the deck that the Cards view has read. */
import type { Card, DeckSummary } from '../../shared/card.ts';
import type { CallError, CardPage } from '../../shared/ipc.ts';
import type { Slice } from './index.ts';

/** A run's newest cards that Generate lists; the deck has all of them. */
export const MAX_FRESH_CARDS = 300;

export type CardFilter = {
  readonly deck: string | null;
  readonly runId: string | null;
  readonly search: string | null;
};

export type CardsSlice = {
  /** Newest first, by run. */
  readonly freshCards: Readonly<Record<string, readonly Card[]>>;
  readonly decks: readonly DeckSummary[];
  readonly cardFilter: CardFilter;
  readonly cards: readonly Card[];
  readonly cardTotal: number;
  readonly cardsLoading: boolean;
  /** Why the last page could not be read. */
  readonly cardsFault: CallError | null;
  /** The card itself: it may stand on a page that was not read yet. */
  readonly selectedCard: Card | null;

  readonly cardsAdded: (runId: string, cards: readonly Card[]) => void;
  /** A run's newest cards as the deck has them, for a window that was opened while it went on. */
  readonly freshCardsLoaded: (runId: string, newestFirst: readonly Card[]) => void;
  readonly decksLoaded: (decks: readonly DeckSummary[]) => void;
  readonly cardFilterChanged: (filter: CardFilter) => void;
  readonly cardsRequested: () => void;
  /** `offset` 0 replaces the list, any other goes on after it. */
  readonly cardPageLoaded: (filter: CardFilter, offset: number, page: CardPage) => void;
  readonly cardsFailed: (fault: CallError) => void;
  readonly cardSelected: (card: Card | null) => void;
};

export const createCardsSlice: Slice<CardsSlice> = (set) => ({
  freshCards: {},
  decks: [],
  cardFilter: { deck: null, runId: null, search: null },
  cards: [],
  cardTotal: 0,
  cardsLoading: false,
  cardsFault: null,
  selectedCard: null,

  cardsAdded: (runId, cards) =>
    set((state) => ({
      freshCards: {
        ...state.freshCards,
        [runId]: [...cards.toReversed(), ...(state.freshCards[runId] ?? [])].slice(0, MAX_FRESH_CARDS),
      },
    })),
  freshCardsLoaded: (runId, newestFirst) =>
    set((state) => {
      const pushed = state.freshCards[runId] ?? [];
      const seen = new Set(pushed.map((card) => card.cardId));
      const all = [...pushed, ...newestFirst.filter((card) => !seen.has(card.cardId))];
      return { freshCards: { ...state.freshCards, [runId]: all.slice(0, MAX_FRESH_CARDS) } };
    }),
  decksLoaded: (decks) => set({ decks }),
  cardFilterChanged: (cardFilter) =>
    set({
      cardFilter,
      cards: [],
      cardTotal: 0,
      selectedCard: null,
      cardsLoading: true,
      cardsFault: null,
    }),
  cardsRequested: () => set({ cardsLoading: true, cardsFault: null }),
  cardPageLoaded: (filter, offset, page) =>
    set((state) => {
      // An answer to a question that is no longer asked.
      if (filter !== state.cardFilter || (offset !== 0 && offset !== state.cards.length)) return state;
      const cards = offset === 0 ? page.cards : [...state.cards, ...page.cards];
      return {
        cards,
        cardTotal: page.total,
        cardsLoading: false,
        cardsFault: null,
        selectedCard: state.selectedCard ?? cards[0] ?? null,
      };
    }),
  cardsFailed: (cardsFault) => set({ cardsLoading: false, cardsFault }),
  cardSelected: (selectedCard) => set({ selectedCard }),
});
