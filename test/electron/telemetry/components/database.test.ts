import { mkdtempSync, rmSync } from 'node:fs';
import { setImmediate } from 'node:timers/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Telemetry } from '../../../../electron/telemetry/api.ts';
import { instrumentDatabase } from '../../../../electron/telemetry/components/database.ts';
import type { SlowQuery } from '../../../../electron/telemetry/components/slowQueries.ts';
import { recordedSpans } from '../../../../electron/telemetry/console/printTraces.ts';
import { initTelemetry } from '../../../../electron/telemetry/telemetry.ts';
import type { HistogramValue } from '../../../../shared/metric.ts';
import { METRIC } from '../../../../shared/span.ts';
import type { ComponentMode } from '../../../../shared/telemetrySettings.ts';

let telemetry: Telemetry;
let db: Database.Database;
const settings = (mode: ComponentMode, every = 8) => ({ mode, every, slowMs: 100 });
const telemetryIn = (mode: ComponentMode, every?: number) =>
  initTelemetry({ version: '1', components: { database: settings(mode, every) } });

beforeEach(() => {
  telemetry = telemetryIn('leaf');
  db = new Database(':memory:');
  db.exec('CREATE TABLE t (a INTEGER PRIMARY KEY, b TEXT)');
});
afterEach(() => {
  db.close();
});
const insert = (rows: number) => {
  for (let a = 1; a <= rows; a += 1) db.prepare('INSERT INTO t (a, b) VALUES (?, ?)').run(a, `word ${a}`);
};
const spans = () => recordedSpans(telemetry).filter(({ name }) => name !== 'around');
const around = <T>(work: () => T): T => telemetry.withSpan('around', work);
async function points(name: string) {
  return (await telemetry.metrics.collect()).find((metric) => metric.name === name)?.points ?? [];
}
async function valueOf(name: string, key: string, value: string): Promise<unknown> {
  return (await points(name)).find(({ attributes }) => attributes[key] === value)?.value;
}

