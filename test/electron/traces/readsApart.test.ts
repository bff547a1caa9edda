/** A store whose questions have a thread of their own: which thread does what, and what one of them means for the other. */
import {
  appendFileSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate, setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { TracedeckError } from '../../../electron/errors/tracedeckError.ts';
import { openTraceStore, type TraceStore } from '../../../electron/traces/traceStore.ts';
import { decodeSpans, encodeSpans } from '../../../shared/spanCodec.ts';
import { pipelineSpans } from '../telemetry/pipelineSpans.ts';

const WORKER = new URL('../../../electron/traces/traceWorker.ts', import.meta.url);
const NEWEST = { query: '', fromMs: null, toMs: null, order: 'newest', limit: 100 } as const;
let dir = '';
let path = '';
let store: TraceStore;
const notices: TracedeckError[] = [];

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'tracedeck-apart-'));
  path = join(dir, 'traces.db');
  notices.length = 0;
  appendFileSync(join(dir, 'calls'), '');
  // The real thread, which notes what it was asked; a limit of 666 ends the one that reads.
  writeFileSync(
    join(dir, 'noting.ts'),
    `import { appendFileSync } from 'node:fs';
     import { parentPort } from 'node:worker_threads';
     import ${JSON.stringify(WORKER.href)};
     let role = '';
     parentPort.on('message', ({ method, params }) => {
       if (method === 'open') role = params.isReader ? 'reader' : 'writer';
       appendFileSync(${JSON.stringify(join(dir, 'calls'))}, role + ' ' + method + '\\n');
       if (role === 'reader' && params?.limit === 666) process.exit(1);
     });`,
  );
  store = reopened();
});
afterEach(async () => {
  await store.close();
  rmSync(dir, { recursive: true, force: true });
});

const reopened = (): TraceStore =>
  openTraceStore({
    path,
    workerFile: join(dir, 'noting.ts'),
    readsApart: true,
    reopenAfterMs: 50,
    onNotice: (notice) => notices.push(notice),
  });
const calls = (): string[] => readFileSync(join(dir, 'calls'), 'utf8').trim().split('\n');
const write = (seed: number, spans = 200) => store.writeSpans(encodeSpans(pipelineSpans(spans, seed)));
const traceOf = (seed: number, spans = 200) => pipelineSpans(spans, seed)[0]!.traceId;
const newest = async () => (await store.ask('searchTraces', NEWEST)).items;
/** Asks, now and then, until the thread that reads has answered. */
async function untilApart(ask: () => Promise<unknown> = newest): Promise<void> {
  const before = calls().length;
  while (
    !calls()
      .slice(before)
      .some((call) => /^reader (?!open)/.test(call))
  ) {
    await ask();
    await sleep(10);
  }
}
/** Rubbish in the place of all that lies behind the first pages. */
function damage(): void {
  const bytes = readFileSync(path);
  bytes.fill(0xa5, 3 * 4096, statSync(path).size);
  writeFileSync(path, bytes);
}

