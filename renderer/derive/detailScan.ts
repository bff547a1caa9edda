/** Looks through what hangs on spans without making anything of it: a text that many spans share is looked at once. */
import type { AttributeSink } from '../../shared/detailReader.ts';
import type { Attributes, AttributeValue } from '../../shared/span.ts';
import type { SpanDetails } from '../../shared/spanDetails.ts';
import type { SpanTable } from './spanTable.ts';

const YES = 1;
const NO = 2;

/** What is known of the texts of blocks, for the query looked for last. */
let latest = { query: '', texts: new WeakMap<SpanDetails, Uint8Array>() };

/**
 * Whether a value of a row's attributes, or its status message, contains `query` (in lower case), without regard to
 * case. Making it anew for the same query costs nothing.
 */
export function detailMatcher(table: SpanTable, query: string): (row: number) => boolean {
  if (latest.query !== query) latest = { query, texts: new WeakMap() };
  const { texts } = latest;
  const matches = (value: AttributeValue): boolean => String(value).toLowerCase().includes(query);
  const mayBeNumber = /^[-+.\de]*$/.test(query) || 'infinity'.includes(query) || 'nan'.includes(query);
  const isTrue = 'true'.includes(query);
  const isFalse = 'false'.includes(query);
  let details: SpanDetails | null = null;
  /** Of its strings: 0 for not looked at. */
  let known: Uint8Array = new Uint8Array(0);
  let found = false;
  const sink: AttributeSink = {
    text(_key, text) {
      if (found) return;
      if (known[text] === 0) known[text] = matches(details!.strings.read(text)) ? YES : NO;
      found = known[text] === YES;
    },
    number(_key, value) {
      if (mayBeNumber && !found) found = matches(value);
    },
    boolean(_key, value) {
      if (value ? isTrue : isFalse) found = true;
    },
    list(_key, values) {
      found ||= matches(values);
    },
  };
  return (row) => {
    if (table.isOdd(row)) {
      if (Object.values(table.attributes(row)).some(matches)) return true;
    } else {
      const own = table.detailsOf(row);
      if (own === null) return false;
      if (own !== details) {
        details = own;
        const before = texts.get(own);
        known = before ?? new Uint8Array(own.strings.length);
        if (before === undefined) texts.set(own, known);
      }
      found = false;
      table.visitAttributes(row, sink);
      if (found) return true;
    }
    return table.statusMessage(row)?.toLowerCase().includes(query) === true;
  };
}

const NONE: Attributes = {};

/** Reads of rows' attributes only those of certain names, for whoever goes over all rows of a trace. */
export function attributePicker(table: SpanTable, keys: ReadonlySet<string>): (row: number) => Attributes {
  let details: SpanDetails | null = null;
  /** Of its strings that are names of attributes. */
  let known = new Uint8Array(0);
  let picked: Record<string, AttributeValue> | null = null;
  const isWanted = (key: number): boolean => {
    if (known[key] === 0) known[key] = keys.has(details!.strings.text(key)) ? YES : NO;
    return known[key] === YES;
  };
  const pick = (key: number, value: AttributeValue): void => {
    (picked ??= {})[details!.strings.text(key)] = value;
  };
  const sink: AttributeSink = {
    text: (key, text) => isWanted(key) && pick(key, details!.strings.read(text)),
    number: (key, value) => isWanted(key) && pick(key, value),
    boolean: (key, value) => isWanted(key) && pick(key, value),
    list: (key, values) => isWanted(key) && pick(key, values),
  };
  return (row) => {
    if (table.isOdd(row)) return table.attributes(row);
    const own = table.detailsOf(row);
    if (own === null) return NONE;
    if (own !== details) {
      details = own;
      known = new Uint8Array(own.strings.length);
    }
    picked = null;
    table.visitAttributes(row, sink);
    return picked ?? NONE;
  };
}
