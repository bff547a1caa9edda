import { describe, expect, it } from 'vitest';
import { SpanTable } from '../../../renderer/derive/spanTable.ts';
import { TraceTree } from '../../../renderer/derive/traceTree.ts';
import {
  ALL_COLLAPSED,
  ALL_EXPANDED,
  isClosed,
  nextLevels,
  NOTHING_FOLDED,
  withGroup,
  withLevels,
  withName,
  withNode,
} from '../../../renderer/waterfall/folds.ts';
import type { FoldState } from '../../../renderer/waterfall/folds.ts';
import { inPlaceOf } from '../../../renderer/waterfall/inPlaceRows.ts';
import { siblingFigures } from '../../../renderer/waterfall/siblingFigures.ts';
import { traceIndex } from '../../../renderer/waterfall/waterfallIndex.ts';
import { rowAbove, showing } from '../../../renderer/waterfall/waterfallMoves.ts';
import {
  foldOf,
  ROW,
  rowOfGroup,
  rowOfNode,
  waterfallRows,
} from '../../../renderer/waterfall/waterfallRows.ts';
import type { RowOptions } from '../../../renderer/waterfall/waterfallRows.ts';
import type { SpanRecord } from '../../../shared/span.ts';
import { spanTree } from '../../fixtures/spanTree.ts';
import { syntheticTrace } from '../../fixtures/syntheticTrace.ts';

function treeOf(spans: string | readonly SpanRecord[]): TraceTree {
  const table = new SpanTable();
  const records = typeof spans === 'string' ? spanTree(spans) : spans;
  table.upsert(records);
  const tree = new TraceTree(table, records[0]!.traceId);
  tree.update(0);
  return tree;
}
const nameIn = (tree: TraceTree) => (id: number) => tree.table.nameOf(id);

function rowsOf(tree: TraceTree, folds: FoldState = NOTHING_FOLDED, options: Partial<RowOptions> = {}) {
  return waterfallRows(traceIndex(tree, 1000), folds, { nameOf: nameIn(tree), ...options });
}

