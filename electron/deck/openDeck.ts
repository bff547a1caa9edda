import { openDatabase, type Db } from '../sqlite/openDatabase.ts';
import { init } from './migrations/0001-init.ts';
import { cards } from './migrations/0002-cards.ts';

/** All steps of the deck's schema, oldest first. */
export const deckMigrations = [init, cards] as const;

/** Opens the deck file; see `openDatabase` for what it throws. */
export function openDeck(path: string): Db {
  return openDatabase(path, deckMigrations);
}
