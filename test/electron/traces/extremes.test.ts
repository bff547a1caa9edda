/** What comes in seldom: times of other centuries, clocks that jump, programs that die, ids that are none. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { callTree } from '../../../electron/traces/analyses/callTree.ts';
import { operations } from '../../../electron/traces/analyses/operations.ts';
import { ColumnCache } from '../../../electron/traces/blockCache.ts';
import { ByteReader, ByteWriter } from '../../../electron/traces/blocks/bytes.ts';
import {
  entriesOf,
  readAttribute,
  readAttributeOf,
  readAttributeTexts,
  writeAttribute,
} from '../../../electron/traces/blocks/attributeCodec.ts';
import { readInts, writeInts } from '../../../electron/traces/blocks/numberCodec.ts';
import { ColumnBuilder } from '../../../electron/traces/blocks/spanColumns.ts';
import { searchSpans, searchTraces } from '../../../electron/traces/query/search.ts';
import { openSpanStore, type SpanStore, type SpanStoreOptions } from '../../../electron/traces/spanStore.ts';
import { decodeSpans, encodeSpans } from '../../../shared/spanCodec.ts';
import type { SpanRecord } from '../../../shared/span.ts';
import { hexId, pipelineSpans, randomFrom, span } from '../telemetry/pipelineSpans.ts';

const EVERYTHING = { query: '', fromMs: null, toMs: null };
const DAY_MS = 86_400_000;
/** The bounds of time: 2255 and 1684. */
const FAR_MS = 9e12;
let dir = '';
let path = '';
const open: SpanStore[] = [];

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'tracedeck-extremes-'));
  path = join(dir, 'traces.db');
});
afterEach(() => {
  vi.useRealTimers();
  for (const store of open.splice(0)) store.close();
  rmSync(dir, { recursive: true, force: true });
});
function openStore(options: Partial<SpanStoreOptions> = {}): SpanStore {
  const store = openSpanStore(path, { limits: { maxBytes: 1e9, maxAgeMs: 1e13 }, ...options });
  open.push(store);
  return store;
}
const traceOf = (n: number, part: Partial<SpanRecord> = {}) =>
  span({ traceId: hexId(randomFrom(n), 32), spanId: hexId(randomFrom(n), 16), ...part });
const list = (store: SpanStore) =>
  searchTraces(store.reader, { ...EVERYTHING, order: 'newest', limit: 100 }).items;

describe('times', () => {
  it('of any century are kept as far as they can be, listed in order, and hold nobody else up', () => {
    const store = openStore();
    const years = [
      traceOf(1, { startMs: 1e300, endMs: 1e300 }),
      traceOf(2, { startMs: 4.8e12, endMs: 4.8e12 + 5 }),
      traceOf(3, { startMs: 1_790_000_000_000.25, endMs: 1_790_000_000_001 }),
      traceOf(4, { startMs: 0, endMs: 4.4e12 }),
      traceOf(5, { startMs: -1.5, endMs: 2.25 }),
      traceOf(6, { startMs: -6e12, endMs: -6e12 + 3 }),
      traceOf(7, { startMs: -8.64e15, endMs: 8.64e15 }),
    ];
    expect(store.writeSpans(encodeSpans(years)).added).toBe(7);
    expect(store.writeSpans(encodeSpans(years)).duplicates).toBe(7);
    while (store.maintain(50));
    expect(list(store).map(({ traceId }) => traceId)).toEqual(years.map(({ traceId }) => traceId));
    for (const one of years) {
      const bounded = (ms: number) => Math.max(-FAR_MS, Math.min(FAR_MS, ms));
      const [stored] = decodeSpans(store.get(one.traceId));
      expect(stored).toMatchObject({ startMs: bounded(one.startMs) });
      // Of the one that lasts from bound to bound the end is cut as well.
      if (one !== years[6]) expect(stored).toMatchObject({ endMs: bounded(one.endMs!) });
    }
    const stats = operations(store.reader, { ...EVERYTHING, by: 'operation', limit: 10 });
    expect(stats.items[0]).toMatchObject({ count: 7 });
    expect(callTree(store.reader, { ...EVERYTHING, traceIds: [], maxTraces: 10 }).tree.traces).toBe(7);
  });

  it('that run backwards make no trace shorter than nothing', () => {
    const store = openStore();
    store.writeSpans(encodeSpans([traceOf(1, { startMs: 1e12, endMs: 1e12 - 50 })]));
    expect(list(store)).toMatchObject([{ durationMs: 0 }]);
    expect(decodeSpans(store.get(traceOf(1).traceId))).toMatchObject([{ startMs: 1e12, endMs: 1e12 - 50 }]);
  });

  it('in a column are whole whatever lies between them', () => {
    const random = randomFrom(7);
    for (let round = 0; round < 300; round += 1) {
      const scale = 2 ** Math.floor(random() * 53);
      const values = Float64Array.from({ length: 1 + Math.floor(random() * 40) }, () => {
        const value = Math.round((random() - 0.5) * 2 * scale);
        return value === 0 ? 0 : value;
      });
      if (round % 3 === 0) values[0] = random() < 0.5 ? 9e15 : -9e15;
      const into = new ByteWriter();
      writeInts(into, values);
      expect(readInts(new ByteReader(into.take()), values.length)).toEqual(values);
    }
  });
});

