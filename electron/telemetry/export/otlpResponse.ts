/** What receivers answer: how much of a request they took, and why they refused the rest. */
import type { Signal } from '../../../shared/telemetrySettings.ts';
import { readFields } from './protobufWire.ts';

const REJECTED_NAMES: Readonly<Record<Signal, string>> = {
  traces: 'rejectedSpans',
  metrics: 'rejectedDataPoints',
  logs: 'rejectedLogRecords',
};
const UNREADABLE = 'The receiver’s answer could not be read.';

type PartialSuccess = { readonly rejected: number; readonly message: string };

/**
 * Reads the answer to an accepted request. `rejected`: spans, points or records that the receiver did not take;
 * `message`: its reason or warning, `null` for none. An answer that makes no sense rejects nothing. Never throws.
 */
export function readResponse(
  signal: Signal,
  form: 'protobuf' | 'json',
  bytes: Uint8Array,
): { readonly rejected: number; readonly message: string | null } {
  if (bytes.length === 0) return { rejected: 0, message: null };
  try {
    const { rejected, message } =
      form === 'json' ? fromJson(bytes, REJECTED_NAMES[signal]) : fromProtobuf(bytes);
    const isSane = Number.isSafeInteger(rejected) && rejected >= 0;
    return { rejected: isSane ? rejected : 0, message: message === '' ? null : message };
  } catch {
    return { rejected: 0, message: UNREADABLE };
  }
}

/** Field 1 of the answer holds 1: the number, 2: the message. A negative number reads as a huge one. */
function fromProtobuf(bytes: Uint8Array): PartialSuccess {
  let rejected = 0;
  let message = '';
  for (const outer of readFields(bytes)) {
    if (outer.field !== 1) continue;
    if (outer.type !== 2) throw new RangeError(UNREADABLE);
    for (const inner of readFields(outer.bytes)) {
      if (inner.field === 1 && inner.type === 0) rejected = inner.number;
      else if (inner.field === 2 && inner.type === 2) message = textOf(inner.bytes);
    }
  }
  return { rejected, message };
}

function fromJson(bytes: Uint8Array, rejectedName: string): PartialSuccess {
  const partial = objectOf(objectOf(JSON.parse(textOf(bytes)))['partialSuccess'] ?? {});
  const rejected = Number(partial[rejectedName] ?? 0);
  const message = partial['errorMessage'] ?? '';
  if (Number.isNaN(rejected) || typeof message !== 'string') throw new TypeError(UNREADABLE);
  return { rejected, message };
}

function objectOf(value: unknown): Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new TypeError(UNREADABLE);
  return value as Readonly<Record<string, unknown>>;
}

function textOf(bytes: Uint8Array): string {
  return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
}
