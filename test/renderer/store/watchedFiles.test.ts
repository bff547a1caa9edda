import { beforeEach, expect, it, vi } from 'vitest';
import type { WatchedFile } from '../../../shared/source.ts';
import { getState, useStore } from '../../../renderer/store/index.ts';
import { followWatchedFiles } from '../../../renderer/store/watchedFiles.ts';
import { createFakeApi } from '../fakeApi.ts';

const OPENED_MS = 1_790_000_000_000;
const beginning = useStore.getInitialState();
let nowMs: number;
let tell: (...files: readonly WatchedFile[]) => void;
beforeEach(() => {
  useStore.setState(beginning, true);
  nowMs = OPENED_MS;
  const listeners: ((status: { folders: []; files: readonly WatchedFile[] }) => void)[] = [];
  const api = createFakeApi({ rowMs: 0, rows: 10 });
  vi.stubGlobal('window', {
    api: { ...api, onWatchChanged: (listener: (typeof listeners)[number]) => listeners.push(listener) },
  });
  tell = (...files) => {
    for (const listener of listeners) listener({ folders: [], files });
  };
  followWatchedFiles(() => nowMs);
});

const file = (name: string, over: Partial<WatchedFile> = {}): WatchedFile => ({
  path: `/lists/${name}`,
  state: 'failed',
  runId: null,
  message: `${name} is not UTF-8 text.`,
  atMs: OPENED_MS + 1,
  ...over,
});
const texts = () => getState().toasts.map(({ text }) => text);

it('tells once of a file that gave no cards, and leads to all of them', () => {
  tell(file('a.csv'));
  tell(file('a.csv'), file('b.csv', { state: 'done', message: null }));
  expect(getState().toasts).toMatchObject([
    { tone: 'bad', text: 'No cards were made of a.csv.', hint: 'a.csv is not UTF-8 text.' },
  ]);
  getState().toasts[0]!.action!.run();
  expect(getState().route).toMatchObject({ view: 'settings', section: 'watched' });
});

it('tells of a run that came to rest before its end', () => {
  tell(file('same.csv', { state: 'done', message: 'The same text was read before.' }));
  expect(texts()).toEqual([]);
  tell(file('a.csv', { state: 'done', runId: 'r', message: 'No model server answers.' }));
  expect(getState().toasts).toMatchObject([
    { text: 'The run of a.csv is paused.', hint: 'No model server answers.' },
  ]);
});

it('is silent about what was so before, and about the rest of many', () => {
  tell(file('old.csv', { atMs: OPENED_MS - 1 }));
  expect(texts()).toEqual([]);
  tell(file('a.csv'), file('b.csv'), file('c.csv'));
  expect(texts()).toHaveLength(1);
  nowMs += 61_000;
  tell(file('a.csv'), file('b.csv'), file('c.csv'));
  expect(texts()).toHaveLength(1);
  tell(file('d.csv', { atMs: nowMs }));
  expect(texts()).toEqual(['No cards were made of a.csv.', 'No cards were made of d.csv.']);
});

it('says once what files wait for, however often they are looked at', () => {
  const waits = (name: string) =>
    file(name, { state: 'waiting', message: 'Choose a model.', atMs: nowMs + 1 });
  tell(waits('a.csv'), waits('b.csv'));
  nowMs += 120_000;
  tell(waits('a.csv'), waits('b.csv'));
  expect(getState().toasts).toMatchObject([{ text: 'a.csv waits.', hint: 'Choose a model.' }]);
});
