import type { DeckNode } from '../../shared/deck.ts';

/** Cards of a deck and all below it, or of all decks, that wait to be accepted or rejected. */
export function proposedIn(decks: readonly DeckNode[], deck: string | null): number {
  return decks
    .filter(({ name }) => (deck === null ? !name.includes('::') : name === deck))
    .reduce((sum, node) => sum + node.proposedCount, 0);
}
