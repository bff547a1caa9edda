import { connect } from 'node:net';
import { request as httpRequest, type IncomingHttpHeaders } from 'node:http';
import { deflateSync, gzipSync } from 'node:zlib';
import * as zlib from 'node:zlib';
import { afterEach, describe, expect, it } from 'vitest';
import { TracedeckError } from '../../../electron/errors/tracedeckError.ts';
import type { ReceiverStore } from '../../../electron/receive/receiver.ts';
import { encodeTraces } from '../../../electron/telemetry/export/otlpEncode.ts';
import { readRpcStatus } from '../../../electron/telemetry/export/rpcStatus.ts';
import { readResponse } from '../../../electron/telemetry/export/otlpResponse.ts';
import { numberedSpans, until } from '../telemetry/export/exportRecords.ts';
import { OPEN, settingsWith, startReceiving, type Receiving } from './receiving.ts';
import { freePort } from '../../harness/freePort.ts';

const TRACE = '0af7651916cd43dd8448eb211c80319c';
const PROTOBUF = { 'content-type': 'application/x-protobuf' };
const JSON_TYPE = { 'content-type': 'application/json' };

let open: Receiving[] = [];
afterEach(async () => {
  for (const each of open) await each.close();
  open = [];
});
async function receiving(options?: Parameters<typeof startReceiving>[0]): Promise<Receiving> {
  const started = await startReceiving(options);
  open.push(started);
  return started;
}

type Answer = { readonly status: number; readonly headers: IncomingHttpHeaders; readonly body: Buffer };
/** With any header, as `fetch` would not send it. */
function send(
  url: string,
  body: Uint8Array | string,
  headers: Readonly<Record<string, string>> = PROTOBUF,
  { path = '/v1/traces', method = 'POST' } = {},
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const sent = httpRequest(`${url}${path}`, { method, headers }, (response) => {
      const parts: Buffer[] = [];
      response.on('data', (part: Buffer) => parts.push(part));
      response.on('end', () =>
        resolve({ status: response.statusCode!, headers: response.headers, body: Buffer.concat(parts) }),
      );
    });
    sent.on('error', reject);
    sent.end(body);
  });
}
const requestOf = (count: number, from = 0, instance = 'a'): Uint8Array =>
  encodeTraces(
    {
      resource: { 'service.name': 'A', 'service.instance.id': instance },
      scope: { name: 's', version: '1' },
    },
    numberedSpans(from, count),
    'protobuf',
  );
const reason = ({ body }: Answer): string => readRpcStatus(body)?.message ?? '';

