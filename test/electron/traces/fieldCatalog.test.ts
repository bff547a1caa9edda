import { describe, expect, it } from 'vitest';
import { createFieldCatalog } from '../../../electron/traces/fieldCatalog.ts';
import type { Attributes, SpanRecord } from '../../../shared/span.ts';
import { memoryReader } from '../../fixtures/spanReader.ts';
import { spanTree } from '../../fixtures/spanTree.ts';

function spansWith(attributes: readonly Attributes[], rest: Partial<SpanRecord> = {}): SpanRecord[] {
  const [one] = spanTree('op 0-1');
  return attributes.map((of, i) => ({
    ...one!,
    spanId: (i + 1).toString(16).padStart(16, '0'),
    attributes: of,
    ...rest,
  }));
}
const catalogOf = (spans: readonly SpanRecord[], perBlock = 3) =>
  createFieldCatalog().of(memoryReader(spans, { perBlock }));

describe('the catalog of fields', () => {
  it('knows operations, services and keys with the types that occur', () => {
    const shop = { resource: { 'service.name': 'shop' }, scope: { name: '', version: null } };
    const spans = [
      ...spansWith([{ a: 'x', n: 1 }, { a: 2 }, { flag: true, list: ['q'] }, { n: 1.5 }]),
      ...spansWith([{}], { name: 'other', origin: shop, traceId: '2'.repeat(32) }),
    ];
    expect(catalogOf(spans)).toEqual({
      operations: ['op', 'other'],
      services: ['tracedeck', 'shop'],
      attributes: [
        { key: 'a', types: ['number', 'string'], values: ['2', 'x'] },
        { key: 'flag', types: ['boolean'], values: ['true'] },
        { key: 'list', types: ['list'], values: [] },
        { key: 'n', types: ['number'], values: ['1', '1.5'] },
        { key: 'service.name', types: ['string'], values: ['tracedeck', 'shop'] },
        { key: 'service.version', types: ['string'], values: ['0.0.0'] },
      ],
    });
  });

  it('gives the most frequent values first, fifty at most, counted over all blocks', () => {
    const spans = spansWith(
      Array.from({ length: 200 }, (_, i) => ({ route: i % 3 === 0 ? '/often' : `/seldom/${i % 70}` })),
    );
    const [route] = catalogOf(spans, 16).attributes;
    expect(route!.values[0]).toBe('/often');
    expect(route!.values).toHaveLength(50);
  });

  it('leaves out texts, and figures that differ all the time', () => {
    const spans = spansWith(
      Array.from({ length: 120 }, (_, i) => ({
        text: 'x'.repeat(500),
        bytes: i * 17,
        status: 200 + (i % 3),
      })),
    );
    const values = Object.fromEntries(catalogOf(spans, 64).attributes.map((one) => [one.key, one.values]));
    expect(values).toMatchObject({ text: [], bytes: [], status: ['200', '201', '202'] });
  });

  it('is the same until there are other blocks', () => {
    const catalog = createFieldCatalog();
    const some = spansWith([{ a: 1 }, { a: 2 }, { a: 3 }]);
    const reader = memoryReader(some, { perBlock: 2 });
    const first = catalog.of(reader);
    expect(catalog.of(reader)).toBe(first);
    const more = memoryReader([...some, ...spansWith([{ b: 1 }], { traceId: '2'.repeat(32) })], {
      perBlock: 2,
    });
    expect(catalog.of(more).attributes.map(({ key }) => key)).toEqual([
      'a',
      'b',
      'service.name',
      'service.version',
    ]);
  });

  it('is empty for an empty store', () => {
    expect(catalogOf([])).toEqual({ operations: [], services: [], attributes: [] });
  });
});
