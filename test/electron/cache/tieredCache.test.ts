import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createTieredCache, type TieredCacheOptions } from '../../../electron/cache/tieredCache.ts';
import { openCacheDatabase } from '../../../electron/cache/diskTier.ts';
import { TracedeckError } from '../../../electron/errors/tracedeckError.ts';
import { totalTokens } from '../../../shared/run.ts';
import { serialise } from '../../../electron/cache/storedAnswer.ts';
import { generated, maker, never, parse, request } from './answers.ts';

let folder: string;
let path: string;
let nowMs: number;
let opened: { close(): void }[];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tracedeck-cache-'));
  path = join(folder, 'cache.db');
  nowMs = 1_700_000_000_000;
  opened = [];
});
afterEach(() => {
  for (const cache of opened) cache.close();
  rmSync(folder, { recursive: true });
});

function open(more: Partial<TieredCacheOptions> = {}) {
  const limits = { memoryBytes: 1e6, diskBytes: 1e8, ttlMs: 1e9 };
  const cache = createTieredCache({ db: path, ...limits, now: () => nowMs, ...more });
  opened.push(cache);
  return cache;
}
function tiers(stats: ReturnType<ReturnType<typeof open>['stats']>) {
  const of = ({ hits, misses, stale }: { hits: number; misses: number; stale: number }) => ({
    hits,
    misses,
    stale,
  });
  return { memory: of(stats.memory), disk: of(stats.disk) };
}

describe('lookups', () => {
  it('make once, then come from memory, and from disk in the next process life', async () => {
    const first = open();
    const { calls, make } = maker();
    const made = await first.through(request('a'), parse, make('A'));
    const again = await first.through(request('a'), parse, never);
    first.close();
    const second = open();
    const fromDisk = await second.through(request('a'), parse, never);
    const fromMemory = await second.through(request('a'), parse, never);

    expect(calls).toEqual(['A']);
    expect([made.tier, again.tier, fromDisk.tier, fromMemory.tier]).toEqual([
      null,
      'memory',
      'disk',
      'memory',
    ]);
    for (const answer of [made, again, fromDisk, fromMemory]) {
      expect(answer).toMatchObject({ shared: false, generated: generated('A') });
    }
    expect(tiers(second.stats())).toEqual({
      memory: { hits: 1, misses: 1, stale: 0 },
      disk: { hits: 1, misses: 0, stale: 0 },
    });
  });

  it('find composed and decomposed text in one entry', async () => {
    const cache = open();
    await cache.through(request('사과'.normalize('NFD')), parse, async () => generated('A'));
    expect((await cache.through(request('사과'.normalize('NFC')), parse, never)).tier).toBe('memory');
  });

  it('give answers that no holder can change for the others', async () => {
    const cache = open({ memoryBytes: 0 });
    const made = await cache.through(request('a'), parse, async () => generated('A'));
    const read = await cache.through(request('a'), parse, never);
    for (const { generated: answer } of [made, read]) {
      expect(() => answer.value.list.push('more')).toThrow(TypeError);
    }
  });

  it('return what parse returns, whichever tier answers', async () => {
    const upper = (value: unknown) => ({ text: parse(value).text.toUpperCase() });
    const make = async () => ({ ...generated('abc'), value: { text: 'abc', list: [] } });
    const first = open();
    const texts = [
      (await first.through(request('a'), upper, make)).generated.value.text,
      (await first.through(request('a'), upper, make)).generated.value.text,
      (await open().through(request('a'), upper, make)).generated.value.text,
    ];
    expect(texts).toEqual(['ABC', 'ABC', 'ABC']);
  });

  it('peek without making anything', async () => {
    const cache = open();
    expect(await cache.peek(request('a'))).toBeNull();
    await cache.through(request('a'), parse, async () => generated('A'));
    expect(await cache.peek(request('a'))).toMatchObject({ tier: 'memory', usage: generated('A').usage });
    expect(await open().peek(request('a'))).toEqual({
      tier: 'disk',
      usage: generated('A').usage,
      text: JSON.stringify(generated('A').value),
    });
    expect(tiers(cache.stats()).memory).toEqual({ hits: 1, misses: 2, stale: 0 });
  });

  it('work over a connection that somebody else opened and goes on using', async () => {
    const db = openCacheDatabase(path);
    const cache = open({ db });
    await cache.through(request('a'), parse, async () => generated('A'));
    cache.close();
    expect(db.prepare('SELECT count(*) AS n FROM answers').get()).toEqual({ n: 1 });
    db.close();
  });

  it('do without either tier where its limit is 0', async () => {
    const { calls, make } = maker();
    const none = open({ memoryBytes: 0, diskBytes: 0 });
    await none.through(request('a'), parse, make('A'));
    await none.through(request('a'), parse, make('A'));
    expect(calls).toEqual(['A', 'A']);
    expect(none.stats()).toMatchObject({ memory: { misses: 0 }, disk: { misses: 0 } });
    expect(none.degraded()).toBeNull();
    expect(() => statSync(path)).toThrow('ENOENT');
  });
});

