import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import { decodeSpans } from '../../../shared/spanCodec.ts';
import { METRIC } from '../../../shared/span.ts';
import type { SpanRecord } from '../../../shared/span.ts';
import { TracedeckError } from '../../../electron/errors/tracedeckError.ts';
import { rootSpanId } from '../../../electron/telemetry/tracing/idGenerator.ts';
import { initTelemetry } from '../../../electron/telemetry/telemetry.ts';
import type { Telemetry } from '../../../electron/telemetry/telemetry.ts';

const started: Telemetry[] = [];
function telemetryWith(config: Partial<Parameters<typeof initTelemetry>[0]> = {}): Telemetry {
  const telemetry = initTelemetry({ version: '1.2.3', ...config });
  started.push(telemetry);
  return telemetry;
}
afterEach(async () => {
  for (const telemetry of started.splice(0)) await telemetry.shutdown(1000);
});
const spansOf = (telemetry: Telemetry): SpanRecord[] => decodeSpans(telemetry.ring.since(0).bytes);
const named = (telemetry: Telemetry, name: string): SpanRecord =>
  spansOf(telemetry).find((span) => span.name === name)!;

describe('withSpan', () => {
  it('returns what a plain function returns and ends the span at once', () => {
    const telemetry = telemetryWith();
    expect(telemetry.withSpan('plain', { attributes: { a: 1 } }, (span) => (span.set('b', 'x'), 42))).toBe(
      42,
    );
    const span = named(telemetry, 'plain');
    expect(span).toMatchObject({ status: 'unset', parentSpanId: null, attributes: { a: 1, b: 'x' } });
    expect(span.endMs).toBeGreaterThanOrEqual(span.startMs);
  });

  it('ends the span of a promise when the promise settles, and not before', async () => {
    const telemetry = telemetryWith();
    const pending = telemetry.withSpan('slow', async () => {
      await sleep(5);
      return 'done';
    });
    expect(named(telemetry, 'slow').endMs).toBeNull();
    expect(await pending).toBe('done');
    const span = named(telemetry, 'slow');
    expect(span.endMs! - span.startMs).toBeGreaterThanOrEqual(4);
  });

  it('records what is thrown, in the span where it began, and throws it on', async () => {
    const telemetry = telemetryWith();
    const error = new TracedeckError('transient', 'rate_limited', 'The server asks to wait.');
    await expect(
      telemetry.withSpan('outer', () => telemetry.withSpan('inner', () => Promise.reject(error))),
    ).rejects.toBe(error);
    const inner = named(telemetry, 'inner');
    expect(inner).toMatchObject({
      status: 'error',
      statusMessage: 'The server asks to wait.',
      attributes: { 'error.type': 'rate_limited', 'tracedeck.error.category': 'transient' },
    });
    expect(inner.events).toHaveLength(1);
    expect(inner.events[0]).toMatchObject({
      name: 'exception',
      attributes: { 'exception.type': 'rate_limited' },
    });
    expect(inner.events[0]!.timeMs).toBeGreaterThanOrEqual(inner.startMs);
    const outer = named(telemetry, 'outer');
    expect(outer).toMatchObject({
      status: 'error',
      attributes: { 'error.type': 'rate_limited' },
      events: [],
    });
  });

  it('records what a plain function throws, even where it is no error', () => {
    const telemetry = telemetryWith();
    expect(() =>
      telemetry.withSpan('odd', () => {
        throw 'just text';
      }),
    ).toThrow('just text');
    expect(named(telemetry, 'odd')).toMatchObject({
      status: 'error',
      attributes: { 'error.type': 'string' },
    });
    expect(named(telemetry, 'odd').endMs).not.toBeNull();
  });

  it('leaves out the messages of errors that may quote their input', () => {
    const telemetry = telemetryWith();
    expect(() => telemetry.withSpan('parse', () => JSON.parse('{"front": "비밀 낱말"'))).toThrow(SyntaxError);
    expect(() =>
      telemetry.withSpan('wrap', () => {
        throw new TracedeckError('permanent', 'internal', 'quotes 비밀 낱말');
      }),
    ).toThrow();
    expect(JSON.stringify(spansOf(telemetry))).not.toContain('비밀');
    expect(named(telemetry, 'parse').attributes['error.type']).toBe('SyntaxError');
    expect(named(telemetry, 'parse').events[0]!.attributes['exception.stacktrace']).toContain('at ');
  });

  it('states a cancellation and what the input decides without calling them failures', async () => {
    const telemetry = telemetryWith();
    const aborted = AbortSignal.abort().reason as Error;
    await expect(telemetry.withSpan('cancelled', () => Promise.reject(aborted))).rejects.toBe(aborted);
    expect(() =>
      telemetry.withSpan('skipped', () => {
        throw new TracedeckError('user', 'unknown_word', 'Nothing is known of this word.');
      }),
    ).toThrow();
    expect(named(telemetry, 'cancelled')).toMatchObject({
      status: 'unset',
      attributes: { 'error.type': 'cancelled' },
    });
    expect(named(telemetry, 'skipped')).toMatchObject({
      status: 'unset',
      attributes: { 'error.type': 'unknown_word' },
    });
    expect(named(telemetry, 'skipped').events).toStrictEqual([]);
  });

  it('keeps parents apart in work that runs at the same time, across awaits', async () => {
    const telemetry = telemetryWith();
    await telemetry.withSpan('root', async () => {
      await Promise.all(
        Array.from({ length: 20 }, (_, i) =>
          telemetry.withSpan(`item ${i}`, async (item) => {
            await sleep(Math.random() * 5);
            expect(telemetry.currentIds()).toStrictEqual({ traceId: item.traceId, spanId: item.spanId });
            await telemetry.withSpan(`stage ${i}`, async () => {
              await sleep(Math.random() * 5);
              telemetry.withSpan(`leaf ${i}`, () => undefined);
            });
            expect(telemetry.currentIds()?.spanId).toBe(item.spanId);
          }),
        ),
      );
    });
    expect(telemetry.currentIds()).toBeNull();
    const spans = spansOf(telemetry);
    const root = named(telemetry, 'root');
    expect(new Set(spans.map(({ traceId }) => traceId))).toStrictEqual(new Set([root.traceId]));
    for (let i = 0; i < 20; i += 1) {
      expect(named(telemetry, `item ${i}`).parentSpanId).toBe(root.spanId);
      expect(named(telemetry, `stage ${i}`).parentSpanId).toBe(named(telemetry, `item ${i}`).spanId);
      expect(named(telemetry, `leaf ${i}`).parentSpanId).toBe(named(telemetry, `stage ${i}`).spanId);
    }
  });

  it('starts before its children and ends after them, to the microsecond', () => {
    const telemetry = telemetryWith();
    telemetry.withSpan('root', () => {
      for (let i = 0; i < 50; i += 1) telemetry.withSpan('child', () => undefined);
    });
    const root = named(telemetry, 'root');
    const children = spansOf(telemetry).filter(({ name }) => name === 'child');
    for (const [i, child] of children.entries()) {
      expect(child.startMs).toBeGreaterThanOrEqual(i === 0 ? root.startMs : children[i - 1]!.endMs!);
      expect(child.endMs!).toBeLessThanOrEqual(root.endMs!);
    }
    expect(Math.abs(root.startMs - Date.now())).toBeLessThan(60_000);
  });

  it('takes a parent from elsewhere, and starts a new trace where it is told to', () => {
    const telemetry = telemetryWith();
    const far = { traceId: 'ab'.repeat(16), spanId: 'cd'.repeat(8) };
    telemetry.withSpan('remote', { parent: far, kind: 'server' }, () => {
      telemetry.withSpan('own trace', { parent: null, links: [far] }, (span) => {
        expect(span.spanId).toBe(rootSpanId(span.traceId));
      });
    });
    expect(named(telemetry, 'remote')).toMatchObject({
      traceId: far.traceId,
      parentSpanId: far.spanId,
      kind: 'server',
    });
    const own = named(telemetry, 'own trace');
    expect(own).toMatchObject({ parentSpanId: null, links: [{ ...far, attributes: {} }] });
    expect(own.traceId).not.toBe(far.traceId);
  });

  it('carries the trace in a W3C header', () => {
    const telemetry = telemetryWith();
    expect(telemetry.traceparent()).toBeNull();
    telemetry.withSpan('call', (span) => {
      expect(telemetry.traceparent()).toBe(`00-${span.traceId}-${span.spanId}-01`);
    });
  });

  it('does nothing but call the function when it is off', async () => {
    const telemetry = telemetryWith({ enabled: false });
    const value = telemetry.withSpan('off', (span) => {
      span.set('key', 'value');
      span.addEvent('event');
      span.recordError(new Error('x'));
      span.end();
      return [span.traceId, telemetry.currentIds(), telemetry.traceparent()] as const;
    });
    expect(value).toStrictEqual(['0'.repeat(32), null, null]);
    expect(telemetry.ring.counts().started).toBe(0);
    telemetry.instruments.cards.add(3);
    expect(await telemetry.collectMetrics()).toStrictEqual([]);
    telemetry.logger.warn('still written');
    expect(telemetry.logger.recent(null, 10)).toHaveLength(1);
  });

  it('never lets a fault of its own reach the caller', () => {
    const telemetry = telemetryWith();
    telemetry.ring.onChange(() => {
      throw new Error('listener');
    });
    expect(telemetry.withSpan('work', () => 'fine')).toBe('fine');
    expect(telemetry.faults).toBeGreaterThan(0);
  });
});

