import { describe, expect, it } from 'vitest';
import { callTreeOfSpans } from '../../fixtures/callTrees.ts';
import { diffCallTrees } from '../../../shared/analysis/callTreeDiff.ts';
import type { CallTree } from '../../../shared/traceQuery.ts';
import { SpanTable } from '../../../renderer/derive/spanTable.ts';
import { TraceTree } from '../../../renderer/derive/traceTree.ts';
import { ENTRY_ADDED, ENTRY_REMOVED } from '../../../renderer/derive/tracks.ts';
import { aggregate, nodeName } from '../../../renderer/flame/aggregate.ts';
import { changeText } from '../../../shared/analysis/diffMeasure.ts';
import { changeStep, diffPicture } from '../../../renderer/flame/diff.ts';
import type { FlameModel } from '../../../renderer/flame/flameModel.ts';
import { Boxes, layout } from '../../../renderer/flame/layout.ts';
import { formatCost, formatShare, MEASURES, treeWidths } from '../../../shared/analysis/measures.ts';
import type { PathPicture } from '../../../renderer/flame/pathPicture.ts';
import { operationsOf, sandwich } from '../../../renderer/flame/sandwich.ts';
import { NO_CHANGE_FILL } from '../../../renderer/flame/theme.ts';
import { traceCallTree } from '../../../renderer/flame/traceCallTree.ts';
import { spanTree } from '../../fixtures/spanTree.ts';
import { syntheticTrace } from '../../fixtures/syntheticTrace.ts';

function treeOf(text: string, traceId = '1'.repeat(32)): CallTree {
  return callTreeOfSpans(spanTree(text).map((span) => ({ ...span, traceId })));
}

/** Rows from top to bottom as `name from-to`, at a pixel a unit. */
function drawn(model: FlameModel, width: number): string[] {
  const view = { fromMs: 0, toMs: width, deviceWidth: width, firstRow: 0, lastRow: 99, nowMs: 0 };
  const boxes = layout(model.columns, view, new Boxes());
  const rows: string[][] = Array.from({ length: boxes.rowCount }, () => []);
  for (let box = 0; box < boxes.count; box += 1) {
    rows[boxes.rowOf(box)]!.push(`${model.labelOf(boxes.item[box]!)} ${boxes.x0[box]}-${boxes.x1[box]}`);
  }
  return rows.map((row) => row.join(' | '));
}

/** Every box within its parent, none over another of its row. */
function expectSound({ parent, offset, width, rows, childrenOf, count }: PathPicture): void {
  for (let path = 0; path < count; path += 1) {
    if (parent[path]! < 0) continue;
    expect(offset[path]).toBeGreaterThanOrEqual(offset[parent[path]!]! - 1e-6);
    const end = offset[parent[path]!]! + width[parent[path]!]!;
    expect(offset[path]! + width[path]!).toBeLessThanOrEqual(end + 1e-6 * end);
  }
  for (const { chunks } of rows) {
    for (const chunk of chunks) {
      for (let i = 1; i < chunk.count; i += 1)
        expect(chunk.start[i]).toBeGreaterThanOrEqual(chunk.end[i - 1]!);
    }
  }
  expect(
    Array.from({ length: count + 1 }, (_, at) => childrenOf(at - 1).length).reduce((a, b) => a + b),
  ).toBe(count);
}

const RUN = `
run 0-100
  item 0-40
    cache 0-5
    chat 5-40
  item 10-60 error
    cache 10-12
    chat 12-60
  wait 60-90
`;

