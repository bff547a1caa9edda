import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { decodeSpans, encodeSpans } from '../../../shared/spanCodec.ts';
import type { Origin, SpanRecord } from '../../../shared/span.ts';
import { searchTraces } from '../../../electron/traces/query/search.ts';
import { traceSearchSchema } from '../../../shared/traceQuery.ts';
import { openSpanStore, type SpanStore, type SpanStoreOptions } from '../../../electron/traces/spanStore.ts';
import { hexId, pipelineSpans, randomFrom, span } from '../telemetry/pipelineSpans.ts';

const LIMITS = { maxBytes: 1e9, maxAgeMs: 1e12 };
const DAY_MS = 86_400_000;
let dir = '';
let path = '';
const open: SpanStore[] = [];

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'tracedeck-spans-'));
  path = join(dir, 'traces.db');
});
afterEach(() => {
  vi.useRealTimers();
  for (const store of open.splice(0)) if (store.db.open) store.close();
  rmSync(dir, { recursive: true, force: true });
});

function openStore(options: Partial<SpanStoreOptions> = {}): SpanStore {
  const store = openSpanStore(path, { limits: LIMITS, ...options });
  open.push(store);
  return store;
}
const write = (store: SpanStore, spans: readonly SpanRecord[]) => store.writeSpans(encodeSpans(spans));
const read = (store: SpanStore, traceId: string) => decodeSpans(store.get(traceId));
const blocksOf = (store: SpanStore) =>
  store.consistently(() => [...store.reader.blocks(-Infinity, Infinity)]);
const keyOf = (one: SpanRecord) => `${one.traceId} ${one.spanId} ${one.startMs} ${one.name} ${one.endMs}`;
const sorted = (spans: readonly SpanRecord[]) => spans.toSorted((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1));
function settle(store: SpanStore): number {
  let steps = 0;
  while (store.maintain(5)) steps += 1;
  return steps;
}
/** Everything that is stored, by whatever way it came. */
const all = (store: SpanStore) =>
  store.consistently(() =>
    store.reader
      .traces('newest', -Infinity, Infinity, 1e6)
      .flatMap((trace) => read(store, store.reader.traceId(trace))),
  );
const originOf = (service: string): Origin => ({
  resource: { 'service.name': service },
  scope: { name: '', version: null },
});
const trace = (n: number, part: Partial<SpanRecord> = {}) =>
  span({
    traceId: hexId(randomFrom(n), 32),
    startMs: 1_790_000_000_000 + n,
    endMs: 1_790_000_000_005 + n,
    ...part,
  });

it('knows a service that comes after a question about what no service has', () => {
  const store = openStore();
  const regions = () =>
    store.consistently(() =>
      searchTraces(store.reader, traceSearchSchema.parse({ query: 'cloud.region = "north"' })),
    );
  write(store, [trace(1, { origin: originOf('first') })]);
  expect(regions().items).toEqual([]);
  const late = {
    resource: { 'service.name': 'late', 'cloud.region': 'north' },
    scope: { name: '', version: null },
  };
  write(store, [trace(2, { origin: late })]);
  expect(regions().items.map(({ service }) => service)).toEqual(['late']);
  // An origin that was asked for before it was there.
  const id = store.reader.strings.originCount;
  expect(store.reader.strings.origin(id).service).toBe('unknown_service');
  write(store, [trace(3, { origin: originOf('latest') })]);
  expect(store.reader.strings.origin(id).service).toBe('latest');
});

describe('putting blocks together', () => {
  it('makes way after its smallest part while somebody waits, and gets to the same end', () => {
    const spans = pipelineSpans(6000);
    const steps = [false, true].map((isWaitedFor) => {
      path = join(dir, `${isWaitedFor}.db`);
      const store = openStore();
      for (let at = 0; at < spans.length; at += 500) write(store, spans.slice(at, at + 500));
      let count = 1;
      while (store.maintain(10_000, () => isWaitedFor)) count += 1;
      expect(sorted(all(store))).toStrictEqual(sorted(spans));
      return { count, blocks: blocksOf(store).length };
    });
    expect(steps[1]!.blocks).toBe(steps[0]!.blocks);
    expect(steps[1]!.count).toBeGreaterThan(10 * steps[0]!.count);
  });
});

