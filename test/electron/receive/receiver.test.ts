import { writeFileSync } from 'node:fs';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, describe, expect, it } from 'vitest';
import { createReceiver } from '../../../electron/receive/receiver.ts';
import type { TracedeckError } from '../../../electron/errors/tracedeckError.ts';
import { encodeTraces } from '../../../electron/telemetry/export/otlpEncode.ts';
import { receiverSettingsSchema } from '../../../shared/traceQuery.ts';
import { numberedSpans, until } from '../telemetry/export/exportRecords.ts';
import { OPEN, RECEIVER_WORKER, settingsWith, startReceiving } from './receiving.ts';

const cleanUp: (() => unknown)[] = [];
afterEach(async () => {
  for (const each of cleanUp.splice(0).reverse()) await each();
});
const TRACE = '0af7651916cd43dd8448eb211c80319c';
const body = (from: number, count: number) =>
  new Uint8Array(
    encodeTraces(
      { resource: { 'service.name': 'A' }, scope: { name: 's', version: '1' } },
      numberedSpans(from, count),
      'protobuf',
    ),
  );
const post = (url: string, bytes: Uint8Array<ArrayBuffer>) =>
  fetch(`${url}/v1/traces`, {
    method: 'POST',
    headers: { 'content-type': 'application/x-protobuf' },
    body: bytes,
  });

describe('the receiver', () => {
  it('is off, without a thread, until it is switched on', async () => {
    const receiver = createReceiver({
      store: {} as never,
      addDelta: (point) => point,
      // Would not start.
      workerFile: pathToFileURL('/nowhere.ts'),
      ownInstance: null,
    });
    await receiver.configure(receiverSettingsSchema.parse({}), { token: 'some-token', isLocked: false });
    expect(receiver.status()).toMatchObject({
      http: { state: 'off', url: null, fault: null },
      grpc: { state: 'off', url: null, fault: null },
      hasToken: true,
      requests: 0,
    });
    await receiver.close();
  });

  it('is switched off and on again, and counts on', async () => {
    const receiving = await startReceiving({ workerFile: RECEIVER_WORKER });
    cleanUp.push(receiving.close);
    const { receiver, httpUrl } = receiving;
    expect((await post(httpUrl(), body(0, 3))).status).toBe(200);
    const off = { enabled: false, port: 0 };
    await receiver.configure(settingsWith({ http: off, grpc: off }), OPEN);
    expect(receiver.status().http.state).toBe('off');
    await receiver.configure(settingsWith(), OPEN);
    expect((await post(httpUrl(), body(3, 3))).status).toBe(200);
    await until(() => receiver.status().spans === 6);
  });

  it('answers what is under way before it closes', async () => {
    const receiving = await startReceiving({ workerFile: RECEIVER_WORKER });
    cleanUp.push(receiving.close);
    const { receiver, httpUrl, spansOf } = receiving;
    const url = httpUrl();
    const answers = Array.from({ length: 12 }, (_, index) =>
      post(url, body(index * 50, 50)).then(
        ({ status }) => status,
        () => null,
      ),
    );
    await Promise.race(answers);
    await receiver.close();
    const stored = (await Promise.all(answers)).filter((status) => status === 200).length;
    expect(stored).toBeGreaterThan(0);
    expect(await spansOf(TRACE)).toHaveLength(stored * 50);
    expect(receiver.status().http.state).toBe('off');
  });

  it('starts its thread again when it ends by itself', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'tracedeck-dying-'));
    cleanUp.push(() => rmSync(folder, { recursive: true, force: true }));
    // The thread as it is, but that one request kills it.
    const file = join(folder, 'dyingWorker.mjs');
    writeFileSync(
      file,
      `import { parentPort } from 'node:worker_threads';
       const post = parentPort.postMessage.bind(parentPort);
       parentPort.postMessage = (message, transfer) => {
         if (message.type === 'write' && message.records.spans[0].length > 100_000) process.exit(7);
         post(message, transfer);
       };
       await import(${JSON.stringify(RECEIVER_WORKER.href)});`,
    );
    const notices: TracedeckError[] = [];
    const written: number[] = [];
    const receiver = createReceiver({
      store: {
        pending: 0,
        maxPending: 8,
        writeSpans: async (bytes) => (written.push(bytes.length), { refused: 0 }),
        writeLogs: async () => undefined,
        writeMetrics: async () => undefined,
      },
      addDelta: (point) => point,
      workerFile: pathToFileURL(file),
      ownInstance: null,
      onNotice: (notice) => notices.push(notice),
    });
    cleanUp.push(() => receiver.close());
    await receiver.configure(settingsWith(), OPEN);
    expect((await post(receiver.status().http.url!, body(0, 3))).status).toBe(200);
    await until(() => receiver.status().requests === 1);
    await expect(post(receiver.status().http.url!, body(0, 4000))).rejects.toThrow();
    await until(() => notices.length === 1 && receiver.status().http.state === 'listening');
    expect(notices[0]).toMatchObject({ code: 'receiver_died', category: 'degraded' });
    expect((await post(receiver.status().http.url!, body(3, 3))).status).toBe(200);
    await until(() => receiver.status().requests === 2);
    expect(written).toHaveLength(2);
  });
});