describe('aggregate', () => {
  it('merges by path, the widest on the left, children always inside their parent', () => {
    const tree = treeOf(RUN);
    expect(drawn(aggregate(tree, 'self').model, 130)).toEqual([
      'run 0-130',
      'item ×2 0-90 | wait 90-120',
      'chat ×2 0-83 | cache ×2 83-90',
    ]);
    const item = [0, 1, 2, 3, 4].find((node) => nodeName(tree, node) === 'item')!;
    expect(aggregate(tree, 'self').model.noteOf(item, 0)).toBe('Σ 90.0 ms · 69.2 %, 1 failed');
    // By the clock the run took 100 ms, and its items and the wait 120 beside each other.
    expect(drawn(aggregate(tree, 'wall').model, 120)[0]).toBe('run 0-120');
    expect(drawn(aggregate(tree, 'count').model, 8)).toEqual([
      'run 0-8',
      'item ×2 0-6 | wait 6-7',
      'chat ×2 0-2 | cache ×2 2-4',
    ]);
  });

  it('says which times are sums: those of several spans, and of a span with concurrent work below it', () => {
    const tree = treeOf('run 0-100\n  item 0-60\n  item 30-90\n  finish 90-99\n    sync 91-95');
    const { model } = aggregate(tree, 'self');
    const notes = Array.from({ length: tree.nodes }, (_, node) => model.noteOf(node, 0).split(' · ')[0]);
    expect(notes.sort()).toEqual(['4.00 ms', '9.00 ms', 'Σ 120 ms', 'Σ 130 ms']);
    expect(model.ticksOf!(0, 100, 2).map(({ label }) => label)).toEqual(['0', 'Σ 50 ms', 'Σ 100 ms']);
  });

  it.each(MEASURES)('fits children into their parent and adds up, by %s', (measure) => {
    const spans = syntheticTrace({ items: 60 }).map((span) => ({
      ...span,
      attributes: { ...span.attributes, ...(span.name.startsWith('chat') ? { 'tracedeck.cost': 0.01 } : {}) },
    }));
    const tree = callTreeOfSpans(spans);
    const { picture, model } = aggregate(tree, measure);
    expectSound(picture);
    const sums: Record<string, number> = {
      self: tree.selfMs.reduce((a, b) => a + b),
      critical: tree.criticalMs.reduce((a, b) => a + b),
      count: spans.length,
      tokens: tree.inputTokens.reduce((a, b) => a + b) + tree.outputTokens.reduce((a, b) => a + b),
      cost: tree.cost.reduce((a, b) => a + b),
    };
    if (measure !== 'wall') expect(picture.total).toBeCloseTo(sums[measure]!, 6);
    expect(picture.total).toBeGreaterThan(0);
    expect(model.extent(0)).toEqual([0, picture.total]);
    // What has no width has no box, and is counted.
    const boxes = picture.rows.reduce((sum, row) => sum + (row.chunks[0]?.count ?? 0), 0);
    expect(boxes + picture.hidden).toBe(tree.nodes);
  });

  it('leads arrow keys along the boxes', () => {
    const tree = treeOf(RUN);
    const { model } = aggregate(tree, 'self');
    const path = (keys: string) => {
      let at = -1;
      for (const key of keys)
        at = model.move(at, ({ u: 'parent', d: 'child', l: 'previous', r: 'next' } as const)[key as 'u']);
      return at < 0 ? null : nodeName(tree, at);
    };
    expect(['d', 'dd', 'ddr', 'ddd', 'dddr', 'dddru', 'du', 'ddl'].map(path)).toEqual([
      'run',
      'item',
      'wait',
      'chat',
      'cache',
      'item',
      null,
      null,
    ]);
  });

  it('draws nothing of nothing', () => {
    const { picture, model } = aggregate(callTreeOfSpans([]), 'wall');
    expect([picture.rows, picture.total, model.move(-1, 'child')]).toEqual([[], 0, -1]);
  });
});