describe('ids', () => {
  it('of zeros are ids like any others', () => {
    const store = openStore();
    const none = span({ traceId: '0'.repeat(32), spanId: '0'.repeat(16) });
    const child = span({
      traceId: '0'.repeat(32),
      spanId: '0'.repeat(15) + '1',
      parentSpanId: '0'.repeat(16),
    });
    store.writeSpans(encodeSpans([none, child]));
    expect(decodeSpans(store.get(none.traceId))).toHaveLength(2);
    expect(list(store)).toMatchObject([{ spanCount: 2 }]);
  });
});

describe('a program that is gone', () => {
  it('leaves its trace open, which says since when nothing has come', () => {
    vi.useFakeTimers({ toFake: ['Date'] });
    const store = openStore();
    const at = Date.now();
    const [root] = [traceOf(1, { endMs: null })];
    store.writeSpans(encodeSpans([root]));
    vi.setSystemTime(at + 3_600_000);
    expect(list(store)).toMatchObject([{ durationMs: null, silentSinceMs: at }]);
    store.writeSpans(encodeSpans([{ ...root, endMs: root.startMs + 5 }]));
    expect(list(store)[0]).toMatchObject({ durationMs: 5 });
    expect(list(store)[0]).not.toHaveProperty('silentSinceMs');
  });
});

describe('a clock', () => {
  it('that is put forward while the store is open makes no trace old', () => {
    vi.useFakeTimers({ toFake: ['Date'] });
    const store = openStore({ limits: { maxBytes: 1e9, maxAgeMs: 30 * DAY_MS } });
    store.writeSpans(encodeSpans([traceOf(1)]));
    vi.setSystemTime(Date.now() + 400 * DAY_MS);
    store.writeSpans(encodeSpans([traceOf(2)]));
    while (store.maintain(50));
    expect(list(store)).toHaveLength(2);
  });

  it('that was ahead does not keep what was written then beyond its time', () => {
    vi.useFakeTimers({ toFake: ['Date'] });
    const now = Date.now();
    vi.setSystemTime(now + 400 * DAY_MS);
    const store = openStore({ limits: { maxBytes: 1e9, maxAgeMs: 30 * DAY_MS }, steadyMs: () => Date.now() });
    store.writeSpans(encodeSpans([traceOf(1)]));
    vi.setSystemTime(now);
    while (store.maintain(50));
    expect(list(store)).toHaveLength(1);
    vi.setSystemTime(now + 31 * DAY_MS);
    store.setLimits({ maxBytes: 1e9, maxAgeMs: 30 * DAY_MS });
    while (store.maintain(50));
    expect(list(store)).toHaveLength(0);
  });
});

describe('origins', () => {
  it('that no span has any more are taken out, and other processes do not use them again', () => {
    const store = openStore({ sweepAfter: 20 });
    const other = openStore({ sweepAfter: 1e9 });
    const from = (n: number) => ({
      resource: { 'service.name': `service ${n}` },
      scope: { name: 'test', version: null },
    });
    const write = (to: SpanStore, n: number, origin: number) =>
      to.writeSpans(encodeSpans([traceOf(n, { origin: from(origin) })]));
    for (let n = 1; n <= 30; n += 1) write(other, n, n);
    for (const kept of [3, 4]) store.pin(traceOf(kept).traceId, true);
    store.setLimits({ maxBytes: 1e9, maxAgeMs: -10_000 });
    while (store.maintain(50));
    const services = () => store.db.prepare('SELECT count(*) FROM origin').pluck().get();
    // The two that are pinned, and the last, whose number must not be given again.
    expect(services()).toBe(3);
    write(other, 50, 7);
    expect(decodeSpans(store.get(traceOf(50).traceId))[0]!.origin).toEqual(from(7));
    expect(decodeSpans(store.get(traceOf(3).traceId))[0]!.origin).toEqual(from(3));
  });
});

