import { describe, expect, it } from 'vitest';
import { CallTreeBuilder, OTHER_NAMES } from '../../../shared/analysis/callTree.ts';
import { callTreeOfSpans, subtreeSums } from '../../fixtures/callTrees.ts';
import { columnsOf } from '../../../shared/analysis/columnsOf.ts';
import { criticalPath } from '../../../shared/analysis/criticalPath.ts';
import { selfTimes } from '../../../shared/analysis/selfTimes.ts';
import type { SpanRecord } from '../../../shared/span.ts';
import type { CallTree } from '../../../shared/traceQuery.ts';
import { spanTree } from '../../fixtures/spanTree.ts';
import { randomTrace } from './randomTraces.ts';

function pathOf(tree: CallTree, node: number): string {
  const above = tree.parent[node]!;
  const own = tree.strings[tree.name[node]!]!;
  return above < 0 ? own : `${pathOf(tree, above)}/${own}`;
}
function byPath(tree: CallTree, column: keyof CallTree): Record<string, unknown> {
  const values = tree[column] as ArrayLike<unknown>;
  return Object.fromEntries(
    Array.from({ length: tree.nodes }, (_, node) => [pathOf(tree, node), values[node]]),
  );
}

/** Span by span, with paths as text. */
function oracle(records: readonly SpanRecord[], isHidden: (record: SpanRecord) => boolean = () => false) {
  const columns = columnsOf(records);
  const self = selfTimes(columns);
  const critical = criticalPath(columns).ms;
  const path = (span: number): string => {
    const above = columns.parent[span]! < 0 ? '' : path(columns.parent[span]!);
    if (isHidden(records[span]!)) return above;
    return above === '' ? records[span]!.name : `${above}/${records[span]!.name}`;
  };
  const nodes = new Map<
    string,
    { spans: number; errors: number; totalMs: number; selfMs: number; criticalMs: number }
  >();
  for (const [span, record] of records.entries()) {
    if (isHidden(record)) continue;
    const { status } = record;
    const key = path(span);
    const node = nodes.get(key) ?? { spans: 0, errors: 0, totalMs: 0, selfMs: 0, criticalMs: 0 };
    node.spans += 1;
    node.errors += status === 'error' ? 1 : 0;
    node.totalMs += columns.endMs[span]! - columns.startMs[span]!;
    node.selfMs += self[span]!;
    node.criticalMs += critical[span]!;
    nodes.set(key, node);
  }
  return Object.fromEntries(nodes);
}

