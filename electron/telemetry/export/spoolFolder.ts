/**
 * Who may write into a spool folder. Two processes of the program (a window and a command line) may run over one
 * data folder: each takes a folder of its own, and what a dead one left behind moves to the next that comes.
 */
import { existsSync, readdirSync, rmdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { lockFolder, OWNER } from './spoolOwner.ts';
import type { FolderLock } from './spoolOwner.ts';

const MAX_PROCESSES = 4;

export type SpoolFolder = { readonly dir: string; release(): void };

/**
 * The folder `<spoolDir>/<id>`, or `<id>.2` and so on where a living process has it; `null` where all are taken.
 * `adopt` is called with each file of folders that nobody owns any more, and moves or removes it.
 * @throws Error where no folder can be made
 */
export function takeSpoolFolder(
  spoolDir: string,
  id: string,
  adopt: (dir: string, name: string, into: string) => void,
): SpoolFolder | null {
  const dirs = Array.from({ length: MAX_PROCESSES }, (_, index) =>
    join(spoolDir, index === 0 ? id : `${id}.${index + 1}`),
  );
  const mine = firstFree(dirs);
  if (mine === null) return null;
  const { dir } = mine;
  for (const other of dirs) {
    const lock = other === dir || !existsSync(other) ? null : lockFolder(other);
    if (lock === null) continue;
    try {
      for (const name of readdirSync(other).sort()) {
        if (name !== OWNER) adopt(other, name, dir);
      }
      removeLocked(lock);
    } catch {
      // What cannot be moved stays where it is, for whoever comes next.
      giveUp(lock);
    }
  }
  return { dir, release: () => giveUp(mine) };
}

function firstFree(dirs: readonly string[]): FolderLock | null {
  for (const dir of dirs) {
    const lock = lockFolder(dir);
    if (lock !== null) return lock;
  }
  return null;
}

/** Removes folders of exporters that are configured no more, once nothing was written to them for so long. */
export function sweepSpools(spoolDir: string, ids: ReadonlySet<string>, maxAgeMs: number): void {
  if (!existsSync(spoolDir)) return;
  for (const name of readdirSync(spoolDir)) {
    const dir = join(spoolDir, name);
    if (ids.has(name.replace(/\.\d$/, '')) || Date.now() - statSync(dir).mtimeMs < maxAgeMs) continue;
    const lock = lockFolder(dir);
    if (lock !== null) removeLocked(lock);
  }
}

/** All that is in it while it is ours; then itself, unless somebody has come meanwhile. */
function removeLocked(lock: FolderLock): void {
  for (const name of readdirSync(lock.dir)) {
    if (name !== OWNER) rmSync(join(lock.dir, name), { recursive: true, force: true });
  }
  giveUp(lock);
}

function giveUp({ dir, release }: FolderLock): void {
  release();
  try {
    rmdirSync(dir);
  } catch {
    // Something is in it, or it is gone.
  }
}
