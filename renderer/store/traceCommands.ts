/** What the user can ask of the trace store and of trace files. */
import type { CallTreeSearch, ExportFormat, ExportSelection, FoundTrace } from '../../shared/traceQuery.ts';
import type { FieldCatalog, ImportReport, SavedQuery } from '../../shared/traceQuery.ts';
import { formatText } from '../../shared/query/literals.ts';
import { countOf, formatBytes } from '../../shared/units.ts';
import { getApi, toCallError } from '../api.ts';
import { linkOf } from '../derive/link.ts';
import { copyToClipboard } from './clipboard.ts';
import { asked, reportError } from './commands.ts';
import { getState } from './index.ts';
import { loadNoiseTest } from './noiseCommands.ts';
import type { Route, RouteSearch } from './route.ts';
import type { AskedSearch } from './searchSlice.ts';

/** At once: what more there is, the next import takes. */
const MAX_FILES = 100;

export type SearchRoute = Extract<Route, { view: 'traces'; traceId?: undefined }>;

export function searchOf({
  query = '',
  fromMs,
  toMs,
}: {
  readonly [K in keyof RouteSearch]?: RouteSearch[K] | undefined;
}): AskedSearch {
  return { query, fromMs: fromMs ?? null, toMs: toMs ?? null };
}

/** The search that the window shows; nothing where it shows something else. */
export function searchRoute(): SearchRoute {
  const { route } = getState();
  return route.view === 'traces' && route.traceId === undefined ? route : { view: 'traces' };
}

/** Shows another search, or the same otherwise. What is left out stays; `undefined` takes it away. */
export function goToSearch(change: {
  readonly [K in keyof SearchRoute]?: SearchRoute[K] | undefined;
}): void {
  const next = Object.entries({ ...searchRoute(), ...change }).filter(([, value]) => value !== undefined);
  getState().navigated(Object.fromEntries(next) as unknown as Route);
}

let searches = 0;
const NO_QUERIES: readonly string[] = [];

/** Asks for the traces of a search; a later question makes an earlier one's answer void. */
export async function loadFoundTraces(search: AskedSearch): Promise<void> {
  const number = (searches += 1);
  const { traceOrder: order, traceLimit: limit, searchRequested } = getState();
  searchRequested();
  // Beside the question: until it is there, what arrives is left to the store.
  loadNoiseTest(search.hide ?? NO_QUERIES).catch(() => undefined);
  try {
    const { items, ...figures } = await getApi().searchTraces({ ...search, order, limit });
    if (number === searches) getState().searchAnswered(search, items, figures);
  } catch (thrown) {
    if (number === searches) getState().searchFailed(toCallError(thrown));
  }
}

export const loadFieldCatalog = (): Promise<FieldCatalog> => getApi().fieldCatalog();
export const loadStoreStatus = () => asked(getApi().traceStoreStatus());
export const loadCallTree = (search: CallTreeSearch) => getApi().callTree(search);

export async function loadSavedQueries(): Promise<void> {
  const queries = await asked(getApi().savedQueries());
  if (queries !== undefined) getState().savedQueriesLoaded(queries);
}
export async function saveQuery(query: SavedQuery): Promise<void> {
  const queries = await asked(getApi().saveQuery(query));
  if (queries !== undefined) getState().savedQueriesLoaded(queries);
}
export async function removeQuery({ name, signal }: Pick<SavedQuery, 'name' | 'signal'>): Promise<void> {
  const queries = await asked(getApi().removeQuery({ name, signal }));
  if (queries !== undefined) getState().savedQueriesLoaded(queries);
}

/** Pins are marked at once, and taken back where the store refuses. */
export async function pinTraces(traceIds: readonly string[], pinned: boolean): Promise<void> {
  for (const traceId of traceIds) {
    getState().tracePinned(traceId, pinned);
    try {
      await getApi().pinTrace({ traceId, pinned });
    } catch (thrown) {
      getState().tracePinned(traceId, !pinned);
      reportError(thrown);
    }
  }
}

export const EXPORT_LABELS: Readonly<Record<ExportFormat, string>> = {
  otlp: 'OTLP JSON',
  'otlp-jsonl': 'OTLP JSON lines',
  jaeger: 'Jaeger JSON',
  chrome: 'Chrome trace (Perfetto)',
  speedscope: 'speedscope',
  csv: 'CSV, one span a line',
  html: 'One HTML page',
  llm: 'Text for an LLM',
};

/** What goes along with the spans. */
export type ExportAlong = { readonly withLogs?: boolean; readonly withMetrics?: boolean };

export async function exportTraces(
  selection: ExportSelection,
  format: ExportFormat,
  { withLogs = false, withMetrics = false }: ExportAlong = {},
): Promise<void> {
  const report = await asked(getApi().exportTraces({ selection, format, withLogs, withMetrics }));
  if (report === undefined || report === null) return;
  const { traces, spans, logs, metricPoints, bytes, path, notes } = report;
  const parts = [
    countOf(traces, 'trace'),
    countOf(spans, 'span'),
    ...(logs === undefined ? [] : [countOf(logs, 'log record')]),
    ...(metricPoints === undefined ? [] : [countOf(metricPoints, 'metric point')]),
  ];
  const what = `${parts.join(', ')} exported`;
  getState().toastAdded({
    tone: notes.length > 0 ? 'info' : 'good',
    text: `${what} (${formatBytes(bytes)}).`,
    hint: [path, ...notes].join(' · '),
  });
}

/** Asks for trace files and imports them. */
export const chooseTraceFiles = () => importing(() => getApi().chooseTraceFiles());
/** Imports the trace files at these paths. */
export const importTraceFiles = (paths: readonly string[]) =>
  importing(() => getApi().importTraceFiles({ paths: paths.slice(0, MAX_FILES) }));

/** Traces shows what came in, unless nothing was chosen or it failed, which was told; whoever is elsewhere by then is told the way there. */
async function importing(ask: () => Promise<readonly ImportReport[] | null>): Promise<void> {
  getState().importBegan();
  const reports = (await asked(ask())) ?? [];
  getState().importEnded(reports.length === 0 ? null : reports);
  if (reports.length === 0) return;
  if (getState().route.view === 'traces') return void loadFoundTraces(searchOf(searchRoute()));
  const spans = reports.reduce((sum, report) => sum + report.spans, 0);
  getState().toastAdded({
    tone: 'info',
    text: `Trace files were read: ${countOf(spans, 'span')} came in.`,
    hint: null,
    action: { label: 'Show', run: () => goToSearch({}) },
  });
}

export async function copyForLlm(traceId: string): Promise<void> {
  const text = await asked(getApi().textForLlm({ traceId }));
  if (text !== undefined) {
    await copyToClipboard(text, `The trace as text (${formatBytes(text.length)}, without secrets)`);
  }
}
export const copyTraceLink = (traceIds: readonly string[]) => {
  const [traceId = '', ...beside] = traceIds;
  const route: Route = { view: 'traces', traceId, ...(beside.length > 0 ? { beside } : {}) };
  return copyToClipboard(linkOf(route), 'The link');
};

/** The latest trace of the same name that began before; `null` where there is none. */
export async function traceBefore(
  trace: Pick<FoundTrace, 'traceId' | 'name' | 'startMs'>,
): Promise<FoundTrace | null> {
  const found = await asked(
    getApi().searchTraces({
      query: `trace.name = ${formatText(trace.name)}`,
      fromMs: null,
      toMs: trace.startMs,
      order: 'newest',
      limit: 2,
    }),
  );
  return found?.items.find(({ traceId }) => traceId !== trace.traceId) ?? null;
}
