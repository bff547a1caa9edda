import { connect } from 'node:net';
import { connect as connectHttp2 } from 'node:http2';
import { afterEach, describe, expect, it } from 'vitest';
import { readRequest } from '../../../electron/receive/readRequest.ts';
import { Refusal } from '../../../electron/receive/refusal.ts';
import { decodeSpans, encodeSpans } from '../../../shared/spanCodec.ts';
import { randomNumbers } from '../../fixtures/syntheticTrace.ts';
import { until } from '../telemetry/export/exportRecords.ts';
import { mangledRequests, nested } from './mangled.ts';
import { startReceiving, type Receiving } from './receiving.ts';

const open: Receiving[] = [];
afterEach(async () => {
  for (const each of open.splice(0)) await each.close();
});
const OPTIONS = { maxSpansPerRequest: 10_000, ownInstance: null, origins: new Map() };

describe('a damaged request', () => {
  it('is read as far as it goes or refused, and what was read can be stored', () => {
    let read = 0;
    let refused = 0;
    for (const { signal, form, bytes } of mangledRequests(4000, 7)) {
      try {
        const { records, count, rejected } = readRequest(signal, form, bytes, OPTIONS);
        expect(rejected).toBeGreaterThanOrEqual(0);
        expect(decodeSpans(encodeSpans(records.spans))).toHaveLength(records.spans.length);
        if (count > 0) read += 1;
      } catch (error) {
        if (!(error instanceof Refusal)) throw error;
        expect(error.kind).toBe('unreadable');
        refused += 1;
      }
    }
    expect(read).toBeGreaterThan(500);
    expect(refused).toBeGreaterThan(500);
  });

  it.each(['protobuf', 'json'] as const)('may hold values within values without end, in %s', (form) => {
    for (const depth of [20, 3000, 100_000]) {
      if (form === 'protobuf' && depth > 3000) continue;
      try {
        readRequest('traces', form, nested(depth, form), OPTIONS);
      } catch (error) {
        expect(error).toBeInstanceOf(Refusal);
      }
    }
  });
});

describe('the servers', () => {
  it('go on after whatever is sent to them', async () => {
    const receiving = await startReceiving();
    open.push(receiving);
    const { httpUrl, grpcUrl } = receiving;
    const statuses = new Map<number, number>();
    for (const { signal, form, bytes, encoding } of mangledRequests(250, 99)) {
      const answer = await fetch(`${httpUrl()}/v1/${signal}`, {
        method: 'POST',
        headers: {
          'content-type': form === 'json' ? 'application/json' : 'application/x-protobuf',
          ...(encoding === null ? {} : { 'content-encoding': encoding }),
        },
        body: new Uint8Array(bytes),
      });
      await answer.arrayBuffer();
      statuses.set(answer.status, (statuses.get(answer.status) ?? 0) + 1);
    }
    expect([...statuses.keys()].toSorted()).toEqual([200, 400]);

    const random = randomNumbers(3);
    const noise = () => Buffer.from(Array.from({ length: 200 }, () => Math.floor(random() * 256)));
    const heads = [
      Buffer.alloc(0),
      Buffer.from('POST /v1/traces HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n'),
      Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'),
    ];
    for (const url of [httpUrl(), grpcUrl()]) {
      for (const head of heads)
        for (let turn = 0; turn < 6; turn += 1) await shout(url, Buffer.concat([head, noise()]));
    }
    for (const bytes of [
      Buffer.from([0, 0, 0, 0, 5, 1]),
      Buffer.from([1, 255, 255, 255, 255, 1]),
      Buffer.from([9, 0, 0, 0, 1, 1]),
      Buffer.concat([Buffer.from([1, 0, 0, 0, 200]), noise()]),
      Buffer.alloc(0),
      Buffer.from([0, 0, 0, 0, 0, 0, 0, 0, 0, 0]),
    ])
      for (const encoding of ['gzip', 'deflate', 'identity', 'br']) await frame(grpcUrl(), bytes, encoding);

    await until(() => receiving.receiver.status().requests > 250);
    expect(receiving.receiver.status().refusedRequests).toBeGreaterThan(30);
    expect((await fetch(`${httpUrl()}/v1/traces`, POST)).status).toBe(200);
    expect(await frame(grpcUrl(), Buffer.from([0, 0, 0, 0, 0]), 'identity')).toBe('0');
  });
});

const POST = { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{}' };

/** Sends bytes to a port and leaves when the other side has, or soon. */
function shout(url: string, bytes: Buffer): Promise<void> {
  return new Promise((resolve) => {
    const socket = connect(Number(new URL(url).port), '127.0.0.1', () => socket.end(bytes));
    socket.setTimeout(300, () => socket.destroy());
    socket.on('data', () => undefined);
    socket.on('error', () => undefined);
    socket.on('close', () => resolve());
  });
}

/** A gRPC call whose message is these bytes; its status. */
function frame(url: string, bytes: Buffer, encoding: string): Promise<string> {
  return new Promise((resolve) => {
    const session = connectHttp2(url);
    const done = (status: string): void => {
      session.destroy();
      resolve(status);
    };
    session.on('error', () => done('broken'));
    const stream = session.request({
      ':method': 'POST',
      ':path': '/opentelemetry.proto.collector.trace.v1.TraceService/Export',
      'content-type': 'application/grpc',
      te: 'trailers',
      'grpc-encoding': encoding,
    });
    let status = 'none';
    const seen = (headers: object): void => {
      const given = (headers as Record<string, string>)['grpc-status'];
      if (given !== undefined) status = given;
    };
    stream.on('response', seen);
    stream.on('trailers', seen);
    stream.on('error', () => undefined);
    stream.on('close', () => done(status));
    stream.resume();
    stream.end(bytes);
  });
}
