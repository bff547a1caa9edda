import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { writeFile as writeFileAsync } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import type { SpanRecord } from '../../../shared/span.ts';
import { pathFor, readFile, writeFile } from './files.ts';

const fixture = (name: string): string => fileURLToPath(new URL(`fixtures/${name}`, import.meta.url));
const named = (spans: readonly SpanRecord[], name: string): SpanRecord =>
  spans.find((span) => span.name === name) ?? expect.fail(`no span ${name}`);
const parentName = (spans: readonly SpanRecord[], name: string): string | null => {
  const { parentSpanId } = named(spans, name);
  return spans.find(({ spanId }) => spanId === parentSpanId)?.name ?? parentSpanId;
};

/** Buckets that end at 0 and at each power of two that is told apart, with what is in them by their end. */
function powersOfTwo(counts: Readonly<Record<number, number>>) {
  const boundaries = [0, ...Array.from({ length: 61 }, (_, i) => 2 ** (i - 20))];
  return { boundaries, counts: [...boundaries.map((end) => counts[end] ?? 0), 0] };
}

describe('OTLP JSON lines of a collector', () => {
  it('gives its spans, log records and points, and says of each bad part where the first one stands', async () => {
    const { report, spans, logs, points } = await readFile(fixture('collector.jsonl'));
    expect(report).toMatchObject({
      file: 'collector.jsonl',
      format: 'otlp-jsonl',
      traces: 1,
      spans: 4,
      logs: 2,
      metricPoints: 1,
      traceIds: ['5b8efff798038103d269b633813fc60c'],
    });
    expect(report.refused).toStrictEqual([
      {
        reason: 'a log record without a time',
        count: 1,
        at: 'line 4 resourceLogs[0].scopeLogs[0].logRecords[2]',
      },
      {
        reason: 'a metric without data',
        count: 1,
        at: 'line 5 resourceMetrics[0].scopeMetrics[0].metrics[1]',
      },
      { reason: 'a span without a trace id', count: 1, at: 'line 6 resourceSpans[0].scopeSpans[0].spans[0]' },
      {
        reason: 'a span without a start time',
        count: 1,
        at: 'line 6 resourceSpans[0].scopeSpans[0].spans[1]',
      },
      {
        reason: 'a parent that is no span id',
        count: 1,
        at: 'line 6 resourceSpans[0].scopeSpans[0].spans[2]',
      },
      { reason: 'no object', count: 1, at: 'line 6 resourceSpans[0].scopeSpans[0].spans[3]' },
      { reason: 'broken JSON', count: 1, at: expect.stringMatching(/^line 7: /) },
      { reason: 'nothing that is known here', count: 1, at: 'line 8' },
    ]);
    expect(named(spans, 'POST /checkout')).toStrictEqual({
      traceId: '5b8efff798038103d269b633813fc60c',
      spanId: 'eee19b7ec3c1b174',
      parentSpanId: null,
      name: 'POST /checkout',
      kind: 'server',
      startMs: 1_790_000_000_123 + 0.456789,
      endMs: 1_790_000_000_523 + 0.456789,
      startRestNs: -211,
      endRestNs: -211,
      status: 'unset',
      statusMessage: null,
      attributes: { 'http.request.method': 'POST', 'http.response.status_code': 200 },
      events: [],
      links: [],
      origin: {
        resource: { 'service.name': 'checkout', 'service.version': '1.4.0' },
        scope: { name: '@opentelemetry/instrumentation-http', version: '0.57.0' },
      },
    });
    expect(named(spans, 'SELECT carts')).toMatchObject({
      spanId: 'eee19b7ec3c1b175',
      kind: 'client',
      startMs: 1_790_000_000_200,
      status: 'error',
      statusMessage: 'timeout',
    });
    expect(named(spans, 'base64 ids')).toMatchObject({
      spanId: 'eee19b7ec3c1b176',
      parentSpanId: null,
      endMs: null,
    });
    expect(named(spans, 'short id')).toMatchObject({
      spanId: '0000000000000002',
      parentSpanId: null,
      startMs: 1_790_000_000_200,
      endMs: 1_790_000_000_100,
    });
    expect(logs).toMatchObject([
      { level: 'error', message: 'cart is empty', spanId: 'eee19b7ec3c1b174' },
      { level: 'debug', message: '{"a":1}', traceId: null, timeMs: 1_790_000_000_300 },
    ]);
    expect(points).toMatchObject([
      { name: 'requests', kind: 'counter', value: 42, startMs: 1_790_000_000_000, timeMs: 1_790_000_060_000 },
    ]);
  });
});

