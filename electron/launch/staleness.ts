/** Whether what was built still belongs to the sources: by content, so that a checkout alone stales nothing. */
import { createHash } from 'node:crypto';
import { readdirSync, statSync, type Dirent } from 'node:fs';
import { mkdir, readdir, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { dirname, join, relative, resolve } from 'node:path';

export type Inputs = {
  /** Files and folders, relative to the root; one that is missing counts as such. */
  readonly paths: readonly string[];
  /** Folders and files that decide nothing. */
  readonly except?: readonly string[];
};

/** A hash over names and contents of all inputs. */
export async function fingerprint(root: string, inputs: Inputs): Promise<string> {
  const except = new Set((inputs.except ?? []).map((path) => resolve(root, path)));
  const files: string[] = [];
  for (const path of inputs.paths) await collect(resolve(root, path), except, files);
  const hash = createHash('sha256');
  for (const file of files.sort()) {
    const content = await readFile(file).catch(() => null);
    hash.update(`${relative(root, file)}\0${content === null ? 'missing' : content.length}\0`);
    if (content !== null) hash.update(content);
  }
  return hash.digest('hex');
}

/**
 * Whether nothing of the inputs is younger than the stamp: no file was written, and no folder had a file added,
 * renamed or removed. Cheap enough for every start; where it says no, the contents decide.
 */
export function isUntouched(
  root: string,
  inputs: Inputs,
  stamp: string,
  outputs: readonly string[],
): boolean {
  const except = new Set((inputs.except ?? []).map((path) => resolve(root, path)));
  try {
    const builtMs = statSync(stamp).mtimeMs;
    const isOlder = (path: string): boolean => {
      if (except.has(path)) return true;
      const stats = statSync(path);
      if (stats.mtimeMs >= builtMs) return false;
      return !stats.isDirectory() || readdirSync(path).every((name) => isOlder(resolve(path, name)));
    };
    for (const output of outputs) statSync(output);
    return inputs.paths.every((path) => isOlder(resolve(root, path)));
  } catch {
    // Something is missing.
    return false;
  }
}

/** The contents are those that were built: from now on their times say so as well. */
export async function renewStamp(stamp: string): Promise<void> {
  const now = new Date();
  await utimes(stamp, now, now);
}

/** Every output is there and the stamp says that these inputs made it. */
export async function isFresh(stamp: string, print: string, outputs: readonly string[]): Promise<boolean> {
  const found = await readFile(stamp, 'utf8').catch(() => null);
  if (found?.trim() !== print) return false;
  for (const output of outputs) {
    const isThere = await stat(output).then(
      () => true,
      () => false,
    );
    if (!isThere) return false;
  }
  return true;
}

/** Called after a build; before it `clearStamp` makes sure that a build cut short is never taken for whole. */
export async function writeStamp(stamp: string, print: string): Promise<void> {
  await mkdir(dirname(stamp), { recursive: true });
  await writeFile(stamp, `${print}\n`);
}

export async function clearStamp(stamp: string): Promise<void> {
  await rm(stamp, { force: true });
}

/** A script and every file it imports by relative path, however deep; relative to the root. */
export async function importsOf(root: string, script: string): Promise<readonly string[]> {
  const seen = new Set<string>();
  const queue = [resolve(root, script)];
  for (let file = queue.pop(); file !== undefined; file = queue.pop()) {
    if (seen.has(file)) continue;
    seen.add(file);
    const text = await readFile(file, 'utf8').catch(() => '');
    for (const match of text.matchAll(/\bfrom\s+['"](\.[^'"]+)['"]/g)) {
      queue.push(join(dirname(file), match[1]!));
    }
  }
  return [...seen].map((file) => relative(root, file)).sort();
}

async function collect(path: string, except: ReadonlySet<string>, into: string[]): Promise<void> {
  if (except.has(path)) return;
  let entries: Dirent[];
  try {
    entries = await readdir(path, { withFileTypes: true });
  } catch {
    into.push(path);
    return;
  }
  for (const entry of entries) await collect(join(path, entry.name), except, into);
}
