/** Traces that nobody here made: rendered as they are, in the real views. */
import { createElement } from 'react';
import type { ReactElement } from 'react';
import { renderToStaticMarkup } from 'react-dom/server';
import { describe, expect, it } from 'vitest';
import { SpanTable } from '../../../renderer/derive/spanTable.ts';
import { TraceTree } from '../../../renderer/derive/traceTree.ts';
import { adjusted, clockSkew } from '../../../renderer/waterfall/clockSkew.ts';
import { timeModel } from '../../../renderer/flame/flameModel.ts';
import { SpanPanel } from '../../../renderer/spanPanel/SpanPanel.tsx';
import { skewOf } from '../../../renderer/traceView/useClockSkew.ts';
import { TraceFoot } from '../../../renderer/traceView/TraceFoot.tsx';
import { Waterfall } from '../../../renderer/waterfall/Waterfall.tsx';
import type { WaterfallProps } from '../../../renderer/waterfall/Waterfall.tsx';
import { traceIndex } from '../../../renderer/waterfall/waterfallIndex.ts';
import { DEFAULT_OPTIONS } from '../../../renderer/waterfall/waterfallOptions.ts';
import type { Attributes, SpanRecord } from '../../../shared/span.ts';
import { servicesTrace } from '../../fixtures/servicesTrace.ts';
import { spanTree } from '../../fixtures/spanTree.ts';

function treeOf(spans: string | readonly SpanRecord[]): TraceTree {
  const table = new SpanTable();
  const records = typeof spans === 'string' ? spanTree(spans) : spans;
  table.upsert(records);
  const tree = new TraceTree(table, records[0]!.traceId);
  tree.update(0);
  return tree;
}
const nothing = () => undefined;
const text = (element: ReactElement) =>
  renderToStaticMarkup(element)
    .replace(/<[^>]+>/g, ' ')
    .replace(/\s+/g, ' ');

function waterfall(tree: TraceTree, props: Partial<WaterfallProps> = {}): ReactElement {
  return createElement(Waterfall, {
    tree,
    model: timeModel(tree),
    revision: tree.revision,
    clock: () => tree.latestMs,
    live: false,
    selected: -1,
    onSelect: nothing,
    search: null,
    wanted: null,
    noise: { hidden: null, count: 0, searched: 0, isShown: false, onShow: nothing, faults: [] },
    window: null,
    onWindow: nothing,
    options: DEFAULT_OPTIONS,
    onOptions: nothing,
    logs: null,
    hasLogs: false,
    onGroup: nothing,
    compact: false,
    ...props,
  });
}
function names(tree: TraceTree): string[] {
  const html = renderToStaticMarkup(waterfall(tree));
  return [...html.matchAll(/aria-level="(\d+)".*?class="wf-label"[^>]*>([^<]*)</g)].map(
    ([, level, name]) => `${level} ${name}`,
  );
}
const panel = (tree: TraceTree, node = 0) =>
  createElement(SpanPanel, {
    tree,
    node,
    clock: () => tree.latestMs,
    live: false,
    onSelect: nothing,
    onClose: nothing,
  });
const foot = (tree: TraceTree) =>
  createElement(TraceFoot, {
    tree,
    drawn: tree,
    revision: tree.revision,
    clock: () => tree.latestMs,
    live: false,
    refused: 0,
    skew: skewOf(tree, tree.latestMs),
    isAdjusted: false,
    onAdjust: nothing,
    notes: [],
  });
const one = (parts: Partial<SpanRecord>): SpanRecord => ({ ...spanTree('odd 0-10')[0]!, ...parts });

