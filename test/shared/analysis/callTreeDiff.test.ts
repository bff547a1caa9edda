import { describe, expect, it } from 'vitest';
import { diffAttributes } from '../../../shared/analysis/attributeDiff.ts';
import { callTreeOfSpans } from '../../fixtures/callTrees.ts';
import { describeNode, diffCallTrees, VERDICT } from '../../../shared/analysis/callTreeDiff.ts';
import type { CallTreeDiff } from '../../../shared/analysis/callTreeDiff.ts';
import type { Attributes, SpanRecord } from '../../../shared/span.ts';
import { spanTree } from '../../fixtures/spanTree.ts';
import { randomNumbers } from '../../fixtures/syntheticTrace.ts';
import { randomTrace } from './randomTraces.ts';

function nodeOf(diff: CallTreeDiff, name: string): number {
  return diff.name.findIndex((no) => diff.strings[no] === name);
}
/** A trace each: a call and what it waits for. */
function traces(durations: readonly number[], more = ''): SpanRecord[] {
  return durations.flatMap((ms, i) =>
    spanTree(`run 0-${ms + 10}\n  call 5-${ms + 5}\n${more}`, {
      traceId: (i + 1).toString(16).padStart(32, '0'),
    }),
  );
}

describe('diffCallTrees', () => {
  it('finds nothing between a tree and itself', () => {
    for (let seed = 1; seed <= 30; seed += 1) {
      const tree = callTreeOfSpans(randomTrace(seed));
      const diff = diffCallTrees(tree, tree);
      expect([diff.nodes, diff.onlyA, diff.onlyB, diff.changed]).toEqual([tree.nodes, 0, 0, 0]);
      expect(diff.verdict.every((each) => each === VERDICT.same || each === VERDICT.tooFew)).toBe(true);
      for (const measure of ['spans', 'totalMs', 'selfMs', 'cost'] as const) {
        expect(diff.a[measure]).toEqual(diff.b[measure]);
      }
    }
  });

  it('aligns by path and measures a trace', () => {
    const a = callTreeOfSpans(traces([10, 20], '  old 1-2'));
    const b = callTreeOfSpans(traces([30], '  new 1-3\n    inner 1-2'));
    const diff = diffCallTrees(a, b);
    const rows = Array.from({ length: diff.nodes }, (_, node) => [
      diff.strings[diff.name[node]!],
      diff.a.totalMs[node],
      diff.b.totalMs[node],
      diff.inA[node]! >= 0,
      diff.inB[node]! >= 0,
    ]);
    expect(rows).toEqual([
      ['run', 25, 40, true, true],
      ['call', 15, 30, true, true],
      ['new', 0, 2, false, true],
      ['inner', 0, 1, false, true],
      ['old', 1, 0, true, false],
    ]);
    expect([diff.onlyA, diff.onlyB, diff.changed]).toEqual([1, 2, 2]);
    expect(describeNode(diff, a, b, nodeOf(diff, 'new'))).toBe('only in B: 1 span, 2 ms each');
    for (let node = 0; node < diff.nodes; node += 1) expect(diff.parent[node]).toBeLessThan(node);
  });

  it('has every node of both trees, and only those', () => {
    for (let seed = 1; seed <= 40; seed += 1) {
      const a = callTreeOfSpans(randomTrace(seed));
      const b = callTreeOfSpans(randomTrace(seed + 1000));
      const diff = diffCallTrees(a, b);
      const places = (column: Int32Array) => [...column].filter((at) => at >= 0).sort((x, y) => x - y);
      expect(places(diff.inA)).toEqual([...Array(a.nodes).keys()]);
      expect(places(diff.inB)).toEqual([...Array(b.nodes).keys()]);
      const turned = diffCallTrees(b, a);
      expect([turned.onlyA, turned.onlyB, turned.changed]).toEqual([diff.onlyB, diff.onlyA, diff.changed]);
      expect([...turned.p].sort()).toEqual([...diff.p].sort());
    }
  });

  it('says what is slower by more than chance, and of how few spans nothing can be said', () => {
    const random = randomNumbers(5);
    const around = (ms: number, count: number) => Array.from({ length: count }, () => ms + random() * 10);
    const a = callTreeOfSpans(traces(around(50, 40)));
    const slower = diffCallTrees(a, callTreeOfSpans(traces(around(70, 40))));
    expect(slower.verdict[nodeOf(slower, 'call')]).toBe(VERDICT.slower);
    expect(describeNode(slower, a, callTreeOfSpans(traces(around(70, 40))), nodeOf(slower, 'call'))).toMatch(
      /^slower by 3\d % \(5\d(\.\d)? ms → 7\d(\.\d)? ms a span, 40 and 40 spans, p < 0\.001 after adjustment for 2 tests\)$/,
    );
    expect(slower.note).toContain('2 came out slower in B and 0 faster');
    const b = callTreeOfSpans(traces(around(50, 40)));
    expect(diffCallTrees(a, b).verdict[nodeOf(slower, 'call')]).toBe(VERDICT.same);
    const few = diffCallTrees(a, callTreeOfSpans(traces([500, 500, 500, 500])));
    expect([...few.verdict]).toEqual([VERDICT.tooFew, VERDICT.tooFew]);
    expect(few.note).toContain('too few to tell');
  });
});

