import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openDatabase } from '../../../electron/sqlite/openDatabase.ts';
import type { Db } from '../../../electron/sqlite/openDatabase.ts';
import { createFolderWatcher } from '../../../electron/sources/folderWatcher.ts';
import type { FolderWatcher, FolderWatcherOptions } from '../../../electron/sources/folderWatcher.ts';
import { createWatchedFileStore } from '../../../electron/sources/watchedFiles.ts';

let folder: string;
let db: Db;
let watcher: FolderWatcher | undefined;
let taken: string[];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tracedeck-watch-'));
  taken = [];
  db = openDatabase(':memory:', [
    {
      name: 'watched',
      up: (fresh) =>
        fresh.exec(
          'CREATE TABLE watched_files (path TEXT PRIMARY KEY, hash TEXT NOT NULL, run_id TEXT, state TEXT NOT NULL, message TEXT, at_ms INTEGER NOT NULL) STRICT, WITHOUT ROWID',
        ),
    },
  ]);
});
afterEach(async () => {
  await watcher?.close();
  watcher = undefined;
  db.close();
  rmSync(folder, { recursive: true, force: true });
});

function start(over: Partial<FolderWatcherOptions> = {}): FolderWatcher {
  watcher = createFolderWatcher({
    folders: [{ path: folder, deck: 'D', enabled: true }],
    store: createWatchedFileStore(db),
    onFile: async (path) => {
      taken.push(path);
      return { runId: `run${taken.length}` };
    },
    settleMs: 0,
    ...over,
  });
  return watcher;
}
const file = (name: string, text: string) => writeFileSync(join(folder, name), text);

async function until(isTrue: () => boolean): Promise<void> {
  while (!isTrue()) await new Promise((resolve) => setTimeout(resolve, 20));
}

describe('watched folders', () => {
  it('take the files that are there and those that come, in subfolders too', async () => {
    file('a.md', '# A');
    mkdirSync(join(folder, 'sub'));
    const watching = start();
    await watching.rescan();
    expect(taken).toEqual([join(folder, 'a.md')]);
    file('sub/b.txt', 'two');
    await until(() => taken.length === 2);
    expect(watching.status().files.map(({ state }) => state)).toEqual(['done', 'done']);
  });

  it('pass over hidden files, files of other kinds and empty ones', async () => {
    file('.hidden.md', 'x');
    file('~$a.txt', 'x');
    file('a.docx', 'x');
    file('empty.md', '');
    await start().rescan();
    expect(taken).toEqual([]);
  });

  it('wait until a file has stopped changing', async () => {
    let nowMs = 1000;
    const watching = start({ now: () => nowMs, settleMs: 500, rescanMs: 1e6 });
    file('a.md', 'one');
    await watching.rescan();
    nowMs += 400;
    file('a.md', 'one and two');
    await watching.rescan();
    nowMs += 400;
    await watching.rescan();
    expect(taken).toEqual([]);
    nowMs += 200;
    await watching.rescan();
    expect(taken).toHaveLength(1);
  });

  it('never start the same content twice, whatever its name, also after a restart', async () => {
    file('a.md', 'same');
    await start().rescan();
    file('b.md', 'same');
    await watcher?.rescan();
    await watcher?.close();
    await start().rescan();
    expect(taken).toEqual([join(folder, 'a.md')]);
    file('a.md', 'other');
    await watcher?.rescan();
    expect(taken).toHaveLength(2);
  });

  it('state what went wrong with a file, and go on with the next', async () => {
    file('a.md', 'one');
    file('b.md', 'two');
    const watching = start({
      onFile: async (path) => {
        if (path.endsWith('a.md')) throw new Error('too bad');
        return { runId: 'r' };
      },
    });
    await watching.rescan();
    expect(
      watching
        .status()
        .files.map(({ path, state, message, runId }) => [path.slice(-4), state, message, runId])
        .sort(),
    ).toEqual([
      ['a.md', 'failed', 'too bad', null],
      ['b.md', 'done', null, 'r'],
    ]);
  });

  it('take a file again that waits for something else, and say what for', async () => {
    file('a.md', 'one');
    let isReady = false;
    const watching = start({
      onFile: async (path) => {
        taken.push(path);
        return isReady ? { runId: 'r' } : { runId: null, waits: true, message: 'The key is missing.' };
      },
    });
    await watching.rescan();
    await watching.rescan();
    expect(watching.status().files).toMatchObject([{ state: 'waiting', message: 'The key is missing.' }]);
    expect(taken.length).toBeGreaterThanOrEqual(2);
    isReady = true;
    await watching.rescan();
    expect(watching.status().files).toMatchObject([{ state: 'done', runId: 'r', message: null }]);
    const before = taken.length;
    await watching.rescan();
    expect(taken).toHaveLength(before);
  });

  it('take a file again whose program was ended before its run was, with that run where there is one', async () => {
    for (const name of ['a.md', 'b.md', 'c.md']) file(name, name);
    await start().rescan();
    await watcher?.close();
    db.exec(`UPDATE watched_files SET state = 'running', run_id = NULL WHERE path LIKE '%b.md'`);
    db.exec(`UPDATE watched_files SET state = 'waiting' WHERE path LIKE '%c.md'`);
    const handed: (readonly [string, string | null])[] = [];
    await start({
      onFile: async (path, _folder, { runId }) => {
        handed.push([path.slice(-4), runId]);
        return { runId: runId ?? 'new' };
      },
    }).rescan();
    expect(handed.toSorted()).toEqual([
      ['b.md', null],
      ['c.md', 'run3'],
    ]);
    expect(watcher!.status().files.every(({ state }) => state === 'done')).toBe(true);
  });

  it('go on when what is known of the files could not be written for a while', async () => {
    file('a.md', 'one');
    const store = createWatchedFileStore(db);
    const faults: unknown[] = [];
    let isFull = true;
    const watching = start({
      store: {
        ...store,
        save(known) {
          if (isFull) throw new Error('disk full');
          store.save(known);
        },
      },
      onFault: (thrown) => faults.push(thrown),
    });
    await watching.rescan();
    expect(faults).toEqual([new Error('disk full')]);
    expect(taken).toEqual([]);
    isFull = false;
    await watching.rescan();
    expect(taken).toHaveLength(1);
    expect(watching.status().files).toMatchObject([{ state: 'done' }]);
  });

  it('state that a folder cannot be read, and find it when it is back', async () => {
    const path = join(folder, 'later');
    const watching = start({ folders: [{ path, deck: 'D', enabled: true }] });
    await watching.rescan();
    expect(watching.status().folders[0]?.problem).toBe('The folder does not exist.');
    mkdirSync(path);
    file('later/a.md', 'one');
    await watching.rescan();
    expect(watching.status().folders[0]?.problem).toBeNull();
    expect(taken).toHaveLength(1);
  });

  it('leave a folder alone that is switched off', async () => {
    file('a.md', 'one');
    const watching = start({ folders: [{ path: folder, deck: 'D', enabled: false }] });
    await watching.rescan();
    expect(taken).toEqual([]);
    watching.setFolders([{ path: folder, deck: 'D', enabled: true }]);
    await watching.rescan();
    expect(taken).toHaveLength(1);
  });
});