describe('OTLP JSON', () => {
  const span = {
    traceId: 'a'.repeat(32),
    spanId: 'b'.repeat(16),
    name: 'n',
    startTimeUnixNano: '1790000000000000000',
  };
  const otlp = (...spans: object[]) => ({ resourceSpans: [{ resource: {}, scopeSpans: [{ spans }] }] });

  it('is read in snake case, in a list of requests, wrapped as Tempo and Jaeger 2 answer, and with the names of 2021', async () => {
    const snake = {
      resource_spans: [
        {
          resource: {},
          scope_spans: [
            {
              spans: [
                {
                  trace_id: 'a'.repeat(32),
                  span_id: 'b'.repeat(16),
                  name: 'n',
                  start_time_unix_nano: span.startTimeUnixNano,
                  attributes: [{ key: 'snake_key', value: { int_value: 1 } }],
                },
              ],
            },
          ],
        },
      ],
    };
    const old = {
      resourceSpans: [
        { instrumentationLibrarySpans: [{ instrumentationLibrary: { name: 'lib' }, spans: [span] }] },
      ],
    };
    for (const document of [
      snake,
      [otlp(span)],
      { batches: otlp(span).resourceSpans },
      { trace: otlp(span) },
      { result: otlp(span) },
      old,
    ]) {
      const { report, spans } = await readFile('form.json', document);
      expect(report).toMatchObject({ format: 'otlp', spans: 1, refused: [] });
      expect(spans[0]).toMatchObject({ name: 'n', startMs: 1_790_000_000_000 });
    }
    expect((await readFile('form.json', snake)).spans[0]!.attributes).toStrictEqual({ snake_key: 1 });
  });

  it('keeps 128 attributes, a value of 64 KB, 10,000 events and every script', async () => {
    const attributes = Array.from({ length: 128 }, (_, i) => ({ key: `k${i}`, value: { intValue: `${i}` } }));
    attributes.push({ key: 'long', value: { stringValue: '값'.repeat(65_536) } } as never);
    const events = Array.from({ length: 10_000 }, (_, i) => ({
      name: `e${i}`,
      timeUnixNano: span.startTimeUnixNano,
    }));
    const name = 'नमस्ते שלום 你好 👩‍👩‍👧 \u0000 \ud800';
    const { report, spans } = await readFile('large.json', otlp({ ...span, name, attributes, events }));
    expect(report).toMatchObject({ spans: 1, refused: [] });
    expect(spans[0]!.name).toBe(name);
    expect(Object.keys(spans[0]!.attributes)).toHaveLength(129);
    expect(spans[0]!.attributes['long']).toHaveLength(65_536);
    expect(spans[0]!.events).toHaveLength(10_000);
  });

  it('turns values that are none of ours into texts', async () => {
    const value = (content: object) => ({ key: JSON.stringify(content), value: content });
    const { spans } = await readFile(
      'values.json',
      otlp({
        ...span,
        attributes: [
          value({ intValue: '9223372036854775807' }),
          value({ intValue: 12 }),
          value({ doubleValue: 'NaN' }),
          value({ bytesValue: 'AP8Q' }),
          value({}),
          value({ arrayValue: { values: [{ intValue: '1' }, { stringValue: 'b' }] } }),
          value({ arrayValue: {} }),
          value({ kvlistValue: { values: [{ key: 'a', value: { boolValue: true } }] } }),
        ],
      }),
    );
    expect(Object.values(spans[0]!.attributes)).toStrictEqual([
      '9223372036854775807',
      12,
      NaN,
      'AP8Q',
      '',
      '[1,"b"]',
      [],
      '{"a":true}',
    ]);
  });

  it('reads metrics of every kind', async () => {
    const times = { startTimeUnixNano: '1790000000000000000', timeUnixNano: '1790000001000000000' };
    const metric = (name: string, data: object) => ({ name, ...data });
    const { points, report } = await readFile('metrics.json', {
      resourceMetrics: [
        {
          scopeMetrics: [
            {
              metrics: [
                metric('g', {
                  gauge: {
                    dataPoints: [
                      { ...times, asDouble: 1.5 },
                      { ...times, flags: 1 },
                    ],
                  },
                }),
                metric('e', {
                  exponentialHistogram: {
                    dataPoints: [
                      {
                        ...times,
                        count: '6',
                        sum: 20,
                        scale: 0,
                        zeroCount: '1',
                        positive: { offset: 0, bucketCounts: ['2', '3'] },
                      },
                    ],
                  },
                }),
                metric('s', {
                  summary: {
                    dataPoints: [
                      {
                        ...times,
                        count: '4',
                        sum: 9,
                        quantileValues: [{ value: 1 }, { quantile: 1, value: 5 }],
                      },
                    ],
                  },
                }),
                metric('h', {
                  histogram: {
                    dataPoints: [{ ...times, count: '1', bucketCounts: ['1'], explicitBounds: [1, 2] }],
                  },
                }),
              ],
            },
          ],
        },
      ],
    });
    expect(points.map(({ name, kind, value }) => [name, kind, value])).toStrictEqual([
      ['g', 'gauge', 1.5],
      ['e', 'histogram', { count: 6, sum: 20, min: null, max: null, ...powersOfTwo({ 0: 1, 2: 2, 4: 3 }) }],
      ['s', 'histogram', { count: 4, sum: 9, min: 1, max: 5, boundaries: [], counts: [4] }],
    ]);
    expect(report.refused).toMatchObject([{ reason: 'a data point without a value', count: 1 }]);
    expect(report.notes).toStrictEqual([
      '1 summaries were read as histograms of one bucket: their quantiles are gone',
    ]);
  });

  it('keeps two spans of one id, and does not call the same span twice a second one', async () => {
    const { report, spans } = await readFile(
      'twice.json',
      otlp(span, { ...span, endTimeUnixNano: '1790000000000000001' }, { ...span, name: 'other' }),
    );
    expect(spans.map(({ name, spanId }) => [name, spanId === span.spanId])).toStrictEqual([
      ['n', true],
      ['n', true],
      ['other', false],
    ]);
    expect(report.notes).toStrictEqual([
      '1 spans had the id of another span of their trace and got one of their own',
    ]);
  });

  it('gives all that stands before the place where a file was cut off', async () => {
    const text = JSON.stringify({
      resourceSpans: Array.from({ length: 20 }, (_, i) => ({
        scopeSpans: [{ spans: [{ ...span, spanId: `${i + 10}`.padStart(16, '0') }] }],
      })),
    });
    for (const cut of [text.slice(0, -200), text.slice(0, -1), text.slice(0, 3000)]) {
      const { report } = await readFile('cut.json', cut);
      expect(report.spans).toBeGreaterThan(10);
      expect(report.refused).toMatchObject([{ reason: 'the file ends in the middle', count: 1 }]);
    }
    const lines = Array.from({ length: 3000 }, (_, i) =>
      JSON.stringify(otlp({ ...span, name: `${i * 7919}`, spanId: `${i + 10}`.padStart(16, '0') })),
    ).join('\n');
    const packed = gzipSync(lines);
    const { report } = await readFile('cut.jsonl.gz', packed.subarray(0, packed.length - 5000));
    expect(report.spans).toBeGreaterThan(100);
    expect(report.refused).toStrictEqual([
      {
        reason: expect.stringMatching(/^Cannot read .*: it is damaged, or cut off \(.*\)$/) as string,
        count: 1,
        at: `line ${report.spans + 1}`,
      },
    ]);
  });

  it('reads UTF-16 and a byte order mark', async () => {
    const text = JSON.stringify(otlp({ ...span, name: '단어' }));
    for (const bytes of [Buffer.from(`\ufeff${text}`, 'utf16le'), Buffer.from(`\ufeff${text}`)]) {
      expect((await readFile('bom.json', bytes)).spans[0]!.name).toBe('단어');
    }
  });

  it('hands over in batches of a bounded size', async () => {
    const lines = Array.from({ length: 400 }, (_, line) =>
      JSON.stringify(
        otlp(
          ...Array.from({ length: 50 }, (_, i) => ({ ...span, spanId: (line * 50 + i + 1).toString(16) })),
        ),
      ),
    );
    const { report, batches } = await readFile('many.jsonl', lines.join('\n'));
    expect(report.spans).toBe(20_000);
    expect(batches).toBeGreaterThan(2);
  });
});

