import { beforeEach, describe, expect, it, vi } from 'vitest';
import { getState, useStore } from '../../../renderer/store/index.ts';
import {
  goToSearch,
  loadFoundTraces,
  pinTraces,
  removeQuery,
  saveQuery,
  searchOf,
  traceBefore,
} from '../../../renderer/store/traceCommands.ts';
import type { Api } from '../../../shared/ipc.ts';
import type { TraceSummary } from '../../../shared/span.ts';
import type { Found, FoundTrace } from '../../../shared/traceQuery.ts';
import { createFakeApi } from '../fakeApi.ts';

const beginning = useStore.getInitialState();
function openWindow(patch: Partial<Api> = {}): Api {
  const api = { ...createFakeApi({ rowMs: 0 }), ...patch };
  vi.stubGlobal('window', { api });
  return api;
}
beforeEach(() => useStore.setState(beginning, true));

const ALL = searchOf({});
const summary = (id: string, patch: Partial<TraceSummary> = {}): TraceSummary => ({
  traceId: id.repeat(32).slice(0, 32),
  name: 'GET /items',
  startMs: 1000,
  durationMs: 10,
  spanCount: 5,
  errorCount: 0,
  runId: null,
  service: 'shop',
  version: null,
  pinned: false,
  ...patch,
});
const foundOf = (...traces: readonly TraceSummary[]): Found<FoundTrace> => ({
  items: traces.map((trace) => ({ ...trace, matched: 1 })),
  leftOut: { more: false, scanned: 1, unscanned: 0, prunedBeforeMs: null },
  tookMs: 1,
});
const ids = () => getState().foundTraces.map(({ traceId }) => traceId[0]);

describe('a search for traces', () => {
  it('asks the store in its own language', async () => {
    openWindow();
    await loadFoundTraces(searchOf({ query: 'service = "shop" and error = true' }));
    const { foundTraces, searchFigures } = getState();
    expect(foundTraces.length).toBeGreaterThan(3);
    expect(foundTraces.every(({ errorCount, service }) => errorCount > 0 && service === 'shop')).toBe(true);
    expect(searchFigures?.leftOut.more).toBe(false);
  });

  it('forgets the answer to a question that is no longer asked', async () => {
    let answerFirst: (found: Found<FoundTrace>) => void = () => undefined;
    const answers = [
      new Promise<Found<FoundTrace>>((resolve) => (answerFirst = resolve)),
      Promise.resolve(foundOf(summary('b'))),
    ];
    openWindow({ searchTraces: () => answers.shift()! });
    const first = loadFoundTraces(searchOf({ query: 'a' }));
    await loadFoundTraces(searchOf({ query: 'b' }));
    answerFirst(foundOf(summary('a')));
    await first;
    expect(ids()).toEqual(['b']);
    expect(getState().askedSearch?.query).toBe('b');
  });

  it('keeps what was found where the next question fails, and says why', async () => {
    let fails = false;
    openWindow({
      searchTraces: async () => {
        if (fails) throw { code: 'query_invalid', message: 'An operator is missing.', hint: null };
        return foundOf(summary('a'));
      },
    });
    await loadFoundTraces(ALL);
    fails = true;
    await loadFoundTraces(searchOf({ query: 'duration 5' }));
    expect(ids()).toEqual(['a']);
    expect(getState().searchFault?.message).toBe('An operator is missing.');
  });
});

describe('traces that are pushed', () => {
  it('join a list of all in its order, within its time and its limit', async () => {
    openWindow({ searchTraces: async () => foundOf(summary('a', { startMs: 500 })) });
    await loadFoundTraces(searchOf({ fromMs: 100 }));
    getState().tracesPushed([summary('b', { startMs: 900 }), summary('c', { startMs: 50 })]);
    expect(ids()).toEqual(['b', 'a']);
    getState().traceLimitChanged(2);
    getState().tracesPushed([summary('d', { startMs: 700 })]);
    expect(ids()).toEqual(['b', 'd']);
  });

  it('change what a query found, and ask for it to be asked again', async () => {
    openWindow({ searchTraces: async () => foundOf(summary('a')) });
    await loadFoundTraces(searchOf({ query: 'error = true' }));
    getState().tracesPushed([summary('a', { spanCount: 9 }), summary('b')]);
    expect(getState().foundTraces).toMatchObject([{ spanCount: 9, matched: 1 }]);
    expect(getState().tracePushes).toBe(1);
  });
});

describe('pins and saved queries', () => {
  it('take a pin back that the store refuses', async () => {
    openWindow({
      searchTraces: async () => foundOf(summary('a')),
      pinTrace: async () => {
        throw { code: 'traces_closed', message: 'The store is closed.', hint: null };
      },
    });
    await loadFoundTraces(ALL);
    await pinTraces([summary('a').traceId], true);
    expect(getState().foundTraces[0]?.pinned).toBe(false);
    expect(getState().toasts.at(-1)?.text).toBe('The store is closed.');
  });

  it('are kept by name and signal', async () => {
    openWindow();
    await saveQuery({ name: 'slow', signal: 'traces', query: 'duration > 1s' });
    await saveQuery({ name: 'slow', signal: 'logs', query: 'level = error' });
    await saveQuery({ name: 'slow', signal: 'traces', query: 'duration > 2s' });
    expect(getState().savedQueries.map(({ query }) => query)).toEqual(['level = error', 'duration > 2s']);
    await removeQuery({ name: 'slow', signal: 'traces' });
    expect(getState().savedQueries).toHaveLength(1);
  });

  it('finds the trace before of the same name', async () => {
    const api = openWindow();
    const { items } = await api.searchTraces({ ...ALL, order: 'newest', limit: 100 });
    const latest = items.find(({ name }) => name === 'GET /search')!;
    const before = await traceBefore(latest);
    expect(before).toMatchObject({ name: 'GET /search' });
    expect(before!.startMs).toBeLessThan(latest.startMs);
  });
});

describe('back and forth', () => {
  const queries = () => {
    const { route } = getState();
    return route.view === 'traces' && route.traceId === undefined ? route.query : route.view;
  };
  it('goes through the searches one made, and drops what lay ahead when one goes elsewhere', () => {
    const { navigated, wentBack, wentForward } = getState();
    navigated({ view: 'traces' });
    goToSearch({ query: 'a' });
    goToSearch({ query: 'b' });
    wentBack();
    expect(queries()).toBe('a');
    wentForward();
    expect(queries()).toBe('b');
    wentBack();
    goToSearch({ query: 'c' });
    wentForward();
    expect(queries()).toBe('c');
    for (let step = 0; step < 9; step += 1) wentBack();
    expect(queries()).toBe('generate');
  });

  it('comes back to where one was within a trace, without a step for each place in it', () => {
    const { navigated, placeChanged, wentBack } = getState();
    const traceId = 'a'.repeat(32);
    navigated({ view: 'traces', traceId });
    placeChanged({ view: 'traces', traceId, spanId: 'b'.repeat(16) });
    placeChanged({ view: 'traces', traceId, spanId: 'c'.repeat(16) });
    navigated({ view: 'settings' });
    wentBack();
    expect(getState().route).toMatchObject({ traceId, spanId: 'c'.repeat(16) });
    wentBack();
    expect(getState().route.view).toBe('generate');
  });
});
