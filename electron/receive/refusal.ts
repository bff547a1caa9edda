/** Why a request is refused, in HTTP's words and gRPC's, and the bodies of answers. */
import type { OtlpSignal } from '../traceFiles/otlpProtobuf.ts';

export type WireForm = 'protobuf' | 'json';

type Kind = { readonly http: number; readonly grpc: number };
/** gRPC's numbers: google.rpc.Code. Which of them a client repeats: OTLP specification, "Failures". */
const KINDS = {
  unreadable: { http: 400, grpc: 3 },
  unauthorised: { http: 401, grpc: 16 },
  forbidden: { http: 403, grpc: 7 },
  unknownPath: { http: 404, grpc: 12 },
  wrongMethod: { http: 405, grpc: 12 },
  slow: { http: 408, grpc: 4 },
  tooLarge: { http: 413, grpc: 8 },
  unknownForm: { http: 415, grpc: 3 },
  tooMany: { http: 429, grpc: 14 },
  internal: { http: 500, grpc: 13 },
  busy: { http: 503, grpc: 14 },
} as const satisfies Readonly<Record<string, Kind>>;
export type RefusalKind = keyof typeof KINDS;

const RETRY_MS: Readonly<Partial<Record<RefusalKind, number>>> = { tooMany: 1000, busy: 1000 };

export class Refusal extends Error {
  readonly kind: RefusalKind;
  /** Given where the same request may be sent again. */
  readonly retryMs: number | null;

  constructor(kind: RefusalKind, message: string) {
    super(message);
    this.name = 'Refusal';
    this.kind = kind;
    this.retryMs = RETRY_MS[kind] ?? null;
  }

  get httpStatus(): number {
    return KINDS[this.kind].http;
  }
  get grpcCode(): number {
    return KINDS[this.kind].grpc;
  }
}

export function toRefusal(thrown: unknown): Refusal {
  return thrown instanceof Refusal
    ? thrown
    : new Refusal('internal', 'Tracedeck could not work on the request.');
}

/** `google.rpc.Status`; in protobuf with a `RetryInfo` where there is a time. */
export function statusBody(refusal: Refusal, form: WireForm): Buffer {
  const { grpcCode: code, message, retryMs } = refusal;
  if (form === 'json') return Buffer.from(JSON.stringify({ code, message }));
  const status = [varintField(1, code), bytesField(2, Buffer.from(message))];
  if (retryMs !== null) {
    const duration = Buffer.concat([
      varintField(1, Math.floor(retryMs / 1000)),
      varintField(2, (retryMs % 1000) * 1e6),
    ]);
    const info = bytesField(1, duration);
    const any = [bytesField(1, Buffer.from('type.googleapis.com/google.rpc.RetryInfo')), bytesField(2, info)];
    status.push(bytesField(3, Buffer.concat(any)));
  }
  return Buffer.concat(status);
}

const REJECTED: Readonly<Record<OtlpSignal, string>> = {
  traces: 'rejectedSpans',
  logs: 'rejectedLogRecords',
  metrics: 'rejectedDataPoints',
};

/** An Export…ServiceResponse: empty where all was taken without a word. */
export function responseBody(
  signal: OtlpSignal,
  form: WireForm,
  { rejected, message }: { readonly rejected: number; readonly message: string },
): Buffer {
  const isWhole = rejected === 0 && message === '';
  if (form === 'json') {
    return Buffer.from(
      isWhole
        ? '{}'
        : JSON.stringify({ partialSuccess: { [REJECTED[signal]]: String(rejected), errorMessage: message } }),
    );
  }
  if (isWhole) return Buffer.alloc(0);
  return bytesField(1, Buffer.concat([varintField(1, rejected), bytesField(2, Buffer.from(message))]));
}

function varintField(field: number, value: number): Buffer {
  return value === 0 ? Buffer.alloc(0) : Buffer.from([field << 3, ...varint(value)]);
}

function bytesField(field: number, content: Buffer): Buffer {
  return Buffer.concat([Buffer.from([(field << 3) | 2, ...varint(content.length)]), content]);
}

function varint(value: number): number[] {
  const bytes: number[] = [];
  let left = value;
  for (; left > 127; left = Math.floor(left / 128)) bytes.push((left % 128) | 128);
  return [...bytes, left];
}
