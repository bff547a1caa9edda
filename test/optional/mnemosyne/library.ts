/** Finds Mnemosyne's library for realMnemosyne.ts: an installed one, or that of Debian's package, unpacked. */
import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';

/**
 * Where Python finds Mnemosyne, '' where it needs no telling; or why it does not.
 * @param folder takes the package and what is in it
 */
export function findLibrary(
  python: string,
  folder: string,
  home: string,
): { readonly path: string } | { readonly reason: string } {
  if (spawnSync(python, ['-c', 'import sqlite3, zipfile']).status !== 0) {
    return { reason: `there is no ${python}` };
  }
  if (hasLibrary(python, '', home)) return { path: '' };
  const fetched = spawnSync('apt-get', ['download', 'mnemosyne'], {
    cwd: folder,
    encoding: 'utf8',
    timeout: 120_000,
  });
  const archive = readdirSync(folder).find((name) => name.endsWith('.deb'));
  if (fetched.status !== 0 || archive === undefined) {
    const said = fetched.error?.message ?? fetched.stderr.trim().split('\n').at(-1);
    return { reason: `no library named mnemosyne, and its package could not be fetched (${said})` };
  }
  const unpacked = spawnSync('dpkg', ['-x', archive, 'unpacked'], { cwd: folder, encoding: 'utf8' });
  if (unpacked.status !== 0) {
    return {
      reason: `its package could not be unpacked (${unpacked.error?.message ?? unpacked.stderr.trim()})`,
    };
  }
  const path = join(folder, 'unpacked/usr/lib/python3/dist-packages');
  return hasLibrary(python, path, home)
    ? { path }
    : { reason: `the Mnemosyne of its package does not run in ${python}` };
}

function hasLibrary(python: string, path: string, home: string): boolean {
  return (
    spawnSync(python, ['-c', 'import mnemosyne.script'], { cwd: home, env: pythonEnv(path, home) }).status ===
    0
  );
}

/** With a home of its own: Mnemosyne looks there for folders of its older versions, and moves them. */
export function pythonEnv(path: string, home: string): NodeJS.ProcessEnv {
  const found = path === '' ? {} : { PYTHONPATH: path };
  return { ...process.env, ...found, HOME: home, PYTHONUTF8: '1', PYTHONDONTWRITEBYTECODE: '1' };
}
