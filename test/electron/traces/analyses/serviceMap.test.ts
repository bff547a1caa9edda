import { describe, expect, it } from 'vitest';
import { serviceMap } from '../../../../electron/traces/analyses/serviceMap.ts';
import type { SpanKind, SpanRecord } from '../../../../shared/span.ts';
import { memoryReader } from '../../../fixtures/spanReader.ts';
import { spanTree } from '../../../fixtures/spanTree.ts';

const ALL = { query: '', fromMs: null, toMs: null } as const;

/** Names are `service/kind`; the rest as in `spanTree`. */
function services(text: string): SpanRecord[] {
  return spanTree(text).map((record) => {
    const [service, kind] = record.name.split('/') as [string, SpanKind];
    return {
      ...record,
      kind,
      origin: { resource: { 'service.name': service }, scope: { name: 's', version: null } },
    };
  });
}
function mapOf(text: string, perBlock: number) {
  const { nodes, edges } = serviceMap(memoryReader(services(text), { perBlock }), ALL);
  return {
    nodes: Object.fromEntries(nodes.map(({ id, kind, spans, errors }) => [id, [kind, spans, errors]])),
    edges: edges.map(({ from, to, calls, errors }) => [from, to, calls, errors]),
  };
}

describe.each([1000, 2, 1])('serviceMap, %i spans a block', (perBlock) => {
  it('has a call where a span is of another service than its parent, and a peer where nobody answers', () => {
    const text = `
      shop/server 0-100
        shop/client 10-50 server.address=stock
          stock/server 20-40 error
            stock/client 21-30 db.system.name=postgresql db.namespace=goods error
        shop/client 50-60 server.address=bank.example
        shop/producer 60-61 messaging.system=kafka messaging.destination.name=orders
        shop/internal 70-80`;
    expect(mapOf(text, perBlock)).toEqual({
      nodes: {
        shop: ['service', 5, 0],
        stock: ['service', 2, 2],
        'postgresql goods': ['database', 1, 1],
        'bank.example': ['server', 1, 0],
        'kafka orders': ['queue', 1, 0],
      },
      edges: [
        ['shop', 'bank.example', 1, 0],
        ['shop', 'kafka orders', 1, 0],
        ['shop', 'stock', 1, 1],
        ['stock', 'postgresql goods', 1, 1],
      ],
    });
  });

  it('counts a model call and its exchanges once', () => {
    const text = `
      app/internal 0-100
        app/client 0-50 gen_ai.operation.name=chat gen_ai.provider.name=openai server.address=localhost
          app/client 1-20 http.request.method=POST server.address=localhost error
          app/client 25-49 http.request.method=POST server.address=localhost`;
    expect(mapOf(text, perBlock).edges).toEqual([['app', 'openai localhost', 1, 0]]);
  });

  it('does not take a model that answers with spans of its own for a peer as well', () => {
    const text = `
      app/client 0-50 gen_ai.operation.name=chat gen_ai.provider.name=openai
        app/client 1-49 http.request.method=POST server.address=localhost
          llm/server 2-48`;
    expect(mapOf(text, perBlock)).toEqual({
      nodes: { app: ['service', 2, 0], llm: ['service', 1, 0] },
      edges: [['app', 'llm', 1, 0]],
    });
  });

  it('counts statements, and not the transaction around them', () => {
    const text = `
      app/client 0-50 db.system.name=sqlite db.namespace=deck
        app/client 1-2 db.system.name=sqlite db.namespace=deck
        app/client 3-4 db.system.name=sqlite db.namespace=deck`;
    expect(mapOf(text, perBlock).edges).toEqual([['app', 'sqlite deck', 2, 0]]);
  });

  it('does not take an agent for its provider', () => {
    const text = `
      app/internal 0-50 gen_ai.operation.name=invoke_agent gen_ai.provider.name=openai
        app/client 1-2 gen_ai.operation.name=chat gen_ai.provider.name=openai`;
    expect(mapOf(text, perBlock).edges).toEqual([['app', 'openai', 1, 0]]);
  });

  it('tells a store from a service of the same name', () => {
    const text = `
      redis/server 0-5
      app/client 0-5 db.system.name=redis`;
    expect(mapOf(text, perBlock).nodes).toEqual({
      redis: ['service', 1, 0],
      app: ['service', 1, 0],
      'redis (database)': ['database', 1, 0],
    });
  });

  it('has durations of what was asked, and says what was looked at', () => {
    const reader = memoryReader(
      services(`
        a/server 0-100
          b/server 0-40
          b/server 0-60`),
      { perBlock },
    );
    const { nodes, edges, leftOut } = serviceMap(reader, ALL);
    expect(edges[0]!.p50Ms / 40).toBeCloseTo(1, 1);
    expect(edges[0]!.p95Ms / 60).toBeCloseTo(1, 1);
    expect(nodes.find(({ id }) => id === 'a')!.p95Ms / 100).toBeCloseTo(1, 1);
    expect(leftOut.scanned).toBe(3);
  });
});
