import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer as createHttpServer } from 'node:http';
import type { RequestListener } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import { createServer as createNetServer } from 'node:net';
import type { AddressInfo, Server, Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createGrpcTransport } from '../../../../electron/telemetry/export/grpcTransport.ts';
import { resolveHeaders } from '../../../../electron/telemetry/export/requestHeaders.ts';
import { createOtlpExporter } from '../../../../electron/telemetry/export/otlpExporter.ts';
import type { OtlpExporter } from '../../../../electron/telemetry/export/otlpExporter.ts';
import type { OtlpExporterSettings } from '../../../../shared/telemetrySettings.ts';
import { encodeResponse } from '../../../fixtures/otlpDecode.ts';
import { startOtlpReceiver } from '../../../fixtures/otlpReceiver.ts';
import { randomFrom } from '../pipelineSpans.ts';
import {
  checkCounts,
  counterOf,
  exportContext,
  numberedLogs,
  numberedSpans,
  numbersOf,
  otlpSettings,
  QUICK,
  until,
} from './exportRecords.ts';

let folder: string;
const ends: (() => Promise<unknown>)[] = [];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tracedeck-faults-'));
});
afterEach(async () => {
  vi.restoreAllMocks();
  for (const end of ends.splice(0).reverse()) await end();
  rmSync(folder, { recursive: true, force: true });
});