describe('OTLP over HTTP', () => {
  it('answers when the store has it, with nothing where all was taken', async () => {
    const { httpUrl, spansOf } = await receiving();
    const answer = await send(httpUrl(), requestOf(3));
    expect(answer.status).toBe(200);
    expect(answer.headers['content-type']).toBe('application/x-protobuf');
    expect(answer.body).toHaveLength(0);
    expect(await spansOf(TRACE)).toHaveLength(3);
    expect((await send(httpUrl(), '')).status).toBe(200);
  });

  it('unpacks gzip, deflate and, where Node can, zstd', async () => {
    const { httpUrl, spansOf } = await receiving();
    const packers: Record<string, (bytes: Uint8Array) => Buffer> = { gzip: gzipSync, deflate: deflateSync };
    const { zstdCompressSync } = zlib as unknown as { zstdCompressSync?: (bytes: Uint8Array) => Buffer };
    if (zstdCompressSync !== undefined) packers['zstd'] = zstdCompressSync;
    let from = 0;
    for (const [name, pack] of Object.entries(packers)) {
      const headers = { ...PROTOBUF, 'content-encoding': name };
      expect((await send(httpUrl(), pack(requestOf(5, from)), headers)).status).toBe(200);
      from += 5;
    }
    expect(await spansOf(TRACE)).toHaveLength(from);
    expect((await send(httpUrl(), 'x', { ...PROTOBUF, 'content-encoding': 'br' })).status).toBe(415);
    const wrong = await send(httpUrl(), 'no gzip', { ...PROTOBUF, 'content-encoding': 'gzip' });
    expect([wrong.status, reason(wrong)]).toEqual([400, 'The body is no gzip.']);
  });

  it('says what it did not take of a request, and takes the rest', async () => {
    const { httpUrl, receiver, spansOf } = await receiving();
    const span = (spanId: string, startTimeUnixNano = '1700000000000000000') => ({
      traceId: TRACE,
      spanId,
      name: 'x',
      startTimeUnixNano,
    });
    const body = JSON.stringify({
      resourceSpans: [
        { scopeSpans: [{ spans: [span('b7ad6b7169203331'), span(''), span('b7ad6b7169203332', '0')] }] },
      ],
    });
    const answer = await send(httpUrl(), body, JSON_TYPE);
    expect(answer.status).toBe(200);
    expect(readResponse('traces', 'json', answer.body)).toEqual({
      rejected: 2,
      message:
        'a span without an id (first at resourceSpans[0].scopeSpans[0].spans[1]); a span without a start time (first at resourceSpans[0].scopeSpans[0].spans[2])',
    });
    expect(await spansOf(TRACE)).toHaveLength(1);
    await until(() => receiver.status().rejected === 2);
  });

  it('counts a lost part of a span as a warning, and not as a lost span', async () => {
    const { httpUrl } = await receiving();
    const body = JSON.stringify({
      resourceSpans: [
        {
          scopeSpans: [
            {
              spans: [
                {
                  traceId: TRACE,
                  spanId: 'b7ad6b7169203331',
                  startTimeUnixNano: '1700000000000000000',
                  events: [{ name: 'when?' }],
                },
              ],
            },
          ],
        },
      ],
    });
    const { body: answer } = await send(httpUrl(), body, JSON_TYPE);
    expect(readResponse('traces', 'json', answer)).toEqual({
      rejected: 0,
      message: 'an event without a time (first at resourceSpans[0].scopeSpans[0].spans[0].events[0])',
    });
  });

  it.each([
    ['another path', { path: '/v1/spans' }, PROTOBUF, 404],
    ['GET', { method: 'GET' }, PROTOBUF, 405],
    ['PUT', { method: 'PUT' }, PROTOBUF, 405],
    ['no content type', {}, {}, 415],
    ['a form', {}, { 'content-type': 'text/plain' }, 415],
  ])('refuses %s', async (_what, where, headers, status) => {
    const { httpUrl } = await receiving();
    expect((await send(httpUrl(), '', headers as Record<string, string>, where)).status).toBe(status);
  });

  it.each([
    ['bytes that are no protobuf', Buffer.from('hello there'), PROTOBUF],
    ['text that is no JSON', '{"resourceSpans":', JSON_TYPE],
    ['JSON of another signal', '{"resourceLogs":[{}]}', JSON_TYPE],
    ['a list', '[]', JSON_TYPE],
  ])('refuses %s for good', async (_what, body, headers) => {
    const { httpUrl } = await receiving();
    const answer = await send(httpUrl(), body, headers);
    expect(answer.status).toBe(400);
    expect(answer.body.length).toBeGreaterThan(0);
  });

  it('takes nothing of web pages, whatever name they came by', async () => {
    const { httpUrl, receiver } = await receiving();
    const body = requestOf(1);
    for (const headers of [
      { origin: 'https://example.com' },
      { origin: 'null' },
      { 'sec-fetch-site': 'same-origin' },
      { host: 'rebound.example:4318' },
      { host: '127.0.0.1.example' },
      { host: '192.168.1.2' },
    ])
      expect(
        (await send(httpUrl(), body, { ...PROTOBUF, ...(headers as unknown as Record<string, string>) }))
          .status,
      ).toBe(403);
    const preflight = await send(httpUrl(), '', { origin: 'https://example.com' }, { method: 'OPTIONS' });
    expect(preflight.status).toBe(403);
    expect(preflight.headers['access-control-allow-origin']).toBeUndefined();
    for (const host of ['localhost', 'LOCALHOST:1', '[::1]:4318', '127.0.0.1'])
      expect((await send(httpUrl(), body, { ...PROTOBUF, host })).status).toBe(200);
    await until(() => receiver.status().refusedRequests === 7);
  });

  it('wants the token where one is set, from the next request on', async () => {
    const { httpUrl, receiver } = await receiving({ access: { token: 'secret-token', isLocked: false } });
    const with_ = (authorization: string) => send(httpUrl(), requestOf(1), { ...PROTOBUF, authorization });
    const without = await send(httpUrl(), requestOf(1));
    expect(without.status).toBe(401);
    expect(without.headers['www-authenticate']).toContain('Bearer');
    expect((await with_('Bearer secret-tokem')).status).toBe(401);
    expect((await with_('Basic secret-token')).status).toBe(401);
    expect((await with_('Bearer secret-token')).status).toBe(200);
    expect(receiver.status().hasToken).toBe(true);
    await receiver.configure(settingsWith(), { token: null, isLocked: true });
    expect((await with_('Bearer secret-token')).status).toBe(401);
    await receiver.configure(settingsWith(), OPEN);
    expect((await send(httpUrl(), requestOf(1))).status).toBe(200);
  });

  it('listens to this machine alone', async () => {
    const { httpUrl } = await receiving();
    const port = Number(new URL(httpUrl()).port);
    const reaches = (host: string) =>
      new Promise<boolean>((resolve) => {
        const socket = connect({ host, port, timeout: 500 });
        socket.once('connect', () => (socket.destroy(), resolve(true)));
        for (const event of ['error', 'timeout'])
          socket.once(event, () => (socket.destroy(), resolve(false)));
      });
    const { networkInterfaces } = await import('node:os');
    const others = Object.values(networkInterfaces())
      .flat()
      .filter((one) => one !== undefined && !one.internal && one.family === 'IPv4');
    expect(await reaches('127.0.0.1')).toBe(true);
    for (const other of others) expect(await reaches(other!.address)).toBe(false);
  });
});

