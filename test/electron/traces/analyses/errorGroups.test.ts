import { describe, expect, it } from 'vitest';
import { errorGroups, fingerprintOf } from '../../../../electron/traces/analyses/errorGroups.ts';
import { memoryReader } from '../../../fixtures/spanReader.ts';
import { spanTree } from '../../../fixtures/spanTree.ts';

const ALL = { query: '', fromMs: null, toMs: null } as const;

describe('fingerprintOf', () => {
  it.each([
    ['Request 17 took 2.5s', 'Request 42 took 11s'],
    ['user "Ann" not found', 'user "Bob O\'Neil" not found'],
    ["no such column: 'a'", "no such column: 'b c'"],
    ['connect ECONNREFUSED 127.0.0.1:11434', 'connect ECONNREFUSED 10.0.0.9:80'],
    ['GET https://a.example/1?x=2 failed', 'GET http://b.example failed'],
    [
      'item 5e1c0f3a-9b1d-4c7e-8a66-fa6df71f1909 is gone',
      'item 00000000-0000-4000-8000-000000000000 is gone',
    ],
    ['at 2026-01-02T03:04:05Z', 'at 2025-12-31T23:59:59.123+01:00'],
    ['commit deadbeef0123 is bad', 'commit 99aa77cc55 is bad'],
    ['단어 12 를 찾을 수 없습니다', '단어 7 를 찾을 수 없습니다'],
    ['first line 1\n  at stack (a.js:1:2)', 'first line 2\n  at other'],
  ])('is the same for "%s" and "%s"', (one, other) => {
    expect(fingerprintOf(one)).toBe(fingerprintOf(other));
  });

  it.each([
    ['file not found', 'file not readable'],
    ["can't open a", "can't open b"],
    ['utf8 is invalid', 'utf16 is invalid'],
  ])('differs for "%s" and "%s"', (one, other) => {
    expect(fingerprintOf(one)).not.toBe(fingerprintOf(other));
  });

  it('is bounded, and is done at once with the longest of messages', () => {
    expect(fingerprintOf('word '.repeat(100_000)).length).toBeLessThanOrEqual(301);
    expect(fingerprintOf(`"${'a'.repeat(100_000)}`).length).toBeLessThanOrEqual(301);
  });
});

describe('errorGroups', () => {
  it('puts the same fault of the same operation together, the most frequent first', () => {
    const text = Array.from({ length: 7 }, (_, i) => `call ${i * 10}-${i * 10 + 5} error error.type=timeout`);
    const records = spanTree(
      `${text.join('\n')}\ncall 80-81 error error.type=refused\nsave 90-91 error\nfine 0-1`,
    );
    const reader = memoryReader(
      records.map((record, i) => (i < 7 ? { ...record, statusMessage: `no answer after ${i} s` } : record)),
      { perBlock: 3 },
    );
    const { items, leftOut } = errorGroups(reader, ALL);
    expect(items.map(({ errorType, name, message, count }) => [errorType, name, message, count])).toEqual([
      ['timeout', 'call', 'no answer after # s', 7],
      ['', 'save', 'save failed', 1],
      ['refused', 'call', 'call failed', 1],
    ]);
    expect([items[0]!.firstMs, items[0]!.lastMs]).toEqual([1_000_000, 1_000_060]);
    expect(items[0]!.examples.map(({ timeMs }) => timeMs - 1_000_000)).toEqual([60, 50, 40, 30, 20]);
    expect(items[0]!.examples[0]).toMatchObject({ traceId: '1'.repeat(32), spanId: '0000000000000007' });
    expect(leftOut).toMatchObject({ more: false, scanned: 10 });
  });

  it('takes type and message from the last exception where the span has none', () => {
    const exception = (type: string, message: string) => ({
      name: 'exception',
      timeMs: 1_000_001,
      attributes: { 'exception.type': type, 'exception.message': message },
    });
    const [record] = spanTree('call 0-5 error');
    const reader = memoryReader([
      {
        ...record!,
        statusMessage: null,
        events: [
          exception('First', 'one'),
          exception('Last', 'row 12'),
          { ...exception('x', 'y'), name: 'log' },
        ],
      },
    ]);
    expect(errorGroups(reader, ALL).items[0]).toMatchObject({ errorType: 'Last', message: 'row #' });
  });

  it('answers for what a query finds', () => {
    const reader = memoryReader(spanTree('a 0-1 error\nb 0-1 error'));
    expect(errorGroups(reader, { ...ALL, query: 'name = "b"' }).items.map(({ name }) => name)).toEqual(['b']);
  });
});
