import { describe, expect, it } from 'vitest';
import { createTraceFiles, type TraceFileStore } from '../../../electron/traceFiles/traceFiles.ts';
import { openRecords } from '../../../electron/traces/records.ts';
import { openSpanStore } from '../../../electron/traces/spanStore.ts';
import type { ExportFormat, FoundTrace } from '../../../shared/traceQuery.ts';
import { randomNumbers } from '../../fixtures/syntheticTrace.ts';
import { OWN, pathFor, writeFile } from './files.ts';

const BEGAN = 1_790_000_000_000_000_000n;
const TRACES = ['a'.repeat(32), 'b'.repeat(32), 'c'.repeat(32)];
const EVERYTHING = { search: { query: '', fromMs: null, toMs: null, order: 'newest' as const, limit: 10 } };

/** A trace store as it is on disk, in this thread. */
function openStore() {
  const spans = openSpanStore(':memory:', { limits: { maxBytes: 1e9, maxAgeMs: 1e15 } });
  const records = openRecords(spans.db);
  const leftOut = { more: false, scanned: 0, unscanned: 0, prunedBeforeMs: null };
  const found = TRACES.map((traceId) => ({ traceId }) as FoundTrace);
  const store: TraceFileStore = {
    writeSpans: async (bytes) => spans.writeSpans(bytes),
    writeLogs: async (logs) => records.writeLogs(logs),
    writeMetrics: async (points) => records.writeMetrics(points),
    get: async (traceId) => spans.get(traceId),
    logs: async (traceId, limit) => records.logs(traceId, limit),
    metricPoints: async (question) => records.metricPoints(question),
    searchTraces: async () => ({ items: found, leftOut, tookMs: 0 }),
    searchSpans: async () => ({ items: [], leftOut, tookMs: 0 }),
  };
  return { spans, files: createTraceFiles({ store, own: OWN, workerFile: null }) };
}

/** Files into a store, one after the other, and the store out again. */
async function throughStore(paths: readonly string[], format: ExportFormat): Promise<string> {
  const { spans, files } = openStore();
  try {
    for (const path of paths) {
      const [report] = await files.importFiles([path]);
      expect(report).toMatchObject({ refused: [] });
      while (spans.maintain(50));
    }
    let text = '';
    const target = { format, withLogs: true, withMetrics: true };
    await files.exportText(EVERYTHING, { write: (piece) => void (text += piece) }, target);
    return text;
  } finally {
    spans.close();
  }
}

type Item = Record<string, unknown> & {
  readonly spanId: string;
  readonly name: string;
  readonly body: { readonly stringValue: string };
  readonly events?: readonly Item[];
};
type Points = { readonly dataPoints: readonly (Item & { readonly exemplars?: readonly Item[] })[] };

/** Every time that OTLP's JSON tells, with what it is the time of, in the order of these. */
function timesOf(text: string): readonly string[] {
  const requests = text.trimEnd().includes(']}\n{')
    ? text
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line) as object)
    : [JSON.parse(text) as object];
  const all = (member: string, scopes: string, items: string): Item[] =>
    requests.flatMap((request) =>
      ((request as Record<string, Record<string, Record<string, Item[]>[]>[]>)[member] ?? []).flatMap(
        (resource) => resource[scopes]!.flatMap((scope) => scope[items]!),
      ),
    );
  const times = all('resourceSpans', 'scopeSpans', 'spans').flatMap((span) => [
    `span ${span.spanId} ${String(span['startTimeUnixNano'])} ${String(span['endTimeUnixNano'])}`,
    ...(span.events ?? []).map((event) => `event ${event.name} ${String(event['timeUnixNano'])}`),
  ]);
  for (const log of all('resourceLogs', 'scopeLogs', 'logRecords'))
    times.push(`log ${log.body.stringValue} ${String(log['timeUnixNano'])}`);
  for (const metric of all('resourceMetrics', 'scopeMetrics', 'metrics')) {
    const { dataPoints } = (metric['sum'] ?? metric['gauge'] ?? metric['histogram']) as Points;
    for (const point of dataPoints) {
      // A gauge has no start.
      const start = metric['gauge'] === undefined ? String(point['startTimeUnixNano']) : '';
      times.push(`${metric.name} ${start} ${String(point['timeUnixNano'])}`);
      for (const exemplar of point.exemplars ?? [])
        times.push(`exemplar of ${metric.name} ${String(exemplar['timeUnixNano'])}`);
    }
  }
  return times.sort();
}

const random = randomNumbers(5);
const below = (most: number) => BigInt(Math.floor(random() * most));
/** From nanoseconds to seconds after another, some of them whole microseconds. */
const after = (nanos: bigint): string => {
  const later = nanos + below(10 ** (1 + Math.floor(random() * 9)));
  return String(random() < 0.2 ? (later / 1000n) * 1000n + 1000n : later);
};
const timed = (of: string, at: bigint) => ({ [`${of}UnixNano`]: after(at) });

function spanOf(i: number): object {
  const startTimeUnixNano = after(BEGAN + below(1e12));
  const start = BigInt(startTimeUnixNano);
  return {
    traceId: TRACES[i % 3],
    spanId: (i + 1).toString(16).padStart(16, '0'),
    name: 'n',
    startTimeUnixNano,
    ...(i % 10 === 0 ? {} : timed('endTime', start)),
    events: Array.from({ length: i % 3 }, (_, e) => ({ name: `${i} ${e}`, ...timed('time', start) })),
  };
}