describe('the same span again', () => {
  it('changes nothing and is counted, over many batches, after compaction and a restart', () => {
    const spans = pipelineSpans(9000);
    let store = openStore();
    const batches = Array.from({ length: 31 }, (_, i) => spans.slice(i * 300, (i + 1) * 300));
    for (const batch of batches)
      expect(write(store, batch)).toMatchObject({ added: batch.length, duplicates: 0 });
    for (const batch of batches.toReversed()) {
      expect(write(store, batch)).toEqual({ added: 0, duplicates: batch.length, refused: 0 });
    }
    settle(store);
    expect(write(store, spans)).toEqual({ added: 0, duplicates: spans.length, refused: 0 });
    store.close();
    store = openStore();
    expect(write(store, spans.slice(100, 4000))).toMatchObject({ added: 0, duplicates: 3900 });
    expect(sorted(read(store, spans[0]!.traceId))).toStrictEqual(sorted(spans));
    expect(store.status()).toMatchObject({ traces: 1, spans: spans.length });
  });

  it('is another one where start, name or kind differ, as recorders do that share an id', () => {
    const store = openStore();
    const one = trace(1);
    const others = [
      { ...one, startMs: one.startMs + 1 },
      { ...one, name: 'other' },
      { ...one, kind: 'server' as const },
    ];
    expect(write(store, [one, ...others])).toEqual({ added: 4, duplicates: 0, refused: 0 });
    expect(write(store, [...others, one])).toEqual({ added: 0, duplicates: 4, refused: 0 });
    expect(sorted(read(store, one.traceId))).toStrictEqual(sorted([one, ...others]));
    expect(store.status()).toMatchObject({ traces: 1, spans: 4 });
  });

  it('as open as it was changes nothing, with more to tell replaces it, and ended it stays', () => {
    const store = openStore();
    const ended = trace(1, { attributes: { a: 1, b: 'x' }, status: 'error', statusMessage: 'no' });
    const opened = {
      ...ended,
      endMs: null,
      attributes: { a: 1 },
      status: 'unset' as const,
      statusMessage: null,
    };
    const later = { ...opened, attributes: { a: 1, c: [1, 2] } };
    expect(write(store, [opened])).toEqual({ added: 1, duplicates: 0, refused: 0 });
    expect(write(store, [opened])).toEqual({ added: 0, duplicates: 1, refused: 0 });
    expect(write(store, [later])).toEqual({ added: 0, duplicates: 0, refused: 0 });
    expect(read(store, ended.traceId)).toStrictEqual([later]);
    expect(write(store, [ended, ended, opened])).toEqual({ added: 0, duplicates: 2, refused: 0 });
    expect(write(store, [later])).toEqual({ added: 0, duplicates: 1, refused: 0 });
    expect(read(store, ended.traceId)).toStrictEqual([ended]);
    expect(store.reader.summary(1)).toMatchObject({ spanCount: 1, errorCount: 1, durationMs: 5 });
    // One batch may bring both states, in either order, and with another name at the end.
    const two = trace(2, { name: 'renamed' });
    expect(write(store, [{ ...two, endMs: null, name: 'before' }, two])).toMatchObject({ added: 1 });
    expect(read(store, two.traceId)).toStrictEqual([two]);
    expect(store.reader.summary(2)).toMatchObject({ name: 'renamed', spanCount: 1, durationMs: 5 });
  });

  it('adds up through any mixture of states, orders, batches and compaction', () => {
    for (let seed = 1; seed <= 8; seed += 1) {
      const random = randomFrom(seed);
      path = join(dir, `mixed-${seed}.db`);
      const store = openStore();
      const spans = Array.from({ length: 400 }, (_, i) =>
        trace(Math.floor(random() * 12), {
          spanId: (i + 1).toString(16).padStart(16, '0'),
          parentSpanId: i % 7 === 0 ? null : (1 + Math.floor(random() * i)).toString(16).padStart(16, '0'),
          startMs: 1_790_000_000_000 + Math.floor(random() * 5000),
          endMs: 1_790_000_006_000 + Math.floor(random() * 5000),
          attributes:
            random() < 0.5 ? {} : { n: Math.floor(random() * 5), s: `v${Math.floor(random() * 50)}` },
        }),
      );
      const arrivals = spans
        .flatMap((one) => (random() < 0.5 ? [one] : [{ ...one, endMs: null }, one, one]))
        .map((one) => ({ one, at: random() }))
        .sort((a, b) => a.at - b.at)
        .map(({ one }) => one);
      for (let at = 0; at < arrivals.length;) {
        const size = 1 + Math.floor(random() * 40);
        write(store, arrivals.slice(at, at + size));
        at += size;
        if (random() < 0.3) store.maintain(1);
      }
      settle(store);
      expect(sorted(all(store))).toStrictEqual(sorted(spans));
      const { spans: held, traces } = store.status();
      expect(held).toBe(spans.length);
      expect(traces).toBe(new Set(spans.map(({ traceId }) => traceId)).size);
      const live = blocksOf(store).reduce(
        (sum, block) => sum + block.count - (block.dead?.reduce((dead, one) => dead + one, 0) ?? 0),
        0,
      );
      expect(live).toBe(spans.length);
    }
  });
});

