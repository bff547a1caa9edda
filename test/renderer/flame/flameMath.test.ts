import { describe, expect, it } from 'vitest';
import { SpanTable } from '../../../renderer/derive/spanTable.ts';
import { TraceTree } from '../../../renderer/derive/traceTree.ts';
import { AXIS_HEIGHT, FlameViewState, ROW_HEIGHT } from '../../../renderer/flame/flameView.ts';
import { timeModel } from '../../../renderer/flame/flameModel.ts';
import { continueSearch, nextMatch, startSearch } from '../../../renderer/flame/search.ts';
import { prefixed, tickLabel, ticks, tickStep, valueTicks } from '../../../renderer/flame/ticks.ts';
import { clampWindow, fitWindow, keyCommand, zoomWindow } from '../../../renderer/flame/viewport.ts';
import { spanTree } from '../../fixtures/spanTree.ts';
import { randomNumbers, syntheticTrace } from '../../fixtures/syntheticTrace.ts';

function treeOf(text: string): TraceTree {
  const table = new SpanTable();
  table.upsert(spanTree(text));
  const tree = new TraceTree(table, '1'.repeat(32));
  tree.update(0);
  return tree;
}

describe('valueTicks', () => {
  it('steps by 1, 2 and 5, and never by less than what is counted', () => {
    const labels = (from: number, to: number, least: number) =>
      valueTicks(from, to, 5, least, String).map(({ label }) => label);
    expect(labels(0, 1000, 1)).toEqual(['0', '200', '400', '600', '800', '1000']);
    expect(labels(0, 2.5, 1)).toEqual(['0', '1', '2']);
    expect(labels(0, 0.02, 0).slice(0, 3)).toEqual(['0', '0.005', '0.01']);
    expect(labels(0, 0, 0)).toEqual([]);
  });

  it('says before sums that they are', () => {
    expect(prefixed(ticks(0, 100, 0, 2), 'Σ ').map(({ label }) => label)).toEqual([
      '0',
      'Σ 50 ms',
      'Σ 100 ms',
    ]);
  });
});

describe('search', () => {
  it('finds names, attributes, messages and ids without regard to case', () => {
    const tree = treeOf('Run 0-9\n  cache get 1-2 tier=Disk\n  write 3-4 error\n  other 5-6 #abcdefgh');
    const found = (query: string) => {
      const result = continueSearch(tree, startSearch(tree, query), Infinity);
      return Array.from({ length: tree.size }, (_, node) => node).filter(
        (node) => result.matches[node] === 1,
      );
    };
    expect(['RUN', 'disk', 'write failed', 'error', '6162636465666768', 'nothing'].map(found)).toEqual([
      [0],
      [1],
      [2],
      [2],
      [3],
      [],
    ]);
  });

  it('goes on where it stopped, over spans that arrived since', () => {
    const table = new SpanTable();
    const spans = syntheticTrace({ items: 200 });
    table.upsert(spans.slice(0, 1000));
    const tree = new TraceTree(table, spans[0]!.traceId);
    tree.update(0);
    const part = continueSearch(tree, startSearch(tree, 'cache get'), -1);
    expect([part.done, part.searched]).toEqual([false, 0]);
    const first = continueSearch(tree, part, Infinity);
    table.upsert(spans);
    tree.update(1e6);
    const whole = continueSearch(tree, first, Infinity);
    expect(whole.count).toBe(spans.filter((span) => span.name === 'cache get').length);
  });

  it('steps through what was found in order of start and around the end', () => {
    const tree = treeOf('run 0-9\n  hit 6-7\n  miss 2-3\n  hit 1-2');
    const result = continueSearch(tree, startSearch(tree, 'hit'), Infinity);
    expect([-1, 3, 1].map((from) => nextMatch(tree, result, from, 1))).toEqual([3, 1, 3]);
    expect([-1, 3, 1].map((from) => nextMatch(tree, result, from, -1))).toEqual([1, 1, 3]);
  });
});