describe('a thread that reads beside the one that writes', () => {
  it('starts in a pause after the first answer, and what was acknowledged is in each of its answers', async () => {
    await write(0);
    expect(calls()).not.toContain('reader open');
    await untilApart();
    for (let seed = 1; seed <= 20; seed += 1) {
      await write(seed);
      const found = await newest();
      expect(found).toHaveLength(seed + 1);
      expect(decodeSpans(await store.get(traceOf(seed)))).toHaveLength(pipelineSpans(200, seed).length);
    }
    expect(calls().filter((call) => call === 'writer get')).toEqual([]);
    expect(calls().filter((call) => call === 'reader writeSpans')).toEqual([]);
    expect(notices).toEqual([]);
  });

  it('answers while a batch is written', async () => {
    await write(0);
    await untilApart();
    let isWritten = false;
    const writing = write(1, 60_000).finally(() => (isWritten = true));
    let answers = 0;
    for (; !isWritten; answers += 1) await newest();
    await writing;
    expect(answers).toBeGreaterThan(5);
    expect(await newest()).toHaveLength(2);
  });

  it('tells what the other has counted, and goes by the same settings', async () => {
    await write(1);
    await untilApart();
    expect(await write(1)).toMatchObject({ added: 0, duplicates: pipelineSpans(200, 1).length });
    await store.configure({ maxBytes: 123_456_789, maxDays: 3, prices: [] });
    expect(await store.ask('traceStoreStatus')).toMatchObject({
      duplicateSpans: pipelineSpans(200, 1).length,
      refusedSpans: 0,
      maxBytes: 123_456_789,
    });
    await expect.poll(calls).toContain('reader traceStoreStatus');
    expect(calls()).not.toContain('writer traceStoreStatus');
  });

  it('leaves to the other what that knows first: reports that changed nothing', async () => {
    await untilApart();
    const report = (timeMs: number) =>
      store.writeMetrics([
        {
          name: 'calls',
          unit: '1',
          description: '',
          kind: 'counter',
          attributes: {},
          startMs: 0,
          timeMs,
          value: 5,
          exemplars: [],
        },
      ]);
    await report(1000);
    await report(11_000);
    const { points } = await store.ask('metricPoints', {
      fromMs: null,
      toMs: null,
      services: null,
      after: null,
    });
    expect(points.map(({ timeMs }) => timeMs)).toEqual([1000, 11_000]);
    expect(await store.ask('metricInstruments')).toMatchObject([{ name: 'calls' }]);
    // What was asked is noted after the answer, by each thread for itself.
    const noted = () =>
      calls()
        .filter((call) => /metric[IP]/.test(call))
        .toSorted();
    await expect.poll(noted).toEqual(['reader metricInstruments', 'writer metricPoints']);
  });

  it('takes no write along when it dies, and comes back', async () => {
    await write(1);
    await untilApart();
    const writing = write(2, 20_000);
    // It answers first and dies then; what is asked next is answered by the other or told that it died.
    await Promise.allSettled([store.ask('searchTraces', { ...NEWEST, limit: 666 })]);
    while (notices.length === 0) await sleep(5);
    expect(await writing).toMatchObject({ duplicates: 0 });
    expect(notices.map(({ code, message }) => [code, message])).toEqual([
      ['traces_died', 'The thread that reads stored traces ended.'],
    ]);
    expect(await newest()).toHaveLength(2);
    await untilApart();
  });

  it('meets damage, and the other mends it and answers', async () => {
    for (let seed = 1; seed <= 5; seed += 1) await write(seed, 1000);
    await store.close();
    store = reopened();
    await untilApart(() => store.ask('savedQueries'));
    damage();
    // Neither has read more than the first pages yet: the one that reads is the first to see it.
    await newest();
    await write(9, 1000);
    await untilApart();
    expect((await newest()).map(({ traceId }) => traceId)).toContain(traceOf(9, 1000));
    expect(notices.map(({ code }) => code)).toEqual(['traces_set_aside']);
    expect(readdirSync(dir).filter((name) => /corrupt-[^/]*Z$/.test(name))).toHaveLength(1);
  });

  it('lets the file go that the other sets aside, and reads the new one', async () => {
    for (let seed = 1; seed <= 5; seed += 1) await write(seed, 1000);
    await store.close();
    store = reopened();
    await untilApart(() => store.ask('savedQueries'));
    damage();
    for (let seed = 6; seed <= 9; seed += 1) await write(seed, 1000);
    expect(notices.map(({ code }) => code)).toEqual(['traces_set_aside']);
    await untilApart();
    expect((await newest()).map(({ traceId }) => traceId)).toEqual(
      expect.arrayContaining([6, 7, 8, 9].map((seed) => traceOf(seed, 1000))),
    );
    expect(calls().filter((call) => call === 'reader open')).toHaveLength(2);
  });

  it('is closed with the store, and a call that comes meanwhile is told so', async () => {
    await write(1);
    await untilApart();
    const closing = store.close();
    const late: Promise<string>[] = [];
    // Some before the threads were told to end, some after.
    for (let turn = 0; turn < 20; turn += 1) {
      for (const call of [newest(), write(turn)])
        late.push(
          call.then(
            () => 'done',
            ({ code }: TracedeckError) => code,
          ),
        );
      await (turn < 10 ? null : setImmediate());
    }
    await closing;
    for (const told of await Promise.all(late))
      expect(['done', 'traces_closed', 'traces_busy']).toContain(told);
    await expect(newest()).rejects.toMatchObject({ code: 'traces_closed' });
  });
});
