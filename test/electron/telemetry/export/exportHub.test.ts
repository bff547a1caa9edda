import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { get } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startExports } from '../../../../electron/telemetry/export/exportHub.ts';
import type { Exports, ExportsOptions } from '../../../../electron/telemetry/export/exportHub.ts';
import { exporterSchema } from '../../../../shared/telemetrySettings.ts';
import type { ExporterSettings, ExporterStatus } from '../../../../shared/telemetrySettings.ts';
import { startOtlpReceiver } from '../../../fixtures/otlpReceiver.ts';
import type { OtlpReceiver, OtlpReceiverOptions } from '../../../fixtures/otlpReceiver.ts';
import {
  checkCounts,
  counterOf,
  numberedLogs,
  numberedSpans,
  numbersOf,
  otlpSettings,
  QUICK,
  until,
  upTo,
} from './exportRecords.ts';
import { filledSource } from './exportSource.ts';
import type { FilledSource } from './exportSource.ts';

const WORKER = new URL('../../../../electron/telemetry/export/exportWorker.ts', import.meta.url);
let folder: string;
const ends: (() => Promise<unknown>)[] = [];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tracedeck-hub-'));
});
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
  rmSync(folder, { recursive: true, force: true });
});

async function receiver(options?: OtlpReceiverOptions): Promise<OtlpReceiver> {
  const server = await startOtlpReceiver(options);
  ends.push(() => server.close());
  return server;
}
function start(
  source: FilledSource,
  exporters: readonly ExporterSettings[],
  other: Partial<ExportsOptions> = {},
): Exports {
  const made = startExports(source.telemetry, {
    workerFile: null,
    spoolDir: folder,
    env: {},
    exporters,
    scope: { name: 'test', version: '1' },
    timing: { intervalMs: 5, restartMs: 20, delivery: QUICK },
    ...other,
  });
  ends.push(() => made.close(500));
  return made;
}
const statusOf = (made: Exports, id = 'out'): ExporterStatus => {
  const status = made.status().find((each) => each.id === id)!;
  checkCounts(status);
  return status;
};
const file = (id: string, other = {}): ExporterSettings =>
  exporterSchema.parse({ id, kind: 'file', path: join(folder, `${id}.jsonl`), ...other });

type TracesLine = {
  readonly resourceSpans: readonly {
    readonly scopeSpans: readonly {
      readonly spans: readonly { readonly attributes: readonly { readonly value: { intValue: string } }[] }[];
    }[];
  }[];
};

/** The worker, and a way to end it: the file `die` beside this one. */
function mortalWorker(): { file: string; kill(): void } {
  const path = join(folder, 'mortal.mjs');
  const mark = join(folder, 'die');
  writeFileSync(
    path,
    `import { existsSync, rmSync } from 'node:fs';
     import ${JSON.stringify(WORKER.href)};
     setInterval(() => {
       if (!existsSync(${JSON.stringify(mark)})) return;
       rmSync(${JSON.stringify(mark)});
       throw new RangeError('canary-in-an-error');
     }, 5);`,
  );
  return { file: path, kill: () => writeFileSync(mark, '') };
}
function threads(): number {
  return (process.report.getReport() as unknown as { workers: unknown[] }).workers.length;
}