describe('traceCallTree', () => {
  it('knows the path of every span, and the longest span of every path', () => {
    const table = new SpanTable();
    table.upsert(spanTree(RUN));
    const trace = new TraceTree(table, '1'.repeat(32));
    trace.update(0);
    const { tree, pathOf, longest } = traceCallTree(trace, 0);
    for (let node = 0; node < trace.size; node += 1)
      expect(nodeName(tree, pathOf[node]!)).toBe(trace.name(node));
    expect(Array.from(longest, (node) => trace.name(node)).sort()).toEqual(
      Array.from({ length: tree.nodes }, (_, path) => nodeName(tree, path)).sort(),
    );
    // The second of the two items is the longer one.
    expect(longest[pathOf[1]!]).toBe(4);
    expect(tree.spans.reduce((a, b) => a + b)).toBe(trace.size);
  });

  it('ends open spans now', () => {
    const table = new SpanTable();
    table.upsert(spanTree('run 0-?\n  step 10-?'));
    const trace = new TraceTree(table, '1'.repeat(32));
    trace.update(0);
    const { tree } = traceCallTree(trace, 50);
    expect(Array.from(tree.totalMs)).toEqual([50, 40]);
  });
});

const CALLS = `
main 0-100
  a 0-50
    work 0-30
      io 0-20
  b 50-100
    work 50-90
      io 50-60
      cpu 60-85
    rest 90-100
`;

describe('sandwich', () => {
  it('puts callers above and callees below, both as wide as the operation', () => {
    const found = sandwich(treeOf(CALLS), { name: 'work', service: '' }, 'wall')!;
    expect(drawn(found.model, 70)).toEqual([
      'main 0-40 | main 40-70',
      'b 0-40 | a 40-70',
      '◆ work ×2 0-70',
      'io ×2 0-30 | cpu 30-55',
    ]);
    expectSound(found.picture);
    expect(found.model.move(0, 'parent')).toBeGreaterThan(0);
    expect(found.nameOf(found.model.move(found.model.move(0, 'parent'), 'parent'))).toBe('main');
    expect(found.model.move(found.model.move(0, 'parent'), 'child')).toBe(0);
    expect(found.nameOf(found.model.move(0, 'child'))).toBe('io');
  });

  it('counts recursion once', () => {
    const tree = treeOf('main 0-100\n  f 0-80\n    f 10-60\n      g 20-30\n  f 80-90');
    const found = sandwich(tree, { name: 'f', service: '' }, 'wall')!;
    expect(drawn(found.model, 90)).toEqual(['main ×2 0-90', '◆ f ×2 0-90', 'f 0-50', 'g 0-10']);
    expect(
      operationsOf(tree, 'wall').map(({ name, total, self, spans }) => [name, total, self, spans]),
    ).toEqual([
      ['main', 100, 10, 1],
      ['f', 90, 80, 3],
      ['g', 10, 10, 1],
    ]);
  });

  it.each(MEASURES)('has callers that add up to every operation, by %s', (measure) => {
    const tree = callTreeOfSpans(syntheticTrace({ items: 40 }));
    for (const operation of operationsOf(tree, measure)) {
      const { picture, side } = sandwich(tree, operation, measure)!;
      expect(picture.width[0]).toBeCloseTo(operation.total, 6);
      const callers = Array.from({ length: picture.count }, (_, item) => item).filter(
        (item) => side[item]! < 0 && picture.parent[item] === 0,
      );
      const isRoot = operation.name === 'run';
      const above = callers.reduce((sum, item) => sum + picture.width[item]!, 0);
      expect(above).toBeCloseTo(isRoot ? 0 : operation.total, 6);
      expectSound(picture);
    }
    expect(sandwich(tree, { name: 'nobody', service: '' }, measure)).toBeNull();
  });
});

