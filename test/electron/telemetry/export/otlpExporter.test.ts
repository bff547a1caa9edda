import {
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
  existsSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createOtlpExporter } from '../../../../electron/telemetry/export/otlpExporter.ts';
import type { OtlpExporter } from '../../../../electron/telemetry/export/otlpExporter.ts';
import type { OtlpExporterSettings, Signal } from '../../../../shared/telemetrySettings.ts';
import { encodeResponse, encodeStatus } from '../../../fixtures/otlpDecode.ts';
import { startOtlpReceiver } from '../../../fixtures/otlpReceiver.ts';
import type { OtlpReceiver, OtlpReceiverOptions } from '../../../fixtures/otlpReceiver.ts';
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
  upTo,
} from './exportRecords.ts';

let folder: string;
const open: { close(): Promise<void> }[] = [];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tracedeck-export-'));
});
afterEach(async () => {
  for (const each of open.splice(0).reverse()) await each.close();
  rmSync(folder, { recursive: true, force: true });
});

async function receiver(options?: OtlpReceiverOptions): Promise<OtlpReceiver> {
  const server = await startOtlpReceiver(options);
  open.push(server);
  return server;
}
function exporter(settings: OtlpExporterSettings, other = {}, timing = QUICK): OtlpExporter {
  const made = createOtlpExporter(settings, exportContext({ spoolDir: folder, ...other }), timing);
  open.push({ close: () => made.close(0) });
  return made;
}
const countsOf = (made: OtlpExporter, signal: Signal = 'traces') => {
  checkCounts(made.status());
  return made.status().signals[signal]!;
};
const NONE = { taken: 0, sent: 0, rejected: 0, dropped: 0, queued: 0, spooled: 0 };
/** A port at which nobody listens. */
async function deadEnd(): Promise<OtlpReceiver> {
  const server = await startOtlpReceiver();
  await server.close();
  return server;
}

