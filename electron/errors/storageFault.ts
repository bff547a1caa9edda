/** What the disk and SQLite have to say, in the user's words. */

export type StorageFault = { readonly code: string; readonly message: string; readonly hint: string };

const FULL: StorageFault = {
  code: 'disk_full',
  message: 'The disk is full.',
  hint: 'Make room on it, then go on: what was saved before is kept.',
};
const READ_ONLY: StorageFault = {
  code: 'disk_read_only',
  message: 'The data folder cannot be written.',
  hint: 'Check its permissions, and whether the disk was mounted to be read only.',
};
const FAILED: StorageFault = {
  code: 'disk_failed',
  message: 'The disk failed while it was read or written.',
  hint: 'Check the disk, and copy the data folder to another one.',
};
const BUSY: StorageFault = {
  code: 'database_busy',
  message: 'Another program holds the database.',
  hint: 'Close what else works on the data folder, then try again.',
};
const DAMAGED: StorageFault = {
  code: 'database_damaged',
  message: 'The database is damaged.',
  hint: 'Restore a backup in the settings, or on the command line: backup list, backup restore NAME.',
};

/** By the beginning of the code of SQLite (https://www.sqlite.org/rescode.html) or of the system. */
const FAULTS: readonly (readonly [code: RegExp, fault: StorageFault])[] = [
  [/^(?:SQLITE_FULL|ENOSPC|EDQUOT)$/, FULL],
  [/^(?:SQLITE_READONLY|EROFS)/, READ_ONLY],
  [/^(?:SQLITE_IOERR|EIO$)/, FAILED],
  [/^SQLITE_(?:BUSY|LOCKED)/, BUSY],
  [/^SQLITE_(?:CORRUPT|NOTADB)/, DAMAGED],
];

/** `null` for what is no fault of the disk or of a database. */
export function storageFault(thrown: unknown): StorageFault | null {
  if (!(thrown instanceof Error) || !('code' in thrown) || typeof thrown.code !== 'string') return null;
  const { code } = thrown;
  return FAULTS.find(([pattern]) => pattern.test(code))?.[1] ?? null;
}