describe.each([
  ['in a thread', WORKER],
  ['in this thread', null],
] as const)('exports %s', (_, workerFile) => {
  it('carry spans, logs and totals to every exporter, what was recorded before the start too', async () => {
    const [one, two] = [await receiver(), await receiver()];
    const source = filledSource();
    source.snapshots = counterOf(3, 5);
    source.spans(numberedSpans(0, 10));
    source.logs(numberedLogs(0, 5));
    const seen: (readonly ExporterStatus[])[] = [];
    const made = start(
      source,
      [
        otlpSettings(one.httpUrl),
        otlpSettings(two.grpcUrl, { id: 'other', protocol: 'grpc' }),
        file('file'),
        otlpSettings(one.httpUrl, { id: 'off', enabled: false }),
      ],
      { workerFile, onStatus: (all) => seen.push(all) },
    );
    await made.configure([
      otlpSettings(one.httpUrl),
      otlpSettings(two.grpcUrl, { id: 'other', protocol: 'grpc' }),
      file('file'),
      otlpSettings(one.httpUrl, { id: 'off', enabled: false }),
    ]);
    source.spans(numberedSpans(10, 5000));
    source.logs(numberedLogs(5, 15));
    expect(await made.flush(10_000)).toBe(true);
    for (const server of [one, two]) {
      expect(numbersOf(server.spans())).toEqual(upTo(5010));
      expect(server.logs()).toHaveLength(20);
      expect(server.metrics().at(-1)!.points).toHaveLength(3);
      expect(server.spans()[0]!.resource).toEqual({ 'service.name': 'test' });
    }
    expect(readFileSync(join(folder, 'file.jsonl'), 'utf8')).toContain('"line 19"');
    expect(statusOf(made, 'other')).toMatchObject({
      state: 'ok',
      signals: { traces: { taken: 5010, sent: 5010 } },
    });
    expect(statusOf(made, 'off')).toMatchObject({ state: 'off', signals: { traces: { taken: 0 } } });
    expect(seen.at(-1)!.map(({ id }) => id)).toEqual(['out', 'other', 'file', 'off']);
  });

  it('change at run time without losing a span', async () => {
    const [one, two, three] = [await receiver(), await receiver(), await receiver()];
    const source = filledSource();
    const made = start(source, [otlpSettings(one.httpUrl)], { workerFile });
    source.spans(numberedSpans(0, 100));
    // Removed, and another one added: what was recorded before is the first one's.
    await made.configure([otlpSettings(two.httpUrl, { id: 'second' })]);
    source.spans(numberedSpans(100, 100));
    // The same one with another address: it takes over.
    await made.configure([
      otlpSettings(three.grpcUrl, { id: 'second', protocol: 'grpc' }),
      otlpSettings(one.httpUrl, { id: 'third' }),
    ]);
    source.spans(numberedSpans(200, 100));
    expect(await made.flush(10_000)).toBe(true);
    await until(() => one.spans().length === 200);
    expect(numbersOf(one.spans())).toEqual([...upTo(100), ...upTo(300).slice(200)]);
    expect([...numbersOf(two.spans()), ...numbersOf(three.spans())]).toEqual(upTo(300).slice(100));
    expect(statusOf(made, 'second').signals.traces).toMatchObject({ taken: 200, sent: 200 });
    expect(statusOf(made, 'third').signals.traces).toMatchObject({ taken: 100, sent: 100 });
    expect(made.status().map(({ id }) => id)).toEqual(['second', 'third']);
  });

  it('run only while there is an exporter, and read nothing without one', async () => {
    const before = threads();
    const source = filledSource();
    const server = await receiver();
    const made = start(source, [], { workerFile });
    source.spans(numberedSpans(0, 10));
    source.logs(numberedLogs(0, 10));
    expect(await made.flush(1000)).toBe(true);
    expect([threads() - before, source.readers]).toEqual([0, 0]);

    await made.configure([otlpSettings(server.httpUrl)]);
    source.spans(numberedSpans(10, 10));
    expect(await made.flush(5000)).toBe(true);
    expect([threads() - before, source.readers]).toEqual([workerFile === null ? 0 : 1, 1]);
    // Added later, it begins then.
    expect(numbersOf(server.spans())).toEqual(upTo(20).slice(10));

    source.spans(numberedSpans(20, 10));
    await made.configure([otlpSettings(server.httpUrl, { enabled: false })]);
    await until(() => threads() === before && server.spans().length === 20);
    expect(numbersOf(server.spans())).toEqual(upTo(30).slice(10));
    expect(source.readers).toBe(0);

    await made.configure([otlpSettings(server.httpUrl)]);
    source.spans(numberedSpans(30, 10));
    expect(await made.flush(5000)).toBe(true);
    expect(numbersOf(server.spans())).toEqual(upTo(40).slice(10));
  });

  it('put on disk at shutdown what cannot be sent, and send it the next time', async () => {
    const dead = await startOtlpReceiver();
    await dead.close();
    const source = filledSource();
    const made = start(source, [otlpSettings(dead.httpUrl)], { workerFile });
    await made.configure([otlpSettings(dead.httpUrl)]);
    source.spans(numberedSpans(0, 3000));
    source.logs(numberedLogs(0, 10));
    expect(await made.flush(1000)).toBe(false);
    await source.shutdown(3000);
    expect(statusOf(made).signals).toMatchObject({ traces: { spooled: 3000 }, logs: { spooled: 10 } });

    const server = await receiver({ httpPort: dead.httpPort });
    const again = start(filledSource(), [otlpSettings(dead.httpUrl)], { workerFile });
    await until(() => server.spans().length === 3000 && server.logs().length === 10);
    expect(numbersOf(server.spans())).toEqual(upTo(3000));
    await again.flush(1000);
    expect(statusOf(again).signals.traces).toMatchObject({ taken: 3000, sent: 3000 });
  });

  it('push totals at the interval of each exporter, and collect them for a scrape', async () => {
    const [often, rarely] = [await receiver(), await receiver()];
    const source = filledSource();
    source.snapshots = counterOf(1, 42);
    const made = start(
      source,
      [
        otlpSettings(often.httpUrl, { metricIntervalMs: 60 }),
        otlpSettings(rarely.httpUrl, { id: 'rarely', metricIntervalMs: 60_000 }),
        exporterSchema.parse({ id: 'scraped', kind: 'prometheus', port: 0 }),
      ],
      { workerFile },
    );
    await until(() => often.requests.length >= 3);
    expect(rarely.requests).toHaveLength(0);
    expect(often.metrics()[0]!.points[0]!.value).toBe(42);
    await until(() => /:[1-9]\d*\/metrics$/.test(statusOf(made, 'scraped').target));
    const text = await new Promise<string>((resolve, reject) => {
      get(statusOf(made, 'scraped').target, (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('end', () => resolve(Buffer.concat(chunks).toString()));
      }).on('error', reject);
    });
    expect(text).toMatch(/tries.* 42/);
    // Before the end everybody gets them once more.
    await made.close(5000);
    expect(rarely.requests).toHaveLength(1);
    expect(source.collected).toBeGreaterThan(4);
  });

  it('print what a console exporter says', async () => {
    const printed: string[] = [];
    const source = filledSource();
    const console = exporterSchema.parse({ id: 'console', kind: 'console' });
    const made = start(source, [console], {
      workerFile,
      print: (text) => {
        printed.push(text);
        throw new Error('a terminal that is gone');
      },
    });
    source.logs(numberedLogs(7, 1));
    expect(await made.flush(5000)).toBe(true);
    await until(() => printed.join('').includes('line 7'));
  });

  it('let the ring wait rather than their own queues, and lose nothing while the endpoint gets on', async () => {
    const server = await receiver();
    const source = filledSource();
    const made = start(source, [otlpSettings(server.httpUrl, { maxQueue: 900, maxBatch: 400 })], {
      workerFile,
    });
    for (let from = 0; from < 20_000; from += 10_000) source.spans(numberedSpans(from, 10_000));
    expect(await made.flush(25_000)).toBe(true);
    expect(statusOf(made).signals.traces).toMatchObject({ taken: 20_000, sent: 20_000, dropped: 0 });
    expect(server.spans()).toHaveLength(20_000);
  });
});

