import { existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { dataPaths, prepareDataDir, resolveDataDir } from '../../../electron/config/dataFolder.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tracedeck-data-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const linux = { platform: 'linux', home: '/home/ann', cwd: '/srv', env: {} } as const;
const windows = { platform: 'win32', home: 'C:\\Users\\ann', cwd: 'D:\\srv', env: {} } as const;

describe('the data folder', () => {
  it('is the flag, else the variable, else where Electron puts the app of this name', () => {
    const env = { TRACEDECK_DATA_DIR: '/var/decks' };
    expect(resolveDataDir({ ...linux, env, flag: '/tmp/x' })).toBe('/tmp/x');
    expect(resolveDataDir({ ...linux, env })).toBe('/var/decks');
    expect(resolveDataDir(linux)).toBe('/home/ann/.config/Tracedeck');
    expect(resolveDataDir({ ...linux, env: { XDG_CONFIG_HOME: '/etc/ann' } })).toBe('/etc/ann/Tracedeck');
    expect(resolveDataDir({ ...linux, platform: 'darwin' })).toBe(
      '/home/ann/Library/Application Support/Tracedeck',
    );
    expect(resolveDataDir({ ...windows, env: { APPDATA: 'C:\\Users\\ann\\Roaming' } })).toBe(
      'C:\\Users\\ann\\Roaming\\Tracedeck',
    );
    expect(resolveDataDir(windows)).toBe('C:\\Users\\ann\\AppData\\Roaming\\Tracedeck');
  });

  it('takes relative paths from the working folder, and empty or relative XDG values as not given', () => {
    expect(resolveDataDir({ ...linux, flag: 'decks' })).toBe('/srv/decks');
    expect(resolveDataDir({ ...linux, env: { TRACEDECK_DATA_DIR: '../decks' } })).toBe('/decks');
    expect(resolveDataDir({ ...windows, flag: 'decks' })).toBe('D:\\srv\\decks');
    expect(resolveDataDir({ ...linux, flag: '', env: { TRACEDECK_DATA_DIR: '' } })).toBe(
      '/home/ann/.config/Tracedeck',
    );
    expect(resolveDataDir({ ...linux, env: { XDG_CONFIG_HOME: 'conf' } })).toBe(
      '/home/ann/.config/Tracedeck',
    );
  });

  it('is made with all folders above it, for this user alone, and made again without complaint', () => {
    const inner = join(folder, 'a', 'b');
    const paths = prepareDataDir(inner);
    expect(paths).toEqual(dataPaths(inner));
    expect(paths.deck).toBe(join(inner, 'deck.db'));
    for (const made of [join(folder, 'a'), inner, paths.logs]) {
      expect(statSync(made).isDirectory()).toBe(true);
      if (process.platform !== 'win32') expect(statSync(made).mode & 0o777).toBe(0o700);
    }
    expect(prepareDataDir(inner)).toEqual(paths);
  });

  it('cannot be a file, nor lie under one, nor hold a file where the logs go', () => {
    const file = join(folder, 'file');
    writeFileSync(file, 'mine');
    writeFileSync(join(folder, 'logs'), 'mine');
    for (const path of [file, join(file, 'deeper'), folder]) {
      expect(() => prepareDataDir(path)).toThrow(
        expect.objectContaining({
          code: 'data_dir_unusable',
          category: 'user',
          hint: expect.stringContaining('is a file'),
        }),
      );
    }
  });

  it('that cannot be made is named, with a way out', () => {
    for (const path of [
      join(folder, 'nul\0byte'),
      ...(existsSync('/dev/null') ? ['/dev/null/tracedeck'] : []),
    ]) {
      expect(() => prepareDataDir(path)).toThrow(
        expect.objectContaining({
          message: expect.stringContaining(path),
          hint: expect.stringContaining('--data-dir'),
        }),
      );
    }
  });
});
