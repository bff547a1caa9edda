import { describe, expect, it } from 'vitest';
import { OriginPool } from '../../../renderer/derive/originPool.ts';
import { SpanTable } from '../../../renderer/derive/spanTable.ts';
import { TraceTree } from '../../../renderer/derive/traceTree.ts';
import { BarParts, partsGradient, selfParts } from '../../../renderer/waterfall/barPieces.ts';
import { besideModel, commonAxis } from '../../../renderer/traceView/besideAxis.ts';
import { criticalOperations, criticalSteps, criticalView } from '../../../renderer/waterfall/criticalView.ts';
import { timeModel } from '../../../renderer/flame/flameModel.ts';
import { continueSearch, startSearch } from '../../../renderer/flame/search.ts';
import { explainNPlusOne, siblingFigures } from '../../../renderer/waterfall/siblingFigures.ts';
import { NO_FILTER, nodesWithErrors, wantedNodes } from '../../../renderer/waterfall/traceFilter.ts';
import { ROW_PX, visibleRows, wholeRows } from '../../../renderer/waterfall/useScroller.ts';
import { isSamePlace } from '../../../renderer/traceView/traceState.ts';
import { ownMs, traceIndex } from '../../../renderer/waterfall/waterfallIndex.ts';
import { waterfallCommand } from '../../../renderer/waterfall/waterfallKeys.ts';
import { foldedBy, movedTo } from '../../../renderer/waterfall/waterfallMoves.ts';
import { columnWidths, DEFAULT_OPTIONS, optionsOf } from '../../../renderer/waterfall/waterfallOptions.ts';
import { telling } from '../../../renderer/waterfall/waterfallRowView.ts';
import { waterfallRows } from '../../../renderer/waterfall/waterfallRows.ts';
import { ALL_COLLAPSED, NOTHING_FOLDED } from '../../../renderer/waterfall/folds.ts';
import { servicesTrace, SERVICES_TRACE } from '../../fixtures/servicesTrace.ts';
import { spanTree } from '../../fixtures/spanTree.ts';

function treeOf(text: string, traceId = '1'.repeat(32), baseMs = 1_000_000): TraceTree {
  const table = new SpanTable();
  table.upsert(spanTree(text, { traceId, baseMs }));
  const tree = new TraceTree(table, traceId);
  tree.update(0);
  return tree;
}

describe('what stands beside a name', () => {
  it('is not what the name says already', () => {
    const operation = { 'db.operation.name': 'SELECT' };
    expect(telling(operation, 'SELECT answers')).toBe('');
    expect(telling(operation, 'SELECT')).toBe('');
    expect(telling(operation, 'transaction deck')).toBe('SELECT');
    expect(telling(operation, 'SELECTION')).toBe('SELECT');
  });
});

describe('bars', () => {
  const frame = { fromMs: 0, toMs: 100, msPerPx: 1 };
  const times = (pairs: readonly (readonly [number, number])[]) => ({
    startMs: Float64Array.from(pairs, ([a]) => a),
    endMs: Float64Array.from(pairs, ([, b]) => b),
    isOpen: new Uint8Array(pairs.length),
  });

  it('have their own time where no child runs, children side by side counted once', () => {
    const kids = Int32Array.of(0, 1, 2);
    const index = times([
      [10, 40],
      [20, 30],
      [60, 120],
    ]);
    expect(selfParts(frame, kids, index, 0)).toEqual([
      [0, 10],
      [40, 60],
    ]);
    expect(selfParts({ fromMs: 60, toMs: 100, msPerPx: 1 }, kids, index, 0)).toEqual([]);
    // Grown since the index was made.
    expect(selfParts(frame, kids, { ...index, isOpen: Uint8Array.of(1, 0, 0) }, 50)).toEqual([
      [0, 10],
      [50, 60],
    ]);
  });

  it('join parts that are less than a pixel apart, and give each at least one pixel', () => {
    const parts = new BarParts(frame);
    parts.add(10, 10.1);
    parts.add(11.5, 12);
    parts.add(50, 60);
    parts.add(200, 300);
    expect(parts.parts).toEqual([
      [10, 12.5],
      [50, 60],
    ]);
    expect(partsGradient(parts.parts.slice(1), 'red')).toBe(
      'linear-gradient(90deg, transparent 50.00%, red 50.00%, red 60.00%, transparent 60.00%)',
    );
    expect(partsGradient([], 'red')).toBe('');
  });

  it('never have more parts than a picture can hold', () => {
    const parts = new BarParts({ fromMs: 0, toMs: 10_000, msPerPx: 0.1 });
    for (let i = 0; i < 5000; i += 1) parts.add(i * 2, i * 2 + 1);
    expect(parts.parts.length).toBeLessThanOrEqual(120);
    expect(parts.parts.at(-1)![1]).toBeCloseTo(99.99, 1);
  });

  it('say the same of own time as the tree does', () => {
    const tree = treeOf('run 0-100\n  a 10-30\n  b 20-50\n  c 90-140');
    expect(ownMs(traceIndex(tree, 100), 0, 100, 100)).toBe(tree.selfMs(0, 100));
  });
});