describe('blocks', () => {
  it('become few and large in small steps, whatever size the batches had', () => {
    const store = openStore();
    const spans = pipelineSpans(20_000);
    const random = randomFrom(3);
    for (let at = 0; at < spans.length;) {
      const size = 1 + Math.floor(random() * 120);
      write(store, spans.slice(at, at + size));
      at += size;
    }
    expect(blocksOf(store).length).toBeGreaterThan(200);
    expect(settle(store)).toBeGreaterThan(0);
    expect(blocksOf(store).length).toBeLessThan(20);
    expect(sorted(read(store, spans[0]!.traceId))).toStrictEqual(sorted(spans));
    const starts = read(store, spans[0]!.traceId).map(({ startMs }) => startMs);
    expect(starts).toStrictEqual(starts.toSorted((a, b) => a - b));
    expect(store.status().bytes / spans.length).toBeLessThan(40);
  });

  it('know the parent whose open state was replaced', () => {
    const store = openStore();
    const root = trace(1, { endMs: null });
    const child = trace(1, { spanId: 'c'.repeat(16), parentSpanId: root.spanId, name: 'child' });
    write(store, [root, child]);
    const parents = () =>
      blocksOf(store).map((block) => [...block.parent].filter((_, row) => block.dead?.[row] !== 1));
    expect(parents()).toEqual([[-1, 0]]);
    write(store, [{ ...root, endMs: root.startMs + 9 }]);
    expect(parents().flat().sort()).toEqual([-1, -2]);
  });

  it('of a large batch end where a trace does, and no trace is lost between them', () => {
    const store = openStore();
    const spans = Array.from({ length: 9 }, (_, i) => pipelineSpans(4500, i + 1)).flat();
    write(store, spans);
    const blocks = blocksOf(store);
    expect(blocks.length).toBeGreaterThan(2);
    for (const block of blocks) expect(block.count).toBeLessThanOrEqual(16_384);
    expect(sorted(all(store))).toStrictEqual(sorted(spans));
    const [first] = blocks.toSorted((a, b) => a.id - b.id);
    const last = first!.trace.at(-1)!;
    expect(store.consistently(() => store.reader.blocksOf(last))).toHaveLength(1);
  });

  it('hold values of 64 KB and ten thousand events', () => {
    const store = openStore();
    const long = Array.from({ length: 60 }, (_, i) =>
      trace(1, {
        spanId: (i + 1).toString(16).padStart(16, '0'),
        attributes: { text: `${i} `.repeat(22_000) },
      }),
    );
    const eventful = trace(2, {
      events: Array.from({ length: 10_000 }, (_, i) => ({
        name: `event ${i % 3}`,
        timeMs: 1_790_000_000_000 + i,
        attributes: { i },
      })),
    });
    write(store, [...long, eventful]);
    settle(store);
    expect(sorted(read(store, long[0]!.traceId))).toStrictEqual(sorted(long));
    expect(read(store, eventful.traceId)).toStrictEqual([eventful]);
  });
});

describe('a second process', () => {
  it('sees what the first wrote, writes to the same trace, and neither undoes the other’s compaction', () => {
    const one = openStore();
    const two = openStore();
    const spans = pipelineSpans(6000);
    const half = Math.floor(spans.length / 2);
    for (let at = 0; at < half; at += 150) {
      write(one, spans.slice(at, Math.min(half, at + 150)));
      write(two, spans.slice(half + at, Math.min(spans.length, half + at + 150)));
      if (at % 450 === 0) (at % 900 === 0 ? one : two).maintain(1);
    }
    write(two, spans.slice(half * 2));
    expect(write(one, spans.slice(half))).toMatchObject({ added: 0 });
    expect(write(two, spans.slice(0, half))).toMatchObject({ added: 0 });
    // Both have begun the same merge; the one that comes second finds out.
    while (one.maintain(0.01) || two.maintain(0.01));
    for (const store of [one, two]) {
      expect(sorted(read(store, spans[0]!.traceId))).toStrictEqual(sorted(spans));
      expect(store.status()).toMatchObject({ traces: 1, spans: spans.length });
    }
  });

  it('reads while the first replaces the blocks it reads', () => {
    const one = openStore();
    const two = openStore();
    const spans = pipelineSpans(3000);
    for (let at = 0; at < spans.length; at += 40) write(one, spans.slice(at, at + 40));
    two.consistently(() => {
      const blocks = [...two.reader.blocks(-Infinity, Infinity)];
      settle(one);
      expect(blocks.reduce((sum, block) => sum + block.startUs.length, 0)).toBe(spans.length);
    });
    expect(blocksOf(two).length).toBeLessThan(12);
  });
});

