/** Where the user is and what they are putting together: route, draft of the next run, messages. */
import type { Card } from '../../shared/card.ts';
import type { CallError, SourceRef } from '../../shared/ipc.ts';
import type { RunSettings } from '../../shared/run.ts';
import type { Slice } from './index.ts';

export const VIEWS = ['generate', 'cards', 'traces', 'logs', 'settings'] as const;
export type ViewName = (typeof VIEWS)[number];

export type Route =
  | { readonly view: 'generate' }
  | { readonly view: 'cards'; readonly deck?: string; readonly runId?: string; readonly card?: Card }
  | { readonly view: 'traces'; readonly traceId?: string }
  | { readonly view: 'logs'; readonly traceId?: string }
  | { readonly view: 'settings' };

export type Toast = {
  readonly id: number;
  readonly tone: 'info' | 'good' | 'bad';
  readonly text: string;
  readonly hint: string | null;
};

export type OverlayName = 'help' | 'palette';

export type ViewSlice = {
  readonly route: Route;
  /** Counts navigations: a view that starts afresh each time is keyed by it. */
  readonly visit: number;
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
  readonly overlayChanged: (overlay: OverlayName | null) => void;
  readonly sourceRequested: () => void;
  readonly sourceLoaded: (source: SourceRef | null) => void;
  readonly sourceFailed: (error: CallError) => void;
  readonly optionsChanged: (options: Partial<RunSettings>) => void;
  readonly runShown: (runId: string | null) => void;
  readonly toastAdded: (toast: Omit<Toast, 'id'>) => void;
  readonly toastDismissed: (id: number) => void;
};

let nextToastId = 1;
const MAX_TOASTS = 4;

export const createViewSlice: Slice<ViewSlice> = (set) => ({
  route: { view: 'generate' },
  visit: 0,
  overlay: null,
  source: null,
  sourceBusy: false,
  sourceError: null,
  options: {},
  shownRunId: null,
  toasts: [],

  navigated: (route) => set((state) => ({ route, visit: state.visit + 1, overlay: null })),
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
  toastDismissed: (id) => set((state) => ({ toasts: state.toasts.filter((toast) => toast.id !== id) })),
});
