/** A lock between processes: a file that names its holder and is touched while the holder works. */
import { mkdir, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const POLL_MS = 200;
const TOUCH_MS = 5_000;
/** A holder that has not touched its file for so long is gone, whoever has its process id by now. */
const ABANDONED_MS = 60_000;

/**
 * Runs `work` while no other living process runs its own under the same `path`. The lock of a process that
 * died is taken over. Two that find a dead holder in the same instant may both get in: the lock saves double
 * work, so what `work` leaves behind must be put in place atomically all the same.
 */
export async function withFileLock<T>(
  path: string,
  work: () => Promise<T>,
  onWait: () => void = () => {},
): Promise<T> {
  await mkdir(dirname(path), { recursive: true });
  for (let waited = false; !(await claim(path));) {
    if (await isAbandoned(path)) {
      await rm(path, { force: true });
      continue;
    }
    if (!waited) onWait();
    waited = true;
    await sleep(POLL_MS);
  }
  const touch = setInterval(() => {
    const now = new Date();
    utimes(path, now, now).catch(() => {});
  }, TOUCH_MS);
  try {
    return await work();
  } finally {
    clearInterval(touch);
    await rm(path, { force: true });
  }
}

async function claim(path: string): Promise<boolean> {
  try {
    await writeFile(path, String(process.pid), { flag: 'wx' });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

async function isAbandoned(path: string): Promise<boolean> {
  try {
    const [holder, { mtimeMs }] = await Promise.all([readFile(path, 'utf8'), stat(path)]);
    if (Date.now() - mtimeMs > ABANDONED_MS) return true;
    return holder !== '' && !isAlive(Number(holder));
  } catch {
    // Released between two looks.
    return false;
  }
}

/** Whether a process with this id runs, be it somebody else's. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