describe('redaction', () => {
  const KEY = 'sk-proj-Zm9vYmFyYmF6cXV4MTIzNDU2Nzg5MA';
  const canaries: readonly (readonly [what: string, text: string, secret: string])[] = [
    ['a bearer token', `authorization: Bearer ${KEY}`, KEY],
    ['a basic login', 'Authorization: Basic dXNlcjpwYXNzd29yZA==', 'dXNlcjpwYXNzd29yZA'],
    ['a key in JSON', '{"api_key":"0123456789abcdef-canary"}', '0123456789abcdef-canary'],
    ['a header of its own', 'x-api-key: canary-value-1', 'canary-value-1'],
    ['a key in a query', 'GET https://host/v1/models?key=canary-value-2&x=1', 'canary-value-2'],
    ['a login in a URL', 'https://somebody:canarypass@host/v1', 'canarypass'],
    ['a bare key', `the server said ${KEY} is wrong`, KEY],
    ['a Google key', 'AIzaSyA1234567890abcdefghijklmnopqrstuv', 'AIzaSyA1234567890'],
    ['a GitHub token', 'ghp_0123456789abcdefABCDEF0123456789abcd', 'ghp_0123456789'],
    ['a JSON web token', 'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.c2lnbmF0dXJl', 'eyJzdWIiOiIxMjM0In0'],
  ];

  it.each(canaries)('keeps %s out of spans and logs', (_what, text, secret) => {
    const telemetry = telemetryWith();
    const found = JSON.stringify([...everythingFrom(telemetry, text)]);
    expect(found).not.toContain(secret);
    expect(found).toContain('[redacted]');
  });

  it('keeps out a secret that it was told of, whatever it looks like', () => {
    const telemetry = telemetryWith();
    telemetry.protectSecret('plain words/secret');
    const text = 'before plain words/secret after plain%20words%2Fsecret';
    expect(JSON.stringify([...everythingFrom(telemetry, text)])).not.toMatch(/plain.words/);
  });

  it('replaces whatever stands under the name of a secret, and leaves token counts alone', () => {
    const telemetry = telemetryWith();
    const attributes = {
      authorization: 'x',
      'server.api_key': 'short',
      'gen_ai.token.type': 'input',
      'gen_ai.usage.input_tokens': 12,
    };
    telemetry.withSpan('call', { attributes }, () => telemetry.logger.info('m', attributes));
    const expected = {
      authorization: '[redacted]',
      'server.api_key': '[redacted]',
      'gen_ai.token.type': 'input',
      'gen_ai.usage.input_tokens': 12,
    };
    expect(named(telemetry, 'call').attributes).toStrictEqual(expected);
    expect(telemetry.logger.recent(null, 1)[0]!.attributes).toStrictEqual(expected);
  });

  it('leaves ordinary text as it is', () => {
    const telemetry = telemetryWith();
    const text =
      'Row 12: 3 cards in deck Basics · https://127.0.0.1:11434/v1/chat/completions · task-list-of-things';
    telemetry.logger.info(text);
    expect(telemetry.logger.recent(null, 1)[0]!.message).toBe(text);
  });

  function* everythingFrom(telemetry: Telemetry, text: string) {
    const error = new TracedeckError('permanent', 'bad_request', text);
    try {
      telemetry.withSpan(`name ${text}`, { attributes: { text, list: [text] } }, (span) => {
        span.addEvent(`event`, { text });
        telemetry.logger.error(text, { text, list: [text] });
        throw error;
      });
    } catch {
      // What counts is what was recorded of it.
    }
    yield* spansOf(telemetry);
    yield* telemetry.logger.recent(null, 100);
  }
});

