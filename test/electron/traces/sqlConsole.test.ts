import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { openSpanStore } from '../../../electron/traces/spanStore.ts';
import { openRecords } from '../../../electron/traces/records.ts';
import { openSqlConsole } from '../../../electron/traces/sqlConsole.ts';
import type { SqlConsoleOptions } from '../../../electron/traces/sqlConsole.ts';
import { encodeSpans } from '../../../shared/spanCodec.ts';
import { point } from '../../fixtures/recordsDb.ts';
import { spanTree } from '../../fixtures/spanTree.ts';

const folder = mkdtempSync(join(tmpdir(), 'tracedeck-sql-'));
const path = join(folder, 'traces.db');
const store = openSpanStore(path, { limits: { maxBytes: 1e9, maxDays: 30 } as never });
store.writeSpans(encodeSpans(spanTree('run 0-100\n  item 0-40\n    cache 3-4\n  item 10-?')));
openRecords(store.db).writeLogs([
  { timeMs: 5, level: 'info', message: 'hello', attributes: {}, traceId: null, spanId: null },
]);

const workerFile = new URL('../../../electron/traces/sqlWorker.ts', import.meta.url);
const consoles: ReturnType<typeof openSqlConsole>[] = [];
function open(options: Partial<SqlConsoleOptions> = {}) {
  const opened = openSqlConsole({ path, workerFile, ...options });
  consoles.push(opened);
  return opened;
}
afterAll(async () => {
  await Promise.all(consoles.map((one) => one.close()));
  store.close();
  rmSync(folder, { recursive: true });
});

const ENDLESS = 'WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n';

describe('the SQL console', () => {
  it("reads the store's file beside the one who writes it, and sees what is new", async () => {
    const sql = open();
    const count = () =>
      sql.run({ sql: 'SELECT count(*), (SELECT count(*) FROM logs) FROM spans', limit: 10 });
    expect((await count()).rows).toEqual([[4, 1]]);
    store.writeSpans(encodeSpans(spanTree('other 0-1', { traceId: '2'.repeat(32) })));
    expect((await count()).rows).toEqual([[5, 1]]);
    store.writeSpans(encodeSpans(spanTree('run 0-100\n  item 0-40\n    cache 3-4\n  item 10-90')));
    const open_ = await sql.run({ sql: 'SELECT count(*) FROM spans WHERE duration_ms IS NULL', limit: 10 });
    expect(open_.rows).toEqual([[0]]);
  });

  it('answers with the first rows of a table, and goes on with the next statement', async () => {
    const records = openRecords(store.db);
    records.writeLogs(
      [1, 2, 3].map((at) => ({
        timeMs: 1e6 + at,
        level: 'info' as const,
        message: `line ${at}`,
        attributes: {},
        traceId: null,
        spanId: null,
      })),
    );
    const exemplars = [
      { value: 7, timeMs: 15_000, traceId: '3'.repeat(32), spanId: '4'.repeat(16) },
      { value: 8, timeMs: 16_000, traceId: '3'.repeat(32), spanId: '5'.repeat(16) },
    ];
    records.writeMetrics([point(20, 5, { exemplars }), point(30, 6), point(40, 7)]);
    const sql = open();
    for (const table of ['metric_points', 'metric_exemplars', 'logs', 'spans']) {
      const first = await sql.run({ sql: `SELECT * FROM ${table} LIMIT 1`, limit: 10 });
      expect(first.rows).toHaveLength(1);
      expect(await sql.run({ sql: `SELECT * FROM ${table}`, limit: 1 })).toMatchObject({ truncated: true });
    }
    expect((await sql.run({ sql: 'SELECT EXISTS (SELECT 1 FROM logs)', limit: 1 })).rows).toEqual([[1]]);
  });

  it('answers statements that are asked at once, each with its own', async () => {
    const sql = open();
    const answers = await Promise.all([1, 2, 3].map((n) => sql.run({ sql: `SELECT ${n}`, limit: 1 })));
    expect(answers.map(({ rows }) => rows[0]![0])).toEqual([1, 2, 3]);
  });

  it('ends a statement that does not end, and goes on with the next', async () => {
    const sql = open({ timeLimitMs: 300 });
    await expect(sql.run({ sql: ENDLESS, limit: 1 })).rejects.toMatchObject({
      code: 'sql_too_slow',
      category: 'user',
    });
    expect((await sql.run({ sql: 'SELECT 7', limit: 1 })).rows).toEqual([[7]]);
  });

  it('ends a statement that takes too much memory', async () => {
    const sql = open({ maxBytes: 250_000_000, timeLimitMs: 60_000 });
    const hungry = `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 100000)
      SELECT sum(length(x)) FROM (SELECT randomblob(100000) AS x FROM n ORDER BY x)`;
    await expect(sql.run({ sql: hungry, limit: 1 })).rejects.toMatchObject({ code: 'sql_too_large' });
  });

  it('tells a fault of the statement as it is', async () => {
    await expect(open().run({ sql: 'SELECT * FROM nowhere', limit: 1 })).rejects.toMatchObject({
      code: 'bad_sql',
      message: 'no such table: nowhere',
      hint: expect.stringContaining('spans'),
    });
  });

  it('says that it failed where there is no file', async () => {
    const sql = open({ path: join(folder, 'missing.db') });
    await expect(sql.run({ sql: 'SELECT 1', limit: 1 })).rejects.toMatchObject({ code: 'sql_failed' });
  });

  it('says that it failed where its process cannot run', async () => {
    const sql = open({ workerFile: join(folder, 'missing.cjs') });
    await expect(sql.run({ sql: 'SELECT 1', limit: 1 })).rejects.toMatchObject({ code: 'sql_failed' });
  });

  it('lets its process go when nobody asks, and starts another', async () => {
    const sql = open({ idleMs: 1 });
    await sql.run({ sql: 'SELECT 1', limit: 1 });
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect((await sql.run({ sql: 'SELECT 2', limit: 1 })).rows).toEqual([[2]]);
  });

  it('gives up what is under way when it is closed', async () => {
    const sql = open();
    const running = sql.run({ sql: ENDLESS, limit: 1 });
    const refused = expect(running).rejects.toMatchObject({ code: 'sql_failed' });
    await new Promise((resolve) => setTimeout(resolve, 50));
    await sql.close();
    await refused;
    await expect(sql.run({ sql: 'SELECT 1', limit: 1 })).rejects.toMatchObject({ code: 'sql_failed' });
  });
});