describe('watched statements', () => {
  it('are no traces of their own outside any span, unless that is wanted', () => {
    telemetry = telemetryIn('full');
    for (const [orphans, names] of [
      [undefined, []],
      ['keep', ['SELECT']],
    ] as const) {
      const other = new Database(':memory:');
      instrumentDatabase(telemetry, other, {
        namespace: 'deck',
        ...(orphans === undefined ? {} : { orphans }),
      });
      other.prepare('SELECT 1').get();
      expect(spans().map(({ name }) => name)).toStrictEqual(names);
      other.close();
    }
    expect(telemetry.component('database').counts()).toMatchObject({ operations: 2, spans: 1, leftOut: 1 });
  });

  it('have a histogram that counts all of them where one in so many is timed', async () => {
    telemetry = telemetryIn('sampled', 64);
    instrumentDatabase(telemetry, db, { namespace: 'deck' });
    around(() => {
      insert(300);
      expect(() => insert(1)).toThrow(/UNIQUE/);
    });
    const [inserts, failed] = await points(METRIC.dbDuration);
    expect((inserts!.value as HistogramValue).count).toBe(300);
    expect((failed!.value as HistogramValue).count).toBe(1);
    around(() => db.prepare('SELECT b FROM t').all());
    const counted = (await points(METRIC.dbDuration)).map(({ value }) => (value as HistogramValue).count);
    expect(counted.reduce((sum, count) => sum + count, 0)).toBe(
      telemetry.component('database').counts().operations,
    );
  });

  it('have the error in their histogram where they failed, whether they were timed or not', async () => {
    for (const mode of ['leaf', 'full', 'sampled', 'counted'] as const) {
      telemetry = telemetryIn(mode, 1000);
      const other = new Database(':memory:');
      instrumentDatabase(telemetry, other, { namespace: 'deck' });
      other.exec('CREATE TABLE t (a INTEGER PRIMARY KEY)');
      around(() => {
        for (let i = 0; i < 5; i += 1) other.prepare('INSERT OR FAIL INTO t VALUES (?)').run(i);
        for (let i = 0; i < 3; i += 1)
          expect(() => other.prepare('INSERT OR FAIL INTO t VALUES (?)').run(i)).toThrow(/UNIQUE/);
      });
      const inserts = (await points(METRIC.dbDuration)).filter(
        ({ attributes }) => attributes['db.operation.name'] === 'INSERT',
      );
      const type = 'SQLITE_CONSTRAINT_PRIMARYKEY';
      expect(
        inserts.map(({ attributes, value }) => [
          attributes['error.type'],
          attributes['db.response.status_code'],
          (value as HistogramValue).count,
        ]),
      ).toStrictEqual(
        mode === 'counted'
          ? []
          : [
              [undefined, undefined, 5],
              [type, type, 3],
            ],
      );
      other.close();
    }
  });

  it('become rows by the conventions, with what they gave back or changed', () => {
    instrumentDatabase(telemetry, db, { namespace: 'deck' });
    around(() => {
      insert(3);
      db.prepare('SELECT b FROM t WHERE a = ?').get(2);
      db.prepare('SELECT b FROM t WHERE a = ?').get(99);
      db.prepare('SELECT b FROM t').all();
      db.prepare('UPDATE t SET b = NULL').run();
      for (const _row of db.prepare('SELECT a FROM t ORDER BY a').iterate()) void _row;
      db.exec("DELETE FROM t WHERE b = 'secret word'");
      db.pragma('user_version = 7');
    });
    expect(
      spans().map(({ name, attributes }) => [name, attributes['db.response.returned_rows'] ?? null]),
    ).toStrictEqual([
      ['INSERT t', null],
      ['INSERT t', null],
      ['INSERT t', null],
      ['SELECT t', 1],
      ['SELECT t', 0],
      ['SELECT t', 3],
      ['UPDATE t', null],
      ['SELECT t', 3],
      ['DELETE t', null],
      ['PRAGMA user_version', null],
    ]);
    const [first] = spans();
    expect(first).toMatchObject({
      kind: 'client',
      attributes: {
        'db.system.name': 'sqlite',
        'db.namespace': 'deck',
        'db.operation.name': 'INSERT',
        'db.collection.name': 't',
        'db.query.summary': 'INSERT t',
        'db.query.text': 'INSERT INTO t (a, b) VALUES (?, ?)',
        'tracedeck.db.changes': 1,
      },
    });
    expect(spans().find(({ name }) => name === 'UPDATE t')!.attributes['tracedeck.db.changes']).toBe(3);
    expect(JSON.stringify(spans())).not.toMatch(/secret word|word 1/);
    expect(db.pragma('user_version', { simple: true })).toBe(7);
  });

  it('state what SQLite said, or what the driver threw, and pass it on', () => {
    instrumentDatabase(telemetry, db, { namespace: 'deck' });
    around(() => {
      insert(1);
      expect(() => insert(1)).toThrow(/UNIQUE/);
      expect(() => db.prepare('SELECT ? FROM t').get()).toThrow(RangeError);
      expect(() => db.exec('DELETE FROM nowhere')).toThrow(/no such table/);
      expect(() => [...db.prepare("SELECT json('x') FROM t").iterate()]).toThrow(/JSON/);
    });
    const failed = spans().filter(({ status }) => status === 'error');
    // What a stream gave before it failed.
    expect(failed[3]!.attributes['db.response.returned_rows']).toBe(0);
    expect(
      failed.map(({ attributes }) => [attributes['error.type'], attributes['db.response.status_code']]),
    ).toStrictEqual([
      ['SQLITE_CONSTRAINT_PRIMARYKEY', 'SQLITE_CONSTRAINT_PRIMARYKEY'],
      ['RangeError', undefined],
      ['SQLITE_ERROR', 'SQLITE_ERROR'],
      ['SQLITE_ERROR', 'SQLITE_ERROR'],
    ]);
    expect(telemetry.component('database').counts().errors).toBe(4);
    around(() => {
      expect(() => db.prepare('SELECT ? FROM t').all()).toThrow(RangeError);
      expect(() => db.prepare('SELECT ? FROM t').iterate()).toThrow(RangeError);
    });
    expect(telemetry.component('database').counts().errors).toBe(6);
  });

  it('count exactly in every mode, and record what the mode says', () => {
    for (const [mode, rows, recorded] of [
      ['full', 0, 16],
      ['leaf', 16, 0],
      ['sampled', 2, 0],
      ['counted', 0, 0],
      ['off', 0, 0],
    ] as const) {
      telemetry = telemetryIn(mode);
      db = new Database(':memory:');
      instrumentDatabase(telemetry, db, { namespace: 'deck' });
      const statement = db.prepare('SELECT 1');
      around(() => {
        for (let i = 0; i < 16; i += 1) statement.get();
      });
      const counts = telemetry.component('database').counts();
      expect([mode, counts.operations, counts.rows, counts.spans]).toStrictEqual([
        mode,
        mode === 'off' ? 0 : 16,
        rows,
        recorded,
      ]);
    }
  });

  it('stay what they were: instances of the driver, with its properties and its ways', () => {
    const { constructor } = db.prepare('SELECT 1');
    instrumentDatabase(telemetry, db, { namespace: 'deck' });
    insert(2);
    const statement = db.prepare('SELECT a, b FROM t WHERE a = :a');
    expect(statement).toBeInstanceOf(constructor);
    expect([statement.reader, statement.readonly, statement.busy, statement.source]).toStrictEqual([
      true,
      true,
      false,
      'SELECT a, b FROM t WHERE a = :a',
    ]);
    expect(statement.database).toBe(db);
    expect(db).toBeInstanceOf(Database);
    expect(Object.keys(db)).not.toContain('prepare');
    expect(statement.columns().map(({ name }) => name)).toStrictEqual(['a', 'b']);
    expect(statement.raw().get({ a: 1 })).toStrictEqual([1, 'word 1']);
    expect(db.prepare('SELECT a FROM t').pluck().all()).toStrictEqual([1, 2]);
    expect(db.prepare('SELECT a FROM t').safeIntegers(true).get()).toStrictEqual({ a: 1n });
    expect(db.prepare('SELECT a FROM t WHERE a = ?').bind(2).get()).toStrictEqual({ a: 2 });
    expect(db.prepare('SELECT t.a FROM t').expand().get()).toStrictEqual({ t: { a: 1 } });
    db.defaultSafeIntegers(true);
    expect(db.prepare('SELECT a FROM t WHERE a = 1').get()).toStrictEqual({ a: 1n });
    expect(() => db.transaction(7 as never)).toThrow(TypeError);
  });

  it('get the values that they are given, however many these are', () => {
    instrumentDatabase(telemetry, db, { namespace: 'deck' });
    for (let values = 0; values <= 7; values += 1) {
      const given = Array.from({ length: values }, (_, i) => `value ${i}`);
      const places = given.map(() => '?').join(', ');
      const select = db.prepare(`SELECT json_array(${places}) AS given`);
      const row = { given: JSON.stringify(given) };
      expect([select.get(...given), select.all(...given)]).toStrictEqual([row, [row]]);
      const write = db.prepare(`INSERT OR REPLACE INTO t VALUES (1, json_array(${places}))`);
      expect(write.run(...given).changes).toBe(1);
      expect(db.prepare('SELECT b AS given FROM t').get()).toStrictEqual(row);
      for (const wrong of [given.slice(1), [...given, 'one more']]) {
        if (wrong.length === values) continue;
        expect(() => select.get(...wrong)).toThrow(RangeError);
        expect(() => write.run(...wrong)).toThrow(RangeError);
      }
    }
  });

  it('are watched, unwatched and watched again at run time', () => {
    const watch = instrumentDatabase(telemetry, db, { namespace: 'deck' });
    expect(watch.database).toBe(db);
    const operations = () => telemetry.component('database').counts().operations;
    const statement = db.prepare('SELECT 1 AS x');
    const transaction = db.transaction(() => statement.get());
    statement.get();
    expect(operations()).toBe(1);
    watch.disable();
    watch.disable();
    expect([watch.isEnabled, Object.hasOwn(db, 'prepare')]).toStrictEqual([false, false]);
    expect(statement.get()).toStrictEqual({ x: 1 });
    expect([...statement.iterate()]).toStrictEqual([{ x: 1 }]);
    expect(statement.all()).toStrictEqual([{ x: 1 }]);
    expect(transaction()).toStrictEqual({ x: 1 });
    db.prepare('DELETE FROM t').run();
    expect(operations()).toBe(1);
    watch.enable();
    watch.enable();
    statement.get();
    around(() => transaction());
    // Two statements more, and the transaction around the second.
    expect(operations()).toBe(4);
    expect(spans().map(({ name }) => name)).toContain('transaction deck');
  });

  it('go on unwatched where telemetry is off, and on a closed connection', () => {
    const off = initTelemetry({ version: '1', enabled: false });
    const watch = instrumentDatabase(off, db, { namespace: 'deck' });
    expect(watch.isEnabled).toBe(false);
    expect(db.prepare('SELECT 1 AS x').get()).toStrictEqual({ x: 1 });
    const other = new Database(':memory:');
    const second = instrumentDatabase(telemetry, other, { namespace: 'other' });
    other.close();
    second.enable();
    expect([second.isEnabled, other.open]).toStrictEqual([false, false]);
  });

  it('have their durations in buckets from a microsecond on, by summary', async () => {
    instrumentDatabase(telemetry, db, { namespace: 'deck' });
    around(() => {
      insert(2);
      db.prepare('SELECT 1').get();
    });
    const all = await points(METRIC.dbDuration);
    expect(
      all.map(({ attributes, value }) => [
        attributes['db.query.summary'],
        (value as { count: number }).count,
      ]),
    ).toStrictEqual([
      ['INSERT t', 2],
      ['SELECT', 1],
    ]);
    expect((all[0]!.value as HistogramValue).boundaries[0]).toBe(1e-6);
    expect(all[0]!.attributes).not.toHaveProperty('db.query.text');
  });
});