describe('exports', () => {
  it('flush and change without waiting for a program to pause', async () => {
    const source = filledSource();
    // Nothing is carried but what is asked for.
    const made = start(source, [file('a')], { timing: { intervalMs: 60_000 } });
    let count = 0;
    const busy = setInterval(() => {
      source.spans(numberedSpans(count, 20));
      count += 20;
    }, 1);
    ends.push(async () => clearInterval(busy));
    await until(() => count > 100);
    const startMs = performance.now();
    expect(await made.flush(5000)).toBe(true);
    await made.configure([file('b')]);
    expect(performance.now() - startMs).toBeLessThan(1500);
    const before = count;
    await until(() => count > before + 100);
    clearInterval(busy);
    await made.close(5000);
    const numbers = ['a', 'b'].flatMap((id) =>
      readFileSync(join(folder, `${id}.jsonl`), 'utf8')
        .trim()
        .split('\n')
        .flatMap((line) =>
          (JSON.parse(line) as TracesLine).resourceSpans[0]!.scopeSpans[0]!.spans.map(({ attributes }) =>
            Number(attributes[0]!.value.intValue),
          ),
        ),
    );
    expect(numbers).toEqual(upTo(count));
  });

  it('lose nothing of one that has little room and a slow endpoint when another one comes or goes', async () => {
    const server = await receiver({ answer: () => ({ delayMs: 25 }) });
    const slow = otlpSettings(server.httpUrl, { maxQueue: 200, maxBatch: 50 });
    const source = filledSource();
    const made = start(source, [slow]);
    source.spans(numberedSpans(0, 7000));
    await until(() => server.requests.length > 1);
    await made.configure([slow, file('file')]);
    await made.configure([slow]);
    expect(await made.flush(20_000)).toBe(true);
    expect(statusOf(made).signals.traces).toMatchObject({ taken: 7000, sent: 7000, dropped: 0 });
    expect(numbersOf(server.spans())).toEqual(upTo(7000));
  }, 60_000);

  it('put on disk at the end what found no room in memory', async () => {
    const server = await receiver({ answer: () => ({ delayMs: 60_000 }) });
    const source = filledSource();
    const made = start(source, [otlpSettings(server.httpUrl, { maxQueue: 200, maxBatch: 50 })]);
    source.spans(numberedSpans(0, 3000));
    await until(() => server.requests.length === 1);
    await made.close(3000);
    expect(statusOf(made).signals.traces).toMatchObject({ taken: 3000, spooled: 3000, dropped: 0 });
  });

  it('leave exporters alone whose settings stay what they are', async () => {
    const server = await receiver();
    const source = filledSource();
    const made = start(source, [otlpSettings(server.httpUrl)]);
    await made.configure([otlpSettings(server.httpUrl)]);
    source.spans(numberedSpans(0, 5));
    const before = server.requests.length;
    await made.configure([otlpSettings(server.httpUrl)]);
    // A change would have waited until all that is recorded is handed over.
    expect(statusOf(made).signals.traces!.taken).toBe(0);
    expect(server.requests.length).toBe(before);
    expect(await made.flush(5000)).toBe(true);
    expect(numbersOf(server.spans())).toEqual(upTo(5));
  });

  it('count what the ring gives up and what is too much to be carried', async () => {
    const server = await receiver({ answer: () => ({ delayMs: 20 }) });
    const source = filledSource(3000);
    const made = start(source, [otlpSettings(server.httpUrl, { maxQueue: 1000, maxBatch: 500 })]);
    await made.configure([otlpSettings(server.httpUrl, { maxQueue: 1000, maxBatch: 500 })]);
    for (let from = 0; from < 50_000; from += 2500) {
      source.spans(numberedSpans(from, 2500));
      await sleep(3);
      statusOf(made);
    }
    source.logs(numberedLogs(0, 12_000));
    await made.flush(20_000);
    const { traces, logs } = statusOf(made).signals;
    expect(traces).toMatchObject({ taken: 50_000, queued: 0, spooled: 0 });
    expect(traces!.dropped).toBeGreaterThan(0);
    expect(traces!.sent).toBe(server.spans().length);
    expect(logs).toMatchObject({ taken: 12_000, queued: 0 });
    expect(logs!.dropped).toBeGreaterThan(0);
    expect(server.logs().at(-1)!.message).toBe('line 11999');
  });

  it('start a thread again that died, and count what it had', async () => {
    const server = await receiver({ answer: ({ number }) => ({ delayMs: number > 1 ? 200 : 0 }) });
    const worker = mortalWorker();
    const source = filledSource();
    const states: string[] = [];
    const settings = [otlpSettings(server.httpUrl, { maxBatch: 100, signals: ['traces', 'logs'] })];
    const made = start(source, settings, {
      workerFile: worker.file,
      onStatus: ([status]) => states.push(`${status!.state} ${status!.lastError?.message ?? ''}`),
    });
    source.spans(numberedSpans(0, 100));
    expect(await made.flush(5000)).toBe(true);
    source.spans(numberedSpans(100, 300));
    source.logs(numberedLogs(0, 10));
    await until(() => server.requests.length > 1);
    worker.kill();
    await until(() =>
      states.some((state) => state.startsWith('waiting The thread of the exporters ended (RangeError)')),
    );
    expect(states.join()).not.toContain('canary');
    source.spans(numberedSpans(400, 100));
    await until(() => server.spans().some(({ attributes }) => attributes['number'] === 499));
    expect(await made.flush(5000)).toBe(true);
    const { traces, logs } = statusOf(made).signals;
    expect(traces).toMatchObject({ taken: 500, queued: 0, spooled: 0 });
    expect(traces!.sent).toBeGreaterThanOrEqual(200);
    expect(logs!.taken).toBe(10);
    expect(statusOf(made).state).toBe('ok');
  });

  it('leave a thread alone that keeps ending, until the exporters are changed', async () => {
    const source = filledSource();
    const server = await receiver();
    const broken = join(folder, 'broken.mjs');
    writeFileSync(broken, 'process.exit(3);');
    const made = start(source, [otlpSettings(server.httpUrl)], {
      workerFile: broken,
      timing: { intervalMs: 1, restartMs: 1 },
    });
    source.spans(numberedSpans(0, 10));
    await until(() => made.status()[0]?.state === 'failed');
    expect(made.status()[0]!.lastError!.message).toContain('not started again');
    expect(source.readers).toBe(0);
    expect(await made.flush(100)).toBe(false);

    writeFileSync(broken, `import ${JSON.stringify(WORKER.href)};`);
    await made.configure([otlpSettings(server.httpUrl)]);
    source.spans(numberedSpans(10, 10));
    expect(await made.flush(5000)).toBe(true);
    expect(numbersOf(server.spans())).toEqual(upTo(20).slice(10));
    expect(statusOf(made).state).toBe('ok');
  });

  it('are told of from the first moment', async () => {
    const made = start(filledSource(), [file('file'), file('other', { enabled: false })]);
    expect(made.status().map(({ id, state }) => [id, state])).toEqual([
      ['file', 'idle'],
      ['other', 'off'],
    ]);
    await made.close(100);
  });

  it('say that a thread cannot start at all', async () => {
    const made = start(filledSource(), [file('file')], {
      workerFile: 'not/absolute.mjs',
      timing: { restartMs: 1 },
    });
    await until(() => made.status()[0]?.state === 'failed');
    await made.close(100);
  });

  it('survive whoever looks at their status, and totals that cannot be read', async () => {
    const source = filledSource();
    const server = await receiver();
    const telemetry = {
      ...source.telemetry,
      metrics: { ...source.telemetry.metrics, collect: () => Promise.reject(new Error('no')) },
    };
    const made = startExports(telemetry, {
      workerFile: null,
      spoolDir: null,
      env: {},
      exporters: [otlpSettings(server.httpUrl, { metricIntervalMs: 20 })],
      scope: { name: 'test', version: '1' },
      timing: { intervalMs: 1, delivery: QUICK },
      onStatus: () => {
        throw new Error('not now');
      },
    });
    source.spans(numberedSpans(0, 5));
    await sleep(60);
    expect(await made.flush(2000)).toBe(true);
    await made.close(1000);
    await made.close(1000);
    await made.configure([]);
    expect(numbersOf(server.spans())).toEqual(upTo(5));
    expect(server.requests).toHaveLength(1);
  });

  it('count what a thread took and never got rid of when it has to be ended', async () => {
    const deaf = join(folder, 'deaf.mjs');
    writeFileSync(
      deaf,
      `import { parentPort } from 'node:worker_threads';
       parentPort.on('message', ({ type, seq }) => {
         if (type !== 'close') parentPort.postMessage({ type: 'done', seq, ok: true });
       });`,
    );
    const source = filledSource();
    const made = start(source, [otlpSettings('http://127.0.0.1:1')], { workerFile: deaf });
    source.spans(numberedSpans(0, 50));
    source.logs(numberedLogs(0, 5));
    await made.close(500);
    const { traces, logs } = statusOf(made).signals;
    expect(traces).toMatchObject({ taken: 50, dropped: 50 });
    expect(logs).toMatchObject({ taken: 5, dropped: 5 });
  });

  it('keep to the bound at the end when the server hangs', async () => {
    const server = await receiver({ answer: () => ({ delayMs: 60_000 }) });
    const source = filledSource();
    const made = start(source, [otlpSettings(server.httpUrl)], { workerFile: WORKER });
    source.spans(numberedSpans(0, 50));
    await until(() => server.requests.length === 1);
    const startedMs = performance.now();
    await made.close(1000);
    expect(performance.now() - startedMs).toBeLessThan(5000);
    expect(statusOf(made).signals.traces).toMatchObject({ taken: 50, spooled: 50 });
  });
});
