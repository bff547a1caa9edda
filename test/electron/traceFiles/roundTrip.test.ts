import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { nearestUs } from '../../../shared/nanoseconds.ts';
import type { SpanRecord } from '../../../shared/span.ts';
import { syntheticTrace } from '../../fixtures/syntheticTrace.ts';
import { aSpan, byId, exported, inNanoseconds, readFile } from './files.ts';
import { randomSpans } from './randomSpans.ts';

const spans = randomSpans(800);

describe('what is written comes back', () => {
  for (const [format, name] of [
    ['otlp', 'all.json'],
    ['otlp-jsonl', 'all.jsonl'],
  ] as const) {
    it(`as it was, through ${format}`, async () => {
      const { text, report } = await exported(format, spans);
      expect(report).toMatchObject({
        format,
        traces: 3,
        spans: 800,
        bytes: Buffer.byteLength(text),
        notes: [],
      });
      const read = await readFile(name, text);
      expect(read.report).toMatchObject({
        file: name,
        format,
        traces: 3,
        spans: 800,
        refused: [],
        notes: [],
      });
      expect(byId(read.spans)).toStrictEqual(byId(spans));
    });
  }

  it('as it was, of a document that holds one span alone', async () => {
    const { report, spans } = await readFile('single.json', (await exported('otlp', [aSpan()])).text);
    expect(report).toMatchObject({ format: 'otlp', spans: 1, refused: [] });
    expect(spans).toStrictEqual([aSpan()]);
  });

  it('as it was, packed with gzip and whatever the file is called', async () => {
    const { text } = await exported('otlp', spans);
    const read = await readFile('nothing.dat', gzipSync(text));
    expect(byId(read.spans)).toStrictEqual(byId(spans));
  });

  it('through Chrome’s trace events, but for infinities', async () => {
    const { text } = await exported('chrome', spans);
    const read = await readFile('all.trace.json', text);
    expect(read.report).toMatchObject({ format: 'chrome', spans: 800, refused: [], notes: [] });
    expect(byId(read.spans)).toStrictEqual(byId(spans.map(withoutWhatJsonLacks)));
  });

  it('through Chrome’s trace events with their own categories', async () => {
    const chromium = [aSpan({ attributes: { 'trace.category': 'blink,devtools', 'thread.name': 'Main' } })];
    const { text } = await exported('chrome', chromium);
    expect(text).toContain('"cat":"blink,devtools"');
    expect((await readFile('all.trace.json', text)).spans).toStrictEqual(chromium);
  });

  it('through Jaeger’s JSON, to the microsecond and without what it has no place for', async () => {
    const { text } = await exported('jaeger', spans);
    const read = await readFile('all.jaeger.json', text);
    expect(read.report).toMatchObject({ format: 'jaeger', spans: 800, refused: [] });
    expect(byId(read.spans)).toStrictEqual(byId(spans.map(asJaegerKeepsIt)));
  });

  it('of a whole run as the pipeline makes it', async () => {
    const run = syntheticTrace({ items: 300 });
    for (const format of ['otlp', 'otlp-jsonl', 'chrome'] as const) {
      const { text } = await exported(format, run);
      const read = await readFile('run.json', text);
      const wanted = format === 'chrome' ? run : run.map(inNanoseconds);
      expect(byId(read.spans)).toStrictEqual(byId(wanted));
    }
  });
});

/** JSON has neither infinities nor a negative zero. */
function withoutWhatJsonLacks(span: SpanRecord): SpanRecord {
  const plain = JSON.parse(JSON.stringify([span.attributes, span.events, span.links])) as [
    never,
    never,
    never,
  ];
  const [attributes, events, links] = mapped(plain, (value) => (value === null ? '' : value)) as typeof plain;
  return { ...span, attributes, events, links };
}

function mapped(value: unknown, map: (value: unknown) => unknown): unknown {
  if (Array.isArray(value)) return value.map((part) => mapped(part, map));
  if (typeof value !== 'object' || value === null) return map(value);
  return mapObject(value, (part) => mapped(part, map));
}

function mapObject(object: object, map: (value: unknown) => unknown): object {
  const made = {};
  for (const [key, value] of Object.entries(object))
    Object.defineProperty(made, key, {
      value: map(value),
      enumerable: true,
      configurable: true,
      writable: true,
    });
  return made;
}

function asJaegerKeepsIt(span: SpanRecord): SpanRecord {
  const micros = (ms: number, restNs?: number): number => nearestUs(ms, restNs) / 1000;
  const tags = <T extends object>(attributes: T): T =>
    mapObject(attributes, (value) =>
      Array.isArray(value)
        ? JSON.stringify(value)
        : typeof value === 'number' && !Number.isFinite(value)
          ? String(value)
          : Object.is(value, -0)
            ? 0
            : value,
    ) as T;
  const { dropped: _lost, startRestNs, endRestNs, ...kept } = span;
  const startMs = micros(span.startMs, startRestNs);
  const endMs = span.endMs === null ? null : micros(span.endMs, endRestNs);
  const isNegative = endMs !== null && endMs < startMs;
  return {
    ...kept,
    startMs,
    endMs: endMs === null ? null : Math.max(startMs, endMs),
    attributes: {
      ...tags(span.attributes),
      ...(isNegative ? { 'jaeger.warnings': ['This span ends before it starts.'] } : {}),
    },
    events: span.events.map(({ name, timeMs, timeRestNs, attributes }) => ({
      name,
      timeMs: micros(timeMs, timeRestNs),
      attributes: tags(attributes),
    })),
    links: span.links.map((link) => ({ ...link, attributes: {} })),
  };
}
