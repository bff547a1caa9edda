import { describe, expect, it } from 'vitest';
import { SpanTable } from '../../../renderer/derive/spanTable.ts';
import { TraceTree } from '../../../renderer/derive/traceTree.ts';
import {
  allGroups,
  allParents,
  foldOf,
  groupKey,
  isClosed,
  NOTHING_FOLDED,
  percentile,
  waterfallRows,
} from '../../../renderer/flame/waterfallRows.ts';
import type { FoldState } from '../../../renderer/flame/waterfallRows.ts';
import { spanTree } from '../../fixtures/spanTree.ts';
import { syntheticTrace } from '../../fixtures/syntheticTrace.ts';

function treeOf(text: string): TraceTree {
  const table = new SpanTable();
  table.upsert(spanTree(text));
  const tree = new TraceTree(table, '1'.repeat(32));
  tree.update(0);
  return tree;
}

function rowsAsText(tree: TraceTree, folds: FoldState = NOTHING_FOLDED): string[] {
  const rows = waterfallRows(tree, folds, 1000);
  return Array.from({ length: rows.count }, (_, i) => {
    const item = rows.item[i]!;
    const group = item < 0 ? rows.groups[-1 - item]! : null;
    const text = group === null ? tree.name(item) : `${group.nodes.length} × ${group.name}`;
    return '  '.repeat(rows.level[i]! - 1) + text;
  });
}

const repeats = (count: number, line = (i: number) => `  item ${i}-${i + (i % 10) + 1}`) =>
  ['run 0-200', ...Array.from({ length: count }, (_, i) => line(i)), '  finish 190-200'].join('\n');

describe('waterfallRows', () => {
  it('hides the statements of a transaction until it is opened', () => {
    const tree = treeOf(`
run 0-100
  transaction deck 10-20
    INSERT notes 11-12
  item 20-30`);
    expect(rowsAsText(tree)).toEqual(['run', '  transaction deck', '  item']);
    const all = ['run', '  transaction deck', '    INSERT notes', '  item'];
    expect(rowsAsText(tree, { ...NOTHING_FOLDED, opened: new Set([1]) })).toEqual(all);
    expect(rowsAsText(tree, { ...NOTHING_FOLDED, opened: allParents(tree) })).toEqual(all);
    expect(isClosed(tree, { ...NOTHING_FOLDED, closed: new Set([1]), opened: new Set([1]) }, 1)).toBe(true);
  });

  it('puts children under their parents in order of start', () => {
    const tree = treeOf('run 0-9\n  late 5-6\n    inner 5-6\n  early 1-2');
    expect(rowsAsText(tree)).toEqual(['run', '  early', '  late', '    inner']);
    expect(rowsAsText(tree, { ...NOTHING_FOLDED, closed: new Set([1]) })).toEqual([
      'run',
      '  early',
      '  late',
    ]);
  });

  it('folds more than twenty siblings of one name, with count, total and percentiles', () => {
    expect(rowsAsText(treeOf(repeats(20)))).toHaveLength(22);
    const tree = treeOf(repeats(40));
    expect(rowsAsText(tree)).toEqual(['run', '  40 × item', '  finish']);
    expect(waterfallRows(tree, NOTHING_FOLDED, 0).groups[0]).toMatchObject({
      totalMs: 220,
      p50Ms: 5,
      p95Ms: 10,
      startMs: 0,
      endMs: 49,
      errors: 0,
      open: 0,
    });
  });

  it('opens a group in place, and tells which group hides a span', () => {
    const tree = treeOf(repeats(25));
    const key = foldOf(tree, 3)!;
    expect(key).toBe(groupKey(0, 'item'));
    expect(foldOf(tree, 26)).toBeNull();
    const open = rowsAsText(tree, { ...NOTHING_FOLDED, openGroups: new Set([key]) });
    expect(open.slice(0, 3)).toEqual(['run', '  25 × item', '    item']);
    expect(open).toHaveLength(28);
  });

  it('brings what failed, and what has a failure below it, to the front', () => {
    const tree = treeOf('run 0-9\n  fine 0-1\n  branch 2-5\n    fine 2-3\n    broken 4-5 error\n  fine 6-7');
    expect(rowsAsText(tree, { ...NOTHING_FOLDED, errorsFirst: true })).toEqual([
      'run',
      '  branch',
      '    broken',
      '    fine',
      '  fine',
      '  fine',
    ]);
  });

  it('counts failed and open spans of a group, which end now', () => {
    const tree = treeOf(
      repeats(30, (i) => (i === 29 ? '  item 29-?' : `  item ${i}-${i + 1}${i < 2 ? ' error' : ''}`)),
    );
    expect(waterfallRows(tree, NOTHING_FOLDED, 500).groups[0]).toMatchObject({
      errors: 2,
      open: 1,
      endMs: 500,
    });
  });

  it('shows every span exactly once with everything expanded, and only roots with everything collapsed', () => {
    const table = new SpanTable();
    const spans = syntheticTrace({ items: 300, rowsPerStage: 25 });
    table.upsert(spans);
    const tree = new TraceTree(table, spans[0]!.traceId);
    tree.update(0);
    const rows = waterfallRows(tree, { ...NOTHING_FOLDED, openGroups: allGroups(tree) }, 0);
    const nodes = [...rows.item.subarray(0, rows.count)].filter((item) => item >= 0);
    expect(rows.groups.length).toBe(1 + 600);
    expect(nodes.toSorted((a, b) => a - b)).toEqual(Array.from({ length: tree.size }, (_, i) => i));
    expect(rowsAsText(tree, { ...NOTHING_FOLDED, closed: allParents(tree) })).toEqual(['run']);
  });

  it('walks a chain of 30,000 calls', () => {
    const table = new SpanTable();
    const one = spanTree('x 0-1')[0]!;
    const id = (i: number) => (i + 1).toString(16).padStart(16, '0');
    table.upsert(
      Array.from({ length: 30_000 }, (_, i) => ({
        ...one,
        spanId: id(i),
        parentSpanId: i > 0 ? id(i - 1) : null,
      })),
    );
    const tree = new TraceTree(table, '1'.repeat(32));
    tree.update(0);
    expect(waterfallRows(tree, NOTHING_FOLDED, 0).count).toBe(30_000);
  });
});

describe('percentile', () => {
  it('takes the nearest rank', () => {
    const values = Float64Array.from([1, 2, 3, 4]);
    expect([0, 0.5, 0.51, 0.95, 1].map((share) => percentile(values, share))).toEqual([1, 2, 3, 4, 4]);
    expect(percentile(new Float64Array(0), 0.5)).toBeNaN();
  });
});