describe('traces nobody here made', () => {
  it('cuts a circle of parents and shows all of it', () => {
    const tree = treeOf('loop a 0-9 #la ^lb\nloop b 1-8 #lb ^la\nself 2-3 #se ^se');
    expect(names(tree).toSorted()).toEqual(['1 loop b', '1 self', '2 loop a']);
    expect(text(foot(tree))).toContain('2 cycles cut');
  });

  it('puts spans without a parent here, and several roots, at the top', () => {
    const tree = treeOf('first 0-9\n  child 1-2\norphan 3-4 ^gone\nsecond 5-9');
    expect(names(tree)).toEqual(['1 first', '2 child', '1 orphan', '1 second']);
    expect(text(foot(tree))).toContain('1 span without a parent here');
    expect(text(panel(tree, 2))).toContain('Its parent is not in this trace');
  });

  it('says what ended before it started, and draws what took no time', () => {
    const tree = treeOf('run 0-9\n  back 6-4\n  zero 5-5');
    const html = renderToStaticMarkup(waterfall(tree));
    expect(html).toContain('-2.00 ms');
    expect(html).toContain('It ends before it starts');
    expect(html.match(/class="wf-bar/g)).toHaveLength(3);
  });

  it('keeps both spans of one id', () => {
    const tree = treeOf('run 0-9\n  one 1-2 #dup\n  another 3-4 #dup');
    expect(names(tree)).toEqual(['1 run', '2 one', '2 another']);
    expect(text(panel(tree, 2))).toContain('Another span has the same id');
  });

  it('tells whose clock differs, by how much, and brings them together when asked', () => {
    const tree = treeOf(servicesTrace());
    expect(text(foot(tree))).toContain('The clock of stock is 42.5 ms behind that of shop');
    const index = traceIndex(tree, tree.latestMs);
    const skew = clockSkew(tree, index)!;
    const node = (name: string) =>
      Array.from({ length: tree.size }, (_, i) => i).find((i) => tree.name(i) === name)!;
    const moved = adjusted(index, skew);
    // The middle of its caller; what is below moves along, what agrees stays.
    expect(moved.startMs[node('reserve')]).toBe(282.5);
    expect(moved.startMs[node('UPDATE stock')]).toBe(287.5);
    expect(moved.startMs[node('POST stock')]).toBe(275);
    const options = { ...DEFAULT_OPTIONS, adjustClocks: true };
    expect(text(waterfall(tree, { options }))).toContain('Moved by +42.5 ms');
    expect(text(waterfall(tree))).not.toContain('Moved by');
  });

  it('finds no fault with clocks where work only outlasts its caller', () => {
    const [parent, child] = spanTree('call 0-9\n  work 5-40') as [SpanRecord, SpanRecord];
    const origin = { resource: { 'service.name': 'worker' }, scope: { name: '', version: null } };
    const tree = treeOf([parent, { ...child, origin }]);
    expect(clockSkew(tree, traceIndex(tree, 0))).toBeNull();
  });

  it('takes 128 attributes with a field to find one, and a value of 64 KB cut with a way to all of it', () => {
    const attributes: Attributes = Object.fromEntries(
      Array.from({ length: 127 }, (_, i) => [`vendor.key.${i}`, i]),
    );
    const tree = treeOf([one({ attributes: { ...attributes, 'db.query.text': 'x'.repeat(65_536) } })]);
    const shown = text(panel(tree));
    expect(shown).toContain('all 65,536 characters');
    expect(shown.length).toBeLessThan(20_000);
    expect(shown).toContain('All 127 attributes');
    expect(renderToStaticMarkup(panel(tree))).toContain('Find among 128 attributes');
  });

  it('takes 10,000 events: some in the panel, all as rows that are not all rendered', () => {
    const { startMs } = one({});
    const events = Array.from({ length: 10_000 }, (_, i) => ({
      name: `event ${i}`,
      timeMs: startMs + i / 1000,
      attributes: {},
    }));
    const tree = treeOf([one({ events })]);
    expect(text(panel(tree))).toContain('More of 10,000 events');
    const html = renderToStaticMarkup(waterfall(tree, { options: { ...DEFAULT_OPTIONS, events: true } }));
    expect(html).toContain('aria-rowcount="10002"');
    expect(html.match(/role="row"/g)!.length).toBeLessThan(100);
  });

  it('writes names of every script as they are, each in its own direction, and never as markup', () => {
    const strange = [
      'שלום עולם',
      'مرحبا',
      '단어 분석',
      '木漏れ日',
      '🧪 test',
      '<img src=x onerror=alert(1)>',
      '',
    ];
    const parent = one({ name: 'root' });
    const tree = treeOf([
      parent,
      ...strange.map((name, i) => one({ name, spanId: `${i + 1}`.repeat(16), parentSpanId: parent.spanId })),
    ]);
    const html = renderToStaticMarkup(waterfall(tree));
    expect(html).not.toContain('<img');
    for (const name of strange.slice(0, 5)) expect(html).toContain(`dir="auto">${name}<`);
    expect(names(tree)).toHaveLength(8);
  });

  it('shows what a recorder dropped, trace state, resource, scope, links and an exception with its stack', () => {
    const tree = treeOf(servicesTrace());
    const root = text(panel(tree, 0));
    for (const part of [
      '3 more attributes were dropped',
      '1 more events were dropped',
      'vendor=1',
      '@shop/shop 0.4.1',
      'shop-1',
      'Links (2)',
      'Baggage',
      '1,204 tokens',
      '18.4 kB (18,400 B)',
    ])
      expect(root).toContain(part);
    const failed = text(panel(tree, tree.size - 3));
    expect(failed).toContain('Nothing left of 재고');
    expect(failed).toContain('reserve.ts:41:11');
    expect(failed).toContain('3 frames of the runtime and of libraries');
    expect(failed).not.toContain('node:internal');
  });

  it('folds thirty queries into one row with its figures, and says why they look like N+1', () => {
    const html = text(waterfall(treeOf(servicesTrace())));
    expect(html).toContain('SELECT lines ×30');
    expect(html).toContain('N+1');
    expect(html).toContain('store-db');
  });
});
