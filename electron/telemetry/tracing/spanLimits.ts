/** How much one span holds, of our own and of the SDK's: what OpenTelemetry's specification says, by variable. */
import type { AttributeValue } from '../../../shared/span.ts';
import { MAX_SEEN_TEXT } from '../../../shared/redact.ts';

export type SpanLimits = {
  readonly attributeValueLengthLimit: number;
  readonly attributeCountLimit: number;
  readonly eventCountLimit: number;
  readonly linkCountLimit: number;
  readonly attributePerEventCountLimit: number;
  readonly attributePerLinkCountLimit: number;
};

/** Of an array, whatever the variables say: its text alone has a limit there. */
const MAX_ARRAY = 1024;

export function createSpanLimits(env: Readonly<Record<string, string | undefined>>): SpanLimits {
  const count = (...names: readonly string[]): number => {
    for (const name of names) {
      const value = Number(env[name]?.trim() || NaN);
      if (Number.isInteger(value) && value >= 0) return value;
    }
    return 128;
  };
  return {
    attributeValueLengthLimit: MAX_SEEN_TEXT,
    attributeCountLimit: count('OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT', 'OTEL_ATTRIBUTE_COUNT_LIMIT'),
    eventCountLimit: count('OTEL_SPAN_EVENT_COUNT_LIMIT'),
    linkCountLimit: count('OTEL_SPAN_LINK_COUNT_LIMIT'),
    attributePerEventCountLimit: count('OTEL_EVENT_ATTRIBUTE_COUNT_LIMIT'),
    attributePerLinkCountLimit: count('OTEL_LINK_ATTRIBUTE_COUNT_LIMIT'),
  };
}

/**
 * What an attribute keeps of a value that is neither number nor boolean; `undefined` where that is nothing. An
 * array is copied: whoever gave it may change it.
 */
export function cleanValue(value: unknown, maxLength: number): AttributeValue | undefined {
  if (typeof value === 'string') return value.length > maxLength ? value.slice(0, maxLength) : value;
  if (!Array.isArray(value)) return undefined;
  const parts = value.slice(0, MAX_ARRAY) as unknown[];
  const type = typeof parts.find((part) => part !== null && part !== undefined);
  const isClean = parts.every((part) => part === null || part === undefined || typeof part === type);
  if (!isClean || !(type === 'string' || type === 'number' || type === 'boolean' || type === 'undefined')) {
    return undefined;
  }
  return (
    type === 'string' ? parts.map((part) => cleanValue(part, maxLength) ?? part) : parts
  ) as AttributeValue;
}

/** Of an event or a link. */
export function cleanAttributes(
  given: unknown,
  maxCount: number,
  maxLength: number,
): Readonly<Record<string, AttributeValue>> {
  const kept: Record<string, AttributeValue> = {};
  if (typeof given !== 'object' || given === null) return kept;
  let count = 0;
  for (const [key, value] of Object.entries(given)) {
    if (key === '' || count === maxCount) continue;
    const isPlain = typeof value === 'number' || typeof value === 'boolean';
    const clean = isPlain ? value : cleanValue(value, maxLength);
    if (clean === undefined) continue;
    kept[key] = clean;
    count += 1;
  }
  return kept;
}
