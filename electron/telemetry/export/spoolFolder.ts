/**
 * Who may write into a spool folder. Two processes of the program (a window and a command line) may run over one
 * data folder: each takes a folder of its own, and what a dead one left behind moves to the next that comes.
 */
import {
  existsSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';

const MAX_PROCESSES = 4;
const OWNER = 'owner';
const held = new Set<string>();

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
  const mine = dirs.find((dir) => lock(dir));
  if (mine === undefined) return null;
  for (const dir of dirs) {
    if (dir === mine || !existsSync(dir) || !lock(dir)) continue;
    for (const name of readdirSync(dir).sort()) {
      if (name !== OWNER) adopt(dir, name, mine);
    }
    rmSync(dir, { recursive: true, force: true });
    held.delete(dir);
  }
  return {
    dir: mine,
    release() {
      held.delete(mine);
      try {
        rmSync(join(mine, OWNER), { force: true });
        if (readdirSync(mine).length === 0) rmSync(mine, { recursive: true, force: true });
      } catch {
        // Whoever comes next sees that its owner is gone.
      }
    },
  };
}

function lock(dir: string): boolean {
  if (held.has(dir)) return false;
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  const owner = join(dir, OWNER);
  const me = String(process.pid);
  try {
    writeFileSync(owner, me, { flag: 'wx', mode: 0o600 });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    const dead = readFileSync(owner, 'utf8');
    if (isAlive(Number(dead))) return false;
    const aside = `${owner}.${me}`;
    try {
      renameSync(owner, aside);
      const isDead = readFileSync(aside, 'utf8') === dead;
      // Not the one that was read: another process has taken the folder meanwhile, and has it back.
      if (!isDead) linkSync(aside, owner);
      rmSync(aside, { force: true });
      if (!isDead) return false;
      writeFileSync(owner, me, { flag: 'wx', mode: 0o600 });
    } catch {
      // Another process was quicker.
      return false;
    }
  }
  held.add(dir);
  return true;
}

/** Our own id in a file that this thread does not hold is that of an earlier process or of a thread that died. */
function isAlive(pid: number): boolean {
  if (!Number.isInteger(pid) || pid <= 0 || pid === process.pid) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** Removes folders of exporters that are configured no more, once nothing was written to them for so long. */
export function sweepSpools(spoolDir: string, ids: ReadonlySet<string>, maxAgeMs: number): void {
  if (!existsSync(spoolDir)) return;
  for (const name of readdirSync(spoolDir)) {
    const dir = join(spoolDir, name);
    if (ids.has(name.replace(/\.\d$/, '')) || Date.now() - statSync(dir).mtimeMs < maxAgeMs) continue;
    if (!lock(dir)) continue;
    rmSync(dir, { recursive: true, force: true });
    held.delete(dir);
  }
}
