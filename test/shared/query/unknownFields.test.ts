import { describe, expect, it } from 'vitest';
import { unknownFields, unknownFieldText } from '../../../shared/query/unknownFields.ts';

const catalog = {
  operations: [],
  services: [],
  attributes: ['http.route', 'http.request.method', 'host.name', 'odd key'].map((key) => ({
    key,
    types: ['string'] as const,
    values: [],
  })),
};
const unknown = (query: string) => unknownFields(query, catalog);

describe('fields that no span has', () => {
  it('are told with what may have been meant, as a query writes it', () => {
    expect(unknown('duratoin > 1 and http.rout = "/"')).toEqual([
      { field: 'duratoin', near: ['duration'] },
      { field: 'http.rout', near: ['http.route'] },
    ]);
    expect(unknown('resource.hostname = a')).toEqual([
      { field: 'resource.hostname', near: ['resource.host.name'] },
    ]);
    expect(unknown('oddkey = a')).toEqual([{ field: 'oddkey', near: ['`odd key`'] }]);
  });

  it('are found wherever a query may ask, each once', () => {
    const query =
      '({ foo = 1 } > { not bar = 2 } && !{ has(baz) }) | sum(qux) > 1 or count() > 3 and max(foo) = 1';
    expect(unknown(query).map(({ field }) => field)).toEqual(['foo', 'bar', 'baz', 'qux']);
  });

  it('are none where the catalog has them, knows nothing of them, or the query cannot be read', () => {
    expect(unknown('http.route = "/" and span.http.route = "/" and duration > 1ms and "words"')).toEqual([]);
    expect(unknown('event.kind = 1 or link.kind = 2')).toEqual([]);
    expect(unknown('')).toEqual([]);
    expect(unknown('foo = ')).toEqual([]);
  });

  it('are told in a sentence', () => {
    expect(unknownFieldText({ field: 'duratoin', near: ['duration'] })).toBe(
      'No recent span has duratoin. Did you mean duration?',
    );
    expect(unknownFieldText({ field: 'q', near: [] })).toBe('No recent span has q.');
  });
});
