/** Tells of files of watched folders that gave no cards, for the life of the window: nobody looks for them elsewhere. */
import type { WatchedFile, WatchStatus } from '../../shared/source.ts';
import { getApi } from '../api.ts';
import { getState } from './index.ts';

/** Where many fail, one is told, and the settings show them all. */
const PAUSE_MS = 60_000;

export function followWatchedFiles(now: () => number = Date.now): void {
  const openedMs = now();
  const told = new Set<string>();
  let lastMs = -Infinity;

  getApi().onWatchChanged(({ files }: WatchStatus) => {
    for (const file of files) {
      if (file.atMs < openedMs || !isAmiss(file)) continue;
      // What one waits for is mostly what all wait for, and it is said at every look.
      const key = file.state === 'waiting' ? file.message! : `${file.path} ${file.atMs}`;
      if (told.has(key)) continue;
      told.add(key);
      if (now() - lastMs < PAUSE_MS) continue;
      lastMs = now();
      const name = file.path.split(/[\\/]/).at(-1)!;
      getState().toastAdded({
        tone: 'bad',
        text: textOf(file.state, name),
        hint: file.message,
        action: {
          label: 'Show',
          run: () => getState().navigated({ view: 'settings', section: 'watched' }),
        },
      });
    }
  });
}

/** One that was done with a message of its run: that has come to rest before its end. */
const isAmiss = ({ state, message, runId }: WatchedFile): boolean =>
  message !== null && (state !== 'done' || runId !== null);

function textOf(state: WatchedFile['state'], name: string): string {
  if (state === 'failed') return `No cards were made of ${name}.`;
  return state === 'done' ? `The run of ${name} is paused.` : `${name} waits.`;
}
