import { describe, expect, it } from 'vitest';
import { MAX_FRESH_CARDS } from '../../../renderer/store/cardsSlice.ts';
import { createAppStore } from '../../../renderer/store/index.ts';
import {
  runSettingsOf,
  selectActiveJob,
  selectActiveRun,
  selectRunAtWork,
  selectDeckVersion,
  selectFreshCards,
  selectSettingsUnsaved,
  selectTags,
} from '../../../renderer/store/selectors.ts';
import type { Card } from '../../../shared/card.ts';
import type { JobProgress } from '../../../shared/job.ts';
import { settingsSchema } from '../../../shared/settings.ts';
import { card } from '../../fixtures/cards.ts';
import { aRun } from '../../fixtures/runs.ts';

const range = (from: number, to: number) =>
  Array.from({ length: to - from }, (_, index) => card(from + index));
const ids = (cards: readonly Card[]) => cards.map(({ cardId }) => cardId);

describe('cards as they are made', () => {
  it('stand newest first and are bounded', () => {
    const store = createAppStore();
    store.getState().cardsAdded('r1', range(0, 200));
    store.getState().cardsAdded('r1', range(200, 400));
    const fresh = selectFreshCards('r1')(store.getState());
    expect(fresh).toHaveLength(MAX_FRESH_CARDS);
    expect(ids(fresh.slice(0, 2))).toEqual([399, 398]);
  });

  it('join what the deck already has of the run without doubles', () => {
    const store = createAppStore();
    store.getState().cardsAdded('r1', range(3, 6));
    store.getState().freshCardsLoaded('r1', range(0, 5).toReversed());
    expect(ids(selectFreshCards('r1')(store.getState()))).toEqual([5, 4, 3, 2, 1, 0]);
  });
});

describe('the deck as a window knows it', () => {
  const job: JobProgress = {
    jobId: 'j1',
    kind: 'export',
    label: 'Export',
    state: 'running',
    done: 1,
    total: 9,
    message: null,
    startedMs: 0,
  };

  it('counts its changes, so that what was read before is read again', () => {
    const store = createAppStore();
    store.getState().deckTreeLoaded([], [{ tag: 'food', notes: 3 }]);
    expect(selectDeckVersion(store.getState())).toBe(0);
    store.getState().deckChanged();
    store.getState().deckChanged();
    expect(selectDeckVersion(store.getState())).toBe(2);
    expect(selectTags(store.getState())).toEqual([{ tag: 'food', notes: 3 }]);
  });

  it('has each job once, the newest first, and names the one that goes on', () => {
    const store = createAppStore();
    store.getState().jobChanged(job);
    store.getState().jobChanged({ ...job, jobId: 'j2', kind: 'backup', label: 'Backup' });
    store.getState().jobChanged({ ...job, done: 5 });
    expect(store.getState().jobs.map(({ jobId, done }) => `${jobId} ${done}`)).toEqual(['j2 1', 'j1 5']);
    store.getState().jobChanged({ ...job, jobId: 'j2', state: 'done' });
    expect(selectActiveJob(store.getState())?.jobId).toBe('j1');
    store.getState().jobChanged({ ...job, state: 'cancelled' });
    expect(selectActiveJob(store.getState())).toBeUndefined();
  });

  it('forgets jobs that ended long ago', () => {
    const store = createAppStore();
    for (let index = 0; index < 30; index += 1) {
      store.getState().jobChanged({ ...job, jobId: `j${index}`, state: 'done' });
    }
    expect(store.getState().jobs).toHaveLength(20);
    expect(store.getState().jobs[0]?.jobId).toBe('j29');
  });
});