describe('Jaeger JSON', () => {
  it('gives its spans with processes, references, tags and logs', async () => {
    const { report, spans } = await readFile(fixture('jaeger-hotrod.json'));
    expect(report).toMatchObject({ format: 'jaeger', traces: 1, spans: 3 });
    expect(report.refused.map(({ reason, count }) => [reason, count])).toStrictEqual([
      ['a log without a time', 1],
      ['a span without an id', 1],
      ['a span without a start time', 1],
      ['no object', 1],
    ]);
    expect(named(spans, 'HTTP GET /dispatch')).toStrictEqual({
      traceId: '00000000000000007f5c2b9e1a3d4e60',
      spanId: '7f5c2b9e1a3d4e60',
      parentSpanId: null,
      name: 'HTTP GET /dispatch',
      kind: 'server',
      startMs: 1_790_000_000_123.456,
      endMs: 1_790_000_000_844.456,
      status: 'unset',
      statusMessage: null,
      attributes: {
        'http.status_code': 200,
        'sampler.param': true,
        big: '9007199254740993',
        'internal.span.format': 'proto',
      },
      events: [
        { name: 'HTTP request received', timeMs: 1_790_000_000_123.999, attributes: { level: 'info' } },
        {
          name: 'Finding nearest drivers',
          timeMs: 1_790_000_000_124,
          attributes: { message: 'Finding nearest drivers' },
        },
      ],
      links: [],
      origin: {
        resource: { 'service.name': 'frontend', hostname: 'web-1' },
        scope: { name: '', version: null },
      },
    });
    expect(named(spans, 'SQL SELECT')).toMatchObject({
      spanId: '000000000000001c',
      parentSpanId: '7f5c2b9e1a3d4e60',
      status: 'error',
      attributes: { 'jaeger.warnings': ['clock skew adjustment disabled'] },
      links: [{ traceId: 'aa'.padStart(32, '0'), spanId: 'bb'.padStart(16, '0') }],
      origin: { resource: { 'service.name': 'mysql' }, scope: { name: 'mysql' } },
    });
    expect(named(spans, 'the same id again')).toMatchObject({
      parentSpanId: '000000000000001c',
      status: 'error',
      attributes: { error: 'out of beer' },
      origin: { resource: { 'service.name': 'bar' } },
    });
  });

  it('is read as one trace, and as a list of traces', async () => {
    const { data } = JSON.parse(readFileSync(fixture('jaeger-hotrod.json'), 'utf8')) as { data: object[] };
    for (const document of [data[0]!, data]) {
      expect((await readFile('jaeger.json', document)).report).toMatchObject({ format: 'jaeger', spans: 3 });
    }
  });
});

