/**
 * 1,000 operations, 64 in flight at a time, each after a turn of the promise queue, as a busy program has them:
 * INSERT (every one a row), SELECT (1 in 8), cache SET (1 in 64), cache GET (1 in 1,024), and the rows shipped to
 * the trace store's thread. Against the same load with nothing recorded.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate as endOfTurn } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import Database from 'better-sqlite3';
import { LRUCache } from 'lru-cache';
import { initTelemetry, startSpanFlusher } from '../../../electron/telemetry/index.ts';
import type { Operation, SpanFlusher, Telemetry } from '../../../electron/telemetry/index.ts';
import { openTraceStore } from '../../../electron/traces/traceStore.ts';
import { PROJECT_ROOT } from '../../harness/environment.ts';
import { shuffled } from '../interleaved.ts';
import { compareMedians, median, mulberry32 } from '../medians.ts';
import type { Comparison } from '../medians.ts';

export type MixedLoad = {
  readonly operations: number;
  readonly inFlight: number;
  readonly blocks: number;
  readonly usPerOperation: number;
  readonly nothingAgain: Comparison;
  readonly recorded: Comparison;
  readonly rows: number;
  readonly leftOut: number;
};

const OPERATIONS = 1000;
const IN_FLIGHT = 64;
const KEYS = 5000;
/** Rows that the flusher hands over at once in a busy program. */
const ROWS_PER_BATCH = 4096;
const WARM_UP_ROUNDS = 200;
/** In each of them, and then the rows are shipped: a busy program's compiler has come to rest over all of it. */
const WARM_UP_SPANS = 50;
const noWork = () => undefined;
const terms = Array.from({ length: KEYS }, (_, id) => `term ${id}`);

