import { describe, expect, it } from 'vitest';
import { SpanTable } from '../../../renderer/derive/spanTable.ts';
import { TraceHeads } from '../../../renderer/derive/traceSummaries.ts';
import { openSpans } from '../../../shared/packedSpans.ts';
import { encodeSpans } from '../../../shared/spanCodec.ts';
import type { SpanRecord } from '../../../shared/span.ts';

const traceId = 'a'.repeat(32);
function span(id: number, patch: Partial<SpanRecord> = {}): SpanRecord {
  return {
    traceId,
    spanId: id.toString(16).padStart(16, '0'),
    parentSpanId: null,
    name: 'run',
    kind: 'internal',
    startMs: 100,
    endMs: null,
    status: 'unset',
    statusMessage: null,
    attributes: {},
    events: [],
    links: [],
    ...patch,
  };
}
const root = '0000000000000001';

describe('TraceHeads', () => {
  it('counts a span once, however often it arrives, and waits for all to end', () => {
    const table = new SpanTable();
    const heads = new TraceHeads();
    const feed = (...spans: SpanRecord[]) => {
      table.upsert(spans);
      heads.see(openSpans(encodeSpans(spans)));
      return heads.summaries(table)[0];
    };
    const opened = feed(
      span(1, { attributes: { 'tracedeck.run.id': 'r7' } }),
      span(2, { parentSpanId: root, name: 'item' }),
    );
    expect(opened).toEqual({
      traceId,
      name: 'run',
      startMs: 100,
      durationMs: null,
      spanCount: 2,
      errorCount: 0,
      runId: 'r7',
      service: 'tracedeck',
      version: null,
      pinned: false,
    });
    feed(span(2, { parentSpanId: root, name: 'item', endMs: 150, status: 'error' }));
    const ended = feed(
      span(2, { parentSpanId: root, name: 'item', endMs: 150, status: 'error' }),
      span(1, { endMs: 160, attributes: { 'tracedeck.run.id': 'r7' } }),
    );
    expect(ended).toMatchObject({ durationMs: 60, spanCount: 2, errorCount: 1 });
  });

  it('calls a trace by its first span until the root arrives', () => {
    const table = new SpanTable();
    const heads = new TraceHeads();
    const child = [span(2, { parentSpanId: root, name: 'item' })];
    table.upsert(child);
    heads.see(openSpans(encodeSpans(child)));
    expect(heads.summaries(table)[0]?.name).toBe('item');
    table.upsert([span(1)]);
    heads.see(openSpans(encodeSpans([span(1)])));
    expect(heads.summaries(table)[0]?.name).toBe('run');
  });

  it('is about the run, wherever in the trace that is', () => {
    const table = new SpanTable();
    const heads = new TraceHeads();
    const feed = (...spans: SpanRecord[]) => {
      table.upsert(spans);
      heads.see(openSpans(encodeSpans(spans)));
      return heads.summaries(table)[0];
    };
    const run = span(3, {
      parentSpanId: '0000000000000002',
      startMs: 110,
      attributes: { 'tracedeck.run.id': 'r7' },
    });
    expect(feed(run, span(4, { parentSpanId: run.spanId, name: 'item', startMs: 120 }))).toMatchObject({
      name: 'run',
      runId: 'r7',
    });
    // The click comes last, and has long ended while the run goes on.
    const call = span(2, { parentSpanId: root, name: 'ipc startRun', startMs: 102, endMs: 130 });
    const click = span(1, { name: 'ui Generate', endMs: 130 });
    expect(feed(call, click)).toMatchObject({ name: 'run', runId: 'r7', startMs: 100, durationMs: null });
    const ended = feed(
      { ...run, endMs: 900 },
      span(4, { parentSpanId: run.spanId, name: 'item', startMs: 120, endMs: 800 }),
    );
    expect(ended).toMatchObject({ name: 'run', runId: 'r7', startMs: 100, durationMs: 800 });
  });

  it('does not take a copied attribute for the run', () => {
    const heads = new TraceHeads();
    const table = new SpanTable();
    const spans = [
      span(1, { name: 'ui Generate' }),
      span(2, { parentSpanId: root, name: 'item', attributes: { 'tracedeck.run.id': 'r7' } }),
    ];
    table.upsert(spans);
    heads.see(openSpans(encodeSpans(spans)));
    expect(heads.summaries(table)[0]).toMatchObject({ name: 'ui Generate', runId: null });
  });

  it('forgets what the table has dropped', () => {
    const table = new SpanTable();
    const heads = new TraceHeads();
    table.upsert([span(1)]);
    heads.see(openSpans(encodeSpans([span(1)])));
    table.drop(traceId);
    expect(heads.summaries(table)).toEqual([]);
  });
});
