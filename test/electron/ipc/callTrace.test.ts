import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { adoptWindowSpans, inCallersTrace, readWindowSpans } from '../../../electron/ipc/callTrace.ts';
import { TracedeckError } from '../../../electron/errors/tracedeckError.ts';
import { initTelemetry } from '../../../electron/telemetry/telemetry.ts';
import type { SpanRecord } from '../../../shared/span.ts';
import { decodeSpans, encodeSpans } from '../../../shared/spanCodec.ts';
import type { ComponentMode } from '../../../shared/telemetrySettings.ts';

const traceId = 'a'.repeat(32);
const spanId = 'b'.repeat(16);
const traceparent = `00-${traceId}-${spanId}-01`;

function telemetryWith(mode: ComponentMode) {
  const components = { ipc: { mode, every: 8, slowMs: 100 } };
  const telemetry = initTelemetry({ version: '1.0.0', logLevel: 'error', components });
  const recorded = () => decodeSpans(telemetry.spans.since({ spans: 0, leaves: 0 }).bytes);
  return { telemetry, recorded };
}

describe('a call from a window', () => {
  it('is handled in a span of its caller’s trace, and so is what it sets off', async () => {
    const { telemetry, recorded } = telemetryWith('full');
    let later: Promise<void> | undefined;
    const answer = await inCallersTrace(telemetry, 'startRun', { traceparent }, async () => {
      later = sleep(5).then(() => telemetry.withSpan('run', () => undefined));
      return 7;
    });
    expect(answer).toBe(7);
    await later;
    const [call, run] = recorded();
    expect(call).toMatchObject({ name: 'ipc startRun', kind: 'server', traceId, parentSpanId: spanId });
    expect(call!.attributes['rpc.method']).toBe('startRun');
    expect(run).toMatchObject({ name: 'run', traceId, parentSpanId: call!.spanId });
    expect(run!.startMs).toBeGreaterThanOrEqual(call!.endMs!);
  });

  it('is handled all the same without a carrier, and with one that is none', () => {
    const { telemetry, recorded } = telemetryWith('full');
    const odd: unknown[] = [
      undefined,
      null,
      'text',
      42,
      [],
      {},
      { traceparent: 'no' },
      { traceparent: traceparent.toUpperCase() },
      { traceparent, other: 'x' },
      { traceparent, baggage: 'x'.repeat(5000) },
      { traceparent, tracestate: 7 },
      { traceparent: `00-${'0'.repeat(32)}-${spanId}-01` },
      { traceparent: `00-${traceId}-${'0'.repeat(16)}-01` },
    ];
    for (const carrier of odd) expect(inCallersTrace(telemetry, 'runs', carrier, () => 7)).toBe(7);
    expect(recorded()).toEqual([]);
  });

  it('is as closely recorded as its component says, and as its caller wants', () => {
    const inside = (mode: ComponentMode, header = traceparent) => {
      const { telemetry, recorded } = telemetryWith(mode);
      const found = inCallersTrace(telemetry, 'runs', { traceparent: header }, () => telemetry.currentIds());
      return [found?.traceId, recorded().length];
    };
    expect(inside('full')).toEqual([traceId, 1]);
    expect(inside('counted')).toEqual([traceId, 0]);
    expect(inside('off')).toEqual([undefined, 0]);
    expect(inside('full', `00-${traceId}-${spanId}-00`)[1]).toBe(0);
  });

  it('throws on what its handler throws, and its span says so', async () => {
    const { telemetry, recorded } = telemetryWith('full');
    const fault = new TracedeckError('user', 'source_forgotten', 'Choose the list again.');
    const failing = inCallersTrace(telemetry, 'startRun', { traceparent }, () => Promise.reject(fault));
    await expect(failing).rejects.toBe(fault);
    expect(recorded()[0]!.attributes['error.type']).toBe('source_forgotten');
  });
});

describe('spans of a window', () => {
  const now = 1_790_000_000_000;
  const span = (part: Partial<SpanRecord> = {}): SpanRecord => ({
    traceId,
    spanId,
    parentSpanId: null,
    name: 'ui Generate',
    kind: 'internal',
    startMs: now - 20,
    endMs: now - 10,
    status: 'unset',
    statusMessage: null,
    attributes: { 'tracedeck.ui.event': 'click' },
    events: [],
    links: [],
    ...part,
  });
  const read = (...spans: readonly SpanRecord[]) => readWindowSpans(encodeSpans(spans), now);

  it('are taken as they are, and marked as the window’s', () => {
    expect(read(span())).toEqual([
      span({ attributes: { 'tracedeck.ui.event': 'click', 'thread.name': 'window' } }),
    ]);
  });

  it('are cut down to what a window has to say', () => {
    const [found] = read(
      span({
        name: 'n'.repeat(1000),
        status: 'error',
        statusMessage: 'm'.repeat(1000),
        attributes: {
          'thread.name': 'main',
          long: 'x'.repeat(1000),
          list: ['a'],
          ...Object.fromEntries(Array.from({ length: 40 }, (_, i) => [`k${i}`, i])),
        },
        events: [{ name: 'e', timeMs: now, attributes: {} }],
        links: [{ traceId, spanId, attributes: {} }],
      }),
    );
    expect(found!.name).toHaveLength(128);
    expect(found!.statusMessage).toHaveLength(256);
    expect(found!.attributes['thread.name']).toBe('window');
    expect(found!.attributes.long).toHaveLength(256);
    expect(found!.attributes.list).toBeUndefined();
    expect(Object.keys(found!.attributes).length).toBeLessThanOrEqual(17);
    expect([found!.events, found!.links]).toEqual([[], []]);
  });

  it('are adopted unless calls are switched off', () => {
    const adopted = (mode: ComponentMode) => {
      const { telemetry, recorded } = telemetryWith(mode);
      const endMs = Date.now();
      adoptWindowSpans(telemetry, encodeSpans([span({ startMs: endMs - 9, endMs })]));
      return recorded().map(({ name }) => name);
    };
    expect(adopted('full')).toEqual(['ui Generate']);
    expect(adopted('off')).toEqual([]);
  });

  it('are refused where they are none, have not ended, lie far off, or are too many', () => {
    const bad = expect.objectContaining({ code: 'bad_input' });
    expect(() => readWindowSpans(Uint8Array.of(1, 2, 3))).toThrow(bad);
    expect(() => read(span({ endMs: null }))).toThrow(bad);
    expect(() => read(span({ endMs: now - 30 }))).toThrow(bad);
    expect(() => read(span({ startMs: 0 }))).toThrow(bad);
    expect(() => read(span({ endMs: now * 2 }))).toThrow(bad);
    expect(() => read(...Array.from({ length: 501 }, () => span()))).toThrow(bad);
    expect(read(...Array.from({ length: 500 }, () => span()))).toHaveLength(500);
  });
});