describe('the statement cache', () => {
  it('prepares a text once, for many who use it in different ways', async () => {
    const watch = instrumentDatabase(telemetry, db, { namespace: 'deck' });
    insert(3);
    const sql = 'SELECT a FROM t ORDER BY a';
    const plain = db.prepare(sql);
    const plucked = db.prepare(sql).pluck();
    const again = db.prepare(sql);
    expect(plain).not.toBe(again);
    expect(plucked.all()).toStrictEqual([1, 2, 3]);
    expect(plain.all()).toStrictEqual([{ a: 1 }, { a: 2 }, { a: 3 }]);
    expect(again.get()).toStrictEqual({ a: 1 });
    expect(watch.statements()).toStrictEqual({ held: 2, hits: 4, misses: 2, evicted: 0, executed: 6 });
    expect(await valueOf(METRIC.dbStatementCache, 'tracedeck.cache.outcome', 'hit')).toBe(4);
  });

  it('never shares a statement that somebody iterates', () => {
    instrumentDatabase(telemetry, db, { namespace: 'deck' });
    insert(3);
    const sql = 'SELECT a FROM t ORDER BY a';
    const first = db.prepare(sql);
    const other = db.prepare(sql);
    const seen: unknown[] = [];
    for (const row of first.iterate()) {
      seen.push(row, other.get(), db.prepare(sql).all().length);
      expect([first.busy, other.busy]).toStrictEqual([true, false]);
      if (seen.length > 3) break;
    }
    expect(seen).toStrictEqual([{ a: 1 }, { a: 1 }, 3, { a: 2 }, { a: 1 }, 3]);
    expect([first.busy, [...first.iterate()].length]).toStrictEqual([false, 3]);
    const iterated = around(() => [...db.prepare('SELECT a FROM t WHERE a > ?').iterate(1)]);
    expect(iterated).toHaveLength(2);
  });

  it('gives up the one that was asked for longest ago, and holds none where it may not', () => {
    const watch = instrumentDatabase(telemetry, db, { namespace: 'deck', statementCacheSize: 2 });
    for (const sql of ['SELECT 1', 'SELECT 2', 'SELECT 1', 'SELECT 3', 'SELECT 2']) db.prepare(sql).get();
    expect(watch.statements()).toMatchObject({ held: 2, hits: 1, misses: 4, evicted: 2 });
    const none = new Database(':memory:');
    const bare = instrumentDatabase(telemetry, none, { namespace: 'none', statementCacheSize: 0 });
    for (let i = 0; i < 3; i += 1) expect([...none.prepare('SELECT 1 AS x').iterate()]).toHaveLength(1);
    expect(bare.statements()).toMatchObject({ held: 0, hits: 0, misses: 3 });
    none.close();
  });
});

