import { describe, expect, it } from 'vitest';
import { SpanTable } from '../../../renderer/derive/spanTable.ts';
import { startFeed } from '../../../renderer/store/feed.ts';
import type { FeedApi } from '../../../renderer/store/feed.ts';
import { createAppStore } from '../../../renderer/store/index.ts';
import type { Payload, EventName } from '../../../shared/ipc.ts';
import type { RunProgress } from '../../../shared/run.ts';
import type { SpanBatch, SpanRecord } from '../../../shared/span.ts';
import { encodeSpans } from '../../../shared/spanCodec.ts';
import { createLeafParent } from '../../fixtures/leafParent.ts';
import { LeafRing } from '../../../electron/telemetry/spans/leafRing.ts';
import { aRun } from '../../fixtures/runs.ts';

const traceId = 'b'.repeat(32);
function span(id: number, endMs: number | null = null): SpanRecord {
  return {
    traceId,
    spanId: (id + 1).toString(16).padStart(16, '0'),
    parentSpanId: id === 0 ? null : '0000000000000001',
    name: id === 0 ? 'run' : 'item',
    kind: 'internal',
    startMs: 1000 + id,
    endMs,
    status: 'unset',
    statusMessage: null,
    attributes: {},
    events: [],
    links: [],
  };
}
const batch = (seq: number, spans: readonly SpanRecord[], evicted = 0, leaves = 0): SpanBatch => ({
  cursor: { spans: seq, leaves },
  evicted,
  bytes: encodeSpans(spans),
  leaves: new Uint8Array(),
});
/** Lets promises that are ready run. */
const settle = () => new Promise((resolve) => setTimeout(resolve, 0));

/** A main process whose answers and pushes the test decides, and a clock that ticks when told. */
function harness(answers: ((seq: number) => SpanBatch | Promise<SpanBatch>)[]) {
  const listeners = new Map<EventName, (payload: never) => void>();
  const asked: number[] = [];
  let flush: (() => void) | null = null;
  const on = (name: EventName) => (listener: (payload: never) => void) => {
    listeners.set(name, listener);
    return () => void listeners.delete(name);
  };
  const api: FeedApi = {
    spansSince: async ({ spans: seq }) => {
      asked.push(seq);
      const answer = answers.shift();
      return answer === undefined ? batch(seq, []) : answer(seq);
    },
    onSpansAdded: on('spansAdded'),
    onRunChanged: on('runChanged'),
    onCardsAdded: on('cardsAdded'),
    onTracesChanged: on('tracesChanged'),
    onDeckChanged: on('deckChanged'),
    onJobChanged: on('jobChanged'),
  };
  const store = createAppStore();
  const table = new SpanTable();
  const rested: RunProgress[] = [];
  const stop = startFeed(api, store, {
    table,
    schedule: (callback) => {
      flush = callback;
    },
    onRunSettled: (run) => rested.push(run),
  });
  return {
    store,
    table,
    asked,
    rested,
    stop,
    listeners,
    push: <K extends EventName>(name: K, payload: Payload<K>) =>
      (listeners.get(name) as ((payload: Payload<K>) => void) | undefined)?.(payload),
    tick: () => {
      const due = flush;
      flush = null;
      due?.();
    },
  };
}

