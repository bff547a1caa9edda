/** Where the user is and what they are putting together: route, draft of the next run, messages. */
import type { CallError, SourceRef } from '../../shared/ipc.ts';
import type { RunSettings } from '../../shared/run.ts';
import type { Slice } from './index.ts';
import type { Route } from './route.ts';

export type Toast = {
  readonly id: number;
  readonly tone: 'info' | 'good' | 'bad';
  readonly text: string;
  readonly hint: string | null;
  /** What can be done about it; the message goes with it. */
  readonly action?: {
    readonly label: string;
    readonly run: () => void;
    /** The change of the deck that it takes back. */
    readonly undoes?: number;
  };
};

export type OverlayName = 'help' | 'palette';

export type ViewSlice = {
  readonly route: Route;
  /** Counts navigations: a view that starts afresh each time is keyed by it. */
  readonly visit: number;
  /** Places before this one, the latest last, and those that one came back from, the next one first. */
  readonly past: readonly Route[];
  readonly future: readonly Route[];
  readonly overlay: OverlayName | null;
  readonly source: SourceRef | null;
  /** A list is being read right now. */
  readonly sourceBusy: boolean;
  readonly sourceError: CallError | null;
  /** Only what the user changed; the rest comes from the settings. */
  readonly options: Partial<RunSettings>;
  /** The run that Generate shows; `null` while a new one is put together. */
  readonly shownRunId: string | null;
  readonly toasts: readonly Toast[];

  readonly navigated: (route: Route) => void;
  /** The same place, told more exactly (a span that was selected, a stretch of time): no step to go back from. */
  readonly placeChanged: (route: Route) => void;
  readonly wentBack: () => void;
  readonly wentForward: () => void;
  readonly overlayChanged: (overlay: OverlayName | null) => void;
  readonly sourceRequested: () => void;
  readonly sourceLoaded: (source: SourceRef | null) => void;
  readonly sourceFailed: (error: CallError) => void;
  readonly optionsChanged: (options: Partial<RunSettings>) => void;
  readonly runShown: (runId: string | null) => void;
  readonly toastAdded: (toast: Omit<Toast, 'id'>) => void;
  readonly toastDismissed: (id: number) => void;
  /** A change was taken back: nobody is to be offered that any more. */
  readonly undoOfferEnded: (changeSetId: number) => void;
};

let nextToastId = 1;
const MAX_TOASTS = 4;
const MAX_PAST = 50;

export const createViewSlice: Slice<ViewSlice> = (set) => ({
  route: { view: 'generate' },
  visit: 0,
  past: [],
  future: [],
  overlay: null,
  source: null,
  sourceBusy: false,
  sourceError: null,
  options: {},
  shownRunId: null,
  toasts: [],

  navigated: (route) =>
    set((state) => {
      const isHere = JSON.stringify(route) === JSON.stringify(state.route);
      const steps = isHere ? {} : { past: [...state.past, state.route].slice(-MAX_PAST), future: [] };
      // That something was done needs no reading elsewhere; faults and offers stay.
      const isLeft = route.view !== state.route.view;
      const toasts = isLeft
        ? state.toasts.filter(({ tone, action }) => tone !== 'good' || action !== undefined)
        : state.toasts;
      return { route, visit: state.visit + 1, overlay: null, toasts, ...steps };
    }),
  placeChanged: (route) => set({ route }),
  wentBack: () =>
    set(({ past, future, route, visit }) => {
      const before = past.at(-1);
      if (before === undefined) return {};
      const next = { past: past.slice(0, -1), future: [route, ...future] };
      return { route: before, visit: visit + 1, overlay: null, ...next };
    }),
  wentForward: () =>
    set(({ past, future, route, visit }) => {
      const [after] = future;
      if (after === undefined) return {};
      const next = { past: [...past, route], future: future.slice(1) };
      return { route: after, visit: visit + 1, overlay: null, ...next };
    }),
  overlayChanged: (overlay) => set({ overlay }),
  sourceRequested: () => set({ sourceBusy: true, sourceError: null }),
  // `null`: the user closed the dialog; whatever was there before stays.
  sourceLoaded: (source) =>
    set((state) => ({ sourceBusy: false, sourceError: null, source: source ?? state.source })),
  sourceFailed: (sourceError) => set({ sourceBusy: false, sourceError }),
  optionsChanged: (options) => set((state) => ({ options: { ...state.options, ...options } })),
  runShown: (shownRunId) => set(shownRunId === null ? { shownRunId, source: null } : { shownRunId }),
  toastAdded: (toast) =>
    set((state) => ({ toasts: [...state.toasts, { ...toast, id: nextToastId++ }].slice(-MAX_TOASTS) })),
  undoOfferEnded: (changeSetId) =>
    set((state) => ({ toasts: state.toasts.filter(({ action }) => action?.undoes !== changeSetId) })),
  toastDismissed: (id) => set((state) => ({ toasts: state.toasts.filter((toast) => toast.id !== id) })),
});
