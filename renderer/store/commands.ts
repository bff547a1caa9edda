/** What the user can ask of the main process: calls out, answers into the store, faults into a message. */
import type { CallError, ConnectionTest, SourceRef } from '../../shared/ipc.ts';
import type { GeneratorId, RunProgress } from '../../shared/run.ts';
import type { Settings } from '../../shared/settings.ts';
import { getApi, toCallError } from '../api.ts';
import { modelNames, optionProblem, runInTheWay } from '../derive/optionProblem.ts';
import { runOutcome } from '../derive/runProgress.ts';
import { getState } from './index.ts';
import { runSettingsOf, selectActiveRun } from './selectors.ts';

const CARD_PAGE = 200;
/** Row errors that are asked for first. */
export const ROW_ERRORS_FIRST = 200;

/** Shows a fault as a toast. */
export function reportError(thrown: unknown) {
  const error = toCallError(thrown);
  getState().toastAdded({ tone: 'bad', text: error.message, hint: error.hint });
}

/** Waits for a call; `undefined` where it failed, which the user is told, and `onFault` too. */
export async function asked<T>(
  call: Promise<T>,
  onFault?: (fault: CallError) => void,
): Promise<T | undefined> {
  try {
    return await call;
  } catch (thrown) {
    onFault?.(toCallError(thrown));
    reportError(thrown);
    return undefined;
  }
}

/** First reads, all at once; each part of the screen fills as its answer arrives. */
export function loadAtStart() {
  const api = getApi();
  void loadSettings();
  void loadRuns().then(() => {
    // A window that was reopened during a run goes back to where the run is seen.
    const active = getState().runs.find((run) => run.state === 'running' || run.state === 'paused');
    if (active !== undefined && getState().shownRunId === null && getState().source === null) {
      getState().runShown(active.runId);
      void loadFreshCards(active.runId);
    }
  });
  void loadDecks();
  void asked(api.appInfo()).then((info) => info !== undefined && getState().appInfoLoaded(info));
}

export async function loadRuns() {
  getState().runsRequested();
  const runs = await asked(getApi().runs(), getState().runsFailed);
  if (runs !== undefined) getState().runsLoaded(runs);
}

export async function loadSettings() {
  getState().settingsRequested();
  const answer = await asked(getApi().settings(), getState().settingsFailed);
  if (answer !== undefined) getState().settingsLoaded(answer.settings, answer.apiKey, answer.anthropicKey);
}

async function loadDecks() {
  const decks = await asked(getApi().decks());
  if (decks !== undefined) getState().decksLoaded(decks);
}

export async function loadRowErrors(runId: string, limit = ROW_ERRORS_FIRST) {
  const errors = await asked(getApi().runErrors({ runId, limit }));
  if (errors !== undefined) getState().rowErrorsLoaded(runId, errors);
}

async function loadFreshCards(runId: string) {
  const page = await asked(getApi().cards({ deck: null, runId, search: null, offset: 0, limit: CARD_PAGE }));
  if (page !== undefined) getState().freshCardsLoaded(runId, page.cards);
}

async function takeSource(call: Promise<SourceRef | null>) {
  getState().sourceRequested();
  try {
    getState().sourceLoaded(await call);
  } catch (thrown) {
    getState().sourceFailed(toCallError(thrown));
  }
}

export const chooseList = () => takeSource(getApi().chooseList());
export const trySample = () => takeSource(getApi().previewSample());
export const pasteText = (text: string, as?: 'list' | 'notes') =>
  takeSource(getApi().previewText(as === undefined ? { text } : { text, as }));
export const readSource = (path: string) => takeSource(getApi().previewFile({ path }));

/** Starts a run over the list that is loaded, one however often it is asked; where the form would not let it, says why. */
export async function generate() {
  const state = getState();
  const { source } = state;
  const chosen = runSettingsOf(state);
  if (source === null || state.runStarting) return;
  const active = selectActiveRun(state);
  const problem =
    state.settings === null || chosen === null
      ? 'The settings have not been read yet.'
      : (optionProblem(chosen, modelNames(state.settings, chosen.generator)) ??
        (active === undefined ? null : runInTheWay(active)));
  if (problem !== null || chosen === null) {
    if (problem !== null) state.toastAdded({ tone: 'bad', text: problem, hint: null });
    return;
  }
  state.runRequested();
  const started = await asked(getApi().startRun({ sourceId: source.sourceId, settings: chosen }));
  if (started !== undefined) getState().runShown(started.runId);
  getState().runSettled();
}

export const pauseRun = (runId: string) => asked(getApi().pauseRun({ runId }));
export const resumeRun = (runId: string) => asked(getApi().resumeRun({ runId }));
export const cancelRun = (runId: string) => asked(getApi().cancelRun({ runId }));
export const retryFailed = (runId: string) => asked(getApi().retryFailed({ runId }));

/** Shows a run in Generate, with its cards so far. */
export function showRun(runId: string) {
  getState().runShown(runId);
  getState().navigated({ view: 'generate' });
  void loadFreshCards(runId);
}

/** The feed's word that a run came to rest. */
export function afterRun(run: RunProgress) {
  void loadDecks();
  const { route, shownRunId, toastAdded } = getState();
  // Whoever looks at the run sees its end there.
  if (run.state !== 'done' || (route.view === 'generate' && shownRunId === run.runId)) return;
  toastAdded({
    tone: run.failed > 0 ? 'info' : 'good',
    text: `Done: ${runOutcome(run)}.`,
    hint: run.sourceName,
  });
}

/** Saves settings; the fault is the caller's to show beside its fields. */
export async function saveSettings(settings: Settings): Promise<CallError | null> {
  try {
    const before = getState().settings?.server.baseUrl;
    const saved = await getApi().saveSettings(settings);
    getState().settingsSaved(saved);
    // A key belongs to its server: with another one there may be none.
    if (saved.server.baseUrl !== before) void loadSettings();
    return null;
  } catch (thrown) {
    return toCallError(thrown);
  }
}

/** The key of a model server, or of Anthropic's; `null` removes it. */
export async function setApiKey(
  key: string | null,
  owner: 'openai' | 'anthropic',
): Promise<CallError | null> {
  try {
    getState().apiKeyChanged(await getApi().setApiKey({ key, for: owner }), owner);
    return null;
  } catch (thrown) {
    return toCallError(thrown);
  }
}

/** What the receiver does, and whether it wants a token. */
export const loadReceiverStatus = () => asked(getApi().receiverStatus());
/** `null` removes it. */
export const setReceiverToken = (token: string | null) => asked(getApi().setReceiverToken({ token }));

/** Every instrument's totals. */
export const loadMetrics = () => asked(getApi().metrics());

/** What the cache holds and did. */
export const loadCacheReport = () => asked(getApi().cacheReport());
/** How telemetry and its exporters fare. */
export const loadTelemetryStatus = () => asked(getApi().telemetryStatus());

/** Forgets every answer; resolves to what is left. */
export const clearCache = () => asked(getApi().clearCache());

export async function testConnection(generator: GeneratorId): Promise<ConnectionTest | CallError> {
  try {
    return await getApi().testConnection({ generator });
  } catch (thrown) {
    return toCallError(thrown);
  }
}

export const openWindow = () => asked(getApi().openWindow());
