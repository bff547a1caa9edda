import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { openRecords } from '../../../electron/traces/records.ts';
import { createSqlSandbox } from '../../../electron/traces/sqlSandbox.ts';
import { SQL_TABLES } from '../../../shared/sqlTables.ts';
import type { SpanRecord } from '../../../shared/span.ts';
import { histogram, openRecordsDb, point } from '../../fixtures/recordsDb.ts';
import { memoryReader } from '../../fixtures/spanReader.ts';

const A = 'a'.repeat(32);
const B = 'b'.repeat(32);
const shop = {
  resource: { 'service.name': 'shop', 'service.version': '2' },
  scope: { name: 'http', version: '1' },
};

function span(
  traceId: string,
  id: number,
  parent: number | null,
  rest: Partial<SpanRecord> = {},
): SpanRecord {
  const hex = (n: number) => n.toString(16).padStart(16, '0');
  return {
    traceId,
    spanId: hex(id),
    parentSpanId: parent === null ? null : hex(parent),
    name: `op ${id}`,
    kind: 'internal',
    startMs: 1000 + id,
    endMs: 1000 + id * 3,
    status: 'unset',
    statusMessage: null,
    attributes: {},
    events: [],
    links: [],
    ...rest,
  };
}
const spans = [
  span(A, 1, null, {
    origin: shop,
    kind: 'server',
    attributes: { 'http.route': '/buy "now"', n: 1.5, ok: true, list: ['x', 'y'] },
  }),
  span(A, 2, 1, { status: 'error', statusMessage: 'no', attributes: { 'http.route': '/pay', n: -2 } }),
  span(A, 3, 1, {
    endMs: null,
    events: [{ name: 'retry', timeMs: 1004.5, attributes: { try: 2 } }],
    links: [{ traceId: B, spanId: '0000000000000009', attributes: {} }],
  }),
  span(B, 9, null, { startMs: 5000, endMs: 5002 }),
];

const db = openRecordsDb();
const records = openRecords(db);
records.writeLogs([
  {
    timeMs: 1001,
    level: 'warn',
    message: 'careful',
    attributes: { a: 1 },
    traceId: A,
    spanId: '0000000000000001',
  },
  {
    timeMs: 9000,
    level: 'info',
    message: 'alone',
    attributes: {},
    traceId: null,
    spanId: null,
    origin: shop,
  },
]);
records.writeMetrics([
  point(10, 5),
  point(20, histogram([1, 2], [3, 0, 4], 17), {
    name: 'time',
    exemplars: [{ value: 7, timeMs: 15_000, traceId: A, spanId: '0000000000000002' }],
  }),
]);
const sandbox = createSqlSandbox(() => ({ spans: memoryReader(spans, { perBlock: 2 }), records: db }));
const rows = (sql: string, limit = 1000) => sandbox.run(sql, limit).rows;

const folder = mkdtempSync(join(tmpdir(), 'tracedeck-sql-'));
afterAll(() => rmSync(folder, { recursive: true }));

