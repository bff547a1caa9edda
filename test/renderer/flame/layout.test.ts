import { describe, expect, it } from 'vitest';
import { SpanTable } from '../../../renderer/derive/spanTable.ts';
import { TraceTree } from '../../../renderer/derive/traceTree.ts';
import { hitTest } from '../../../renderer/flame/hitTest.ts';
import { BOX_CUT_LEFT, BOX_CUT_RIGHT, BOX_MATCH, Boxes, layout } from '../../../renderer/flame/layout.ts';
import type { FlameColumns, FlameView } from '../../../renderer/flame/layout.ts';
import { spanTree } from '../../fixtures/spanTree.ts';
import { randomNumbers, syntheticTrace } from '../../fixtures/syntheticTrace.ts';

function treeOf(text: string): TraceTree {
  const table = new SpanTable();
  table.upsert(spanTree(text));
  const tree = new TraceTree(table, '1'.repeat(32));
  tree.update(0);
  return tree;
}

function boxesAsText(boxes: Boxes, name: (item: number) => string): string[] {
  return Array.from({ length: boxes.rowCount }, (_, row) =>
    Array.from({ length: boxes.rowStart[row + 1]! - boxes.rowStart[row]! }, (_unused, i) => {
      const box = boxes.rowStart[row]! + i;
      const merged = boxes.merged[box]! > 1 ? ` x${boxes.merged[box]}` : '';
      return `${name(boxes.item[box]!)} ${boxes.x0[box]}-${boxes.x1[box]}${merged}`;
    }).join(' | '),
  );
}

const whole = { firstRow: 0, lastRow: 1e9, nowMs: 100 };

describe('layout', () => {
  it('places spans in pixels, merges what shares one, and lets the longest name it', () => {
    const tree = treeOf('run 0-100\n  a 0-50\n  short 50.1-50.2\n  longer 50.2-50.6\n  b 60-100');
    const boxes = layout(tree.tracks, { ...whole, fromMs: 0, toMs: 100, deviceWidth: 100 }, new Boxes());
    expect(boxesAsText(boxes, (node) => tree.name(node))).toEqual([
      'run 0-100',
      'a 0-50 | longer 50-51 x2 | b 60-100',
    ]);
  });

  it('cuts what reaches beyond the view, and says on which side', () => {
    const tree = treeOf('run 0-100\n  a 0-50\n  b 60-?');
    const boxes = layout(tree.tracks, { ...whole, fromMs: 20, toMs: 70, deviceWidth: 50 }, new Boxes());
    expect(boxesAsText(boxes, (node) => tree.name(node))).toEqual(['run 0-50', 'a 0-30 | b 40-50']);
    expect([...boxes.flags.subarray(0, 3)].map((flags) => flags & (BOX_CUT_LEFT | BOX_CUT_RIGHT))).toEqual([
      BOX_CUT_LEFT | BOX_CUT_RIGHT,
      BOX_CUT_LEFT,
      BOX_CUT_RIGHT,
    ]);
  });

  it('ends open spans at now', () => {
    const tree = treeOf('run 0-?');
    const view = { ...whole, fromMs: 0, toMs: 100, deviceWidth: 100 };
    expect(layout(tree.tracks, { ...view, nowMs: 30 }, new Boxes()).x1[0]).toBe(30);
  });

  it('marks a merged box when one span in it is a search hit', () => {
    const tree = treeOf('run 0-100\n  a 1.1-1.2\n  b 1.3-1.9\n  c 5.1-5.2');
    const matches = Uint8Array.from([0, 1, 0, 0]);
    const boxes = layout(
      tree.tracks,
      { ...whole, fromMs: 0, toMs: 100, deviceWidth: 100 },
      new Boxes(),
      matches,
    );
    expect([...boxes.flags.subarray(0, 3)].map((flags) => flags & BOX_MATCH)).toEqual([0, BOX_MATCH, 0]);
  });

  it('for any view: boxes are in order and apart, every span in view is in one, and hits agree', () => {
    const table = new SpanTable();
    const spans = syntheticTrace({ items: 700, concurrency: 5, rowsPerStage: 4, untilMs: 14_000 });
    table.upsert(spans);
    const tree = new TraceTree(table, spans[0]!.traceId);
    tree.update(0);
    const nowMs = 14_000;
    const random = randomNumbers(21);
    const boxes = new Boxes();
    for (let round = 0; round < 60; round += 1) {
      const length = nowMs * 10 ** (-4.5 * random());
      const fromMs = random() * (nowMs - length);
      const deviceWidth = 3 + Math.floor(random() * 1500);
      const view: FlameView = {
        fromMs,
        toMs: fromMs + length,
        deviceWidth,
        firstRow: 0,
        lastRow: 1e9,
        nowMs,
      };
      layout(tree.tracks, view, boxes);
      expectSound(boxes, tree.tracks, view);
      for (let i = 0; i < 60; i += 1) {
        const row = Math.floor(random() * boxes.rowCount);
        const x = Math.floor(random() * deviceWidth);
        const expected = Array.from({ length: boxes.count }, (_, box) => box).filter(
          (box) => boxes.rowOf(box) === row && boxes.x0[box]! <= x && x < boxes.x1[box]!,
        );
        expect([hitTest(boxes, x, row)]).toEqual(expected.length === 0 ? [-1] : expected);
      }
    }
  });
});

function expectSound(boxes: Boxes, columns: FlameColumns, view: FlameView): void {
  const scale = view.deviceWidth / (view.toMs - view.fromMs);
  let misplaced = 0;
  for (let row = 0; row < boxes.rowCount; row += 1) {
    let edge = 0;
    let merged = 0;
    for (let box = boxes.rowStart[row]!; box < boxes.rowStart[row + 1]!; box += 1) {
      if (boxes.x0[box]! < edge || boxes.x1[box]! <= boxes.x0[box]! || boxes.x1[box]! > view.deviceWidth)
        misplaced += 1;
      edge = boxes.x1[box]!;
      merged += boxes.merged[box]!;
    }
    let inView = 0;
    for (const { count, start, end } of columns.rows[row]!.chunks) {
      for (let i = 0; i < count; i += 1) {
        const endMs = end[i] === Infinity ? Math.max(view.nowMs, start[i]!) : end[i]!;
        if (start[i]! >= view.toMs || endMs < view.fromMs) continue;
        inView += 1;
        const x = Math.min(view.deviceWidth - 1, Math.max(0, Math.floor((start[i]! - view.fromMs) * scale)));
        const box = hitTest(boxes, x, row, 1);
        if (box < 0) misplaced += 1;
      }
    }
    expect(merged).toBe(inView);
  }
  expect(misplaced).toBe(0);
}

describe('hitTest', () => {
  it('reaches for a pixel-wide box beside the pointer, and takes the nearer one', () => {
    const tree = treeOf('run 0-100\n  a 10-10.5\n  b 20-20.5');
    const boxes = layout(tree.tracks, { ...whole, fromMs: 0, toMs: 100, deviceWidth: 100 }, new Boxes());
    const name = (box: number) => (box < 0 ? null : tree.name(boxes.item[box]!));
    expect([9, 12, 13, 18].map((x) => name(hitTest(boxes, x, 1, 2)))).toEqual(['a', 'a', null, 'b']);
    expect([hitTest(boxes, 5, 7, 2), hitTest(boxes, 5, -1, 2)]).toEqual([-1, -1]);
  });
});