describe('single flight', () => {
  it('lets 100 concurrent callers of one key share one make, and makes other keys beside it', async () => {
    const cache = open();
    const { calls, make } = maker();
    const answers = await Promise.all(
      Array.from({ length: 200 }, (_, n) => cache.through(request(`k${n % 2}`), parse, make(`v${n % 2}`))),
    );
    expect(calls.toSorted()).toEqual(['v0', 'v1']);
    expect(answers.filter(({ shared }) => shared).length).toBe(198);
    expect(answers.every(({ generated: made }, n) => made.value.text === `v${n % 2}`)).toBe(true);
    const { memory, disk, shared } = cache.stats();
    expect([memory.misses, disk.misses, shared.waits]).toEqual([200, 2, 198]);
    expect(shared.savedTokens).toBe(198 * totalTokens(generated('').usage));
  });

  it('hands a failure to every waiter, keeps nothing and makes it anew the next time', async () => {
    const cache = open();
    let calls = 0;
    const failing = async () => {
      calls += 1;
      await Promise.resolve();
      throw new TracedeckError('transient', 'rate_limited', 'Too many requests.');
    };
    const results = await Promise.allSettled(
      Array.from({ length: 100 }, () => cache.through(request('a'), parse, failing)),
    );
    expect(calls).toBe(1);
    expect(new Set(results.map((result) => result.status === 'rejected' && result.reason.code))).toEqual(
      new Set(['rate_limited']),
    );
    expect(cache.stats().disk.entries + cache.stats().memory.entries).toBe(0);
    expect((await cache.through(request('a'), parse, async () => generated('A'))).tier).toBeNull();
  });

  it('keeps nothing of a make that throws before it returns a promise', async () => {
    const cache = open();
    const broken = () => {
      throw new Error('at once');
    };
    await expect(cache.through(request('a'), parse, broken)).rejects.toThrow('at once');
    expect((await cache.through(request('a'), parse, async () => generated('A'))).tier).toBeNull();
  });

  it('does not let one caller that is cancelled take the others with it', async () => {
    const cache = open();
    const controller = new AbortController();
    const { calls, make } = maker();
    const cancelled = cache.through(
      request('a'),
      parse,
      () =>
        new Promise((_, reject) => {
          controller.signal.addEventListener('abort', () => reject(controller.signal.reason));
        }),
    );
    const others = Array.from({ length: 20 }, () => cache.through(request('a'), parse, make('A')));
    await Promise.resolve();
    controller.abort();
    await expect(cancelled).rejects.toThrow('aborted');
    const answers = await Promise.all(others);
    expect(calls).toEqual(['A']);
    expect(answers.filter(({ shared }) => !shared).length).toBe(1);
    expect(answers.every(({ generated: made }) => made.value.text === 'A')).toBe(true);
  });

  it('ends when every caller is cancelled', async () => {
    const cache = open();
    const aborting = () => Promise.reject(new TracedeckError('transient', 'cancelled', 'Cancelled.'));
    const results = await Promise.allSettled(
      Array.from({ length: 50 }, () => cache.through(request('a'), parse, aborting)),
    );
    expect(results.every(({ status }) => status === 'rejected')).toBe(true);
    expect((await cache.through(request('a'), parse, async () => generated('A'))).tier).toBeNull();
  });

  it('refuses an answer that parse would not take back, and keeps nothing of it', async () => {
    const cache = open();
    const wrong = async () => ({ ...generated('A'), value: { text: 1 } as never });
    await expect(cache.through(request('a'), parse, wrong)).rejects.toThrow();
    expect(cache.stats()).toMatchObject({ memory: { entries: 0 }, disk: { entries: 0 } });
  });
});