/** Spans from number to number, with log records and metrics of every kind. */
function anyDocument(from: number, to: number): object {
  const numbers = Array.from({ length: to - from }, (_, i) => from + i);
  const logRecords = numbers.map((i) => ({
    traceId: TRACES[i % 3],
    ...timed('time', BEGAN + below(1e12)),
    body: { stringValue: `log ${i}` },
  }));
  const startTimeUnixNano = after(BEGAN - 1_000_000_000_000n);
  // A report each ten seconds, some of which say what was said before: of those the last is told.
  const reports = (make: (value: number) => object) =>
    [1, 2, 3, 4, 4, 7, 8, 8].map((value, n) => ({
      startTimeUnixNano,
      ...timed('time', BEGAN + BigInt(n + 1) * 10_000_000_000n),
      exemplars: [
        {
          asDouble: value,
          ...timed('time', BEGAN + BigInt(n) * 10_000_000_000n + 5_000_000_000n),
          traceId: TRACES[0],
          spanId: '1'.repeat(16),
        },
      ],
      ...make(value),
    }));
  const cumulative = { aggregationTemporality: 2 };
  const buckets = (value: number) => ({
    count: String(value),
    sum: value,
    explicitBounds: [1],
    bucketCounts: [String(value), '0'],
  });
  const metrics = [
    {
      name: `sum ${from}`,
      sum: { ...cumulative, isMonotonic: true, dataPoints: reports((asDouble) => ({ asDouble })) },
    },
    { name: `gauge ${from}`, gauge: { dataPoints: reports((asDouble) => ({ asDouble })) } },
    { name: `histogram ${from}`, histogram: { ...cumulative, dataPoints: reports(buckets) } },
  ];
  return {
    resourceSpans: [{ scopeSpans: [{ spans: numbers.map(spanOf) }] }],
    resourceLogs: [{ scopeLogs: [{ logRecords }] }],
    resourceMetrics: [{ scopeMetrics: [{ metrics }] }],
  };
}

describe('times in nanoseconds', () => {
  it('come back to the digit through the store, of spans, events, log records, metric points and exemplars', async () => {
    const texts = [0, 300, 310, 320, 700].map((from, i, all) =>
      JSON.stringify(anyDocument(from, all[i + 1] ?? 900)),
    );
    const wanted = texts.flatMap(timesOf).sort();
    const paths = texts.map((text, i) => writeFile(`nanoseconds-${i}.json`, text));
    const document = await throughStore(paths, 'otlp');
    expect(timesOf(document)).toEqual(wanted);
    // And once more, as lines.
    const lines = await throughStore([writeFile('again.json', document)], 'otlp-jsonl');
    expect(timesOf(lines)).toEqual(wanted);
    expect(timesOf(await throughStore([writeFile('again.jsonl', lines)], 'otlp'))).toEqual(wanted);
  });

  it('come back through Chrome’s trace events as our own export writes them', async () => {
    const spans = Array.from({ length: 200 }, (_, i) => spanOf(i));
    const text = JSON.stringify({ resourceSpans: [{ scopeSpans: [{ spans }] }] });
    const path = pathFor('nanoseconds.trace.json');
    writeFile('nanoseconds.trace.json', await throughStore([writeFile('spans.json', text)], 'chrome'));
    expect(timesOf(await throughStore([path], 'otlp'))).toEqual(timesOf(text));
  });

  it('are the nearest microseconds in Jaeger’s JSON', async () => {
    const starts = Array.from({ length: 1000 }, () => BEGAN + below(1e12));
    const spans = starts.map((start, i) => ({
      traceId: TRACES[0],
      spanId: (i + 1).toString(16).padStart(16, '0'),
      startTimeUnixNano: String(start),
      endTimeUnixNano: String(start + 5_000_000n),
    }));
    const text = JSON.stringify({ resourceSpans: [{ scopeSpans: [{ spans }] }] });
    const jaeger = await throughStore([writeFile('spans.json', text)], 'jaeger');
    type Document = { data: { spans: { spanID: string; startTime: number; duration: number }[] }[] };
    const written = (JSON.parse(jaeger) as Document).data[0]!.spans;
    expect(
      written.toSorted((a, b) => (a.spanID < b.spanID ? -1 : 1)).map(({ startTime }) => startTime),
    ).toEqual(starts.map((start) => Number((start + 500n) / 1000n)));
    expect(written.every(({ duration }) => duration === 5000)).toBe(true);
  });

  it('come from Zipkin’s microseconds and Jaeger’s as they are told there', async () => {
    const micros = Array.from({ length: 1000 }, () => Number(BEGAN / 1000n + below(1e12)));
    const ids = micros.map((_, i) => (i + 1).toString(16).padStart(16, '0'));
    const zipkin = micros.map((timestamp, i) => ({
      traceId: TRACES[0],
      id: ids[i],
      timestamp,
      duration: i,
      annotations: [{ timestamp: timestamp + 1, value: `${i}` }],
    }));
    const jaeger = micros.map((startTime, i) => ({
      traceID: TRACES[0],
      spanID: ids[i],
      operationName: 'n',
      startTime,
      duration: i,
      logs: [{ timestamp: startTime + 1, fields: [{ key: 'event', type: 'string', value: `${i}` }] }],
    }));
    const wanted = micros
      .flatMap((us, i) => [`span ${ids[i]} ${us}000 ${us + i}000`, `event ${i} ${us + 1}000`])
      .sort();
    const trace = { traceID: TRACES[0], spans: jaeger, processes: {} };
    for (const content of [zipkin, { data: [trace] }]) {
      const text = await throughStore([writeFile('micros.json', JSON.stringify(content))], 'otlp');
      expect(timesOf(text)).toEqual(wanted);
    }
  });
});
