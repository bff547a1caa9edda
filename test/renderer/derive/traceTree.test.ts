import { describe, expect, it } from 'vitest';
import { SpanTable } from '../../../renderer/derive/spanTable.ts';
import { NODE } from '../../../renderer/derive/nodeFlags.ts';
import { sortByStart } from '../../../renderer/derive/sortByStart.ts';
import { TraceTree } from '../../../renderer/derive/traceTree.ts';
import type { SpanKind, SpanRecord } from '../../../shared/span.ts';
import { spanTree } from '../../fixtures/spanTree.ts';
import { randomNumbers, syntheticTrace } from '../../fixtures/syntheticTrace.ts';

const TRACE = '1'.repeat(32);

function treeOf(spans: readonly SpanRecord[]): TraceTree {
  const table = new SpanTable();
  table.upsert(spans);
  const tree = new TraceTree(table, spans[0]?.traceId ?? TRACE);
  tree.update(0);
  return tree;
}

/** Rows of the picture as text: `name start-end`, one line a row. */
function picture(tree: TraceTree): string[] {
  return tree.tracks.rows.map(({ chunks }) =>
    chunks
      .flatMap(({ count, item, start, end }) =>
        Array.from({ length: count }, (_, i) => `${tree.name(item[i]!)} ${start[i]}-${end[i]}`),
      )
      .join(' | '),
  );
}

function outline(tree: TraceTree, node = -1, indent = ''): string[] {
  return [...tree.childrenOf(node)].flatMap((child) => [
    indent + tree.name(child),
    ...outline(tree, child, `${indent}  `),
  ]);
}

function expectNoOverlap(tree: TraceTree): void {
  const seen = new Set<number>();
  for (const { chunks } of tree.tracks.rows) {
    let lastEnd = -Infinity;
    for (const { count, item, start, end } of chunks) {
      for (let i = 0; i < count; i += 1) {
        expect(start[i]).toBeGreaterThanOrEqual(lastEnd);
        expect(end[i]).toBeGreaterThanOrEqual(start[i]!);
        lastEnd = end[i]!;
        expect(seen.has(item[i]!)).toBe(false);
        seen.add(item[i]!);
      }
    }
  }
  expect(seen.size).toBe(tree.size);
}