describe('tables of the console', () => {
  it('tell spans whole', () => {
    const { columns, rows: found } = sandbox.run('SELECT * FROM spans ORDER BY start_ms LIMIT 2', 10);
    expect(columns).toEqual(Object.keys(SQL_TABLES[0].columns));
    expect(Object.fromEntries(columns.map((column, i) => [column, found[0]![i]]))).toEqual({
      trace_id: A,
      span_id: '0000000000000001',
      parent_id: null,
      name: 'op 1',
      service: 'shop',
      version: '2',
      kind: 'server',
      status: 'unset',
      status_message: null,
      start_ms: 1001,
      duration_ms: 2,
      scope: 'http',
      resource: JSON.stringify(shop.resource),
      attributes: JSON.stringify(spans[0]!.attributes),
    });
    expect(found[1]!.slice(2, 5)).toEqual(['0000000000000001', 'op 2', 'tracedeck']);
    expect(found[1]!.slice(7, 9)).toEqual(['error', 'no']);
  });

  it('give attributes out of JSON, and row by row', () => {
    expect(
      rows(
        `SELECT attributes ->> 'http.route', attributes ->> 'n' FROM spans WHERE parent_id IS NULL AND service = 'shop'`,
      ),
    ).toEqual([['/buy "now"', 1.5]]);
    expect(rows(`SELECT value, name FROM span_attributes('http.route') ORDER BY 1`)).toEqual([
      ['/buy "now"', 'op 1'],
      ['/pay', 'op 2'],
    ]);
    expect(
      rows(`SELECT key, value FROM span_attributes WHERE span_id = '0000000000000001' ORDER BY key`),
    ).toEqual([
      ['http.route', '/buy "now"'],
      ['list', '["x","y"]'],
      ['n', 1.5],
      ['ok', 1],
    ]);
    expect(rows(`SELECT * FROM span_attributes('nobody has it')`)).toEqual([]);
  });

  it('read one trace, or a time, where they are asked for', () => {
    expect(rows(`SELECT name FROM spans('${B}')`)).toEqual([['op 9']]);
    expect(rows(`SELECT count(*) FROM spans WHERE of_trace = '${A.toUpperCase()}'`)).toEqual([[3]]);
    expect(rows(`SELECT name FROM spans WHERE from_ms = 1002 AND to_ms = 1003 ORDER BY 1`)).toEqual([
      ['op 2'],
      ['op 3'],
    ]);
    expect(rows(`SELECT count(*) FROM spans('${'c'.repeat(32)}')`)).toEqual([[0]]);
    expect(rows(`SELECT count(*) FROM traces WHERE from_ms = 4000`)).toEqual([[1]]);
    expect(rows(`SELECT message FROM logs('${A}')`)).toEqual([['careful']]);
  });

  it('hold traces, events, links, logs, points and exemplars', () => {
    expect(
      rows('SELECT trace_id, name, spans, errors, duration_ms, pinned FROM traces ORDER BY start_ms'),
    ).toEqual([
      [A, 'op 1', 3, 1, null, 0],
      [B, 'op 9', 1, 0, 2, 0],
    ]);
    expect(rows('SELECT * FROM span_events')).toEqual([
      [A, '0000000000000003', 'retry', 1004.5, '{"try":2}'],
    ]);
    expect(rows('SELECT span_id, linked_trace_id, linked_span_id FROM span_links')).toEqual([
      ['0000000000000003', B, '0000000000000009'],
    ]);
    expect(rows('SELECT * FROM logs')).toEqual([
      [1001, 'warn', 'careful', null, 'tracedeck', A, '0000000000000001', '{"a":1}'],
      [9000, 'info', 'alone', null, 'shop', null, null, '{}'],
    ]);
    expect(rows('SELECT name, time_ms, value, count, sum, buckets FROM metric_points ORDER BY name')).toEqual(
      [
        ['requests', 10_000, 5, null, null, null],
        ['time', 20_000, null, 7, 17, '[[1,3],[2,0],[null,4]]'],
      ],
    );
    expect(rows(`SELECT count(*) FROM metric_points('time')`)).toEqual([[1]]);
    expect(rows(`SELECT value, trace_id, span_id FROM metric_exemplars`)).toEqual([
      [7, A, '0000000000000002'],
    ]);
  });

  it('can all be selected from as they are described', () => {
    for (const { name, columns } of SQL_TABLES) {
      expect(sandbox.run(`SELECT * FROM ${name}`, 1).columns).toEqual(Object.keys(columns));
    }
  });

  it('can be joined: with themselves, with each other, with arguments', () => {
    const children = `SELECT p.name, c.name FROM spans p JOIN spans c
      ON c.trace_id = p.trace_id AND c.parent_id = p.span_id ORDER BY 2`;
    expect(rows(children)).toEqual([
      ['op 1', 'op 2'],
      ['op 1', 'op 3'],
    ]);
    expect(rows('SELECT count(*) FROM spans')).toEqual([[4]]);
    expect(
      rows(
        "SELECT t.name, s.name FROM traces t JOIN spans s ON s.of_trace = t.trace_id WHERE s.status = 'error'",
      ),
    ).toEqual([['op 1', 'op 2']]);
    expect(rows('SELECT l.message, s.name FROM logs l JOIN spans s USING (trace_id, span_id)')).toEqual([
      ['careful', 'op 1'],
    ]);
    expect(rows('SELECT a.message FROM logs a, logs b WHERE a.time_ms < b.time_ms')).toEqual([['careful']]);
    expect(
      rows(`SELECT name, (SELECT count(*) FROM spans c WHERE c.parent_id = p.span_id AND c.trace_id = p.trace_id)
        FROM spans p WHERE parent_id IS NULL ORDER BY 1`),
    ).toEqual([
      ['op 1', 2],
      ['op 9', 0],
    ]);
    expect(
      rows(`WITH RECURSIVE below(id) AS (SELECT '0000000000000001' UNION ALL
        SELECT span_id FROM spans JOIN below ON parent_id = id) SELECT count(*) FROM below`),
    ).toEqual([[3]]);
  });

  it('know percentiles and regular expressions', () => {
    expect(
      rows(
        'SELECT p50(x), p95(x), quantile(x, 0), quantile(x, 1) FROM (VALUES (1)) JOIN (SELECT column1 AS x FROM (VALUES (1), (2), (3), (5), (NULL)))',
      ),
    ).toEqual([[2.5, expect.closeTo(4.7), 1, 5]]);
    expect(rows(`SELECT name FROM spans WHERE name REGEXP '^op [12]$' ORDER BY 1`)).toEqual([
      ['op 1'],
      ['op 2'],
    ]);
  });
});

