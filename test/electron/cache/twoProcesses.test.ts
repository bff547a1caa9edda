import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import Database from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createTieredCache } from '../../../electron/cache/tieredCache.ts';
import { generated, never, parse, request } from './answers.ts';

const SCRIPT = join(import.meta.dirname, 'cacheProcess.ts');
let folder: string;
let path: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tracedeck-cache-'));
  path = join(folder, 'cache.db');
});
afterEach(() => rmSync(folder, { recursive: true }));

const openHere = () => createTieredCache({ db: path, memoryBytes: 1e6, diskBytes: 1e8, ttlMs: 1e9 });

/** Starts a process over the same file; `lines` are what it says, `ended` its exit code or signal. */
function start(...args: string[]) {
  const child = spawn(process.execPath, [SCRIPT, path, ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = new Promise<number | NodeJS.Signals | null>((resolve) => {
    child.on('close', (code, signal) => resolve(code ?? signal));
  });
  return { child, lines: createInterface({ input: child.stdout }), ended };
}

describe('one cache file and several processes', () => {
  it('keeps every answer that a process received before it was killed', async () => {
    for (const killAt of [1, 7, 40]) {
      const { child, lines, ended } = start(`life${killAt}-`, '1000000');
      const received: string[] = [];
      for await (const line of lines) {
        received.push(line.split(' ')[0] ?? '');
        if (received.length === killAt) child.kill('SIGKILL');
      }
      expect(await ended).toBe('SIGKILL');
      expect(received.length).toBeGreaterThanOrEqual(killAt);
      const cache = openHere();
      for (const text of received) {
        const answer = await cache.through(request(text), parse, never);
        expect(answer).toMatchObject({ tier: 'disk', generated: generated(text) });
      }
      cache.close();
    }
  }, 60_000);

  it('finds what another process has stored while both are running', async () => {
    const other = start('shared', '20', 'stay');
    const said: string[] = [];
    for await (const line of other.lines) {
      said.push(line);
      if (said.length === 20) break;
    }
    const cache = openHere();
    for (let n = 0; n < 20; n += 1) {
      expect((await cache.through(request(`shared${n}`), parse, never)).tier).toBe('disk');
    }
    other.child.kill('SIGKILL');
    await other.ended;
    cache.close();
  }, 60_000);

  it('lets three processes write at once without an error, and keeps the totals right', async () => {
    const others = [start('p', '400'), start('q', '400')];
    for (const { lines } of others) lines.resume();
    const cache = openHere();
    for (let n = 0; n < 400; n += 1) {
      // Half of the keys are the first process's as well: both may make them, the entry is one.
      const text = n % 2 === 0 ? `p${n}` : `r${n}`;
      await cache.through(request(text), parse, async () => generated(text));
      if (n % 20 === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    }
    expect(await Promise.all(others.map(({ ended }) => ended))).toEqual([0, 0]);
    expect(cache.degraded()).toBeNull();
    expect(cache.stats().disk.entries).toBe(1000);
    const db = new Database(path, { readonly: true });
    expect(db.prepare('SELECT count(*) AS entries, sum(size) AS bytes FROM answers').get()).toEqual({
      entries: 1000,
      bytes: cache.stats().disk.bytes,
    });
    expect(db.pragma('integrity_check', { simple: true })).toBe('ok');
    db.close();
    cache.close();
  }, 60_000);
});
