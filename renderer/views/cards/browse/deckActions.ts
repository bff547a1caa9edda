import type { BulkAction } from '../../../../shared/deck.ts';
import { countOf } from '../../../../shared/units.ts';
import { getApi } from '../../../api.ts';
import { asked } from '../../../store/commands.ts';
import { undoOf } from '../../../store/deckCommands.ts';
import { getState } from '../../../store/index.ts';

/** One action on many cards; says what was left alone. */
export async function bulkEdit(cardIds: Iterable<number>, action: BulkAction): Promise<boolean> {
  const done = await asked(getApi().bulkEdit({ cardIds: Uint32Array.from(cardIds), action }));
  if (done === undefined) return false;
  const left = done.leftAlone.length;
  getState().toastAdded({
    tone: left > 0 ? 'info' : 'good',
    // The label has its counts.
    text: done.changeSetId === 0 ? 'There was nothing to change.' : `${done.label}.`,
    hint: left > 0 ? `${countOf(left, 'card')} left alone: ${done.leftAlone[0]?.reason}` : null,
    ...(done.changeSetId === 0 ? {} : { action: undoOf(done) }),
  });
  return true;
}

export async function removeDeck(name: string, onGone: () => void): Promise<void> {
  const done = await asked(getApi().removeDeck({ name }));
  if (done === undefined) return;
  onGone();
  getState().toastAdded({
    tone: 'info',
    text: `${name} is deleted, with ${countOf(done.cards, 'card')}.`,
    hint: null,
    action: undoOf(done),
  });
}
