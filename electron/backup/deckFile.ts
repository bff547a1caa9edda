/** A deck file as backups see it: copied while it is in use, looked through, counted. */
import { existsSync } from 'node:fs';
import Database from 'better-sqlite3';
import { TracedeckError } from '../errors/tracedeckError.ts';
import type { Db } from '../sqlite/openDatabase.ts';
import type { Steps } from './steps.ts';

export type DeckCount = { readonly notes: number; readonly cards: number };

/** Of these the file itself is not the reason. */
const OUTER = /^SQLITE_(BUSY|LOCKED|FULL|IOERR|CANTOPEN|READONLY|NOMEM|INTERRUPT|PERM|AUTH)/;

/**
 * Copies the deck as it is at this moment to a new file, while others write to it: one read transaction, so that
 * writers neither wait nor spoil it; pages of deleted rows stay behind and indexes are built anew. `db` may be a
 * connection that only reads; it must not be in a transaction.
 * @throws TracedeckError `deck_damaged`
 */
export function copyDeck(db: Db, to: string): void {
  if (db.inTransaction) throw new Error('a deck is not copied within a transaction');
  try {
    db.prepare('VACUUM INTO ?').run(to);
  } catch (error) {
    // A torn page shows itself in many ways, a text of three gigabytes for one.
    throw OUTER.test(codeOf(error)) ? error : damagedDeck(error);
  }
}

/**
 * Looks through a whole deck file that nobody else uses.
 * @param newest the newest schema that this program knows
 * @throws TracedeckError `deck_damaged`, `database_newer`
 */
export function* checkDeck(path: string, newest = Number.POSITIVE_INFINITY): Steps<DeckCount> {
  const db = openToRead(path);
  try {
    const version = db.pragma('user_version', { simple: true }) as number;
    if (version > newest) {
      throw new TracedeckError('user', 'database_newer', 'The backup was made by a newer Tracedeck.', {
        hint: `It has schema ${version}, this version knows ${newest}. Update Tracedeck first.`,
      });
    }
    const verdict = db.pragma('integrity_check(1)', { simple: true }) as string;
    if (verdict !== 'ok') throw damagedDeck(new Error(verdict));
    yield;
    const broken = db.pragma('foreign_key_check') as readonly unknown[];
    if (broken.length > 0) throw damagedDeck(new Error(`${broken.length} references to nothing`));
    yield;
    return countDeck(db);
  } catch (error) {
    throw asDamage(error);
  } finally {
    db.close();
  }
}

/** Notes with cards that are not deleted, and those cards; of any schema that ever shipped. */
export function countDeck(db: Db): DeckCount {
  const columns = db.pragma('table_info(cards)') as readonly { readonly name: string }[];
  if (columns.length === 0) return { notes: 0, cards: 0 };
  const there = columns.some(({ name }) => name === 'status') ? `WHERE status <> 'deleted'` : '';
  return db
    .prepare<[], DeckCount>(`SELECT count(DISTINCT note_id) AS notes, count(*) AS cards FROM cards ${there}`)
    .get()!;
}

/** @throws TracedeckError `deck_damaged`, `deck_missing` */
export function openToRead(path: string): Db {
  // Of a folder that is not there the driver says something else.
  if (!existsSync(path)) throw missingDeck(path);
  try {
    const db = new Database(path, { readonly: true, fileMustExist: true, timeout: 10_000 });
    try {
      db.pragma('schema_version');
      return db;
    } catch (error) {
      db.close();
      throw error;
    }
  } catch (error) {
    throw codeOf(error) === 'SQLITE_CANTOPEN' ? missingDeck(path, error) : asDamage(error);
  }
}

const missingDeck = (path: string, cause?: unknown): TracedeckError =>
  new TracedeckError('user', 'deck_missing', `There is no deck at ${path}.`, {
    hint: 'It is made with the first cards.',
    ...(cause === undefined ? {} : { cause }),
  });

export function isDamage(error: unknown): boolean {
  return error instanceof TracedeckError && error.code === 'deck_damaged';
}

export function codeOf(error: unknown): string {
  return String((error as { readonly code?: unknown } | null)?.code ?? '');
}

/** SQLite's word that the file is broken, as our own; everything else as it is. */
export function asDamage(error: unknown): unknown {
  return /^SQLITE_(CORRUPT|NOTADB)/.test(codeOf(error)) ? damagedDeck(error) : error;
}

function damagedDeck(cause: unknown): TracedeckError {
  return new TracedeckError('permanent', 'deck_damaged', 'The deck file is damaged.', {
    cause,
    hint: `${cause instanceof Error ? cause.message : String(cause)}. Restore a backup: backup list, backup restore NAME.`,
  });
}
