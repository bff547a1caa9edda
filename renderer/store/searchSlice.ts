/** The search for traces: what was found, how it is shown, what is marked. What is asked stands in the route. */
import type { CallError } from '../../shared/ipc.ts';
import type { TraceSummary } from '../../shared/span.ts';
import type {
  FoundTrace,
  Hidden,
  ImportReport,
  LeftOut,
  SavedQuery,
  TraceOrder,
} from '../../shared/traceQuery.ts';
import { byOrder } from '../derive/foundTraces.ts';
import type { Slice } from './index.ts';

export const TRACE_GROUPS = ['none', 'run', 'version', 'operation'] as const;
export type TraceGroup = (typeof TRACE_GROUPS)[number];

/** What the last answer said of itself. */
export type SearchFigures = {
  readonly leftOut: LeftOut;
  readonly tookMs: number;
  /** Not given: there was nothing to hide. */
  readonly hidden?: Hidden;
};
/** `fromMs` was that long before the moment it was chosen at. */
export type RangePreset = { readonly lengthMs: number; readonly fromMs: number };
/** What the found traces are the answer to. */
export type AskedSearch = {
  readonly query: string;
  readonly fromMs: number | null;
  readonly toMs: number | null;
  /** Noise, as queries; not given: none. */
  readonly hide?: string[];
};

export type SearchSlice = {
  readonly traceOrder: TraceOrder;
  readonly traceGroup: TraceGroup;
  readonly traceLimit: number;
  readonly rangePreset: RangePreset | null;
  readonly foundTraces: readonly FoundTrace[];
  readonly askedSearch: AskedSearch | null;
  readonly searching: boolean;
  readonly searchFault: CallError | null;
  readonly searchFigures: SearchFigures | null;
  /** The list as it stood when it was paused; `null` while it is not. */
  readonly heldTraces: readonly FoundTrace[] | null;
  readonly checkedTraces: ReadonlySet<string>;
  /** Grows with every push that the window cannot take in by itself: whether a query finds it, the store knows. */
  readonly tracePushes: number;
  readonly savedQueries: readonly SavedQuery[];
  /** Newest first. */
  readonly recentQueries: readonly string[];
  /** Trace files are being read. */
  readonly isImporting: boolean;
  /** What came in with the last import, until it was read. */
  readonly importReports: readonly ImportReport[] | null;

  readonly traceOrderChanged: (order: TraceOrder) => void;
  readonly traceGroupChanged: (group: TraceGroup) => void;
  readonly traceLimitChanged: (limit: number) => void;
  readonly rangePresetChanged: (preset: RangePreset | null) => void;
  readonly searchRequested: () => void;
  readonly searchFailed: (fault: CallError) => void;
  readonly searchAnswered: (
    asked: AskedSearch,
    traces: readonly FoundTrace[],
    figures: SearchFigures,
  ) => void;
  /** Traces that the store wrote to. */
  readonly tracesPushed: (traces: readonly TraceSummary[]) => void;
  /** With what is shown now, or `null` to let it go on. */
  readonly listHeld: (traces: readonly FoundTrace[] | null) => void;
  readonly tracePinned: (traceId: string, pinned: boolean) => void;
  readonly traceChecked: (traceId: string, checked: boolean) => void;
  readonly checkedReplaced: (traceIds: readonly string[]) => void;
  readonly savedQueriesLoaded: (queries: readonly SavedQuery[]) => void;
  readonly queryAsked: (query: string) => void;
  readonly importBegan: () => void;
  readonly importEnded: (reports: readonly ImportReport[] | null) => void;
};

const FIRST_LIMIT = 500;
const MAX_RECENT = 12;