describe('critical path', () => {
  const tree = treeOf('run 0-100\n  short 0-40\n  long 0-90\n    call 20-80\n  last 92-100');
  const index = traceIndex(tree, 100);
  const view = criticalView(index);

  it('is listed by operation, the most time first', () => {
    const found = criticalOperations(index, view, (id) => tree.table.nameOf(id));
    expect(found.map(({ name, ms, spans }) => [name, ms, spans])).toEqual([
      ['call', 60, 1],
      ['long', 30, 1],
      ['last', 8, 1],
      ['run', 2, 1],
    ]);
    expect(view.totalMs).toBe(100);
  });

  it('is listed step by step, and says how many steps there are beyond the limit', () => {
    const { steps, count } = criticalSteps(view, 2);
    expect(count).toBe(5);
    expect(steps.map(({ node, fromMs, toMs }) => [tree.name(node), fromMs, toMs])).toEqual([
      ['long', 0, 20],
      ['call', 20, 80],
    ]);
  });

  it('has the pieces of each node together', () => {
    const of = (node: number) => [...view.pieces.subarray(view.from[node], view.from[node + 1])];
    expect(of(2).map((piece) => [view.fromMs[piece], view.toMs[piece]])).toEqual([
      [0, 20],
      [80, 90],
    ]);
    expect(of(1)).toEqual([]);
  });
});

describe('filters', () => {
  const tree = treeOf('run 0-9\n  get 0-1 error\n  get 2-3\n  put 4-5 error');
  const marks = (wanted: Uint8Array | null) => (wanted === null ? null : [...wanted]);

  it('let through everything where nothing is asked', () => {
    expect(wantedNodes(tree, NO_FILTER, null)).toBeNull();
    expect(wantedNodes(tree, { ...NO_FILTER, matches: true }, null)).toBeNull();
  });

  it('hold all together', () => {
    const search = continueSearch(tree, startSearch(tree, 'get'), 1000);
    expect(marks(wantedNodes(tree, { ...NO_FILTER, matches: true }, search))).toEqual([0, 1, 1, 0]);
    expect(marks(wantedNodes(tree, { ...NO_FILTER, errors: true }, search))).toEqual([0, 1, 0, 1]);
    expect(marks(wantedNodes(tree, { matches: true, errors: true, operation: null }, search))).toEqual([
      0, 1, 0, 0,
    ]);
    expect(marks(wantedNodes(tree, { ...NO_FILTER, operation: 'put' }, null))).toEqual([0, 0, 0, 1]);
    expect([...nodesWithErrors(tree)]).toEqual([0, 1, 0, 1]);
  });
});

describe('N+1', () => {
  it('is explained with statement, number, time and share', () => {
    const table = new SpanTable();
    table.upsert(servicesTrace());
    const tree = new TraceTree(table, SERVICES_TRACE);
    tree.update(0);
    const index = traceIndex(tree, tree.latestMs);
    const rows = waterfallRows(index, NOTHING_FOLDED, { nameOf: (id) => table.nameOf(id) });
    const { nPlusOne } = siblingFigures(tree, index, rows.groups[0]!);
    expect(explainNPlusOne(nPlusOne!)).toMatch(
      /^30 short calls of the same statement.*\(150 ms, 72\.1 % of what called them\): “SELECT \* FROM lines WHERE id = \?”/,
    );
  });
});

