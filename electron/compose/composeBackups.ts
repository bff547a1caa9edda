/** Backups of the deck in the data folder: made in one way, whoever asks for them. */
import { createBackups, type Backups } from '../backup/backups.ts';
import type { DataPaths } from '../config/dataFolder.ts';
import { deckMigrations } from '../deck/openDeck.ts';

/** @param keep how many daily ones, and how many made by hand: the setting `backups.keep` */
export function composeBackups(
  { deck, media, backups }: Pick<DataPaths, 'deck' | 'media' | 'backups'>,
  keep: number,
): Backups {
  const newestSchema = deckMigrations.length;
  return createBackups({ deckPath: deck, mediaDir: media, folder: backups, keep, newestSchema });
}
