import { describe, expect, it } from 'vitest';
import { columnsOf } from '../../../shared/analysis/columnsOf.ts';
import { repeatedSiblings } from '../../../shared/analysis/siblings.ts';
import { statementOf, withoutIds, withoutLiterals } from '../../../shared/analysis/statement.ts';
import type { SpanRecord } from '../../../shared/span.ts';
import { spanTree } from '../../fixtures/spanTree.ts';
import { randomTrace } from './randomTraces.ts';

function groupsOf(records: readonly SpanRecord[]) {
  const names = [...new Set(records.map(({ name }) => name))];
  return repeatedSiblings(columnsOf(records), {
    name: records.map(({ name }) => names.indexOf(name)),
    statementOf: (span) => statementOf(records[span]!.name, records[span]!.attributes),
  }).map((group) => ({ ...group, name: names[group.name]! }));
}
function queries(count: number, { ms = 12, step = 12, from = 0 } = {}): string {
  return Array.from({ length: count }, (_, i) => {
    const start = from + i * step;
    return `  get ${start}-${start + ms} db.system.name=sqlite db.query.summary=SELECT-user`;
  }).join('\n');
}

describe('repeatedSiblings', () => {
  it('folds three or more of a name below one span', () => {
    const [group, ...others] = groupsOf(
      spanTree(`
        run 0-100
          item 50-60
          item 0-30
          item 30-50
          other 0-1
          other 1-2
        item 0-5`),
    );
    expect(others).toEqual([]);
    expect(group).toMatchObject({
      parent: 0,
      name: 'item',
      totalMs: 60,
      minMs: 10,
      p50Ms: 20,
      p95Ms: 30,
      maxMs: 30,
      startMs: 0,
      endMs: 60,
      nPlusOne: null,
    });
    expect([...group!.spans]).toEqual([2, 3, 1]);
  });

  it('has every group of every trace', () => {
    for (let seed = 1; seed <= 50; seed += 1) {
      const records = randomTrace(seed);
      const { parent } = columnsOf(records);
      const counts = new Map<string, number>();
      for (const [span, { name }] of records.entries()) {
        const key = `${parent[span]} ${name}`;
        counts.set(key, (counts.get(key) ?? 0) + 1);
      }
      const want = [...counts].filter(([, count]) => count >= 3).sort();
      const got = groupsOf(records).map(
        (group) => [`${group.parent} ${group.name}`, group.spans.length] as const,
      );
      expect(got.sort(), `seed ${seed}`).toEqual(want);
    }
  });

  it('takes many short queries of one statement, one after the other, for N+1', () => {
    const [group] = groupsOf(spanTree(`run 0-240\n${queries(10)}`));
    expect(group!.nPlusOne).toEqual({
      statement: 'SELECT-user',
      calls: 10,
      totalMs: 120,
      shareOfParent: 0.5,
    });
  });

  it.each([
    ['four queries', queries(4, { ms: 20, step: 20 })],
    ['queries side by side', queries(10, { ms: 50, step: 1 })],
    ['queries that are nothing together', queries(10, { ms: 1, step: 2 })],
    ['long queries', queries(10, { ms: 200, step: 200 })],
    ['work that is no call', queries(10).replaceAll(/ db\S+/gu, '')],
  ])('does not take %s for N+1', (_, text) => {
    for (const group of groupsOf(spanTree(`run 0-5000\n${text}`))) expect(group.nPlusOne).toBeNull();
  });
});

describe('statementOf', () => {
  it('leaves out what differs from call to call', () => {
    expect(withoutLiterals("SELECT * FROM t WHERE id IN (1, 2,3) AND name = 'it''s' AND n2 = $1")).toBe(
      'SELECT * FROM t WHERE id IN (?) AND name = ? AND n2 = ?',
    );
    expect(withoutIds('https://shop.example:8080/users/42/orders/9f1c2d3e4b5a?page=2')).toBe(
      'https://shop.example:8080/users/{id}/orders/{id}',
    );
    expect(statementOf('GET', { 'http.request.method': 'GET', 'url.full': 'http://a/b/1' })).toBe(
      'GET http://a/b/{id}',
    );
    expect(statementOf('q', { 'db.system': 'mysql', 'db.statement': 'SELECT 1' })).toBe('SELECT ?');
    expect(statementOf('cache get', { 'tracedeck.cache.outcome': 'hit' })).toBe('cache get');
    expect(statementOf('stage write', { 'tracedeck.cache.tier': 'disk' })).toBeNull();
    expect(statementOf('item', {})).toBeNull();
  });
});
