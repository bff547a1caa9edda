import type { Db } from './openDatabase.ts';

/** Another text after each write to the database, through this connection or another: some microseconds. */
export function createWriteMark(db: Db): () => string {
  const writtenHere = db.prepare<[], number>('SELECT total_changes()').pluck();
  const writtenElsewhere = db.prepare<[], number>('PRAGMA data_version').pluck();
  return () => `${writtenHere.get()} ${writtenElsewhere.get()}`;
}
