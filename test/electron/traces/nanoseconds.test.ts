import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openRecords } from '../../../electron/traces/records.ts';
import { openSpanStore, type SpanStore } from '../../../electron/traces/spanStore.ts';
import { decodeSpans, encodeSpans } from '../../../shared/spanCodec.ts';
import type { SpanRecord } from '../../../shared/span.ts';
import { hexId, pipelineSpans, randomFrom, span } from '../telemetry/pipelineSpans.ts';

let dir = '';
let store: SpanStore;
const open = (): SpanStore =>
  openSpanStore(join(dir, 'traces.db'), { limits: { maxBytes: 1e9, maxAgeMs: 1e15 } });

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'tracedeck-nanoseconds-'));
});
afterEach(() => {
  store.close();
  rmSync(dir, { recursive: true, force: true });
});

const byId = (spans: readonly SpanRecord[]) => spans.toSorted((a, b) => (a.spanId < b.spanId ? -1 : 1));
const read = (traceId: string) => byId(decodeSpans(store.get(traceId)));
const settle = () => {
  while (store.maintain(50));
};

describe('rests of times in the store', () => {
  const traceId = 'd'.repeat(32);
  /** Whole microseconds, so that the store changes nothing of the floats; a part of them has rests. */
  const spans = Array.from({ length: 600 }, (_, i): SpanRecord => {
    const random = randomFrom(i);
    const rest = () => Math.floor(random() * 1500) - 750 || 1;
    const startMs = 1_790_000_000_000 + Math.floor(random() * 1e6) / 1000;
    return span({
      traceId,
      spanId: hexId(random, 16),
      startMs,
      endMs: i % 7 === 0 ? null : startMs + 1,
      ...(i % 3 === 0 ? { startRestNs: rest() } : {}),
      ...(i % 4 === 0 && i % 7 !== 0 ? { endRestNs: rest() } : {}),
      events:
        i % 5 === 0
          ? [
              { name: 'with', timeMs: startMs, timeRestNs: rest(), attributes: {} },
              { name: 'without', timeMs: startMs, attributes: {} },
            ]
          : [],
    });
  });

  it('are those that were written, whatever blocks the spans lie in', () => {
    store = open();
    // One batch has no rest at all.
    const batches = [spans.filter((_, i) => i % 3 !== 0 && i % 4 !== 0 && i % 5 !== 0)];
    const others = spans.filter((each) => !batches[0]!.includes(each));
    for (let at = 0; at < others.length; at += 17) batches.push(others.slice(at, at + 17));
    for (const batch of batches) store.writeSpans(encodeSpans(batch));
    expect(read(traceId)).toStrictEqual(byId(spans));
    settle();
    expect(read(traceId)).toStrictEqual(byId(spans));
    store.close();
    store = open();
    expect(read(traceId)).toStrictEqual(byId(spans));
  });

  it('come with the end of a span that was open, and a span that comes again is known', () => {
    store = open();
    store.writeSpans(encodeSpans(spans));
    const ended = spans.map((each) =>
      each.endMs === null ? { ...each, endMs: each.startMs + 2, endRestNs: 123 } : each,
    );
    expect(store.writeSpans(encodeSpans(ended))).toMatchObject({ added: 0 });
    expect(read(traceId)).toStrictEqual(byId(ended));
    settle();
    expect(store.writeSpans(encodeSpans(ended))).toMatchObject({ added: 0, duplicates: 600 });
    expect(read(traceId)).toStrictEqual(byId(ended));
  });

  it('cost spans nothing that have none', () => {
    store = open();
    const slots = () =>
      store.db
        .prepare<[], { slots: Buffer }>('SELECT directory AS slots FROM block')
        .all()
        .map((row) => row.slots.length);
    const plain = spans.map(({ startRestNs: _s, endRestNs: _e, ...each }) => ({ ...each, events: [] }));
    store.writeSpans(encodeSpans(plain));
    const [before] = slots();
    const exact = plain.map((each) => ({ ...each, traceId: 'e'.repeat(32), startRestNs: 1, endRestNs: 1 }));
    store.writeSpans(encodeSpans(exact));
    expect(slots()[1]).toBeGreaterThan(before!);
    expect(encodeSpans(plain).length).toBeLessThan(encodeSpans(exact).length - 4 * 600 + 10);
  });
});

describe('a store from before times were kept in nanoseconds', () => {
  beforeEach(() => {
    const packed = readFileSync(new URL('../../fixtures/tracesV4.db.gz', import.meta.url));
    writeFileSync(join(dir, 'traces.db'), gunzipSync(packed));
    store = open();
  });
  const odd = 'b'.repeat(32);

  it('says what it said, and takes nanoseconds from then on', () => {
    const run = pipelineSpans(200, 5).slice(0, 200);
    expect(read(run[0]!.traceId)).toStrictEqual(byId(run));
    const old = span({
      traceId: odd,
      startMs: 1_790_000_000_001.25,
      endMs: 1_790_000_000_002.125,
      events: [{ name: 'e', timeMs: 1_790_000_000_001.5, attributes: { a: 'b' } }],
    });
    expect(read(odd)).toStrictEqual([old]);
    const later = span({
      ...run[0]!,
      traceId: odd,
      spanId: 'f'.repeat(16),
      startRestNs: -400,
      endRestNs: 7,
      events: [{ name: 'e', timeMs: 1_790_000_000_003, timeRestNs: 250, attributes: {} }],
    });
    store.writeSpans(encodeSpans([later]));
    expect(read(odd)).toStrictEqual([old, later]);
    // Old blocks and new ones become one.
    for (let i = 0; i < 8; i += 1)
      store.writeSpans(encodeSpans([span({ traceId: hexId(randomFrom(100 + i), 32), startRestNs: i + 1 })]));
    settle();
    expect(store.db.prepare('SELECT count(*) AS blocks FROM block').get()).toMatchObject({ blocks: 2 });
    expect(read(odd)).toStrictEqual([old, later]);
    for (let i = 0; i < 8; i += 1)
      expect(read(hexId(randomFrom(100 + i), 32))[0]).toMatchObject({ startRestNs: i + 1 });
  });

  it('says the same of log records and metric points, and goes on with their streams', () => {
    const records = openRecords(store.db);
    const log = { timeMs: 1_790_000_000_003.25, level: 'warn', message: 'old' } as const;
    expect(records.logs(odd, 10)).toStrictEqual([
      { ...log, attributes: { a: 1 }, traceId: odd, spanId: null },
    ]);
    const startMs = 1_790_000_000_000.5;
    const all = () => records.metricPoints({ fromMs: null, toMs: null, services: null, after: null }).points;
    const old = all();
    expect(old.map(({ timeMs, value }) => [timeMs - startMs, value])).toEqual([
      [1000, 1],
      [2000, 2],
      [3000, 2],
      [4000, 5],
    ]);
    expect(old[0]!.exemplars).toEqual([
      { value: 1, timeMs: startMs + 500.25, traceId: odd, spanId: '0123456789abcdef' },
    ]);
    const next = { ...old[3]!, timeMs: startMs + 5000.75, timeRestNs: 321, value: 9 };
    records.writeMetrics([next]);
    expect(all()).toEqual([...old, next]);
    records.writeLogs([{ ...log, timeRestNs: -99, attributes: {}, traceId: odd, spanId: null }]);
    expect(records.logs(odd, 1)).toMatchObject([{ timeMs: log.timeMs, timeRestNs: -99 }]);
  });
});
