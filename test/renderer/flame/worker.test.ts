import { describe, expect, it, vi } from 'vitest';
import { ALL_SHOWN, ShownTrace } from '../../../renderer/derive/shownTrace.ts';
import type { DrawnTrace } from '../../../renderer/derive/shownTrace.ts';
import { SpanTable } from '../../../renderer/derive/spanTable.ts';
import { TraceTree } from '../../../renderer/derive/traceTree.ts';
import { FlameWorkerClient } from '../../../renderer/flame/workerClient.ts';
import { createWorkerHost } from '../../../renderer/flame/workerHost.ts';
import type { PaintedMessage } from '../../../renderer/flame/workerClient.ts';
import type { FrameRequest, FromWorker, ToWorker } from '../../../renderer/flame/workerMessages.ts';
import { flameTheme } from '../../../renderer/flame/theme.ts';
import type { FlameContext, Surface } from '../../../renderer/flame/surface.ts';
import type { Rgb } from '../../../renderer/derive/palette.ts';
import { spanTree } from '../../fixtures/spanTree.ts';
import { syntheticTrace } from '../../fixtures/syntheticTrace.ts';

const grey: Rgb = [128, 128, 128];
const theme = flameTheme({
  background: [255, 255, 255],
  text: [0, 0, 0],
  muted: grey,
  border: grey,
  accent: grey,
  danger: [170, 40, 30],
});

/** A surface that keeps the strip's pixels and the texts. */
function recorder(width: number, height: number) {
  const drawn = { pixels: new Uint32Array(0), texts: [] as string[] };
  const state: Record<string, unknown> = { font: '', fillStyle: '', globalAlpha: 1 };
  const context = new Proxy(state, {
    get(target, key: string) {
      if (key === 'measureText') return (text: string) => ({ width: text.length * 6 });
      if (key in target) return target[key];
      return (text: unknown) => key === 'fillText' && drawn.texts.push(String(text));
    },
    set(target, key: string, value) {
      target[key] = value;
      return true;
    },
  }) as unknown as FlameContext;
  const surface: Surface = {
    context,
    deviceWidth: width,
    deviceHeight: height,
    ratio: 1,
    strip: {
      begin(w, rows) {
        drawn.texts.length = 0;
        return (drawn.pixels = new Uint32Array(w * rows));
      },
      finish: () => undefined,
      stretch: () => undefined,
    },
  };
  return { surface, drawn };
}

/** The worker's side in this thread; what is handed over is cloned as the browser would, and gone here. */
function pair(tree: DrawnTrace, { width = 400, height = 300, canDraw = true, isAhead = false } = {}) {
  const { surface, drawn } = recorder(width, height);
  const sent: ToWorker['kind'][] = [];
  const painted: PaintedMessage[] = [];
  let fail: () => void = () => undefined;
  let lost = 0;
  const client = new FlameWorkerClient(tree, (onMessage, onFailed) => {
    fail = onFailed;
    const host = createWorkerHost(
      (message: FromWorker) => onMessage(structuredClone(message)),
      () => (canDraw ? surface : null),
    );
    return {
      post(message, transfer) {
        sent.push(message.kind);
        const isCanvas = message.kind === 'attach';
        host(isCanvas ? message : structuredClone(message, { transfer: transfer as ArrayBuffer[] }));
      },
      close: () => sent.push('detach'),
    };
  });
  if (isAhead) client.sync();
  const canvas = { width: 1, height: 1 } as OffscreenCanvas;
  const view = client.attach(canvas, false, {
    onPainted: (message) => painted.push(message),
    onLost: () => {
      lost += 1;
    },
  });
  client.post({ kind: 'size', view, cssWidth: width, cssHeight: height, ratio: 1 });
  client.post({ kind: 'theme', view, theme });
  const paint = (toMs: number, frame: Partial<FrameRequest> = {}) => {
    client.sync();
    client.post({
      kind: 'paint',
      view,
      frame: {
        window: { fromMs: 0, toMs },
        cssScroll: 0,
        nowMs: toMs,
        zeroMs: 0,
        selected: null,
        phase: 0,
        ...frame,
      },
    });
    return painted.at(-1)!;
  };
  const hit = (cssX: number, cssY: number) => {
    let found = { item: -2, merged: -2 };
    client.hit(view, cssX, cssY, (item, merged) => {
      found = { item, merged };
    });
    return found;
  };
  return { client, view, paint, hit, sent, drawn, canvas, fail: () => fail(), lost: () => lost };
}

