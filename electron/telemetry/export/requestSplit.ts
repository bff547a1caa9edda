/**
 * Halves of an encoded OTLP request, for servers to which it is too large. Works on the bytes, since what was
 * spooled exists in no other form. The three signals nest alike: resources > scopes > items, and metrics one
 * level deeper, down to their points.
 */
import type { Signal } from '../../../shared/telemetrySettings.ts';
import type { OtlpForm } from './otlpEncode.ts';
import { lengthField, readFields } from './protobufWire.ts';

/** Field numbers from the request down to the items; a metric's points lie in a field by its kind. */
const FIELDS: Readonly<Record<Signal, readonly (readonly number[])[]>> = {
  traces: [[1], [2], [2]],
  logs: [[1], [2], [2]],
  metrics: [[1], [2], [2], [5, 7, 9, 10, 11], [1]],
};
const KEYS: Readonly<Record<Signal, readonly (readonly string[])[]>> = {
  traces: [['resourceSpans'], ['scopeSpans'], ['spans']],
  logs: [['resourceLogs'], ['scopeLogs'], ['logRecords']],
  metrics: [
    ['resourceMetrics'],
    ['scopeMetrics'],
    ['metrics'],
    ['gauge', 'sum', 'histogram', 'exponentialHistogram', 'summary'],
    ['dataPoints'],
  ],
};

/** The first half and the rest of a request with `items` items; `null` where it cannot be cut. */
export function splitRequest(
  signal: Signal,
  form: OtlpForm,
  bytes: Uint8Array,
  items: number,
): readonly [{ bytes: Uint8Array; items: number }, { bytes: Uint8Array; items: number }] | null {
  const first = Math.ceil(items / 2);
  if (items < 2) return null;
  try {
    const cut = (from: number, to: number): Uint8Array => {
      const window = { from, to, at: 0 };
      if (form === 'protobuf') return cutMessage(bytes, FIELDS[signal], 0, window);
      const document: unknown = JSON.parse(new TextDecoder().decode(bytes));
      return new TextEncoder().encode(JSON.stringify(cutObject(document, KEYS[signal], 0, window)));
    };
    return [
      { bytes: cut(0, first), items: first },
      { bytes: cut(first, Infinity), items: items - first },
    ];
  } catch {
    return null;
  }
}

/** Items are numbered in the order in which they are come by; those from `from` to before `to` stay. */
type Window = { readonly from: number; readonly to: number; at: number };

function isInside(window: Window): boolean {
  const at = window.at++;
  return at >= window.from && at < window.to;
}

function cutMessage(
  message: Uint8Array,
  path: readonly (readonly number[])[],
  depth: number,
  window: Window,
): Uint8Array {
  const isLeaf = depth === path.length - 1;
  const parts: Uint8Array[] = [];
  for (const { field, type, from, to, bytes } of readFields(message)) {
    if (type !== 2 || !path[depth]!.includes(field)) parts.push(message.subarray(from, to));
    else if (isLeaf) {
      if (isInside(window)) parts.push(message.subarray(from, to));
    } else {
      const before = window.at;
      const inner = cutMessage(bytes, path, depth + 1, window);
      // A container is kept as long as one of its items is.
      if (window.at > window.from && before < window.to) parts.push(lengthField(field, [inner]));
    }
  }
  return Buffer.concat(parts);
}

function cutObject(
  value: unknown,
  path: readonly (readonly string[])[],
  depth: number,
  window: Window,
): unknown {
  if (depth === path.length || typeof value !== 'object' || value === null) return value;
  const isLeaf = depth === path.length - 1;
  const result: Record<string, unknown> = {};
  for (const [key, inner] of Object.entries(value)) {
    if (!path[depth]!.includes(key)) result[key] = inner;
    else if (!Array.isArray(inner)) result[key] = cutObject(inner, path, depth + 1, window);
    else if (isLeaf) result[key] = inner.filter(() => isInside(window));
    else {
      result[key] = inner.flatMap((part: unknown) => {
        const before = window.at;
        const cut = cutObject(part, path, depth + 1, window);
        return window.at > window.from && before < window.to ? [cut] : [];
      });
    }
  }
  return result;
}
