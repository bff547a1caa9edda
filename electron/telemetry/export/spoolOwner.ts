/**
 * Who a spool folder belongs to. Its file `owner` names the process, and what tells it apart from a later one of the
 * same id:
 *
 *   <process id> <mark>     the mark is that of the boot and of the process's start, where the system gives both
 *
 * Neither depends on what the clock shows. Where there is no mark, the owner touches the file while it lives, and is
 * taken for gone when it has not for a day: longer than clocks are set by, and nobody is waiting.
 */
import {
  copyFileSync,
  constants,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';

export const OWNER = 'owner';
/** Where another process took the file away, and its id. */
const ASIDE = /^owner\.(\d+)$/;
const BEAT_MS = 300_000;
const LEASE_MS = 86_400_000;
/** A file without content is being written, or was when the machine went down. */
const WRITING_MS = 10_000;
const held = new Set<string>();

export type FolderLock = { readonly dir: string; release(): void };

/** Makes a folder this thread's; `null` where it is another's, or was until now. @throws Error where it cannot be made */
export function lockFolder(dir: string): FolderLock | null {
  if (held.has(dir)) return null;
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  const owner = join(dir, OWNER);
  const me = `${process.pid} ${markOf(process.pid) ?? ''}`;
  try {
    writeFileSync(owner, me, { flag: 'wx', mode: 0o600 });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return null;
    if (code !== 'EEXIST') throw error;
    if (!takeOver(owner, me)) return null;
  }
  held.add(dir);
  sweepAsides(dir);
  const beat = setInterval(() => attempt(() => touch(owner)), BEAT_MS).unref();
  return {
    dir,
    release() {
      clearInterval(beat);
      held.delete(dir);
      attempt(() => {
        if (readFileSync(owner, 'utf8') === me) rmSync(owner, { force: true });
      });
    },
  };
}

/** In place of an owner that is gone; `false` where it is not, or another process was quicker. */
function takeOver(owner: string, me: string): boolean {
  const aside = `${owner}.${process.pid}`;
  try {
    const text = readFileSync(owner, 'utf8');
    if (isAlive(text, Math.abs(Date.now() - statSync(owner).mtimeMs))) return false;
    renameSync(owner, aside);
    const isGone = readFileSync(aside, 'utf8') === text;
    // Not the one that was read: another process has taken the folder meanwhile, and has it back.
    if (!isGone) copyFileSync(aside, owner, constants.COPYFILE_EXCL);
    rmSync(aside, { force: true });
    if (!isGone) return false;
    writeFileSync(owner, me, { flag: 'wx', mode: 0o600 });
    return true;
  } catch {
    return false;
  }
}

/** @param ageMs - since the file was touched, or until then where the clock was set back */
function isAlive(text: string, ageMs: number): boolean {
  const [id, mark = ''] = text.split(' ');
  const pid = Number(id);
  if (!Number.isInteger(pid) || pid <= 0) return ageMs <= WRITING_MS;
  // Our own id in a file that this thread does not hold is that of an earlier process or of a thread that died.
  if (pid === process.pid || !isProcess(pid)) return false;
  const now = markOf(pid);
  return mark === '' || now === null ? ageMs <= LEASE_MS : mark === now;
}

function isProcess(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** Of a process that runs; `null` where the system does not say. Who has ended and waits for its parent has none. */
function markOf(pid: number): string | null {
  try {
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // Behind its name, which may hold anything: the state first, and the start in ticks since the boot as the 20th.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return /[ZX]/.test(fields[0]!) ? 'ended' : `${boot}/${fields[19]!}`;
  } catch {
    return null;
  }
}

/** What processes left that died while they took a folder over. */
function sweepAsides(dir: string): void {
  attempt(() => {
    for (const name of readdirSync(dir)) {
      const pid = ASIDE.exec(name)?.[1];
      if (pid !== undefined && !isProcess(Number(pid))) rmSync(join(dir, name), { force: true });
    }
  });
}

function touch(path: string): void {
  const now = new Date();
  utimesSync(path, now, now);
}

/** Where it fails, whoever comes next finds the owner gone. */
function attempt(work: () => void): void {
  try {
    work();
  } catch {
    // The folder is gone, or nothing in it can be changed.
  }
}
