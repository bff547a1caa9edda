import type { Db } from '../sqlite/openDatabase.ts';
import { createWriteMark } from '../sqlite/writeMark.ts';

/** Of answers that are kept. */
const MAX_KEPT = 50;

/** Keeps what was read from a database until somebody writes to it, over whichever connection. */
export function createUntilWritten(db: Db) {
  const mark = createWriteMark(db);
  const kept = new Map<string, unknown>();
  let seen = '';

  /** The same question always gives the same type. */
  return function get<T>(question: string, read: () => T): T {
    // What an open transaction has written may still be taken back.
    if (db.inTransaction) return read();
    const now = mark();
    if (now !== seen) kept.clear();
    seen = now;
    const answer = kept.has(question) ? (kept.get(question) as T) : read();
    kept.delete(question);
    kept.set(question, answer);
    const [oldest] = kept.keys();
    if (kept.size > MAX_KEPT && oldest !== undefined) kept.delete(oldest);
    return answer;
  };
}
