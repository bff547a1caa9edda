/** Cards as they are made, and the decks that a new run can go into. */
import type { Card, DeckSummary } from '../../shared/card.ts';
import type { Slice } from './index.ts';

/** A run's newest cards that Generate lists; the deck has all of them. */
export const MAX_FRESH_CARDS = 300;

export type CardsSlice = {
  /** Newest first, by run. */
  readonly freshCards: Readonly<Record<string, readonly Card[]>>;
  readonly decks: readonly DeckSummary[];

  readonly cardsAdded: (runId: string, cards: readonly Card[]) => void;
  /** A run's newest cards as the deck has them, for a window that was opened while it went on. */
  readonly freshCardsLoaded: (runId: string, newestFirst: readonly Card[]) => void;
  readonly decksLoaded: (decks: readonly DeckSummary[]) => void;
};

export const createCardsSlice: Slice<CardsSlice> = (set) => ({
  freshCards: {},
  decks: [],

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
});
