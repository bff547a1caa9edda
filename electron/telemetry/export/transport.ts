/** How an encoded request reaches a server, whatever the protocol. */
import type { Signal } from '../../../shared/telemetrySettings.ts';
import type { OtlpForm } from './otlpEncode.ts';

export type TransportAnswer =
  /** Taken, with the server's answer; `null` where none could be read. */
  | { readonly type: 'delivered'; readonly bytes: Uint8Array | null; readonly form: OtlpForm }
  /** The server is away or busy; `afterMs` is its own wish. */
  | { readonly type: 'retry'; readonly message: string; readonly afterMs: number | null }
  /** Nothing can be sent until somebody puts something right: certificates, the address. Nothing is lost by it. */
  | { readonly type: 'blocked'; readonly message: string }
  | { readonly type: 'tooLarge'; readonly message: string }
  /** Refused for good. */
  | { readonly type: 'refused'; readonly message: string };

export interface Transport {
  /** Never rejects. Takes `timeoutMs` at most; ends at once, with `retry`, when `abort` does. */
  send(
    signal: Signal,
    form: OtlpForm,
    bytes: Uint8Array,
    timeoutMs: number,
    abort: AbortSignal,
  ): Promise<TransportAnswer>;
  close(): void;
}

/** What a server may say at most; the rest is not read. */
export const MAX_ANSWER_BYTES = 1 << 20;

/** A server's word is one line of bounded length. */
export function oneLine(text: string): string {
  const line = text.replace(/[\u0000-\u001f\u007f-\u009f\s]+/g, ' ').trim();
  return line.length > 300 ? `${line.slice(0, 299)}…` : line;
}