describe('diffPicture', () => {
  const a = treeOf('run 0-100\n  kept 0-40\n  slower 40-60\n  gone 60-90');
  const b = treeOf('run 0-140\n  kept 0-40\n  slower 40-100\n  new 100-130');
  const named = (text: string, model: FlameModel) =>
    Array.from({ length: 5 }, (_, node) => node).find((node) => model.labelOf(node).endsWith(text))!;

  it('is as wide as A, B or the larger of them, and leaves out of A and B what they do not have', () => {
    const diff = diffCallTrees(a, b);
    const picture = (basis: 'a' | 'b' | 'max') => drawn(diffPicture(diff, a, b, 'wall', basis).model, 160);
    expect(picture('a')).toEqual(['▲ run 0-100', 'kept 0-40 | − gone 40-70 | ▲ slower 70-90']);
    expect(picture('b')).toEqual(['▲ run 0-140', '▲ slower 0-60 | kept 60-100 | + new 100-130']);
    expect(picture('max')).toEqual([
      '▲ run 0-160',
      '▲ slower 0-60 | kept 60-100 | − gone 100-130 | + new 130-160',
    ]);
    expect(diffPicture(diff, a, b, 'wall', 'b').picture.hidden).toBe(1);
  });

  it('colours by the change, and hatches what only one side has', () => {
    const diff = diffCallTrees(a, b);
    const { picture, model } = diffPicture(diff, a, b, 'wall', 'max');
    const entry = (name: string) => {
      const item = named(name, model);
      const chunk = picture.rows[picture.row[item]!]!.chunks[0]!;
      const at = chunk.item.indexOf(item);
      return [chunk.colour[at]! - NO_CHANGE_FILL, chunk.flags[at]!];
    };
    expect([entry('kept'), entry('slower'), entry('gone'), entry('new')]).toEqual([
      [0, 0],
      [4, 0],
      [-4, ENTRY_REMOVED],
      [4, ENTRY_ADDED],
    ]);
  });

  it.each(MEASURES)('adds up on every basis, by %s', (measure) => {
    const left = callTreeOfSpans(syntheticTrace({ items: 50, seed: 1 }));
    const right = callTreeOfSpans(syntheticTrace({ items: 70, seed: 2, rowsPerStage: 2 }));
    const diff = diffCallTrees(left, right);
    for (const basis of ['a', 'b', 'max'] as const) {
      const { picture, totalA, totalB } = diffPicture(diff, left, right, measure, basis);
      expectSound(picture);
      const total = (tree: CallTree) => {
        const widths = treeWidths(tree, measure);
        return widths.reduce((sum, width, node) => sum + (tree.parent[node]! < 0 ? width : 0), 0);
      };
      expect([totalA, totalB].map((sum) => sum.toFixed(3))).toEqual(
        [total(left), total(right)].map((sum) => sum.toFixed(3)),
      );
      if (basis !== 'max') expect(picture.total).toBeCloseTo(basis === 'a' ? totalA : totalB, 6);
      else expect(picture.total).toBeGreaterThanOrEqual(Math.max(totalA, totalB) - 1e-6);
    }
  });

  it('compares what a trace has, not what all have', () => {
    const twice = callTreeOfSpans([
      ...spanTree('run 0-100'),
      ...spanTree('run 0-100').map((span) => ({ ...span, traceId: '2'.repeat(32) })),
    ]);
    const once = treeOf('run 0-100');
    const { model, totalA, totalB } = diffPicture(diffCallTrees(twice, once), twice, once, 'wall', 'b');
    expect([totalA, totalB, model.noteOf(0, 0)]).toEqual([100, 100, 'unchanged']);
  });

  it('says changes in words', () => {
    const pairs = [
      [10, 10],
      [10, 11],
      [10, 5],
      [0, 5],
      [5, 0],
      [10, 45],
      [3, 60],
    ] as const;
    expect(pairs.map(([from, to]) => changeText(from, to))).toEqual([
      'unchanged',
      '+10.0 %',
      '−50.0 %',
      'new',
      'gone',
      '×4.5',
      '×20',
    ]);
    expect(pairs.map(([from, to]) => changeStep(from, to))).toEqual([0, 1, -4, 4, -4, 4, 4]);
  });
});

describe('figures', () => {
  it('shows money with two digits that count, and shares without false zeros', () => {
    expect([0, 12.4, 0.0031, 0.25].map(formatCost)).toEqual(['$0.00', '$12.40', '$0.0031', '$0.25']);
    expect([formatShare(1, 3), formatShare(1, 0), formatShare(1, 1e6), formatShare(0, 5)]).toEqual([
      '33.3 %',
      '–',
      '< 0.1 %',
      '0.0 %',
    ]);
  });
});
