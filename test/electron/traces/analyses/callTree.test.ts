import { describe, expect, it } from 'vitest';
import { callTree } from '../../../../electron/traces/analyses/callTree.ts';
import { callTreeOfSpans } from '../../../fixtures/callTrees.ts';
import { diffCallTrees } from '../../../../shared/analysis/callTreeDiff.ts';
import type { SpanRecord } from '../../../../shared/span.ts';
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
