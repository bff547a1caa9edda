/** Values and times as OTLP's JSON spells them. */
import type { Attributes, AttributeValue } from '../../shared/span.ts';

/** OTLP's list of keys and values. */
export function toPairs(attributes: Attributes) {
  return Object.keys(attributes).map((key) => ({ key, value: toAnyValue(attributes[key]!) }));
}

function toAnyValue(value: AttributeValue): object {
  if (typeof value === 'string') return { stringValue: value };
  if (typeof value === 'boolean') return { boolValue: value };
  if (typeof value !== 'number') return { arrayValue: { values: listOf(value) } };
  return isInteger(value) ? { intValue: String(value) } : toDouble(value);
}

/** One type for a whole list: with one fraction in it all its numbers are doubles. */
function listOf(values: readonly (string | number | boolean)[]): readonly object[] {
  const areIntegers = values.every((value) => typeof value === 'number' && isInteger(value));
  return values.map((value) =>
    typeof value === 'number' && !areIntegers ? toDouble(value) : toAnyValue(value),
  );
}

function toDouble(value: number): object {
  // JSON has no infinities and no negative zero that survives everywhere: OTLP spells the former.
  return {
    doubleValue:
      Number.isFinite(value) && !Object.is(value, -0) ? value : Object.is(value, -0) ? '-0' : String(value),
  };
}

function isInteger(value: number): boolean {
  return Number.isSafeInteger(value) && !Object.is(value, -0);
}

/**
 * Epoch milliseconds as whole nanoseconds; 0, which says unknown, for what lies before 1970.
 * @param restNs - of a time that was told in nanoseconds (`shared/nanoseconds.ts`)
 */
export function toNanos(epochMs: number, restNs = 0): string {
  if (!(epochMs > 0)) return '0';
  const us = Math.round(epochMs * 1000);
  if (restNs !== 0) {
    const wholeUs = us + Math.floor(restNs / 1000);
    const nanos = restNs - Math.floor(restNs / 1000) * 1000;
    return wholeUs > 0 ? `${wholeUs}${String(nanos).padStart(3, '0')}` : String(Math.max(0, nanos));
  }
  // The store holds whole microseconds: as they were, and not the tenths that a float of milliseconds makes of them.
  if (us > 0 && us / 1000 === epochMs) return `${us}000`;
  let wholeMs = Math.floor(epochMs);
  let nanos = Math.round((epochMs - wholeMs) * 1e6);
  if (nanos === 1e6) {
    wholeMs += 1;
    nanos = 0;
  }
  return `${wholeMs === 0 ? '' : wholeMs}${String(nanos).padStart(wholeMs === 0 ? 1 : 6, '0')}`;
}
