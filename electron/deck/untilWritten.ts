import type { Db } from '../sqlite/openDatabase.ts';

/** Of answers that are kept. */
const MAX_KEPT = 50;

/** Keeps what was read from a database until somebody writes to it, over whichever connection. */
export function createUntilWritten(db: Db) {
  const writtenHere = db.prepare<[], number>('SELECT total_changes()').pluck();
  const writtenElsewhere = db.prepare<[], number>('PRAGMA data_version').pluck();
  const kept = new Map<string, unknown>();
  let version = '';

  /** The same question always gives the same type. */
  return function get<T>(question: string, read: () => T): T {
    // What an open transaction has written may still be taken back.
    if (db.inTransaction) return read();
    const current = `${writtenElsewhere.get()} ${writtenHere.get()}`;
    if (current !== version) kept.clear();
    version = current;
    const answer = kept.has(question) ? (kept.get(question) as T) : read();
    kept.delete(question);
    kept.set(question, answer);
    const [oldest] = kept.keys();
    if (kept.size > MAX_KEPT && oldest !== undefined) kept.delete(oldest);
    return answer;
  };
}
