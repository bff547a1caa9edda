import { describe, expect, it } from 'vitest';
import { callTree } from '../../../../electron/traces/analyses/callTree.ts';
import { callTreeOfSpans } from '../../../fixtures/callTrees.ts';
import { diffCallTrees } from '../../../../shared/analysis/callTreeDiff.ts';
import type { SpanRecord } from '../../../../shared/span.ts';
import { SpanTable } from '../../../../renderer/derive/spanTable.ts';
import { TraceTree } from '../../../../renderer/derive/traceTree.ts';
import { adjusted, clockSkew } from '../../../../renderer/waterfall/clockSkew.ts';
import { traceIndex } from '../../../../renderer/waterfall/waterfallIndex.ts';
import { selfTimes } from '../../../../shared/analysis/selfTimes.ts';
import type { FoundCallTree } from '../../../../shared/traceQuery.ts';
import { SERVICES_TRACE, servicesTrace } from '../../../fixtures/servicesTrace.ts';
import { memoryReader } from '../../../fixtures/spanReader.ts';
import { spanTree } from '../../../fixtures/spanTree.ts';
import { randomTrace } from '../../../shared/analysis/randomTraces.ts';

const ALL = { query: '', fromMs: null, toMs: null, traceIds: [], maxTraces: 10_000 };

function traceId(no: number): string {
  return no.toString(16).padStart(32, '0');
}
/** Several traces, their spans mixed as they might arrive. */
function mixed(seed: number, count = 4): SpanRecord[] {
  const traces = Array.from({ length: count }, (_, i) =>
    randomTrace(seed * 100 + i, { spans: 12, circles: false }).map((record) => ({
      ...record,
      traceId: traceId(i + 1),
      startMs: record.startMs + i,
      endMs: record.endMs === null ? null : record.endMs + i,
    })),
  );
  return Array.from({ length: 12 }, (_, i) => traces.map((trace) => trace[i]!)).flat();
}

describe('clocks that differ', () => {
  const asked = { ...ALL, traceIds: [SERVICES_TRACE] };
  const treeOf = (records: readonly SpanRecord[], perBlock: number, adjustClocks: boolean) =>
    callTree(memoryReader(records, { perBlock }), { ...asked, adjustClocks });

  it.each([1000, 5])('are told, and brought together where that is asked, %i spans a block', (perBlock) => {
    const records = servicesTrace();
    const [as, together] = [treeOf(records, perBlock, false), treeOf(records, perBlock, true)];
    expect([as.skewedTraces, together.skewedTraces]).toEqual([1, 1]);
    const valueOf = ({ tree }: FoundCallTree, name: string, column: 'selfMs' | 'totalMs' | 'criticalMs') =>
      tree[column][[...tree.name].findIndex((text) => tree.strings[text] === name)]!;
    // As the waterfall shows them: what was called lies within its caller again, and takes of its own time.
    const table = new SpanTable();
    table.upsert(records);
    const shown = new TraceTree(table, SERVICES_TRACE);
    shown.update();
    const index = traceIndex(shown, shown.latestMs);
    const moved = adjusted(index, clockSkew(shown, index)!);
    const node = Array.from({ length: shown.size }, (_, i) => i).find((i) => shown.name(i) === 'POST stock')!;
    const columns = {
      count: moved.count,
      parent: Int32Array.from({ length: moved.count }, (_, i) => shown.parent(i)),
      startMs: moved.startMs,
      endMs: moved.endMs,
    };
    const self = selfTimes(columns);
    expect(valueOf(together, 'POST stock', 'selfMs')).toBeCloseTo(self[node]!, 6);
    expect(valueOf(as, 'POST stock', 'selfMs')).toBeGreaterThan(
      valueOf(together, 'POST stock', 'selfMs') + 1,
    );
    expect(valueOf(as, 'POST stock', 'totalMs')).toBeCloseTo(valueOf(together, 'POST stock', 'totalMs'), 6);
  });

  it('are no question where there is one service', () => {
    const own = servicesTrace()[0]!.origin!;
    const records = servicesTrace().map((record) => ({ ...record, origin: own }));
    const { skewedTraces, tree } = treeOf(records, 1000, true);
    expect(skewedTraces).toBeUndefined();
    expect([...tree.selfMs]).toEqual([...treeOf(records, 1000, false).tree.selfMs]);
  });

  it('of merged traces are those that each of them has', () => {
    const again = servicesTrace().map((record) => ({ ...record, traceId: traceId(7) }));
    const found = callTree(memoryReader([...servicesTrace(), ...again]), { ...ALL, adjustClocks: true });
    expect(found.skewedTraces).toBe(2);
    const one = treeOf(servicesTrace(), 1000, true).tree;
    expect([...found.tree.criticalMs]).toEqual([...one.criticalMs].map((ms) => expect.closeTo(ms * 2, 6)));
  });
});

