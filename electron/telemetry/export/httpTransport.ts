/** OTLP over HTTP: one POST a request, connections kept. Redirects are not followed, answers bounded. */
import { Agent as HttpAgent, request as httpRequest, STATUS_CODES } from 'node:http';
import type { IncomingMessage } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import { promisify } from 'node:util';
import { gunzipSync, gzip } from 'node:zlib';
import type { Signal } from '../../../shared/telemetrySettings.ts';
import type { RequestHeaders } from './requestHeaders.ts';
import type { OtlpForm } from './otlpEncode.ts';
import { readRpcStatus } from './rpcStatus.ts';
import { MAX_ANSWER_BYTES, oneLine } from './transport.ts';
import type { Transport, TransportAnswer } from './transport.ts';
import { tlsFault } from './tlsFaults.ts';

export type TlsFiles = {
  readonly ca: Buffer | null;
  readonly cert: Buffer | null;
  readonly key: Buffer | null;
};
export type TransportOptions = {
  readonly endpoints: Readonly<Record<Signal, string>>;
  readonly headers: RequestHeaders;
  readonly gzip: boolean;
  readonly tls: TlsFiles;
};

const TYPES: Readonly<Record<OtlpForm, string>> = {
  protobuf: 'application/x-protobuf',
  json: 'application/json',
};
/** Below this, packing makes a request no smaller to speak of. */
const LEAST_GZIP_BYTES = 512;
const RETRYABLE = new Set([429, 502, 503, 504]);
const pack = promisify(gzip);

/** What became of one POST. `status` is `null` where no answer came. */
type Reply = {
  readonly status: number | null;
  readonly headers: IncomingMessage['headers'];
  /** `null` where it did not arrive whole, or is larger than anything a server has to say. */
  readonly body: Buffer | null;
  readonly error: string;
  /** Certificates or the address have to be put right, and so. */
  readonly fault: string | null;
  /** The server had closed the connection while it was idle. */
  readonly isStale: boolean;
};

export function createHttpTransport({ endpoints, headers, gzip, tls }: TransportOptions): Transport {
  const plain = new HttpAgent({ keepAlive: true, maxFreeSockets: 3 });
  const secure = new HttpsAgent({
    keepAlive: true,
    maxFreeSockets: 3,
    ...(tls.ca === null ? {} : { ca: tls.ca }),
    ...(tls.cert === null ? {} : { cert: tls.cert }),
    ...(tls.key === null ? {} : { key: tls.key }),
  });

  function post(
    signal: Signal,
    body: Uint8Array,
    own: Readonly<Record<string, string>>,
    timeoutMs: number,
    abort: AbortSignal,
  ): Promise<Reply> {
    return new Promise((resolve) => {
      const url = new URL(endpoints[signal]);
      url.username = '';
      url.password = '';
      const isSecure = url.protocol === 'https:';
      const request = (isSecure ? httpsRequest : httpRequest)(url, {
        method: 'POST',
        agent: isSecure ? secure : plain,
        headers: { 'user-agent': 'tracedeck-otlp', ...headers.values, ...own, 'content-length': body.length },
      });
      let answer: IncomingMessage | null = null;
      const chunks: Buffer[] = [];
      let size = 0;

      const end = (
        error: string,
        isWhole: boolean,
        { isStale = false, fault = null }: Partial<Pick<Reply, 'isStale' | 'fault'>> = {},
      ): void => {
        clearTimeout(timer);
        abort.removeEventListener('abort', onAbort);
        if (!isWhole) request.destroy();
        resolve({
          status: answer?.statusCode ?? null,
          headers: answer?.headers ?? {},
          body: isWhole ? Buffer.concat(chunks) : null,
          error,
          fault,
          isStale,
        });
      };
      const onAbort = (): void => end('Broken off.', false);
      const timer = setTimeout(() => end(`No answer within ${timeoutMs} ms.`, false), timeoutMs);
      abort.addEventListener('abort', onAbort, { once: true });

      request.on('error', (error: NodeJS.ErrnoException) => {
        const isStale = request.reusedSocket && (error.code === 'ECONNRESET' || error.code === 'EPIPE');
        const fault = isSecure ? tlsFault(firstOf(error)) : null;
        end(describe(error), false, { isStale, fault });
      });
      request.on('response', (response) => {
        answer = response;
        response.on('data', (chunk: Buffer) => {
          size += chunk.length;
          if (size > MAX_ANSWER_BYTES) end('The answer has no end.', false);
          else chunks.push(chunk);
        });
        response.on('end', () => end('', response.complete));
        response.on('error', (error) => end(describe(error), false));
      });
      request.end(body);
    });
  }

  async function send(
    signal: Signal,
    form: OtlpForm,
    bytes: Uint8Array,
    timeoutMs: number,
    abort: AbortSignal,
  ): Promise<TransportAnswer> {
    try {
      const isPacked = gzip && bytes.length >= LEAST_GZIP_BYTES;
      const body = isPacked ? await pack(bytes, { level: 4 }) : bytes;
      const own = { 'content-type': TYPES[form], ...(isPacked ? { 'content-encoding': 'gzip' } : {}) };
      if (abort.aborted) return { type: 'retry', message: 'Broken off.', afterMs: null };
      let reply = await post(signal, body, own, timeoutMs, abort);
      // An idle connection that the server had closed says nothing about the server.
      if (reply.status === null && reply.isStale) reply = await post(signal, body, own, timeoutMs, abort);
      return hide(judge(reply, form));
    } catch (error) {
      return { type: 'retry', message: headers.hide(describe(error as Error)), afterMs: null };
    }
  }

  function hide(answer: TransportAnswer): TransportAnswer {
    return answer.type === 'delivered' ? answer : { ...answer, message: headers.hide(answer.message) };
  }

  return {
    send,
    close() {
      plain.destroy();
      secure.destroy();
    },
  };
}