export async function measureMixedLoad(blocks: number): Promise<MixedLoad> {
  const folder = mkdtempSync(join(tmpdir(), 'tracedeck-mixed-'));
  const db = new Database(join(folder, 'mixed.db'));
  db.pragma('journal_mode = WAL');
  db.pragma('synchronous = NORMAL');
  db.exec(
    'CREATE TABLE words (id INTEGER PRIMARY KEY, term TEXT NOT NULL UNIQUE, meaning TEXT NOT NULL) STRICT',
  );
  const telemetry = initTelemetry({ version: 'bench' });
  const store = openTraceStore({
    path: join(folder, 'traces.db'),
    workerFile: pathToFileURL(join(PROJECT_ROOT, 'electron/traces/traceWorker.ts')),
  });
  // Told when to ship: never within a block, and in batches of the size that a busy program ships.
  const flusher = startSpanFlusher(telemetry, store, {
    quietMs: 3_600_000,
    maxSpansPerBatch: ROWS_PER_BATCH,
  });
  try {
    const bare = createLoad(db, null);
    const again = createLoad(db, null);
    const watched = createLoad(db, operationsOf(telemetry));
    const loads = [bare, again, () => telemetry.withSpan('load', watched)];
    const times: [number[], number[], number[]] = [[], [], []];
    const [bareMs, againMs, watchedMs] = times;
    for (let round = 0; round < WARM_UP_ROUNDS; round += 1) {
      for (const load of loads) await load();
      for (let i = 0; i < WARM_UP_SPANS; i += 1) telemetry.withSpan('load', noWork);
      await flusher.flush();
    }
    const random = mulberry32(1);
    const shipment = createShipment(telemetry, flusher, watchedMs);
    for (let round = 0; round < blocks; round += 1) {
      for (const which of shuffled(loads.length, random)) {
        const startMs = performance.now();
        await loads[which]!();
        // What is left for the end of a turn is a part of it.
        await endOfTurn();
        times[which]!.push(performance.now() - startMs);
      }
      if (shipment.waiting >= ROWS_PER_BATCH) await shipment.ship();
    }
    await shipment.ship();
    const counts = ['insert', 'select', 'set', 'get'].map((name) => telemetry.component(name).counts());
    return {
      operations: OPERATIONS,
      inFlight: IN_FLIGHT,
      blocks,
      usPerOperation: (median(bareMs) * 1000) / OPERATIONS,
      nothingAgain: compareMedians(againMs, bareMs),
      recorded: compareMedians(watchedMs, bareMs),
      rows: counts.reduce((sum, { rows }) => sum + rows, 0),
      leftOut: counts.reduce((sum, { leftOut }) => sum + leftOut, 0),
    };
  } finally {
    await telemetry.shutdown(5000);
    await store.close();
    db.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Hands rows to the store, and adds what that took to the blocks whose rows they are, the same to each. */
function createShipment(telemetry: Telemetry, flusher: SpanFlusher, blockMs: number[]) {
  let shippedRows = telemetry.spans.cursor.leaves;
  let shippedBlocks = 0;
  return {
    get waiting(): number {
      return telemetry.spans.cursor.leaves - shippedRows;
    },
    async ship(): Promise<void> {
      const startMs = performance.now();
      const stored = flusher.flush();
      const tookMs = performance.now() - startMs;
      const since = blockMs.length - shippedBlocks;
      for (let i = shippedBlocks; i < blockMs.length; i += 1) blockMs[i]! += tookMs / since;
      shippedBlocks = blockMs.length;
      shippedRows = telemetry.spans.cursor.leaves;
      await stored;
    },
  };
}

type Operations = Readonly<Record<'insert' | 'select' | 'set' | 'get', Operation>>;

function operationsOf(telemetry: Telemetry): Operations {
  const of = (name: string, mode: 'leaf' | 'sampled', every: number) => {
    const component = telemetry.component(name);
    component.configure({ mode, every, slowMs: 100 });
    return component.operation(name, { synchronous: true, facts: ['db.response.returned_rows'] });
  };
  return {
    insert: of('insert', 'leaf', 1),
    select: of('select', 'sampled', 8),
    set: of('set', 'sampled', 64),
    get: of('get', 'sampled', 1024),
  };
}

/** One in four of each kind, every INSERT a transaction of its own. */
function createLoad(db: Database.Database, operations: Operations | null): () => Promise<void> {
  const insert = db.prepare('INSERT OR REPLACE INTO words VALUES (?, ?, ?)');
  const select = db.prepare('SELECT term, meaning FROM words WHERE id = ?');
  const fill = db.transaction(() => {
    for (let id = 0; id < KEYS; id += 1) insert.run(id, terms[id]!, 'a meaning');
  });
  fill();
  // As the answers' cache has it: a key of several parts, and a budget in bytes.
  const cache = new LRUCache<string, { meaning: string }>({
    maxSize: 8e6,
    sizeCalculation: ({ meaning }) => meaning.length * 2 + 16,
  });
  const keyOf = (i: number) => `analyse:${terms[i % KEYS]!}:v3`;
  const work: Record<keyof Operations, (i: number) => unknown> = {
    insert: (i) => insert.run(i % KEYS, terms[i % KEYS]!, 'a meaning'),
    select: (i) => select.get(i % KEYS),
    set: (i) => cache.set(keyOf(i), { meaning: terms[i % KEYS]! }),
    get: (i) => cache.get(keyOf(i)),
  };
  const kinds = ['insert', 'select', 'set', 'get'] as const;

  const one =
    operations === null
      ? (i: number) => work[kinds[i & 3]!](i)
      : (i: number) => {
          const operation = operations[kinds[i & 3]!];
          const token = operation.begin();
          work[kinds[i & 3]!](i);
          operation.end(token, 1);
        };
  let next = 0;
  async function worker(until: number): Promise<void> {
    while (next < until) {
      const i = next;
      next += 1;
      await Promise.resolve();
      one(i);
    }
  }
  return async () => {
    const until = next + OPERATIONS;
    await Promise.all(Array.from({ length: IN_FLIGHT }, () => worker(until)));
  };
}