describe('transactions', () => {
  const transactionSpans = () => spans().filter(({ name }) => /^(transaction|savepoint)/.test(name));

  it('are spans around their statements that say how they ended', async () => {
    instrumentDatabase(telemetry, db, { namespace: 'deck' });
    const add = db.transaction((count: number) => {
      insert(count);
      return count;
    });
    around(() => {
      expect(add.immediate(3)).toBe(3);
      expect(() => add(1)).toThrow(/UNIQUE/);
    });
    const [good, bad] = transactionSpans();
    expect(good).toMatchObject({
      name: 'transaction deck',
      kind: 'client',
      status: 'unset',
      attributes: {
        'db.query.summary': 'BEGIN',
        'db.namespace': 'deck',
        'tracedeck.db.transaction.outcome': 'commit',
        'tracedeck.db.statements': 3,
      },
    });
    expect(bad).toMatchObject({
      status: 'error',
      attributes: { 'tracedeck.db.transaction.outcome': 'rollback', 'tracedeck.db.statements': 1 },
    });
    const inside = spans().filter(({ parentSpanId }) => parentSpanId === good!.spanId);
    expect(inside.map(({ name }) => name)).toStrictEqual(['INSERT t', 'INSERT t', 'INSERT t']);
    expect(Object.keys(Object.getOwnPropertyDescriptors(add))).toEqual(
      expect.arrayContaining(['default', 'deferred', 'immediate', 'exclusive', 'database']),
    );
    expect((add as unknown as { database: unknown }).database).toBe(db);
    const count = async (name: string) => ((await points(name))[0]!.value as { count: number }).count;
    expect([await count(METRIC.dbWaitTime), await count(METRIC.dbUseTime)]).toStrictEqual([2, 2]);
  });

  it('outside any span are no trace of their own', async () => {
    instrumentDatabase(telemetry, db, { namespace: 'deck' });
    db.transaction(() => insert(1))();
    db.exec('BEGIN');
    db.exec('COMMIT');
    expect(recordedSpans(telemetry)).toStrictEqual([]);
    expect((await points(METRIC.dbUseTime))[0]!.value).toMatchObject({ count: 2 });
  });

  it('that fail count as errors like any other operation, in every mode', () => {
    for (const mode of ['full', 'counted'] as const) {
      const other = initTelemetry({
        version: '1',
        components: { database: { mode, every: 1, slowMs: 100 } },
      });
      const { database } = instrumentDatabase(other, new Database(':memory:'), { namespace: 'other' });
      const fails = database.transaction(() => {
        throw new Error('rolled back');
      });
      const isCancelled = database.transaction(() => {
        throw new DOMException('enough', 'AbortError');
      });
      other.withSpan('around', () => {
        expect(fails).toThrow('rolled back');
        expect(isCancelled).toThrow('enough');
      });
      expect(other.component('database').counts()).toMatchObject({ operations: 2, errors: 1 });
    }
  });

  it('inside others are savepoints', () => {
    instrumentDatabase(telemetry, db, { namespace: 'deck' });
    const inner = db.transaction((a: number) => db.prepare('INSERT INTO t (a) VALUES (?)').run(a));
    const outer = db.transaction(() => {
      inner(1);
      expect(() => inner(1)).toThrow(/UNIQUE/);
    });
    around(() => outer());
    const [whole, first, second] = transactionSpans();
    expect([whole!.name, first!.name, second!.name]).toStrictEqual([
      'transaction deck',
      'savepoint deck',
      'savepoint deck',
    ]);
    expect([first!.parentSpanId, second!.parentSpanId]).toStrictEqual([whole!.spanId, whole!.spanId]);
    expect(whole!.attributes['tracedeck.db.transaction.outcome']).toBe('commit');
    expect(second!.attributes['tracedeck.db.transaction.outcome']).toBe('rollback');
    expect(db.prepare('SELECT count(*) AS n FROM t').get()).toStrictEqual({ n: 1 });
  });

  it('of BEGIN and COMMIT are spans as well, savepoints and all', () => {
    instrumentDatabase(telemetry, db, { namespace: 'deck' });
    around(() => {
      db.exec('BEGIN');
      insert(1);
      db.exec('SAVEPOINT one');
      db.exec('SAVEPOINT two');
      db.exec('ROLLBACK TO one');
      db.exec('RELEASE one');
      db.prepare('COMMIT').run();
      db.exec('BEGIN IMMEDIATE; ROLLBACK');
      db.prepare('BEGIN').run();
      db.exec('ROLLBACK');
      expect(() => db.exec('ROLLBACK')).toThrow(/no transaction/);
      db.exec('BEGIN');
      expect(() => db.exec('BEGIN')).toThrow(/within a transaction/);
      expect(() => db.prepare('INSERT OR ROLLBACK INTO t (a) VALUES (1)').run()).toThrow(/UNIQUE/);
    });
    const told = transactionSpans().map(({ name, status, attributes, endMs }) => [
      name,
      status,
      attributes['tracedeck.db.transaction.outcome'],
      endMs !== null,
    ]);
    expect(told).toStrictEqual([
      ['transaction deck', 'unset', 'commit', true],
      ['savepoint deck', 'unset', 'commit', true],
      ['savepoint deck', 'unset', 'rollback', true],
      ['transaction deck', 'unset', 'rollback', true],
      ['transaction deck', 'unset', 'rollback', true],
      ['transaction deck', 'error', undefined, true],
    ]);
    expect(transactionSpans()[1]!.events.map(({ name }) => name)).toStrictEqual(['rollback to']);
  });

  it('count their connection as used, and a closed one no more', async () => {
    const watch = instrumentDatabase(telemetry, db, { namespace: 'deck' });
    const connections = async () => [
      await valueOf(METRIC.dbConnections, 'db.client.connection.state', 'used'),
      await valueOf(METRIC.dbConnections, 'db.client.connection.state', 'idle'),
    ];
    expect(await connections()).toStrictEqual([0, 1]);
    db.exec('BEGIN');
    expect(await connections()).toStrictEqual([1, 0]);
    db.exec('COMMIT');
    expect(await connections()).toStrictEqual([0, 1]);
    db.exec('BEGIN');
    watch.disable();
    expect(await connections()).toStrictEqual([0, 0]);
    db.exec('COMMIT');
    watch.enable();
    db.close();
    expect(await connections()).toStrictEqual([0, 0]);
    expect((await points(METRIC.dbPending))[0]!.value).toBe(0);
  });

  it('use their connection once, whatever savepoints they have', async () => {
    instrumentDatabase(telemetry, db, { namespace: 'deck' });
    const uses = async () =>
      ((await points(METRIC.dbUseTime))[0]?.value as HistogramValue | undefined)?.count;
    db.transaction(() => {
      for (const sql of ['SAVEPOINT one', 'SAVEPOINT two', 'RELEASE two', 'RELEASE one']) db.exec(sql);
      expect(db.inTransaction).toBe(true);
    })();
    expect(await uses()).toBe(1);
    // Without a transaction around it a savepoint is one.
    for (const sql of ['SAVEPOINT one', 'SAVEPOINT two', 'ROLLBACK TO one', 'RELEASE one']) db.exec(sql);
    expect(await uses()).toBe(2);
    expect(await valueOf(METRIC.dbConnections, 'db.client.connection.state', 'used')).toBe(0);
  });

  it('are no spans where the component is counted or off', () => {
    for (const mode of ['counted', 'off'] as const) {
      telemetry = telemetryIn(mode);
      db = new Database(':memory:');
      instrumentDatabase(telemetry, db, { namespace: 'deck' });
      around(() => {
        expect(db.transaction(() => 3)()).toBe(3);
        db.exec('BEGIN');
        db.exec('COMMIT');
      });
      expect(spans()).toStrictEqual([]);
    }
  });

  it('tell how long they waited for a lock that another connection holds', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'tracedeck-lock-'));
    try {
      const path = join(folder, 'file.db');
      const holder = new Database(path);
      holder.exec('CREATE TABLE t (a)');
      const waiting = new Database(path, { timeout: 30 });
      instrumentDatabase(telemetry, waiting, { namespace: 'file' });
      holder.exec('BEGIN IMMEDIATE');
      around(() => {
        expect(() => waiting.transaction(() => undefined).immediate()).toThrow(/locked/);
        expect(() => waiting.prepare('INSERT INTO t VALUES (1)').run()).toThrow(/locked/);
        expect(() => waiting.exec('BEGIN IMMEDIATE')).toThrow(/locked/);
      });
      holder.exec('COMMIT');
      const wait = (await points(METRIC.dbWaitTime))[0]!.value as { count: number; min: number };
      expect(wait.count).toBe(3);
      expect(wait.min).toBeGreaterThan(0.02);
      expect(await points(METRIC.dbUseTime)).toStrictEqual([]);
      const [failed] = transactionSpans();
      expect(failed).toMatchObject({ status: 'error', attributes: { 'error.type': 'SQLITE_BUSY' } });
      expect(failed!.attributes).not.toHaveProperty('tracedeck.db.transaction.outcome');
      holder.close();
      waiting.close();
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});

