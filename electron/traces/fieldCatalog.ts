/**
 * What there is to ask for, for completion: operations, services, attribute keys of spans and resources with
 * their types and most frequent values. Counted over the newest blocks, once a block.
 */
import type { Attributes, AttributeValue } from '../../shared/span.ts';
import type { FieldCatalog } from '../../shared/traceQuery.ts';
import { VALUE } from './blockTypes.ts';
import type { AttributeColumn, SpanBlock, SpanReader, Strings } from './blockTypes.ts';
import { resourceOf } from './query/attributeRows.ts';

export type FieldCatalogs = { of(reader: SpanReader): FieldCatalog };

const MAX_BLOCKS = 64;
const MAX_SPANS = 250_000;
const MAX_OPERATIONS = 2000;
const MAX_SERVICES = 500;
const MAX_KEYS = 2000;
const MAX_VALUES = 50;
/** Different values that are counted, a key and block, and a key in all. */
const MAX_COUNTED = 2000;
/** Longer ones are texts, and no values to choose from. */
const MAX_VALUE_LENGTH = 120;
/** Figures that differ this much are measurements, and no values to choose from. */
const MAX_NUMBERS = 50;

type ValueType = FieldCatalog['attributes'][number]['types'][number];
const TYPES: readonly ValueType[] = ['string', 'number', 'number', 'boolean', 'boolean', 'list'];

/** Counts by text. */
type Counts = Map<string, number>;
type KeyFields = { readonly types: Set<ValueType>; readonly values: Counts; readonly numbers: Counts };
type BlockFields = {
  readonly count: number;
  readonly operations: Counts;
  readonly services: Counts;
  readonly keys: ReadonlyMap<string, KeyFields>;
};

export function createFieldCatalog(): FieldCatalogs {
  let known = new Map<string, BlockFields>();
  let catalog: FieldCatalog | null = null;

  return {
    of(reader) {
      const blocks = new Map<string, BlockFields>();
      let spans = 0;
      let isSame = catalog !== null;
      for (const block of reader.blocks(-Infinity, Infinity)) {
        // A block that still grows keeps its number.
        const key = `${block.id} ${block.count}`;
        const fields = known.get(key);
        if (fields === undefined) isSame = false;
        blocks.set(key, fields ?? fieldsOf(block, reader.strings));
        spans += block.count;
        if (blocks.size >= MAX_BLOCKS || spans >= MAX_SPANS) break;
      }
      if (catalog !== null && isSame && blocks.size === known.size) return catalog;
      known = blocks;
      catalog = merge([...blocks.values()]);
      return catalog;
    },
  };
}

function fieldsOf(block: SpanBlock, strings: Strings): BlockFields {
  const names = new Map<number, number>();
  const origins = new Map<number, number>();
  for (let row = 0; row < block.count; row += 1) {
    if (block.dead !== null && block.dead[row] === 1) continue;
    const name = block.name[row]!;
    const origin = block.origin[row]!;
    names.set(name, (names.get(name) ?? 0) + 1);
    origins.set(origin, (origins.get(origin) ?? 0) + 1);
  }
  const operations: Counts = new Map();
  for (const [name, count] of names) add(operations, strings.text(name), count, MAX_COUNTED);
  const services: Counts = new Map();
  for (const [origin, count] of origins) add(services, strings.origin(origin).service, count, MAX_COUNTED);
  const keys = new Map<string, KeyFields>();
  for (const key of block.keys) {
    const column = block.attribute(key);
    if (column !== null && keys.size < MAX_KEYS) keys.set(strings.text(key), fieldsOfColumn(column));
  }
  for (const [origin, count] of origins) addResource(keys, resourceOf(strings, origin), count);
  return { count: block.count, operations, services, keys };
}

