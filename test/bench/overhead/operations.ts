/** What recording one operation costs, by how it is recorded: the rows of the table in docs/overhead.md. */
import { MeterProvider } from '@opentelemetry/sdk-metrics';
import Database from 'better-sqlite3';
import { LRUCache } from 'lru-cache';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { initTelemetry } from '../../../electron/telemetry/index.ts';
import type { Operation, Telemetry } from '../../../electron/telemetry/index.ts';
import type { ComponentSettings } from '../../../shared/telemetrySettings.ts';
import { measureInterleaved } from '../interleaved.ts';
import type { Measured, Variant } from '../interleaved.ts';

export type Subject = {
  readonly name: string;
  /** A function that does one operation, new for each variant: none shares its inline caches with another. */
  readonly make: () => (i: number) => unknown;
  /** Around a block of operations. */
  readonly around?: (block: () => void) => void;
};
export type SubjectResult = { readonly name: string; readonly variants: readonly Measured[] };

const KEYS = 10_000;

export function measureOperations(blocks: number): SubjectResult[] {
  const folder = mkdtempSync(join(tmpdir(), 'tracedeck-overhead-'));
  const db = new Database(join(folder, 'bench.db'));
  try {
    db.pragma('journal_mode = WAL');
    db.pragma('synchronous = NORMAL');
    db.exec(`CREATE TABLE words (
      id INTEGER PRIMARY KEY, term TEXT NOT NULL UNIQUE, meaning TEXT NOT NULL, tags TEXT NOT NULL) STRICT`);
    const put = db.prepare('INSERT INTO words VALUES (?, ?, ?, ?)');
    db.transaction(() => {
      for (let id = 0; id < KEYS; id += 1) put.run(id, `term ${id}`, `meaning of the term ${id}`, 'noun');
    })();
    return subjects(db).map((subject) => measureSubject(subject, blocks));
  } finally {
    db.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

function subjects(db: Database.Database): Subject[] {
  const terms = Array.from({ length: KEYS }, (_, id) => `term ${id}`);
  const upsert = 'INSERT OR REPLACE INTO words VALUES (?, ?, ?, ?)';
  const meaning = 'what a term means, at some length, with a second meaning and an example sentence';
  const inTransaction = (block: () => void) => {
    db.exec('BEGIN');
    block();
    db.exec('COMMIT');
  };
  // As the answers' cache has it: a key of several parts, and a budget in bytes.
  const keyOf = (i: number) => `analyse:${terms[i % KEYS]!}:v3`;
  const newCache = () => new LRUCache<string, Answer>({ maxSize: 8e6, sizeCalculation: sizeOf });
  const answerOf = (i: number): Answer => ({ text: meaning, tokens: i });
  return [
    {
      name: 'SELECT by key',
      make: () => {
        const statement = db.prepare('SELECT term, meaning, tags FROM words WHERE id = ?');
        return (i) => statement.get(i % KEYS);
      },
    },
    {
      name: 'INSERT',
      make: () => {
        const statement = db.prepare(upsert);
        return (i) => statement.run(i % KEYS, terms[i % KEYS]!, meaning, 'noun a1');
      },
    },
    {
      name: 'INSERT in a transaction',
      around: inTransaction,
      make: () => {
        const statement = db.prepare(upsert);
        return (i) => statement.run(i % KEYS, terms[i % KEYS]!, meaning, 'noun a1');
      },
    },
    {
      name: 'cache SET, memory',
      make: () => {
        const cache = newCache();
        return (i) => cache.set(keyOf(i), answerOf(i));
      },
    },
    {
      name: 'cache SET, written through',
      around: inTransaction,
      make: () => {
        const cache = newCache();
        const statement = db.prepare(upsert);
        return (i) => {
          const answer = answerOf(i);
          cache.set(keyOf(i), answer);
          statement.run(
            i % KEYS,
            keyOf(i),
            JSON.stringify({ ...answer, examples: [meaning, meaning] }),
            'noun',
          );
        };
      },
    },
    {
      name: 'cache GET hit',
      make: () => {
        const cache = newCache();
        for (let i = 0; i < KEYS; i += 1) cache.set(keyOf(i), answerOf(i));
        return (i) => cache.get(keyOf(i));
      },
    },
    {
      // What is left when the operation does nothing: the cost itself, in nanoseconds.
      name: 'nothing at all',
      make: () => {
        const box = { sum: 0 };
        return (i) => (box.sum += i);
      },
    },
  ];
}

type Answer = { readonly text: string; readonly tokens: number };
const sizeOf = ({ text }: Answer) => text.length * 2 + 16;

/** Source text, so that every variant is compiled for itself. */
const BARE = 'for (let i = 0; i < count; i += 1) work(i);';
const OPERATION =
  'for (let i = 0; i < count; i += 1) { const token = how.begin(); work(i); how.end(token, i); }';
const SPAN = `for (let i = 0; i < count; i += 1) how.withSpan('operation', (span) => {
  span.set('db.system.name', 'sqlite'); span.set('db.namespace', 'bench'); span.set('db.operation.name', 'SELECT');
  span.set('db.collection.name', 'words'); span.set('db.response.returned_rows', 1); work(i); });`;
const METRICS = `for (let i = 0; i < count; i += 1) { const startMs = performance.now(); work(i);
  how.counter.add(1, { a: 'x', b: 'y', c: 'z' });
  how.histogram.record((performance.now() - startMs) / 1000, { a: 'x', b: 'y', c: 'z' }); }`;

function measureSubject({ name, make, around = (block) => block() }: Subject, blocks: number): SubjectResult {
  const telemetry = initTelemetry({ version: 'bench' });
  const meters = new MeterProvider();
  const meter = meters.getMeter('bench');
  const sdkMetrics = {
    counter: meter.createCounter('operations'),
    histogram: meter.createHistogram('durations'),
  };

  const variant = (label: string, source: string, how: unknown): Variant => {
    const work = make();
    const loop = new Function('work', 'how', 'count', source) as (
      work: (i: number) => unknown,
      how: unknown,
      count: number,
    ) => void;
    return {
      name: label,
      block: (count) => around(() => loop(work, how, count)),
    };
  };
  const operation = (label: string, settings: Omit<ComponentSettings, 'slowMs'>) =>
    variant(label, OPERATION, operationOf(telemetry, label, settings));

  const variants = [
    variant('bare', BARE, null),
    variant('bare again (A/A)', BARE, null),
    variant('full span, 5 attributes', SPAN, telemetry),
    variant('SDK metrics only', METRICS, sdkMetrics),
    operation('leaf row', { mode: 'leaf', every: 1 }),
    operation('row 1 in 8', { mode: 'sampled', every: 8 }),
    operation('row 1 in 64', { mode: 'sampled', every: 64 }),
    operation('counted', { mode: 'counted', every: 1 }),
    operation('off', { mode: 'off', every: 1 }),
  ];
  const measured = telemetry.withSpan('operations', () =>
    measureInterleaved(variants, { blocks, blockMs: 1 }),
  );
  void meters.shutdown();
  void telemetry.shutdown(1000);
  return { name, variants: measured };
}

function operationOf(
  telemetry: Telemetry,
  label: string,
  settings: Omit<ComponentSettings, 'slowMs'>,
): Operation {
  const component = telemetry.component(label);
  component.configure({ slowMs: 100, ...settings });
  return component.operation('operation', { facts: ['db.response.returned_rows'], synchronous: true });
}