describe('what a database is asked for', () => {
  it('is counted with its transactions in every mode but off', () => {
    for (const mode of ['full', 'leaf', 'sampled', 'counted', 'off'] as const) {
      telemetry = telemetryIn(mode, 2);
      const own = new Database(':memory:');
      instrumentDatabase(telemetry, own, { namespace: 'deck' });
      const twice = own.transaction(() => own.pragma('user_version'));
      around(() => {
        twice();
        own.exec('BEGIN');
        own.exec('COMMIT');
      });
      twice();
      const counts = telemetry.component('database').counts();
      // Two pragmas, three transactions, BEGIN and COMMIT.
      expect([mode, counts.operations]).toStrictEqual([mode, mode === 'off' ? 0 : 7]);
      expect(counts.spans + counts.rows).toBe(spans().length);
      own.close();
    }
  });

  it('may be any text of any length, and what is none is the driver’s to refuse', () => {
    instrumentDatabase(telemetry, db, { namespace: 'deck' });
    around(() => {
      db.exec(`INSERT INTO t (b) VALUES ('${'long '.repeat(5_000_000)}')`);
      expect(() => db.exec(undefined as never)).toThrow('Expected first argument to be a string');
      expect(() => db.prepare(5 as never)).toThrow('Expected first argument to be a string');
    });
    expect(spans()[0]).toMatchObject({ name: 'INSERT t', attributes: { 'db.operation.name': 'INSERT' } });
    expect(spans()[0]!.attributes).not.toHaveProperty('db.query.text');
    expect(db.prepare('SELECT length(b) FROM t').pluck().get()).toBe(25_000_000);
  });
});

