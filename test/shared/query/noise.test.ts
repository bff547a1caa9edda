import { describe, expect, it } from 'vitest';
import { memoryReader } from '../../fixtures/spanReader.ts';
import { searchSpans } from '../../../electron/traces/query/search.ts';
import { readRule, spanNoise, traceNoise } from '../../../shared/query/noise.ts';
import type { SpanRecord } from '../../../shared/span.ts';
import { noiseRuleSchema, settingsSchema } from '../../../shared/settings.ts';
import { spanSearchSchema } from '../../../shared/traceQuery.ts';
import { shopTraces } from '../../renderer/fakeStore.ts';

const NOW_MS = Date.UTC(2026, 4, 5, 12);
const spans: readonly SpanRecord[] = shopTraces(NOW_MS, 40).map((span, at) => ({
  ...span,
  endMs: at % 13 === 4 ? null : span.endMs,
  attributes: { ...span.attributes, n: at, list: ['a', `b${at % 3}`], flag: at % 2 === 0 },
  events: at % 5 === 0 ? [{ name: 'retry', timeMs: span.startMs, attributes: { wait: 5 } }] : [],
}));
const reader = memoryReader(spans);

/** What the window says of each span, and what the store finds. */
function both(query: string) {
  const read = readRule(query, 'spans');
  if (!read.ok) throw new Error(read.error.message);
  const test = spanNoise(read.ast, NOW_MS)!;
  const own = spans.filter((span) =>
    test({
      name: span.name,
      service: String(span.origin!.resource['service.name']),
      depth: 0,
      selfMs: () => 0,
      record: () => span,
    }),
  );
  const found = searchSpans(reader, spanSearchSchema.parse({ query, limit: 100_000 }), { nowMs: NOW_MS });
  return [own.map(({ spanId }) => spanId).sort(), found.items.map(({ spanId }) => spanId).sort()] as const;
}

describe('a rule about spans', () => {
  it.each([
    'name = "SELECT account"',
    'name =~ "^SELECT" and not error',
    'service = pay or kind = server',
    'service in ("pay", "x") and duration > 5ms',
    'duration <= 2500us',
    'duration != 1ms',
    'has(duration)',
    'open',
    'root and version = "1.1"',
    'not root',
    'status = error and status.message contains "TIMED"',
    'timed',
    'n >= 20 and n < 40',
    'n != 3',
    'n = "3"',
    'list = b1',
    'list != b1',
    'flag = true',
    'missing != 1',
    'not missing = 1',
    'http.response.status_code in (504, 200)',
    'host.name = demo and scope.name = demo',
    'resource.host.name = demo',
    'span.host.name = demo',
    'event.name = retry',
    'event.wait > 4',
    'start > -1h',
    'start <= 2026-05-05T11:00:00Z',
    'has(parent.id)',
  ])('finds in the window what the store finds: %s', (query) => {
    const [own, found] = both(query);
    expect(own).toEqual(found);
  });

  it('is a condition on the span itself', () => {
    const fault = (query: string) => {
      const read = readRule(query, 'spans');
      return read.ok ? null : read.error.message;
    };
    expect(fault('{ name = a } > { name = b }')).toMatch(/condition alone/);
    expect(fault('name = a | count() > 3')).toMatch(/condition alone/);
    expect(fault('name = a and has(run)')).toMatch(/run is the same for all spans/);
    expect(fault('{}')).toMatch(/everything/);
    expect(fault('')).toMatch(/everything/);
    expect(fault('name =')).not.toBeNull();
    expect(readRule('{ name = a } > { name = b }', 'traces').ok).toBe(true);
    expect(readRule('{} | count() > 100', 'traces').ok).toBe(true);
  });
});

describe('a rule about traces', () => {
  const summary = {
    traceId: 'a'.repeat(32),
    name: 'ui button',
    startMs: 0,
    durationMs: 10,
    spanCount: 3,
    errorCount: 0,
    runId: null,
    service: 'tracedeck',
    version: null,
    pinned: false,
  };
  const noiseOf = (query: string) => {
    const read = readRule(query, 'traces');
    return read.ok ? traceNoise(read.ast, NOW_MS) : null;
  };

  it('is known by the summary where it asks nothing else', () => {
    const test = noiseOf(settingsSchema.parse({}).traces.noise[0]!.query)!;
    expect(test(summary)).toBe(true);
    expect(test({ ...summary, errorCount: 1 })).toBe(false);
    expect(test({ ...summary, runId: 'r' })).toBe(false);
    expect(test({ ...summary, name: 'build ui ' })).toBe(false);
    expect(noiseOf('trace.duration < 20ms')!({ ...summary, durationMs: null })).toBe(false);
    expect(noiseOf('trace.duration < 20ms and trace.spans = 3')!(summary)).toBe(true);
  });

  it('takes its spans otherwise', () => {
    expect(noiseOf('trace.name = a and name = b')).toBeNull();
    expect(noiseOf('ui')).toBeNull();
    expect(noiseOf('not { trace.name = a }')).toBeNull();
  });
});

describe('rules as settings', () => {
  it('are on and about traces unless they say otherwise, and at most twenty', () => {
    const rule = noiseRuleSchema.parse({ name: ' health ', query: 'name = health' });
    expect(rule).toEqual({ name: 'health', query: 'name = health', hides: 'traces', enabled: true });
    const many = Array.from({ length: 21 }, () => rule);
    expect(settingsSchema.safeParse({ traces: { noise: many } }).success).toBe(false);
    expect(settingsSchema.parse({ traces: { noise: [] } }).traces.noise).toEqual([]);
  });
});