describe('diffAttributes', () => {
  const spans = (...attributes: Attributes[]): SpanRecord[] =>
    spanTree(['run 0-9', ...attributes.map(() => '  call 1-2')].join('\n')).map((record, i) =>
      i === 0 ? record : { ...record, attributes: attributes[i - 1]! },
    );

  it('tells keys that came, went or have other values, by path', () => {
    const deltas = diffAttributes(
      spans({ same: 1, model: 'a', gone: true }),
      spans({ same: 1, model: 'b', here: ['x'] }),
    );
    expect(
      deltas.map(({ path, key, change, a, b }) => [path.join('/'), key, change, a.values, b.values]),
    ).toEqual([
      ['run/call', 'gone', 'removed', [{ value: 'true', spans: 1 }], []],
      ['run/call', 'here', 'added', [], [{ value: '["x"]', spans: 1 }]],
      ['run/call', 'model', 'changed', [{ value: 'a', spans: 1 }], [{ value: 'b', spans: 1 }]],
    ]);
  });

  it('compares shares where one side has more spans', () => {
    expect(
      diffAttributes(
        spans({ hit: 'yes' }, { hit: 'no' }),
        spans({ hit: 'no' }, { hit: 'yes' }, { hit: 'yes' }, { hit: 'no' }),
      ),
    ).toEqual([]);
    const [delta] = diffAttributes(spans({ hit: 'yes' }, { hit: 'no' }), spans({ hit: 'yes' }));
    expect(delta).toMatchObject({
      key: 'hit',
      change: 'changed',
      a: { spans: 2, differentValues: 2 },
      b: { spans: 1 },
    });
  });

  it('puts ids last, and has the mean of numbers', () => {
    const deltas = diffAttributes(
      spans({ id: 'a', n: 1 }, { id: 'b', n: 2 }, { id: 'c', n: 3 }),
      spans({ id: 'd', n: 4 }, { id: 'e', n: 5 }, { id: 'f', n: 6 }),
    );
    expect(deltas.map(({ key, isUnique, a, b }) => [key, isUnique, a.mean, b.mean])).toEqual([
      ['n', false, 2, 5],
      ['id', true, null, null],
    ]);
  });

  it('leaves hidden spans out, and has what is below them at the path of what is above', () => {
    const side = (value: number) =>
      spanTree('run 0-9\n  noise 1-8\n    noise 2-7\n      call 3-4\n  noise 8-9').map(
        (record): SpanRecord => ({ ...record, attributes: { [record.name]: value } }),
      );
    const isHidden = ({ name }: SpanRecord) => name === 'noise';
    expect(
      diffAttributes(side(1), side(2), { isHidden }).map(({ path, key }) => [path.join('/'), key]),
    ).toEqual([
      ['run', 'run'],
      ['run/call', 'call'],
    ]);
    const all = ({ name }: SpanRecord) => name !== '';
    expect(diffAttributes(side(1), side(2), { isHidden: all })).toEqual([]);
  });

  it('finds nothing between a trace and itself', () => {
    for (let seed = 1; seed <= 20; seed += 1) {
      const records = randomTrace(seed);
      expect(diffAttributes(records, records)).toEqual([]);
    }
  });
});
