/** OTLP's values in JSON: AnyValue, lists of keys and values, and names that are spelled in two ways. */
import type { Attributes, AttributeValue } from '../../shared/span.ts';
import {
  isPlain,
  listOf,
  MAX_DEPTH,
  setOwn,
  textOf,
  toAttributeValue,
  type Plain,
} from './attributeValues.ts';

/** A list of keys and values; of a key that comes twice the last value. */
export function readAttributes(pairs: unknown): Attributes {
  const attributes: Record<string, AttributeValue> = {};
  if (!Array.isArray(pairs)) return attributes;
  for (const pair of pairs) {
    if (!isPlain(pair) || typeof pair['key'] !== 'string') continue;
    setOwn(attributes, pair['key'], toAttributeValue(plainValue(pair['value'], 0)));
  }
  return attributes;
}

/**
 * An AnyValue as JSON would have it. Integers beyond 2^53 stay digits, bytes stay base64, a list of values becomes
 * an array and a list of keys and values an object.
 */
export function plainValue(value: unknown, depth: number): unknown {
  if (!isPlain(value)) return value ?? null;
  if (depth > MAX_DEPTH) return '…';
  if (typeof value['stringValue'] === 'string') return value['stringValue'];
  for (const key in value) {
    const content = value[key];
    switch (key) {
      case 'stringValue':
      case 'string_value':
      case 'boolValue':
      case 'bool_value':
      case 'bytesValue':
      case 'bytes_value':
        return content;
      case 'intValue':
      case 'int_value':
        return integerOf(content);
      case 'doubleValue':
      case 'double_value':
        return typeof content === 'string' ? Number(content) : content;
      case 'arrayValue':
      case 'array_value':
        return listOf(isPlain(content) ? content['values'] : content).map((part) =>
          plainValue(part, depth + 1),
        );
      case 'kvlistValue':
      case 'kvlist_value': {
        const object: Record<string, unknown> = {};
        for (const pair of listOf(isPlain(content) ? content['values'] : content)) {
          if (isPlain(pair) && typeof pair['key'] === 'string')
            setOwn(object, pair['key'], plainValue(pair['value'], depth + 1));
        }
        return object;
      }
      default:
    }
  }
  return null;
}

function integerOf(value: unknown): number | string {
  if (typeof value === 'number') return value;
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : textOf(value);
}

/** The same object with names in camel case, where one of them is not. */
export function camel(object: Plain): Plain {
  let hasSnake = false;
  for (const key in object) if (key.includes('_')) hasSnake = true;
  if (!hasSnake) return object;
  return Object.fromEntries(
    Object.entries(object).map(([key, value]) => [
      key.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase()),
      value,
    ]),
  );
}