describe('retention', () => {
  it('goes by when a trace was last written to, spares pinned traces, and remembers what went', () => {
    vi.useFakeTimers({ toFake: ['Date'] });
    const store = openStore({ limits: { maxBytes: 1e9, maxAgeMs: 10 * DAY_MS }, steadyMs: () => Date.now() });
    const start = Date.now();
    for (let n = 1; n <= 6; n += 1) write(store, [trace(n, { name: `t${n}` })]);
    store.pin(trace(2).traceId, true);
    vi.setSystemTime(start + 9 * DAY_MS);
    write(store, [trace(3, { spanId: 'a'.repeat(16), parentSpanId: trace(3).spanId, name: 'late' })]);
    vi.setSystemTime(start + 11 * DAY_MS);
    settle(store);
    const names = () =>
      store.reader.traces('newest', -Infinity, Infinity, 10).map((one) => store.reader.summary(one).name);
    expect(names()).toEqual(['t3', 't2']);
    expect(store.status()).toMatchObject({
      traces: 2,
      pinnedTraces: 1,
      prunedTraces: 4,
      prunedSpans: 4,
      spans: 3,
      lateSpans: 1,
      prunedBeforeMs: trace(6).startMs,
    });
    expect(store.absence(trace(1).traceId)).toEqual({ reason: 'pruned', atMs: Date.now() });
    expect(read(store, trace(1).traceId)).toEqual([]);
    expect(read(store, trace(3).traceId)).toHaveLength(2);
    store.pin(trace(2).traceId, false);
    vi.setSystemTime(start + 40 * DAY_MS);
    settle(store);
    expect(names()).toEqual([]);
    expect(blocksOf(store)).toEqual([]);
  });

  it('takes the oldest first where there is too much, never a pinned one, and says when it is full of those', () => {
    const store = openStore({ limits: { maxBytes: 700_000, maxAgeMs: 1e12 } });
    const batch = (seed: number) => pipelineSpans(3000, seed);
    write(store, batch(1));
    store.pin(batch(1)[0]!.traceId, true);
    for (let seed = 2; seed <= 20; seed += 1) {
      write(store, batch(seed));
      settle(store);
    }
    const { bytes, traces, spans } = store.status();
    expect(bytes).toBeLessThanOrEqual(700_000);
    expect(traces).toBeGreaterThan(2);
    expect(spans).toBe(traces * batch(1).length);
    expect(read(store, batch(1)[0]!.traceId)).toHaveLength(batch(1).length);
    expect(read(store, batch(20)[0]!.traceId)).toHaveLength(batch(20).length);
    expect(store.absence(batch(2)[0]!.traceId).reason).toBe('pruned');
    for (let n = 0; n < 20; n += 1) {
      const [newest] = store.reader.traces('newest', -Infinity, Infinity, 1);
      for (const id of store.reader.traces('newest', -Infinity, Infinity, 100))
        store.pin(store.reader.traceId(id), true);
      if (store.status().refusedSpans > 0) break;
      write(store, pipelineSpans(3000, 100 + n));
      write(store, pipelineSpans(4000, 100 + n));
      expect(newest).toBeDefined();
    }
    expect(store.status().refusedSpans).toBeGreaterThan(0);
  });

  it('remembers no more traces than a small share of the store has room for', () => {
    const store = openStore({ limits: { maxBytes: 500_000, maxAgeMs: -1 } });
    for (let n = 1; n <= 400; n += 1) write(store, [trace(n)]);
    settle(store);
    expect(store.status()).toMatchObject({ traces: 0, prunedTraces: 400 });
    const remembered = store.db.prepare('SELECT count(*) AS n FROM pruned').get() as { n: number };
    expect(remembered.n).toBe(Math.floor((500_000 * 0.02) / 60));
    expect(store.absence(trace(400).traceId).reason).toBe('pruned');
    expect(store.absence(trace(1).traceId).reason).toBe('unknown');
  });
});

