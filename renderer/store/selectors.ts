/** Every read of the store by a component goes through one of these. */
import type { Card } from '../../shared/card.ts';
import type { JobProgress } from '../../shared/job.ts';
import type { LeftRow, RunProgress, RunSettings } from '../../shared/run.ts';
import type { Settings } from '../../shared/settings.ts';
import { isActive } from '../derive/runProgress.ts';
import type { RunSample } from '../derive/samples.ts';
import type { AppState } from './index.ts';

export const selectRoute = (state: AppState) => state.route;
export const selectVisit = (state: AppState) => state.visit;
export const selectOverlay = (state: AppState) => state.overlay;
export const selectToasts = (state: AppState) => state.toasts;

export const selectSource = (state: AppState) => state.source;
export const selectSourceBusy = (state: AppState) => state.sourceBusy;
export const selectSourceError = (state: AppState) => state.sourceError;
export const selectOptions = (state: AppState) => state.options;

export const selectDeckTree = (state: AppState) => state.deckTree;
export const selectTags = (state: AppState) => state.tags;
export const selectDeckVersion = (state: AppState) => state.deckVersion;
/** Long work besides runs that goes on right now. */
export const selectActiveJob = (state: AppState): JobProgress | undefined =>
  state.jobs.find((job) => job.state === 'running' && job.kind !== 'look');

export const selectRuns = (state: AppState) => state.runs;
export const selectRunsLoading = (state: AppState) => state.runsLoading;
export const selectRunStarting = (state: AppState) => state.runStarting;
export const selectRunsFault = (state: AppState) => state.runsFault;
/** The run in the pipeline's hands right now, if any. */
export const selectActiveRun = (state: AppState): RunProgress | undefined =>
  state.runs.find((run) => isActive(run.state));
/** Of several of them (another program works on the same deck) the one that is shown. */
export const selectRunAtWork = (state: AppState): RunProgress | undefined => {
  const shown = selectShownRun(state);
  return shown !== undefined && isActive(shown.state) ? shown : selectActiveRun(state);
};
export const selectShownRun = (state: AppState): RunProgress | undefined =>
  state.shownRunId === null ? undefined : state.runs.find((run) => run.runId === state.shownRunId);
export const selectRunByTrace = (traceId: string) => (state: AppState) =>
  state.runs.find((run) => run.traceId === traceId);
export const selectSamples = (runId: string) => (state: AppState) => state.samples[runId] ?? NO_SAMPLES;
export const selectRowErrors = (runId: string) => (state: AppState) => state.rowErrors[runId] ?? NO_ERRORS;
export const selectFreshCards = (runId: string) => (state: AppState) => state.freshCards[runId] ?? NO_CARDS;

export const selectSpansVersion = (state: AppState) => state.spansVersion;
export const selectSpansEvicted = (state: AppState) => state.spansEvicted;
export const selectLiveTraces = (state: AppState) => state.liveTraces;

export const selectFoundTraces = (state: AppState) => state.foundTraces;
export const selectSearching = (state: AppState) => state.searching;
export const selectSearchFault = (state: AppState) => state.searchFault;
export const selectSearchFigures = (state: AppState) => state.searchFigures;
export const selectTraceOrder = (state: AppState) => state.traceOrder;
export const selectTraceGroup = (state: AppState) => state.traceGroup;
export const selectTraceLimit = (state: AppState) => state.traceLimit;
export const selectHeldTraces = (state: AppState) => state.heldTraces;
export const selectCheckedTraces = (state: AppState) => state.checkedTraces;
export const selectTracePushes = (state: AppState) => state.tracePushes;
export const selectSavedQueries = (state: AppState) => state.savedQueries;
export const selectRecentQueries = (state: AppState) => state.recentQueries;
export const selectNoiseShown = (state: AppState) => state.noiseShown;
export const selectNoiseTest = (state: AppState) => state.noiseTest;
export const selectRuleDraft = (state: AppState) => state.ruleDraft;
export const selectIsImporting = (state: AppState) => state.isImporting;
export const selectImportReports = (state: AppState) => state.importReports;
export const selectRangePreset = (state: AppState) => state.rangePreset;

export const selectDecks = (state: AppState) => state.decks;

export const selectSettings = (state: AppState) => state.settings;
export const selectSettingsFault = (state: AppState) => state.settingsFault;
export const selectSettingsDraft = (state: AppState) => state.settingsDraft;
/** Whether the Settings view holds changes that were not saved. */
export const selectSettingsUnsaved = ({ settings, settingsDraft }: AppState): boolean =>
  settingsDraft !== null && settings !== null && !sameSettings(settingsDraft, settings);
export const selectApiKey = (state: AppState) => state.apiKey;
export const selectAnthropicKey = (state: AppState) => state.anthropicKey;
export const selectAppInfo = (state: AppState) => state.appInfo;

/** The next run's settings: what the user changed over what the settings say; `null` until those are read. */
export function runSettingsOf({
  settings,
  options,
}: Pick<AppState, 'settings' | 'options'>): RunSettings | null {
  if (settings === null) return null;
  return {
    deck: options.deck ?? settings.deck,
    generator: options.generator ?? settings.generator,
    termLanguage: options.termLanguage ?? settings.termLanguage,
    meaningLanguage: options.meaningLanguage ?? settings.meaningLanguage,
    concurrency: options.concurrency ?? settings.concurrency,
    limit: options.limit ?? null,
    review: options.review ?? settings.review,
    known: options.known ?? 'skip',
    ...(options.cardTypes === undefined ? {} : { cardTypes: options.cardTypes }),
    ...(options.prompts === undefined ? {} : { prompts: options.prompts }),
    ...(options.budget === undefined ? {} : { budget: options.budget }),
  };
}

function sameSettings(a: Settings, b: Settings): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

// One object each: a fresh one a call would make every read look like a change.
const NO_SAMPLES: readonly RunSample[] = [];
const NO_ERRORS: readonly LeftRow[] = [];
const NO_CARDS: readonly Card[] = [];
