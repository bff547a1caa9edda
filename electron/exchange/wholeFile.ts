/** A file that appears whole or not at all. */
import { randomBytes } from 'node:crypto';
import { open, realpath, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { systemReason } from '../errors/systemReason.ts';
import { TracedeckError } from '../errors/tracedeckError.ts';

/** Appends to the file that is being made. */
export type Append = (part: string | Uint8Array) => Promise<void>;

/**
 * Writes a file beside its place, flushes it to the disk and then renames it over what was there. Returns its size.
 * @throws TracedeckError `export_failed` with the system's reason. What `write` throws passes through. In every case
 *   an older file of that name is as it was.
 */
export async function writeWhole(path: string, write: (append: Append) => Promise<void>): Promise<number> {
  // A link stays a link: what it points to is replaced.
  const target = await realpath(path).catch(() => path);
  const temporary = join(dirname(target), `.${basename(target)}.${randomBytes(6).toString('hex')}.tmp`);
  const file = await disk(path, () => open(temporary, 'wx', 0o666));
  let isOpen = true;
  let bytes = 0;
  try {
    await write(async (part) => {
      const buffer = typeof part === 'string' ? Buffer.from(part, 'utf8') : part;
      await disk(path, () => file.appendFile(buffer));
      bytes += buffer.length;
    });
    await disk(path, () => file.sync());
    isOpen = false;
    await disk(path, async () => {
      await file.close();
      await rename(temporary, target);
    });
    return bytes;
  } catch (thrown) {
    if (isOpen) await file.close().catch(() => {});
    await rm(temporary, { force: true }).catch(() => {});
    throw thrown;
  }
}

async function disk<T>(path: string, action: () => Promise<T>): Promise<T> {
  try {
    return await action();
  } catch (thrown) {
    throw new TracedeckError('user', 'export_failed', `Cannot write ${path}: ${systemReason(thrown)}.`, {
      hint: 'Check the folder, its permissions and the free space. A file that was there before is unchanged.',
      cause: thrown,
    });
  }
}