export const createSearchSlice: Slice<SearchSlice> = (set) => ({
  traceOrder: 'newest',
  traceGroup: 'none',
  traceLimit: FIRST_LIMIT,
  rangePreset: null,
  foundTraces: [],
  askedSearch: null,
  searching: true,
  searchFault: null,
  searchFigures: null,
  heldTraces: null,
  checkedTraces: new Set(),
  tracePushes: 0,
  savedQueries: [],
  recentQueries: [],
  isImporting: false,
  importReports: null,

  traceOrderChanged: (traceOrder) =>
    set(({ foundTraces }) => ({ traceOrder, foundTraces: foundTraces.toSorted(byOrder(traceOrder)) })),
  traceGroupChanged: (traceGroup) => set({ traceGroup }),
  traceLimitChanged: (traceLimit) => set({ traceLimit }),
  rangePresetChanged: (rangePreset) => set({ rangePreset }),
  searchRequested: () => set({ searching: true, searchFault: null }),
  searchFailed: (searchFault) => set({ searchFault, searching: false }),
  searchAnswered: (askedSearch, foundTraces, searchFigures) =>
    set({ askedSearch, foundTraces, searchFigures, searching: false, searchFault: null }),
  tracesPushed: (traces) =>
    set(({ foundTraces, askedSearch, traceOrder, traceLimit, tracePushes, noiseTest }) => {
      if (askedSearch === null) return {};
      const changed = new Map(traces.map((trace) => [trace.traceId, trace]));
      const isPlain = askedSearch.query === '';
      const next = foundTraces.map((trace): FoundTrace => {
        const now = changed.get(trace.traceId);
        if (now === undefined) return trace;
        changed.delete(trace.traceId);
        const { usage } = trace;
        return {
          ...now,
          matched: isPlain ? now.spanCount : trace.matched,
          ...(usage === undefined ? {} : { usage }),
        };
      });
      // What model calls used, the store adds up: by that it orders anew.
      const isOrdered = traceOrder !== 'tokens' && traceOrder !== 'cost';
      const pushes = isPlain && isOrdered ? tracePushes : tracePushes + 1;
      if (!isPlain) return { foundTraces: next, tracePushes: pushes };
      const { fromMs, toMs, hide = [] } = askedSearch;
      const isNoise = noiseTest?.of === hide ? noiseTest.test : () => (hide.length === 0 ? false : null);
      let isSure = true;
      for (const trace of changed.values()) {
        const isWithin = trace.startMs >= (fromMs ?? -Infinity) && trace.startMs < (toMs ?? Infinity);
        if (!isWithin) continue;
        // What is hidden is counted, and what there is to count the store knows.
        if (isNoise(trace) === false) next.push({ ...trace, matched: trace.spanCount });
        else isSure = false;
      }
      return {
        foundTraces: next.sort(byOrder(traceOrder)).slice(0, traceLimit),
        tracePushes: isSure && isOrdered ? tracePushes : tracePushes + 1,
      };
    }),
  listHeld: (heldTraces) => set({ heldTraces }),
  tracePinned: (traceId, pinned) =>
    set(({ foundTraces, heldTraces }) => {
      const mark = (trace: FoundTrace) => (trace.traceId === traceId ? { ...trace, pinned } : trace);
      return { foundTraces: foundTraces.map(mark), heldTraces: heldTraces?.map(mark) ?? null };
    }),
  traceChecked: (traceId, checked) =>
    set(({ checkedTraces }) => {
      const next = new Set(checkedTraces);
      if (checked) next.add(traceId);
      else next.delete(traceId);
      return { checkedTraces: next };
    }),
  checkedReplaced: (traceIds) => set({ checkedTraces: new Set(traceIds) }),
  savedQueriesLoaded: (savedQueries) => set({ savedQueries }),
  queryAsked: (query) =>
    set(({ recentQueries }) =>
      query === ''
        ? {}
        : { recentQueries: [query, ...recentQueries.filter((each) => each !== query)].slice(0, MAX_RECENT) },
    ),
  importBegan: () => set({ isImporting: true }),
  importEnded: (importReports) => set({ isImporting: false, importReports }),
});
