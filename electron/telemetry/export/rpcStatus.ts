/** `google.rpc.Status`: how servers say why they refuse, and when to come again. */
import { readFields } from './protobufWire.ts';

export type RpcStatus = {
  readonly message: string;
  /** From a `RetryInfo`; `null` without one. */
  readonly retryMs: number | null;
};

const RETRY_INFO = 'type.googleapis.com/google.rpc.RetryInfo';

/** `null` for bytes that are no status. */
export function readRpcStatus(bytes: Uint8Array): RpcStatus | null {
  try {
    let message = '';
    let retryMs: number | null = null;
    for (const { field, type, bytes: content } of readFields(bytes)) {
      if (field === 2 && type === 2) message = new TextDecoder('utf-8', { fatal: true }).decode(content);
      else if (field === 3 && type === 2) retryMs = readRetryInfo(content) ?? retryMs;
    }
    return { message, retryMs };
  } catch {
    return null;
  }
}

function readRetryInfo(any: Uint8Array): number | null {
  const fields = readFields(any);
  const url = fields.find(({ field }) => field === 1)?.bytes;
  if (url === undefined || new TextDecoder().decode(url) !== RETRY_INFO) return null;
  const info = fields.find(({ field }) => field === 2)?.bytes ?? new Uint8Array(0);
  const delay = readFields(info).find(({ field }) => field === 1)?.bytes ?? new Uint8Array(0);
  const parts = readFields(delay);
  const part = (wanted: number) => parts.find(({ field }) => field === wanted)?.number ?? 0;
  const ms = part(1) * 1000 + part(2) / 1e6;
  // A negative duration is a huge varint.
  return ms < 2 ** 50 ? ms : 0;
}
