/** OTLP over gRPC. The library is loaded with the first request, and is given requests that are encoded already. */
import type * as Grpc from '@grpc/grpc-js';
import type { Signal } from '../../../shared/telemetrySettings.ts';
import type { TransportOptions } from './httpTransport.ts';
import { jsonToProtobuf } from './jsonToProtobuf.ts';
import type { OtlpForm } from './otlpEncode.ts';
import { readRpcStatus } from './rpcStatus.ts';
import { MAX_ANSWER_BYTES, oneLine } from './transport.ts';
import type { Transport, TransportAnswer } from './transport.ts';
import { tlsFault } from './tlsFaults.ts';

const METHODS: Readonly<Record<Signal, string>> = {
  traces: '/opentelemetry.proto.collector.trace.v1.TraceService/Export',
  metrics: '/opentelemetry.proto.collector.metrics.v1.MetricsService/Export',
  logs: '/opentelemetry.proto.collector.logs.v1.LogsService/Export',
};
const RESOURCE_EXHAUSTED = 8;
/** CANCELLED, DEADLINE_EXCEEDED, ABORTED, OUT_OF_RANGE, UNAVAILABLE, DATA_LOSS. */
const RETRYABLE = new Set([1, 4, 10, 11, 14, 15]);

type Library = typeof Grpc;
let library: Promise<Library> | null = null;

function loadLibrary(): Promise<Library> {
  // A CommonJS module: bundled, or under Node, its exports may be found in `default` alone.
  library ??= import('@grpc/grpc-js').then(
    (module) => ('Client' in module ? module : (module as { default: Library }).default) as Library,
  );
  return library;
}

/** @throws Error for headers that gRPC cannot carry */
export function createGrpcTransport({ endpoints, headers, gzip, tls }: TransportOptions): Transport {
  for (const [name, value] of Object.entries(headers.values)) {
    if (/^[a-z0-9_.-]+$/.test(name) && !name.endsWith('-bin') && /^[ -~]*$/.test(value)) continue;
    throw new Error(`The header ${JSON.stringify(name)} has a name or value that gRPC does not allow.`);
  }
  const clients = new Map<string, Grpc.Client>();
  let isClosed = false;

  function clientFor(grpc: Library, endpoint: string): Grpc.Client {
    const { protocol, host, port, hostname } = new URL(endpoint);
    const isSecure = protocol === 'https:';
    const address = port === '' ? `${hostname}:${isSecure ? 443 : 80}` : host;
    const key = `${protocol}//${address}`;
    let client = clients.get(key);
    if (client === undefined) {
      const credentials = isSecure
        ? grpc.credentials.createSsl(tls.ca, tls.key, tls.cert)
        : grpc.credentials.createInsecure();
      client = new grpc.Client(address, credentials, {
        'grpc.default_compression_algorithm': gzip
          ? grpc.compressionAlgorithms.gzip
          : grpc.compressionAlgorithms.identity,
        'grpc.max_receive_message_length': MAX_ANSWER_BYTES,
        'grpc.primary_user_agent': 'tracedeck-otlp',
        // Repeating is done here, and no other machine has a say in how.
        'grpc.enable_retries': 0,
        'grpc.service_config_disable_resolution': 1,
        'grpc.enable_http_proxy': 0,
        'grpc.initial_reconnect_backoff_ms': 500,
        'grpc.min_reconnect_backoff_ms': 500,
        'grpc.max_reconnect_backoff_ms': 5000,
      });
      clients.set(key, client);
    }
    return client;
  }

  function call(
    grpc: Library,
    signal: Signal,
    bytes: Uint8Array,
    timeoutMs: number,
    abort: AbortSignal,
  ): Promise<TransportAnswer> {
    const metadata = new grpc.Metadata();
    for (const [name, value] of Object.entries(headers.values)) metadata.set(name, value);
    const isSecure = endpoints[signal].startsWith('https:');
    return new Promise((resolve) => {
      let timedOut = false;
      // First the request, which may throw: a timer that was set before would outlive it.
      const unary = clientFor(grpc, endpoints[signal]).makeUnaryRequest(
        METHODS[signal],
        (request: Buffer) => request,
        (answer: Buffer) => answer,
        Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength),
        metadata,
        { deadline: Date.now() + timeoutMs },
        (error, answer) => {
          clearTimeout(timer);
          abort.removeEventListener('abort', onAbort);
          if (error !== null) resolve(judge(grpc, error, timedOut ? timeoutMs : null, isSecure));
          else resolve({ type: 'delivered', bytes: answer ?? null, form: 'protobuf' });
        },
      );
      const onAbort = (): void => unary.cancel();
      // The library's own deadline is wall-clock time, which may jump.
      const timer = setTimeout(() => {
        timedOut = true;
        unary.cancel();
      }, timeoutMs);
      abort.addEventListener('abort', onAbort, { once: true });
    });
  }

  async function send(
    signal: Signal,
    form: OtlpForm,
    bytes: Uint8Array,
    timeoutMs: number,
    abort: AbortSignal,
  ): Promise<TransportAnswer> {
    let request: Uint8Array;
    try {
      // JSON has waited since the exporter spoke another protocol.
      request = form === 'json' ? jsonToProtobuf(signal, bytes) : bytes;
    } catch (error) {
      return { type: 'refused', message: cannotSend(error) };
    }
    try {
      const grpc = await loadLibrary();
      if (abort.aborted || isClosed) return { type: 'retry', message: 'Broken off.', afterMs: null };
      const answer = await call(grpc, signal, request, timeoutMs, abort);
      return answer.type === 'delivered' ? answer : { ...answer, message: headers.hide(answer.message) };
    } catch (error) {
      // It has not got as far as the server: the next request would not either.
      return { type: 'blocked', message: cannotSend(error) };
    }
  }

  function cannotSend(error: unknown): string {
    return headers.hide(oneLine(`gRPC cannot send: ${(error as Error).message}`));
  }

  return {
    send,
    close() {
      isClosed = true;
      for (const client of clients.values()) client.close();
    },
  };
}

const OTHER_PROTOCOL =
  'what answers there speaks no HTTP/2: for HTTP the protocol is another, for gRPC the port is mostly 4317.';

function judge(
  grpc: Library,
  error: Grpc.ServiceError,
  timedOutMs: number | null,
  isSecure: boolean,
): TransportAnswer {
  if (timedOutMs !== null) {
    return { type: 'retry', message: `No answer within ${timedOutMs} ms.`, afterMs: null };
  }
  const { code, details } = error;
  const isHttp = code === grpc.status.UNAVAILABLE && /\bProtocol error\b/.test(details);
  const told = isHttp ? OTHER_PROTOCOL : details.replace(/ Resolution note:\s*$/, '');
  const message = oneLine(`gRPC ${grpc.status[code] ?? code}: ${told}`);
  // A connection that never was is told by words alone.
  const fault = isSecure && code === grpc.status.UNAVAILABLE ? tlsFault({ message: details }) : null;
  if (fault !== null) return { type: 'blocked', message: fault };
  const [packed] = error.metadata?.get('grpc-status-details-bin') ?? [];
  const retryMs = typeof packed === 'object' ? (readRpcStatus(packed)?.retryMs ?? null) : null;
  if (RETRYABLE.has(code)) return { type: 'retry', message, afterMs: retryMs };
  if (code === RESOURCE_EXHAUSTED) {
    if (retryMs !== null) return { type: 'retry', message, afterMs: retryMs };
    // The one way in which a gRPC server says 413.
    if (/larger than/i.test(details)) return { type: 'tooLarge', message };
  }
  return { type: 'refused', message };
}