describe('TraceTree', () => {
  it('stacks concurrent items in lanes, each with its stages below it', () => {
    const tree = treeOf(
      spanTree(`
run 0-100
  item 0-40
    stage 0-20
    stage 20-40
  item 10-60
    stage 12-50
  item 40-90
    stage 41-80
`),
    );
    expect(picture(tree)).toEqual([
      'run 0-100',
      'item 0-40 | item 40-90',
      'stage 0-20 | stage 20-40 | stage 41-80',
      'item 10-60',
      'stage 12-50',
    ]);
  });

  it('has the very microseconds that spans were told with, whatever the day', () => {
    const day = 1_790_000_000_123.457;
    const spans = ['a', 'b'].map((digit, at) => ({
      ...spanTree('x 0-1')[0]!,
      spanId: digit.repeat(16),
      startMs: day + at * 0.001,
      endMs: day + at * 0.001 + 0.005,
    }));
    const tree = treeOf(spans);
    expect([0, 1].map((node) => [tree.startMs(node), tree.endMs(node, 0)])).toEqual([
      [0, 0.005],
      [0.001, 0.006],
    ]);
    expect(picture(tree).sort()).toEqual(['x 0-0.005', 'x 0.001-0.006']);
  });

  it('opens what nobody here made: cycles, lost parents, two roots, negative, zero and shared ids', () => {
    const tree = treeOf(
      spanTree(`
run 0-100
  backwards 50-45
  zero 55-55
  longer 90-120
lost 20-70 ^gone
loop a 28-50 #la ^lb
  below 31-32
loop b 31-45 #lb ^la
self 5-6 #self ^self
twin 1-2 #twin
twin 3-4 #twin
`),
    );
    expect(outline(tree)).toEqual([
      'run',
      '  backwards',
      '  zero',
      '  longer',
      'twin',
      'twin',
      'self',
      'lost',
      'loop b',
      '  loop a',
      '    below',
    ]);
    expect(tree.faults()).toEqual({ orphan: 1, cycle: 2, negative: 1, early: 1, duplicate: 1 });
    expectNoOverlap(tree);
  });

  it('finds nothing wrong with work that outlasts the call it began with, nor with clocks a little apart', () => {
    const kinds: Record<string, SpanKind> = { 'ipc served': 'server', 'ipc early': 'server' };
    const spans = spanTree(`
ui 0-40
  ipc call 10-30
    ipc served 8-33
      run 12-900
        item 20-880
        card 899-1000
        thread 11.5-30
    ipc early 1-20
`).map((one) => ({ ...one, kind: kinds[one.name] ?? one.kind }));
    const tree = treeOf(spans);
    expect(tree.faults().early).toBe(1);
    const early = spans.filter(({ spanId }) => tree.isEarly(tree.nodeOf(spanId)));
    expect(early.map(({ name }) => name)).toEqual(['ipc early']);
    expect(tree.extent(0)).toEqual([0, 1000]);
  });

  it('keeps children that outlast their parent clear of the next parent in the lane', () => {
    const tree = treeOf(
      spanTree(`
first 0-10
  late 5-15
second 10-20
  early 11-14
`),
    );
    expect(picture(tree)).toEqual(['first 0-10 | second 10-20', 'late 5-15', 'early 11-14']);
  });

  it('draws open spans to infinity, and lets the next one in when they have ended', () => {
    const table = new SpanTable();
    table.upsert(spanTree('run 0-?\n  item 1-? #a'));
    const tree = new TraceTree(table, TRACE);
    tree.update(0);
    expect(tree.endMs(1, 30)).toBe(30);
    table.upsert(spanTree('run 0-?\n  item 1-5 #a\n  item 6-? #b'));
    tree.update(1);
    expect(picture(tree)).toEqual(['run 0-Infinity', 'item 1-5 | item 6-Infinity']);
    expect([tree.rebuilds, tree.openCount, tree.flags(1) & NODE.open]).toEqual([1, 2, 0]);
  });

  it('counts self time without what concurrent children cover twice', () => {
    const tree = treeOf(spanTree('run 0-100\n  a 10-50\n  b 30-60\n  c 90-130'));
    expect(tree.selfMs(0, 0)).toBe(100 - 50 - 10);
    expect(tree.selfMs(1, 0)).toBe(40);
  });

  it('comes to the same tree whether it grew in batches or was built at once', () => {
    const spans = syntheticTrace({ items: 120, concurrency: 6 });
    const whole = treeOf(spans);
    const table = new SpanTable();
    const tree = new TraceTree(table, spans[0]!.traceId);
    const sorted = spans.toSorted((a, b) => a.startMs - b.startMs);
    for (let i = 0; i < sorted.length; i += 37) {
      table.upsert(sorted.slice(i, i + 37));
      tree.update(i);
    }
    expect(tree.rebuilds).toBe(1);
    expect(outline(tree)).toEqual(outline(whole));
    expect(tree.tracks.rows.length).toBe(whole.tracks.rows.length);
    expectNoOverlap(tree);
  });

  it('comes to the same tree where its rows lie among those of other traces', () => {
    const spans = syntheticTrace({ items: 300, untilMs: 3000 });
    const other = syntheticTrace({ items: 300, traceId: '2'.repeat(32) });
    const alone = treeOf(spans);
    const table = new SpanTable();
    for (let i = 0; i < spans.length; i += 7)
      table.upsert([...other.slice(i, i + 5), ...spans.slice(i, i + 7)]);
    const among = new TraceTree(table, spans[0]!.traceId);
    among.update(0);
    expect(picture(among)).toEqual(picture(alone));
    expect(outline(among)).toEqual(outline(alone));
    expect(among.faults()).toEqual(alone.faults());
  });

  it('places parents before children in a small batch deep down the tree', () => {
    const table = new SpanTable();
    const tree = new TraceTree(table, TRACE);
    const chain = Array.from({ length: 40 }, (_, i) => `${'  '.repeat(i)}call 0-100`);
    table.upsert(spanTree(chain.join('\n')));
    tree.update(0);
    const all = spanTree([...chain, `${'  '.repeat(40)}up 0-9`, `${'  '.repeat(41)}down 0-9`].join('\n'));
    table.upsert([all[41]!, all[40]!]);
    tree.update(1);
    expect(picture(tree).slice(-2)).toEqual(['up 0-9', 'down 0-9']);
    expect(tree.rebuilds).toBe(1);
  });

  it('takes children that come before their parents as roots first, and paces moving them', () => {
    const spans = syntheticTrace({ items: 20 });
    const table = new SpanTable();
    const tree = new TraceTree(table, spans[0]!.traceId);
    const [root, ...rest] = spans as [SpanRecord, ...SpanRecord[]];
    table.upsert(rest);
    tree.update(0);
    expect(tree.faults().orphan).toBe(20);
    table.upsert([root]);
    tree.update(100);
    expect([tree.rebuilds, tree.isStale]).toEqual([1, true]);
    // Nothing more has to come.
    expect(tree.update(100_000)).toBe(true);
    expect([tree.rebuilds, tree.faults().orphan, tree.isStale]).toEqual([2, 0, false]);
  });

  it('looks for the parents of orphans again only where spans came', () => {
    const [, ...rest] = syntheticTrace({ items: 20 });
    const table = new SpanTable();
    const tree = new TraceTree(table, rest[0]!.traceId);
    table.upsert(rest.slice(0, -1));
    tree.update(0);
    expect([tree.faults().orphan > 0, tree.isStale]).toEqual([true, false]);
    table.upsert(rest.slice(-1));
    tree.update(100);
    expect(tree.isStale).toBe(true);
    expect([tree.update(1000), tree.isStale, tree.rebuilds]).toEqual([false, false, 1]);
  });

  it('never overlaps anything for random traces in random order', () => {
    const random = randomNumbers(5);
    for (let round = 0; round < 40; round += 1) {
      const count = 5 + Math.floor(random() * 120);
      const spans = Array.from({ length: count }, (_, i): SpanRecord => {
        const startMs = Math.floor(random() * 60);
        return {
          ...spanTree('x 0-1')[0]!,
          spanId: (i + 1).toString(16).padStart(16, '0'),
          parentSpanId:
            random() < 0.15 ? null : (1 + Math.floor(random() * (count + 3))).toString(16).padStart(16, '0'),
          startMs,
          endMs: random() < 0.1 ? null : startMs + Math.floor(random() * 30) - 3,
        };
      });
      const table = new SpanTable();
      const tree = new TraceTree(table, TRACE);
      for (let i = 0; i < count; i += 9) {
        table.upsert(spans.slice(i, i + 9));
        tree.update(i * 1000);
      }
      table.upsert(spans.map((span) => ({ ...span, endMs: span.endMs ?? span.startMs + 40 })));
      tree.update(1e9);
      expect(tree.size).toBe(count);
      expect(tree.openCount).toBe(0);
      expectNoOverlap(tree);
    }
  });

  it('holds a chain of 20,000 calls and a fan of 20,000 concurrent ones', () => {
    const id = (i: number) => (i + 1).toString(16).padStart(16, '0');
    const one = spanTree('x 0-1')[0]!;
    const chain = Array.from({ length: 20_000 }, (_, i) => ({
      ...one,
      spanId: id(i),
      parentSpanId: i === 0 ? null : id(i - 1),
    }));
    const deep = treeOf(chain);
    expect(deep.depth(19_999)).toBe(19_999);
    expect(deep.tracks.overflowCount).toBe(20_000 - 4096);
    const fan = treeOf(chain.map((span, i) => ({ ...span, parentSpanId: i === 0 ? null : id(0) })));
    expect(fan.tracks.overflowCount).toBe(19_999 - 1024);
    expect(fan.tracks.rows.length).toBe(1 + 1024 + 1);
  });
});

describe('sortByStart', () => {
  it('sorts like the language does, stably, with an outlier that a radix sort alone would choke on', () => {
    const random = randomNumbers(9);
    for (const outlier of [0, 1e12]) {
      const starts = Array.from({ length: 5000 }, (_, i) =>
        i === 77 ? outlier : Math.floor(random() * 900) / 3,
      );
      const sorted = sortByStart(Int32Array.from(starts.keys()), (i) => starts[i]!);
      expect([...sorted]).toEqual([...starts.keys()].sort((a, b) => starts[a]! - starts[b]! || a - b));
    }
  });

  it('sorts what is nearly in order, and a crowd at one moment', () => {
    const random = randomNumbers(10);
    const nearly = Array.from({ length: 5000 }, (_, i) => i + Math.floor(random() * 90));
    const crowd = nearly.map((start, i) => (i % 3 === 0 ? start : 2000 + Math.floor(random() * 5) / 1000));
    for (const starts of [nearly, crowd]) {
      const sorted = sortByStart(Int32Array.from(starts.keys()), (i) => starts[i]!);
      expect([...sorted]).toEqual([...starts.keys()].sort((a, b) => starts[a]! - starts[b]! || a - b));
    }
  });
});
