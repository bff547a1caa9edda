/** A file that is damaged, full, or may not be written to: what is lost, what is said, what goes on. */
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { TracedeckError } from '../../../electron/errors/tracedeckError.ts';
import { openSpanStore, type SpanStore } from '../../../electron/traces/spanStore.ts';
import { openTraceStore, type TraceStore } from '../../../electron/traces/traceStore.ts';
import { searchSpans, searchTraces } from '../../../electron/traces/query/search.ts';
import { operations } from '../../../electron/traces/analyses/operations.ts';
import { decodeSpans, encodeSpans } from '../../../shared/spanCodec.ts';
import type { SpanRecord } from '../../../shared/span.ts';
import { pipelineSpans } from '../telemetry/pipelineSpans.ts';

const workerFile = new URL('../../../electron/traces/traceWorker.ts', import.meta.url);
const EVERYTHING = { query: '', fromMs: null, toMs: null };
const LIMITS = { maxBytes: 1e9, maxAgeMs: 1e13 };
let dir = '';
let path = '';
const notices: TracedeckError[] = [];
const opened: (TraceStore | SpanStore)[] = [];

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'tracedeck-damage-'));
  path = join(dir, 'traces.db');
  notices.length = 0;
});
afterEach(async () => {
  for (const store of opened.splice(0)) await store.close();
  chmodSync(dir, 0o700);
  rmSync(dir, { recursive: true, force: true });
});

function direct(onDamage: (spans: number) => void = () => undefined): SpanStore {
  const store = openSpanStore(path, { limits: LIMITS, onDamage });
  opened.push(store);
  return store;
}
let readsApart = false;
function threaded(): TraceStore {
  const store = openTraceStore({
    path,
    workerFile,
    readsApart,
    onNotice: (notice) => notices.push(notice),
  });
  opened.push(store);
  return store;
}
/** Traces of one block each, too large for one row. */
function fill(traces: number, spansOf = 5000): SpanRecord[][] {
  const store = openSpanStore(path, { limits: LIMITS });
  const all = Array.from({ length: traces }, (_, i) => pipelineSpans(spansOf, i + 1));
  for (const spans of all) store.writeSpans(encodeSpans(spans));
  store.db.pragma('wal_checkpoint(TRUNCATE)');
  store.close();
  return all;
}
function atChunkOf(blockNo: number, bytes: (data: Buffer) => Buffer): void {
  const store = openSpanStore(path, { limits: LIMITS });
  const { id } = store.db
    .prepare<[number], { id: number }>('SELECT id FROM block ORDER BY id LIMIT 1 OFFSET ?')
    .get(blockNo)!;
  const { data } = store.db
    .prepare<[number], { data: Buffer }>('SELECT data FROM chunk WHERE id = ?')
    .get(id + 3)!;
  store.db.prepare('UPDATE chunk SET data = ? WHERE id = ?').run(bytes(Buffer.from(data)), id + 3);
  store.db.pragma('wal_checkpoint(TRUNCATE)');
  store.close();
}
const traceIds = (store: SpanStore): string[] =>
  searchTraces(store.reader, { ...EVERYTHING, order: 'newest', limit: 100 }).items.map(
    (each) => each.traceId,
  );
const newest = async (store: TraceStore) =>
  (await store.ask('searchTraces', { ...EVERYTHING, order: 'newest', limit: 100 })).items;

