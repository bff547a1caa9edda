import { createElement } from 'react';
import { renderToStaticMarkup } from 'react-dom/server';
import { describe, expect, it } from 'vitest';
import { SpanTable } from '../../../renderer/derive/spanTable.ts';
import { TraceTree } from '../../../renderer/derive/traceTree.ts';
import { timeModel } from '../../../renderer/flame/flameModel.ts';
import { NOTHING_FOLDED } from '../../../renderer/waterfall/folds.ts';
import { continueNoise, isWhole, NOTHING_HIDDEN } from '../../../renderer/waterfall/spanNoise.ts';
import type { SpanTest } from '../../../renderer/waterfall/spanNoise.ts';
import { Waterfall } from '../../../renderer/waterfall/Waterfall.tsx';
import { liftedIndex, ownMs, traceIndex } from '../../../renderer/waterfall/waterfallIndex.ts';
import { DEFAULT_OPTIONS } from '../../../renderer/waterfall/waterfallOptions.ts';
import { waterfallRows } from '../../../renderer/waterfall/waterfallRows.ts';
import { readRule, spanNoise } from '../../../shared/query/noise.ts';
import { syntheticTrace } from '../../fixtures/syntheticTrace.ts';
import { spanTree } from '../../fixtures/spanTree.ts';

const TRACE = `
run 0-100
  noise 1-50
    item 2-30
      noise 3-9
        noise 4-8
          deep 5-7
    item 31-40
  finish 60-90
noise 110-120
  tail 111-119
`.trim();

function treeOf(text: string) {
  const table = new SpanTable();
  const spans = spanTree(text);
  table.upsert(spans);
  const tree = new TraceTree(table, spans[0]!.traceId);
  tree.update(0);
  return { tree, table, spans };
}
const testOf = (query: string): SpanTest => {
  const read = readRule(query, 'spans');
  if (!read.ok) throw new Error(read.error.message);
  return spanNoise(read.ast, 0)!;
};
const rowsAsText = (tree: TraceTree, hidden: Uint8Array) => {
  const index = liftedIndex(traceIndex(tree, 200), (node) => hidden[node] === 1);
  const rows = waterfallRows(index, NOTHING_FOLDED, { nameOf: (id) => tree.table.nameOf(id) });
  return Array.from(
    { length: rows.count },
    (_, at) => '  '.repeat(rows.level[at]! - 1) + tree.name(rows.item[at]!),
  );
};

describe('spans that are noise', () => {
  it('give their place to what is below them', () => {
    const { tree } = treeOf(TRACE);
    const found = continueNoise(tree, [testOf('name = noise')], NOTHING_HIDDEN, 1000);
    expect(found.count).toBe(4);
    expect(rowsAsText(tree, found.hidden)).toEqual([
      'run',
      '  item',
      '    deep',
      '  item',
      '  finish',
      'tail',
    ]);
  });

  it('leave depths, orders and the whole index as they should be', () => {
    const { tree } = treeOf(TRACE);
    const index = traceIndex(tree, 200);
    const before = [...index.parent];
    const { hidden } = continueNoise(tree, [testOf('name = noise')], NOTHING_HIDDEN, 1000);
    const shown = liftedIndex(index, (node) => hidden[node] === 1);
    expect([...index.parent]).toEqual(before);
    for (let node = 0; node < shown.count; node += 1) {
      if (hidden[node] === 1) continue;
      const up = shown.parent[node]!;
      expect(shown.depth[node]).toBe(up < 0 ? 0 : shown.depth[up]! + 1);
    }
    // Time that its noise took is no time of its own.
    expect(ownMs(index, 0, 100, 200)).toBe(100 - 49 - 30);
  });

  it('are found in slices, and the same as at once', () => {
    const table = new SpanTable();
    const spans = syntheticTrace({ items: 300, traceId: 'a'.repeat(32) });
    table.upsert(spans);
    const tree = new TraceTree(table, 'a'.repeat(32));
    tree.update(0);
    const tests = [testOf('name =~ "^cache" and not error')];
    const whole = continueNoise(tree, tests, NOTHING_HIDDEN, 10_000);
    let sliced = NOTHING_HIDDEN;
    let steps = 0;
    while (!isWhole(tree, sliced)) {
      sliced = continueNoise(tree, tests, sliced, 0);
      steps += 1;
    }
    expect(steps).toBeGreaterThan(3);
    expect(whole.count).toBeGreaterThan(100);
    expect([...sliced.hidden]).toEqual([...whole.hidden]);
  });

  it('are looked at again once they have ended', () => {
    const { tree, table, spans } = treeOf('run 0-100\n  call 1-?');
    const tests = [testOf('duration < 10ms')];
    let found = continueNoise(tree, tests, NOTHING_HIDDEN, 1000);
    expect(found.count).toBe(0);
    expect(isWhole(tree, found)).toBe(true);
    const kept = found.hidden;
    table.upsert([{ ...spans[1]!, endMs: spans[1]!.startMs + 5 }]);
    tree.update();
    expect(isWhole(tree, found)).toBe(false);
    found = continueNoise(tree, tests, found, 1000);
    expect(found.count).toBe(1);
    // Who drew the array before sees that it is another one.
    expect(found.hidden).not.toBe(kept);
    expect(isWhole(tree, found)).toBe(true);
  });

  it('have a row where they are selected or looked for', () => {
    const { tree } = treeOf(TRACE);
    const { hidden, count } = continueNoise(tree, [testOf('name = noise')], NOTHING_HIDDEN, 1000);
    const nothing = () => undefined;
    const rowCount = (patch: object) => {
      const element = createElement(Waterfall, {
        tree,
        model: timeModel(tree),
        revision: tree.revision,
        clock: () => tree.latestMs,
        live: false,
        selected: -1,
        onSelect: nothing,
        search: null,
        wanted: null,
        noise: { hidden, count, searched: tree.size, isShown: false, onShow: nothing, faults: [] },
        window: null,
        onWindow: nothing,
        options: DEFAULT_OPTIONS,
        onOptions: nothing,
        logs: null,
        hasLogs: false,
        onGroup: nothing,
        compact: false,
        ...patch,
      });
      return Number(/aria-rowcount="(\d+)"/.exec(renderToStaticMarkup(element))![1]) - 1;
    };
    expect(rowCount({})).toBe(6);
    expect(rowCount({ selected: 3 })).toBe(7);
    expect(
      rowCount({ noise: { hidden: null, count, searched: 0, isShown: true, onShow: nothing, faults: [] } }),
    ).toBe(10);
    const wanted = new Uint8Array(tree.size);
    wanted[4] = 1;
    // The one that is looked for, and what it is below of as far as that is shown.
    expect(rowCount({ wanted })).toBe(3);
  });
});
