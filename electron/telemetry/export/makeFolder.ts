import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { codeOf } from './rotateFiles.ts';

/**
 * Makes a folder and those above it. Not by `mkdir`'s own `recursive`, which never returns where a file system
 * denies with "no such file" what it has the parent of (`/proc`, some network disks).
 * @throws what the disk says
 */
export async function makeFolder(path: string): Promise<void> {
  try {
    await mkdir(path);
  } catch (error) {
    const code = codeOf(error);
    // A file in its place is found out when something is to be put into it.
    if (code === 'EEXIST') return;
    if (code !== 'ENOENT' || dirname(path) === path) throw error;
    await makeFolder(dirname(path));
    await mkdir(path).catch((again: unknown) => {
      if (codeOf(again) !== 'EEXIST') throw again;
    });
  }
}