function treeOf(table: SpanTable, traceId = '1'.repeat(32)): TraceTree {
  const tree = new TraceTree(table, traceId);
  tree.update(0);
  return tree;
}

describe('the worker that waits for a trace', () => {
  it('lends memory for its spans before all else, and keeps none of it', () => {
    vi.stubGlobal(
      'OffscreenCanvas',
      class {
        width = 1;
      },
    );
    const told: (readonly [FromWorker, Transferable[] | undefined])[] = [];
    const { surface } = recorder(100, 100);
    const host = createWorkerHost(
      (message, transfer) => told.push([message, transfer]),
      () => surface,
    );
    host({ kind: 'prepare', font: 'serif', spans: 1000 });
    vi.unstubAllGlobals();
    expect(told.length).toBe(1);
    const [[message, transfer]] = told as [(typeof told)[0]];
    if (message.kind !== 'room') throw new Error(message.kind);
    expect(message.room.names.byteLength).toBe(4000);
    expect(transfer).toEqual([message.room.columns, message.room.names]);
  });
});

describe('the worker that draws a trace', () => {
  it('draws what the window would draw, and knows what is where', () => {
    const table = new SpanTable();
    table.upsert(spanTree('run 0-400\n  item 0-200\n  item 100-300\n    chat 120-280 error'));
    const tree = treeOf(table);
    const { paint, hit, drawn, client, canvas } = pair(tree);
    expect(paint(400).stats).toEqual({ rows: 4, mergedItems: 0, mergedBoxes: 0 });
    expect([canvas.width, canvas.height]).toEqual([400, 300]);
    expect(drawn.texts).toEqual(expect.arrayContaining(['run', '400 ms', 'item', 'chat']));
    expect([hit(10, 30), hit(10, 50), hit(150, 70), hit(150, 90), hit(390, 50), hit(10, 5)]).toEqual([
      { item: 0, merged: 1 },
      { item: 1, merged: 1 },
      { item: 2, merged: 1 },
      { item: 3, merged: 1 },
      { item: -1, merged: 0 },
      { item: -1, merged: 0 },
    ]);
    let row = -1;
    client.rowOf(3, (found) => {
      row = found;
    });
    expect(row).toBe(3);
    expect(client.bytes).toBeGreaterThan(0);
  });

  it('takes a trace in before there is a canvas for it, and once', () => {
    const table = new SpanTable();
    table.upsert(spanTree('run 0-400\n  item 0-200\n    chat 120-180'));
    const { paint, hit, sent } = pair(treeOf(table), { isAhead: true });
    expect(paint(400).stats.rows).toBe(3);
    expect(hit(150, 70).item).toBe(2);
    expect(sent).toEqual(['clear', 'spans', 'attach', 'size', 'theme', 'paint', 'hit']);
  });

  it('draws no more of a trace than is shown of it', () => {
    const table = new SpanTable();
    table.upsert(spanTree('run 0-400\n  noise 0-200\n    item 100-200\n  chat 220-280'));
    const shown = new ShownTrace(treeOf(table));
    shown.update({ ...ALL_SHOWN, hidden: Uint8Array.from([0, 1, 0, 0]) });
    const { paint, hit, drawn } = pair(shown);
    expect(paint(400).stats.rows).toBe(2);
    expect(drawn.texts).toEqual(expect.arrayContaining(['run', 'item', 'chat']));
    expect(drawn.texts).not.toContain('noise');
    expect([hit(50, 50).item, hit(150, 50).item]).toEqual([-1, 2]);
    shown.update({ ...ALL_SHOWN, shiftMs: Float64Array.from([0, 0, 50, 0]) }, performance.now() + 1000);
    expect(paint(400).stats.rows).toBe(3);
    expect([hit(50, 50).item, hit(120, 70).item, hit(220, 70).item]).toEqual([1, -1, 2]);
  });

  it('grows with the trace: each span is sent once, open ones end, names that are given anew are told', () => {
    const whole = syntheticTrace({ items: 60 });
    const endMs = whole[0]!.endMs! - whole[0]!.startMs;
    const untilMs = whole[0]!.startMs + endMs / 2;
    const spans = whole
      .filter((span) => span.startMs <= untilMs)
      .map((span) => (span.endMs! > untilMs ? { ...span, endMs: null, status: 'unset' as const } : span));
    const grown = new SpanTable();
    const tree = new TraceTree(grown, spans[0]!.traceId);
    let batches = 0;
    const height = 20_000;
    const { client, paint, hit, sent, drawn } = pair(tree, { width: 600, height });
    for (let from = 0; from < spans.length; from += 37) {
      grown.upsert(spans.slice(from, from + 37));
      tree.update(0);
      paint(endMs);
      batches += 1;
    }
    expect(tree.openCount).toBeGreaterThan(3);
    // Ended now, the rest arrives; the one that was open all the time got another name.
    grown.upsert(whole.map((span) => (span.name === 'run' ? { ...span, name: 'whole run' } : span)));
    tree.update(0);
    paint(endMs);
    const count = (kind: ToWorker['kind']) => sent.filter((each) => each === kind).length;
    expect([count('spans'), count('clear'), tree.size]).toEqual([batches + 1, 1, whole.length]);
    expect(count('settled')).toBeGreaterThan(0);
    expect(drawn.texts).toContain('whole run');
    const before = sent.length;
    client.sync();
    expect(sent.length).toBe(before);

    // Every span has a row, and something of the row's is where the span is; ends as well as starts.
    let missed = 0;
    for (let node = 0; node < tree.size; node += 1) {
      let row = -1;
      client.rowOf(node, (found) => {
        row = found;
      });
      for (const ms of [tree.startMs(node), tree.endMs(node, 0)]) {
        const x = Math.min(599, Math.floor((ms / endMs) * 600));
        if (row < 0 || hit(x, 24 + row * 20 + 5).item < 0) missed += 1;
      }
    }
    expect(missed).toBe(0);
  });

  it('starts anew when the nodes mean something else, and answers nothing of what they meant before', () => {
    const table = new SpanTable();
    const spans = spanTree('run 0-100\n  child 0-50\n  other 50-90');
    // The root comes last: its children were roots until then.
    table.upsert(spans.slice(1));
    const tree = treeOf(table);
    const { paint, sent, hit } = pair(tree);
    paint(100);
    table.upsert(spans.slice(0, 1));
    tree.update(1000);
    expect(tree.rebuilds).toBeGreaterThan(1);
    expect(paint(100).stats.rows).toBe(2);
    expect(sent.filter((kind) => kind === 'clear').length).toBe(2);
    expect(tree.name(hit(10, 30).item)).toBe('run');
  });

  it('counts what is merged, exactly', () => {
    const table = new SpanTable();
    const lines = Array.from({ length: 500 }, (_, i) => `  tick ${i / 10}-${i / 10 + 0.05}`);
    table.upsert(spanTree(`run 0-100\n${lines.join('\n')}`));
    const { paint, hit, drawn } = pair(treeOf(table), { width: 200 });
    const { stats } = paint(100);
    // 50 ms of 0.5 ms a pixel: five spans in each of a hundred.
    expect(stats).toEqual({ rows: 2, mergedItems: 500, mergedBoxes: 100 });
    expect(hit(20, 50).merged).toBe(5);
    expect(drawn.texts).toContain('500 merged');
  });

  it('hands over to the window when it breaks', () => {
    const table = new SpanTable();
    table.upsert(spanTree('run 0-100'));
    const { client, fail, lost } = pair(treeOf(table));
    fail();
    expect([client.isClosed, lost()]).toEqual([true, 1]);
    fail();
    expect(lost()).toBe(1);
  });

  it('breaks rather than showing nothing where it cannot draw', () => {
    const table = new SpanTable();
    table.upsert(spanTree('run 0-100'));
    const { paint } = pair(treeOf(table), { canDraw: false });
    expect(() => paint(100)).toThrow('no canvas');
  });
});
