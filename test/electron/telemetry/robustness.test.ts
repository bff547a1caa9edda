/** Nothing that telemetry does, or that is done to it, may reach the code it watches; and its counts add up. */
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate as turn, setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { initTelemetry, startExports, startSpanFlusher } from '../../../electron/telemetry/index.ts';
import type { Telemetry } from '../../../electron/telemetry/index.ts';
import { blockCountOf, decodeBlock } from '../../../shared/leafCodec.ts';
import {
  componentSettingsSchema,
  exporterSchema,
  samplingSchema,
} from '../../../shared/telemetrySettings.ts';
import { openDeadEndpoints } from '../../soak/deadEndpoints.ts';
import { differenceOf, runSoak } from '../../soak/scenario.ts';

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  vi.restoreAllMocks();
  for (const cleanup of cleanups.splice(0).toReversed()) await cleanup();
});

function start(config: Partial<Parameters<typeof initTelemetry>[0]> = {}): Telemetry {
  const telemetry = initTelemetry({ version: 'test', serviceName: 'robustness', ...config });
  cleanups.push(() => telemetry.shutdown(200));
  return telemetry;
}
function tempFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'tracedeck-robust-'));
  cleanups.push(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}
/** A trace of three spans and a row; gives back what the watched code made. */
async function work(telemetry: Telemetry): Promise<string> {
  const get = telemetry.component('cache').operation('cache get');
  return telemetry.withSpan('outer', { parent: null }, async (span) => {
    span.addEvent('begun');
    const inner = telemetry.withSpan('inner', () => get.run(() => 'made'));
    await Promise.resolve();
    telemetry.startSpan('third').end();
    telemetry.logger.info('done');
    telemetry.recordMetric('work', 1);
    return inner;
  });
}
/** Ended spans and rows that lie there for a new reader. */
function heldBy(telemetry: Telemetry) {
  const reader = telemetry.spans.reader();
  const found = [];
  for (let bytes = reader.next(1000); bytes !== null; bytes = reader.next(1000))
    found.push(...decodeBlock(bytes));
  reader.close();
  return found;
}

describe('under load', () => {
  it('accounts for every one of 50,000 spans with window, disk and endpoints too slow or dead', async () => {
    const result = await runSoak({
      spans: 50_000,
      bursts: 8,
      pauseMs: 20,
      windowMs: 60,
      // So slow, and so few of what is limited, that a machine with other work to do cannot keep up either.
      diskMs: 400,
      capacity: 4096,
      noisePerSecond: 100,
      exportThread: null,
    });
    expect(result.balances.filter((balance) => differenceOf(balance) !== 0)).toEqual([]);
    const parts = Object.fromEntries(result.balances.map(({ name, parts: of }) => [name, of]));
    // The load is such that everything that can be counted is.
    expect(parts['asked for']!['left out at the start']).toBeGreaterThan(0);
    expect(parts['asked for']!['counted']).toBeGreaterThan(0);
    expect(parts['disk']!['sampled out']).toBeGreaterThan(0);
    expect(parts['disk']!['lost']).toBeGreaterThan(0);
    for (const { spoolBytes } of result.exporters) {
      expect(spoolBytes).toBeLessThanOrEqual(result.spoolLimitBytes);
    }
    expect(result.faults).toBe(0);
  }, 60_000);
});

