import { describe, expect, it } from 'vitest';
import { createExportPool } from '../../../../electron/telemetry/export/exportPool.ts';
import type {
  FromExportWorker,
  ToExportWorker,
} from '../../../../electron/telemetry/export/exportMessages.ts';
import { readRpcStatus } from '../../../../electron/telemetry/export/rpcStatus.ts';
import { splitRequest } from '../../../../electron/telemetry/export/requestSplit.ts';
import { encodeSpans } from '../../../../shared/spanCodec.ts';
import { encodeStatus } from '../../../fixtures/otlpDecode.ts';
import { startOtlpReceiver } from '../../../fixtures/otlpReceiver.ts';
import { numberedSpans, numbersOf, otlpSettings, QUICK, until, upTo } from './exportRecords.ts';

function openPool() {
  const posted: FromExportWorker[] = [];
  const pool = createExportPool({ post: (message) => posted.push(message), env: {}, timing: QUICK });
  let seq = 0;
  return {
    posted,
    async ask(message: Record<string, unknown>): Promise<boolean> {
      const own = ++seq;
      pool.receive({ ...message, seq: own } as unknown as ToExportWorker);
      const answer = () =>
        posted.find((each) => each.type === 'done' && each.seq === own) as { ok: boolean } | undefined;
      await until(() => answer() !== undefined);
      return answer()!.ok;
    },
    opened: { type: 'open', resource: {}, scope: { name: 'a', version: '1' }, spoolDir: null, startedMs: 0 },
  };
}

