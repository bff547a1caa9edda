/** What the user can ask of the deck as a whole; each view has its own commands beside these. */
import type { JobProgress } from '../../shared/job.ts';
import { getApi } from '../api.ts';
import { asked } from './commands.ts';
import { getState } from './index.ts';

/** Decks with what is due in them, and tags. */
export async function loadDeckTree() {
  const api = getApi();
  const answer = await asked(Promise.all([api.deckTree(), api.tags()]));
  if (answer !== undefined) getState().deckTreeLoaded(...answer);
}

export const cancelJob = ({ jobId }: JobProgress) => asked(getApi().cancelJob({ jobId }));

/** Takes the newest change of the deck back, and says what it was. */
export async function undoChange() {
  const undone = await asked(getApi().undoChange());
  if (undone === undefined) return;
  const { toastAdded } = getState();
  if (undone === null) toastAdded({ tone: 'info', text: 'There is nothing to take back.', hint: null });
  else {
    const left = undone.leftAlone.length;
    toastAdded({
      tone: left > 0 ? 'info' : 'good',
      text: `Taken back: ${undone.label}.`,
      hint: left > 0 ? `${left} cards were changed since and stay as they are.` : null,
    });
  }
}