describe('callTreeOfSpans', () => {
  const tree = callTreeOfSpans([
    ...spanTree(`
      run 0-100
        item 0-40
          chat 10-30
        item 40-90 error
          chat 50-60
          save 60-90`),
    ...spanTree('run 0-10', { traceId: '2'.repeat(32) }),
  ]);

  it('merges by path, the heaviest first, over all traces', () => {
    expect(Array.from({ length: tree.nodes }, (_, node) => pathOf(tree, node))).toEqual([
      'run',
      'run/item',
      'run/item/chat',
      'run/item/save',
    ]);
    expect(tree.traces).toBe(2);
    expect(byPath(tree, 'spans')).toEqual({ run: 2, 'run/item': 2, 'run/item/chat': 2, 'run/item/save': 1 });
    expect(byPath(tree, 'inTraces')).toEqual({
      run: 2,
      'run/item': 1,
      'run/item/chat': 1,
      'run/item/save': 1,
    });
    expect(byPath(tree, 'totalMs')).toEqual({
      run: 110,
      'run/item': 90,
      'run/item/chat': 30,
      'run/item/save': 30,
    });
    expect(byPath(tree, 'squaresMs')).toMatchObject({ run: 10_100, 'run/item/chat': 500 });
    expect(byPath(tree, 'selfMs')).toEqual({
      run: 20,
      'run/item': 30,
      'run/item/chat': 30,
      'run/item/save': 30,
    });
    expect(byPath(tree, 'errors')).toMatchObject({ run: 0, 'run/item': 1 });
    expect(tree.longest[1]).toEqual({ traceId: '1'.repeat(32), spanId: '0000000000000004' });
  });

  it('tells services of the same name apart', () => {
    const records = spanTree('get 0-1\nget 1-2').map((record, i) => ({
      ...record,
      origin: { resource: { 'service.name': `s${i}` }, scope: { name: '', version: null } },
    }));
    expect(callTreeOfSpans(records).nodes).toBe(2);
  });

  it('has tokens and cost where they were used, once', () => {
    const records = spanTree(`
      agent 0-10
        chat 0-5
        chat 5-10`).map((record) => ({
      ...record,
      attributes:
        record.name === 'agent'
          ? { 'gen_ai.usage.input_tokens': 20, 'tracedeck.cost': 3 }
          : { 'gen_ai.usage.input_tokens': 10, 'tracedeck.cost': 1 },
    }));
    const found = callTreeOfSpans(records);
    expect(byPath(found, 'inputTokens')).toEqual({ agent: 0, 'agent/chat': 20 });
    expect(byPath(found, 'cost')).toEqual({ agent: 1, 'agent/chat': 2 });
    expect([...subtreeSums(found, found.cost)]).toEqual([3, 2]);
  });

  it('agrees with a count over the spans, whatever the trace looks like', () => {
    for (let seed = 1; seed <= 100; seed += 1) {
      const records = randomTrace(seed);
      const found = callTreeOfSpans(records);
      const want = oracle(records);
      expect(found.nodes, `seed ${seed}`).toBe(Object.keys(want).length);
      for (const column of ['spans', 'errors', 'totalMs', 'selfMs', 'criticalMs'] as const) {
        expect(byPath(found, column), `${column}, seed ${seed}`).toEqual(
          Object.fromEntries(Object.entries(want).map(([path, node]) => [path, node[column]])),
        );
      }
      for (let node = 0; node < found.nodes; node += 1) expect(found.parent[node]).toBeLessThan(node);
    }
  });

  it('leaves out what is hidden, and changes no figure of what is not', () => {
    for (let seed = 1; seed <= 60; seed += 1) {
      const records = randomTrace(seed);
      const isHidden = ({ spanId }: SpanRecord) => Number.parseInt(spanId, 16) % 3 === seed % 3;
      const found = callTreeOfSpans(records, { isHidden });
      const want = oracle(records, isHidden);
      for (const column of ['spans', 'errors', 'totalMs', 'selfMs', 'criticalMs'] as const) {
        expect(byPath(found, column), `${column}, seed ${seed}`).toEqual(
          Object.fromEntries(Object.entries(want).map(([path, node]) => [path, node[column]])),
        );
      }
    }
  });

  it('is the same whatever the order of the spans', () => {
    for (let seed = 1; seed <= 20; seed += 1) {
      const records = randomTrace(seed, { circles: false });
      const turned = callTreeOfSpans([...records].reverse());
      const { longest: _one, ...straight } = callTreeOfSpans(records);
      const { longest: _other, ...reversed } = turned;
      const named = (tree: Omit<CallTree, 'longest'>) => ({
        ...tree,
        strings: [],
        name: [...tree.name].map((name) => tree.strings[name]),
        service: [],
      });
      expect(named(reversed)).toEqual(named(straight));
    }
  });
});

describe('CallTreeBuilder', () => {
  function chain(length: number) {
    return {
      columns: {
        count: length,
        parent: Int32Array.from({ length }, (_, span) => span - 1),
        startMs: new Float64Array(length),
        endMs: new Float64Array(length).fill(1),
      },
      name: Array.from({ length }, (_, span) => span),
      service: new Uint8Array(length),
      error: new Uint8Array(length),
      idOf: () => ({ traceId: '', spanId: '' }),
    };
  }

  it('bounds the depth, and loses no span by it', () => {
    const builder = new CallTreeBuilder({ nameOf: String, serviceOf: String, maxDepth: 10 });
    builder.add(chain(100));
    const tree = builder.tree();
    expect(tree.spans.reduce((sum, each) => sum + each, 0)).toBe(100);
    expect(builder.folded).toBe(90);
    const depth = (node: number): number => (tree.parent[node]! < 0 ? 1 : 1 + depth(tree.parent[node]!));
    expect(Math.max(...Array.from({ length: tree.nodes }, (_, node) => depth(node)))).toBe(10);
  });

  it('bounds the nodes, and loses no span by it', () => {
    const builder = new CallTreeBuilder({ nameOf: String, serviceOf: String, maxNodes: 50 });
    const wide = chain(1000);
    wide.columns.parent.fill(0, 1);
    builder.add(wide);
    const tree = builder.tree();
    expect(tree.nodes).toBe(51);
    expect(tree.spans.reduce((sum, each) => sum + each, 0)).toBe(1000);
    expect(byPath(tree, 'spans')[`0/${OTHER_NAMES}`]).toBe(950);
  });

  it('counts a trace once a node though its spans come mixed with those of others', () => {
    const builder = new CallTreeBuilder({ nameOf: String, serviceOf: String });
    const mixed = chain(6);
    mixed.columns.parent.fill(-1);
    mixed.name.fill(7);
    builder.add({ ...mixed, trace: [5, 9, 5, 9, 5, 5] });
    builder.add(mixed);
    const tree = builder.tree();
    expect([tree.traces, [...tree.inTraces], [...tree.spans]]).toEqual([3, [3], [12]]);
  });
});