describe('the pool of exporters', () => {
  it('refuses what makes no sense and goes on', async () => {
    const server = await startOtlpReceiver();
    const { ask, opened } = openPool();
    expect(await ask({ type: 'configure', exporters: [] })).toBe(false);
    expect(await ask(opened)).toBe(true);
    expect(await ask({ type: 'configure', exporters: [otlpSettings(server.httpUrl)] })).toBe(true);
    expect(await ask({ type: 'spans', bytes: new Uint8Array(100) })).toBe(false);
    expect(await ask({ type: 'logs', records: null })).toBe(true);
    expect(await ask({ type: 'metrics', pull: null, snapshots: 7, timeMs: 0 })).toBe(true);
    expect(await ask({ type: 'metrics', pull: 99, snapshots: [], timeMs: 0 })).toBe(true);
    expect(await ask({ type: 'spans', bytes: encodeSpans(numberedSpans(0, 10)) })).toBe(true);
    // Nobody answers its question for totals, and it does not wait long.
    expect(await ask({ type: 'flush', timeoutMs: 400 })).toBe(true);
    expect(server.spans()).toHaveLength(10);
    expect(await ask({ type: 'close', timeoutMs: 400 })).toBe(true);
    await server.close();
  });

  it('gives nobody what came before him, and whoever goes all that was meant for him', async () => {
    const slow = await startOtlpReceiver({ answer: () => ({ delayMs: 5 }) });
    const other = await startOtlpReceiver();
    const { ask, opened } = openPool();
    await ask(opened);
    const first = otlpSettings(slow.httpUrl, { id: 'first', maxQueue: 100, maxBatch: 50 });
    const second = otlpSettings(other.httpUrl, { id: 'second' });
    await ask({ type: 'configure', exporters: [first] });
    const before = ask({ type: 'spans', bytes: encodeSpans(numberedSpans(0, 2000)) });
    await ask({ type: 'configure', exporters: [first, second] });
    const between = ask({ type: 'spans', bytes: encodeSpans(numberedSpans(2000, 10)) });
    await ask({ type: 'configure', exporters: [second] });
    await ask({ type: 'spans', bytes: encodeSpans(numberedSpans(2010, 10)) });
    expect([await before, await between]).toEqual([true, true]);
    expect(await ask({ type: 'flush', timeoutMs: 5000 })).toBe(true);
    expect(numbersOf(other.spans())).toEqual(upTo(2020).slice(2000));
    expect(numbersOf(slow.spans())).toEqual(upTo(2010));
    expect(await ask({ type: 'close', timeoutMs: 400 })).toBe(true);
    await Promise.all([slow.close(), other.close()]);
  });

  it('gives an exporter on its way out nothing twice while another one waits for its place', async () => {
    const slow = await startOtlpReceiver({ answer: () => ({ delayMs: 5 }) });
    const { ask, opened } = openPool();
    await ask(opened);
    await ask({
      type: 'configure',
      exporters: [otlpSettings(slow.httpUrl, { id: 'one', maxQueue: 100, maxBatch: 50 })],
    });
    const before = ask({ type: 'spans', bytes: encodeSpans(numberedSpans(0, 2000)) });
    const replaced = { id: 'one', kind: 'console', enabled: true, signals: ['logs'] };
    await ask({ type: 'configure', exporters: [replaced] });
    expect(await before).toBe(true);
    expect(numbersOf(slow.spans())).toEqual(upTo(2000));
    await ask({ type: 'close', timeoutMs: 400 });
    await slow.close();
  });

  it('counts what cannot be encoded as rejected', async () => {
    const server = await startOtlpReceiver();
    const { ask, opened, posted } = openPool();
    await ask(opened);
    await ask({ type: 'configure', exporters: [otlpSettings(server.httpUrl)] });
    await ask({ type: 'logs', records: [{ timeMs: 1, level: 'info', message: {}, attributes: null }] });
    expect(await ask({ type: 'flush', timeoutMs: 400 })).toBe(true);
    const status = posted.findLast((each) => each.type === 'status')!;
    expect(status.exporters[0]!.signals.logs).toMatchObject({ taken: 1, rejected: 1 });
    expect(status.exporters[0]!.lastError!.message).toContain('Cannot be encoded');
    await ask({ type: 'close', timeoutMs: 100 });
    await server.close();
  });

  it('takes an exporter that comes back from where it went', async () => {
    const server = await startOtlpReceiver({ answer: () => ({ delayMs: 100 }) });
    const { ask, opened } = openPool();
    await ask(opened);
    const settings = otlpSettings(server.httpUrl, { signals: ['traces'] });
    await ask({ type: 'configure', exporters: [settings] });
    await ask({ type: 'spans', bytes: encodeSpans(numberedSpans(0, 5)) });
    await ask({ type: 'configure', exporters: [] });
    await ask({ type: 'configure', exporters: [settings] });
    expect(server.spans()).toHaveLength(5);
    await ask({ type: 'close', timeoutMs: 100 });
    await server.close();
  });
});

describe('what servers say', () => {
  it('is read where it is a status, and nothing where it is not', () => {
    expect(readRpcStatus(encodeStatus(8, 'so', 1500))).toEqual({ message: 'so', retryMs: 1500 });
    expect(readRpcStatus(encodeStatus(8, 'so'))).toEqual({ message: 'so', retryMs: null });
    expect(readRpcStatus(new Uint8Array())).toEqual({ message: '', retryMs: null });
    for (const bytes of [
      [255],
      [18, 5, 1],
      [0x0b],
      [10, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 1],
      [0, 0],
    ]) {
      expect(readRpcStatus(Uint8Array.from(bytes))).toBeNull();
    }
    const other = Uint8Array.from([26, 5, 10, 1, 120, 18, 0]);
    expect(readRpcStatus(other)).toEqual({ message: '', retryMs: null });
    expect(readRpcStatus(Uint8Array.from([18, 1, 0xff]))).toBeNull();
  });

  it('does not make anybody cut what cannot be cut', () => {
    expect(splitRequest('traces', 'json', Buffer.from('{'), 5)).toBeNull();
    expect(splitRequest('traces', 'protobuf', Uint8Array.from([255]), 5)).toBeNull();
    expect(splitRequest('traces', 'protobuf', new Uint8Array(), 1)).toBeNull();
  });
});