describe('logger', () => {
  it('gives every record the ids of its span, and tells its listeners', async () => {
    const telemetry = telemetryWith({ logLevel: 'debug' });
    const heard: string[] = [];
    const stop = telemetry.logger.onRecord(({ message }) => heard.push(message));
    telemetry.logger.onRecord(() => {
      throw new Error('a listener of no use');
    });
    const ids = await telemetry.withSpan('work', async (span) => {
      await sleep(1);
      telemetry.logger.info('inside', { row: 3 });
      return { traceId: span.traceId, spanId: span.spanId };
    });
    telemetry.logger.debug('outside');
    stop();
    telemetry.logger.warn('unheard');
    expect(heard).toStrictEqual(['inside', 'outside']);
    expect(telemetry.logger.recent(ids.traceId, 10)).toMatchObject([
      { ...ids, message: 'inside', level: 'info', attributes: { row: 3 } },
    ]);
    expect(telemetry.logger.recent(null, 2).map(({ message }) => message)).toStrictEqual([
      'outside',
      'unheard',
    ]);
    expect(telemetry.logger.recent(null, 1)[0]!.traceId).toBeNull();
  });

  it('keeps only the latest records and leaves lower levels out', () => {
    const telemetry = telemetryWith({ logCapacity: 10 });
    telemetry.logger.debug('too low');
    for (let i = 0; i < 57; i += 1) telemetry.logger.info(`message ${i}`);
    const records = telemetry.logger.recent(null, 1000);
    expect(records).toHaveLength(10);
    expect(records.at(-1)!.message).toBe('message 56');
  });

  it('writes one line of JSON a record, all of them by the time of the shutdown', async () => {
    const dir = mkdtempSync(join(tmpdir(), 'tracedeck-log-'));
    try {
      const file = join(dir, 'logs', 'tracedeck.log');
      const telemetry = telemetryWith({ logFile: file });
      telemetry.withSpan('work', () => telemetry.logger.info('first\nline', { a: 1 }));
      telemetry.logger.error('second');
      expect(await telemetry.shutdown(2000)).toBe(true);
      const lines = readFileSync(file, 'utf8')
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as object);
      expect(lines).toMatchObject([
        {
          level: 'info',
          message: 'first\nline',
          attributes: { a: 1 },
          traceId: expect.any(String) as string,
        },
        { level: 'error', message: 'second' },
      ]);
    } finally {
      rmSync(dir, { recursive: true, force: true });
    }
  });
});