describe('callTree', () => {
  it.each([1000, 5, 1])('is the tree of the spans themselves, %i spans a block', (perBlock) => {
    for (let seed = 1; seed <= 10; seed += 1) {
      const records = mixed(seed);
      const { tree, leftOut } = callTree(memoryReader(records, { perBlock }), ALL);
      const diff = diffCallTrees(tree, callTreeOfSpans(records, { service: 'tracedeck' }));
      expect([diff.onlyA, diff.onlyB], `seed ${seed}`).toEqual([0, 0]);
      for (const measure of [
        'spans',
        'totalMs',
        'selfMs',
        'criticalMs',
        'inputTokens',
        'errorRate',
      ] as const) {
        for (let node = 0; node < diff.nodes; node += 1) {
          expect(diff.a[measure][node], `${measure}, seed ${seed}`).toBeCloseTo(diff.b[measure][node]!, 6);
        }
      }
      expect(tree.traces).toBe(4);
      expect(leftOut).toMatchObject({ more: false, scanned: 48 });
    }
  });

  const reader = memoryReader(
    [1, 2, 3].flatMap((no) =>
      spanTree(`run 0-${no * 10}\n  item 0-${no * 5}${no === 2 ? ' error' : ''}`, {
        traceId: traceId(no),
        baseMs: 1_000_000 + no * 1000,
      }),
    ),
    { perBlock: 2 },
  );

  it('takes a trace that has a match with all its spans', () => {
    const { tree } = callTree(reader, { ...ALL, query: 'status = error' });
    expect([tree.traces, ...tree.totalMs]).toEqual([1, 20, 10]);
    expect(tree.longest[0]).toEqual({ traceId: traceId(2), spanId: '0000000000000001' });
  });

  it('takes the traces that are named, whatever the search', () => {
    const { tree } = callTree(reader, {
      ...ALL,
      query: 'status = error',
      traceIds: [traceId(1), traceId(3), traceId(9)],
    });
    expect([tree.traces, ...tree.totalMs]).toEqual([2, 40, 20]);
  });

  it('says that there are more traces than were asked for', () => {
    const { tree, leftOut } = callTree(reader, { ...ALL, maxTraces: 2 });
    expect([tree.traces, ...tree.totalMs]).toEqual([2, 50, 25]);
    expect(leftOut.more).toBe(true);
  });

  it('leaves whole traces out where there are too many spans, the older ones', () => {
    const { tree, leftOut } = callTree(reader, ALL, { maxSpans: 5 });
    expect([tree.traces, ...tree.totalMs]).toEqual([2, 50, 25]);
    expect([leftOut.more, leftOut.unscanned]).toEqual([true, 2]);
  });

  it('prices calls that do not state their cost', () => {
    const chat = spanTree('chat 0-1').map((record) => ({
      ...record,
      attributes: { 'gen_ai.request.model': 'm', 'gen_ai.usage.input_tokens': 2_000_000 },
    }));
    const prices = [{ model: 'm', inputPerMillion: 3, outputPerMillion: 0, exactTokenizer: true }];
    expect([...callTree(memoryReader(chat), ALL, { prices }).tree.cost]).toEqual([6]);
  });

  it('is empty where nothing is found', () => {
    expect(callTree(reader, { ...ALL, query: 'name = "none"' }).tree).toMatchObject({ nodes: 0, traces: 0 });
  });
});