describe('keys and moves', () => {
  it('tell capitals from small letters, and arrows with Shift from those without', () => {
    expect(waterfallCommand('C', true)).toEqual({ kind: 'collapseAll' });
    expect(waterfallCommand('c', false)).toEqual({ kind: 'option', name: 'critical' });
    expect(waterfallCommand('ArrowLeft', true)).toEqual({ kind: 'pan', share: -0.2 });
    expect(waterfallCommand('ArrowLeft', false)).toEqual({ kind: 'out' });
    expect(waterfallCommand('constructor', false)).toBeNull();
  });

  it('stay within the rows', () => {
    expect([movedTo('previous', 0, 5, 3), movedTo('pageDown', 3, 5, 3), movedTo('last', 0, 5, 3)]).toEqual([
      0, 4, 4,
    ]);
    expect(movedTo('next', -1, 5, 3)).toBe(0);
  });

  it('fold nothing where they are no command to fold', () => {
    const index = traceIndex(treeOf('run 0-9'), 9);
    const by = (key: string) =>
      foldedBy(waterfallCommand(key, false)!, NOTHING_FOLDED, index, -1, () => 'run');
    expect([by('C'), by('O'), by('v')]).toEqual([ALL_COLLAPSED, null, null]);
  });
});

describe('what is kept', () => {
  it('takes from the storage what is a choice, and nothing else', () => {
    expect(optionsOf(null)).toEqual(DEFAULT_OPTIONS);
    expect(optionsOf({ critical: 'yes', events: true, columns: { start: true, self: 1 }, more: 1 })).toEqual({
      ...DEFAULT_OPTIONS,
      events: true,
      columns: { ...DEFAULT_OPTIONS.columns, start: true },
    });
    expect(columnWidths({ start: true, duration: false, self: true })).toBe('84px 84px');
  });

  it('tells one place in a trace from another', () => {
    const place = { show: 'flame', spanId: 'a', window: { fromMs: 1, toMs: 2 } } as const;
    expect(isSamePlace(place, { ...place, window: { fromMs: 1, toMs: 2 } })).toBe(true);
    expect(isSamePlace(place, { ...place, window: { fromMs: 1, toMs: 3 } })).toBe(false);
    expect(isSamePlace(null, place)).toBe(false);
  });
});

describe('traces beside each other', () => {
  const trees = [treeOf('a 0-100', 'a'.repeat(32)), treeOf('b 0-40', 'b'.repeat(32), 1_000_250)];

  it('begin together, or as their clocks have it', () => {
    expect(commonAxis(trees, 'start')).toEqual({ beginsMs: [0, 0], lengthMs: 100 });
    expect(commonAxis(trees, 'clock')).toEqual({ beginsMs: [0, -250], lengthMs: 290 });
    expect(commonAxis([], 'clock')).toEqual({ beginsMs: [], lengthMs: 0 });
  });

  it('reach as far as the axis, and are else what they are', () => {
    const model = besideModel(timeModel(trees[1]!), -250, 290);
    expect(model.extent(0)).toEqual([-250, 40]);
    expect(model.labelOf(0)).toBe('b');
    expect(model.columns).toBe(trees[1]!.tracks);
  });
});

describe('origins', () => {
  it('have one number for the same resource and scope, and one for the same service', () => {
    const pool = new OriginPool();
    const origin = (service: string, version: string | null = null) => ({
      resource: { 'service.name': service },
      scope: { name: 'x', version },
    });
    const numbers = [origin('shop'), origin('shop'), origin('shop', '2'), origin('stock')].map((each) =>
      pool.numberOf(each),
    );
    expect(numbers).toEqual([1, 1, 2, 3]);
    expect(pool.numberOf(undefined)).toBe(0);
    expect(pool.serviceId(1)).toBe(pool.serviceId(2));
    expect([0, 1, 3].map((number) => pool.service(pool.serviceId(number)))).toEqual([
      'tracedeck',
      'shop',
      'stock',
    ]);
    expect(
      pool.service(pool.serviceId(pool.numberOf({ resource: {}, scope: { name: '', version: null } }))),
    ).toBe('unknown_service');
  });

  it('come back with the whole span', () => {
    const spans = servicesTrace();
    const table = new SpanTable();
    table.upsert(spans);
    const found = spans.map(({ spanId }) => table.record(table.rowOf(SERVICES_TRACE, spanId)));
    expect(found).toEqual(spans);
  });
});

describe('the rows that are rendered', () => {
  it('are all that is in view, wherever within a row it begins', () => {
    const [height, count] = [417, 5000];
    for (let scrollTop = 0; scrollTop < 40 * ROW_PX; scrollTop += 1) {
      const shown = visibleRows(wholeRows(scrollTop), height, count);
      expect(shown.first * ROW_PX).toBeLessThanOrEqual(scrollTop);
      expect(shown.last * ROW_PX).toBeGreaterThanOrEqual(scrollTop + height);
      expect(shown.last - shown.first).toBeLessThanOrEqual(shown.pool);
    }
    expect(wholeRows(ROW_PX - 0.5)).toBe(0);
    expect(wholeRows(ROW_PX)).toBe(ROW_PX);
  });
});
