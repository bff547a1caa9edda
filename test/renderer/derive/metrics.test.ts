import { describe, expect, it } from 'vitest';
import type { MetricSnapshot } from '../../../shared/metric.ts';
import { attributeText, metricsInOrder } from '../../../renderer/derive/metrics.ts';

const metric = (name: string, points = 1): MetricSnapshot => ({
  name,
  unit: '1',
  description: '',
  kind: 'counter',
  points: Array.from({ length: points }, () => ({ attributes: {}, value: 1 })),
});

describe('metrics', () => {
  it('begin with what a run is about and end with what nobody here knows; what counted nothing is left out', () => {
    const names = ['other', 'db.a', 'tracedeck.items', 'http.a', 'gen_ai.a', 'tracedeck.cards'];
    const all = [...names.map((name) => metric(name)), metric('tracedeck.none', 0)];
    expect(metricsInOrder(all).map(({ name }) => name)).toStrictEqual([
      'tracedeck.items',
      'tracedeck.cards',
      'gen_ai.a',
      'http.a',
      'db.a',
      'other',
    ]);
  });

  it('have their attributes in short, a statement by its summary', () => {
    expect(attributeText({ 'tracedeck.cache.tier': 'disk', 'gen_ai.token.type': 'input' })).toBe(
      'tier=disk  token.type=input',
    );
    const statement = { 'db.system.name': 'sqlite', 'db.namespace': 'deck', 'db.operation.name': 'SELECT' };
    expect(attributeText(statement)).toBe('system.name=sqlite  namespace=deck  operation.name=SELECT');
    expect(attributeText({ ...statement, 'db.query.summary': 'SELECT notes' })).toBe(
      'namespace=deck  summary=SELECT notes',
    );
  });
});