describe.each([
  ['http/protobuf', true],
  ['http/protobuf', false],
  ['http/json', true],
  ['grpc', true],
  ['grpc', false],
] as const)('over %s, gzip %s', (protocol, gzip) => {
  const settingsFor = (server: OtlpReceiver, other = {}): OtlpExporterSettings =>
    otlpSettings(protocol === 'grpc' ? server.grpcUrl : server.httpUrl, { protocol, gzip, ...other });

  it('delivers all three signals in batches and in order', async () => {
    const server = await receiver();
    const made = exporter(settingsFor(server, { maxBatch: 100, headers: { 'X-Tenant': 'me' } }));
    expect(made.status().state).toBe('idle');
    made.spans(numberedSpans(0, 250));
    made.logs(numberedLogs(0, 30));
    made.metrics(counterOf(3, 7), 1_700_000_000_000);
    expect(await made.flush(10_000)).toBe(true);

    expect(numbersOf(server.spans())).toEqual(upTo(250));
    expect(server.logs().map(({ message }) => message)).toEqual(upTo(30).map((row) => `line ${row}`));
    expect(server.metrics()[0]!.points.map(({ value }) => value)).toEqual([7, 7, 7]);
    expect(server.requests.filter(({ signal }) => signal === 'traces').map(({ items }) => items)).toEqual([
      100, 100, 50,
    ]);
    expect(server.requests.every(({ headers }) => headers['x-tenant'] === 'me')).toBe(true);
    expect(server.requests.find(({ signal }) => signal === 'traces')!.gzip).toBe(gzip);
    expect(countsOf(made)).toEqual({ ...NONE, taken: 250, sent: 250 });
    expect(countsOf(made, 'logs')).toEqual({ ...NONE, taken: 30, sent: 30 });
    expect(countsOf(made, 'metrics')).toEqual({ ...NONE, taken: 3, sent: 3 });
    expect(made.status()).toMatchObject({ state: 'ok', requests: 5, retries: 0, lastError: null });
    expect(made.status().latencyMs).toBeGreaterThan(0);
  });

  it('repeats what the server could not take now, and loses nothing', async () => {
    let refusals = 3;
    const server = await receiver({
      answer: () => (refusals-- > 0 ? { status: 503, grpcCode: 14, message: 'later' } : undefined),
    });
    const made = exporter(settingsFor(server, { maxBatch: 10, signals: ['traces'] }));
    made.spans(numberedSpans(0, 40));
    await until(() => countsOf(made).sent === 40);
    expect(numbersOf(server.spans())).toEqual(upTo(40));
    expect(made.status()).toMatchObject({ state: 'ok', retries: 3, requests: 7 });
    expect(made.status().lastError?.message).toContain('later');
    expect(readdirSync(join(folder, 'out'))).toEqual(['owner']);
  });

  it('counts what a partial success leaves out, with the reason of the server', async () => {
    const form = protocol === 'http/json' ? 'json' : 'protobuf';
    const server = await receiver({
      answer: ({ signal }) => ({ body: encodeResponse(signal, form, { rejected: 4, message: 'too old' }) }),
    });
    const made = exporter(settingsFor(server));
    made.spans(numberedSpans(0, 10));
    expect(await made.flush(5000)).toBe(true);
    expect(countsOf(made)).toEqual({ ...NONE, taken: 10, sent: 6, rejected: 4 });
    expect(made.status()).toMatchObject({ state: 'ok', lastError: { message: 'too old' } });
    expect(server.requests).toHaveLength(1);
  });

  it('does not repeat what is refused for good', async () => {
    const server = await receiver({ answer: () => ({ status: 400, grpcCode: 3, message: 'not like this' }) });
    const made = exporter(settingsFor(server));
    made.spans(numberedSpans(0, 10));
    expect(await made.flush(5000)).toBe(true);
    expect(countsOf(made)).toEqual({ ...NONE, taken: 10, rejected: 10 });
    expect(made.status().state).toBe('failed');
    expect(made.status().lastError?.message).toContain('not like this');
    expect(server.requests).toHaveLength(1);
  });

  it('halves what is too large until it fits, and gives up on single items alone', async () => {
    const server = await receiver({
      answer: ({ items, spans, logs, metrics }) => {
        const isBad = [...numbersOf(spans), ...logs.map(({ message }) => Number(message.slice(5)))].includes(
          13,
        );
        return items > 7 || isBad || (metrics.length > 0 && items > 2)
          ? { status: 413, grpcCode: 8, message: 'Received message larger than max' }
          : undefined;
      },
    });
    const made = exporter(settingsFor(server));
    made.spans(numberedSpans(0, 50));
    made.logs(numberedLogs(0, 20));
    made.metrics(counterOf(9), 1_700_000_000_000);
    expect(await made.flush(20_000)).toBe(true);
    expect(numbersOf(server.spans())).toEqual(upTo(50).filter((number) => number !== 13));
    expect(server.logs()).toHaveLength(19);
    const points = server.metrics().flatMap((metric) => metric.points as readonly { attributes: object }[]);
    expect(points.map(({ attributes }) => attributes)).toEqual(upTo(9).map((row) => ({ row })));
    expect(countsOf(made)).toEqual({ ...NONE, taken: 50, sent: 49, rejected: 1 });
    expect(countsOf(made, 'logs')).toEqual({ ...NONE, taken: 20, sent: 19, rejected: 1 });
    expect(countsOf(made, 'metrics')).toEqual({ ...NONE, taken: 9, sent: 9 });
  });

  it('keeps everything on disk while the endpoint is away, and sends it in order when it is back', async () => {
    const dead = await deadEnd();
    const made = exporter(settingsFor(dead, { maxBatch: 10, maxQueue: 50 }));
    for (let from = 0; from < 300; from += 20) {
      made.spans(numberedSpans(from, 20));
      await until(() => countsOf(made).queued < 20 && made.status().retries > 1);
    }
    made.logs(numberedLogs(0, 5));
    await until(() => countsOf(made).spooled === 300 && countsOf(made, 'logs').spooled === 5);
    expect(made.status()).toMatchObject({ state: 'waiting', latencyMs: null });
    expect(made.status().spoolBytes).toBeGreaterThan(0);

    const server = await receiver({ httpPort: dead.httpPort, grpcPort: dead.grpcPort });
    made.spans(numberedSpans(300, 5));
    await until(() => countsOf(made).sent === 305 && countsOf(made, 'logs').sent === 5);
    expect(numbersOf(server.spans())).toEqual(upTo(305));
    expect(countsOf(made)).toEqual({ ...NONE, taken: 305, sent: 305 });
    expect(made.status()).toMatchObject({ state: 'ok', spoolBytes: 0 });
  });

  it('goes on after a restart with what was left', async () => {
    const dead = await deadEnd();
    const first = createOtlpExporter(settingsFor(dead), exportContext({ spoolDir: folder }), QUICK);
    first.spans(numberedSpans(0, 70));
    await first.close(200);
    expect(countsOf(first)).toMatchObject({ taken: 70, spooled: 70 });
    expect(first.status().lastError?.message).not.toBe('');

    const server = await receiver();
    const second = exporter(settingsFor(server));
    second.spans(numberedSpans(70, 30));
    await until(() => countsOf(second).sent === 100);
    expect(numbersOf(server.spans())).toEqual(upTo(100));
    expect(countsOf(second)).toEqual({ ...NONE, taken: 100, sent: 100 });
  });
});

