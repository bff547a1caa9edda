import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { blockCountOf, decodeBlock, isLeafBlock } from '../../../../shared/leafCodec.ts';
import { decodeSpans } from '../../../../shared/spanCodec.ts';
import type { SpanBatch, SpanCursor, SpanRecord } from '../../../../shared/span.ts';
import type { SpanReader } from '../../../../electron/telemetry/api.ts';
import { createLeafParent } from '../../../fixtures/leafParent.ts';
import type { TailDecision } from '../../../../electron/telemetry/sampling/tailDecisions.ts';
import { LeafRing } from '../../../../electron/telemetry/spans/leafRing.ts';
import { createSpanRing } from '../../../../electron/telemetry/spans/spanRing.ts';
import { createSpanSource } from '../../../../electron/telemetry/spans/spanSource.ts';
import { randomFrom, span } from '../pipelineSpans.ts';

const START: SpanCursor = { spans: 0, leaves: 0 };
const traceId = (no: number) => no.toString(16).padStart(32, 'a');

function program(options: { spans?: number; rows?: number } = {}) {
  const ring = createSpanRing({ capacity: options.spans ?? 100 });
  const leaves = new LeafRing({ capacity: options.rows ?? 100, epochMs: (ms) => 1.79e12 + ms });
  const decisions = new Map<string, TailDecision>();
  const listeners = new Set<(traceId: string, decision: TailDecision) => void>();
  const tail = {
    active: false,
    decisionOf: (id: string) => decisions.get(id) ?? 'undecided',
    onDecided(listener: (traceId: string, decision: TailDecision) => void) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
  const faults: unknown[] = [];
  const source = createSpanSource({
    ring,
    leaves,
    tail,
    headDropped: () => 3,
    onFault: (thrown) => faults.push(thrown),
  });
  const get = leaves.operationNo({ name: 'cache get', kind: 'internal', attributes: {}, facts: [] });
  let spanNo = 0;
  return {
    ring,
    leaves,
    source,
    tail,
    faults,
    listeners,
    span(trace: number, part: Partial<SpanRecord> = {}): void {
      spanNo += 1;
      ring.completed(
        span({ traceId: traceId(trace), spanId: spanNo.toString(16).padStart(16, '0'), ...part }),
      );
    },
    row(trace: number): void {
      leaves.add(createLeafParent(traceId(trace), '00000000000000aa', true), get, 0, 1, 0, NaN, NaN);
    },
    decide(trace: number, decision: TailDecision): void {
      decisions.set(traceId(trace), decision);
      for (const listener of listeners) listener(traceId(trace), decision);
    },
  };
}

function readAll(reader: SpanReader, size = 1000): SpanRecord[] {
  const spans: SpanRecord[] = [];
  for (let block = reader.next(size); block !== null; block = reader.next(size)) {
    expect(blockCountOf(block)).toBeLessThanOrEqual(size);
    expect(blockCountOf(block)).toBeGreaterThan(0);
    spans.push(...decodeBlock(block));
  }
  return spans;
}
const unpack = ({ bytes, leaves }: SpanBatch) => [
  ...decodeSpans(bytes),
  ...(leaves.length === 0 ? [] : decodeBlock(leaves)),
];
const traces = (spans: readonly SpanRecord[]) =>
  spans.map((one) => parseInt(one.traceId.replace(/^a+/, ''), 16));

describe('span source', () => {
  it('gives what changed, spans and rows, in pages of any size', () => {
    for (const size of [1, 3, 50, undefined]) {
      const { source, span: addSpan, row } = program();
      for (let i = 1; i <= 40; i += 1) {
        addSpan(i);
        row(i);
        row(i);
      }
      const seen = new Set<string>();
      let cursor = START;
      for (;;) {
        const batch = source.since(cursor, size);
        const spans = unpack(batch);
        if (size !== undefined) expect(spans.length).toBeLessThanOrEqual(size);
        for (const { spanId } of spans) seen.add(spanId);
        if (spans.length === 0) expect(batch.cursor).toStrictEqual(cursor);
        if (spans.length === 0) break;
        cursor = batch.cursor;
      }
      expect(seen.size).toBe(120);
      expect(cursor).toStrictEqual(source.cursor);
      row(1);
      expect(unpack(source.since(cursor))).toHaveLength(1);
      // A place of another process.
      expect(unpack(source.since({ spans: 1e9, leaves: 1e9 })).length).toBe(40 + 81);
    }
  });

  it('counts rows among the spans, and what is gone of both', () => {
    const { source, span: addSpan, row } = program({ spans: 10, rows: 20 });
    for (let i = 1; i <= 30; i += 1) {
      addSpan(i);
      row(i);
    }
    expect(source.counts()).toStrictEqual({
      started: 60,
      ended: 60,
      evicted: 30,
      held: 30,
      open: 0,
      readmitted: 0,
      headDropped: 3,
    });
    const batch = source.since(START);
    expect(batch.evicted).toBe(30);
    expect(unpack(batch)).toHaveLength(30);
    expect(source.memory().rowBytes).toBeGreaterThanOrEqual(20 * 32);
  });

  it('gives readers blocks of either kind in turns, so that neither waits for the other', () => {
    const { source, span: addSpan, row } = program();
    const reader = source.reader();
    for (let i = 0; i < 60; i += 1) {
      addSpan(1);
      row(1);
    }
    const kinds: boolean[] = [];
    for (let block = reader.next(20); block !== null; block = reader.next(20)) kinds.push(isLeafBlock(block));
    expect(kinds).toStrictEqual([false, true, false, true, false, true]);
  });

  it('lets a reader begin with what ends from now on', () => {
    const { source, span: addSpan, row } = program();
    addSpan(1);
    row(1);
    const [all, late] = [source.reader(), source.reader(true)];
    addSpan(2);
    row(2);
    expect(traces(readAll(late)).toSorted()).toStrictEqual([2, 2]);
    expect(traces(readAll(all)).toSorted()).toStrictEqual([1, 1, 2, 2]);
  });

  it('takes whole spans of elsewhere over, and none that is open or no span', () => {
    const { source, faults } = program();
    const whole = span({ spanId: '1'.repeat(16) });
    source.adopt([span({ endMs: null }), span({ spanId: 'no' }), null as never, whole]);
    expect(unpack(source.since(START))).toStrictEqual([whole]);
    expect(faults).toHaveLength(3);
    for (const wrong of [undefined, null, {}, 'no list']) source.adopt(wrong as never, null as never);
    expect(faults).toHaveLength(7);
  });

  it('tells of spans and of rows once a turn', async () => {
    const { source, span: addSpan, row } = program();
    let heard = 0;
    const stop = source.onChange(() => (heard += 1));
    addSpan(1);
    addSpan(1);
    row(1);
    row(1);
    expect(heard).toBe(0);
    await turn();
    expect(heard).toBe(2);
    stop();
    row(1);
    addSpan(1);
    await turn();
    expect(heard).toBe(2);
  });
});

describe('a reader beneath tail sampling', () => {
  it('passes over what is undecided, reads what is kept and counts what is dropped', () => {
    const { source, tail, span: addSpan, row, decide } = program();
    tail.active = true;
    const reader = source.reader();
    decide(1, 'keep');
    decide(2, 'drop');
    for (const trace of [1, 2, 3, 4, 3]) {
      addSpan(trace);
      row(trace);
    }
    expect(traces(readAll(reader))).toStrictEqual([1, 1]);
    expect([reader.tailDropped, reader.undecided, reader.lost]).toStrictEqual([2, 6, 0]);
    // Windows see all of it.
    expect(unpack(source.since(START))).toHaveLength(10);
    decide(3, 'keep');
    decide(4, 'drop');
    expect(traces(readAll(reader, 3))).toStrictEqual([3, 3, 3, 3]);
    expect([reader.tailDropped, reader.undecided, reader.lost]).toStrictEqual([4, 0, 0]);
    // What comes after the decision.
    addSpan(3);
    row(4);
    expect(traces(readAll(reader))).toStrictEqual([3]);
    expect(reader.tailDropped).toBe(5);
  });

  it('counts as lost what was overwritten before its trace was kept', () => {
    const { source, tail, span: addSpan, row, decide } = program({ spans: 10, rows: 10 });
    tail.active = true;
    const reader = source.reader();
    for (let i = 0; i < 8; i += 1) {
      addSpan(1);
      row(1);
    }
    expect(readAll(reader)).toStrictEqual([]);
    for (let i = 0; i < 6; i += 1) {
      addSpan(2);
      row(2);
    }
    expect(readAll(reader)).toStrictEqual([]);
    decide(1, 'keep');
    decide(2, 'drop');
    expect(readAll(reader)).toHaveLength(8);
    expect([reader.lost, reader.tailDropped, reader.undecided]).toStrictEqual([8, 12, 0]);
  });

  it('reads on without a look at traces once sampling is off', () => {
    const { source, tail, span: addSpan, row, decide } = program();
    tail.active = true;
    const reader = source.reader();
    addSpan(1);
    row(1);
    expect(readAll(reader)).toStrictEqual([]);
    tail.active = false;
    decide(1, 'keep');
    addSpan(2);
    expect(traces(readAll(reader)).toSorted()).toStrictEqual([1, 1, 2]);
  });

  it('adds up through any mixture, and remembers no more than is held', () => {
    for (let seed = 0; seed < 30; seed += 1) {
      const random = randomFrom(seed);
      const any = (below: number) => Math.floor(random() * below);
      const {
        source,
        tail,
        span: addSpan,
        row,
        decide,
      } = program({ spans: 20 + any(50), rows: 20 + any(50) });
      const reader = source.reader();
      const read: string[] = [];
      let ended = 0;
      for (let i = 0; i < 2000; i += 1) {
        if (i % 300 === 0) tail.active = random() < 0.8;
        const trace = 1 + any(60) + Math.floor(i / 100) * 60;
        if (random() < 0.5) addSpan(trace);
        else row(trace);
        ended += 1;
        if (random() < 0.02) decide(trace, random() < 0.5 ? 'keep' : 'drop');
        if (random() < 0.1) read.push(...readAll(reader, 1 + any(30)).map(({ spanId }) => spanId));
        expect(reader.undecided).toBeLessThanOrEqual(4 * 140);
      }
      read.push(...readAll(reader).map(({ spanId }) => spanId));
      expect(read.length + reader.lost + reader.tailDropped + reader.undecided).toBe(ended);
      expect(new Set(read).size).toBe(read.length);
      for (let trace = 1; trace <= 1300; trace += 1) decide(trace, trace % 2 === 0 ? 'keep' : 'drop');
      read.push(...readAll(reader, 7).map(({ spanId }) => spanId));
      expect(read.length + reader.lost + reader.tailDropped).toBe(ended);
      expect(new Set(read).size).toBe(read.length);
      expect(reader.undecided).toBe(0);
    }
  });

  it('hears of no more decisions once it is closed', () => {
    const { source, tail, span: addSpan, listeners } = program();
    tail.active = true;
    const reader = source.reader();
    addSpan(1);
    expect(reader.next(10)).toBeNull();
    reader.close();
    expect(listeners.size).toBe(0);
  });
});