describe('faults', () => {
  it('of listeners are counted, and reach neither the caller nor the next listener', async () => {
    const telemetry = start();
    let heard = 0;
    telemetry.spans.onChange(() => {
      throw new Error('listener');
    });
    telemetry.spans.onChange(() => (heard += 1));
    expect(await work(telemetry)).toBe('made');
    await turn();
    await turn();
    expect(heard).toBeGreaterThan(0);
    expect(telemetry.faults).toBeGreaterThan(0);
  });

  it.each([
    [
      'throws',
      () => {
        throw new Error('disk');
      },
    ],
    ['rejects', () => Promise.reject(new Error('disk'))],
  ])('of a disk that %s are counted as failed spans', async (_, writeSpans) => {
    const telemetry = start();
    const flusher = startSpanFlusher(telemetry, {
      pending: 0,
      maxPending: 4,
      writeSpans,
      writeLogs: writeSpans,
    });
    expect(await work(telemetry)).toBe('made');
    await flusher.flush();
    expect(flusher.counts()).toMatchObject({ writtenSpans: 0, failedSpans: 4, lostSpans: 0 });
    expect(await telemetry.shutdown(1000)).toBe(true);
    expect(flusher.counts().lostLogs).toBe(1);
  });

  it('of a disk that never answers hold up neither the work nor the end for long', async () => {
    const telemetry = start();
    let pending = 0;
    let taken = 0;
    const flusher = startSpanFlusher(
      telemetry,
      {
        maxPending: 1,
        get pending() {
          return pending;
        },
        writeSpans(bytes) {
          pending += 1;
          taken += blockCountOf(bytes);
          return new Promise(() => undefined);
        },
        writeLogs: () => new Promise(() => undefined),
      },
      { quietMs: 1 },
    );
    for (let i = 0; i < 50; i += 1) {
      expect(await work(telemetry)).toBe('made');
      await turn();
    }
    await expect.poll(() => pending).toBe(1);
    // And no more of it.
    await sleep(20);
    expect(pending).toBe(1);
    expect(taken).toBeGreaterThan(0);
    expect(await telemetry.shutdown(300)).toBe(false);
    expect(flusher.counts().writtenSpans).toBe(0);
    expect(telemetry.spans.counts()).toMatchObject({ ended: 200, open: 0 });
  });

  it('of endpoints that refuse, hang or fail reach nobody, and nothing is uncounted', async () => {
    const endpoints = await openDeadEndpoints();
    cleanups.push(() => endpoints.close());
    const telemetry = start();
    const exports = startExports(telemetry, {
      workerFile: null,
      spoolDir: join(tempFolder(), 'spool'),
      env: {},
      scope: { name: 'test', version: '0' },
      exporters: [
        { id: 'refusing', kind: 'otlp', endpoint: endpoints.refusing, timeoutMs: 200 },
        { id: 'hanging', kind: 'otlp', endpoint: endpoints.hanging, timeoutMs: 200, protocol: 'http/json' },
        { id: 'failing', kind: 'otlp', endpoint: endpoints.failing, timeoutMs: 200, spoolBytes: 0 },
        { id: 'grpc', kind: 'otlp', endpoint: endpoints.hanging, timeoutMs: 200, protocol: 'grpc' },
      ].map((settings) => exporterSchema.parse(settings)),
    });
    for (let i = 0; i < 20; i += 1) expect(await work(telemetry)).toBe('made');
    expect(await exports.flush(500)).toBe(false);
    const status = exports.status();
    expect(status.map(({ id }) => id)).toEqual(['refusing', 'hanging', 'failing', 'grpc']);
    for (const { signals } of status) {
      const { taken, ...parts } = signals.traces!;
      expect(taken).toBe(80);
      expect(Object.values(parts).reduce((sum, count) => sum + count, 0)).toBe(80);
      expect(parts.sent).toBe(0);
      expect(signals.logs!.taken).toBeGreaterThanOrEqual(20);
    }
    const before = performance.now();
    await exports.close(300);
    await telemetry.shutdown(300);
    expect(performance.now() - before).toBeLessThan(10_000);
  });

  it('of a full disk leave the work, the log and the other exporters alone', async () => {
    const folder = tempFolder();
    const blocked = join(folder, 'file');
    writeFileSync(blocked, '');
    const written = join(folder, 'written.jsonl');
    const telemetry = start({ logFile: join(blocked, 'log', 'tracedeck.log') });
    const exports = startExports(telemetry, {
      workerFile: null,
      // Nothing can be kept below a file, whoever asks.
      spoolDir: join(blocked, 'spool'),
      env: {},
      scope: { name: 'test', version: '0' },
      exporters: [
        { id: 'full', kind: 'file', path: '/dev/full' },
        { id: 'blocked', kind: 'file', path: join(blocked, 'spans.jsonl') },
        { id: 'unspooled', kind: 'otlp', endpoint: 'http://127.0.0.1:9', timeoutMs: 100 },
        { id: 'fine', kind: 'file', path: written },
      ].map((settings) => exporterSchema.parse(settings)),
    });
    for (let i = 0; i < 10; i += 1) expect(await work(telemetry)).toBe('made');
    await exports.flush(500);
    const statusOf = (id: string) => exports.status().find((one) => one.id === id)!;
    await expect.poll(() => statusOf('fine').signals.traces).toMatchObject({ taken: 40, sent: 40 });
    await expect.poll(() => statusOf('blocked').lastError).not.toBeNull();
    if (process.platform === 'linux') await expect.poll(() => statusOf('full').lastError).not.toBeNull();
    const byId = Object.fromEntries(exports.status().map((one) => [one.id, one]));
    expect(byId['blocked']!.signals.traces).toMatchObject({ taken: 40, sent: 0 });
    expect(byId['blocked']!.lastError).not.toBeNull();
    if (process.platform === 'linux') {
      expect(byId['full']!.signals.traces).toMatchObject({ taken: 40, sent: 0 });
      expect(byId['full']!.lastError).not.toBeNull();
    }
    for (const { signals } of exports.status()) {
      const { taken, ...parts } = signals.traces!;
      expect(Object.values(parts).reduce((sum, count) => sum + count, 0)).toBe(taken);
    }
    await exports.close(300);
    expect(statSync(written).size).toBeGreaterThan(0);
    expect(telemetry.logger.recent(null, 100).filter(({ message }) => message === 'done')).toHaveLength(10);
  });

  it('of what runs at the end are counted, and end in time', async () => {
    const telemetry = start();
    let late = 0;
    telemetry.onShutdown(() => {
      throw new Error('flush');
    });
    telemetry.onShutdown(() => Promise.reject(new Error('flush')));
    telemetry.onShutdown(() => new Promise(() => undefined));
    telemetry.onShutdown(async () => void (late += 1));
    await work(telemetry);
    expect(await telemetry.shutdown(300)).toBe(false);
    expect(late).toBe(1);
    expect(telemetry.faults).toBe(2);
    // Afterwards there is nothing left to break.
    expect(await work(telemetry)).toBe('made');
  });

  it('of observers spoil no other metric', async () => {
    const telemetry = start();
    telemetry.metrics.observableGauge('broken', {}, () => {
      throw new Error('observer');
    });
    telemetry.metrics.observableGauge('fine', {}, (report) => report(7));
    const names = (await telemetry.metrics.collect()).map(({ name }) => name);
    expect(names).toContain('fine');
    expect(telemetry.faults).toBeGreaterThan(0);
  });

  it('of attributes, names, parents and errors as nobody should give them stay inside', async () => {
    const telemetry = start();
    const hostile = Object.defineProperty({}, 'key', {
      enumerable: true,
      get: () => {
        throw new Error('getter');
      },
    }) as never;
    const cyclic: unknown[] = [];
    cyclic.push(cyclic);
    const strange = [
      undefined,
      null,
      NaN,
      1n,
      Symbol('s'),
      () => 1,
      cyclic,
      new Proxy({}, { get: () => cyclic }),
    ];
    const thrown = new Proxy(new Error('e'), {
      get: () => {
        throw new Error('trap');
      },
    });
    for (const value of strange) {
      const result = telemetry.withSpan(value as never, { attributes: { value } as never }, (span) => {
        span.set('value', value as never);
        span.setAll({ value } as never);
        span.addEvent(value as never, value as never);
        span.link(value as never);
        span.recordError(value);
        telemetry.recordMetric('m', value as never, { value } as never);
        telemetry.logger.warn(value as never, { value } as never);
        return 'made';
      });
      expect(result).toBe('made');
      expect(telemetry.withSpan('a', { parent: value as never, links: [value as never] }, () => 'made')).toBe(
        'made',
      );
      expect(telemetry.withParent(value as never, () => 'made')).toBe('made');
    }
    expect(telemetry.withSpan('hostile', { attributes: hostile }, () => 'made')).toBe('made');
    telemetry.setAttributes(hostile);
    telemetry.extract(hostile);
    const outcome = () =>
      telemetry.withSpan('throws', () => {
        throw thrown;
      });
    let caught: unknown;
    try {
      outcome();
    } catch (error) {
      caught = error;
    }
    expect(caught === thrown).toBe(true);
    expect(heldBy(telemetry).some(({ name }) => name === 'throws')).toBe(true);
    const { started, ended, open } = telemetry.spans.counts();
    expect([started, open]).toEqual([ended, 0]);
  });

  it('of operations leave results and errors as they are, in every mode', async () => {
    const telemetry = start();
    const failure = new Error('theirs');
    for (const mode of ['full', 'leaf', 'sampled', 'counted', 'off'] as const) {
      const component = telemetry.component(mode);
      component.configure(componentSettingsSchema.parse({ mode }));
      const operation = component.operation('op');
      await telemetry.withSpan('outer', async () => {
        expect(operation.run(() => 7)).toBe(7);
        expect(await operation.run(async () => 8)).toBe(8);
        expect(() =>
          operation.run(() => {
            throw failure;
          }),
        ).toThrow(failure);
        await expect(operation.run(() => Promise.reject(failure))).rejects.toBe(failure);
        // Tokens of nobody.
        for (const token of [NaN, Infinity, -1, 2 ** 60]) {
          operation.end(token, NaN, Infinity);
          operation.fail(token, undefined as never);
        }
      });
      const { operations, spans, rows, leftOut } = component.counts();
      expect(operations).toBe(spans + rows + leftOut);
    }
  });
});

