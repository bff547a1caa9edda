import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { decodeBlock } from '../../../../shared/leafCodec.ts';
import type { LogRecord, SpanRecord } from '../../../../shared/span.ts';
import { startSpanFlusher } from '../../../../electron/telemetry/spans/spanFlusher.ts';
import type { SpanSink } from '../../../../electron/telemetry/spans/spanFlusher.ts';
import { initTelemetry } from '../../../../electron/telemetry/telemetry.ts';

/** A store that answers when it is told to. */
function slowSink(maxPending = 2) {
  const spans: SpanRecord[] = [];
  const logs: LogRecord[] = [];
  const held: (() => void)[] = [];
  let pending = 0;
  let isHolding = false;
  let refusal: Error | null = null;
  const write = async (keep: () => void) => {
    pending += 1;
    if (isHolding) await new Promise<void>((resolve) => held.push(resolve));
    pending -= 1;
    if (refusal !== null) throw refusal;
    keep();
  };
  const sink: SpanSink = {
    get pending() {
      return pending;
    },
    maxPending,
    writeSpans: (bytes) => write(() => spans.push(...decodeBlock(bytes))),
    writeLogs: (records) => write(() => logs.push(...records)),
  };
  return {
    sink,
    spans,
    logs,
    hold: () => (isHolding = true),
    release() {
      isHolding = false;
      for (const go of held.splice(0)) go();
    },
    refuse: (error: Error | null) => (refusal = error),
  };
}

describe('span flusher', () => {
  it('carries ended spans and logs to the store by itself', async () => {
    const telemetry = initTelemetry({ version: '1' });
    const store = slowSink();
    const flusher = startSpanFlusher(telemetry, store.sink, { quietMs: 1 });
    for (let i = 0; i < 10; i += 1) telemetry.withSpan('work', () => telemetry.logger.info(`log ${i}`));
    while (store.spans.length < 10 || store.logs.length < 10) await sleep(2);
    expect(flusher.counts()).toMatchObject({ writtenSpans: 10, lostSpans: 0, writtenLogs: 10 });
    await telemetry.shutdown(1000);
  });

  it('flushes all that has ended, in batches no larger than allowed', async () => {
    const telemetry = initTelemetry({ version: '1' });
    const store = slowSink();
    const flusher = startSpanFlusher(telemetry, store.sink, { maxSpansPerBatch: 7 });
    await telemetry.withSpan('open', async () => {
      for (let i = 0; i < 100; i += 1) telemetry.withSpan(`work ${i}`, () => undefined);
      await flusher.flush();
      expect(store.spans.map(({ name }) => name).toSorted()).toStrictEqual(
        Array.from({ length: 100 }, (_, i) => `work ${i}`).toSorted(),
      );
    });
    await telemetry.shutdown(1000);
    expect(store.spans.at(-1)!.name).toBe('open');
  });

  it('writes spans that nobody ended once, as the shutdown ended them', async () => {
    const telemetry = initTelemetry({ version: '1' });
    const store = slowSink();
    startSpanFlusher(telemetry, store.sink);
    const span = telemetry.startSpan('never ends');
    telemetry.withSpan('ends', () => undefined);
    expect(await telemetry.shutdown(1000)).toBe(true);
    expect(store.spans.map(({ name, endMs }) => [name, endMs === null])).toStrictEqual([
      ['ends', false],
      ['never ends', false],
    ]);
    span.end();
    expect(telemetry.spans.counts().ended).toBe(2);
  });

  it('counts what the ring gave up while the store stood still: written and lost add up', async () => {
    const telemetry = initTelemetry({ version: '1', ringCapacity: 50 });
    const store = slowSink(1);
    store.hold();
    const flusher = startSpanFlusher(telemetry, store.sink, {
      quietMs: 1,
      maxSpansPerBatch: 10,
      maxWaitingLogs: 20,
    });
    for (let i = 0; i < 500; i += 1) {
      telemetry.withSpan('work', () => telemetry.logger.info('x'));
      if (i % 20 === 0) await sleep(2);
    }
    expect(telemetry.spans.counts().held).toBe(50);
    store.release();
    await flusher.flush();
    const { writtenSpans, lostSpans, writtenLogs, lostLogs } = flusher.counts();
    expect(lostSpans).toBeGreaterThan(300);
    expect(writtenSpans + lostSpans).toBe(500);
    expect(writtenLogs + lostLogs).toBe(500);
    expect(store.spans).toHaveLength(writtenSpans);
    await telemetry.shutdown(1000);
  });

  it('counts what the store refuses and goes on', async () => {
    const telemetry = initTelemetry({ version: '1' });
    const store = slowSink();
    const flusher = startSpanFlusher(telemetry, store.sink);
    store.refuse(new Error('disk full'));
    telemetry.withSpan('refused', () => undefined);
    await flusher.flush();
    store.refuse(null);
    telemetry.withSpan('taken', () => undefined);
    await flusher.flush();
    expect(flusher.counts()).toMatchObject({ writtenSpans: 1, failedSpans: 1 });
    await telemetry.shutdown(1000);
  });

  it('asks a store no more that had no room until its time was over', async () => {
    const telemetry = initTelemetry({ version: '1' });
    let asked = 0;
    const busy: SpanSink = {
      get pending() {
        asked += 1;
        return 1;
      },
      maxPending: 1,
      writeSpans: () => Promise.resolve(),
      writeLogs: () => Promise.resolve(),
    };
    const flusher = startSpanFlusher(telemetry, busy);
    telemetry.withSpan('work', () => telemetry.logger.info('a line'));
    await flusher.close(40);
    const before = asked;
    await sleep(50);
    expect(asked - before).toBeLessThan(2);
    expect(flusher.counts()).toMatchObject({ writtenSpans: 0, writtenLogs: 0, lostLogs: 1 });
  });

  it('does not hold a shutdown up for a store that never answers', async () => {
    const telemetry = initTelemetry({ version: '1' });
    const store = slowSink();
    store.hold();
    startSpanFlusher(telemetry, store.sink);
    telemetry.withSpan('work', () => undefined);
    const startMs = performance.now();
    await telemetry.shutdown(50);
    expect(performance.now() - startMs).toBeLessThan(5000);
  });
});