describe('the limits of a request', () => {
  const small = (other = {}) =>
    settingsWith({ maxRequestBytes: 10_000, maxUnpackedBytes: 50_000, maxSpansPerRequest: 100, ...other });

  it('are told before the body is sent, and while it is', async () => {
    const { httpUrl, receiver } = await receiving({ settings: small() });
    const announced = await send(httpUrl(), Buffer.alloc(20_000), PROTOBUF);
    expect([announced.status, reason(announced)]).toEqual([413, expect.stringContaining('larger than')]);
    const streamed = await send(httpUrl(), Buffer.alloc(20_000), {
      ...PROTOBUF,
      'transfer-encoding': 'chunked',
    });
    expect(streamed.status).toBe(413);
    await until(() => receiver.status().refusedRequests === 2);
  });

  it('stop a bomb while it unpacks', async () => {
    const { httpUrl } = await receiving({ settings: small({ maxRequestBytes: 1_000_000 }) });
    const bomb = gzipSync(Buffer.alloc(500_000_000), { level: 9 });
    const before = process.memoryUsage().rss;
    const answer = await send(httpUrl(), bomb, { ...PROTOBUF, 'content-encoding': 'gzip' });
    expect([answer.status, reason(answer)]).toEqual([413, expect.stringContaining('unpacks to larger')]);
    expect(process.memoryUsage().rss - before).toBeLessThan(100_000_000);
  });

  it('hold for the number of spans, of which then none is stored', async () => {
    const { httpUrl, spansOf } = await receiving({ settings: small({ maxRequestBytes: 50_000 }) });
    const answer = await send(httpUrl(), requestOf(101));
    expect([answer.status, reason(answer)]).toEqual([413, expect.stringContaining('more than 100 records')]);
    expect(await spansOf(TRACE)).toHaveLength(0);
    expect((await send(httpUrl(), requestOf(100))).status).toBe(200);
  });

  it('cut what is too long and say that they did', async () => {
    const { httpUrl, spansOf } = await receiving();
    const attributes = Array.from({ length: 1100 }, (_, index) => ({
      key: `k${index}`,
      value: { intValue: index },
    }));
    attributes[3] = { key: 'long', value: { stringValue: 'x'.repeat(300_000) } } as never;
    const span = {
      traceId: TRACE,
      spanId: 'b7ad6b7169203331',
      startTimeUnixNano: '1700000000000000000',
      attributes,
    };
    const answer = await send(
      httpUrl(),
      JSON.stringify({ resourceSpans: [{ scopeSpans: [{ spans: [span] }] }] }),
      JSON_TYPE,
    );
    expect(readResponse('traces', 'json', answer.body)).toMatchObject({
      rejected: 0,
      message: expect.stringContaining('were cut'),
    });
    const [stored] = await spansOf(TRACE);
    expect(Object.keys(stored!.attributes)).toHaveLength(1024);
    expect(stored!.attributes['long']).toHaveLength(262_144);
    expect(stored!.dropped).toMatchObject({ attributes: 76 });
  });

  it('end a client that stops in the middle', async () => {
    const { createReceiverHost } = await import('../../../electron/receive/receiverHost.ts');
    let url = '';
    const host = createReceiverHost({
      times: { headersMs: 150, requestMs: 200 },
      post: (message) => {
        if (message.type === 'status') url = message.status.http.url ?? url;
      },
    });
    const config = {
      settings: settingsWith({ grpc: { enabled: false, port: 1 } }),
      access: OPEN,
      ownInstance: null,
    };
    host.receive({ type: 'configure', seq: 1, config });
    await until(() => url !== '');
    const talk = (text: string) =>
      new Promise<string>((resolve) => {
        const socket = connect(Number(new URL(url).port), '127.0.0.1');
        let said = '';
        socket.on('data', (data) => (said += data.toString()));
        socket.on('error', () => undefined);
        socket.on('close', () => resolve(said));
        socket.write(text);
      });
    expect(await talk('POST /v1/traces HTTP/1.1\r\nHost: local')).toContain('408');
    const stuck = 'POST /v1/traces HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-protobuf\r\n';
    await talk(`${stuck}Content-Length: 100\r\n\r\nabc`);
    host.receive({ type: 'close', seq: 2 });
  });
});

