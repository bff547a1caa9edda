import { describe, expect, it } from 'vitest';
import { eachLog, openRecords } from '../../../electron/traces/records.ts';
import type { LogRecord } from '../../../shared/span.ts';
import { openRecordsDb, point } from '../../fixtures/recordsDb.ts';

const TRACE = 'ab'.repeat(16);
const log = (timeMs: number, rest: Partial<LogRecord> = {}): LogRecord => ({
  timeMs,
  level: 'info',
  message: `at ${timeMs}`,
  attributes: {},
  traceId: null,
  spanId: null,
  ...rest,
});

describe('logs', () => {
  it('come back whole, with their event name and their origin', () => {
    const records = openRecords(openRecordsDb());
    const origin = { resource: { 'service.name': 'shop' }, scope: { name: 'log', version: '2' } };
    const written = [
      log(1.25, { level: 'error', eventName: 'exception', attributes: { n: 1, list: ['a'] } }),
      log(2, { origin, traceId: TRACE, spanId: 'cd'.repeat(8) }),
      log(3, { origin: { ...origin } }),
    ];
    records.writeLogs(written);
    expect(records.logs(null, 10)).toEqual(written);
    expect(records.logs(TRACE, 10)).toEqual([written[1]]);
  });

  it('are told by time, however they arrived, newest last', () => {
    const records = openRecords(openRecordsDb());
    records.writeLogs([log(30), log(10), log(20)]);
    expect(records.logs(null, 2).map(({ timeMs }) => timeMs)).toEqual([20, 30]);
  });

  it('can be those of a level and above', () => {
    const records = openRecords(openRecordsDb());
    records.writeLogs([log(1, { level: 'debug' }), log(2, { level: 'warn' }), log(3, { level: 'error' })]);
    expect(records.logs(null, 10, 'warn').map(({ level }) => level)).toEqual(['warn', 'error']);
  });

  it('are walked through one at a time, both ways, within a time and a trace', () => {
    const db = openRecordsDb();
    openRecords(db).writeLogs([1, 2, 3, 4].map((ms) => log(ms, { traceId: ms === 3 ? null : TRACE })));
    const walk = (fromMs: number | null, toMs: number | null, traceId: string | null, newestFirst: boolean) =>
      [...eachLog(db, { fromMs, toMs, traceId }, newestFirst)].map(({ timeMs }) => timeMs);
    expect(walk(null, null, null, true)).toEqual([4, 3, 2, 1]);
    expect(walk(2, 3, null, false)).toEqual([2, 3]);
    expect(walk(null, 3, TRACE, true)).toEqual([2, 1]);
  });

  it('can be left before the end, and the tables written to afterwards', () => {
    const db = openRecordsDb();
    const records = openRecords(db);
    records.writeLogs([log(1), log(2)]);
    for (const record of eachLog(db, { fromMs: null, toMs: null, traceId: null }, true)) {
      expect(record.timeMs).toBe(2);
      break;
    }
    records.writeLogs([log(3)]);
    expect(records.counts().logs).toBe(3);
  });

  it('go by age and by number, except those of traces that are kept', () => {
    const records = openRecords(openRecordsDb());
    records.writeLogs(Array.from({ length: 100 }, (_, i) => log(i, i < 5 ? { traceId: TRACE } : {})));
    const limits = { maxPoints: 10, keepLogsOf: [TRACE] };
    expect(records.prune({ ...limits, beforeMs: 50, maxLogs: 1000 }).logs).toBe(45);
    expect(records.prune({ ...limits, beforeMs: null, maxLogs: 20 }).logs).toBe(37);
    expect(records.logs(null, 100).map(({ timeMs }) => timeMs)).toEqual([
      0,
      1,
      2,
      3,
      4,
      ...Array.from({ length: 13 }, (_, i) => 87 + i),
    ]);
  });

  it('of a file of the first version are still there', () => {
    const db = openRecordsDb(':memory:', (old) =>
      old.exec(`INSERT INTO log (time_us, level, message) VALUES (5000, 2, 'old')`),
    );
    expect(openRecords(db).logs(null, 10)).toEqual([log(5, { level: 'warn', message: 'old' })]);
  });
});

describe('saved queries', () => {
  it('are replaced by one of the same name and signal, and removed by both', () => {
    const records = openRecords(openRecordsDb());
    records.saveQuery({ name: 'slow', signal: 'spans', query: 'a' });
    records.saveQuery({ name: 'slow', signal: 'sql', query: 'b' });
    records.saveQuery({ name: 'slow', signal: 'spans', query: 'c' });
    expect(records.savedQueries()).toEqual([
      { name: 'slow', signal: 'spans', query: 'c' },
      { name: 'slow', signal: 'sql', query: 'b' },
    ]);
    expect(records.removeQuery({ name: 'slow', signal: 'spans' })).toEqual([
      { name: 'slow', signal: 'sql', query: 'b' },
    ]);
  });

  it('have an end', () => {
    const records = openRecords(openRecordsDb());
    for (let i = 0; i < 500; i += 1) records.saveQuery({ name: `q${i}`, signal: 'spans', query: 'x' });
    expect(() => records.saveQuery({ name: 'one more', signal: 'spans', query: 'x' })).toThrow('500 saved');
    expect(records.saveQuery({ name: 'q7', signal: 'spans', query: 'y' })).toHaveLength(500);
  });
});

describe('a write that fails', () => {
  it('leaves nothing behind, and the next one is whole', () => {
    const db = openRecordsDb();
    const records = openRecords(db);
    const broken = { ...point(10, 1), name: null as never };
    expect(() => records.writeMetrics([point(10, 1), broken])).toThrow();
    expect(records.counts().metricPoints).toBe(0);
    records.writeMetrics([point(10, 1)]);
    expect(records.counts().metricPoints).toBe(1);
    expect(records.metricInstruments()).toHaveLength(1);
  });
});
