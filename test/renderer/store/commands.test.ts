import { beforeEach, describe, expect, it, vi } from 'vitest';
import {
  exportCards,
  filterCards,
  generate,
  loadRowErrors,
  loadRuns,
  loadSettings,
  setApiKey,
  trySample,
} from '../../../renderer/store/commands.ts';
import { RUN_IN_PROGRESS } from '../../../renderer/derive/optionProblem.ts';
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
    getState().runChanged(aRun({ runId: 'other', state: 'paused' }));
    await generate();
    expect(messages()).toEqual([RUN_IN_PROGRESS]);
    getState().runChanged(aRun({ runId: 'other', state: 'done' }));
    await generate();
    expect(started).toBe(1);
    expect(getState().shownRunId).toBe('r1');
  });
});

describe('a read that fails', () => {
  const broken = () => Promise.reject({ code: 'io', message: 'The disk is gone.', hint: null });

  it('ends the waiting and leaves its reason, and a second one that works takes it back', async () => {
    const { runs } = openWindow();
    openWindow({ runs: broken, cards: broken, settings: broken });
    await loadRuns();
    await filterCards({ deck: null, runId: null, search: null });
    await loadSettings();
    expect(getState()).toMatchObject({
      runsLoading: false,
      cardsLoading: false,
      runsFault: { message: 'The disk is gone.' },
      cardsFault: { message: 'The disk is gone.' },
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

  it('export what the search finds and not the whole deck', async () => {
    const api = openWindow();
    const found = await api.cards({ deck: null, runId: null, search: 'laconic', offset: 0, limit: 1 });
    await exportCards({ deck: null, runId: null, search: 'laconic' });
    expect(messages()).toEqual([`${found.total} cards exported.`]);
    expect(found.total).toBeGreaterThan(0);
  });
});

describe('a card from elsewhere', () => {
  it('stays the chosen one though the page does not hold it', async () => {
    const api = openWindow();
    const all = await api.cards({ deck: null, runId: null, search: null, offset: 0, limit: 1000 });
    const last = all.cards.at(-1);
    expect(all.total).toBeGreaterThan(200);
    const reading = filterCards({ deck: null, runId: null, search: null });
    getState().cardSelected(last ?? null);
    await reading;
    expect(getState().cards).toHaveLength(200);
    expect(getState().selectedCard).toBe(last);
  });
});

describe('the API key', () => {
  it('is known by its source, as the main process says it', async () => {
    openWindow({ setApiKey: async () => 'environment' });
    await setApiKey(null);
    expect(getState().apiKey).toBe('environment');
  });
});
