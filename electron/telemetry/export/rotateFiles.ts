import { lstat, rename, rm } from 'node:fs/promises';

/**
 * Puts `path` away as `<path>.1` and the older ones one further; beyond `keep` of them the oldest goes. Folders and
 * devices stay where they are.
 * @throws what the disk says, or with the code `ENOTFILE` for what is no file
 */
export async function rotateFiles(path: string, keep = 3): Promise<void> {
  const names = [path, ...Array.from({ length: keep }, (_, index) => `${path}.${index + 1}`)];
  const exist = await Promise.all(names.map(isFile));
  // Up to the first gap: behind it there is room.
  const gap = exist.indexOf(false);
  const last = gap === -1 ? keep : gap;
  if (gap === -1) await rm(names[keep]!);
  for (let number = last - 1; number >= 0; number -= 1) await rename(names[number]!, names[number + 1]!);
}

async function isFile(path: string): Promise<boolean> {
  try {
    const found = await lstat(path);
    if (found.isFile() || found.isSymbolicLink()) return true;
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return false;
    throw error;
  }
  throw Object.assign(new Error(`${path} is no file.`), { code: 'ENOTFILE' });
}

/** `ENOSPC`, `EACCES`, ... of an error of the file system. */
export function codeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}
