import { beforeEach, describe, expect, it, vi } from 'vitest';
import {
  generate,
  loadRowErrors,
  loadRuns,
  loadSettings,
  pasteText,
  saveSettings,
  setApiKey,
  testConnection,
  trySample,
} from '../../../renderer/store/commands.ts';
import { getState, useStore } from '../../../renderer/store/index.ts';
import type { Api } from '../../../shared/ipc.ts';
import { createFakeApi } from '../fakeApi.ts';
import { aRun } from '../../fixtures/runs.ts';

const beginning = useStore.getInitialState();
const messages = () => getState().toasts.map(({ text }) => text);

/** A window over a main process of its own; `patch` makes single calls behave otherwise. */
function openWindow(patch: Partial<Api> = {}): Api {
  const api = { ...createFakeApi({ rowMs: 0, rows: 60 }), ...patch };
  vi.stubGlobal('window', { api });
  return api;
}

beforeEach(() => useStore.setState(beginning, true));

describe('generate', () => {
  it('asks what the form asks before it starts anything', async () => {
    let started = 0;
    openWindow({ startRun: async () => ({ runId: `r${(started += 1)}` }) });
    await trySample();
    await generate();
    expect(messages()).toEqual(['The settings have not been read yet.']);
    await loadSettings();
    getState().optionsChanged({ limit: Number.NaN });
    await generate();
    expect(messages().at(-1)).toBe('The number of rows is 1 or more.');
    getState().optionsChanged({ limit: null, deck: ' ' });
    await generate();
    expect(messages().at(-1)).toBe('Give the deck a name.');
    expect(started).toBe(0);
  });

  it('starts one run at a time', async () => {
    let started = 0;
    openWindow({ startRun: async () => ({ runId: `r${(started += 1)}` }) });
    await trySample();
    await loadSettings();
    getState().runChanged(aRun({ runId: 'other', deck: 'Korean', state: 'running' }));
    await generate();
    expect(messages()).toEqual(['A run into Korean is in progress. Wait for its end or cancel it first.']);
    getState().runChanged(aRun({ runId: 'other', deck: 'Korean', state: 'paused' }));
    await generate();
    expect(messages().at(-1)).toBe('A run into Korean is paused. Resume or cancel it first.');
    getState().runChanged(aRun({ runId: 'other', state: 'done' }));
    await generate();
    expect(started).toBe(1);
    expect(getState().shownRunId).toBe('r1');
  });
});

describe('a second click on Generate', () => {
  it('starts nothing while the first is on its way, and may after that one failed', async () => {
    const answers: ((refused: boolean) => void)[] = [];
    const startRun = () =>
      new Promise<{ runId: string }>((done, fail) => {
        const fault = { code: 'disk_full', message: 'The disk is full.', hint: null };
        answers.push((refused) => (refused ? fail(fault) : done({ runId: `r${answers.length}` })));
      });
    openWindow({ startRun });
    await trySample();
    await loadSettings();
    const twice = Promise.all([generate(), generate()]);
    expect(getState().runStarting).toBe(true);
    expect(answers).toHaveLength(1);
    answers[0]!(true);
    await twice;
    expect(messages()).toEqual(['The disk is full.']);
    const again = generate();
    expect(answers).toHaveLength(2);
    answers[1]!(false);
    await again;
    expect(getState()).toMatchObject({ shownRunId: 'r2', runStarting: false });
  });
});

describe('a read that fails', () => {
  const broken = () => Promise.reject({ code: 'io', message: 'The disk is gone.', hint: null });

  it('ends the waiting and leaves its reason, and a second one that works takes it back', async () => {
    const { runs } = openWindow();
    openWindow({ runs: broken, settings: broken });
    await loadRuns();
    await loadSettings();
    expect(getState()).toMatchObject({
      runsLoading: false,
      runsFault: { message: 'The disk is gone.' },
      settingsFault: { message: 'The disk is gone.' },
    });
    openWindow({ runs });
    await loadRuns();
    expect(getState().runsFault).toBeNull();
    expect(getState().runs.length).toBeGreaterThan(0);
  });
});

describe('lists in steps', () => {
  it('ask for no more row errors than are to be shown', async () => {
    const api = openWindow();
    const [run] = await api.runs();
    const runId = run?.runId ?? '';
    await loadRowErrors(runId, 2);
    expect(getState().rowErrors[runId]).toHaveLength(2);
  });
});

describe('pasted text', () => {
  it('is read as the user says, and as it looks where nothing is said', async () => {
    openWindow();
    await pasteText('one\ntwo');
    expect(getState().source?.preview).toMatchObject({ format: 'lines', rows: 2 });
    await pasteText('one\ntwo', 'notes');
    expect(getState().source?.preview.document).toBeDefined();
    await pasteText('bad');
    expect(getState().sourceError?.code).toBe('unbalanced_quotes');
    // What was there before stays.
    expect(getState().source?.preview.format).toBe('markdown');
  });
});

describe('a test of a connection', () => {
  it('asks the generator that is meant, and hands its fault back', async () => {
    openWindow();
    expect(await testConnection('openai')).toMatchObject({ code: 'connection_refused' });
    expect(await testConnection('anthropic')).toMatchObject({ outputTokens: 2 });
  });
});

describe('saving settings', () => {
  it('asks for the key again where the server is another one', async () => {
    let read = 0;
    const api = createFakeApi({ rowMs: 0, empty: true });
    openWindow({
      settings: () => {
        read += 1;
        return api.settings();
      },
    });
    await loadSettings();
    const settings = getState().settings!;
    await saveSettings({ ...settings, deck: 'Another' });
    expect(read).toBe(1);
    await saveSettings({ ...settings, server: { ...settings.server, baseUrl: 'http://127.0.0.1:1/v1' } });
    expect(read).toBe(2);
  });
});

describe('the API key', () => {
  it('is known by its source, as the main process says it', async () => {
    openWindow({ setApiKey: async ({ for: owner }) => (owner === 'openai' ? 'environment' : 'file') });
    await setApiKey(null, 'openai');
    await setApiKey('secret', 'anthropic');
    expect(getState()).toMatchObject({ apiKey: 'environment', anthropicKey: 'file' });
  });
});
