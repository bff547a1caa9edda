import { describe, expect, it } from 'vitest';
import { atLeast, mergeLogs, serviceOf } from '../../../renderer/derive/logs.ts';
import type { LogLevel, LogRecord } from '../../../shared/span.ts';

const log = (level: LogLevel, message: string, attributes = {}): LogRecord => ({
  timeMs: 0,
  level,
  message,
  attributes,
  traceId: null,
  spanId: null,
});
const logs = [
  log('debug', 'Opened'),
  log('warn', 'Row skipped', { code: 'EMPTY_TERM' }),
  log('error', 'Failed'),
];

describe('atLeast', () => {
  it('returns the very same list where all levels are asked for', () => {
    expect(atLeast(logs, 'debug')).toBe(logs);
  });

  it('keeps a level and all above it', () => {
    expect(atLeast(logs, 'warn').map(({ level }) => level)).toEqual(['warn', 'error']);
  });
});

describe('serviceOf', () => {
  it('tells a record of another program from our own, which does not say', () => {
    const origin = { resource: { 'service.name': 'shop' }, scope: { name: 's', version: null } };
    expect([log('info', 'a'), { ...log('info', 'b'), origin }].map(serviceOf)).toEqual(['tracedeck', 'shop']);
  });
});

describe('mergeLogs', () => {
  const at = (timeMs: number, message: string): LogRecord => ({ ...log('info', message), timeMs });

  it('keeps what was pushed while the store was read, in order of time, and nothing twice', () => {
    const read = [at(1, 'a'), at(2, 'b'), at(2, 'b')];
    const pushed = [at(0, 'older'), at(2, 'b'), at(3, 'c')];
    expect(mergeLogs(read, pushed).map(({ message }) => message)).toEqual(['older', 'a', 'b', 'b', 'c']);
    expect(mergeLogs([], pushed)).toEqual(pushed);
  });

  it('keeps a record that came again after the read', () => {
    expect(mergeLogs([at(2, 'b')], [at(2, 'b'), at(2, 'b')])).toHaveLength(2);
  });
});
