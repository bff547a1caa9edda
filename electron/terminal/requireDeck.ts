import { isKnownDeck, unknownDeck } from '../errors/unknownDeck.ts';
import type { DeckProgram } from './deckProgram.ts';

/**
 * Nothing that was found in a deck would look like all that there is.
 * @throws TracedeckError `deck_unknown`
 */
export async function requireDeck(
  { deckTree }: Pick<DeckProgram, 'deckTree'>,
  deck: string | null,
): Promise<void> {
  if (deck === null) return;
  const names = (await deckTree()).map(({ name }) => name);
  if (!isKnownDeck(deck, names)) throw unknownDeck(deck, names);
}
