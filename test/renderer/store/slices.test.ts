import { describe, expect, it } from 'vitest';
import { MAX_FRESH_CARDS } from '../../../renderer/store/cardsSlice.ts';
import { createAppStore } from '../../../renderer/store/index.ts';
import {
  runSettingsOf,
  selectActiveRun,
  selectFreshCards,
  selectSettingsUnsaved,
} from '../../../renderer/store/selectors.ts';
import type { Card } from '../../../shared/card.ts';
import { settingsSchema } from '../../../shared/settings.ts';
import { aRun } from '../../fixtures/runs.ts';

function card(cardId: number): Card {
  return {
    cardId,
    noteId: `n${cardId}`,
    deck: 'D',
    term: 't',
    type: 'recognition',
    front: 'f',
    back: 'b',
    tags: [],
    createdMs: 0,
    provenance: {
      generator: 'offline',
      model: 'm',
      promptVersion: 'p',
      parameters: '{}',
      runId: 'r1',
      traceId: 'a'.repeat(32),
      sourceName: 's',
      row: 1,
      cached: false,
    },
  };
}
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

describe('pages of the deck', () => {
  it('ignore the answer to a question that is no longer asked', () => {
    const store = createAppStore();
    const old = { deck: 'A', runId: null, search: null };
    store.getState().cardFilterChanged(old);
    store.getState().cardFilterChanged({ ...old, deck: 'B' });
    store.getState().cardPageLoaded(old, 0, { cards: range(0, 3), total: 3 });
    expect(store.getState().cards).toEqual([]);
    expect(store.getState().cardsLoading).toBe(true);
  });

  it('append in order and keep the choice', () => {
    const store = createAppStore();
    const filter = { deck: null, runId: null, search: null };
    store.getState().cardFilterChanged(filter);
    store.getState().cardPageLoaded(filter, 0, { cards: range(0, 2), total: 4 });
    store.getState().cardSelected(card(1));
    store.getState().cardPageLoaded(filter, 2, { cards: range(2, 4), total: 4 });
    // The same page once more, as after an impatient scroll.
    store.getState().cardPageLoaded(filter, 2, { cards: range(2, 4), total: 4 });
    expect(ids(store.getState().cards)).toEqual([0, 1, 2, 3]);
    expect(store.getState().selectedCard?.cardId).toBe(1);
  });
});

describe('the next run', () => {
  it('takes from the settings what the user did not change', () => {
    const store = createAppStore();
    expect(runSettingsOf(store.getState())).toBeNull();
    store.getState().settingsLoaded(settingsSchema.parse({ deck: 'Korean', concurrency: 8 }), null);
    store.getState().optionsChanged({ deck: 'Idioms' });
    store.getState().optionsChanged({ limit: 20 });
    expect(runSettingsOf(store.getState())).toEqual({
      deck: 'Idioms',
      generator: 'offline',
      termLanguage: 'auto',
      meaningLanguage: 'en',
      concurrency: 8,
      limit: 20,
    });
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
});

describe('the draft of the settings', () => {
  it('outlives its view and counts as unsaved only where it differs', () => {
    const store = createAppStore();
    const settings = settingsSchema.parse({ deck: 'Korean' });
    store.getState().settingsLoaded(settings, null);
    store.getState().settingsDrafted({ ...settings, deck: 'Idioms' });
    store.getState().navigated({ view: 'cards' });
    expect(store.getState().settingsDraft?.deck).toBe('Idioms');
    expect(selectSettingsUnsaved(store.getState())).toBe(true);
    store.getState().settingsDrafted({ ...settings });
    expect(selectSettingsUnsaved(store.getState())).toBe(false);
  });
});