describe('results', () => {
  it('end at the limit, and say so', () => {
    expect(sandbox.run('SELECT name FROM spans', 2)).toMatchObject({ truncated: true, rows: [{}, {}] });
    expect(sandbox.run('SELECT name FROM spans', 4).truncated).toBe(false);
  });

  it('are cut where a cell, or all of them, would be too large to show', () => {
    const [[cell]] = rows(`SELECT printf('%.*c', 50000, 'x')`) as [[string]];
    expect(cell).toHaveLength(20_001);
    const many = sandbox.run(
      `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 5000) SELECT printf('%.*c', 15000, 'x') FROM n`,
      10_000,
    );
    expect(many.truncated).toBe(true);
    expect(many.rows.length).toBeLessThan(1200);
    expect(rows(`SELECT x'00ff', NULL`)).toEqual([["x'00ff'", null]]);
    expect(rows('SELECT 9007199254740991, 9007199254740993, -9223372036854775807 - 1, 1e308 * 10')).toEqual([
      [9007199254740991, '9007199254740993', '-9223372036854775808', 'Infinity'],
    ]);
    const [[blob]] = rows('SELECT zeroblob(50000)') as [[string]];
    expect([blob.length, blob.at(-1)]).toEqual([20_001, '…']);
  });
});

describe('what is not a read', () => {
  const codeOf = (sql: string) => {
    try {
      sandbox.run(sql, 1);
      return 'ran';
    } catch (error) {
      return (error as { code: string }).code;
    }
  };

  it('is refused', () => {
    const file = join(folder, 'written.db');
    for (const sql of [
      `ATTACH '${file}' AS other`,
      `  -- a comment\n /* another */ attach '${file}' as other`,
      `VACUUM INTO '${file}'`,
      'PRAGMA query_only = OFF',
      'PRAGMA journal_mode',
      'CREATE TABLE mine (a)',
      'CREATE TEMP TABLE mine (a)',
      'DROP TABLE spans',
      "INSERT INTO spans (name) VALUES ('x')",
      'BEGIN',
      'DELETE FROM spans',
    ]) {
      expect([sql, codeOf(sql)]).toEqual([sql, 'sql_not_reading']);
    }
    expect(existsSync(file)).toBe(false);
  });

  it('is refused in whatever clothes it comes', () => {
    for (const sql of [
      'WITH x AS (SELECT 1) DELETE FROM sqlite_master',
      "SELECT load_extension('/tmp/evil.so')",
      'SELECT 1; DROP TABLE spans',
      "SELECT writefile('/tmp/x', 1)",
      "SELECT fts3_tokenizer('simple', x'00')",
      '',
      '   ',
      'hello',
    ]) {
      expect([sql, ['bad_sql', 'sql_not_reading'].includes(codeOf(sql))]).toEqual([sql, true]);
    }
    expect(rows('SELECT count(*) FROM spans')).toEqual([[4]]);
  });
});

describe('a statement with a fault', () => {
  const faultOf = (sql: string) => {
    try {
      sandbox.run(sql, 1);
    } catch (error) {
      const { code, message, hint } = error as { code: string; message: string; hint: string };
      return { code, message, hint };
    }
    return null;
  };

  it("is told with SQLite's words and a way on", () => {
    expect(faultOf('SELECT * FROM span')).toMatchObject({
      code: 'bad_sql',
      message: 'no such table: span',
      hint: expect.stringContaining('spans, span_attributes'),
    });
    expect(faultOf('SELECT http FROM spans')).toMatchObject({
      hint: expect.stringContaining("->> 'http.route'"),
    });
    expect(faultOf('SELECT mean(duration_ms) FROM spans')).toMatchObject({
      hint: expect.stringContaining('p95(x)'),
    });
    expect(faultOf('SELECT * FROM spans WHERE from_ms > 5')).toMatchObject({
      hint: expect.stringContaining('start_ms'),
    });
    expect(faultOf("SELECT 1 WHERE 'a' REGEXP '['")).toMatchObject({ code: 'bad_sql' });
  });

  it('leaves the next one as it would have been', () => {
    faultOf("SELECT a.name FROM spans a JOIN spans b ON a.name = b.name WHERE a.name REGEXP '['");
    expect(rows('SELECT count(*) FROM spans')).toEqual([[4]]);
    expect(rows('SELECT name FROM temp.sqlite_master')).toEqual([]);
  });
});
