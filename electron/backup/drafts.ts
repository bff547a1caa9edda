/** Files on their way: named after the process that writes them, removed by the next one where it was killed. */
import { randomBytes } from 'node:crypto';
import { closeSync, fsyncSync, openSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';

/** A path in `folder` for something that is renamed or removed soon. */
export function draftPath(folder: string, kind: string): string {
  return join(folder, `.${process.pid}-${randomBytes(4).toString('hex')}.${kind}`);
}

/** Removes what processes left that are no more. */
export function sweepDrafts(folder: string): void {
  for (const name of readdirSync(folder)) {
    const pid = /^\.(\d+)-[0-9a-f]{8}\./.exec(name)?.[1];
    if (pid !== undefined && !isAlive(Number(pid))) rmSync(join(folder, name), { force: true });
  }
}

/** With SQLite's own files beside it. What cannot be removed is swept later: this is the end of other work. */
export function removeDraft(path: string): void {
  for (const suffix of ['', '-journal', '-wal', '-shm']) {
    try {
      rmSync(`${path}${suffix}`, { force: true });
    } catch {
      return;
    }
  }
}

/** A rename is on the disk once its folder is. */
export function syncFolder(folder: string): void {
  // Windows opens no folders, and needs none of this.
  if (process.platform === 'win32') return;
  const handle = openSync(folder, 'r');
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
