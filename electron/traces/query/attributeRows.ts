/** Rows by an attribute: of the span, of its resource, of its events or links. */
import type { Scope } from '../../../shared/query/ast.ts';
import type { Attributes, AttributeValue } from '../../../shared/span.ts';
import { VALUE } from '../blockTypes.ts';
import type { AttributeColumn, SpanBlock, SpanExtra, Strings } from '../blockTypes.ts';
import { merged, NO_ROWS, without } from './rows.ts';
import type { Rows } from './rows.ts';
import { holdsFor, isMeant, valueOf } from '../../../shared/query/valueTest.ts';
import type { ValueTest } from '../../../shared/query/valueTest.ts';

/** Asks a block for those of some rows that are meant. `test` `null`: that have it at all. */
export type Select = (block: SpanBlock, within: Rows) => Rows;

export function attributeSelect(strings: Strings, scope: Scope, key: string, test: ValueTest | null): Select {
  switch (scope) {
    case 'span':
      return spanSelect(strings, key, test);
    case 'resource':
      return resourceSelect(strings, key, test);
    case 'any': {
      const own = spanSelect(strings, key, test);
      const present = spanSelect(strings, key, null);
      const resource = resourceSelect(strings, key, test);
      const isKnown = createResourceLookup(strings, key);
      return (block, within) => {
        const found = own(block, within);
        if (!isKnown.anywhere()) return found;
        const rest = without(within, present(block, within));
        return merged(found, resource(block, rest));
      };
    }
    case 'event':
      return extraSelect(test, (extra) => extra.events.flatMap(({ attributes }) => valueOf(attributes, key)));
    case 'link':
      return extraSelect(test, (extra) => extra.links.flatMap(({ attributes }) => valueOf(attributes, key)));
  }
}

/** Of a block with so many times as many rows, single entries are read and not the column. */
const FEW = 16;

function spanSelect(strings: Strings, key: string, test: ValueTest | null): Select {
  return (block, within) => {
    if (within.length === 0) return NO_ROWS;
    const number = strings.find(key);
    if (number === null) return NO_ROWS;
    const isFew = within.length * FEW < block.count;
    const column = isFew ? block.attributeOf(number, within) : block.attribute(number);
    if (column === null) return NO_ROWS;
    return columnSelect(block, column, within, test);
  };
}

/** Rows of both lists whose entry is meant. */
export function columnSelect(
  block: SpanBlock,
  column: AttributeColumn,
  within: Rows,
  test: ValueTest | null,
): Rows {
  const { rows } = column;
  const passes = test === null ? null : entryTest(column, test);
  const found = new Uint32Array(Math.min(rows.length, within.length));
  let length = 0;
  if (within.length === block.count) {
    for (let entry = 0; entry < rows.length; entry++) {
      if (passes === null || passes(entry)) found[length++] = rows[entry]!;
    }
    return found.subarray(0, length);
  }
  let entry = 0;
  for (let at = 0; at < within.length && entry < rows.length; at++) {
    const row = within[at]!;
    if (rows[entry]! < row) entry = seek(rows, entry, row);
    if (entry < rows.length && rows[entry] === row && (passes === null || passes(entry)))
      found[length++] = row;
  }
  return found.subarray(0, length);
}

/** The first place from `from` on whose row is `row` or more: in growing steps, as it is mostly near. */
export function seek(rows: Uint32Array, from: number, row: number): number {
  let step = 1;
  let low = from;
  while (low + step < rows.length && rows[low + step]! < row) {
    low += step;
    step *= 2;
  }
  let high = Math.min(low + step, rows.length);
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (rows[middle]! < row) low = middle + 1;
    else high = middle;
  }
  return low;
}

const UNKNOWN = 0;
const NO = 1;
const YES = 2;

