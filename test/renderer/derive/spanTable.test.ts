import { describe, expect, it } from 'vitest';
import { SpanTable } from '../../../renderer/derive/spanTable.ts';
import type { SpanRecord } from '../../../shared/span.ts';
import { hexId, spanTree } from '../../fixtures/spanTree.ts';
import { randomNumbers, syntheticTrace } from '../../fixtures/syntheticTrace.ts';

const TRACE = '1'.repeat(32);
const traceNamed = (digit: string, count = 3): SpanRecord[] =>
  spanTree(
    ['root 0-10', ...Array.from({ length: count - 1 }, (_, i) => `  child ${i}-${i + 1}`)].join('\n'),
    {
      traceId: digit.repeat(32),
    },
  );

describe('SpanTable', () => {
  it('gives every span back as it was put in, with all that hangs on it', () => {
    const table = new SpanTable();
    const spans: SpanRecord[] = syntheticTrace({ items: 30, failing: 0.5 });
    spans[3] = {
      ...spans[3]!,
      statusMessage: 'said why',
      events: [{ name: 'retry', timeMs: 12.5, attributes: { attempt: 2 } }],
      links: [{ traceId: TRACE, spanId: hexId('x'), attributes: {} }],
    };
    table.upsert(spans);
    const trace = table.trace(spans[0]!.traceId)!;
    expect(Array.from({ length: trace.rows.length }, (_, i) => table.record(trace.rows.get(i)))).toEqual(
      spans,
    );
  });

  it('replaces an open span by its ended state and keeps its row', () => {
    const table = new SpanTable();
    table.upsert(spanTree('run 0-?\n  item 1-?'));
    const row = table.rowOf(TRACE, '0000000000000002');
    expect(table.trace(TRACE)).toMatchObject({ openCount: 2, errorCount: 0 });
    table.upsert(spanTree('run 0-?\n  item 1-9 error'));
    expect(table.rowOf(TRACE, '0000000000000002')).toBe(row);
    expect(table.record(row)).toMatchObject({
      endMs: 1_000_009,
      status: 'error',
      statusMessage: 'item failed',
    });
    expect(table.trace(TRACE)).toMatchObject({ openCount: 1, errorCount: 1, endMs: 1_000_009 });
    expect(table.size).toBe(2);
  });

  it('says that what was derived is void when a start or a parent is corrected, not when a span ends', () => {
    const table = new SpanTable();
    table.upsert(spanTree('run 0-?\n  item 1-?'));
    table.upsert(spanTree('run 0-20\n  item 1-9'));
    expect(table.trace(TRACE)!.restructured).toBe(0);
    table.upsert(spanTree('run 0-20\n  item 1-12'));
    expect(table.trace(TRACE)!.restructured).toBe(1);
  });

  it('drops whole traces, the one changed longest ago first, and never the watched one', () => {
    const table = new SpanTable({ maxSpans: 9 });
    for (const digit of ['2', '3', '4']) table.upsert(traceNamed(digit));
    table.watch('2'.repeat(32));
    table.upsert([traceNamed('3')[0]!]);
    table.upsert(traceNamed('5', 2));
    expect(table.traceIds().map((id) => id[0])).toEqual(['2', '3', '5']);
    expect([table.size, table.evictedSpans]).toEqual([8, 3]);
    table.upsert(traceNamed('6'));
    expect(table.traceIds().map((id) => id[0])).toEqual(['2', '5', '6']);
    expect(table.rowOf('3'.repeat(32), '0000000000000001')).toBe(-1);
    expect(table.record(table.rowOf('2'.repeat(32), '0000000000000002'))).toEqual(traceNamed('2')[1]);
  });

  it('refuses and counts what the last trace alone cannot hold, but still ends its open spans', () => {
    const table = new SpanTable({ maxSpans: 3 });
    table.upsert(spanTree('run 0-?\n  a 1-?\n  b 2-?\n  c 3-?\n  d 4-?'));
    table.upsert(spanTree('run 0-9\n  a 1-2'));
    expect([table.size, table.refusedSpans, table.trace(TRACE)!.openCount]).toEqual([3, 2, 1]);
  });

  it('keeps two spans that share an id, and takes each sent again for itself', () => {
    const table = new SpanTable();
    const pair = spanTree('root 0-20 #r\n  one 1-2 #x\n  two 3-4 #x');
    table.upsert(pair);
    table.upsert(pair);
    const trace = table.trace(TRACE)!;
    expect(trace.rows.length).toBe(3);
    expect(table.isDuplicate(trace.rows.get(2))).toBe(true);
    expect(table.record(trace.rows.get(2)).spanId).toBe(hexId('x'));
  });

  it('keeps ids that are no sixteen hex digits', () => {
    const table = new SpanTable();
    const [root, child] = spanTree('root 0-2\n  child 0-1') as [SpanRecord, SpanRecord];
    const odd = [
      { ...root, spanId: 'ROOT' },
      { ...child, spanId: 'Ünï-code', parentSpanId: 'ROOT' },
    ];
    table.upsert(odd);
    const row = table.rowOf(TRACE, 'Ünï-code');
    expect(table.record(row)).toEqual(odd[1]);
    expect(table.parentRow(row)).toBe(table.rowOf(TRACE, 'ROOT'));
  });

  it('finds every span through many rounds of adding and dropping traces', () => {
    const random = randomNumbers(11);
    const table = new SpanTable({ maxSpans: 4000 });
    const held = new Map<string, SpanRecord[]>();
    for (let round = 0; round < 60; round += 1) {
      const traceId = Math.floor(random() * 2 ** 32)
        .toString(16)
        .padStart(32, 'b');
      const spans = syntheticTrace({ items: 10 + Math.floor(random() * 50), traceId, seed: round });
      held.set(traceId, spans);
      table.upsert(spans);
    }
    const kept = table.traceIds();
    expect(kept.length).toBeGreaterThan(3);
    expect(table.size).toBeLessThanOrEqual(4000);
    for (const [traceId, spans] of held) {
      const isKept = kept.includes(traceId);
      for (const span of spans) {
        const row = table.rowOf(traceId, span.spanId);
        if (isKept) expect(table.record(row)).toEqual(span);
        else expect(row).toBe(-1);
      }
    }
  });

  it('says what it takes, columns and index below 100 bytes a span', () => {
    const table = new SpanTable();
    table.upsert(syntheticTrace({ items: 10_000 }));
    const memory = table.memory();
    expect(memory.spans).toBe(table.size);
    expect((memory.columnBytes + memory.indexBytes) / memory.spans).toBeLessThan(100);
    // What hangs on them is held packed: a few bytes where texts and names are shared.
    expect(memory.payloadBytes).toBeGreaterThan(memory.spans * 4);
    expect(memory.payloadBytes).toBeLessThan(memory.spans * 20);
  });
});
