/** Going through proposed cards: each decision is a change of the deck that can be taken back. */
import type { Card, CardStatus } from '../../shared/card.ts';
import type { NoteEdit } from '../../shared/deck.ts';
import type { RegeneratedCard } from '../../shared/prompt.ts';
import { countOf } from '../../shared/units.ts';
import { getApi } from '../api.ts';
import { asked } from './commands.ts';
import { undoOf } from './deckCommands.ts';
import { getState } from './index.ts';

/** `true` where the decision was written. */
export async function decide(cardIds: readonly number[], status: CardStatus): Promise<boolean> {
  const done = await asked(
    getApi().bulkEdit({ cardIds: Uint32Array.from(cardIds), action: { kind: 'status', status } }),
  );
  return done !== undefined;
}

/** Accepts all that wait, of one run or of all. */
export async function acceptAll(runId: string | null, withoutWarnings: boolean): Promise<void> {
  const done = await asked(getApi().acceptAll({ runId, withoutWarnings }));
  if (done === undefined) return;
  getState().toastAdded({
    tone: 'good',
    text: `${countOf(done.cards, 'card')} accepted.`,
    hint: withoutWarnings ? 'Cards with warnings still wait.' : null,
    ...(done.changeSetId === 0 ? {} : { action: undoOf(done) }),
  });
}

type Sides = Pick<Card, 'front' | 'back'>;

/** New sides of a card, written by hand or taken from a model. `true` where they are saved. */
export async function saveSides(
  noteId: string,
  cardId: number,
  /** A quote that is not given stays as it is. `was`: what they are written over. */
  sides: Sides & { readonly was: Sides; readonly quote?: string | null },
  made: Pick<NoteEdit, 'cause' | 'traceId'> = { cause: 'edit' },
): Promise<boolean> {
  const saved = await asked(getApi().editNote({ noteId, cards: [{ cardId, ...sides }], ...made }));
  return saved !== undefined;
}

/** What a model wrote anew, in place of a card's sides: with its quote, where it gave one that stands in the passage. */
export function takeAnew(
  { noteId, cardId, ...card }: Pick<Card, 'noteId' | 'cardId' | 'front' | 'back'>,
  { card: { front, back, quote }, traceId }: Pick<RegeneratedCard, 'card' | 'traceId'>,
): Promise<boolean> {
  const was = { front: card.front, back: card.back };
  const sides = { front, back, was, ...(quote ? { quote } : {}) };
  return saveSides(noteId, cardId, sides, { cause: 'regenerate', traceId });
}