describe('slow statements', () => {
  const SLOW = `WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 40000)
    SELECT count(*) FROM n JOIN t ON t.a = n.i WHERE t.b <> ? AND t.a > :least`;

  it('are told with their plan, once a minute, outside of the operation', async () => {
    const told: unknown[] = [];
    insert(50);
    const watch = instrumentDatabase(telemetry, db, {
      namespace: 'deck',
      slowQueryMs: 1,
      onSlowQuery: (slow) => told.push(slow),
    });
    around(() => {
      for (let i = 0; i < 3; i += 1) db.prepare(SLOW).get('secret word', { least: 0 });
    });
    expect(told).toStrictEqual([]);
    const before = telemetry.component('database').counts().operations;
    await setImmediate();
    await setImmediate();
    expect(told).toHaveLength(1);
    expect(telemetry.component('database').counts().operations).toBe(before);
    const record = telemetry.logger
      .recent(null, 10)
      .find(({ message }) => message.includes('database statement'))!;
    expect(record).toMatchObject({
      level: 'warn',
      traceId: recordedSpans(telemetry)[0]!.traceId,
      attributes: { 'db.query.summary': 'SELECT SELECT SELECT t', 'db.query.text': SLOW },
    });
    expect(record.attributes['tracedeck.db.plan']).toMatch(/SEARCH t USING INTEGER PRIMARY KEY/);
    expect(JSON.stringify(record)).not.toContain('secret word');
    watch.setSlowQueryMs(60_000);
  });

  it('are told of with their plan when it was not their turn to be timed, as an upper bound', async () => {
    const told: SlowQuery[] = [];
    telemetry.component('database').configure({ mode: 'sampled', every: 1000, slowMs: 50 });
    instrumentDatabase(telemetry, db, {
      namespace: 'deck',
      slowQueryMs: 50,
      onSlowQuery: (slow) => told.push(slow),
    });
    const count = db.prepare(
      `WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?) SELECT count(*) FROM n`,
    );
    // The first two are timed: what is rare is seen soon. (A pause of the machine here, as long as what counts as slow,
    // would have the next one timed as well.)
    around(() => [count.get(1), count.get(1)]);
    await setImmediate();
    around(() => count.get(4_000_000));
    await setImmediate();
    await setImmediate();
    expect(told).toMatchObject([
      { isAtMost: true, plan: expect.arrayContaining([expect.stringMatching(/SCAN/)]) },
    ]);
    expect(told[0]!.ms).toBeGreaterThanOrEqual(50);
    const messages = telemetry.logger.recent(null, 10).map(({ message }) => message);
    expect(messages).toContainEqual(expect.stringMatching(/^A database statement took up to [\d.]+ ms\.$/));
  });

  it('are told without a plan where there is none, and a listener may throw', async () => {
    instrumentDatabase(telemetry, db, {
      namespace: 'deck',
      slowQueryMs: 0.000_001,
      onSlowQuery: () => {
        throw new Error('listener');
      },
    });
    db.pragma('user_version');
    const closing = db.prepare('SELECT 1');
    closing.get();
    db.close();
    await setImmediate();
    const records = telemetry.logger
      .recent(null, 10)
      .filter(({ message }) => message.includes('database statement'));
    expect(
      records.map(({ attributes }) => [attributes['db.query.summary'], attributes['tracedeck.db.plan']]),
    ).toStrictEqual([
      ['PRAGMA user_version', undefined],
      ['SELECT', undefined],
    ]);
  });
});

