import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { adoptWindowSpans, inCallersTrace, readWindowSpans } from '../../../electron/ipc/callTrace.ts';
import { TracedeckError } from '../../../electron/errors/tracedeckError.ts';
import { recordedSpans } from '../../../electron/telemetry/index.ts';
import { initTelemetry } from '../../../electron/telemetry/telemetry.ts';
import type { SpanRecord } from '../../../shared/span.ts';
import { decodeSpans, encodeSpans } from '../../../shared/spanCodec.ts';
import { samplingSchema } from '../../../shared/telemetrySettings.ts';
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

const now = 1_790_000_000_000;
const span: SpanRecord = {
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
};

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
      { traceparent, baggage: 'x'.repeat(9000) },
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

  it('is counted in every mode but off', async () => {
    const counted = async (mode: ComponentMode) => {
      const { telemetry } = telemetryWith(mode);
      inCallersTrace(telemetry, 'runs', { traceparent }, () => 7);
      const failing = () => Promise.reject(new TracedeckError('permanent', 'broken', 'It broke.'));
      await inCallersTrace(telemetry, 'runs', { traceparent }, failing).catch(() => undefined);
      const { spans, rows, leftOut, errors } = telemetry.component('ipc').counts();
      return [spans, rows, leftOut, errors];
    };
    expect(await counted('full')).toEqual([2, 0, 0, 1]);
    expect(await counted('leaf')).toEqual([0, 2, 0, 1]);
    // A failed one is recorded all the same.
    expect(await counted('counted')).toEqual([0, 1, 1, 1]);
    expect(await counted('off')).toEqual([0, 0, 0, 0]);
  });

  it('follows head sampling by the id of its trace, and so do the spans of the window', () => {
    const telemetry = initTelemetry({
      version: '1.0.0',
      logLevel: 'error',
      sampling: samplingSchema.parse({ ratio: 0.25 }),
    });
    const traceIds = Array.from({ length: 400 }, () => randomBytes(16).toString('hex'));
    const recordedHere = traceIds.filter((id) => {
      const header = `00-${id}-${spanId}-01`;
      const handed = inCallersTrace(telemetry, 'startRun', { traceparent: header }, () =>
        telemetry.withSpan('run', () => telemetry.inject()),
      );
      // What is called from here on goes by the same decision.
      return handed['traceparent']!.endsWith('-01');
    });
    const endMs = Date.now();
    const ofWindow = traceIds.map((id) => ({ ...span, traceId: id, spanId, startMs: endMs - 9, endMs }));
    adoptWindowSpans(telemetry, encodeSpans(ofWindow));
    const found = decodeSpans(telemetry.spans.since({ spans: 0, leaves: 0 }).bytes);
    const of = (name: string) => found.filter((one) => one.name === name).map(({ traceId: id }) => id);
    expect(of('ui Generate')).toEqual(recordedHere);
    expect(of('ipc startRun')).toEqual(recordedHere);
    expect(of('run')).toEqual(recordedHere);
    expect(Math.abs(recordedHere.length - 100)).toBeLessThan(50);
    // The window's own and the run; the calls are their component's to count.
    const left = traceIds.length - recordedHere.length;
    expect(telemetry.spans.counts().headDropped).toBe(2 * left);
    expect(telemetry.component('ipc').counts()).toMatchObject({ spans: recordedHere.length, leftOut: left });
  });

  it('is within the limits of the window’s spans above it, which are handed in later', () => {
    const telemetry = initTelemetry({
      version: '1.0.0',
      logLevel: 'error',
      sampling: samplingSchema.parse({ perSecond: { 'ui Generate': 3 } }),
    });
    const endMs = Date.now();
    const id = () => randomBytes(8).toString('hex');
    const clicks = Array.from({ length: 10 }, () => {
      const own = randomBytes(16).toString('hex');
      const [ui, ipc] = [id(), id()];
      const carrier = { traceparent: `00-${own}-${ipc}-01`, action: { spanId: ui, name: 'ui Generate' } };
      const handle = () =>
        telemetry.withSpan('run', () => telemetry.inject()['traceparent']!.endsWith('-01'));
      // Two calls of one action have one answer.
      const isRecorded = inCallersTrace(telemetry, 'startRun', carrier, handle);
      expect(inCallersTrace(telemetry, 'runs', carrier, handle)).toBe(isRecorded);
      const handed = { ...span, traceId: own, startMs: endMs - 9, endMs };
      return {
        isRecorded,
        spans: [
          { ...handed, name: 'ipc startRun', spanId: ipc, parentSpanId: ui, startMs: endMs - 5 },
          { ...handed, spanId: ui },
        ],
      };
    });
    expect(clicks.map(({ isRecorded }) => isRecorded)).toEqual([
      ...Array(3).fill(true),
      ...Array(7).fill(false),
    ]);
    adoptWindowSpans(telemetry, encodeSpans(clicks.flatMap(({ spans }) => spans)));
    const found = decodeSpans(telemetry.spans.since({ spans: 0, leaves: 0 }).bytes).map(({ name }) => name);
    const count = (name: string) => found.filter((one) => one === name).length;
    expect([count('ui Generate'), count('ipc startRun'), count('run')]).toEqual([3, 6, 6]);
    // The window's two of seven actions, and the two runs beneath each.
    expect(telemetry.spans.counts().headDropped).toBe(7 * 4);
  });

  it('brings the baggage of its window along, to rows as well', () => {
    const telemetry = initTelemetry({ version: '1.0.0', logLevel: 'error', baggageAttributes: ['lesson'] });
    const get = telemetry.component('cache').operation('get');
    const carrier = { traceparent, baggage: 'lesson=12%20a,other=1' };
    const seen = inCallersTrace(telemetry, 'startRun', carrier, () => {
      get.end(get.begin());
      return telemetry.baggage.all();
    });
    expect(seen).toEqual({ lesson: '12 a', other: '1' });
    const endMs = Date.now();
    const ofWindow = { ...span, startMs: endMs - 9, endMs, attributes: { baggage: carrier.baggage } };
    adoptWindowSpans(telemetry, encodeSpans([ofWindow]));
    const lessons = recordedSpans(telemetry).map(({ name, attributes }) => [name, attributes['lesson']]);
    expect(Object.fromEntries(lessons)).toEqual({
      'ipc startRun': '12 a',
      get: '12 a',
      'ui Generate': '12 a',
    });
    expect(recordedSpans(telemetry).some(({ attributes }) => 'baggage' in attributes)).toBe(false);
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
  const spanOf = (part: Partial<SpanRecord> = {}): SpanRecord => ({ ...span, ...part });
  const read = (...spans: readonly SpanRecord[]) => readWindowSpans(encodeSpans(spans), now);

  it('are taken as they are, and marked as the window’s', () => {
    expect(read(spanOf())).toEqual([
      spanOf({ attributes: { 'tracedeck.ui.event': 'click', 'thread.name': 'window' } }),
    ]);
  });

  it('are cut down to what a window has to say', () => {
    const [found] = read(
      spanOf({
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
      adoptWindowSpans(telemetry, encodeSpans([spanOf({ startMs: endMs - 9, endMs })]));
      return recorded().map(({ name }) => name);
    };
    expect(adopted('full')).toEqual(['ui Generate']);
    expect(adopted('off')).toEqual([]);
    const off = initTelemetry({ version: '1.0.0', enabled: false, logLevel: 'error' });
    const endMs = Date.now();
    adoptWindowSpans(off, encodeSpans([spanOf({ startMs: endMs - 9, endMs })]));
    expect(off.spans.counts().started).toBe(0);
  });

  it('that were lost in the window are counted', () => {
    const { telemetry } = telemetryWith('full');
    const endMs = Date.now();
    const bytes = encodeSpans([spanOf({ startMs: endMs - 9, endMs })]);
    adoptWindowSpans(telemetry, bytes, 7);
    adoptWindowSpans(telemetry, bytes);
    adoptWindowSpans(telemetry, bytes, 5);
    expect(telemetry.spans.neverCame).toBe(12);
  });

  it('keep a baggage header as long as it may be', () => {
    const baggage = 'a='.padEnd(9000, 'x');
    expect(read(spanOf({ attributes: { baggage } }))[0]!.attributes['baggage']).toHaveLength(8192);
    expect(read(spanOf({ attributes: { baggage: 5 } }))[0]!.attributes).not.toHaveProperty('baggage');
  });

  it('are refused where they are none, have not ended, lie far off, or are too many', () => {
    const bad = expect.objectContaining({ code: 'bad_input' });
    expect(() => readWindowSpans(Uint8Array.of(1, 2, 3))).toThrow(bad);
    expect(() => read(spanOf({ endMs: null }))).toThrow(bad);
    expect(() => read(spanOf({ endMs: now - 30 }))).toThrow(bad);
    expect(() => read(spanOf({ startMs: 0 }))).toThrow(bad);
    expect(() => read(spanOf({ endMs: now * 2 }))).toThrow(bad);
    expect(() => read(...Array.from({ length: 501 }, () => spanOf()))).toThrow(bad);
    expect(read(...Array.from({ length: 500 }, () => spanOf()))).toHaveLength(500);
  });
});