describe('an OTLP exporter', () => {
  it('waits as long as the server asks for', async () => {
    const asked = [
      { status: 429, after: () => '1' },
      { status: 503, after: () => new Date(Date.now() + 1900).toUTCString() },
    ];
    for (const { status, after } of asked) {
      let first = true;
      const server = await receiver({
        answer: () => {
          if (!first) return undefined;
          first = false;
          return { status, headers: { 'retry-after': after() } };
        },
      });
      const made = exporter(otlpSettings(server.httpUrl, { id: `out-${status}` }));
      made.spans(numberedSpans(0, 3));
      await until(() => countsOf(made).sent === 3);
      const [one, two] = server.requests;
      expect(two!.atMs - one!.atMs).toBeGreaterThan(status === 429 ? 990 : 500);
    }
  });

  it('takes a gRPC server at its word: RESOURCE_EXHAUSTED is for good unless it says when to come again', async () => {
    const details = Buffer.from(encodeStatus(8, 'slow down', 300)).toString('base64');
    let answers = 0;
    const server = await receiver({
      answer: () => {
        answers += 1;
        if (answers === 1) return { grpcCode: 8, headers: { 'grpc-status-details-bin': details } };
        return answers === 3 ? { grpcCode: 8, message: 'quota' } : undefined;
      },
    });
    const made = exporter(otlpSettings(server.grpcUrl, { protocol: 'grpc' }));
    made.spans(numberedSpans(0, 3));
    await until(() => countsOf(made).sent === 3);
    expect(server.requests[1]!.atMs - server.requests[0]!.atMs).toBeGreaterThan(295);
    made.spans(numberedSpans(3, 3));
    await until(() => countsOf(made).rejected === 3);
    expect(server.requests).toHaveLength(3);
  });

  it('drops the oldest when memory and disk are full, and counts them', async () => {
    const dead = await deadEnd();
    const inMemory = exporter(otlpSettings(dead.httpUrl, { maxQueue: 100, maxBatch: 1000, spoolBytes: 0 }));
    for (let from = 0; from < 1000; from += 50) inMemory.spans(numberedSpans(from, 50));
    expect(countsOf(inMemory)).toEqual({ ...NONE, taken: 1000, queued: 100, dropped: 900 });
    await sleep(60);
    checkCounts(inMemory.status());
    await inMemory.close(0);
    expect(countsOf(inMemory)).toEqual({ ...NONE, taken: 1000, dropped: 1000 });

    const onDisk = exporter(otlpSettings(dead.httpUrl, { id: 'disk', maxBatch: 10, spoolBytes: 40_960 }));
    onDisk.spans(numberedSpans(0, 500));
    await until(() => countsOf(onDisk).dropped > 0 && countsOf(onDisk).queued === 0);
    expect(countsOf(onDisk)).toMatchObject({ taken: 500, spooled: 100, dropped: 400 });
    expect(onDisk.status().spoolBytes).toBe(40_960);
    const server = await receiver({ httpPort: dead.httpPort });
    await until(() => countsOf(onDisk).sent === 100);
    expect(numbersOf(server.spans()).filter((number) => number >= 410)).toEqual(upTo(500).slice(410));
  });

  it('goes on in memory when the disk is full, and on disk when there is room again', async () => {
    const dead = await deadEnd();
    const made = exporter(otlpSettings(dead.httpUrl, { maxBatch: 10, maxQueue: 60 }));
    // A real device without room; the link is gone with the first failure.
    symlinkSync('/dev/full', join(folder, 'out', 'next.tmp'));
    made.spans(numberedSpans(0, 10));
    await until(() => (made.status().lastError?.message ?? '').includes('no room on the disk'));
    expect(countsOf(made)).toMatchObject({ taken: 10, queued: 10, spooled: 0 });
    await until(() => countsOf(made).spooled === 10);
    checkCounts(made.status());
  });

  it('works without a folder that it could make', async () => {
    writeFileSync(join(folder, 'file'), '');
    const dead = await deadEnd();
    const made = exporter(otlpSettings(dead.httpUrl), { spoolDir: join(folder, 'file') });
    expect(made.status().lastError?.message).toContain('Nothing can wait on disk');
    made.spans(numberedSpans(0, 5));
    await until(() => made.status().retries > 2);
    expect(countsOf(made)).toMatchObject({ queued: 5 });
    const server = await receiver({ httpPort: dead.httpPort });
    await until(() => countsOf(made).sent === 5);
    expect(server.spans()).toHaveLength(5);
  });

  it('counts and leaves out a torn file', async () => {
    const dead = await deadEnd();
    const first = createOtlpExporter(
      otlpSettings(dead.httpUrl, { maxBatch: 10 }),
      exportContext({ spoolDir: folder }),
      QUICK,
    );
    first.spans(numberedSpans(0, 30));
    await first.close(100);
    const files = readdirSync(join(folder, 'out')).sort();
    expect(files).toHaveLength(3);
    const torn = join(folder, 'out', files[1]!);
    writeFileSync(torn, readFileSync(torn).subarray(0, 100));
    writeFileSync(join(folder, 'out', 'next.tmp'), 'half');

    const server = await receiver();
    const second = exporter(otlpSettings(server.httpUrl));
    await until(() => countsOf(second).sent === 20);
    expect(countsOf(second)).toEqual({ ...NONE, taken: 30, sent: 20, dropped: 10 });
    expect(numbersOf(server.spans())).toEqual(upTo(30).filter((number) => number < 10 || number >= 20));
    expect(readdirSync(join(folder, 'out'))).toEqual(['owner']);
  });

  it('moves to another endpoint with all that waits, in memory and on disk', async () => {
    const dead = await deadEnd();
    const made = exporter(otlpSettings(dead.httpUrl, { maxBatch: 10 }));
    made.spans(numberedSpans(0, 35));
    await until(() => countsOf(made).spooled > 0);
    made.spans(numberedSpans(35, 5));
    const server = await receiver();
    made.reconfigure(otlpSettings(server.grpcUrl, { protocol: 'grpc', maxBatch: 10 }));
    expect(await made.flush(5000)).toBe(true);
    expect(numbersOf(server.spans())).toEqual(upTo(40));
    expect(countsOf(made)).toEqual({ ...NONE, taken: 40, sent: 40 });
    expect(made.status().target).toBe(server.grpcUrl);
  });

  it('lets a request that is under way finish when its endpoint changes', async () => {
    const slow = await receiver({ answer: () => ({ delayMs: 150 }) });
    const other = await receiver();
    const made = exporter(otlpSettings(slow.httpUrl, { maxBatch: 10 }));
    made.spans(numberedSpans(0, 10));
    await until(() => slow.requests.length === 1);
    made.reconfigure(otlpSettings(other.httpUrl, { maxBatch: 10 }));
    made.spans(numberedSpans(10, 10));
    expect(await made.flush(5000)).toBe(true);
    expect([numbersOf(slow.spans()), numbersOf(other.spans())]).toEqual([upTo(10), upTo(20).slice(10)]);
  });

  it('sends over gRPC what waited as JSON, on disk and in memory', async () => {
    const dead = await deadEnd();
    const made = exporter(otlpSettings(dead.httpUrl, { protocol: 'http/json', maxBatch: 10 }));
    made.spans(numberedSpans(0, 30));
    made.logs(numberedLogs(0, 5));
    made.metrics(counterOf(4), 1);
    await until(() => countsOf(made).spooled === 30 && countsOf(made, 'metrics').spooled === 4);
    const server = await receiver();
    made.reconfigure(otlpSettings(server.grpcUrl, { protocol: 'grpc', maxBatch: 10 }));
    made.spans(numberedSpans(30, 10));
    expect(await made.flush(5000)).toBe(true);
    expect(numbersOf(server.spans())).toEqual(upTo(40));
    expect(server.logs().map(({ message }) => message)).toEqual(
      numberedLogs(0, 5).map(({ message }) => message),
    );
    expect(server.metrics()[0]!.points).toHaveLength(4);
    expect(countsOf(made)).toMatchObject({ sent: 40, rejected: 0 });
  });

  it('forgets what was wrong with settings that are no more', async () => {
    const server = await receiver({ answer: () => ({ status: 404 }) });
    const made = exporter(otlpSettings(server.httpUrl));
    made.spans(numberedSpans(0, 5));
    await until(() => made.status().state === 'failed');
    made.reconfigure(otlpSettings(server.httpUrl, { gzip: false }));
    expect(made.status()).toMatchObject({ state: 'idle', lastError: null });
  });

  it('puts on disk what it is still given once it is to send no more, and nothing after its end', async () => {
    const server = await receiver({ answer: () => ({ delayMs: 60_000 }) });
    const made = exporter(otlpSettings(server.httpUrl, { maxQueue: 20, maxBatch: 10 }));
    made.spans(numberedSpans(0, 10));
    await until(() => server.requests.length === 1);
    made.toDisk();
    for (let from = 10; from < 100; from += made.portion) made.spans(numberedSpans(from, made.portion));
    expect(countsOf(made)).toMatchObject({ taken: 100, spooled: 100, dropped: 0 });
    await made.close(100);
    made.spans(numberedSpans(100, 5));
    expect(countsOf(made)).toMatchObject({ taken: 105, spooled: 100, dropped: 5 });
    const again = await receiver();
    const next = exporter(otlpSettings(again.httpUrl));
    expect(await next.flush(5000)).toBe(true);
    expect(numbersOf(again.spans())).toEqual(upTo(100));
  });

  it('leaves signals alone that it was not made for', async () => {
    const server = await receiver();
    const made = exporter(otlpSettings(server.httpUrl, { signals: ['logs'] }));
    made.spans(numberedSpans(0, 5));
    made.metrics(counterOf(5), 1);
    made.logs(numberedLogs(0, 5));
    expect(await made.flush(5000)).toBe(true);
    expect(Object.keys(made.status().signals)).toEqual(['logs']);
    expect(made.metricIntervalMs).toBeNull();
    expect(server.requests).toHaveLength(1);
  });

  it('sends each signal to an address of its own where one is given', async () => {
    const [general, own] = [await receiver(), await receiver()];
    const endpoints = { logs: `${own.httpUrl}/elsewhere/v1/logs?key=1` };
    const made = exporter(otlpSettings(`${general.httpUrl}/base/`, { endpoints }));
    made.spans(numberedSpans(0, 1));
    made.logs(numberedLogs(0, 1));
    expect(await made.flush(5000)).toBe(true);
    expect(general.requests.map(({ path }) => path)).toEqual(['/base/v1/traces']);
    expect(own.requests.map(({ path }) => path)).toEqual(['/elsewhere/v1/logs?key=1']);
    expect(made.status().target).toBe(`${own.httpUrl}/elsewhere/v1/logs`);
  });

  it('fails in words while its settings cannot work, keeps what it is given, and sends it once they do', async () => {
    const server = await receiver();
    const headers = { authorization: 'Bearer ${COLLECTOR_TOKEN}' };
    const made = exporter(otlpSettings(server.httpUrl, { headers }));
    made.spans(numberedSpans(0, 5));
    expect(await made.flush(50)).toBe(false);
    expect(made.status()).toMatchObject({ state: 'failed', requests: 0 });
    expect(made.status().lastError?.message).toContain('COLLECTOR_TOKEN');
    made.reconfigure(
      otlpSettings(server.httpUrl, { tls: { ca: join(folder, 'no.pem'), cert: null, key: null } }),
    );
    expect(made.status().lastError?.message).toMatch(/certificate authority .*ENOENT/);
    expect(made.status().lastError?.message).not.toContain(folder);
    made.reconfigure(otlpSettings(server.httpUrl));
    expect(await made.flush(5000)).toBe(true);
    expect(numbersOf(server.spans())).toEqual(upTo(5));
  });

  it('never shows a secret of its headers or address, whatever the server says', async () => {
    const secrets = ['canary-token-91', 'canary-pass-17', 'canary-query-5', 'canary-env-33'];
    const seen: string[] = [];
    const server = await receiver({
      answer: ({ headers, path }) => {
        seen.push(headers['authorization'] ?? '', headers['x-key'] ?? '', headers['x-env'] ?? '');
        return { status: 401, message: `I know ${JSON.stringify(headers)}, ${path} and canary-pass-17` };
      },
    });
    const dead = await deadEnd();
    const address = (of: OtlpReceiver) =>
      of.httpUrl.replace('//', '//user:canary-pass-17@') + '?key=canary-query-5';
    const headers = { 'x-key': 'Bearer canary-token-91', 'x-env': '${SECRET}' };
    for (const at of [address(server), address(dead)]) {
      const made = exporter(otlpSettings(at, { id: at.length % 2 ? 'a' : 'b', headers, maxBatch: 5 }), {
        env: { SECRET: 'canary-env-33' },
      });
      made.spans(numberedSpans(0, 20));
      await until(() => countsOf(made).rejected === 20 || countsOf(made).spooled === 20);
      const shown = JSON.stringify(made.status());
      expect(secrets.filter((secret) => shown.includes(secret))).toEqual([]);
    }
    const login = `Basic ${Buffer.from('user:canary-pass-17').toString('base64')}`;
    expect(seen.slice(0, 3)).toEqual([login, 'Bearer canary-token-91', 'canary-env-33']);
    const onDisk = readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => entry.name + readFileSync(join(entry.parentPath, entry.name), 'latin1'))
      .join();
    expect(secrets.filter((secret) => onDisk.includes(secret))).toEqual([]);
    expect(onDisk).toContain('.otlp');
  });

  it('refuses nothing and loses nothing uncounted after it was closed', async () => {
    const server = await receiver();
    const made = exporter(otlpSettings(server.httpUrl));
    await made.close(1000);
    made.spans(numberedSpans(0, 5));
    expect(countsOf(made)).toMatchObject({ taken: 5, dropped: 5 });
    expect(await made.flush(100)).toBe(true);
  });

  it('breaks off at its bound when the server hangs, and keeps what it was sending', async () => {
    const server = await receiver({ answer: () => ({ delayMs: 60_000 }) });
    const made = exporter(otlpSettings(server.httpUrl));
    made.spans(numberedSpans(0, 5));
    await until(() => server.requests.length === 1);
    await made.close(50);
    expect(countsOf(made)).toMatchObject({ taken: 5, spooled: 5 });
    expect(existsSync(join(folder, 'out'))).toBe(true);
  });

  it('says when there is room again', async () => {
    const server = await receiver({ answer: () => ({ delayMs: 30 }) });
    const made = exporter(otlpSettings(server.httpUrl, { maxQueue: 100, maxBatch: 20 }));
    await made.room();
    made.spans(numberedSpans(0, 100));
    await made.room();
    expect(countsOf(made).queued).toBeLessThanOrEqual(70);
    expect(countsOf(made).dropped).toBe(0);
    await server.close();
    made.spans(numberedSpans(100, 100));
    // Nobody waits for a dead endpoint.
    await made.room();
    checkCounts(made.status());
    open.splice(
      open.findIndex((each) => each === (server as unknown)),
      1,
    );
  });
});