describe('Zipkin JSON', () => {
  it('reads the other spans of a trace in Zipkin’s list of traces where one is not whole', async () => {
    const [span] = JSON.parse(readFileSync(fixture('zipkin.json'), 'utf8')) as object[];
    const { report, spans } = await readFile('traces.json', JSON.stringify([[span, { id: '7' }, 5]]));
    expect(report.refused).toContainEqual({ reason: 'nothing that is known here', at: '[0][1]', count: 2 });
    expect([report.format, spans.length]).toEqual(['zipkin', 1]);
  });

  it('gives its spans, client and server of one id as two', async () => {
    const { report, spans } = await readFile(fixture('zipkin.json'));
    expect(report).toMatchObject({ format: 'zipkin', traces: 1, spans: 4 });
    expect(report.refused.map(({ reason, count }) => [reason, count])).toStrictEqual([
      ['nothing that is known here', 1],
      ['an annotation without a time', 1],
      ['a span without an id', 1],
      ['a span without a start time', 1],
    ]);
    const client = spans.find(({ kind }) => kind === 'client')!;
    const server = spans.find(({ kind }) => kind === 'server')!;
    expect(client).toStrictEqual({
      traceId: '5982fe77008310cc80f1da5e10147519',
      spanId: '90394f6bcffb5d13',
      parentSpanId: null,
      name: 'get /api',
      kind: 'client',
      startMs: 1_790_000_000_052,
      endMs: 1_790_000_000_167,
      status: 'error',
      statusMessage: 'boom',
      attributes: {
        'peer.service': 'backend',
        'network.peer.address': '10.1.2.3',
        'network.peer.port': 9000,
        'http.path': '/api',
        'http.status_code': '500',
      },
      events: [{ name: 'wire send', timeMs: 1_790_000_000_053, attributes: {} }],
      links: [],
      origin: {
        resource: { 'service.name': 'frontend', 'host.ip': '127.0.0.1' },
        scope: { name: '', version: null },
      },
    });
    expect(server.spanId).not.toBe(client.spanId);
    expect(server.parentSpanId).toBe(client.spanId);
    expect(named(spans, '작업').parentSpanId).toBe(server.spanId);
    expect(named(spans, 'render')).toMatchObject({ parentSpanId: client.spanId, endMs: null });
  });

  it.skipIf(process.platform === 'win32')('is read through a pipe, which gives its bytes once', async () => {
    const path = pathFor('pipe');
    execFileSync('mkfifo', [path]);
    const writing = writeFileAsync(path, readFileSync(fixture('zipkin.json')));
    const piped = await readFile(path);
    await writing;
    const straight = await readFile(fixture('zipkin.json'));
    expect(piped.spans).toStrictEqual(straight.spans);
    expect(piped.spans).toHaveLength(4);
    expect(piped.report.refused).toStrictEqual(straight.report.refused);
  });

  it('is written in batches of a bounded size, whatever the file', async () => {
    const spans = Array.from({ length: 30_000 }, (_, i) => ({
      traceId: '1'.repeat(32),
      id: (i + 1).toString(16).padStart(16, '0'),
      name: 'x'.repeat(50),
      timestamp: 1_790_000_000_000_000 + i,
    }));
    const { batches } = await readFile('many.json', JSON.stringify(spans));
    expect(batches).toBeGreaterThan(2);
  });

  it('is read as a list of traces and as lines', async () => {
    const all = JSON.parse(readFileSync(fixture('zipkin.json'), 'utf8')) as object[];
    const good = all.slice(1, 4).concat({ ...all[0], annotations: [] });
    for (const [name, content] of [
      ['traces.json', [good, good.map((span) => ({ ...span, traceId: 'ab' }))]],
      ['spans.ndjson', good.map((span) => JSON.stringify(span)).join('\n')],
    ] as const) {
      const { report } = await readFile(name, content);
      expect(report).toMatchObject({ format: 'zipkin', spans: Array.isArray(content) ? 8 : 4, refused: [] });
    }
  });
});

