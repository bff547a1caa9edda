/**
 * Answers of the stages, kept so that none is made or paid for twice: a bounded LRU in memory in front of a
 * SQLite file. Lookups go memory -> someone already making it -> disk -> make. See docs/cache.md.
 */
import { LRUCache } from 'lru-cache';
import { STAGES, type Stage } from '../../shared/card.ts';
import { totalTokens, type TokenUsage } from '../../shared/run.ts';
import { isAbort, TracedeckError } from '../errors/tracedeckError.ts';
import type {
  CacheAnswer,
  CacheGlance,
  CacheMiss,
  CacheRequest,
  Generated,
  StageCache,
} from '../pipeline/ports.ts';
import type { Db } from '../sqlite/openDatabase.ts';
import { cacheKey } from './cacheKey.ts';
import { countHit, createTally, summarise, type TieredCacheStats } from './cacheTally.ts';
import { createDiskTier, openCacheDatabase, type DiskRow, type DiskTier } from './diskTier.ts';
import { glance, deepFreeze, heapBytes, restore, serialise } from './storedAnswer.ts';

export type TieredCacheOptions = {
  /** The cache's file, or a connection from `openCacheDatabase`, which stays the caller's to close. */
  readonly db: Db | string;
  /** Limit of the memory tier; 0 for none. */
  readonly memoryBytes: number;
  /** Limit of the disk tier; 0 for none, and then no answer outlives the process. */
  readonly diskBytes: number;
  /** Answers older than this are made anew; counted from their making, so a changed setting applies to all. */
  readonly ttlMs: number;
  /** Gets the file's connection before anything is prepared on it. */
  readonly onOpen?: (db: Db) => void;
  /** Epoch ms; for tests. */
  readonly now?: () => number;
  /** Called at most once, when the file cannot be used: the run goes on, its answers are not durable. */
  readonly onDegraded?: (notice: TracedeckError) => void;
};

export interface TieredCache extends StageCache {
  stats(): TieredCacheStats;
  /** Looks only: counts nothing, keeps nothing alive, removes nothing. */
  look(request: CacheRequest): CacheGlance | null;
  /** What `onDegraded` was told; `null` while the disk tier is well. */
  degraded(): TracedeckError | null;
  /**
   * Forgets every answer in both tiers and gives the file's space back; counters of the past stay.
   * @throws TracedeckError `cache_not_cleared` where the file cannot be written now
   */
  clear(): void;
  /** Writes what is buffered and closes the file. Let the runs end first: later answers live in memory only. */
  close(): void;
}

type Held = {
  readonly generated: Generated<unknown>;
  readonly stage: Stage;
  readonly bytes: number;
  readonly createdMs: number;
  /** The last use that the disk tier knows of. */
  usedMs: number;
};

/** Uses are passed on to the file at most so often per answer: eviction there is by the minute. */
const TOUCH_EVERY_MS = 60_000;
/** After a fault the disk tier is left alone for so long, then tried again. */
const DISK_PAUSE_MS = 60_000;

/**
 * Opens the cache. A file that cannot be used makes a cache that lives in memory, and a notice.
 *
 * Answers are frozen and given to many callers. In `through`, `make` is shared by everybody who asks for the
 * same answer meanwhile, so it must not end because one of them gives up; where it ends as cancelled all the
 * same, the others do not fail with it: one of them makes the answer with its own `make`.
 */
