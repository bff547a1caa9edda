import { describe, expect, it } from 'vitest';
import { ALL_SHOWN, ShownTrace } from '../../../renderer/derive/shownTrace.ts';
import type { DrawnTrace, Shown } from '../../../renderer/derive/shownTrace.ts';
import { SpanTable } from '../../../renderer/derive/spanTable.ts';
import { TraceTree } from '../../../renderer/derive/traceTree.ts';
import { traceCallTree } from '../../../renderer/flame/traceCallTree.ts';
import { timeModel } from '../../../renderer/flame/flameModel.ts';
import type { SpanRecord } from '../../../shared/span.ts';
import { spanTree } from '../../fixtures/spanTree.ts';
import { randomNumbers } from '../../fixtures/syntheticTrace.ts';
import { randomTrace } from '../../shared/analysis/randomTraces.ts';

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

function treeOf(spans: readonly SpanRecord[]): { tree: TraceTree; table: SpanTable } {
  const table = new SpanTable();
  table.upsert(spans);
  const tree = new TraceTree(table, spans[0]!.traceId);
  tree.update(0);
  return { tree, table };
}
const marked = (tree: TraceTree, isHidden: (node: number) => boolean) =>
  Uint8Array.from({ length: tree.size }, (_, node) => (isHidden(node) ? 1 : 0));
const noiseOf = (tree: TraceTree) => marked(tree, (node) => tree.name(node) === 'noise');
function shownOf(tree: TraceTree, shown: Partial<Shown>): ShownTrace {
  const trace = new ShownTrace(tree);
  trace.update({ ...ALL_SHOWN, ...shown });
  return trace;
}
function outline(trace: DrawnTrace, node = -1, indent = ''): string[] {
  return [...trace.childrenOf(node)].flatMap((child) => [
    indent + trace.name(child),
    ...outline(trace, child, `${indent}  `),
  ]);
}
function picture(trace: DrawnTrace): string[] {
  return trace.tracks.rows.map(({ chunks }) =>
    chunks
      .flatMap(({ count, item, start, end }) =>
        Array.from({ length: count }, (_, i) => `${trace.name(item[i]!)} ${start[i]}-${end[i]}`),
      )
      .join(' | '),
  );
}

