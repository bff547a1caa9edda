import { describe, expect, it } from 'vitest';
import { describeSql } from '../../../../electron/telemetry/components/sqlText.ts';

const summaryOf = (sql: string) => describeSql(sql, true).summary;

describe('summary of a statement', () => {
  it.each([
    ['SELECT a, b FROM notes WHERE id = ?', 'SELECT notes'],
    ['select * from "my table" where x in (select y from b)', 'SELECT my table SELECT b'],
    ['SELECT * FROM a, b AS two JOIN c USING (id) ORDER BY x, y', 'SELECT a b c'],
    ['SELECT * FROM main.notes n LEFT JOIN [cards] c ON c.a = n.a, tags', 'SELECT notes cards tags'],
    ['INSERT INTO t (a, b) VALUES (?, ?) ON CONFLICT (a) DO UPDATE SET b = excluded.b', 'INSERT t'],
    ['INSERT OR REPLACE INTO t SELECT * FROM u', 'INSERT t SELECT u'],
    ['REPLACE INTO t VALUES (1)', 'REPLACE t'],
    ["SELECT replace(a, 'x', 'y') FROM t", 'SELECT t'],
    ['UPDATE OR IGNORE t SET a = (SELECT max(b) FROM u)', 'UPDATE t SELECT u'],
    ['DELETE FROM t WHERE id IN (SELECT value FROM json_each(?)) RETURNING a', 'DELETE t SELECT json_each'],
    ['WITH x(n) AS (SELECT a FROM t) SELECT n FROM x', 'SELECT t SELECT'],
    ['WITH RECURSIVE x AS MATERIALIZED (VALUES (1)) DELETE FROM t WHERE a IN x', 'DELETE t'],
    ['CREATE TABLE IF NOT EXISTS main.t (a INTEGER REFERENCES u ON DELETE CASCADE)', 'CREATE TABLE t'],
    ['CREATE UNIQUE INDEX i ON t (a)', 'CREATE INDEX i'],
    ['DROP TABLE IF EXISTS `t`', 'DROP TABLE t'],
    ['ALTER TABLE t ADD COLUMN b', 'ALTER TABLE t'],
    ['PRAGMA main.journal_mode = WAL', 'PRAGMA journal_mode'],
    ['PRAGMA user_version', 'PRAGMA user_version'],
    ['VALUES (1), (2)', 'VALUES'],
    ['EXPLAIN QUERY PLAN SELECT a FROM t', 'EXPLAIN SELECT t'],
    ['BEGIN IMMEDIATE', 'BEGIN'],
    ['ROLLBACK TO one', 'ROLLBACK TO'],
    ['-- FROM nowhere\n/* FROM here */ SELECT 1', 'SELECT'],
    ['SELECT a IS DISTINCT FROM b FROM t', 'SELECT t'],
    ['VACUUM', 'VACUUM'],
    ['', ''],
    [')(', 'UNKNOWN'],
  ])('%s', (sql, summary) => expect(summaryOf(sql)).toBe(summary));

  it('stays within 255 characters, cut between words', () => {
    const tables = Array.from({ length: 60 }, (_, index) => `table_${index}`);
    const summary = summaryOf(`SELECT * FROM ${tables.join(', ')}`);
    expect(summary.length).toBeLessThanOrEqual(255);
    expect(
      summary
        .split(' ')
        .slice(1)
        .every((name) => tables.includes(name)),
    ).toBe(true);
  });
});

describe('facts of a statement', () => {
  it('names the operation and, where there is only one, the table', () => {
    expect(describeSql('WITH x AS (SELECT 1) UPDATE t SET a = 1', true)).toMatchObject({
      operation: 'UPDATE',
      collection: 't',
    });
    expect(describeSql('SELECT * FROM a JOIN b', true).collection).toBeNull();
  });

  it('keeps a parametrised text as it is, and takes the values out of every other', () => {
    const sql = "SELECT * FROM t WHERE a = ? AND b = 'word'";
    expect(describeSql(sql, true).text).toBe(sql);
    expect(describeSql(sql, false).text).toBe('SELECT * FROM t WHERE a = ? AND b = ?');
    expect(describeSql("SELECT 'it''s', x'00ff', 1.5e3, 0x1F, .5, t1.a2 FROM t1 -- secret", true).text).toBe(
      'SELECT ?, ?, ?, ?, ?, t1.a2 FROM t1',
    );
    expect(describeSql("SELECT 'never closed", true).text).toBe('SELECT ?');
    expect(describeSql('SELECT 1_000, 2_0.5_0e3, .7_5', true).text).toBe('SELECT ?, ?, ?');
    expect(describeSql(`SELECT ${'a, '.repeat(5000)} ?`, true).text.length).toBe(4096);
  });

  it('counts the statements of a script; a trigger is one', () => {
    const script = describeSql(
      `CREATE TABLE t (a); CREATE TRIGGER g AFTER INSERT ON t BEGIN
         UPDATE t SET a = CASE WHEN a THEN 1 END; DELETE FROM t; END; INSERT INTO t VALUES (1);`,
      false,
    );
    expect(script).toMatchObject({
      statements: 3,
      operation: 'BATCH',
      summary: 'CREATE TABLE t; CREATE TRIGGER g; INSERT t',
      collection: 't',
      step: null,
      explain: null,
    });
    expect(describeSql('INSERT INTO a VALUES (1); INSERT INTO a VALUES (2)', false)).toMatchObject({
      operation: 'BATCH INSERT',
      summary: 'INSERT a',
    });
  });

  it('knows the steps of a transaction', () => {
    const stepOf = (sql: string) => {
      const { step, savepoint } = describeSql(sql, false);
      return [step, savepoint];
    };
    expect(stepOf('begin exclusive transaction')).toStrictEqual(['begin', null]);
    expect(stepOf('COMMIT;')).toStrictEqual(['commit', null]);
    expect(stepOf('END TRANSACTION')).toStrictEqual(['commit', null]);
    expect(stepOf('ROLLBACK')).toStrictEqual(['rollback', null]);
    expect(stepOf('SAVEPOINT "a b"')).toStrictEqual(['savepoint', 'a b']);
    expect(stepOf('RELEASE SAVEPOINT x')).toStrictEqual(['release', 'x']);
    expect(stepOf('ROLLBACK TO SAVEPOINT x')).toStrictEqual(['rollback to', 'x']);
    expect(stepOf('BEGIN; COMMIT')).toStrictEqual([null, null]);
    expect(stepOf('SELECT 1')).toStrictEqual([null, null]);
  });

  it('has values for the plan of what can be explained', () => {
    expect(
      describeSql('SELECT * FROM t WHERE a = ? AND b = :b AND c = ?2 AND d = @b', true).explain,
    ).toStrictEqual([null, { b: null, 2: null }]);
    expect(describeSql('SELECT 1', true).explain).toStrictEqual([]);
    expect(describeSql('PRAGMA user_version', true).explain).toBeNull();
    expect(describeSql('EXPLAIN SELECT 1', true).explain).toBeNull();
  });
});
