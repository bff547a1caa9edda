/** Messages that offer to take a change of the deck back go when it was taken back, wherever that was done. */
import { getApi } from '../api.ts';
import { getState } from './index.ts';

/** As many changes as can be asked for: what is not among them is known to be gone only where there are fewer. */
export const MOST_CHANGES = 500;

const offered = () =>
  getState().toasts.flatMap(({ action }) => (action?.undoes === undefined ? [] : [action.undoes]));

/** Follows what other windows and the command line take back, for the life of the window. */
export function followUndo(): void {
  getApi().onDeckChanged(() => void checkOffers());
}

async function checkOffers(): Promise<void> {
  if (offered().length === 0) return;
  const changes = await getApi()
    .changes({ limit: MOST_CHANGES })
    // The next change asks again, and a button that comes too late says so.
    .catch(() => null);
  if (changes === null) return;
  const undone = new Map(changes.map((change) => [change.changeSetId, change.undone]));
  for (const id of offered())
    if (undone.get(id) ?? changes.length < MOST_CHANGES) getState().undoOfferEnded(id);
}