describe('a trace as it is shown', () => {
  it('has no row for what is hidden, and what is below it stands below the nearest that is shown', () => {
    const { tree } = treeOf(spanTree(TRACE));
    const trace = shownOf(tree, { hidden: noiseOf(tree) });
    expect(outline(trace)).toEqual(['run', '  item', '    deep', '  item', '  finish', 'tail']);
    expect(picture(trace)).toEqual([
      'run 0-100 | tail 111-119',
      'item 2-30 | item 31-40 | finish 60-90',
      'deep 5-7',
    ]);
    const deep = trace.childrenOf(trace.childrenOf(0)[0]!)[0]!;
    expect(trace.name(trace.parent(deep))).toBe('item');
    expect(trace.pictureRow(1)).toBe(-1);
    expect(trace.pictureRow(deep)).toBe(2);
    // Hiding moves nothing.
    expect(trace.extent(0)).toEqual([0, 120]);
  });

  it('is gone along by arrows as it is drawn', () => {
    const { tree } = treeOf(spanTree(TRACE));
    const model = timeModel(shownOf(tree, { hidden: noiseOf(tree) }));
    const names: string[] = [];
    for (let node = model.move(-1, 'child'); node >= 0; node = model.move(node, 'child'))
      names.push(model.labelOf(node));
    expect(names).toEqual(['run', 'item', 'deep']);
    const first = model.move(0, 'child');
    expect(model.labelOf(model.move(model.move(first, 'next'), 'next'))).toBe('finish');
  });

  it('keeps a row for what is selected, though a rule hides it', () => {
    const { tree } = treeOf(spanTree(TRACE));
    const trace = shownOf(tree, { hidden: noiseOf(tree), kept: 3 });
    expect(outline(trace)).toEqual([
      'run',
      '  item',
      '    noise',
      '      deep',
      '  item',
      '  finish',
      'tail',
    ]);
    expect(trace.pictureRow(3)).toBe(2);
  });

  it('draws each shown span once, below its parent, over nothing else, whatever the trace looks like', () => {
    for (let seed = 1; seed <= 60; seed += 1) {
      const { tree } = treeOf(randomTrace(seed, { spans: 80 }));
      const random = randomNumbers(seed);
      const hidden = marked(tree, () => random() < 0.3);
      const trace = shownOf(tree, { hidden });
      const seen = new Set<number>();
      for (const { chunks } of trace.tracks.rows) {
        let lastEnd = -Infinity;
        for (const { count, item, start, end } of chunks) {
          for (let i = 0; i < count; i += 1) {
            expect(start[i]).toBeGreaterThanOrEqual(lastEnd);
            lastEnd = end[i]!;
            seen.add(item[i]!);
          }
        }
      }
      const expected = Array.from({ length: tree.size }, (_, node) => node).filter(
        (node) => hidden[node] === 0,
      );
      expect(
        [...seen].sort((a, b) => a - b),
        `seed ${seed}`,
      ).toEqual(expected);
      for (const node of expected) {
        const parent = trace.parent(node);
        if (parent < 0) continue;
        expect(hidden[parent]).toBe(0);
        expect(trace.pictureRow(node)).toBeGreaterThan(trace.pictureRow(parent));
      }
    }
  });

  it('grows with the trace, span by span, and ends what ends', () => {
    const spans = spanTree('run 0-?\n  noise 1-5\n    item 2-4\n  item 6-?\n    noise 7-9\n      item 8-9');
    const { tree, table } = treeOf(spans.slice(0, 4));
    const trace = shownOf(tree, { hidden: noiseOf(tree) });
    expect(picture(trace)).toEqual(['run 0-Infinity', 'item 2-4 | item 6-Infinity']);
    const { rebuilds } = trace;
    table.upsert([...spans.slice(4), { ...spans[3]!, endMs: spans[3]!.startMs + 4 }]);
    tree.update(1000);
    trace.update({ ...ALL_SHOWN, hidden: noiseOf(tree) });
    expect(picture(trace)).toEqual(['run 0-Infinity', 'item 2-4 | item 6-10', 'item 8-9']);
    expect(trace.rebuilds).toBe(rebuilds);
    expect(trace.openNodes).toEqual([0]);
    const { revision } = trace;
    expect(trace.update({ ...ALL_SHOWN, hidden: noiseOf(tree) })).toBe(false);
    expect(trace.revision).toBe(revision);
  });

  it('waits a moment before it takes away what is hidden once it has ended, but not where nodes are others', () => {
    const spans = spanTree('run 0-?\n  noise 1-?\n    item 2-4');
    const { tree, table } = treeOf(spans);
    const trace = new ShownTrace(tree);
    trace.update({ ...ALL_SHOWN, hidden: marked(tree, () => false) }, 0);
    table.upsert([{ ...spans[1]!, endMs: spans[1]!.startMs + 4 }]);
    tree.update(1000);
    const shown = { ...ALL_SHOWN, hidden: noiseOf(tree) };
    expect(trace.update(shown, 100)).toBe(false);
    expect(trace.isStale).toBe(true);
    expect(trace.update(shown, 300)).toBe(true);
    expect(trace.isStale).toBe(false);
    expect(outline(trace)).toEqual(['run', '  item']);
    // A parent that comes after its child: nodes are numbered anew.
    table.upsert(spanTree('late 0-9 #ff\n  child 1-2 #fe').toReversed());
    const [late, child] = spanTree('late 0-9 #fd\n  child 1-2 #fc');
    table.upsert([child!]);
    tree.update(2000);
    table.upsert([late!]);
    tree.update(4000);
    expect(trace.fits).toBe(false);
    expect(trace.update({ ...ALL_SHOWN, hidden: noiseOf(tree) }, 301)).toBe(true);
    expect(trace.fits).toBe(true);
  });

  it('moves times where clocks are brought together, and with them its ends', () => {
    const { tree } = treeOf(spanTree('call 100-200\n  served 0-40\n    query 10-30\n  ? 120-130'));
    const shiftMs = Float64Array.from([0, 130, 130, 0]);
    const trace = shownOf(tree, { shiftMs });
    expect(tree.extent(0)).toEqual([0, 200]);
    expect(trace.extent(0)).toEqual([100, 200]);
    expect(picture(trace)).toEqual(['call 100-200', '? 120-130 | served 130-170', 'query 140-160']);
    expect([...trace.childrenOf(0)].map((node) => trace.name(node))).toEqual(['?', 'served']);
    expect(trace.isEarly(1)).toBe(false);
    expect(tree.isEarly(1)).toBe(true);
  });

  it('takes what is open to now, wherever its start was moved', () => {
    const { tree } = treeOf(spanTree('call 100-?\n  served 0-?'));
    const trace = shownOf(tree, { shiftMs: Float64Array.from([0, 120]) });
    expect(trace.extent(300)).toEqual([100, 300]);
    expect(trace.endMs(1, 300)).toBe(300);
    expect(trace.entryOf(1)).toMatchObject({ startMs: 120, endMs: Infinity });
  });

  it('merges by call path without what is hidden, own times as they are', () => {
    const { tree } = treeOf(spanTree(TRACE));
    const { tree: merged, pathOf } = traceCallTree(tree, 200, { ...ALL_SHOWN, hidden: noiseOf(tree) });
    const names = Array.from({ length: merged.nodes }, (_, node) => merged.strings[merged.name[node]!]!);
    expect(names).toEqual(['run', 'item', 'deep', 'finish', 'tail']);
    expect([...merged.spans]).toEqual([1, 2, 1, 1, 1]);
    // Time that its noise took is no time of its own.
    expect(merged.selfMs[0]).toBe(100 - 49 - 30);
    expect(merged.selfMs[1]).toBe(28 - 6 + 9);
    expect(names[pathOf[1]!]).toBe('run');
    expect(pathOf[8]).toBe(-1);
  });
});