describe('age', () => {
  it('makes an answer of the time limit anew in both tiers, and not one a millisecond younger', async () => {
    const cache = open({ ttlMs: 1000 });
    await cache.through(request('a'), parse, async () => generated('old'));
    nowMs += 999;
    expect((await cache.through(request('a'), parse, never)).tier).toBe('memory');
    expect((await open({ ttlMs: 1000 }).through(request('a'), parse, never)).tier).toBe('disk');
    nowMs += 1;
    const anew = await cache.through(request('a'), parse, async () => generated('new'));
    expect(anew).toMatchObject({ tier: null, generated: generated('new') });
    expect(tiers(cache.stats())).toEqual({
      memory: { hits: 1, misses: 2, stale: 1 },
      disk: { hits: 0, misses: 2, stale: 1 },
    });
    expect(cache.stats().disk.entries).toBe(1);
  });

  it('counts from the making, not from the day an answer was read into memory', async () => {
    await open({ ttlMs: 1000 }).through(request('a'), parse, async () => generated('A'));
    nowMs += 900;
    const later = open({ ttlMs: 1000 });
    await later.through(request('a'), parse, never);
    nowMs += 100;
    expect((await later.through(request('a'), parse, async () => generated('B'))).tier).toBeNull();
  });

  it('applies a shorter limit to answers that are there already', async () => {
    await open({ ttlMs: 1e9 }).through(request('a'), parse, async () => generated('A'));
    nowMs += 5000;
    expect(await open({ ttlMs: 4000 }).peek(request('a'))).toBeNull();
  });
});

describe('damaged entries', () => {
  const stored = serialise(generated('A'));
  const [head, value] = stored.split('\n');
  const damages: Record<string, string> = {
    'cut short': stored.slice(0, -5),
    'of another shape': `${head}\n${JSON.stringify({ text: 1 })}`,
    'without usage': `${JSON.stringify({ estimate: null })}\n${value}`,
    'with negative tokens': `${head!.replace(/"input":\d+/, '"input":-1')}\n${value}`,
    'no object': 'null',
    empty: '',
  };
  for (const [name, text] of Object.entries(damages)) {
    it(`${name} are misses, counted as stale, removed and made anew`, async () => {
      await open().through(request('a'), parse, async () => generated('A'));
      const db = new Database(path);
      db.prepare('UPDATE answers SET answer = ?').run(text);
      db.close();
      const cache = open();
      expect((await cache.through(request('a'), parse, async () => generated('B'))).tier).toBeNull();
      expect(cache.stats().disk).toMatchObject({ entries: 1, stale: 1, misses: 1 });
      expect((await open().through(request('a'), parse, never)).generated.value.text).toBe('B');
    });
  }
});

