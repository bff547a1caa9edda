import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { unzipSync, zipSync } from 'fflate';
import { testFolder } from './fixtures.ts';

/** The package with another collection, as a hand in Anki would leave it. Returns its path. */
export function writePackage(path: string, change: (db: Database.Database) => void): string {
  const folder = testFolder();
  const files = unzipSync(readFileSync(path));
  const collection = join(folder, 'collection');
  writeFileSync(collection, files['collection.anki2']!);
  const db = new Database(collection);
  change(db);
  db.close();
  const changed = join(folder, 'changed.apkg');
  writeFileSync(changed, zipSync({ ...files, 'collection.anki2': readFileSync(collection) }));
  return changed;
}