describe('tail sampling, end to end', () => {
  const nothing = samplingSchema.parse({ tail: { slowerThan: null, keepRatio: 0 } });
  const remote = (sampled = true) => ({ traceId: 'a'.repeat(32), spanId: 'b'.repeat(16), sampled });

  it('keeps at the end what nobody could decide any more', async () => {
    const telemetry = start({ sampling: nothing });
    const flusher = startSpanFlusher(telemetry, {
      pending: 0,
      maxPending: 4,
      writeSpans: async () => undefined,
      writeLogs: async () => undefined,
    });
    telemetry.withSpan('dropped', { parent: null }, () => undefined);
    // Its window may have more to say about it.
    telemetry.withSpan('waiting', { parent: remote() }, () => undefined);
    await flusher.flush();
    expect(flusher.counts()).toMatchObject({ writtenSpans: 0, droppedSpans: 1, undecidedSpans: 1 });
    expect(await telemetry.shutdown(1000)).toBe(true);
    expect(flusher.counts()).toMatchObject({ writtenSpans: 1, droppedSpans: 1, undecidedSpans: 0 });
  });

  it('hears of an error in the part of a trace that a window hands in', () => {
    const telemetry = start({ sampling: nothing });
    const reader = telemetry.spans.reader();
    const { traceId, spanId } = remote();
    telemetry.withSpan('call', { parent: remote() }, () => undefined);
    expect(reader.next(10)).toBeNull();
    telemetry.spans.adopt([
      {
        traceId,
        spanId,
        parentSpanId: null,
        name: 'click',
        kind: 'internal',
        startMs: Date.now() - 5,
        endMs: Date.now(),
        status: 'error',
        statusMessage: null,
        attributes: {},
        events: [],
        links: [],
      },
    ]);
    const names = [];
    for (let bytes = reader.next(10); bytes !== null; bytes = reader.next(10)) {
      names.push(...decodeBlock(bytes).map(({ name }) => name));
    }
    expect(names.toSorted()).toEqual(['call', 'click']);
    expect(reader.tailDropped).toBe(0);
  });

  it('drops with an unrecorded parent spans and rows alike, and counts both', async () => {
    const telemetry = start();
    const result = await telemetry.withParent(remote(false), () =>
      telemetry.withSpan('under', () =>
        telemetry
          .component('cache')
          .operation('cache get')
          .run(() => 'made'),
      ),
    );
    expect(result).toBe('made');
    expect(telemetry.spans.counts()).toMatchObject({ started: 0, headDropped: 1 });
    expect(telemetry.component('cache').counts()).toMatchObject({ operations: 1, rows: 0, leftOut: 1 });
  });
});

describe('a clock that jumps back', () => {
  it('makes no span end before it began, and leaves what waits waiting', async () => {
    const telemetry = start();
    telemetry.configureSampling(
      samplingSchema.parse({ perSecond: { inner: 1000 }, tail: { waitMs: 60_000 } }),
    );
    const real = Date.now.bind(Date);
    let offsetMs = 0;
    vi.spyOn(Date, 'now').mockImplementation(() => real() + offsetMs);
    for (const jumpMs of [-86_400_000, 3_600_000, -1000, 0]) {
      const open = telemetry.startSpan('over the jump', { parent: null });
      await telemetry.withSpan('outer', { parent: null }, async () => {
        offsetMs = jumpMs;
        telemetry.anchorClock();
        await work(telemetry);
      });
      open.end();
    }
    const spans = heldBy(telemetry);
    expect(spans.length).toBeGreaterThan(0);
    expect(spans.filter(({ startMs, endMs }) => endMs === null || endMs < startMs)).toEqual([]);
    expect(telemetry.faults).toBe(0);
  });
});