async function listen(server: Server): Promise<string> {
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.on('close', () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  ends.push(async () => {
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => void server.close(resolve));
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}
/** Reads each request to its end and answers the first so many as told, all others well. */
async function faulty(answer: RequestListener, times = Infinity): Promise<{ url: string; count(): number }> {
  let count = 0;
  const url = await listen(
    createHttpServer((request, response) => {
      request.resume().on('end', () => {
        count += 1;
        if (count <= times) return answer(request, response);
        response.setHeader('content-type', 'application/x-protobuf');
        response.end(encodeResponse('traces', 'protobuf'));
      });
    }),
  );
  return { url, count: () => count };
}
function exporter(settings: OtlpExporterSettings, spoolDir: string | null = null): OtlpExporter {
  const made = createOtlpExporter(settings, exportContext({ spoolDir }), QUICK);
  ends.push(() => made.close(0));
  return made;
}
const traces = (made: OtlpExporter) => {
  checkCounts(made.status());
  return made.status().signals.traces!;
};

describe('over HTTP, an exporter', () => {
  it.each([
    ['a web page', 'text/html; charset=utf-8', '<html>Welcome to the hotel</html>', 'rejected'],
    ['garbage for protobuf', 'application/x-protobuf', '\xff\xff\xff\xff', 'sent'],
    ['garbage for JSON', 'application/json', '{"partial', 'sent'],
    ['plain text', 'text/plain', 'ok', 'sent'],
    ['nothing', '', '', 'sent'],
  ] as const)('takes 200 with %s for what it is', async (_, type, body, outcome) => {
    const server = await faulty((_request, response) => {
      if (type !== '') response.setHeader('content-type', type);
      response.end(Buffer.from(body, 'latin1'));
    });
    const made = exporter(otlpSettings(server.url));
    made.spans(numberedSpans(0, 5));
    expect(await made.flush(5000)).toBe(true);
    expect(traces(made)[outcome]).toBe(5);
    expect(server.count()).toBe(1);
    if (outcome === 'rejected') expect(made.status().lastError?.message).toContain('web page');
  });

  it('believes a 200 whose gzip is cut off, and reads one that is whole', async () => {
    const whole = gzipSync(encodeResponse('traces', 'protobuf', { rejected: 2, message: 'odd' }));
    for (const [bytes, rejected] of [
      [whole.subarray(0, -9), 0],
      [whole, 2],
      [gzipSync(Buffer.alloc(50_000_000)), 0],
    ] as const) {
      const server = await faulty((_request, response) => {
        response.setHeader('content-encoding', 'gzip');
        response.setHeader('content-type', 'application/x-protobuf');
        response.end(bytes);
      });
      const made = exporter(otlpSettings(server.url));
      made.spans(numberedSpans(0, 5));
      expect(await made.flush(5000)).toBe(true);
      expect(traces(made)).toMatchObject({ sent: 5 - rejected, rejected });
    }
  });

  it('does not read an answer without end, and goes on with the next request', async () => {
    let wrote = 0;
    const server = await faulty((_request, response) => {
      response.writeHead(200, { 'content-type': 'application/x-protobuf' });
      const chunk = Buffer.alloc(65_536, 1);
      const write = (): void => {
        while (!response.destroyed && response.write(chunk)) wrote += chunk.length;
        if (!response.destroyed) response.once('drain', write);
      };
      write();
    }, 1);
    const made = exporter(otlpSettings(server.url, { maxBatch: 5 }));
    made.spans(numberedSpans(0, 10));
    expect(await made.flush(10_000)).toBe(true);
    expect(traces(made)).toMatchObject({ sent: 10 });
    expect(wrote).toBeLessThan(50_000_000);
  });

  it('gives a server that hangs its time and no more: before the answer again, within it never', async () => {
    const hanging = await faulty(() => undefined, 2);
    const made = exporter(otlpSettings(hanging.url, { timeoutMs: 100 }));
    made.spans(numberedSpans(0, 5));
    await until(() => traces(made).sent === 5);
    expect(made.status()).toMatchObject({ requests: 3, retries: 2 });
    expect(made.status().lastError?.message).toBe('No answer within 100 ms.');

    const halfway = await faulty((_request, response) => {
      response.writeHead(200, { 'content-length': '100' });
      response.write('half');
    });
    const other = exporter(otlpSettings(halfway.url, { timeoutMs: 100 }));
    other.spans(numberedSpans(0, 5));
    await until(() => traces(other).sent === 5);
    expect(halfway.count()).toBe(1);
  });

  it('waits for a server that speaks something else or hangs up', async () => {
    let connections = 0;
    const url = await listen(
      createNetServer((socket) => {
        connections += 1;
        if (connections === 1) socket.destroy();
        else if (connections === 2) socket.end('220 mail.example.org ESMTP\r\n');
        else if (connections === 3) socket.end(`HTTP/1.1 200 OK\r\nx: ${'y'.repeat(1_000_000)}\r\n\r\n`);
        else socket.once('data', () => socket.end('HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n'));
      }),
    );
    const made = exporter(otlpSettings(url));
    made.spans(numberedSpans(0, 5));
    await until(() => traces(made).sent === 5);
    expect(made.status().retries).toBe(3);
  });

  it('does not count a kept connection that the server had closed meanwhile as a failure', async () => {
    const sockets: Socket[] = [];
    const http = createHttpServer((request, response) => {
      request.resume().on('end', () => {
        sockets.push(request.socket);
        response.end();
      });
    });
    http.keepAliveTimeout = 0;
    const made = exporter(otlpSettings(await listen(http), { maxBatch: 5 }));
    for (let round = 0; round < 5; round += 1) {
      made.spans(numberedSpans(round * 5, 5));
      await until(() => traces(made).sent === (round + 1) * 5);
      // As a proxy does that has had enough: without a word.
      if (round % 2 === 1) sockets.at(-1)!.resetAndDestroy();
    }
    expect(made.status().retries).toBe(0);
    expect(sockets[0]).toBe(sockets[1]);
  });

  it.each([
    [301, 'Redirects are not followed'],
    [307, 'Redirects are not followed'],
    [400, '400 Bad Request'],
    [401, '401 Unauthorized'],
    [404, '404 Not Found: no such path here'],
    [500, '500 Internal Server Error'],
  ])('does not repeat after %i', async (status, message) => {
    const elsewhere = await faulty((_request, response) => void response.end());
    const server = await faulty((_request, response) => {
      response.writeHead(status, { location: elsewhere.url, 'content-type': 'text/plain' });
      response.end('no such\r\n\u0007path here');
    });
    const made = exporter(otlpSettings(server.url));
    made.spans(numberedSpans(0, 5));
    expect(await made.flush(5000)).toBe(true);
    expect(traces(made)).toMatchObject({ rejected: 5 });
    expect(made.status().lastError?.message).toContain(message);
    expect([server.count(), elsewhere.count()]).toEqual([1, 0]);
  });

  it.each([429, 502, 503, 504])('repeats after %i, with what the server says in view', async (status) => {
    const server = await faulty((_request, response) => {
      response.writeHead(status, { 'retry-after': 'soon', 'content-type': 'application/json' });
      response.end(JSON.stringify({ message: 'busy now' }));
    }, 2);
    const made = exporter(otlpSettings(server.url));
    made.spans(numberedSpans(0, 5));
    await until(() => traces(made).sent === 5);
    expect(made.status().retries).toBe(2);
    expect(made.status().lastError?.message).toMatch(new RegExp(`${status} .*: busy now`));
  });

  it('keeps to its pace when the clock is set back or forward', async () => {
    const server = await startOtlpReceiver({
      answer: ({ number }) => (number % 2 === 1 ? { status: 503, grpcCode: 14 } : undefined),
    });
    ends.push(() => server.close());
    for (const [id, settings] of [
      ['http', otlpSettings(server.httpUrl, { id: 'http', maxBatch: 5 })],
      ['grpc', otlpSettings(server.grpcUrl, { id: 'grpc', maxBatch: 5, protocol: 'grpc' })],
    ] as const) {
      const made = exporter(settings, folder);
      const real = Date.now;
      let jump = 0;
      vi.spyOn(Date, 'now').mockImplementation(() => real() + jump);
      for (let round = 0; round < 4; round += 1) {
        jump = (round % 2 === 0 ? -1 : 1) * 86_400_000 * 365;
        made.spans(numberedSpans(round * 5, 5));
        await until(() => traces(made).sent === (round + 1) * 5);
      }
      vi.restoreAllMocks();
      expect(traces(made)).toMatchObject({ taken: 20, sent: 20 });
      expect(id).toBe(made.status().id);
    }
  });
});

describe('an exporter at the wrong door', () => {
  it.each([
    ['http/protobuf', 'grpcUrl', /speaks no HTTP\/1\.1: .* 4318\.$/],
    ['http/json', 'grpcUrl', /speaks no HTTP\/1\.1: .* 4318\.$/],
    ['grpc', 'httpUrl', /speaks no HTTP\/2: .* 4317\.$/],
  ] as const)('says so, and waits: %s', async (protocol, door, said) => {
    const receiver = await startOtlpReceiver();
    ends.push(() => receiver.close());
    const made = exporter(otlpSettings(receiver[door], { protocol }), folder);
    made.spans(numberedSpans(0, 5));
    await until(() => said.test(made.status().lastError?.message ?? ''));
    await until(() => traces(made).spooled === 5);
    expect(made.status().state).toBe('waiting');
  });
});

describe('over gRPC, an exporter', () => {
  it('waits while something else listens, or nothing that answers', async () => {
    const http = await faulty((_request, response) => void response.end('<html>'));
    const silent = await listen(createNetServer(() => undefined));
    for (const url of [http.url, silent]) {
      const made = exporter(otlpSettings(url, { id: 'g', protocol: 'grpc', timeoutMs: 300 }), folder);
      made.spans(numberedSpans(0, 5));
      await until(() => made.status().retries >= 2);
      expect(made.status().state).toBe('waiting');
      expect(traces(made)).toMatchObject({ taken: 5, spooled: 5 });
      await made.close(0);
      rmSync(join(folder, 'g'), { recursive: true, force: true });
    }
  });

  it.each([
    ['x-y', 'schön'],
    ['x-bin', 'text'],
    ['x!y', 'text'],
  ])(
    'fails in words for a header %s that gRPC cannot carry, and keeps what it is given',
    async (name, value) => {
      const server = await startOtlpReceiver();
      const made = exporter(otlpSettings(server.grpcUrl, { protocol: 'grpc', headers: { [name]: value } }));
      made.spans(numberedSpans(0, 5));
      await until(() => traces(made).taken === 5);
      expect(made.status()).toMatchObject({
        state: 'failed',
        lastError: { message: expect.stringContaining(name) },
      });
      expect(traces(made)).toMatchObject({ queued: 5, rejected: 0 });
      made.reconfigure(otlpSettings(server.grpcUrl, { protocol: 'grpc' }));
      expect(await made.flush(5000)).toBe(true);
      expect(server.spans()).toHaveLength(5);
      await server.close();
    },
  );
});

/** Signs with an authority of one's own. */
function hasOpenssl(): boolean {
  try {
    return /^OpenSSL [3-9]/.test(execFileSync('openssl', ['version'], { encoding: 'utf8' }));
  } catch {
    return false;
  }
}

describe('with TLS, an exporter', () => {
  beforeEach(({ skip }) => skip(!hasOpenssl(), 'OpenSSL 3 is not installed, which makes the certificates'));

  const file = (name: string): string => join(folder, name);
  const text = (name: string): string => readFileSync(file(name), 'utf8');
  const openssl = (...args: string[]): void => {
    execFileSync('openssl', args, { cwd: folder, stdio: 'ignore' });
  };
  const EC = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
  const authority = (): void =>
    openssl(
      'req',
      '-x509',
      ...EC,
      '-days',
      '2',
      '-keyout',
      'ca.key',
      '-out',
      'ca.pem',
      '-subj',
      '/CN=authority',
    );
  /** Signed by the authority, unless it is to sign itself. */
  function certificate(name: string, { host = 'localhost', isOwn = false, days = 2 } = {}): void {
    const names = ['-addext', `subjectAltName=DNS:${host}`];
    openssl(
      'req',
      '-new',
      ...EC,
      '-keyout',
      `${name}.key`,
      '-out',
      `${name}.csr`,
      '-subj',
      `/CN=${name}`,
      ...names,
    );
    const signer = isOwn
      ? ['-signkey', `${name}.key`]
      : ['-CA', 'ca.pem', '-CAkey', 'ca.key', '-CAcreateserial'];
    const copied = ['-copy_extensions', 'copy', '-days', String(days)];
    openssl('x509', '-req', '-in', `${name}.csr`, '-out', `${name}.pem`, ...signer, ...copied);
  }
  const PROTOCOLS = ['http/protobuf', 'grpc'] as const;

  it.each(PROTOCOLS)(
    'over %s knows the server by its authority, and shows its own certificate',
    async (protocol) => {
      authority();
      for (const name of ['server', 'client']) certificate(name);
      const server = await startOtlpReceiver({
        tls: { key: text('server.key'), cert: text('server.pem'), ca: text('ca.pem') },
      });
      ends.push(() => server.close());
      const url = protocol === 'grpc' ? server.grpcUrl : server.httpUrl;
      const tls = { ca: file('ca.pem'), cert: file('client.pem'), key: file('client.key') };
      const trusting = exporter(otlpSettings(url, { protocol, tls }));
      trusting.spans(numberedSpans(0, 5));
      expect(await trusting.flush(10_000)).toBe(true);
      expect(traces(trusting)).toMatchObject({ sent: 5 });

      const others = [
        { ca: null, cert: null, key: null },
        { ...tls, cert: null, key: null },
      ];
      for (const other of others) {
        const made = exporter(otlpSettings(url, { protocol, tls: other }));
        made.spans(numberedSpans(5, 5));
        await until(() => made.status().lastError !== null);
        expect(traces(made)).toMatchObject({ sent: 0, queued: 5 });
      }
      expect(server.spans()).toHaveLength(5);
    },
  );

  it.each(
    PROTOCOLS.flatMap((protocol) =>
      (
        [
          ['whose certificate has expired', { days: -1 }, /expired.*renewed/],
          ['that signed its certificate itself', { isOwn: true }, /self-signed.*tls\.ca/i],
          ['of an authority that is not known', {}, /tls\.ca/],
          ['of another name', { host: 'other.example' }, /altnames.*address/i],
        ] as const
      ).map(([what, made, message]) => [protocol, what, made, message] as const),
    ),
  )(
    'over %s says what is wrong with a server %s, keeps everything, and sends it once that is put right',
    async (protocol, what, made, message) => {
      authority();
      certificate('server', made);
      const server = await startOtlpReceiver({ tls: { key: text('server.key'), cert: text('server.pem') } });
      ends.push(() => server.close());
      const at = protocol === 'grpc' ? server.grpcUrl : server.httpUrl;
      const knows = what.includes('not known') ? null : file('ca.pem');
      const settings = otlpSettings(at, { protocol, tls: { ca: knows, cert: null, key: null }, maxBatch: 2 });
      const sending = exporter(settings, file('spool'));
      sending.spans(numberedSpans(0, 5));
      await until(() => traces(sending).spooled === 5);
      sending.spans(numberedSpans(5, 5));
      await until(() => traces(sending).spooled === 10);
      const { state, lastError, requests } = sending.status();
      expect(state).toBe('failed');
      expect(lastError?.message).toMatch(message);
      // It is not asked again and again.
      expect(requests).toBe(1);
      certificate('right');
      const right = await startOtlpReceiver({ tls: { key: text('right.key'), cert: text('right.pem') } });
      ends.push(() => right.close());
      sending.reconfigure({
        ...settings,
        endpoint: protocol === 'grpc' ? right.grpcUrl : right.httpUrl,
        tls: { ca: file('ca.pem'), cert: null, key: null },
      });
      expect(await sending.flush(10_000)).toBe(true);
      expect(numbersOf(right.spans())).toEqual(numbersOf(numberedSpans(0, 10)));
      expect(traces(sending)).toMatchObject({ taken: 10, sent: 10, dropped: 0, rejected: 0 });
      expect(sending.status().state).toBe('ok');
    },
  );

  it.each(PROTOCOLS)('over %s keeps everything where the client has nothing to show', async (protocol) => {
    authority();
    certificate('client');
    certificate('other');
    const server = await startOtlpReceiver();
    ends.push(() => server.close());
    const plain = protocol === 'grpc' ? server.grpcUrl : server.httpUrl;
    const none = { ca: null, cert: null, key: null };
    for (const [tls, message] of [
      [{ ...none, key: file('client.key') }, /only of use together/],
      [{ ...none, cert: file('client.pem') }, /only of use together/],
      [{ ...none, cert: file('client.csr'), key: file('client.key') }, /no PEM files that belong/],
      [{ ...none, cert: file('client.pem'), key: file('other.key') }, /no PEM files that belong/],
    ] as const) {
      const settings = otlpSettings(plain.replace('http:', 'https:'), { protocol, tls });
      const made = exporter(settings);
      made.spans(numberedSpans(0, 5));
      expect(await made.flush(100)).toBe(false);
      expect(made.status()).toMatchObject({ state: 'failed', requests: 0 });
      expect(made.status().lastError?.message).toMatch(message);
      expect(traces(made)).toMatchObject({ taken: 5, queued: 5 });
      made.reconfigure({ ...settings, endpoint: plain, tls: none });
      expect(await made.flush(10_000)).toBe(true);
      expect(traces(made)).toMatchObject({ sent: 5 });
    }
  });

  it('over gRPC refuses nothing for good that never got to a server', async () => {
    const transport = createGrpcTransport({
      endpoints: { traces: 'https://127.0.0.1:1', metrics: '', logs: '' },
      headers: resolveHeaders({}, {}, []),
      gzip: false,
      tls: { ca: null, cert: Buffer.from('no certificate'), key: Buffer.from('no key') },
    });
    const send = (form: 'protobuf' | 'json') =>
      transport.send('traces', form, new Uint8Array(), 1000, new AbortController().signal);
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    ends.push(() => Promise.resolve(vi.useRealTimers()));
    expect(await send('protobuf')).toMatchObject({ type: 'blocked' });
    // No timeout outlives a request that could not be made: it would find nothing to cancel.
    expect(vi.getTimerCount()).toBe(0);
    // What lies on disk and is no request will never be one.
    expect(await send('json')).toMatchObject({ type: 'refused' });
    transport.close();
  });

  it('tries again by itself, slowly, where the certificate is replaced at the server', async () => {
    authority();
    certificate('wrong', { host: 'other.example' });
    certificate('server');
    const server = createHttpsServer(
      { key: text('wrong.key'), cert: text('wrong.pem') },
      (request, response) => {
        request.resume().on('end', () => {
          response.setHeader('content-type', 'application/x-protobuf');
          response.end(encodeResponse('traces', 'protobuf'));
        });
      },
    );
    const url = (await listen(server)).replace('http://127.0.0.1', 'https://localhost');
    const settings = otlpSettings(url, { tls: { ca: file('ca.pem'), cert: null, key: null } });
    const made = createOtlpExporter(settings, exportContext({ spoolDir: null }), { ...QUICK, repairMs: 50 });
    ends.push(() => made.close(0));
    made.spans(numberedSpans(0, 5));
    await until(() => made.status().retries > 1);
    expect(traces(made)).toMatchObject({ queued: 5 });
    server.setSecureContext({ key: text('server.key'), cert: text('server.pem') });
    await until(() => traces(made).sent === 5);
  });

  it('says where no TLS is spoken at all', async () => {
    const { url } = await faulty((_request, response) => response.end());
    const made = exporter(otlpSettings(url.replace('http:', 'https:')));
    made.spans(numberedSpans(0, 1));
    await until(() => made.status().state === 'failed');
    expect(made.status().lastError?.message).toMatch(/http:\/\/ instead of https/);
  });
});

describe('an exporter whose settings cannot work', () => {
  it('puts on disk what its queue has no room for, and sends all of it in order once they can', async () => {
    const server = await startOtlpReceiver();
    ends.push(() => server.close());
    const settings = otlpSettings(server.httpUrl, {
      headers: { 'x-key': '${A_VARIABLE_THAT_IS_NOT_SET}' },
      maxQueue: 20,
      maxBatch: 10,
    });
    const waiting = exporter(settings, join(folder, 'spool'));
    for (let from = 0; from < 105; from += 15) waiting.spans(numberedSpans(from, 15));
    await until(() => traces(waiting).spooled === 105);
    expect(waiting.status()).toMatchObject({ state: 'failed', requests: 0 });
    expect(traces(waiting)).toMatchObject({ taken: 105, dropped: 0 });
    waiting.reconfigure({ ...settings, headers: {} });
    waiting.spans(numberedSpans(105, 5));
    expect(await waiting.flush(10_000)).toBe(true);
    expect(numbersOf(server.spans())).toEqual(numbersOf(numberedSpans(0, 110)));
    expect(traces(waiting)).toMatchObject({ taken: 110, sent: 110 });
  });
});

describe('an exporter whose folder is taken away', () => {
  it('says so, and counts what it could keep nowhere at its end', async () => {
    const away = await startOtlpReceiver();
    await away.close();
    const made = exporter(otlpSettings(away.httpUrl, { maxBatch: 1000 }), folder);
    rmSync(join(folder, 'out'), { recursive: true });
    writeFileSync(join(folder, 'out'), 'in its place');
    made.spans(numberedSpans(0, 1200));
    await made.close(300);
    expect(made.status().lastError?.message).toBe('What waits cannot be kept on disk (ENOTDIR).');
    expect(traces(made)).toMatchObject({ taken: 1200, dropped: 1200 });
    expect(readFileSync(join(folder, 'out'), 'utf8')).toBe('in its place');
  });
});

describe('whatever happens', () => {
  it.each([1, 2, 3, 4, 5, 6])(
    'all counts add up at every moment, and nothing arrives out of order (seed %i)',
    async (seed) => {
      const random = randomFrom(seed);
      const pick = (count: number): number => Math.floor(random() * count);
      let mood = 0;
      const server = await startOtlpReceiver({
        answer: ({ signal, items, form }) => {
          const dice = random();
          if (mood === 1) return { status: 503, grpcCode: 14 };
          if (mood === 2 && dice < 0.3) return { reset: true };
          if (mood === 3 && items > 8) return { status: 413, grpcCode: 8, message: 'larger than max' };
          if (mood === 4 && dice < 0.3) return { status: 400, grpcCode: 3 };
          if (mood === 5 && dice < 0.5) {
            return {
              body: encodeResponse(signal, form, { rejected: Math.min(items, pick(5)), message: 'some' }),
            };
          }
          return undefined;
        },
      });
      ends.push(() => server.close());
      const settings = (): OtlpExporterSettings => {
        const protocol = (['http/protobuf', 'http/protobuf', 'grpc'] as const)[pick(3)]!;
        return otlpSettings(protocol === 'grpc' ? server.grpcUrl : server.httpUrl, {
          protocol,
          gzip: random() < 0.5,
          maxQueue: 20 + pick(200),
          maxBatch: 1 + pick(40),
          spoolBytes: pick(3) * 60_000,
          timeoutMs: 5000,
        });
      };
      const given = { traces: 0, logs: 0, metrics: 0 };
      const before = { traces: 0, logs: 0, metrics: 0 };
      let made = createOtlpExporter(settings(), exportContext({ spoolDir: folder }), QUICK);
      ends.push(() => made.close(0));
      const check = (): void => {
        const status = made.status();
        checkCounts(status);
        for (const signal of ['traces', 'logs', 'metrics'] as const) {
          expect(status.signals[signal]!.taken).toBe(given[signal] + before[signal]);
        }
      };
      for (let step = 0; step < 150; step += 1) {
        const count = 1 + pick(30);
        const what = pick(12);
        if (what < 4) {
          made.spans(numberedSpans(step * 100, count));
          given.traces += count;
        } else if (what < 6) {
          made.logs(numberedLogs(step * 100, count));
          given.logs += count;
        } else if (what === 6) {
          made.metrics(counterOf(count), 1_700_000_000_000 + step);
          given.metrics += count;
        } else if (what === 7) mood = pick(6);
        else if (what === 8) made.reconfigure(settings());
        else if (what === 9 && step % 3 === 0) {
          await made.close(pick(30));
          check();
          // A file whose items went out in parts is whole until the last of them is out: then it comes again.
          const files = existsSync(join(folder, 'out')) ? readdirSync(join(folder, 'out')) : [];
          for (const signal of ['traces', 'logs', 'metrics'] as const) {
            given[signal] = 0;
            const items = files.map((name) =>
              name.includes(signal) ? Number(/(\d+)\.otlp/.exec(name)![1]) : 0,
            );
            before[signal] = items.reduce((sum, count) => sum + count, 0);
            expect(before[signal]).toBeGreaterThanOrEqual(made.status().signals[signal]!.spooled);
          }
          made = createOtlpExporter(settings(), exportContext({ spoolDir: folder }), QUICK);
        } else await new Promise((resolve) => setTimeout(resolve, pick(15)));
        check();
      }
      mood = 0;
      await until(() => {
        check();
        const { traces: one, logs: two, metrics: three } = made.status().signals;
        return [one, two, three].every((counts) => counts!.queued + counts!.spooled === 0);
      });
      const numbers = numbersOf(server.spans());
      // What broke off may come twice; leaving that aside the order is that of the recording.
      const firsts = [...new Set(numbers)];
      expect(firsts).toEqual(firsts.toSorted((a, b) => a - b));
      expect(firsts.length).toBeGreaterThan(30);
    },
    60_000,
  );
});
