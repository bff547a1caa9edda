/** OTLP over HTTP: POST /v1/traces, /v1/logs, /v1/metrics in protobuf or JSON. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { OtlpSignal } from '../traceFiles/otlpProtobuf.ts';
import { checkHost, checkNoPage, checkToken } from './access.ts';
import { ipv6Warning, type Address, type OpenServer } from './doors.ts';
import type { Intake } from './intake.ts';
import type { ReceiverConfig } from './receiverMessages.ts';
import { Refusal, responseBody, statusBody, toRefusal, type WireForm } from './refusal.ts';
import { encodingOf, readBody, unpack, type WireBudget } from './requestBody.ts';

const SIGNALS: Readonly<Record<string, OtlpSignal>> = {
  '/v1/traces': 'traces',
  '/v1/logs': 'logs',
  '/v1/metrics': 'metrics',
};
const TYPES: Readonly<Record<WireForm, string>> = {
  protobuf: 'application/x-protobuf',
  json: 'application/json',
};
const MAX_CONNECTIONS = 256;
/** Longer than the pools of clients keep a connection without use: who closes first must not be the server. */
const KEEP_ALIVE_MS = 75_000;
/** What a refused client goes on to send is thrown away for so long, so that it can read why. */
const LINGER_MS = 2000;

export type HttpTimes = { readonly headersMs?: number; readonly requestMs?: number };

export type HttpReceiverOptions = {
  readonly config: () => ReceiverConfig;
  readonly intake: Intake;
  readonly budget: WireBudget;
  readonly times?: HttpTimes;
};

/** Listens on both loopback addresses. @throws Error where 127.0.0.1 is not to be had */
export async function openHttpServer(port: number, options: HttpReceiverOptions): Promise<OpenServer> {
  const first = await listen('127.0.0.1', port, options);
  const actual = (first.address() as AddressInfo).port;
  const servers = [first];
  let warning: string | null = null;
  try {
    servers.push(await listen('::1', actual, options));
  } catch (error) {
    warning = ipv6Warning(error as NodeJS.ErrnoException, actual);
  }
  return {
    port: actual,
    warning,
    async close(timeoutMs) {
      const timer = setTimeout(() => servers.forEach((server) => server.closeAllConnections()), timeoutMs);
      // Answers from now on end their connections, and those without a request end now.
      await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
      clearTimeout(timer);
    },
  };
}

function listen(address: Address, port: number, options: HttpReceiverOptions): Promise<Server> {
  const { headersMs = 10_000, requestMs = 30_000 } = options.times ?? {};
  const server = createServer({
    headersTimeout: headersMs,
    requestTimeout: requestMs,
    keepAliveTimeout: KEEP_ALIVE_MS,
    connectionsCheckingInterval: Math.min(2000, headersMs),
    noDelay: true,
  });
  server.maxConnections = MAX_CONNECTIONS;
  const onRequest = (request: IncomingMessage, response: ServerResponse): void => {
    void answer(request, response, server, options);
  };
  server.on('request', onRequest);
  // Who asks first whether his body is wanted learns it before he sends it.
  server.on('checkContinue', onRequest);
  server.on('checkExpectation', onRequest);
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ host: address, port, exclusive: true, ipv6Only: address === '::1' }, () => {
      server.off('error', reject);
      server.on('error', () => undefined);
      resolve(server);
    });
  });
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  server: Server,
  { config, intake, budget }: HttpReceiverOptions,
): Promise<void> {
  let form: WireForm = formOf(request) ?? 'protobuf';
  let end: (() => void) | null = null;
  response.on('error', () => undefined);
  request.on('error', () => undefined);
  try {
    const { settings, access } = config();
    checkHost(request.headers.host);
    checkNoPage(request.headers);
    const path = (request.url ?? '').split('?')[0]!;
    const signal = Object.hasOwn(SIGNALS, path) ? SIGNALS[path]! : null;
    if (signal === null)
      throw new Refusal('unknownPath', `Nothing is here. OTLP goes to ${Object.keys(SIGNALS).join(', ')}.`);
    if (request.method !== 'POST') throw new Refusal('wrongMethod', 'OTLP is sent by POST.');
    checkToken(request.headers.authorization, access);
    const given = formOf(request);
    if (given === null)
      throw new Refusal('unknownForm', `content-type is ${TYPES.protobuf} or ${TYPES.json}.`);
    form = given;
    const encoding = encodingOf(request.headers['content-encoding']);
    end = intake.begin();
    if (Number(request.headers['content-length'] ?? 0) <= settings.maxRequestBytes && wantsContinue(request))
      response.writeContinue();
    const { bytes, release } = await readBody(request, settings.maxRequestBytes, budget);
    try {
      const taken = await intake.take(signal, form, () => unpack(bytes, encoding, settings.maxUnpackedBytes));
      send(response, server, 200, responseBody(signal, form, taken), form);
    } finally {
      release();
    }
  } catch (error) {
    const refusal = toRefusal(error);
    intake.refused();
    if (response.headersSent || response.destroyed) response.destroy();
    else {
      const headers: Record<string, string> = {};
      if (refusal.retryMs !== null) headers['Retry-After'] = String(Math.ceil(refusal.retryMs / 1000));
      if (refusal.kind === 'unauthorised') headers['WWW-Authenticate'] = 'Bearer realm="Tracedeck"';
      if (refusal.kind === 'wrongMethod') headers['Allow'] = 'POST';
      send(response, server, refusal.httpStatus, statusBody(refusal, form), form, headers);
      if (!request.complete) linger(request, response);
    }
  } finally {
    end?.();
  }
}

function send(
  response: ServerResponse,
  server: Server,
  status: number,
  body: Buffer,
  form: WireForm,
  headers: Readonly<Record<string, string>> = {},
): void {
  const isLast = !response.req.complete || !server.listening;
  response.writeHead(status, {
    'Content-Type': TYPES[form],
    'Content-Length': body.length,
    'X-Content-Type-Options': 'nosniff',
    'Cache-Control': 'no-store',
    ...(isLast ? { Connection: 'close' } : {}),
    ...headers,
  });
  response.end(response.req.method === 'HEAD' ? undefined : body);
}

/** A connection that is closed while the client still sends would take the answer along. */
function linger(request: IncomingMessage, response: ServerResponse): void {
  request.resume();
  const { socket } = request;
  const timer = setTimeout(() => socket.destroy(), LINGER_MS);
  timer.unref();
  const done = (): void => clearTimeout(timer);
  request.once('end', done);
  socket.once('close', done);
  response.once('close', () => undefined);
}

function wantsContinue(request: IncomingMessage): boolean {
  return /100-continue/i.test(request.headers.expect ?? '');
}

function formOf(request: IncomingMessage): WireForm | null {
  const type = (request.headers['content-type'] ?? '').split(';')[0]!.trim().toLowerCase();
  if (type === TYPES.json) return 'json';
  return type === TYPES.protobuf || type === 'application/protobuf' ? 'protobuf' : null;
}
