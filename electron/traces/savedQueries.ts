/** Questions that the user gave a name. */
import type { SavedQuery } from '../../shared/traceQuery.ts';
import type { Db } from '../sqlite/openDatabase.ts';
import { TracedeckError } from '../errors/tracedeckError.ts';

export type SavedQueries = {
  /** By signal and name. */
  list(): readonly SavedQuery[];
  /** One of the same name and signal is replaced. @throws TracedeckError `too_many_queries` */
  save(query: SavedQuery): readonly SavedQuery[];
  remove(key: Pick<SavedQuery, 'name' | 'signal'>): readonly SavedQuery[];
};

const MAX_QUERIES = 500;

export function createSavedQueries(db: Db): SavedQueries {
  const all = db.prepare<[], SavedQuery>(
    'SELECT name, signal, query FROM saved_query ORDER BY signal, name COLLATE NOCASE, name',
  );
  const save = db.prepare<[SavedQuery]>(
    `INSERT INTO saved_query (signal, name, query) VALUES ($signal, $name, $query)
     ON CONFLICT (signal, name) DO UPDATE SET query = excluded.query`,
  );
  const remove = db.prepare<[Pick<SavedQuery, 'name' | 'signal'>]>(
    'DELETE FROM saved_query WHERE signal = $signal AND name = $name',
  );
  const isNew = ({ name, signal }: SavedQuery) =>
    !all.all().some((one) => one.name === name && one.signal === signal);

  return {
    list: () => all.all(),
    save(query) {
      if (isNew(query) && all.all().length >= MAX_QUERIES) {
        throw new TracedeckError('user', 'too_many_queries', `There are ${MAX_QUERIES} saved queries.`, {
          hint: 'Remove one that is no longer needed.',
        });
      }
      save.run(query);
      return all.all();
    },
    remove(key) {
      remove.run(key);
      return all.all();
    },
  };
}