describe('names', () => {
  it('that no span has any more are taken out, and other processes do not use them again', () => {
    const store = openStore({ sweepAfter: 500 });
    const other = openStore({ sweepAfter: 1e9 });
    const named = (n: number) => trace(n, { name: `GET /users/${n}`, attributes: { [`key ${n}`]: n } });
    for (let n = 1; n <= 300; n += 1) write(n % 2 ? store : other, [named(n)]);
    store.pin(named(7).traceId, true);
    store.setLimits({ maxBytes: 1e9, maxAgeMs: -1 });
    settle(store);
    const count = () => (store.db.prepare('SELECT count(*) AS n FROM text').get() as { n: number }).n;
    expect(store.status()).toMatchObject({ traces: 1, prunedTraces: 299 });
    // Name and key of the pinned one, and the number that keeps its place.
    expect(count()).toBeLessThanOrEqual(3);
    store.setLimits(LIMITS);
    for (let n = 2; n <= 40; n += 2) write(other, [named(n)]);
    for (let n = 2; n <= 40; n += 2) {
      for (const reader of [store, other]) expect(read(reader, named(n).traceId)).toStrictEqual([named(n)]);
    }
    expect(read(other, named(7).traceId)).toStrictEqual([named(7)]);
  });
});

describe('origins', () => {
  const origin = (service: string, version: string): Origin => ({
    resource: { 'service.name': service, 'service.version': version, 'host.name': 'h' },
    scope: { name: 'lib', version: null },
  });

  it('stay with their spans; of spans without one it is the program that wrote them', () => {
    const own = origin('tracedeck', '1.0.0');
    let store = openStore({ ownOrigin: own });
    const mine = trace(1, { name: 'mine' });
    const theirs = trace(2, {
      name: 'theirs',
      origin: origin('shop', '7'),
      traceState: 'a=b',
      dropped: { attributes: 1, events: 0, links: 2 },
    });
    write(store, [mine, theirs]);
    expect(store.reader.summary(1)).toMatchObject({ service: 'tracedeck', version: '1.0.0' });
    expect(store.reader.summary(2)).toMatchObject({ service: 'shop', version: '7' });
    expect(read(store, mine.traceId)).toStrictEqual([mine]);
    expect(read(store, theirs.traceId)).toStrictEqual([theirs]);
    store.close();
    // A later version tells the earlier one's spans from its own.
    store = openStore({ ownOrigin: origin('tracedeck', '2.0.0') });
    expect(read(store, mine.traceId)).toStrictEqual([{ ...mine, origin: own }]);
    expect(store.reader.summary(1)).toMatchObject({ service: 'tracedeck', version: '1.0.0' });
    // The same span out of an export of that version changes nothing.
    expect(write(store, [{ ...mine, origin: own }])).toEqual({ added: 0, duplicates: 1, refused: 0 });
  });
});

describe('links', () => {
  it('lead back from the trace and from the span that they point to, until their trace is pruned', () => {
    const store = openStore({ limits: { maxBytes: 1e9, maxAgeMs: 1e12 } });
    const to = { traceId: 'e'.repeat(32), spanId: '1'.repeat(16), attributes: {} };
    const from = trace(1, { name: 'from', links: [to, { ...to, spanId: '2'.repeat(16) }] });
    const other = trace(2, { name: 'other', links: [to] });
    write(store, [from, other, trace(3)]);
    write(store, [from]);
    expect(store.backLinks(to.traceId, to.spanId).map(({ name }) => name)).toEqual(['other', 'from']);
    expect(store.backLinks(to.traceId, null)).toHaveLength(3);
    expect(store.backLinks(to.traceId, '2'.repeat(16))).toEqual([
      {
        traceId: from.traceId,
        spanId: from.spanId,
        name: 'from',
        service: 'tracedeck',
        startMs: from.startMs,
        toSpanId: '2'.repeat(16),
      },
    ]);
    expect(store.backLinks(trace(3).traceId, null)).toEqual([]);
    store.setLimits({ maxBytes: 1e9, maxAgeMs: -1 });
    settle(store);
    expect(store.backLinks(to.traceId, null)).toEqual([]);
  });
});

