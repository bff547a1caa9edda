/** Values of any kind as attributes, which are texts, numbers, truth values and lists of one of these. */
import type { AttributeValue } from '../../shared/span.ts';

/** How deep values may hold values. */
export const MAX_DEPTH = 32;

/**
 * What JSON can say as an attribute. Objects and lists of several types become JSON; nothing (`null`) becomes an
 * empty text.
 */
export function toAttributeValue(value: unknown): AttributeValue {
  switch (typeof value) {
    case 'string':
    case 'number':
    case 'boolean':
      return value;
    case 'bigint':
      return value.toString();
    case 'object':
      if (value === null) return '';
      return Array.isArray(value) && isList(value) ? (value as unknown as AttributeValue) : jsonOf(value);
    default:
      return '';
  }
}

function isList(value: readonly unknown[]): boolean {
  const type = typeof value[0];
  if (value.length > 0 && type !== 'string' && type !== 'number' && type !== 'boolean') return false;
  return value.every((part) => typeof part === type);
}

function jsonOf(value: object): string {
  try {
    return JSON.stringify(value) ?? '';
  } catch {
    // Deeper than the stack is.
    return '';
  }
}

/** Sets a property that may be named like one of Object's own. */
export function setOwn<Value>(target: Record<string, Value>, key: string, value: Value): void {
  if (key === '__proto__') {
    Object.defineProperty(target, key, { value, enumerable: true, configurable: true, writable: true });
  } else target[key] = value;
}

/** Whole nanoseconds since 1970 as epoch milliseconds; `null` for zero, which says unknown, and for no number. */
export function nanosToMs(nanos: unknown): number | null {
  if (typeof nanos === 'string') {
    if (!/^\d{1,20}$/.test(nanos)) return null;
    const ms = Number(nanos.slice(0, -6)) + Number(nanos.slice(-6)) / 1e6;
    return ms === 0 ? null : ms;
  }
  return typeof nanos === 'number' && nanos > 0 && Number.isFinite(nanos) ? nanos / 1e6 : null;
}

export type Plain = { readonly [key: string]: unknown };

export function isPlain(value: unknown): value is Plain {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The objects of what may be a list. */
export function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

export function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