describe('a damaged chunk', () => {
  const flip = (data: Buffer): Buffer => {
    data[data.length >> 1]! ^= 0x40;
    return data;
  };
  it.each([
    ['with a bit that has changed', flip],
    ['that is cut short', (data: Buffer) => data.subarray(0, data.length - 3)],
    ['that is empty', () => Buffer.alloc(0)],
  ])('%s takes the spans of its block out of the answers, which say so, and nothing else', (_, change) => {
    const all = fill(3);
    atChunkOf(1, change);
    const told: number[] = [];
    const store = direct((spans) => told.push(spans));
    const stats = store.consistently(() =>
      operations(store.reader, { ...EVERYTHING, by: 'operation', limit: 100 }),
    );
    const [first, broken, third] = all as [SpanRecord[], SpanRecord[], SpanRecord[]];
    expect(told).toEqual([broken.length]);
    expect(stats.leftOut).toEqual({
      more: false,
      scanned: first.length + third.length,
      unscanned: 0,
      prunedBeforeMs: null,
      damaged: broken.length,
    });
    expect(stats.items.reduce((sum, { count }) => sum + count, 0)).toBe(first.length + third.length);
    const before = { ...EVERYTHING, toMs: first[0]!.startMs - 1e9 };
    expect(
      searchSpans(store.reader, { ...before, order: 'newest', limit: 1 }).leftOut.damaged,
    ).toBeUndefined();
    expect(traceIds(store)).toHaveLength(3);
    expect(decodeSpans(store.get(third[0]!.traceId))).toHaveLength(third.length);
    expect(decodeSpans(store.get(broken[0]!.traceId))).toEqual([]);
    expect(store.status().damagedSpans).toBe(broken.length);

    // Writing goes on, to the very trace as well; putting blocks together passes the damaged one over.
    const late = { ...broken[0]!, spanId: 'feedfeedfeedfeed', startMs: broken[0]!.startMs + 0.25 };
    expect(store.writeSpans(encodeSpans([late]))).toEqual({ added: 1, duplicates: 0, refused: 0 });
    expect(decodeSpans(store.get(late.traceId)).map(({ spanId }) => spanId)).toEqual([late.spanId]);
    for (let i = 4; i < 12; i += 1) store.writeSpans(encodeSpans(pipelineSpans(300, i)));
    while (store.maintain(50));
    expect(traceIds(store)).toHaveLength(11);
  });

  it('goes with the last trace that had spans in it', () => {
    const all = fill(2);
    atChunkOf(0, flip);
    const store = direct();
    traceIds(store);
    expect(decodeSpans(store.get(all[0]![0]!.traceId))).toEqual([]);
    store.pin(all[1]![0]!.traceId, true);
    store.setLimits({ ...LIMITS, maxAgeMs: -10_000 });
    while (store.maintain(50));
    expect(traceIds(store)).toEqual([all[1]![0]!.traceId]);
    expect(store.status().damagedSpans).toBe(0);
    expect(store.db.prepare('SELECT count(*) FROM block').pluck().get()).toBe(1);
  });

  it('is told to the window once, while the thread goes on', async () => {
    const all = fill(3);
    atChunkOf(2, flip);
    const store = threaded();
    const stats = await store.ask('operations', { ...EVERYTHING, by: 'operation', limit: 100 });
    expect(stats.leftOut.damaged).toBe(all[2]!.length);
    await store.ask('operations', { ...EVERYTHING, by: 'operation', limit: 100 });
    expect(notices.map(({ code }) => code)).toEqual(['traces_damaged']);
    expect(await store.ask('traceStoreStatus')).toMatchObject({ damagedSpans: all[2]!.length, setAside: [] });
  });
});

describe.each([
  ['one thread', false],
  ['a thread that reads beside it', true],
] as const)('a file of which pages are damaged: %s', (_, apart) => {
  beforeEach(() => {
    readsApart = apart;
  });
  afterEach(() => {
    readsApart = false;
  });

  const PAGE = 4096;
  const pageOf = (object: string): number => {
    const store = openSpanStore(path, { limits: LIMITS });
    const root = store.db
      .prepare<[string], { rootpage: number }>('SELECT rootpage FROM sqlite_master WHERE name = ?')
      .get(object)!.rootpage;
    store.close();
    return root;
  };
  const overwrite = (page: number, bytes = Buffer.alloc(PAGE, 0xa5)): void => {
    const file = readFileSync(path);
    bytes.copy(file, (page - 1) * PAGE);
    writeFileSync(path, file);
  };

  it.each(['trace_start', 'sqlite_autoindex_trace_1', 'trace_written'])(
    'loses nothing where it is an index (%s): all is taken over into a new file',
    async (index) => {
      const all = fill(4, 2000);
      overwrite(pageOf(index));
      const store = threaded();
      for (const spans of all) {
        await store.writeSpans(encodeSpans(spans));
        expect(decodeSpans(await store.get(spans[0]!.traceId))).toHaveLength(spans.length);
      }
      expect((await newest(store)).map(({ spanCount }) => spanCount)).toEqual(
        all.map(({ length }) => length),
      );
      // Only retention reads the last of them: by then at the latest it shows.
      if (index !== 'trace_written') expect(notices).toHaveLength(1);
      for (const notice of notices) expect(notice.code).toBe('traces_set_aside');
      expect(readdirSync(dir).filter((name) => name.endsWith('.salvage'))).toEqual([]);
    },
  );

  it('loses the names where it is their table, and shows the spans all the same', async () => {
    const all = fill(3, 2000);
    overwrite(pageOf('text'));
    const store = threaded();
    expect(await newest(store)).toHaveLength(3);
    for (const spans of all)
      expect(decodeSpans(await store.get(spans[0]!.traceId))).toHaveLength(spans.length);
    expect(notices.map(({ code }) => code)).toEqual(['traces_set_aside']);
    await store.writeSpans(encodeSpans(pipelineSpans(100, 99)));
    expect(await newest(store)).toHaveLength(4);
  });

  it('keeps saved queries and logs where the table of traces is gone', async () => {
    fill(3, 2000);
    const before = threaded();
    await before.ask('saveQuery', { name: 'mine', signal: 'spans', query: '{ error = true }' });
    await before.close();
    opened.length = 0;
    overwrite(pageOf('trace'));
    const store = threaded();
    expect(await newest(store)).toEqual([]);
    expect(await store.ask('savedQueries')).toMatchObject([{ name: 'mine' }]);
    expect(await store.ask('traceStoreStatus')).toMatchObject({ spans: 0, traces: 0 });
    await store.writeSpans(encodeSpans(pipelineSpans(100, 99)));
    expect(await newest(store)).toHaveLength(1);
  });

  it('starts anew where nothing can be read of it: a header that is none', async () => {
    fill(2, 500);
    overwrite(1, Buffer.alloc(100, 0));
    const store = threaded();
    expect(await newest(store)).toEqual([]);
    expect(notices.map(({ code }) => code)).toEqual(['traces_set_aside']);
    expect((await store.ask('traceStoreStatus')).setAside).toHaveLength(1);
  });

  it('keeps what lies before the end where it is cut short', async () => {
    const all = fill(6, 5000);
    const bytes = readFileSync(path).length;
    truncateSync(path, Math.floor(bytes * 0.6));
    const store = threaded();
    const kept = await newest(store);
    expect(kept.length).toBeGreaterThan(0);
    for (const { traceId, spanCount } of kept) {
      expect(decodeSpans(await store.get(traceId)).length).toBeLessThanOrEqual(spanCount);
    }
    await store.writeSpans(encodeSpans(all[0]!));
    expect(decodeSpans(await store.get(all[0]![0]!.traceId))).toHaveLength(all[0]!.length);
  });

  it('loses nothing that was checkpointed to a log of rubbish', async () => {
    const all = fill(2, 1000);
    writeFileSync(`${path}-wal`, Buffer.alloc(50_000, 0x5a));
    const store = threaded();
    expect((await newest(store)).map(({ spanCount }) => spanCount)).toEqual(all.map(({ length }) => length));
    expect(notices).toEqual([]);
  });

  it('is salvaged again where the program was killed at it', async () => {
    fill(3, 2000);
    overwrite(pageOf('trace_start'));
    writeFileSync(`${path}.salvage`, 'half of a file');
    copyFileSync(path, join(dir, 'copy.db'));
    const store = threaded();
    expect(await newest(store)).toHaveLength(3);
    expect(existsSync(`${path}.salvage`)).toBe(false);
  });
});

