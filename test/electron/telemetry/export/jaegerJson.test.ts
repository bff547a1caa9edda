import { describe, expect, it } from 'vitest';
import { toJaegerTrace } from '../../../../shared/traceFormats/jaegerJson.ts';
import { pipelineSpans, span } from '../pipelineSpans.ts';

const resource = { 'service.name': 'tracedeck', 'process.pid': 7, 'host.tags': ['a', 'b'] };
const first = (part: Parameters<typeof span>[0]) => toJaegerTrace(resource, [span(part)], null).spans[0]!;

describe('Jaeger’s JSON', () => {
  it('has everything of a span under Jaeger’s names', () => {
    const trace = toJaegerTrace(
      resource,
      [
        span({
          parentSpanId: 'aaaaaaaaaaaaaaaa',
          name: 'chat gpt',
          kind: 'client',
          startMs: 1_790_000_000_000.25,
          endMs: 1_790_000_000_010.5,
          status: 'error',
          statusMessage: 'timed out',
          attributes: {
            text: 't',
            whole: 3,
            part: 0.5,
            yes: true,
            many: ['x', 'y'],
            huge: 1e300,
            none: Infinity,
          },
          events: [{ name: 'retry', timeMs: 1_790_000_000_005.125, attributes: { attempt: 2 } }],
          links: [{ traceId: 'f'.repeat(32), spanId: 'e'.repeat(16), attributes: { why: 'resumed' } }],
        }),
      ],
      null,
    );
    expect(trace).toStrictEqual({
      traceID: '0123456789abcdef0123456789abcdef',
      spans: [
        {
          traceID: '0123456789abcdef0123456789abcdef',
          spanID: '0123456789abcdef',
          flags: 1,
          operationName: 'chat gpt',
          references: [
            {
              refType: 'CHILD_OF',
              traceID: '0123456789abcdef0123456789abcdef',
              spanID: 'aaaaaaaaaaaaaaaa',
            },
            { refType: 'FOLLOWS_FROM', traceID: 'f'.repeat(32), spanID: 'e'.repeat(16) },
          ],
          startTime: 1_790_000_000_000_250,
          duration: 10_250,
          tags: [
            { key: 'text', type: 'string', value: 't' },
            { key: 'whole', type: 'int64', value: 3 },
            { key: 'part', type: 'float64', value: 0.5 },
            { key: 'yes', type: 'bool', value: true },
            { key: 'many', type: 'string', value: '["x","y"]' },
            { key: 'huge', type: 'float64', value: 1e300 },
            { key: 'none', type: 'string', value: 'Infinity' },
            { key: 'span.kind', type: 'string', value: 'client' },
            { key: 'otel.status_code', type: 'string', value: 'ERROR' },
            { key: 'otel.status_description', type: 'string', value: 'timed out' },
            { key: 'error', type: 'bool', value: true },
          ],
          logs: [
            {
              timestamp: 1_790_000_000_005_125,
              fields: [
                { key: 'event', type: 'string', value: 'retry' },
                { key: 'attempt', type: 'int64', value: 2 },
              ],
            },
          ],
          processID: 'p1',
          warnings: null,
        },
      ],
      processes: {
        p1: {
          serviceName: 'tracedeck',
          tags: [
            { key: 'process.pid', type: 'int64', value: 7 },
            { key: 'host.tags', type: 'string', value: '["a","b"]' },
          ],
        },
      },
      warnings: null,
    });
  });

  it('says nothing of a status that is unset, and OK where it is', () => {
    const codes = (part: Parameters<typeof span>[0]) =>
      first(part)
        .tags.filter(({ key }) => key.startsWith('otel.') || key === 'error')
        .map(({ value }) => value);
    expect(codes({})).toStrictEqual([]);
    expect(codes({ status: 'ok' })).toStrictEqual(['OK']);
  });

  it('warns of spans that are open or end before they start', () => {
    expect(first({ endMs: null })).toMatchObject({ duration: 0, warnings: ['This span has not ended.'] });
    expect(first({ startMs: 10, endMs: 5 })).toMatchObject({
      duration: 0,
      warnings: ['This span ends before it starts.'],
    });
  });

  it('names a service that has no name', () => {
    expect(toJaegerTrace({}, [span()], null).processes['p1']!.serviceName).toBe('unknown_service');
  });

  it('rounds so that a child never leaves its parent', () => {
    const spans = pipelineSpans(3000);
    const trace = toJaegerTrace(resource, spans, null);
    const byId = new Map(trace.spans.map((item) => [item.spanID, item]));
    const records = new Map(spans.map((record) => [record.spanId, record]));
    let children = 0;
    for (const child of trace.spans) {
      const parent = byId.get(child.references[0]?.spanID ?? '');
      if (parent === undefined) continue;
      const [inner, outer] = [records.get(child.spanID)!, records.get(parent.spanID)!];
      if (inner.startMs < outer.startMs || inner.endMs! > outer.endMs!) continue;
      children += 1;
      expect(child.startTime).toBeGreaterThanOrEqual(parent.startTime);
      expect(child.startTime + child.duration).toBeLessThanOrEqual(parent.startTime + parent.duration);
    }
    expect(children).toBeGreaterThan(1000);
  });
});
