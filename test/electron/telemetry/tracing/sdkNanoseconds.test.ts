import { describe, expect, it } from 'vitest';
import { encodeTraces } from '../../../../electron/telemetry/export/otlpEncode.ts';
import { unixNanos } from '../../../../electron/telemetry/export/unixNanos.ts';
import { openSpanStore } from '../../../../electron/traces/spanStore.ts';
import { decodeSpans, encodeSpans } from '../../../../shared/spanCodec.ts';
import type { SpanRecord } from '../../../../shared/span.ts';
import { randomFrom } from '../pipelineSpans.ts';
import { spanNamed, startTelemetry } from '../startTelemetry.ts';

const BEGAN_S = 1_790_000_000;
type HrTime = [number, number];
const digitsOf = ([seconds, nanos]: HrTime): string => `${seconds}${String(nanos).padStart(9, '0')}`;
const context = { resource: {}, scope: { name: 's', version: '1' } };

/** Start, end and event as OTLP has them. */
function written(span: SpanRecord): readonly string[] {
  type Written = { startTimeUnixNano: string; endTimeUnixNano: string; events: { timeUnixNano: string }[] };
  type Request = { resourceSpans: { scopeSpans: { spans: Written[] }[] }[] };
  const text = Buffer.from(encodeTraces(context, [span], 'json')).toString();
  const { startTimeUnixNano, endTimeUnixNano, events } = (JSON.parse(text) as Request).resourceSpans[0]!
    .scopeSpans[0]!.spans[0]!;
  return [startTimeUnixNano, endTimeUnixNano, events[0]!.timeUnixNano];
}

describe('spans of the SDK', () => {
  it('keep the nanoseconds that they are given, in the ring, for exporters and in the store', () => {
    const telemetry = startTelemetry();
    const tracer = telemetry.tracer('lib');
    const random = randomFrom(3);
    const wanted = Array.from({ length: 300 }, (_, i): readonly HrTime[] => {
      const at = (): HrTime => [BEGAN_S + i, Math.floor(random() * 1e9)];
      const times = [at(), at(), at()].toSorted(([, a], [, b]) => a - b);
      const [start, event, end] = times as [HrTime, HrTime, HrTime];
      const span = tracer.startSpan(`sdk ${i}`, { startTime: start });
      span.addEvent('e', event);
      span.end(end);
      return [start, end, event];
    });
    telemetry.withSpan('own', () => undefined);
    const store = openSpanStore(':memory:', { limits: { maxBytes: 1e9, maxAgeMs: 1e15 } });
    for (const [i, times] of wanted.entries()) {
      const span = spanNamed(telemetry, `sdk ${i}`);
      expect(written(span)).toEqual(times.map(digitsOf));
      store.writeSpans(encodeSpans([span]));
      const [stored] = decodeSpans(store.get(span.traceId));
      expect(written(stored!)).toEqual(times.map(digitsOf));
    }
    store.close();
    // Our own clock tells none.
    const own = spanNamed(telemetry, 'own');
    expect([own.startRestNs, own.endRestNs]).toEqual([undefined, undefined]);
  });
});

describe('nanoseconds of a time with a rest', () => {
  it('are those that were told, before and behind the microsecond', () => {
    for (const nanos of [1n, 999n, 1000n, 499_999_999n, 1_790_000_000_123_456_789n]) {
      for (const restNs of [-2000, -750, -1, 1, 750, 2000]) {
        const us = nanos / 1000n;
        const { wholeMs, nanos: within } = unixNanos(Number(us) / 1000, restNs);
        const exact = us * 1000n + BigInt(restNs);
        if (us === 0n || exact < 0n) continue;
        expect(BigInt(wholeMs) * 1_000_000n + BigInt(within)).toBe(exact);
        expect(within).toBeLessThan(1e6);
      }
    }
  });
});
