import { afterEach, describe, expect, it } from 'vitest';
import { createOtlpExporter } from '../../../electron/telemetry/export/otlpExporter.ts';
import { OTLP_PROTOCOLS, type OtlpExporterSettings } from '../../../shared/telemetrySettings.ts';
import type { Attributes, LogRecord, SpanRecord } from '../../../shared/span.ts';
import { metricSeriesSchema } from '../../../shared/traceQuery.ts';
import { counterOf, exportContext, otlpSettings, QUICK, until } from '../telemetry/export/exportRecords.ts';
import { randomSpans } from '../traceFiles/randomSpans.ts';
import { RECEIVER_WORKER, startReceiving, type Receiving } from './receiving.ts';

const open: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const each of open.splice(0).reverse()) await each.close();
});

const CONTEXT = {
  resource: { 'service.name': 'program A', 'service.instance.id': 'a' },
  scope: { name: 'tests', version: '1.2' },
};

function exporterTo(receiving: Receiving, protocol: OtlpExporterSettings['protocol'], other = {}) {
  const endpoint = protocol === 'grpc' ? receiving.grpcUrl() : receiving.httpUrl();
  const made = createOtlpExporter(
    otlpSettings(endpoint, { protocol, maxBatch: 500, ...other }),
    exportContext(CONTEXT),
    QUICK,
  );
  open.push({ close: () => made.close(0) });
  return made;
}

/** As this program records them: ended, and without what only others know. */
function endedSpans(count: number, seed: number): SpanRecord[] {
  return randomSpans(count, seed).map(({ origin: _o, traceState: _t, dropped: _d, ...span }) => ({
    ...withoutRests(span),
    endMs: span.endMs ?? span.startMs,
    attributes: exact(span.attributes),
    events: withoutRests(span).events.map((event) => ({ ...event, attributes: exact(event.attributes) })),
    links: span.links.map((link) => ({ ...link, attributes: exact(link.attributes) })),
  }));
}
/** What this program records are floats; as nanoseconds they have a rest when they arrive. */
function withoutRests({ startRestNs: _s, endRestNs: _e, events, ...span }: SpanRecord): SpanRecord {
  return { ...span, events: events.map(({ timeRestNs: _t, ...event }) => event) };
}
/** Integers beyond 2^53 arrive as their digits. */
function exact(attributes: Attributes): Attributes {
  const isLarge = (value: unknown) => Number.isInteger(value) && Math.abs(value as number) === 2 ** 60;
  return Object.fromEntries(
    Object.entries(attributes).map(([key, value]) => [key, isLarge(value) ? 'large' : value]),
  );
}
/** Times in OTLP are whole nanoseconds, in a store whole microseconds. */
const rounded = (given: SpanRecord): SpanRecord => {
  const span = withoutRests(given);
  const us = (ms: number) => Math.round(ms * 1000) / 1000;
  return {
    ...span,
    startMs: us(span.startMs),
    endMs: span.endMs === null ? null : us(span.endMs),
    events: span.events.map((event) => ({ ...event, timeMs: us(event.timeMs) })),
  };
};
const byId = (spans: readonly SpanRecord[]) => spans.toSorted((a, b) => (a.spanId < b.spanId ? -1 : 1));

describe.each(OTLP_PROTOCOLS)('what another program exports over %s', (protocol) => {
  it.each([true, false])('is stored span by span, gzip %s', async (gzip) => {
    const receiving = await startReceiving({ workerFile: RECEIVER_WORKER });
    open.push(receiving);
    const spans = endedSpans(1800, 5);
    const exporter = exporterTo(receiving, protocol, { gzip });
    exporter.spans(spans);
    expect(await exporter.flush(20_000)).toBe(true);
    expect(exporter.status()).toMatchObject({ state: 'ok', lastError: null });

    const traces = [...new Set(spans.map(({ traceId }) => traceId))];
    const stored = (await Promise.all(traces.map((traceId) => receiving.spansOf(traceId)))).flat();
    expect(stored).toHaveLength(spans.length);
    expect(stored.every(({ origin }) => origin?.resource['service.name'] === 'program A')).toBe(true);
    expect(stored[0]!.origin!.scope).toEqual(CONTEXT.scope);
    const wanted = byId(spans.map(rounded));
    for (const [index, { origin: _origin, ...span }] of byId(stored).entries())
      expect(rounded(span)).toEqual(wanted[index]);
    await until(() => receiving.receiver.status().spans === spans.length);
    expect(receiving.receiver.status()).toMatchObject({ requests: 4, refusedRequests: 0, rejected: 0 });
  });

  it('comes with its logs and metrics', async () => {
    const receiving = await startReceiving();
    open.push(receiving);
    const exporter = exporterTo(receiving, protocol);
    const log: LogRecord = {
      timeMs: 1_790_000_000_123,
      level: 'warn',
      message: '느리다',
      attributes: { tries: 3 },
      traceId: '0af7651916cd43dd8448eb211c80319c',
      spanId: 'b7ad6b7169203331',
    };
    exporter.logs([log]);
    exporter.metrics(counterOf(3, 7), 1_790_000_000_000);
    expect(await exporter.flush(20_000)).toBe(true);

    const [stored] = await receiving.store.logs(log.traceId, 10);
    expect(stored).toMatchObject({ ...log, origin: { resource: { 'service.name': 'program A' } } });
    const series = await receiving.store.ask(
      'metricSeries',
      metricSeriesSchema.parse({ name: 'tries', fromMs: 1_789_999_000_000, toMs: 1_790_000_100_000 }),
    );
    expect(JSON.stringify(series)).toContain('program A');
    await until(() => receiving.receiver.status().metricPoints === 3);
  });
});