describe('metrics', () => {
  it('hands totals out as plain data, with units and microsecond buckets for the database', async () => {
    const telemetry = telemetryWith();
    const { instruments } = telemetry;
    instruments.items.add(2, { state: 'done' });
    instruments.items.add(1, { state: 'done' });
    instruments.dbDuration.record(0.000_03);
    instruments.watchCache(() => ({
      memory: { evictions: 4, bytes: 100 },
      disk: { evictions: 0, bytes: 900 },
    }));
    const metrics = await telemetry.collectMetrics();
    const metric = (name: string) => metrics.find((one) => one.name === name)!;
    expect(metric(METRIC.itemCount)).toMatchObject({
      kind: 'counter',
      unit: '{item}',
      points: [{ attributes: { state: 'done' }, value: 3 }],
    });
    const duration = metric(METRIC.dbDuration);
    expect(duration).toMatchObject({
      kind: 'histogram',
      unit: 's',
      points: [{ value: { count: 1, min: 0.000_03 } }],
    });
    const { boundaries, counts } = duration.points[0]!.value as unknown as {
      boundaries: number[];
      counts: number[];
    };
    expect(boundaries[counts.indexOf(1)]).toBe(5e-5);
    expect(metric(METRIC.cacheBytes)).toMatchObject({ kind: 'gauge', unit: 'By' });
    expect(metric(METRIC.cacheEvictions).points).toContainEqual({
      attributes: { 'tracedeck.cache.tier': 'memory' },
      value: 4,
    });
  });
});

describe('shutdown', () => {
  it('gives up after the time it was given, and says so', async () => {
    const telemetry = telemetryWith();
    telemetry.onShutdown(() => new Promise(() => undefined));
    const startMs = performance.now();
    expect(await telemetry.shutdown(50)).toBe(false);
    expect(performance.now() - startMs).toBeLessThan(5000);
  });

  it('survives a flush that fails', async () => {
    const telemetry = telemetryWith();
    telemetry.onShutdown(() => Promise.reject(new Error('disk')));
    expect(await telemetry.shutdown(1000)).toBe(false);
    expect(telemetry.faults).toBe(1);
  });

  it('names the process in its resource', () => {
    expect(telemetryWith().resource).toMatchObject({
      'service.name': 'tracedeck',
      'service.version': '1.2.3',
    });
  });
});
