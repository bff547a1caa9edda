import { spawnSync } from 'node:child_process';
import { existsSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { beforeEach, describe, expect, it } from 'vitest';
import { withFileLock } from '../../../electron/launch/fileLock.ts';
import { tempFolder } from './tempFolder.ts';

let path: string;
beforeEach(() => {
  path = join(tempFolder(), 'deep', 'x.lock');
});

describe('a lock between processes', () => {
  it('lets one in at a time and tells the other that it waits', async () => {
    const events: string[] = [];
    const work = (name: string) => async () => {
      events.push(`${name} in`);
      await sleep(50);
      events.push(`${name} out`);
    };
    const first = withFileLock(path, work('a'));
    await sleep(10);
    await Promise.all([first, withFileLock(path, work('b'), () => events.push('b waits'))]);
    expect(events).toEqual(['a in', 'b waits', 'a out', 'b in', 'b out']);
  });

  it('is released when the work throws', async () => {
    await expect(withFileLock(path, () => Promise.reject(new Error('broken')))).rejects.toThrow('broken');
    expect(existsSync(path)).toBe(false);
  });

  it('takes over from a process that died', async () => {
    await withFileLock(path, async () => {});
    const dead = spawnSync(process.execPath, ['-e', '']).pid;
    writeFileSync(path, String(dead));
    expect(await withFileLock(path, async () => 'done')).toBe('done');
  });

  it('takes over a lock that nobody has touched for long, though its process id is in use again', async () => {
    await withFileLock(path, async () => {});
    writeFileSync(path, String(process.pid));
    const longAgo = new Date(Date.now() - 120_000);
    utimesSync(path, longAgo, longAgo);
    expect(await withFileLock(path, async () => 'done')).toBe('done');
  });
});