describe('the feed', () => {
  it('pulls what the ring holds and goes on with pushes', async () => {
    const feed = harness([() => batch(2, [span(0), span(1)])]);
    await settle();
    expect(feed.asked).toEqual([0]);
    feed.push('spansAdded', batch(3, [span(1, 1050)]));
    feed.push('spansAdded', batch(4, [span(2)]));
    expect(feed.store.getState().liveTraces[0]?.spanCount).toBe(2);
    feed.tick();
    expect(feed.asked).toEqual([0]);
    expect(feed.store.getState().liveTraces[0]).toMatchObject({
      spanCount: 3,
      durationMs: null,
      name: 'run',
    });
    expect(feed.store.getState().spansVersion).toBe(feed.table.version);
  });

  it('keeps pushes that arrive during the pull and takes none of them twice', async () => {
    let answer: (found: SpanBatch) => void = () => {};
    const feed = harness([() => new Promise((resolve) => (answer = resolve))]);
    await settle();
    feed.push('spansAdded', batch(2, [span(1)]));
    feed.push('spansAdded', batch(3, [span(2)]));
    feed.tick();
    expect(feed.table.size).toBe(0);
    answer(batch(2, [span(0), span(1)]));
    await settle();
    feed.tick();
    expect(feed.table.size).toBe(3);
    expect(feed.asked).toEqual([0]);
  });

  it('pulls again when a push shows that something before it never arrived', async () => {
    const feed = harness([() => batch(1, [span(0)]), () => batch(9, [span(1), span(2), span(3), span(4)])]);
    await settle();
    feed.push('spansAdded', batch(9, [span(4)]));
    feed.tick();
    await settle();
    feed.tick();
    expect(feed.asked).toEqual([0, 1]);
    expect(feed.table.size).toBe(5);
  });

  it('makes spans of rows, and pulls again where rows never arrived', async () => {
    const ring = new LeafRing({ capacity: 100, epochMs: (ms) => 2000 + ms });
    const no = ring.operationNo({ name: 'cache get', kind: 'internal', attributes: {}, facts: [] });
    const parent = createLeafParent(traceId, '0000000000000001', true);
    for (let i = 0; i < 9; i += 1) ring.add(parent, no, i, 1, 0, NaN, NaN);
    const rows = (from: number, to: number): SpanBatch => ({
      ...batch(1, []),
      cursor: { spans: 1, leaves: to },
      leaves: ring.pack(from, to),
    });
    const feed = harness([
      () => ({ ...rows(0, 2), bytes: encodeSpans([span(0)]) }),
      (seq) => ({ ...rows(3, 9), cursor: { spans: seq, leaves: 9 } }),
    ]);
    await settle();
    expect(feed.table.size).toBe(3);
    feed.push('spansAdded', rows(2, 3));
    feed.tick();
    expect(feed.asked).toEqual([0]);
    feed.push('spansAdded', rows(7, 9));
    feed.tick();
    await settle();
    feed.tick();
    expect(feed.asked).toEqual([0, 1]);
    expect(feed.table.size).toBe(10);
    expect(feed.store.getState().liveTraces[0]?.spanCount).toBe(10);
  });

  it('goes on with pushes alone when the pull fails', async () => {
    const feed = harness([() => Promise.reject(new Error('busy'))]);
    feed.push('spansAdded', batch(7, [span(0)]));
    await settle();
    feed.tick();
    expect(feed.table.size).toBe(1);
  });

  it('goes on pulling while answers stop short', async () => {
    const many = (from: number) => Array.from({ length: 500 }, (_, index) => span(from + index, 2000));
    const feed = harness([
      () => batch(1000, many(0)),
      () => batch(2000, many(500)),
      () => batch(2004, [span(1000)]),
    ]);
    await settle();
    expect(feed.asked).toEqual([0, 1000, 2000]);
    expect(feed.table.size).toBe(1001);
  });

  it('shows only the newest of many reports of a run, and says once that it came to rest', async () => {
    const feed = harness([]);
    for (let done = 0; done < 10; done += 1) feed.push('runChanged', aRun({ done }));
    feed.tick();
    expect(feed.store.getState().runs).toEqual([aRun({ done: 9 })]);
    expect(feed.store.getState().samples.r1).toHaveLength(1);
    feed.push('runChanged', aRun({ done: 10, state: 'done' }));
    feed.tick();
    feed.push('runChanged', aRun({ done: 10, state: 'done' }));
    feed.tick();
    expect(feed.rested).toHaveLength(1);
  });

  it('counts as not live what was gone before it began, not what the ring drops later', async () => {
    const feed = harness([() => batch(2, [span(0), span(1)], 40)]);
    await settle();
    expect(feed.store.getState().spansEvicted).toBe(40);
    feed.push('spansAdded', batch(3, [span(2)], 900));
    feed.tick();
    expect(feed.store.getState().spansEvicted).toBe(40);
  });

  it('hands changes of the deck and of jobs on at once', () => {
    const feed = harness([]);
    feed.push('deckChanged', null);
    feed.push('deckChanged', null);
    feed.push('jobChanged', {
      jobId: 'j1',
      kind: 'import',
      label: 'Import',
      state: 'running',
      done: 0,
      total: null,
      message: null,
      startedMs: 0,
    });
    expect(feed.store.getState()).toMatchObject({
      deckVersion: 2,
      jobs: [{ jobId: 'j1', state: 'running' }],
    });
  });

  it('ends its subscriptions and drops what was waiting', async () => {
    const feed = harness([]);
    await settle();
    feed.push('runChanged', aRun());
    feed.stop();
    feed.tick();
    expect(feed.listeners.size).toBe(0);
    expect(feed.store.getState().runs).toEqual([]);
  });
});