describe('a store that is behind', () => {
  /** Refuses the next so many writes as busy, or all of them with `error`. */
  function unwilling(store: ReceiverStore, state: { busy: number; error: Error | null }): ReceiverStore {
    const gate = <T>(write: () => Promise<T>): Promise<T> => {
      if (state.error !== null) return Promise.reject(state.error);
      if (state.busy > 0) {
        state.busy -= 1;
        return Promise.reject(new TracedeckError('transient', 'traces_busy', 'The trace store is behind.'));
      }
      return write();
    };
    return {
      pending: 0,
      maxPending: 8,
      writeSpans: (bytes) => gate(() => store.writeSpans(bytes)),
      writeLogs: (records) => gate(() => store.writeLogs(records)),
      writeMetrics: (points) => gate(() => store.writeMetrics(points)),
    };
  }

  it('is waited for, and then the client is asked to come again', async () => {
    const state = { busy: 5, error: null as Error | null };
    const { httpUrl, spansOf } = await receiving({ storeLike: (store) => unwilling(store, state) });
    expect((await send(httpUrl(), requestOf(2))).status).toBe(200);
    state.busy = 1e9;
    const answer = await send(httpUrl(), requestOf(2, 2));
    expect(answer.status).toBe(503);
    expect(answer.headers['retry-after']).toBe('1');
    expect(readRpcStatus(answer.body)).toEqual({ message: 'The trace store is behind.', retryMs: 1000 });
    state.busy = 0;
    expect((await send(httpUrl(), requestOf(2, 2))).status).toBe(200);
    expect(await spansOf(TRACE)).toHaveLength(4);
  });

  it('that fails for good says so once', async () => {
    const error = new TracedeckError('permanent', 'disk_full', 'The disk is full.');
    const { httpUrl } = await receiving({
      storeLike: (store) => unwilling(store, { busy: 0, error }),
    });
    const answer = await send(httpUrl(), requestOf(2));
    expect([answer.status, reason(answer)]).toEqual([500, 'The disk is full.']);
  });
});

describe('this program’s own records', () => {
  it('do not come in again by its own exporter', async () => {
    const { httpUrl, receiver, spansOf } = await receiving({ ownInstance: 'me' });
    const answer = await send(httpUrl(), requestOf(4, 0, 'me'));
    expect(answer.status).toBe(400);
    expect(reason(answer)).toContain('points at its own receiver');
    expect(await spansOf(TRACE)).toHaveLength(0);
    expect((await send(httpUrl(), requestOf(4, 0, 'another'))).status).toBe(200);
    await until(() => receiver.status().spans === 4);
  });
});

describe('many requests at once', () => {
  it('are all stored and all answered', async () => {
    const { httpUrl, receiver, spansOf } = await receiving();
    const answers = await Promise.all(
      Array.from({ length: 100 }, (_, index) => send(httpUrl(), requestOf(7, index * 7))),
    );
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
    expect(await spansOf(TRACE)).toHaveLength(700);
    await until(() => receiver.status().requests === 100);
  });

  it('lose nothing when the port moves among them', async () => {
    const { httpUrl, receiver, spansOf } = await receiving();
    let sent = 0;
    const stop = { now: false };
    const client = async (): Promise<void> => {
      while (!stop.now) {
        const from = sent;
        sent += 3;
        for (;;) {
          const answer = await send(httpUrl(), requestOf(3, from)).catch(() => null);
          if (answer?.status === 200) break;
        }
      }
    };
    const clients = [client(), client(), client()];
    for (let move = 0; move < 4; move += 1) {
      const before = receiver.status().http.url;
      const port = await freePort();
      await receiver.configure(settingsWith({ http: { enabled: true, port } }), OPEN);
      expect(receiver.status().http.url).toBe(`http://127.0.0.1:${port}`);
      expect(receiver.status().http.url).not.toBe(before);
    }
    stop.now = true;
    await Promise.all(clients);
    expect(await spansOf(TRACE)).toHaveLength(sent);
  });

  it('leave a port that is taken to its owner and say so', async () => {
    const first = await receiving();
    const port = Number(new URL(first.httpUrl()).port);
    const second = await receiving({ settings: settingsWith({ http: { enabled: true, port } }) });
    expect(second.receiver.status().http).toMatchObject({
      state: 'failed',
      url: null,
      fault: expect.stringContaining(`Port ${port} is taken by another program`),
    });
    expect(second.receiver.status().grpc.state).toBe('listening');
    await second.receiver.configure(settingsWith({ http: { enabled: false, port } }), OPEN);
    expect(second.receiver.status().http).toEqual({ state: 'off', url: null, fault: null });
  });
});