describe('Chrome trace events', () => {
  it('gives slices as spans below the slice around them, though the list was never closed', async () => {
    const { report, spans, points } = await readFile(fixture('chrome-unclosed.trace'));
    expect(report).toMatchObject({ format: 'chrome', traces: 1, spans: 8, metricPoints: 1 });
    expect(report.refused.map(({ reason, count }) => [reason, count])).toStrictEqual([
      ['an event without a time', 1],
      ['the file ends in the middle', 1],
      ['an end without a begin', 1],
      ['an event of phase O, which has no place in a trace here', 1],
    ]);
    // They come as they end.
    expect(Object.fromEntries(spans.map(({ name }) => [name, parentName(spans, name)]))).toStrictEqual({
      outer: null,
      inner: 'outer',
      fetch: null,
      dns: 'fetch',
      after: null,
      nested: 'after',
      'never ends': null,
      alone: null,
    });
    const inner = named(spans, 'inner');
    expect(inner.attributes).toStrictEqual({
      'trace.category': 'devtools',
      data: '{"url":"x","n":[1,2]}',
      'thread.id': '1',
      'thread.name': 'CrRendererMain',
    });
    expect(inner.origin?.resource).toStrictEqual({ 'service.name': 'Renderer', 'process.pid': '9' });
    expect(inner.events).toMatchObject([{ name: 'mark', attributes: { why: 'test' } }]);
    expect(named(spans, 'dns').events).toMatchObject([{ name: 'packet' }]);
    expect(named(spans, 'nested').attributes).toMatchObject({ a: 1, b: 2 });
    expect(named(spans, 'never ends')).toMatchObject({ endMs: null, links: [{ spanId: inner.spanId }] });
    expect(named(spans, 'fetch').endMs! - named(spans, 'fetch').startMs).toBeCloseTo(4, 3);
    expect(points).toMatchObject([
      { name: 'heap', kind: 'gauge', value: 10, attributes: { series: 'used' } },
    ]);
  });

  it('keeps what slices last below a microsecond', async () => {
    const { spans } = await readFile('short.json', {
      traceEvents: [
        { name: 'outer', ph: 'X', pid: 1, tid: 1, ts: 1000.25, dur: 9.5 },
        { name: 'inner', ph: 'X', pid: 1, tid: 1, ts: 1001.1, dur: 0.4 },
      ],
      metadata: { 'trace-capture-datetime': '2026-01-02T03:04:05.000Z' },
    });
    const captured = Date.UTC(2026, 0, 2, 3, 4, 5);
    const ns = (ms: number, rest = 0): number => (Math.round(ms * 1000) - captured * 1000) * 1000 + rest;
    const times = ({ startMs, endMs, startRestNs, endRestNs }: SpanRecord) => [
      ns(startMs, startRestNs),
      ns(endMs!, endRestNs),
    ];
    expect(times(named(spans, 'outer'))).toEqual([250, 9750]);
    expect(times(named(spans, 'inner'))).toEqual([1100, 1500]);
  });

  it('puts times that count from a start of their own to when the file was written, or says it was captured', async () => {
    const event = { name: 'a', ph: 'X', pid: 1, tid: 1, ts: 5e6, dur: 1e6 };
    const written = await readFile(writeFile('relative.json', JSON.stringify([event])));
    expect(Math.abs(written.spans[0]!.endMs! - Date.now())).toBeLessThan(60_000);
    expect(written.report.notes).toHaveLength(1);
    const captured = await readFile('captured.json', {
      traceEvents: [event],
      metadata: { 'trace-capture-datetime': '2026-01-02T03:04:05.000Z' },
    });
    expect(captured.spans[0]!.startMs).toBe(Date.parse('2026-01-02T03:04:05.000Z'));
    const absolute = await readFile('absolute.json', [{ ...event, ts: 1_790_000_000_000_000 }]);
    expect(absolute.spans[0]!.startMs).toBe(1_790_000_000_000);
    expect(absolute.report.notes).toStrictEqual([]);
  });

  it('gives the same ids for the same file, and others for another', async () => {
    const events = (name: string) => [{ name, ph: 'X', pid: 1, tid: 1, ts: 1e15, dur: 5 }];
    const ids = async (name: string) =>
      (await readFile('same.json', events(name))).spans.map(({ traceId, spanId }) => traceId + spanId);
    expect(await ids('a')).toStrictEqual(await ids('a'));
    expect(await ids('a')).not.toStrictEqual(await ids('b'));
  });
});

