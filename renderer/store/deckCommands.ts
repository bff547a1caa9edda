/** What the user can ask of the deck as a whole; each view has its own commands beside these. */
import type { ChangeSet } from '../../shared/deck.ts';
import type { JobProgress } from '../../shared/job.ts';
import { countOf } from '../../shared/units.ts';
import { getApi } from '../api.ts';
import { formatWhen } from '../derive/clock.ts';
import { asked } from './commands.ts';
import { getState } from './index.ts';
import { MOST_CHANGES } from './undoOffers.ts';

/** Decks with what is due in them, and tags. */
export async function loadDeckTree() {
  const api = getApi();
  const answer = await asked(Promise.all([api.deckTree(), api.tags()]));
  if (answer !== undefined) getState().deckTreeLoaded(...answer);
}

export const cancelJob = ({ jobId }: JobProgress) => asked(getApi().cancelJob({ jobId }));

/** What was done before is of an earlier sitting. */
const openedAtMs = Date.now();
/**
 * Takes back what was changed last, in this sitting: one undo too many must not silently remove yesterday's import, so
 * an older change is named and asked about. With `meant` that one change is taken back, as long as it is the newest.
 */
export async function undoChange(meant?: number) {
  const changes = await asked(getApi().changes({ limit: MOST_CHANGES }));
  if (changes === undefined) return;
  const newest = changes.find((change) => !change.undone);
  const isMeant =
    newest === undefined || (meant === undefined ? newest.atMs >= openedAtMs : newest.changeSetId === meant);
  if (isMeant) return takeBackNewest();
  getState().toastAdded({
    tone: 'info',
    text: `The newest change now is: ${newest.label}.`,
    hint: `${formatWhen(newest.atMs)}, ${countOf(newest.notes, 'note')} and ${countOf(newest.cards, 'card')}. Nothing was taken back yet.`,
    action: { ...undoOf(newest), label: 'Take it back' },
  });
}

/** The way back that a message about a change offers. */
export const undoOf = ({ changeSetId }: Pick<ChangeSet, 'changeSetId'>) => ({
  label: 'Undo',
  run: () => void undoChange(changeSetId),
  undoes: changeSetId,
});

async function takeBackNewest() {
  const undone = await asked(getApi().undoChange());
  if (undone === undefined) return;
  const { toastAdded, undoOfferEnded } = getState();
  if (undone !== null) undoOfferEnded(undone.changeSetId);
  if (undone === null) toastAdded({ tone: 'info', text: 'There is nothing to take back.', hint: null });
  else {
    const left = undone.leftAlone.length;
    toastAdded({
      tone: left > 0 ? 'info' : 'good',
      text: `Taken back: ${undone.label}.`,
      hint: left > 0 ? `${countOf(left, 'card')} changed since and left as now.` : null,
    });
  }
}

/** Says in the page that came after it what became of a restore, if there was one. */
export async function tellRestore(): Promise<void> {
  const outcome = await getApi()
    .restoreOutcome()
    .catch(() => null);
  if (outcome === null) return;
  const { toastAdded, navigated } = getState();
  navigated({ view: 'settings', section: 'backups' });
  if (!('restored' in outcome)) {
    toastAdded({ tone: 'bad', text: outcome.message, hint: outcome.hint });
    return;
  }
  const { atMs, notes, missingMedia = 0 } = outcome.restored;
  toastAdded({
    tone: missingMedia > 0 ? 'info' : 'good',
    text: `Restored: ${countOf(notes, 'note')}, as of ${formatWhen(atMs)}.`,
    hint:
      missingMedia > 0
        ? `${countOf(missingMedia, 'picture or sound', 'pictures and sounds')} are nowhere to be found.`
        : null,
  });
}