describe('the health of what is stored', () => {
  it('counts spans without the parent they name, and those of another clock, in one block and over several', () => {
    const store = openStore();
    const id = (n: number) => n.toString(16).padStart(16, '0');
    const base = 1_790_000_000_000;
    const far = { origin: originOf('far') };
    const at = (n: number, parent: number | null, from: number, to: number, part: Partial<SpanRecord> = {}) =>
      trace(1, {
        spanId: id(n),
        parentSpanId: parent === null ? null : id(parent),
        startMs: base + from,
        endMs: base + to,
        ...part,
      });
    write(store, [
      at(1, null, 0, 100),
      at(2, 1, 10, 20),
      at(3, 1, -50, 10, far),
      at(4, 99, 1, 2),
      at(5, 1, 90, 101),
    ]);
    expect(store.status()).toMatchObject({ orphanSpans: 1, skewedSpans: 1 });
    write(store, [at(6, 1, -30, 130, far), at(7, 2, 12, 13), at(8, 77, 1, 2)]);
    expect(store.status()).toMatchObject({ orphanSpans: 2, skewedSpans: 2 });
    write(store, [at(99, 1, 0, 5)]);
    expect(store.status()).toMatchObject({ orphanSpans: 1, skewedSpans: 2 });
  });

  it('suspects no clock where spans outlast their parent, or are of one service or one machine', () => {
    const store = openStore();
    const base = 1_790_000_000_000;
    const at = (n: number, parent: number | null, from: number, to: number, part: Partial<SpanRecord> = {}) =>
      trace(1, {
        spanId: n.toString(16).padStart(16, '0'),
        parentSpanId: parent === null ? null : parent.toString(16).padStart(16, '0'),
        startMs: base + from,
        endMs: base + to,
        ...part,
      });
    const on = (service: string, host: string | null) => ({
      origin: {
        resource: { 'service.name': service, ...(host !== null && { 'host.name': host }) },
        scope: { name: '', version: null },
      },
    });
    write(store, [
      at(1, null, 0, 100, { kind: 'client', ...on('shop', 'a') }),
      at(2, 1, 10, 900, on('bank', 'b')),
      at(3, 1, 150, 200, on('bank', 'b')),
      at(4, 1, -50, 10, on('shop', null)),
      at(5, 1, -50, 10, on('bank', 'a')),
    ]);
    expect(store.status()).toMatchObject({ orphanSpans: 0, skewedSpans: 0 });
    write(store, [
      at(6, 1, -50, 10, on('shop', 'b')),
      at(7, 1, 150, 200, { kind: 'server', ...on('bank', 'b') }),
    ]);
    expect(store.status()).toMatchObject({ orphanSpans: 0, skewedSpans: 2 });
  });
});

describe('a store of the first version', () => {
  it('is converted bit by bit, with everything its spans had', () => {
    writeFileSync(path, gunzipSync(readFileSync(new URL('../../fixtures/tracesV1.db.gz', import.meta.url))));
    const store = openStore();
    const steps = settle(store);
    expect(steps).toBeGreaterThan(3);
    const odd = span({
      traceId: 'b'.repeat(32),
      name: '이름 😀',
      parentSpanId: 'ffffffffffffffff',
      spanId: '8000000000000001',
      kind: 'consumer',
      startMs: 1_790_000_000_001.25,
      endMs: 1_789_999_999_990,
      status: 'error',
      statusMessage: '메시지',
      attributes: {
        text: '낱말'.repeat(50),
        int: -5,
        float: 0.1,
        big: 2 ** 40,
        zero: -0,
        yes: true,
        no: false,
        texts: ['a', '', 'ü'],
        numbers: [1, 2.5, NaN],
        flags: [true, false],
        none: [],
      },
      events: [{ name: 'exception', timeMs: 1_790_000_000_002.5, attributes: { a: 'b' } }],
      links: [{ traceId: 'ab'.repeat(16), spanId: 'cd'.repeat(8), attributes: { c: 1 } }],
    });
    const stillOpen = span({ traceId: 'c'.repeat(32), name: 'open', endMs: null });
    const run = pipelineSpans(1200, 5);
    expect(sorted(all(store))).toStrictEqual(sorted([...run, odd, stillOpen]));
    expect(store.reader.summary(store.reader.traceNumber(run[0]!.traceId)!)).toMatchObject({
      name: 'run',
      runId: 'run-1',
      service: 'tracedeck',
      version: null,
      spanCount: run.length,
    });
    expect(store.db.prepare("SELECT name FROM sqlite_master WHERE name LIKE 'row_%'").all()).toEqual([]);
    // A second opening finds nothing left to do.
    store.close();
    expect(openStore().status()).toMatchObject({ traces: 3, spans: run.length + 2 });
  });
});
