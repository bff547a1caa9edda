import { describe, expect, it } from 'vitest';
import { AttributeAccess, keyNumbers } from '../../../../electron/traces/analyses/attributeAccess.ts';
import { GroupIndex } from '../../../../electron/traces/analyses/groupIndex.ts';
import { Links } from '../../../../electron/traces/analyses/links.ts';
import { ParentSearch } from '../../../../electron/traces/analyses/parentSearch.ts';
import { spanIdAt } from '../../../../electron/traces/analyses/spanIds.ts';
import { memoryReader } from '../../../fixtures/spanReader.ts';
import { spanTree } from '../../../fixtures/spanTree.ts';
import { randomNumbers } from '../../../fixtures/syntheticTrace.ts';
import { randomTrace } from '../../../shared/analysis/randomTraces.ts';

describe('AttributeAccess', () => {
  it('has a row’s value in whatever order rows are asked for, the first key before the second', () => {
    const random = randomNumbers(3);
    const records = spanTree(Array.from({ length: 300 }, (_, i) => `span ${i}-${i + 1}`).join('\n')).map(
      (record) => ({
        ...record,
        attributes: {
          ...(random() < 0.2 ? { first: 'a' } : {}),
          ...(random() < 0.2 ? { second: 'b', amount: 7, flag: true } : {}),
        },
      }),
    );
    const reader = memoryReader(records);
    const [block] = reader.blocks(-Infinity, Infinity);
    const access = (...keys: string[]) => new AttributeAccess(block!, keyNumbers(reader.strings, keys));
    const text = access('first', 'nowhere', 'second');
    const amount = access('first', 'amount');
    const flag = access('flag');
    const rows = [...records.keys(), ...Array.from({ length: 2000 }, () => Math.floor(random() * 300))];
    for (const row of rows) {
      const attributes = records[row]!.attributes as Record<string, unknown>;
      expect(text.text(row)).toBe(attributes['first'] ?? attributes['second'] ?? null);
      expect(amount.amount(row)).toBe(attributes['amount'] ?? null);
      expect(flag.isTrue(row)).toBe(attributes['flag'] ?? false);
    }
    expect(access('nowhere').isEmpty).toBe(true);
  });
});

describe('ParentSearch', () => {
  it('finds all that look for the same span, and none that look for another', () => {
    const random = randomNumbers(4);
    const search = new ParentSearch();
    const wanted = new Map<string, number[]>();
    for (let no = 0; no < 5000; no += 1) {
      const [trace, high, low] = [random, random, random].map((next) => Math.floor(next() * 20)) as [
        number,
        number,
        number,
      ];
      search.want(trace, high, low);
      const key = `${trace} ${high} ${low}`;
      wanted.set(key, [...(wanted.get(key) ?? []), no]);
    }
    for (const [key, numbers] of wanted) {
      const [trace, high, low] = key.split(' ').map(Number) as [number, number, number];
      expect([...search.matches(trace, high, low)].sort((a, b) => a - b)).toEqual(numbers);
    }
    expect(search.first(99, 1, 1)).toBe(-1);
    expect([search.wants(3), search.wants(99)]).toEqual([true, false]);
  });
});

describe('GroupIndex', () => {
  it('gives each pair one number, in the order in which they come', () => {
    const index = new GroupIndex();
    const known = new Map<string, number>();
    for (let i = 0; i < 3000; i += 1) {
      const [a, b] = [(i * 7919) % 101, (i * 104_729) % 37];
      const key = `${a} ${b}`;
      if (!known.has(key)) known.set(key, known.size);
      expect(index.of(a, b)).toBe(known.get(key));
    }
    expect(index.count).toBe(known.size);
    expect(index.of(0xffff_ffff, 1)).toBe(known.size);
    expect(index.of(0xffff_ffff, 1)).toBe(known.size);
  });
});

describe('Links', () => {
  it('has the parent of every row whose parent is in another block', () => {
    for (let seed = 1; seed <= 20; seed += 1) {
      const records = randomTrace(seed, { circles: false });
      const reader = memoryReader(records, { perBlock: 4 });
      const links = Links.find(reader, -Infinity, Infinity);
      const byId = new Map(records.map((record) => [record.spanId, record]));
      let elsewhere = 0;
      for (const block of reader.blocks(-Infinity, Infinity)) {
        for (let row = 0; row < block.count; row += 1) {
          const { parentSpanId } = byId.get(spanIdAt(block, row))!;
          const above = block.parent[row]!;
          const found = above >= 0 ? { block, row: above } : links.parentOf(block, row);
          const want = parentSpanId !== null && byId.has(parentSpanId) ? parentSpanId : null;
          expect(found === null ? null : spanIdAt(found.block, found.row)).toBe(want);
          if (found !== null && found.block !== block) elsewhere += 1;
        }
      }
      expect(elsewhere).toBeGreaterThan(0);
      expect(links.count).toBe(elsewhere);
    }
  });

  it('finds parents outside the time that was asked for', () => {
    const reader = memoryReader(spanTree('run 0-100\n  late 50-60'), { perBlock: 1 });
    const [block] = reader.blocks(1_000_040_000, Infinity);
    expect(Links.find(reader, 1_000_040_000, Infinity).parentOf(block!, 0)).not.toBeNull();
  });
});