function judge({ status, headers, body: raw, error, fault }: Reply, form: OtlpForm): TransportAnswer {
  if (status === null && fault !== null) return { type: 'blocked', message: fault };
  if (status === null) return { type: 'retry', message: error, afterMs: null };
  const body = unpack(raw, headers['content-encoding']);
  const type = (headers['content-type'] ?? '').split(';')[0]!.trim().toLowerCase();
  if (status >= 200 && status < 300) {
    if (type === 'text/html') {
      const message = `The address answers with a web page (${status}): nothing takes telemetry there.`;
      return { type: 'refused', message };
    }
    return { type: 'delivered', bytes: body, form: formOf(type) ?? form };
  }
  const said = serverMessage(body, type);
  const message =
    `The server answered ${status} ${STATUS_CODES[status] ?? ''}`.trim() + (said ? `: ${said}` : '.');
  if (RETRYABLE.has(status)) return { type: 'retry', message, afterMs: retryAfterMs(headers) };
  if (status === 413) return { type: 'tooLarge', message };
  if (status >= 300 && status < 400) {
    return { type: 'refused', message: `${message} Redirects are not followed: set the final address.` };
  }
  return { type: 'refused', message };
}

function formOf(type: string): OtlpForm | null {
  if (type === 'application/json') return 'json';
  return type === 'application/x-protobuf' || type === 'application/protobuf' ? 'protobuf' : null;
}

function unpack(body: Buffer | null, encoding: string | undefined): Buffer | null {
  if (body === null || encoding === undefined || encoding === 'identity') return body;
  try {
    return encoding === 'gzip' ? gunzipSync(body, { maxOutputLength: MAX_ANSWER_BYTES }) : null;
  } catch {
    return null;
  }
}

/** What the server says about itself, as far as it is text. */
function serverMessage(body: Buffer | null, type: string): string {
  if (body === null || body.length === 0) return '';
  if (formOf(type) === 'protobuf') return oneLine(readRpcStatus(body)?.message ?? '');
  if (formOf(type) === 'json') {
    try {
      const { message } = JSON.parse(body.toString('utf8')) as { message?: unknown };
      return typeof message === 'string' ? oneLine(message) : '';
    } catch {
      return '';
    }
  }
  return type === 'text/plain' ? oneLine(body.toString('utf8', 0, 2000)) : '';
}

/** Seconds, or a date: then counted from the server's own clock, since ours may be wrong. */
function retryAfterMs(headers: IncomingMessage['headers']): number | null {
  const value = headers['retry-after']?.trim() ?? '';
  if (/^\d{1,9}$/.test(value)) return Number(value) * 1000;
  const date = Date.parse(value);
  if (Number.isNaN(date)) return null;
  const now = Date.parse(headers.date ?? '');
  return Math.max(0, date - (Number.isNaN(now) ? Date.now() : now));
}

/** Every address of a name was tried: the first refusal speaks for all. */
function firstOf(error: NodeJS.ErrnoException): NodeJS.ErrnoException {
  const first: unknown = error instanceof AggregateError ? error.errors[0] : error;
  return first instanceof Error ? first : error;
}

function describe(error: NodeJS.ErrnoException): string {
  const { message, code, name } = firstOf(error);
  if (code === 'HPE_INVALID_CONSTANT') {
    return 'What answers there speaks no HTTP/1.1: for gRPC the protocol is another, for HTTP the port is mostly 4318.';
  }
  return oneLine(`No connection: ${message || code || name}.`);
}