describe('limits', () => {
  it('hold in memory: the least recently used goes first, and entries and bytes stay right', async () => {
    const cache = open({ memoryBytes: 50_000, diskBytes: 0 });
    for (let n = 0; n < 100; n += 1) {
      await cache.through(request(`k${n}`), parse, async () => generated(`v${n}`, 1000));
      await cache.through(request('k0'), parse, never);
    }
    const { memory } = cache.stats();
    expect(memory.bytes).toBeLessThanOrEqual(50_000);
    expect(memory.entries).toBe(100 - memory.evictions);
    expect(memory.bytes / memory.entries).toBeGreaterThan(1000);
    expect(await cache.peek(request('k0'))).not.toBeNull();
    expect(await cache.peek(request('k99'))).not.toBeNull();
    expect(await cache.peek(request('k1'))).toBeNull();
  });

  it('hold on disk, for the totals and for the file, and evict the least recently used in bulk', async () => {
    const diskBytes = 1_000_000;
    const cache = open({ memoryBytes: 0, diskBytes });
    let evictions = 0;
    for (let n = 0; n < 1500; n += 1) {
      nowMs += 61_000;
      await cache.through(request(`k${n}`), parse, async () => generated(`v${n}`, 2000));
      await cache.through(request('k0'), parse, never);
      const { disk } = cache.stats();
      expect(disk.bytes).toBeLessThanOrEqual(diskBytes);
      if (disk.evictions > evictions) expect(disk.evictions - evictions).toBeGreaterThan(10);
      evictions = disk.evictions;
    }
    const { disk } = cache.stats();
    expect(disk.entries).toBe(1500 - disk.evictions);
    expect(await cache.peek(request('k0'))).not.toBeNull();
    expect(await cache.peek(request('k1499'))).not.toBeNull();
    expect(await cache.peek(request('k1'))).toBeNull();
    cache.close();
    expect(statSync(path).size).toBeLessThan(diskBytes * 1.3);
  });

  it('keep on disk what memory answers all day', async () => {
    const cache = open({ diskBytes: 100_000, memoryBytes: 1e7 });
    await cache.through(request('hot'), parse, async () => generated('hot', 1000));
    for (let n = 0; n < 300; n += 1) {
      nowMs += 61_000;
      await cache.through(request(`k${n}`), parse, async () => generated(`v${n}`, 1000));
      expect((await cache.through(request('hot'), parse, never)).tier).toBe('memory');
    }
    expect(cache.stats().disk.evictions).toBeGreaterThan(100);
    expect((await open().through(request('hot'), parse, never)).tier).toBe('disk');
  });

  it('come down to a smaller setting', async () => {
    const big = open();
    for (let n = 0; n < 300; n += 1) {
      await big.through(request(`k${n}`), parse, async () => generated(`v${n}`, 1000));
    }
    big.close();
    const small = open({ diskBytes: 50_000 });
    for (let n = 300; n < 310; n += 1) {
      await small.through(request(`k${n}`), parse, async () => generated(`v${n}`, 1000));
    }
    expect(small.stats().disk.bytes).toBeLessThanOrEqual(50_000);
    expect(await small.peek(request('k309'))).not.toBeNull();
  });

  it('do not let one answer that is larger than a tier empty it', async () => {
    const cache = open({ memoryBytes: 5000, diskBytes: 5000 });
    await cache.through(request('small'), parse, async () => generated('small'));
    await cache.through(request('large'), parse, async () => generated('large', 10_000));
    expect(cache.stats()).toMatchObject({
      memory: { entries: 1, evictions: 0 },
      disk: { entries: 1, evictions: 0 },
    });
  });
});

describe('clearing', () => {
  it('empties both tiers, gives the space back and leaves a working cache', async () => {
    const cache = open();
    for (let n = 0; n < 200; n += 1) {
      await cache.through(request(`k${n}`), parse, async () => generated(`v${n}`, 4000));
    }
    cache.clear();
    expect(cache.stats()).toMatchObject({
      memory: { entries: 0, bytes: 0, misses: 200 },
      disk: { entries: 0, bytes: 0, misses: 200, evictions: 0 },
    });
    expect(statSync(path).size).toBeLessThan(100_000);
    expect((await cache.through(request('k1'), parse, async () => generated('new'))).tier).toBeNull();
    expect((await open().through(request('k1'), parse, never)).generated.value.text).toBe('new');
  });
});

describe('statistics', () => {
  it('add up after a random mix, in the sum and stage by stage', async () => {
    let seed = 7;
    const random = (below: number) => {
      seed = (seed * 48_271) % 2_147_483_647;
      return seed % below;
    };
    const cache = open({ memoryBytes: 60_000, diskBytes: 80_000, ttlMs: 150_000 });
    let lookups = 0;
    let made = 0;
    let paid = 0;
    let answered = 0;
    for (let round = 0; round < 300; round += 1) {
      nowMs += random(20_000);
      const batch = Array.from({ length: 1 + random(12) }, async () => {
        lookups += 1;
        const name = `k${random(90)}`;
        const stage = random(3) === 0 ? 'write' : 'analyse';
        if (random(8) === 0) return cache.peek({ ...request(name), stage });
        return cache.through({ ...request(name), stage }, parse, async () => {
          made += 1;
          paid += totalTokens(generated(name, 600, 50 + name.length * 10).usage);
          return generated(name, 600, 50 + name.length * 10);
        });
      });
      for (const answer of await Promise.all(batch)) {
        if (answer === null) continue;
        answered += totalTokens('generated' in answer ? answer.generated.usage : answer.usage);
      }
    }
    const stats = cache.stats();
    for (const part of [stats, stats.byStage.analyse, stats.byStage.write]) {
      expect(part.memory.misses).toBe(part.disk.hits + part.disk.misses + part.shared.waits);
    }
    expect(stats.memory.hits + stats.memory.misses).toBe(lookups);
    for (const tier of ['memory', 'disk'] as const) {
      for (const name of Object.keys(stats[tier]) as (keyof (typeof stats)[typeof tier])[]) {
        expect(stats.byStage.analyse[tier][name] + stats.byStage.write[tier][name]).toBe(stats[tier][name]);
        expect(stats[tier][name], `${tier} ${name} never happened`).toBeGreaterThan(0);
      }
    }
    expect(stats.disk.entries).toBe(made - stats.disk.evictions - stats.disk.stale);
    const saved = stats.memory.savedTokens + stats.disk.savedTokens + stats.shared.savedTokens;
    expect(saved).toBe(answered - paid);
  });
});