describe('the next run', () => {
  it('takes from the settings what the user did not change', () => {
    const store = createAppStore();
    expect(runSettingsOf(store.getState())).toBeNull();
    store.getState().settingsLoaded(settingsSchema.parse({ deck: 'Korean', concurrency: 8 }), null, null);
    store.getState().optionsChanged({ deck: 'Idioms' });
    store.getState().optionsChanged({ limit: 20 });
    expect(runSettingsOf(store.getState())).toEqual({
      deck: 'Idioms',
      generator: 'offline',
      termLanguage: 'auto',
      meaningLanguage: 'en',
      concurrency: 8,
      limit: 20,
      review: false,
      known: 'skip',
    });
  });

  it('is looked through, limited and written by other prompts where the user says so', () => {
    const store = createAppStore();
    store.getState().settingsLoaded(settingsSchema.parse({ review: true }), null, null);
    store.getState().optionsChanged({
      known: 'fill',
      cardTypes: ['cloze'],
      prompts: { write: 'p1' },
      budget: { dollars: 0.5, tokens: null },
    });
    expect(runSettingsOf(store.getState())).toMatchObject({
      review: true,
      known: 'fill',
      cardTypes: ['cloze'],
      prompts: { write: 'p1' },
      budget: { dollars: 0.5, tokens: null },
    });
    store
      .getState()
      .optionsChanged({ review: false, cardTypes: undefined, prompts: undefined, budget: undefined });
    const chosen = runSettingsOf(store.getState())!;
    expect(chosen.review).toBe(false);
    expect(Object.keys(chosen)).not.toContain('cardTypes');
  });

  it('keeps the list when the file dialog was closed without a choice', () => {
    const store = createAppStore();
    const source = { sourceId: 's', preview: {} as never };
    store.getState().sourceLoaded(source);
    store.getState().sourceRequested();
    store.getState().sourceLoaded(null);
    expect(store.getState().source).toBe(source);
    expect(store.getState().sourceBusy).toBe(false);
  });
});

describe('runs', () => {
  it('replace their earlier report in place and come first when new', () => {
    const store = createAppStore();
    store.getState().runsLoaded([aRun({ runId: 'b', state: 'done' }), aRun({ runId: 'a', state: 'done' })]);
    store.getState().runChanged(aRun({ runId: 'a', state: 'paused' }));
    store.getState().runChanged(aRun({ runId: 'c' }));
    expect(store.getState().runs.map(({ runId, state }) => `${runId} ${state}`)).toEqual([
      'c running',
      'b done',
      'a paused',
    ]);
    expect(selectActiveRun(store.getState())?.runId).toBe('c');
  });

  it('are all of the one that is shown where several are at work', () => {
    const store = createAppStore();
    store
      .getState()
      .runsLoaded([aRun({ runId: 'b' }), aRun({ runId: 'a' }), aRun({ runId: 'z', state: 'done' })]);
    const atWork = (shownRunId: string | null) => selectRunAtWork({ ...store.getState(), shownRunId })?.runId;
    expect([atWork('a'), atWork('z'), atWork(null)]).toEqual(['a', 'b', 'b']);
  });
});

describe('the draft of the settings', () => {
  it('outlives its view and counts as unsaved only where it differs', () => {
    const store = createAppStore();
    const settings = settingsSchema.parse({ deck: 'Korean' });
    store.getState().settingsLoaded(settings, null, null);
    store.getState().settingsDrafted({ ...settings, deck: 'Idioms' });
    store.getState().navigated({ view: 'cards' });
    expect(store.getState().settingsDraft?.deck).toBe('Idioms');
    expect(selectSettingsUnsaved(store.getState())).toBe(true);
    store.getState().settingsDrafted({ ...settings });
    expect(selectSettingsUnsaved(store.getState())).toBe(false);
  });
});

describe('the keys of model servers', () => {
  it('are told apart by their owner', () => {
    const store = createAppStore();
    store.getState().settingsLoaded(settingsSchema.parse({}), 'environment', null);
    store.getState().apiKeyChanged('file', 'anthropic');
    expect(store.getState()).toMatchObject({ apiKey: 'environment', anthropicKey: 'file' });
  });
});

describe('messages', () => {
  it('of what was done go with the view; faults, news and offers stay', () => {
    const store = createAppStore();
    const { toastAdded, navigated } = store.getState();
    const undo = { label: 'Undo', run: () => {} };
    toastAdded({ tone: 'good', text: 'Saved.', hint: null });
    toastAdded({ tone: 'good', text: 'Deleted.', hint: null, action: undo });
    toastAdded({ tone: 'info', text: 'No record.', hint: null });
    toastAdded({ tone: 'bad', text: 'Failed.', hint: null });
    const texts = () => store.getState().toasts.map(({ text }) => text);
    navigated({ view: 'generate' });
    expect(texts()).toHaveLength(4);
    navigated({ view: 'study' });
    expect(texts()).toEqual(['Deleted.', 'No record.', 'Failed.']);
  });
});