function rowsAsText(tree: TraceTree, folds?: FoldState, options?: Partial<RowOptions>): string[] {
  const rows = rowsOf(tree, folds, options);
  return Array.from({ length: rows.count }, (_, i) => {
    const item = rows.item[i]!;
    const text = {
      [ROW.span]: () => tree.name(item),
      [ROW.group]: () => `${rows.groups[-1 - item]!.nodes.length} × ${rows.groups[-1 - item]!.name}`,
      [ROW.inPlace]: () => `${rows.entries[-1 - item]!.kind} ${rows.entries[-1 - item]!.at}`,
    }[rows.kind[i]!]!();
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
    const index = traceIndex(tree, 0);
    expect(rowsAsText(tree)).toEqual(['run', '  transaction deck', '  item']);
    const all = ['run', '  transaction deck', '    INSERT notes', '  item'];
    const opened = withNode(index, NOTHING_FOLDED, 1, true, nameIn(tree));
    expect(rowsAsText(tree, opened)).toEqual(all);
    expect(isClosed(index, withNode(index, opened, 1, false, nameIn(tree)), 1, nameIn(tree))).toBe(true);
    expect(rowsAsText(tree, ALL_EXPANDED)).toEqual(all);
  });

  it('puts children under their parents in order of start', () => {
    const tree = treeOf('run 0-9\n  late 5-6\n    inner 5-6\n  early 1-2');
    expect(rowsAsText(tree)).toEqual(['run', '  early', '  late', '    inner']);
    const closed = withNode(traceIndex(tree, 0), NOTHING_FOLDED, 1, false, nameIn(tree));
    expect(rowsAsText(tree, closed)).toEqual(['run', '  early', '  late']);
  });

  it('folds more than twenty siblings of one name, with count, total and percentiles', () => {
    expect(rowsAsText(treeOf(repeats(20)))).toHaveLength(22);
    const tree = treeOf(repeats(40));
    expect(rowsAsText(tree)).toEqual(['run', '  40 × item', '  finish']);
    expect(siblingFigures(tree, traceIndex(tree, 0), rowsOf(tree).groups[0]!)).toMatchObject({
      count: 40,
      totalMs: 220,
      p50Ms: 5,
      p95Ms: 10,
      startMs: 0,
      endMs: 49,
      errors: 0,
      open: 0,
      nPlusOne: null,
    });
    expect(rowsAsText(tree, { ...NOTHING_FOLDED, foldRepeats: false })).toHaveLength(42);
  });

  it('keeps spans of one name but of two services apart', () => {
    const origin = { resource: { 'service.name': 'other' }, scope: { name: '', version: null } };
    const spans = spanTree(repeats(42)).map((span, i) =>
      span.name === 'item' && i % 2 === 0 ? { ...span, origin } : span,
    );
    expect(rowsAsText(treeOf(spans))).toEqual(['run', '  21 × item', '  21 × item', '  finish']);
  });

  it('opens a group in place, and tells which group hides a span', () => {
    const tree = treeOf(repeats(25));
    const index = traceIndex(tree, 0);
    const key = foldOf(index, 3)!;
    expect(key).toBe(rowsOf(tree).groups[0]!.key);
    expect(foldOf(index, 26)).toBeNull();
    const folds = withGroup(NOTHING_FOLDED, key, true);
    const open = rowsAsText(tree, folds);
    expect(open.slice(0, 3)).toEqual(['run', '  25 × item', '    item']);
    expect(open).toHaveLength(28);
    expect(showing(index, NOTHING_FOLDED, 3, nameIn(tree), null)).toEqual(folds);
    const rows = rowsOf(tree, folds);
    expect([rowOfGroup(rows, key), rowOfNode(rows, 1), rowAbove(rows, 2)]).toEqual([1, 2, 1]);
    expect([rowOfGroup(rows, 'none'), rowOfNode(rowsOf(tree), 1)]).toEqual([-1, -1]);
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
    const figures = siblingFigures(tree, traceIndex(tree, 500), rowsOf(tree).groups[0]!);
    expect(figures).toMatchObject({ errors: 2, open: 1, endMs: 500 });
  });

  it('shows every span exactly once with everything expanded, and only roots with everything collapsed', () => {
    const tree = treeOf(syntheticTrace({ items: 300, rowsPerStage: 25 }));
    const rows = rowsOf(tree, ALL_EXPANDED);
    const nodes = [...rows.item.subarray(0, rows.count)].filter((item) => item >= 0);
    expect(rows.groups.length).toBe(1 + 600);
    expect(nodes.toSorted((a, b) => a - b)).toEqual(Array.from({ length: tree.size }, (_, i) => i));
    expect(rowsAsText(tree, ALL_COLLAPSED)).toEqual(['run']);
  });

  it('shows so many levels, and all spans of one operation closed', () => {
    const tree = treeOf('run 0-9\n  item 0-4\n    stage 0-3\n      call 1-2\n  item 5-9\n    stage 6-8');
    const index = traceIndex(tree, 0);
    expect(rowsAsText(tree, withLevels(NOTHING_FOLDED, 2))).toEqual(['run', '  item', '  item']);
    expect(nextLevels(NOTHING_FOLDED, index, -1)).toBe(3);
    expect(nextLevels(withLevels(NOTHING_FOLDED, 3), index, 1)).toBeNull();
    expect(nextLevels(ALL_COLLAPSED, index, 1)).toBe(2);
    const alike = withName(NOTHING_FOLDED, index, 'item', nameIn(tree));
    expect(rowsAsText(tree, alike)).toEqual(['run', '  item', '  item']);
    expect(rowsAsText(tree, withName(alike, index, 'item', nameIn(tree)))).toHaveLength(6);
  });

  it('shows what is looked for and what it is below of, and nothing else', () => {
    const tree = treeOf('run 0-9\n  item 0-4\n    hit 1-2\n    other 2-3\n  item 5-9');
    const wanted = Uint8Array.from({ length: tree.size }, (_, node) => Number(tree.name(node) === 'hit'));
    expect(rowsAsText(tree, NOTHING_FOLDED, { wanted })).toEqual(['run', '  item', '    hit']);
    expect(rowsAsText(tree, NOTHING_FOLDED, { wanted: new Uint8Array(tree.size) })).toEqual([]);
  });

  it('puts events and log records where they happened, those without a span outermost', () => {
    const spans = spanTree('run 0-9\n  item 2-4\n  item 6-9');
    const at = (ms: number) => spans[0]!.startMs + ms;
    const event = { name: 'half', timeMs: at(5), attributes: {} };
    const tree = treeOf([{ ...spans[0]!, events: [event] }, ...spans.slice(1)]);
    const log = { level: 'info', message: '', attributes: {}, traceId: tree.traceId } as const;
    const logs = {
      records: [
        { ...log, timeMs: at(3), spanId: spans[1]!.spanId },
        { ...log, timeMs: at(20), spanId: null },
      ],
      byNode: new Map([
        [1, [0]],
        [-1, [1]],
      ]),
      more: false,
    };
    const inPlace = inPlaceOf(tree, { events: true, logs }, null);
    expect(rowsAsText(tree, NOTHING_FOLDED, { inPlace })).toEqual([
      'run',
      '  item',
      '    log 0',
      '  event 0',
      '  item',
      'log 1',
    ]);
    expect(inPlaceOf(tree, { events: false, logs: null }, null)).toBeNull();
  });

  it('walks a chain of 30,000 calls', () => {
    const one = spanTree('x 0-1')[0]!;
    const id = (i: number) => (i + 1).toString(16).padStart(16, '0');
    const tree = treeOf(
      Array.from({ length: 30_000 }, (_, i) => ({
        ...one,
        spanId: id(i),
        parentSpanId: i > 0 ? id(i - 1) : null,
      })),
    );
    expect(rowsOf(tree).count).toBe(30_000);
  });
});
