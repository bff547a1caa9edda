import { describe, expect, it } from 'vitest';
import { byOrder, listRows, withLive } from '../../../renderer/derive/foundTraces.ts';
import type { FoundTrace } from '../../../shared/traceQuery.ts';

const trace = (id: string, patch: Partial<FoundTrace> = {}): FoundTrace => ({
  traceId: id.repeat(32).slice(0, 32),
  name: 'GET /items',
  startMs: 1000,
  durationMs: 10,
  spanCount: 5,
  errorCount: 0,
  runId: null,
  service: 'shop',
  version: '1.0',
  pinned: false,
  matched: 5,
  ...patch,
});
const ALL = { query: '', fromMs: null, toMs: null };
const ids = (traces: readonly FoundTrace[]) => traces.map(({ traceId }) => traceId[0]);

describe('byOrder', () => {
  it('puts an open trace last among the longest, and the newer of equals first', () => {
    const traces = [
      trace('a', { durationMs: null }),
      trace('b', { durationMs: 5, startMs: 1 }),
      trace('c', { durationMs: 5, startMs: 2 }),
    ];
    expect(ids(traces.sort(byOrder('longest')))).toEqual(['c', 'b', 'a']);
  });
});

describe('byOrder', () => {
  it('goes by what the store added up, and puts a trace of which nothing is known last', () => {
    const traces = [
      trace('a'),
      trace('b', { usage: { tokens: 10, cost: 0.5 } }),
      trace('c', { usage: { tokens: 20, cost: null } }),
    ];
    expect(ids(traces.toSorted(byOrder('tokens')))).toEqual(['c', 'b', 'a']);
    expect(ids(traces.toSorted(byOrder('cost')))).toEqual(['b', 'a', 'c']);
  });
});

describe('withLive', () => {
  it('keeps what the store added up of a trace that goes on', () => {
    const usage = { tokens: 10, cost: null };
    const [first] = withLive([trace('a', { usage })], [trace('a', { spanCount: 9 })], ALL, 'tokens');
    expect(first).toEqual(trace('a', { usage, spanCount: 9, matched: 9 }));
  });

  it('lets a live trace join where nothing is asked, within the time alone', () => {
    const live = [trace('b', { startMs: 2000 }), trace('c', { startMs: 50 })];
    expect(ids(withLive([trace('a')], live, { ...ALL, fromMs: 100 }, 'newest'))).toEqual(['b', 'a']);
  });

  it('lets none join a query, but tells of what it found', () => {
    const live = [trace('a', { spanCount: 9, durationMs: null }), trace('b')];
    const shown = withLive(
      [trace('a', { matched: 2, pinned: true })],
      live,
      { ...ALL, query: 'error = true' },
      'newest',
    );
    expect(shown).toEqual([trace('a', { spanCount: 9, durationMs: null, matched: 2, pinned: true })]);
  });

  it('believes a store that has more spans than the window saw, and then changes nothing', () => {
    const found = [trace('a', { spanCount: 9 })];
    expect(withLive(found, [trace('a', { spanCount: 3, durationMs: null })], ALL, 'newest')).toBe(found);
  });
});

describe('listRows', () => {
  const traces = [
    trace('a', { durationMs: 30, version: '1.1' }),
    trace('b', { durationMs: 10, errorCount: 2 }),
    trace('c', { durationMs: 20 }),
    trace('d', { durationMs: null, version: null }),
  ];

  it('heads each group with its traces, failures and percentiles, in the order of the first trace', () => {
    const rows = listRows(traces, 'version', new Set(), String);
    expect(rows.filter((row) => row.type === 'group')).toEqual([
      {
        type: 'group',
        key: 'shop 1.1',
        label: 'shop 1.1',
        traces: 1,
        failed: 0,
        p50Ms: 30,
        p95Ms: 30,
        isOpen: true,
      },
      {
        type: 'group',
        key: 'shop 1.0',
        label: 'shop 1.0',
        traces: 2,
        failed: 1,
        p50Ms: 10,
        p95Ms: 20,
        isOpen: true,
      },
      {
        type: 'group',
        key: '',
        label: 'No version',
        traces: 1,
        failed: 0,
        p50Ms: null,
        p95Ms: null,
        isOpen: true,
      },
    ]);
    expect(rows).toHaveLength(7);
  });

  it('leaves out the traces of a group that is closed', () => {
    const rows = listRows(traces, 'operation', new Set(['GET /items']), String);
    expect(rows).toMatchObject([{ type: 'group', traces: 4, isOpen: false }]);
  });
});
