/** What is known of the files of watched folders, in the deck's own database. */
import type { WatchedFile } from '../../shared/source.ts';
import type { Db } from '../sqlite/openDatabase.ts';

export type KnownFile = WatchedFile & { readonly hash: string };

export interface WatchedFileStore {
  find(path: string): KnownFile | null;
  /** Whether a file with this content was started, at whatever path; a failed one counts too. */
  hasContent(hash: string): boolean;
  save(file: KnownFile): void;
  /** Newest first. */
  list(limit: number): readonly KnownFile[];
}

type Row = {
  path: string;
  hash: string;
  run_id: string | null;
  state: string;
  message: string | null;
  at_ms: number;
};

export function createWatchedFileStore(db: Db): WatchedFileStore {
  const columns = 'path, hash, run_id, state, message, at_ms';
  const find = db.prepare<[string], Row>(`SELECT ${columns} FROM watched_files WHERE path = ?`);
  const hasContent = db.prepare<[string], Row>(
    `SELECT ${columns} FROM watched_files WHERE hash = ? AND state <> 'waiting' LIMIT 1`,
  );
  const list = db.prepare<[number], Row>(
    `SELECT ${columns} FROM watched_files ORDER BY at_ms DESC, path LIMIT ?`,
  );
  const save = db.prepare<[string, string, string | null, string, string | null, number]>(
    `INSERT INTO watched_files (${columns}) VALUES (?, ?, ?, ?, ?, ?)
     ON CONFLICT (path) DO UPDATE SET hash = excluded.hash, run_id = excluded.run_id, state = excluded.state,
       message = excluded.message, at_ms = excluded.at_ms`,
  );
  return {
    find(path) {
      const row = find.get(path);
      return row === undefined ? null : toFile(row);
    },
    hasContent: (hash) => hasContent.get(hash) !== undefined,
    save: ({ path, hash, runId, state, message, atMs }) =>
      void save.run(path, hash, runId, state, message, atMs),
    list: (limit) => list.all(limit).map(toFile),
  };
}

function toFile({ path, hash, run_id: runId, state, message, at_ms: atMs }: Row): KnownFile {
  return { path, hash, runId, state: state as WatchedFile['state'], message, atMs };
}