describe('many texts', () => {
  it('of which no two are alike take no more memory in the end', () => {
    telemetry = telemetryIn('counted');
    instrumentDatabase(telemetry, db, { namespace: 'deck' });
    const { component } = telemetry;
    const made = vi.spyOn(component('database'), 'operation');
    const many = (from: number, to: number) => {
      for (let i = from; i < to; i += 1) {
        db.exec(`CREATE TEMP TABLE t${i} (a)`);
        db.exec(`SAVEPOINT s${i}`);
        db.exec(`DROP TABLE t${i}`);
        db.exec(`RELEASE s${i}`);
      }
    };
    around(() => many(0, 1000));
    made.mockClear();
    around(() => many(1000, 1500));
    expect(made).not.toHaveBeenCalled();
    // Four statements a round, and its savepoint.
    expect(telemetry.component('database').counts().operations).toBe(5 * 1500);
    const outcomes = spans().map(({ attributes }) => attributes['tracedeck.db.transaction.outcome']);
    expect(new Set(outcomes).size).toBeLessThanOrEqual(1);
  });

  it('share their operations by summary in the end, and none of their values is kept', () => {
    instrumentDatabase(telemetry, db, { namespace: 'deck' });
    around(() => {
      for (let i = 0; i < 1010; i += 1)
        db.exec(`DELETE FROM t WHERE a = ${i} AND ${'a '.repeat(0)}b <> 'x${i}'`);
      for (let i = 0; i < 1010; i += 1) db.prepare(`SELECT ? AS column_${i}`).get(1);
    });
    const texts = new Set(spans().map(({ attributes }) => attributes['db.query.text']));
    expect(texts.size).toBeLessThanOrEqual(1002);
    expect(telemetry.component('database').counts().operations).toBe(2020);
    expect(JSON.stringify(spans())).not.toContain("'x7'");
  });
});
