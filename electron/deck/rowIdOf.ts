import type { StageIdentity } from '../../shared/card.ts';
import type { Db } from '../sqlite/openDatabase.ts';

/** Finds a row by its natural key or makes it. Not remembered in memory: a rolled back insert must not linger. */
export function rowIdOf(db: Db, select: string, insert: string) {
  const find = db.prepare<string[], number>(select).pluck();
  const make = db.prepare(insert);
  return (...key: string[]): number => find.get(...key) ?? Number(make.run(...key).lastInsertRowid);
}

/** Row ids of what answered a stage: generator, model, prompt and parameters. */
export function createIdentityIds(db: Db): (identity: StageIdentity) => number {
  const idOf = rowIdOf(
    db,
    'SELECT id FROM stage_identities WHERE generator = ? AND model = ? AND prompt_version = ? AND parameters = ?',
    'INSERT INTO stage_identities (generator, model, prompt_version, parameters) VALUES (?, ?, ?, ?)',
  );
  return ({ generator, model, promptVersion, parameters }) =>
    idOf(generator, model, promptVersion, parameters);
}
