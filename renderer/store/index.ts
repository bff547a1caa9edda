/** One store of slices. State is replaced, never mutated; nothing in here talks to the main process. */
import { create } from 'zustand';
import type { StateCreator } from 'zustand';
import { createCardsSlice } from './cardsSlice.ts';
import type { CardsSlice } from './cardsSlice.ts';
import { createDeckSlice } from './deckSlice.ts';
import type { DeckSlice } from './deckSlice.ts';
import { createNoiseSlice } from './noiseSlice.ts';
import type { NoiseSlice } from './noiseSlice.ts';
import { createRunsSlice } from './runsSlice.ts';
import type { RunsSlice } from './runsSlice.ts';
import { createSearchSlice } from './searchSlice.ts';
import type { SearchSlice } from './searchSlice.ts';
import { createSettingsSlice } from './settingsSlice.ts';
import type { SettingsSlice } from './settingsSlice.ts';
import { createSpansSlice } from './spansSlice.ts';
import type { SpansSlice } from './spansSlice.ts';
import { createViewSlice } from './viewSlice.ts';
import type { ViewSlice } from './viewSlice.ts';

export type AppState = ViewSlice &
  RunsSlice &
  SpansSlice &
  SearchSlice &
  NoiseSlice &
  CardsSlice &
  DeckSlice &
  SettingsSlice;
export type Slice<T> = StateCreator<AppState, [], [], T>;

/** A store of its own for every test; the app has `useStore`. */
export function createAppStore() {
  return create<AppState>()((...tools) => ({
    ...createViewSlice(...tools),
    ...createRunsSlice(...tools),
    ...createSpansSlice(...tools),
    ...createSearchSlice(...tools),
    ...createNoiseSlice(...tools),
    ...createCardsSlice(...tools),
    ...createDeckSlice(...tools),
    ...createSettingsSlice(...tools),
  }));
}
export type AppStore = ReturnType<typeof createAppStore>;

/** Components read with a named selector: `useStore(selectShownRun)`. */
export const useStore = createAppStore();
/** For event handlers, which read the state of the moment and call actions. */
export const { getState } = useStore;