describe('what was salvaged', () => {
  it('takes its place where the program was killed before it did', async () => {
    const all = fill(3, 1000);
    renameSync(path, `${path}.salvage`);
    const store = threaded();
    expect((await newest(store)).map(({ spanCount }) => spanCount)).toEqual(all.map(({ length }) => length));
    expect(readdirSync(dir).filter((name) => name.endsWith('.salvage'))).toEqual([]);
  });
});

describe('a disk', () => {
  it('that is full refuses the batch, keeps what is there, and takes more when there is room', () => {
    const first = pipelineSpans(2000, 1);
    const store = direct();
    store.writeSpans(encodeSpans(first));
    const pages = store.db.pragma('page_count', { simple: true }) as number;
    store.db.pragma(`max_page_count = ${pages + 2}`);
    const second = pipelineSpans(8000, 2);
    expect(() => store.writeSpans(encodeSpans(second))).toThrow(
      expect.objectContaining({ code: 'SQLITE_FULL' }),
    );
    expect(decodeSpans(store.get(first[0]!.traceId))).toHaveLength(first.length);
    expect(decodeSpans(store.get(second[0]!.traceId))).toEqual([]);
    expect(store.status()).toMatchObject({ spans: first.length, traces: 1 });
    store.db.pragma('max_page_count = 1000000');
    expect(store.writeSpans(encodeSpans(second)).added).toBe(second.length);
    expect(decodeSpans(store.get(second[0]!.traceId))).toHaveLength(second.length);
  });

  it('that may not be written to is said, and nothing is set aside', async () => {
    fill(1, 500);
    // Root may write anywhere: a folder in the file's place nobody can open as a file.
    rmSync(path);
    const store = openTraceStore({ path: dir, workerFile, onNotice: (notice) => notices.push(notice) });
    opened.push(store);
    await expect(newest(store)).rejects.toMatchObject({ code: 'database_unreadable' });
    expect(notices.map(({ code }) => code)).toContain('database_unreadable');
    expect(readdirSync(dir).filter((name) => name.includes('corrupt'))).toEqual([]);
  });

  it('that cannot be opened yet is opened as soon as it can be, and said once', async () => {
    mkdirSync(path);
    const said = notices.length;
    const reopenAfterMs = 50;
    const store = openTraceStore({ path, workerFile, reopenAfterMs, onNotice: (one) => notices.push(one) });
    opened.push(store);
    for (let attempt = 0; attempt < 6; attempt += 1) {
      await expect(newest(store)).rejects.toMatchObject({ code: 'database_unreadable' });
      await sleep(reopenAfterMs);
    }
    expect(notices.length).toBe(said + 1);
    rmSync(path, { recursive: true });
    await sleep(reopenAfterMs);
    expect(await newest(store)).toEqual([]);
  });
});