describe('pruning', () => {
  it('spares a trace that another process has pinned meanwhile, and counts none twice', () => {
    const store = openStore();
    const other = openStore();
    for (let n = 1; n <= 5; n += 1) store.writeSpans(encodeSpans([traceOf(n)]));
    other.pin(traceOf(2).traceId, true);
    for (const each of [store, other]) each.setLimits({ maxBytes: 1e9, maxAgeMs: -10_000 });
    for (const each of [store, other, store]) while (each.maintain(50));
    expect(list(store).map(({ traceId }) => traceId)).toEqual([traceOf(2).traceId]);
    expect(store.status()).toMatchObject({ prunedTraces: 4, prunedSpans: 4, traces: 1, pinnedTraces: 1 });
  });
});

describe('decoded columns', () => {
  it('are kept up to so many bytes; who reads all there is pushes out little', () => {
    const cache = new ColumnCache(1000);
    for (let slot = 0; slot < 9; slot += 1) cache.of(1, false).put(slot, slot, 100);
    for (let slot = 0; slot < 100; slot += 1) cache.of(2, true).put(slot, slot, 100);
    expect(cache.bytes).toBeLessThanOrEqual(1000);
    const kept = Array.from({ length: 9 }, (_, slot) => cache.of(1, true).get(slot)).filter(
      (each) => each !== undefined,
    );
    expect(kept.length).toBeGreaterThanOrEqual(2);
    for (let slot = 0; slot < 20; slot += 1) cache.of(3, false).put(slot, slot, 100);
    expect(Array.from({ length: 10 }, (_, i) => cache.of(3, false).get(10 + i))).toEqual([
      10, 11, 12, 13, 14, 15, 16, 17, 18, 19,
    ]);
    cache.of(3, false).put(19, 'again', 50);
    expect(cache.of(3, false).get(19)).toBe('again');
    cache.forget(3);
    expect(cache.of(3, false).get(19)).toBeUndefined();
    cache.clear();
    expect(cache.bytes).toBe(0);
  });

  it('of a few rows are those of the whole column', () => {
    const random = randomFrom(11);
    for (let round = 0; round < 200; round += 1) {
      const limit = 1 + Math.floor(random() * 300);
      const share = random();
      const kinds = [0, 1, 2, 3, 4].filter(() => random() < 0.5);
      const builder = new ColumnBuilder();
      for (let row = 0; row < limit; row += 1) {
        if (random() > share) continue;
        const kind = kinds[Math.floor(random() * kinds.length)] ?? 0;
        if (kind === 0) builder.text(row, `text ${Math.floor(random() * 20)}`);
        else if (kind === 1) builder.number(row, Math.floor((random() - 0.3) * 2 ** (random() * 40)));
        else if (kind === 2)
          builder.number(row, random() < 0.5 ? random() : Math.round(random() * 1e6) / 1000);
        else if (kind === 3) builder.boolean(row, random() < 0.5);
        else builder.list(row, [Math.floor(random() * 3)]);
      }
      const into = new ByteWriter();
      writeAttribute(into, builder.finish(), limit);
      const bytes = into.take();
      const whole = readAttribute(new ByteReader(bytes), limit);
      const wanted = Uint32Array.from({ length: limit }, (_, row) => row).filter(() => random() < 0.1);
      expect(readAttributeOf(new ByteReader(bytes), limit, wanted)).toEqual(entriesOf(whole, wanted));
      expect(readAttributeTexts(new ByteReader(bytes), limit)).toEqual(whole.texts);
    }
  });

  it('give the same answers again and again, whatever comes in between', () => {
    const store = openStore();
    const ask = (reader = store.reader) => [
      operations(reader, { ...EVERYTHING, by: 'operation', limit: 100 }).items,
      searchSpans(reader, {
        ...EVERYTHING,
        query: '{ root = true || self > 5ms }',
        order: 'longest',
        limit: 50,
      }).items,
      searchTraces(reader, { ...EVERYTHING, query: '"write"', order: 'longest', limit: 50 }).items,
    ];
    const spans = [1, 2, 3].flatMap((seed) => pipelineSpans(700, seed));
    for (let at = 0; at < spans.length; at += 97) {
      const batch = spans.slice(at, at + 97);
      store.writeSpans(encodeSpans(batch.map((each) => ({ ...each, endMs: null }))));
      store.consistently(() => ask());
      store.writeSpans(encodeSpans(batch));
      store.maintain(5);
      const answers = store.consistently(() => ask());
      // A store that knows nothing of what was asked before.
      const fresh = openSpanStore(path, { limits: { maxBytes: 1e9, maxAgeMs: 1e13 } });
      const rounded = (value: unknown): unknown =>
        JSON.parse(JSON.stringify(value), (_, part: unknown) =>
          typeof part === 'number' ? Number(part.toPrecision(9)) : part,
        );
      expect(rounded(answers)).toEqual(rounded(fresh.consistently(() => ask(fresh.reader))));
      fresh.close();
    }
  });
});
