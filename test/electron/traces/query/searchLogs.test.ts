import { describe, expect, it } from 'vitest';
import { createLogTables } from '../../../../electron/traces/logTables.ts';
import { searchLogs } from '../../../../electron/traces/query/searchLogs.ts';
import type { LogRecord } from '../../../../shared/span.ts';
import { logSearchSchema } from '../../../../shared/traceQuery.ts';
import { openRecordsDb } from '../../../fixtures/recordsDb.ts';

const TRACE = 'ab'.repeat(16);
const NOW_MS = Date.UTC(2026, 4, 31, 12);
const origin = { resource: { 'service.name': 'shop', host: 'one' }, scope: { name: 'web', version: '2' } };
const lines: readonly Omit<LogRecord, 'timeMs'>[] = [
  { level: 'debug', message: 'cache warm', attributes: { n: 1 }, traceId: null, spanId: null },
  {
    level: 'info',
    message: 'Run began',
    attributes: { n: 12, tags: ['a', 'b'] },
    traceId: TRACE,
    spanId: 'cd'.repeat(8),
  },
  {
    level: 'warn',
    message: 'slow model',
    attributes: { n: '12', ok: true },
    traceId: TRACE,
    spanId: null,
    origin,
  },
  { level: 'error', message: 'gave up', eventName: 'exception', attributes: {}, traceId: null, spanId: null },
];
const records = lines.map((line, i): LogRecord => ({ ...line, timeMs: NOW_MS - (4 - i) * 60_000 }));

function open() {
  const logs = createLogTables(openRecordsDb());
  logs.add(records);
  return logs;
}

describe('searching log lines', () => {
  it.each([
    ['', [0, 1, 2, 3]],
    ['level >= warn', [2, 3]],
    ['level > debug and level < error', [1, 2]],
    ['level in (debug, error)', [0, 3]],
    ['level != info', [0, 2, 3]],
    ['message contains RUN or message =~ "^gave"', [1, 3]],
    ['"Slow"', [2]],
    ['n = 12', [1]],
    ['n = "12"', [2]],
    ['n != 12', [0, 2]],
    ['tags = a', [1]],
    ['not has(n)', [3]],
    ['ok', []],
    ['ok = true', [2]],
    [`trace.id = ${TRACE}`, [1, 2]],
    ['not has(trace.id)', [0, 3]],
    [`span.id = "${'cd'.repeat(8)}"`, [1]],
    ['event.name = exception', [3]],
    ['time > -150s', [2, 3]],
    ['time < -150s time > 2026-05-31T11:56:30Z', [1]],
    ['service = shop', [2]],
    ['service = tracedeck', [0, 1, 3]],
    ['resource.host = one and scope.name = web', [2]],
    ['host = one', [2]],
  ] as const)('finds by %s', (query, expected) => {
    const found = searchLogs(open(), logSearchSchema.parse({ query }), { nowMs: NOW_MS });
    expect(found.items).toEqual(expected.map((i) => records[i]));
    expect(found.leftOut).toMatchObject({ more: false, unscanned: 0 });
  });

  it('gives the newest, newest last, and says that there are more', () => {
    const found = searchLogs(open(), logSearchSchema.parse({ query: 'not level = info', limit: 2 }));
    expect(found.items).toEqual([records[2], records[3]]);
    expect(found.leftOut).toEqual({ more: true, scanned: 4, unscanned: 0, prunedBeforeMs: null });
  });

  it('says what it had no time for', () => {
    const logs = createLogTables(openRecordsDb());
    logs.add(Array.from({ length: 1000 }, (_, i) => ({ ...records[0]!, timeMs: i })));
    const found = searchLogs(logs, logSearchSchema.parse({ query: 'n = 1' }), { budgetMs: 0 });
    expect(found.leftOut).toMatchObject({ scanned: 255, unscanned: 745 });
  });
});
