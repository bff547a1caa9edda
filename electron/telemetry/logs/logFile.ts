/**
 * A log file that rotates: `tracedeck.log`, `tracedeck.log.1`, ... Lines are gathered and written behind the
 * caller's back, in order; what cannot be written is counted and never thrown at whoever logged it.
 */
import { appendFile, mkdir, rename, rm, stat } from 'node:fs/promises';
import { dirname } from 'node:path';

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
  let bytes: number | null = null;
  let timer: NodeJS.Timeout | null = null;
  let writing: Promise<void> = Promise.resolve();

  async function writeOut(): Promise<void> {
    const lines = waiting;
    waiting = [];
    waitingLength = 0;
    if (lines.length === 0) return;
    const text = lines.join('');
    try {
      if (bytes === null) {
        await mkdir(dirname(path), { recursive: true });
        bytes = await stat(path).then(
          ({ size }) => size,
          () => 0,
        );
      }
      const length = Buffer.byteLength(text);
      if (bytes > 0 && bytes + length > maxBytes) await rotate();
      await appendFile(path, text);
      bytes += length;
    } catch {
      dropped += lines.length;
      bytes = null;
    }
  }

  async function rotate(): Promise<void> {
    await rm(`${path}.${keep}`, { force: true });
    for (let number = keep - 1; number >= 0; number -= 1) {
      const from = number === 0 ? path : `${path}.${number}`;
      await rename(from, `${path}.${number + 1}`).catch(() => undefined);
    }
    bytes = 0;
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