export function createTieredCache(options: TieredCacheOptions): TieredCache {
  const { memoryBytes, diskBytes, ttlMs, now = Date.now, onDegraded } = options;
  const tally = createTally();
  const flights = new Map<string, Promise<Generated<unknown>>>();
  const memory = memoryBytes > 0 ? createMemoryTier() : null;
  let notice: TracedeckError | null = null;
  const pausedUntilMs = { read: 0, write: 0 };
  /** Set by a lookup, for whoever asks in the same turn. */
  let stale: CacheMiss['stale'] = null;
  let db: Db | null = null;
  let disk: DiskTier | null = null;
  if (diskBytes > 0) openDisk();

  function createMemoryTier() {
    return new LRUCache<string, Held>({
      maxSize: memoryBytes,
      sizeCalculation: (held) => held.bytes,
      dispose: (held, _key, reason) => {
        const tier = tally[held.stage].memory;
        tier.entries -= 1;
        tier.bytes -= held.bytes;
        if (reason === 'evict') tier.evictions += 1;
      },
    });
  }

  function openDisk(): void {
    try {
      db = typeof options.db === 'string' ? openCacheDatabase(options.db) : options.db;
      options.onOpen?.(db);
      disk = createDiskTier(db, diskBytes, (stage) => {
        tally[stage].disk.evictions += 1;
      });
    } catch (error) {
      if (typeof options.db === 'string') db?.close();
      db = null;
      degrade(error);
    }
  }

  function degrade(cause: unknown): void {
    if (notice !== null) return;
    const reason = cause instanceof TracedeckError ? cause.message : String(cause);
    notice = new TracedeckError('degraded', 'cache_degraded', 'The answer cache on disk cannot be used.', {
      cause,
      hint: `Answers are kept in memory only and are paid for again after a restart. ${reason}`,
    });
    onDegraded?.(notice);
  }

  /** Runs `work` on the disk tier; `undefined` where there is none, it rests after a fault, or it fails now. */
  function onDisk<R>(kind: 'read' | 'write', work: (tier: DiskTier) => R): R | undefined {
    if (disk === null) return undefined;
    const nowMs = now();
    if (nowMs < pausedUntilMs[kind]) return undefined;
    try {
      return work(disk);
    } catch (error) {
      // What cannot be written can often still be read (a full disk); what cannot be read is not written either.
      pausedUntilMs.write = nowMs + DISK_PAUSE_MS;
      if (kind === 'read') pausedUntilMs.read = pausedUntilMs.write;
      degrade(error);
      return undefined;
    }
  }

  function isExpired(createdMs: number): boolean {
    return now() - createdMs >= ttlMs;
  }

  function remember(key: string, held: Held): void {
    if (memory === null || held.bytes > memoryBytes) return;
    memory.set(key, held);
    const tier = tally[held.stage].memory;
    tier.entries += 1;
    tier.bytes += held.bytes;
  }

  function fromMemory(key: string, stage: Stage): Generated<unknown> | null {
    if (memory === null) return null;
    const tier = tally[stage].memory;
    const held = memory.get(key);
    if (held === undefined || isExpired(held.createdMs)) {
      tier.misses += 1;
      if (held !== undefined) {
        stale = 'memory';
        tier.stale += 1;
        memory.delete(key);
      }
      return null;
    }
    countHit(tier, held.generated.usage);
    held.usedMs = touch(key, held.usedMs);
    return held.generated;
  }

  /** The disk tier must not evict what memory answers all day. Returns the last use the disk tier knows of. */
  function touch(key: string, usedMs: number): number {
    const nowMs = now();
    if (nowMs - usedMs < TOUCH_EVERY_MS) return usedMs;
    onDisk('write', (tier) => tier.touch(key, nowMs));
    return nowMs;
  }

  /** The stored answer as `read` makes it of the text; whatever is too old or damaged is removed. */
  function fromDisk<R extends { readonly usage: TokenUsage }>(
    key: string,
    stage: Stage,
    read: (answer: string) => R | null,
  ): { readonly read: R; readonly row: DiskRow } | null {
    const found = onDisk('read', (tier) => ({ row: tier.get(key) }));
    if (found === undefined) return null;
    const { row } = found;
    const counts = tally[stage].disk;
    if (row === undefined) {
      counts.misses += 1;
      return null;
    }
    const usable = isExpired(row.created_ms) ? null : read(row.answer);
    if (usable === null) {
      stale = 'disk';
      counts.misses += 1;
      counts.stale += 1;
      onDisk('write', (tier) => tier.remove(key, row.created_ms));
      return null;
    }
    countHit(counts, usable.usage);
    return { read: usable, row };
  }

  function takeFromDisk(
    key: string,
    stage: Stage,
    parse: (value: unknown) => unknown,
  ): Generated<unknown> | null {
    const found = fromDisk(key, stage, (answer) => restore(answer, parse));
    if (found === null) return null;
    const { read: generated, row } = found;
    const usedMs = touch(key, row.used_ms);
    remember(key, { generated, stage, bytes: heapBytes(row.answer), createdMs: row.created_ms, usedMs });
    return generated;
  }

  function store(
    key: string,
    stage: Stage,
    generated: Generated<unknown>,
    parse: (value: unknown) => unknown,
  ) {
    const answer = serialise(generated);
    // As a reader will get it: what would not be readable is no answer, and must not be paid for again and again.
    const kept = deepFreeze({ ...generated, value: parse(generated.value) });
    const nowMs = now();
    onDisk('write', (tier) => tier.put(key, stage, answer, nowMs));
    remember(key, { generated: kept, stage, bytes: heapBytes(answer), createdMs: nowMs, usedMs: nowMs });
    return kept;
  }

  async function through<T>(
    { stage, ...rest }: CacheRequest,
    parse: (value: unknown) => T,
    make: (missed?: CacheMiss) => Promise<Generated<T>>,
  ): Promise<CacheAnswer<T>> {
    const key = cacheKey({ stage, ...rest });
    stale = null;
    const held = fromMemory(key, stage);
    if (held !== null) return { generated: held as Generated<T>, tier: 'memory', shared: false };

    let missed: CacheMiss = { stale };
    let flight = flights.get(key);
    if (flight === undefined) {
      const stored = takeFromDisk(key, stage, parse);
      if (stored !== null) return { generated: stored as Generated<T>, tier: 'disk', shared: false };
      missed = { stale };
    } else {
      const { shared } = tally[stage];
      shared.waits += 1;
      while (flight !== undefined) {
        try {
          const generated = (await flight) as Generated<T>;
          shared.savedTokens += totalTokens(generated.usage);
          return { generated, tier: null, shared: true };
        } catch (error) {
          if (!isAbort(error)) throw error;
          flight = flights.get(key);
        }
      }
    }

    const own = Promise.resolve()
      .then(() => make(missed))
      .then((generated) => store(key, stage, generated, parse) as Generated<T>)
      .finally(() => flights.delete(key));
    flights.set(key, own);
    return { generated: await own, tier: null, shared: false };
  }

  async function peek(request: CacheRequest): Promise<CacheGlance | null> {
    const { stage } = request;
    const key = cacheKey(request);
    const held = fromMemory(key, stage);
    if (held !== null) return { tier: 'memory', usage: held.usage, text: JSON.stringify(held.value) };
    const found = fromDisk(key, stage, glance);
    if (found === null) return null;
    touch(key, found.row.used_ms);
    return { tier: 'disk', ...found.read };
  }

  function look(request: CacheRequest): CacheGlance | null {
    const key = cacheKey(request);
    const held = memory?.peek(key);
    if (held !== undefined && !isExpired(held.createdMs)) {
      return { tier: 'memory', usage: held.generated.usage, text: JSON.stringify(held.generated.value) };
    }
    const row = onDisk('read', (tier) => tier.get(key));
    if (row === undefined || isExpired(row.created_ms)) return null;
    const found = glance(row.answer);
    return found === null ? null : { tier: 'disk', ...found };
  }

  return {
    through,
    peek,
    look,
    stats() {
      for (const stage of STAGES) Object.assign(tally[stage].disk, { entries: 0, bytes: 0 });
      for (const { stage, entries, bytes } of onDisk('read', (tier) => tier.totals()) ?? []) {
        if (stage in tally) Object.assign(tally[stage].disk, { entries, bytes });
      }
      return summarise(tally);
    },
    degraded: () => notice,
    clear() {
      memory?.clear();
      if (disk === null) return;
      const cleared = onDisk('write', (tier) => (tier.clear(), true));
      if (cleared === true) return;
      throw new TracedeckError('transient', 'cache_not_cleared', 'The answer cache on disk is not cleared.', {
        hint: 'The file cannot be written just now: try again in a minute, or delete cache.db while no Tracedeck runs.',
      });
    },
    close() {
      onDisk('write', (tier) => tier.flush());
      disk = null;
      if (typeof options.db === 'string') db?.close();
      db = null;
    },
  };
}
