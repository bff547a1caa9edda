import { openDatabase, type BeforeMigrate, type Db } from '../sqlite/openDatabase.ts';
import { init } from './migrations/0001-init.ts';
import { cards } from './migrations/0002-cards.ts';
import { search } from './migrations/0003-search.ts';
import { studied } from './migrations/0004-studied.ts';
import { deckAnki } from './migrations/0005-deck-anki.ts';
import { reviewed } from './migrations/0006-reviewed.ts';
import { searchWords } from './searchWords.ts';

/** All steps of the deck's schema, oldest first. */
export const deckMigrations = [init, cards, search, studied, deckAnki, reviewed] as const;

/** What the schema calls: every connection that writes to a deck needs it. */
export function registerDeckFunctions(db: Db): void {
  db.function('deck_words', { deterministic: true }, (text: unknown, isHtml: unknown) =>
    typeof text === 'string' ? searchWords(text, isHtml === 1) : '',
  );
}

/** Opens the deck file; see `openDatabase` for what it throws, and for `beforeMigrate`. */
export function openDeck(path: string, beforeMigrate?: BeforeMigrate): Db {
  return openDatabase(path, deckMigrations, registerDeckFunctions, beforeMigrate);
}
