/** Values of any kind as attributes, which are texts, numbers, truth values and lists of one of these. */
import { restNsOf } from '../../shared/nanoseconds.ts';
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

/** A time as it is kept: epoch milliseconds, and what is beyond them (`shared/nanoseconds.ts`). */
export type ExactTime = { readonly ms: number; readonly restNs: number };

/** Whole nanoseconds since 1970; `null` for zero, which says unknown, and for no number. */
export function timeOfNanos(given: unknown): ExactTime | null {
  if (typeof given === 'string') {
    if (!/^\d{1,20}$/.test(given)) return null;
    return exactTime(Number(given.slice(0, -6)), Number(given.slice(-6)));
  }
  if (typeof given !== 'number' || !(given > 0) || !Number.isFinite(given)) return null;
  // As exact as JSON's number was read: remainders of doubles are.
  const nanos = Math.floor(given % 1e6);
  return exactTime((given - (given % 1e6)) / 1e6, nanos);
}

function exactTime(wholeMs: number, nanos: number): ExactTime | null {
  const ms = wholeMs + nanos / 1e6;
  return ms === 0 ? null : { ms, restNs: restNsOf(ms, wholeMs, nanos) };
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
