import { chmodSync, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { failureOf } from '../../../electron/launch/officialElectron.ts';
import { electronCacheDir, resolveElectron } from '../../../electron/launch/resolveElectron.ts';
import { tempFolder } from './tempFolder.ts';

let root: string;
let lines: string[];
beforeEach(() => {
  root = tempFolder();
  lines = [];
});
const resolve = (env: NodeJS.ProcessEnv, platform: NodeJS.Platform = 'linux', arch = 'x64') =>
  resolveElectron({ projectRoot: root, log: (line) => lines.push(line), env, platform, arch });

/** The `electron` package with an installer of our own making. */
function writePackage(installer: string): string {
  const home = join(root, 'node_modules', 'electron');
  mkdirSync(home, { recursive: true });
  writeFileSync(join(home, 'package.json'), JSON.stringify({ name: 'electron', version: '45.4.1' }));
  writeFileSync(join(home, 'install.js'), installer);
  return home;
}
const WORKING_INSTALLER = `
const fs = require('fs'), path = require('path');
fs.appendFileSync(path.join(__dirname, 'calls'), 'x');
fs.mkdirSync(path.join(__dirname, 'dist'));
fs.writeFileSync(path.join(__dirname, 'dist', 'electron'), '');
fs.writeFileSync(path.join(__dirname, 'dist', 'version'), 'v45.4.1');
fs.writeFileSync(path.join(__dirname, 'path.txt'), 'electron');`;
const FAILING_INSTALLER = `
require('fs').appendFileSync(require('path').join(__dirname, 'calls'), 'x');
console.error('TypeError: fetch failed\\n    at x'); process.exit(1);`;

describe('which Electron runs', () => {
  it('is the one the user names, before all others', async () => {
    const home = writePackage(WORKING_INSTALLER);
    mkdirSync(join(root, 'mine'));
    writeFileSync(join(root, 'mine', 'electron'), '');
    chmodSync(join(root, 'mine', 'electron'), 0o755);
    writeFileSync(join(root, 'mine', 'version'), 'v44.0.0');
    const found = await resolve({ ELECTRON_OVERRIDE_DIST_PATH: join(root, 'mine') });
    expect(found).toMatchObject({ source: 'override', version: '44.0.0', rootEnvName: null });
    expect(found.executable).toBe(join(root, 'mine', 'electron'));
    expect(lines).toHaveLength(1);
    expect(existsSync(join(home, 'calls'))).toBe(false);
  });

  it('is no other one where the named folder holds none', async () => {
    await expect(resolve({ ELECTRON_OVERRIDE_DIST_PATH: join(root, 'nowhere') })).rejects.toMatchObject({
      code: 'electron_missing',
      category: 'user',
    });
  });

  it('is the official binary, downloaded once by its own installer', async () => {
    const home = writePackage(WORKING_INSTALLER);
    const found = await resolve({});
    expect(found).toEqual({
      executable: join(home, 'dist', 'electron'),
      dist: join(home, 'dist'),
      version: '45.4.1',
      source: 'official',
      note: null,
      rootEnvName: null,
    });
    expect(await resolve({})).toEqual(found);
    expect(lines).toEqual([
      'Downloading Electron 45.4.1 ...',
      'Electron 45.4.1 (official binary).',
      'Electron 45.4.1 (official binary).',
    ]);
  });

  it('is none where the download fails and there is no copy for the platform; the next start does not try again', async () => {
    writePackage(FAILING_INSTALLER);
    const failure = { code: 'electron_missing', hint: expect.stringContaining('fetch failed') };
    await expect(resolve({}, 'linux', 'arm64')).rejects.toMatchObject(failure);
    await expect(resolve({}, 'darwin', 'x64')).rejects.toMatchObject(failure);
    expect(lines).toEqual(['Downloading Electron 45.4.1 ...']);
  });

  it('is downloaded after all once the failure is old', async () => {
    writePackage(WORKING_INSTALLER);
    mkdirSync(electronCacheDir(root), { recursive: true });
    const marker = { version: '45.4.1', reason: 'no network', atMs: Date.now() - 2 * 3_600_000 };
    writeFileSync(join(electronCacheDir(root), 'official-failed.json'), JSON.stringify(marker));
    expect((await resolve({})).source).toBe('official');
  });
});

describe('why a download failed', () => {
  it.each([
    ['Downloading\nTypeError: fetch failed\n    at a\n', 'fetch failed'],
    ['Error: getaddrinfo ENOTFOUND example.org\n at b', 'getaddrinfo ENOTFOUND example.org'],
    ['', 'no answer in time'],
  ])('%j becomes %j', (output, expected) => {
    expect(failureOf(output)).toBe(expected);
  });
});