/** A key is looked for on the span first, and else on its resource: both are asked by the same name. */
function addResource(keys: Map<string, KeyFields>, resource: Attributes, count: number): void {
  for (const [key, value] of Object.entries(resource)) {
    const fields = fieldsAt(keys, key);
    if (fields === null) continue;
    fields.types.add(typeOf(value));
    if (!Array.isArray(value) && String(value).length <= MAX_VALUE_LENGTH) {
      add(typeof value === 'number' ? fields.numbers : fields.values, String(value), count, MAX_COUNTED);
    }
  }
}

/** What is known of a key, nothing where it is new; `null` for one that is too many. */
function fieldsAt(keys: Map<string, KeyFields>, key: string): KeyFields | null {
  let fields = keys.get(key);
  if (fields === undefined) {
    if (keys.size >= MAX_KEYS) return null;
    keys.set(key, (fields = { types: new Set(), values: new Map(), numbers: new Map() }));
  }
  return fields;
}

function typeOf(value: AttributeValue): ValueType {
  if (typeof value === 'string') return 'string';
  if (typeof value === 'number') return 'number';
  return typeof value === 'boolean' ? 'boolean' : 'list';
}

function fieldsOfColumn({ rows, type, value, texts }: AttributeColumn): KeyFields {
  const types = new Set<ValueType>();
  const byText = new Float64Array(texts.length);
  const byNumber = new Map<number, number>();
  const values: Counts = new Map();
  const numbers: Counts = new Map();
  for (let i = 0; i < rows.length; i += 1) {
    const of = type[i]!;
    types.add(TYPES[of]!);
    if (of === VALUE.string) byText[value[i]!]! += 1;
    else if (of === VALUE.true || of === VALUE.false) add(values, String(of === VALUE.true), 1, MAX_COUNTED);
    else if (of !== VALUE.list && (byNumber.has(value[i]!) || byNumber.size <= MAX_NUMBERS)) {
      byNumber.set(value[i]!, (byNumber.get(value[i]!) ?? 0) + 1);
    }
  }
  texts.forEach((text, i) => {
    if (byText[i]! > 0 && text.length <= MAX_VALUE_LENGTH) add(values, text, byText[i]!, MAX_COUNTED);
  });
  for (const [number, count] of byNumber) numbers.set(String(number), count);
  return { types, values, numbers };
}

function merge(blocks: readonly BlockFields[]): FieldCatalog {
  const operations: Counts = new Map();
  const services: Counts = new Map();
  const keys = new Map<string, KeyFields>();
  for (const block of blocks) {
    for (const [name, count] of block.operations) add(operations, name, count, MAX_OPERATIONS * 2);
    for (const [name, count] of block.services) add(services, name, count, MAX_SERVICES * 2);
    for (const [key, fields] of block.keys) {
      const all = fieldsAt(keys, key);
      if (all === null) continue;
      for (const type of fields.types) all.types.add(type);
      for (const [value, count] of fields.values) add(all.values, value, count, MAX_COUNTED);
      for (const [value, count] of fields.numbers) add(all.numbers, value, count, MAX_NUMBERS + 1);
    }
  }
  return {
    operations: mostFrequent(operations, MAX_OPERATIONS),
    services: mostFrequent(services, MAX_SERVICES),
    attributes: [...keys]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, { types, values, numbers }]) => {
        if (numbers.size <= MAX_NUMBERS)
          for (const [value, count] of numbers) add(values, value, count, Infinity);
        return { key, types: [...types].sort(), values: mostFrequent(values, MAX_VALUES) };
      }),
  };
}

function add(counts: Counts, text: string, many: number, maxDifferent: number): void {
  const before = counts.get(text);
  if (before !== undefined) counts.set(text, before + many);
  else if (counts.size < maxDifferent) counts.set(text, many);
}

function mostFrequent(counts: Counts, limit: number): string[] {
  return [...counts]
    .sort(([a, manyA], [b, manyB]) => manyB - manyA || (a < b ? -1 : 1))
    .slice(0, limit)
    .map(([text]) => text);
}