describe('a file that is none of these', () => {
  it.each([
    ['text.txt', 'hello world, this is no trace'],
    ['empty.json', ''],
    ['other.json', '{"name":"tracedeck","version":"1"}'],
    ['list.json', '[1,2,3]'],
    ['image.png', Buffer.from('89504e470d0a1a0a0000000d49484452', 'hex')],
    ['broken.json', '{"a": [1, {"b": '],
  ])('is refused as a whole: %s', async (name, content) => {
    await expect(readFile(name, content)).rejects.toMatchObject({ code: 'file_unknown', category: 'user' });
  });

  it('says what to do with one that is packed, missing or a folder', async () => {
    await expect(readFile('a.zip', Buffer.from('504b030414000000', 'hex'))).rejects.toMatchObject({
      code: 'file_packed',
    });
    await expect(readFile('/nowhere/at/all.json')).rejects.toMatchObject({
      code: 'file_unreadable',
      message: 'Cannot read /nowhere/at/all.json: there is no such file or folder.',
    });
    await expect(readFile('/tmp')).rejects.toMatchObject({
      code: 'file_unreadable',
      message: 'Cannot read /tmp: it is a folder.',
    });
  });

  it('says why nothing could be read: empty, cut off, or with too many values for the memory', async () => {
    await expect(readFile('none.json', '')).rejects.toThrow('none.json is empty.');
    const packed = gzipSync(JSON.stringify({ resourceSpans: [{ scopeSpans: [], x: 'y'.repeat(1000) }] }));
    await expect(readFile('cut.json.gz', packed.subarray(0, -20))).rejects.toThrow(
      'it is damaged, or cut off',
    );
    const many = Buffer.from(`[[${'{},'.repeat(30_000_000)}{}]]`);
    await expect(readFile('many.json', many)).rejects.toMatchObject({
      code: 'file_too_large',
      message: expect.stringContaining('too many values for the memory') as string,
    });
  });
});