/** A test of entries; each different text is looked at once. */
function entryTest({ type, value, texts }: AttributeColumn, test: ValueTest): (entry: number) => boolean {
  const { negated } = test;
  const verdicts = new Uint8Array(texts.length);
  return (entry) => {
    const kind = type[entry]!;
    if (kind === VALUE.int || kind === VALUE.float) return test.number(value[entry]!) !== negated;
    if (kind === VALUE.true || kind === VALUE.false) return test.boolean(kind === VALUE.true) !== negated;
    const text = value[entry]!;
    let verdict = verdicts[text]!;
    if (verdict === UNKNOWN) {
      const meant =
        kind === VALUE.list
          ? readList(texts[text]!).some((item) => isMeant(test, item))
          : test.text(texts[text]!);
      verdicts[text] = verdict = meant !== negated ? YES : NO;
    }
    return verdict === YES;
  };
}

export function readList(json: string): readonly (string | number | boolean)[] {
  const list: unknown = JSON.parse(json);
  return Array.isArray(list) ? (list as (string | number | boolean)[]) : [];
}

/** All that is known of the program and the machine that made a span. */
export function resourceOf(strings: Strings, origin: number): Attributes {
  const record = strings.originRecord?.(origin);
  if (record != null) return record.resource;
  const { service, version } = strings.origin(origin);
  return { 'service.name': service, ...(version !== null && { 'service.version': version }) };
}

function createResourceLookup(strings: Strings, key: string) {
  let asked = 0;
  let known = false;
  return {
    /** Whether any origin has the key: mostly none has, and then no row's origin has to be read. */
    anywhere(): boolean {
      for (; !known && asked < strings.originCount; asked++) known = hasKey(asked);
      return known;
    },
  };

  function hasKey(origin: number): boolean {
    try {
      return Object.hasOwn(resourceOf(strings, origin), key);
    } catch (thrown) {
      // Not every number below the count is one.
      if (thrown instanceof RangeError || thrown instanceof TypeError) return false;
      throw thrown;
    }
  }
}

function resourceSelect(strings: Strings, key: string, test: ValueTest | null): Select {
  return originSelect((origin) => passes(test, valueOf(resourceOf(strings, origin), key)));
}

const passes = (test: ValueTest | null, values: readonly AttributeValue[]): boolean =>
  test === null ? values.length > 0 : holdsFor(test, values);

/** Rows whose origin is meant; each origin is looked at once. */
export function originSelect(isMeantOrigin: (origin: number) => boolean): Select {
  return idSelect((block) => block.origin, isMeantOrigin);
}

/** Rows by a column of numbers that stand for something; each of them is looked at once. */
export function idSelect(
  column: (block: SpanBlock) => Uint32Array,
  isMeantId: (id: number) => boolean,
): Select {
  let verdicts = new Uint8Array(256);
  const judge = (id: number): number => {
    if (id >= verdicts.length) {
      const grown = new Uint8Array(Math.max(id + 1, verdicts.length * 2));
      grown.set(verdicts);
      verdicts = grown;
    }
    return (verdicts[id] = isMeantId(id) ? YES : NO);
  };
  return (block, within) => {
    if (within.length === 0) return NO_ROWS;
    const ids = column(block);
    const found = new Uint32Array(within.length);
    let length = 0;
    for (let at = 0; at < within.length; at++) {
      const row = within[at]!;
      const id = ids[row]!;
      const verdict = (id < verdicts.length ? verdicts[id]! : UNKNOWN) || judge(id);
      if (verdict === YES) found[length++] = row;
    }
    return found.subarray(0, length);
  };
}

/** Rows by what only few of them have: status message, events, links. */
export function extraSelect(
  test: ValueTest | null,
  values: (extra: SpanExtra) => readonly AttributeValue[],
): Select {
  return (block, within) => {
    const { extraRows } = block;
    const found = new Uint32Array(Math.min(within.length, extraRows.length));
    let length = 0;
    let entry = 0;
    for (let at = 0; at < within.length && entry < extraRows.length; at++) {
      const row = within[at]!;
      if (extraRows[entry]! < row) entry = seek(extraRows, entry, row);
      if (extraRows[entry] !== row) continue;
      const extra = block.extra(row);
      if (extra !== null && passes(test, values(extra))) found[length++] = row;
    }
    return found.subarray(0, length);
  };
}