describe('ticks', () => {
  it('steps in ones, twos and fives, and from a second on as clocks do', () => {
    expect([0.003, 7, 90, 900, 9000, 100_000, 5_000_000].map((span) => tickStep(span, 8))).toEqual([
      0.0005, 1, 20, 200, 2000, 15_000, 900_000,
    ]);
  });

  it('labels times with the decimals that the step needs', () => {
    expect(
      [
        [0, 1],
        [0.0025, 0.0005],
        [12.5, 0.5],
        [1500, 500],
        [90_000, 30_000],
        [61_200, 200],
        [3_723_000, 1000],
      ].map(([ms, step]) => tickLabel(ms!, step!)),
    ).toEqual(['0', '2.5 µs', '12.5 ms', '1.5 s', '1:30', '1:01.2', '1:02:03']);
  });

  it('never writes one label twice in a view, however far it is zoomed', () => {
    const random = randomNumbers(4);
    for (let round = 0; round < 300; round += 1) {
      const length = 10 ** (random() * 11 - 4);
      const from = random() < 0.3 ? 0 : random() * 100_000;
      const labels = ticks(from, from + length, 0, 8).map((tick) => tick.label);
      expect(labels.length).toBeLessThanOrEqual(10);
      if (length > 0.05) expect(new Set(labels).size).toBe(labels.length);
    }
  });
});

describe('the view', () => {
  it('keeps the time under the pointer where it is while zooming', () => {
    const zoomed = zoomWindow({ fromMs: 10, toMs: 110 }, 0.25, 30);
    expect(zoomed).toEqual({ fromMs: 25, toMs: 50 });
  });

  it('never leaves the trace and never gets narrower than 10 ns', () => {
    const whole = fitWindow(0, 100);
    expect(clampWindow({ fromMs: -500, toMs: 900 }, 0, 100)).toEqual(whole);
    expect(clampWindow({ fromMs: 90, toMs: 140 }, 0, 100)).toEqual({ fromMs: 51, toMs: 101 });
    const narrow = clampWindow({ fromMs: 5, toMs: 5 }, 0, 100);
    expect(narrow.toMs - narrow.fromMs).toBeCloseTo(1e-5, 8);
  });

  it('goes along with a live trace while everything is shown or the newest is followed', () => {
    const table = new SpanTable();
    table.upsert(spanTree('run 0-?'));
    const tree = new TraceTree(table, '1'.repeat(32));
    tree.update(0);
    const model = timeModel(tree);
    const view = new FlameViewState();
    view.cssWidth = view.cssHeight = 500;
    view.adapt(model, 100, true);
    view.adapt(model, 200, true);
    expect(view.window).toEqual(fitWindow(0, 200));
    view.zoom(model, 200, 0.1, 150);
    const still = view.window;
    view.adapt(model, 400, false);
    expect(view.window).toEqual(still);
    view.adapt(model, 400, true);
    expect(view.window.toMs).toBeGreaterThan(400);
    expect(view.window.toMs - view.window.fromMs).toBeCloseTo(still.toMs - still.fromMs, 6);
  });

  it('brings a selected span into view, and zooms to it until it can be seen', () => {
    const lines = Array.from({ length: 60 }, (_, i) => `  item ${i / 100}-90`);
    const tree = treeOf(['run 0-100000', ...lines, '  tiny 99000-99000.1'].join('\n'));
    const model = timeModel(tree);
    const view = new FlameViewState();
    view.cssWidth = 800;
    view.cssHeight = 300;
    view.rowCount = tree.tracks.rows.length;
    view.adapt(model, 0, false);
    view.reveal(model, 0, 60, model.rowOf(60));
    const bottom = (model.rowOf(60) + 1) * ROW_HEIGHT + AXIS_HEIGHT - view.cssScroll;
    expect(bottom).toBeLessThanOrEqual(300);
    view.reveal(model, 0, 61, model.rowOf(61));
    const { fromMs, toMs } = view.window;
    expect(fromMs).toBeLessThan(99_000);
    expect(toMs).toBeGreaterThan(99_000.1);
    expect((0.1 / (toMs - fromMs)) * 800).toBeGreaterThan(4);
    expect(view.cssScroll).toBeLessThanOrEqual(model.rowOf(61) * 20);
  });

  it('leaves keys alone that are not its own', () => {
    expect(['Tab', 'F5', 'x', ' '].map((key) => keyCommand(key, false))).toEqual([null, null, null, null]);
    expect(keyCommand('W', false)).toEqual(keyCommand('+', true));
  });
});
