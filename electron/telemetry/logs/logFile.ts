/**
 * A log file that rotates: `tracedeck.log`, `tracedeck.log.1`, ... Lines are gathered and written behind the
 * caller's back, in order; what cannot be written is counted and never thrown at whoever logged it.
 */
import { appendFile, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { makeFolder } from '../export/makeFolder.ts';
import { rotateFiles } from '../export/rotateFiles.ts';

export type LogFileOptions = {
  /** Size at which a file is put away, in bytes. */
  readonly maxBytes?: number;
  /** Files that are put away and kept. */
  readonly keep?: number;
  /** Characters that may wait for a slow disk. */
  readonly maxWaiting?: number;
};

export type LogFile = {
  write(line: string): void;
  /** Resolves when all that was written so far is on disk or given up. */
  flush(): Promise<void>;
  /** Lines that never reached the disk. */
  readonly dropped: number;
};

const FLUSH_MS = 200;

export function openLogFile(path: string, options: LogFileOptions = {}): LogFile {
  const { maxBytes = 5_000_000, keep = 3, maxWaiting = 1_000_000 } = options;
  let waiting: string[] = [];
  let waitingLength = 0;
  let dropped = 0;
  let timer: NodeJS.Timeout | null = null;
  let writing: Promise<void> = Promise.resolve();

  async function writeOut(): Promise<void> {
    const lines = waiting;
    waiting = [];
    waitingLength = 0;
    if (lines.length === 0) return;
    const text = lines.join('');
    try {
      const size = await sizeNow();
      if (size > 0 && size + Buffer.byteLength(text) > maxBytes) {
        // A file that cannot be put away grows: better than lines that are lost.
        await rotateFiles(path, keep).catch(() => undefined);
      }
      await appendFile(path, text, { mode: 0o600 });
    } catch {
      dropped += lines.length;
    }
  }

  /** Asked each time: another process of the program may write to the file as well, and put it away. */
  async function sizeNow(): Promise<number> {
    const found = await stat(path).catch(() => null);
    if (found === null) await makeFolder(dirname(path));
    return found?.size ?? 0;
  }

  function flush(): Promise<void> {
    if (timer !== null) clearTimeout(timer);
    timer = null;
    writing = writing.then(writeOut);
    return writing;
  }

  return {
    write(line) {
      if (waitingLength + line.length > maxWaiting) {
        dropped += 1;
        return;
      }
      waiting.push(`${line}\n`);
      waitingLength += line.length + 1;
      if (timer === null) {
        timer = setTimeout(() => void flush(), FLUSH_MS);
        timer.unref();
      }
    },
    flush,
    get dropped() {
      return dropped;
    },
  };
}