describe('a disk tier that fails', () => {
  function notices() {
    const seen: TracedeckError[] = [];
    return { seen, onDegraded: (notice: TracedeckError) => seen.push(notice) };
  }

  it('leaves a cache in memory and one notice, where the file is no database', async () => {
    writeFileSync(path, 'this is no database, but long enough to look like a file with content'.repeat(100));
    const { seen, onDegraded } = notices();
    const cache = open({ onDegraded });
    const { calls, make } = maker();
    await cache.through(request('a'), parse, make('A'));
    expect((await cache.through(request('a'), parse, make('A'))).tier).toBe('memory');
    expect(calls).toEqual(['A']);
    expect(seen.map(({ code, category }) => [code, category])).toEqual([['cache_degraded', 'degraded']]);
    expect(cache.degraded()).toBe(seen[0]);
    expect(cache.stats().disk).toMatchObject({ hits: 0, misses: 0, entries: 0 });
  });

  it('does the same where the path is a folder or the file is of a newer version', async () => {
    for (const db of [
      folder,
      (() => {
        const newer = new Database(path);
        newer.pragma('user_version = 99');
        newer.close();
        return path;
      })(),
    ]) {
      const { seen, onDegraded } = notices();
      const cache = open({ db, onDegraded });
      await cache.through(request('a'), parse, async () => generated('A'));
      expect((await cache.through(request('a'), parse, never)).tier).toBe('memory');
      expect(seen.length).toBe(1);
    }
  });

  it('still reads what is there when it cannot write, says so once, and writes again when it can', async () => {
    const { seen, onDegraded } = notices();
    const db = openCacheDatabase(path);
    const cache = open({ db, memoryBytes: 0, onDegraded });
    await cache.through(request('a'), parse, async () => generated('A'));
    db.pragma('query_only = ON');
    await cache.through(request('b'), parse, async () => generated('B'));
    await cache.through(request('c'), parse, async () => generated('C'));
    expect((await cache.through(request('a'), parse, never)).tier).toBe('disk');
    expect(seen.length).toBe(1);
    db.pragma('query_only = OFF');
    nowMs += 60_000;
    await cache.through(request('b'), parse, async () => generated('B'));
    expect((await cache.through(request('b'), parse, never)).tier).toBe('disk');
    expect(seen.length).toBe(1);
    db.close();
  });

  it('goes on in memory when the file is damaged under it', async () => {
    const { seen, onDegraded } = notices();
    const db = openCacheDatabase(path);
    const cache = open({ db, onDegraded });
    await cache.through(request('a'), parse, async () => generated('A'));
    db.exec('DROP TABLE answers');
    expect((await cache.through(request('b'), parse, async () => generated('B'))).tier).toBeNull();
    expect((await cache.through(request('b'), parse, never)).tier).toBe('memory');
    expect((await cache.through(request('a'), parse, never)).tier).toBe('memory');
    expect(() => cache.clear()).toThrow('not cleared');
    expect(seen.length).toBe(1);
    db.close();
  });

  it('says nothing of the answers in its notice', async () => {
    const { seen, onDegraded } = notices();
    const db = openCacheDatabase(path);
    db.pragma('query_only = ON');
    const cache = open({ db, onDegraded });
    await cache.through(request('secret input'), parse, async () => generated('secret answer'));
    expect(`${seen[0]?.message} ${seen[0]?.hint} ${seen[0]?.cause}`).not.toContain('secret');
    db.close();
  });
});
