import { describe, expect, it } from 'vitest';
import { bestExemplar, instrumentFor } from '../../../renderer/derive/spanMetrics.ts';
import type { FoundExemplar, MetricInstrument } from '../../../shared/traceQuery.ts';

const instrument = (name: string, service = 'tracedeck'): MetricInstrument => ({
  name,
  unit: 's',
  description: '',
  kind: 'histogram',
  service,
  series: 1,
  firstMs: 0,
  lastMs: 1,
});
const exemplar = (parts: Partial<FoundExemplar>): FoundExemplar => ({
  name: 'tracedeck.items',
  service: 'tracedeck',
  kind: 'counter',
  unit: '{item}',
  attributes: {},
  value: 1,
  timeMs: 0,
  traceId: 'a'.repeat(32),
  spanId: 'b'.repeat(16),
  ...parts,
});
const span = (attributes: Record<string, string>, name = 'work', kind: 'client' | 'server' = 'client') => ({
  name,
  kind,
  attributes,
});

describe('the metric of a span', () => {
  it('is one with a record of the span itself, rather times than amounts', () => {
    const own = 'c'.repeat(16);
    const found = [
      exemplar({ kind: 'histogram', unit: 's', name: 'of the trace' }),
      exemplar({ spanId: own, name: 'count' }),
      exemplar({ spanId: own, kind: 'histogram', unit: 'By', name: 'size' }),
      exemplar({ spanId: own, kind: 'histogram', unit: 's', name: 'time' }),
    ];
    expect(bestExemplar(found, own)!.name).toBe('time');
    expect(bestExemplar(found.slice(0, 2), own)!.name).toBe('count');
    expect(bestExemplar(found, 'd'.repeat(16))!.name).toBe('of the trace');
    expect(bestExemplar([], own)).toBeNull();
  });

  it('is else the one that measures such operations, of its own service if there is one', () => {
    const all = [
      instrument('db.client.operation.duration'),
      instrument('db.client.operation.duration', 'stock'),
      instrument('http.server.request.duration'),
      instrument('tracedeck.item.duration'),
    ];
    expect(instrumentFor(span({ 'db.system.name': 'sqlite' }), 'stock', all)).toBe(all[1]);
    expect(instrumentFor(span({ 'db.system.name': 'sqlite' }), 'shop', all)).toBe(all[0]);
    const request = { 'http.request.method': 'GET' };
    expect(instrumentFor(span(request, 'GET', 'server'), 'shop', all)).toBe(all[2]);
    expect(instrumentFor(span(request, 'GET'), 'shop', all)).toBeNull();
    expect(instrumentFor(span({}, 'item'), 'tracedeck', all)).toBe(all[3]);
    expect(instrumentFor(span({}), 'tracedeck', all)).toBeNull();
  });
});
