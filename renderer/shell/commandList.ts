/** What the palette offers right now. */
import type { ExportFormat } from '../../shared/traceQuery.ts';
import { linkOf } from '../derive/link.ts';
import { isActive } from '../derive/runProgress.ts';
import * as commands from '../store/commands.ts';
import type { AppState } from '../store/index.ts';
import { copyLink } from '../store/links.ts';
import { undoChange } from '../store/deckCommands.ts';
import { CARDS_DIALOGS, INSIGHT_TABS, SETTINGS_SECTIONS, TRACE_VIEWS, TRACES_MODES } from '../store/route.ts';
import type { CardsDialog, Route } from '../store/route.ts';
import { copyForLlm, EXPORT_LABELS, exportTraces, pinTraces } from '../store/traceCommands.ts';
import type { IconName } from '../ui/Icon.tsx';
import { MODE_NAMES, placeName, PLACES, SECTION_NAMES, TAB_NAMES, TRACE_VIEW_NAMES } from './places.ts';

export type Command = {
  /** Different for each: titles may repeat. */
  readonly id: string;
  readonly title: string;
  /** Where it belongs; searched as well. */
  readonly group: string;
  readonly icon: IconName;
  readonly keys?: string;
  readonly run: () => unknown;
};
type Entry = Omit<Command, 'id' | 'group'> & { readonly id?: string };

const DIALOG_COMMANDS: Readonly<Record<CardsDialog, Pick<Entry, 'title' | 'icon'>>> = {
  add: { title: 'Write a card…', icon: 'plus' },
  import: { title: 'Import a deck…', icon: 'import' },
  export: { title: 'Export cards…', icon: 'export' },
  push: { title: 'Push to Anki…', icon: 'link' },
};
const MAX_RECENT_PLACES = 8;
const THEMES = { system: 'as the system', light: 'light', dark: 'dark', contrast: 'high contrast' } as const;

/** In the order in which they are likely to be wanted: this run, this trace, places, everything else. */
export function commandList(state: AppState): readonly Command[] {
  return [
    ...grouped('Run', runCommands(state)),
    ...grouped('This trace', traceCommands(state)),
    ...grouped('Go to', goToCommands(state)),
    ...grouped('Recent', recentPlaces(state)),
    ...grouped('Do', otherCommands(state)),
    ...grouped('Saved query', savedQueries(state)),
  ];
}

function grouped(group: string, entries: readonly Entry[]): readonly Command[] {
  return entries.map((entry) => ({ ...entry, group, id: `${group} ${entry.id ?? entry.title}` }));
}

function runCommands(state: AppState): readonly Entry[] {
  const active = state.runs.find((run) => isActive(run.state));
  const entries: Entry[] = [];
  if (active !== undefined) {
    const { runId } = active;
    entries.push(
      active.state === 'running'
        ? { title: 'Pause the run', icon: 'pause', keys: 'mod+P', run: () => commands.pauseRun(runId) }
        : { title: 'Resume the run', icon: 'play', keys: 'mod+P', run: () => commands.resumeRun(runId) },
      { title: 'Show the run', icon: 'generate', run: () => commands.showRun(runId) },
      { title: 'Cancel the run', icon: 'stop', run: () => commands.cancelRun(runId) },
    );
  }
  if (state.source !== null && state.shownRunId === null) {
    entries.push({
      title: `Generate cards from ${state.source.preview.sourceName}`,
      icon: 'generate',
      keys: 'mod+Enter',
      run: commands.generate,
    });
  }
  return entries;
}

function traceCommands({ route, foundTraces, navigated }: AppState): readonly Entry[] {
  if (route.view !== 'traces' || route.traceId === undefined) return [];
  const { traceId, beside = [] } = route;
  const traceIds = [traceId, ...beside];
  const isPinned = foundTraces.some((trace) => trace.traceId === traceId && trace.pinned);
  const entries: Entry[] = [
    { title: 'Copy a link to this place', icon: 'link', run: copyLink },
    ...TRACE_VIEWS.filter((show) => beside.length === 0 && show !== (route.show ?? 'waterfall')).map(
      (show): Entry => ({
        title: `Show as ${TRACE_VIEW_NAMES[show]}`,
        icon: 'traces',
        run: () => navigated({ ...route, show }),
      }),
    ),
    {
      title: isPinned ? 'Unpin' : 'Pin: keep it whatever the limits',
      icon: 'pin',
      keys: 'p',
      run: () => pinTraces(traceIds, !isPinned),
    },
    {
      title: 'Compare with another',
      icon: 'chart',
      run: () => navigated({ view: 'traces', mode: 'compare', a: { traceIds } }),
    },
    { title: 'Its logs', icon: 'logs', run: () => navigated({ view: 'logs', traceId }) },
    { title: 'Copy as text for an LLM', icon: 'copy', run: () => copyForLlm(traceId) },
  ];
  for (const [format, label] of Object.entries(EXPORT_LABELS) as [ExportFormat, string][]) {
    entries.push({
      title: `Export as ${label}…`,
      icon: 'export',
      run: () => exportTraces({ traceIds }, format),
    });
  }
  return entries;
}

function goToCommands({ navigated }: AppState): readonly Entry[] {
  const entries: Entry[] = [];
  for (const [index, { route, label, icon }] of PLACES.entries()) {
    entries.push({ title: label, icon, keys: `mod+${index + 1}`, run: () => navigated(route) });
    const inside: (readonly [string, Route])[] =
      route.view === 'traces'
        ? TRACES_MODES.filter((mode) => mode !== 'list').map((mode) => [
            MODE_NAMES[mode],
            { view: 'traces', mode },
          ])
        : route.view === 'insight'
          ? INSIGHT_TABS.map((tab) => [TAB_NAMES[tab], { view: 'insight', tab }])
          : route.view === 'cards'
            ? [['Review', { view: 'cards', mode: 'review' }]]
            : route.view === 'study'
              ? [['Statistics', { view: 'study', tab: 'statistics' }]]
              : route.view === 'generate'
                ? [['Prompts', { view: 'generate', page: 'prompts' }]]
                : route.view === 'settings'
                  ? SETTINGS_SECTIONS.map((section) => [
                      SECTION_NAMES[section],
                      { view: 'settings', section },
                    ])
                  : [];
    for (const [name, to] of inside) {
      entries.push({ title: `${label}: ${name}`, icon, run: () => navigated(to) });
    }
  }
  return entries;
}

/** Where one was lately and more exactly than the rail can say, the latest first. */
function recentPlaces({ past, route, foundTraces, runs, navigated }: AppState): readonly Entry[] {
  const traceName = (traceId: string) =>
    runs.find((run) => run.traceId === traceId)?.sourceName ??
    foundTraces.find((trace) => trace.traceId === traceId)?.name;
  const seen = new Set([linkOf(route), ...PLACES.map((place) => linkOf(place.route))]);
  const entries: Entry[] = [];
  for (const place of past.toReversed()) {
    const link = linkOf(place);
    if (seen.has(link) || entries.length === MAX_RECENT_PLACES) continue;
    seen.add(link);
    const icon = PLACES.find(({ route: { view } }) => view === place.view)?.icon ?? 'back';
    entries.push({ id: link, title: placeName(place, traceName), icon, run: () => navigated(place) });
  }
  return entries;
}

function otherCommands(state: AppState): readonly Entry[] {
  const { settings } = state;
  const newList = (load: () => unknown) => () => {
    state.runShown(null);
    state.navigated({ view: 'generate' });
    void load();
  };
  const isOpenTrace = state.route.view === 'traces' && state.route.traceId !== undefined;
  const entries: Entry[] = [
    { title: 'Choose a list or notes…', icon: 'file', keys: 'mod+O', run: newList(commands.chooseList) },
    { title: 'Try the sample list', icon: 'file', run: newList(commands.trySample) },
    {
      title: 'Study what is due',
      icon: 'study',
      run: () => state.navigated({ view: 'study', mode: 'due' }),
    },
    { title: 'Undo the deck’s newest change', icon: 'undo', run: undoChange },
    ...CARDS_DIALOGS.map((open): Entry => ({
      ...DIALOG_COMMANDS[open],
      run: () => state.navigated({ view: 'cards', open }),
    })),
  ];
  // An open trace has it first.
  if (!isOpenTrace) entries.push({ title: 'Copy a link to this place', icon: 'link', run: copyLink });
  if (state.past.length > 0)
    entries.push({ title: 'Back', icon: 'back', keys: 'Alt+←', run: state.wentBack });
  if (settings !== null) {
    for (const theme of Object.keys(THEMES) as (keyof typeof THEMES)[]) {
      if (theme === settings.theme) continue;
      entries.push({
        title: `Theme: ${THEMES[theme]}`,
        icon: 'settings',
        run: () => commands.saveSettings({ ...settings, theme }),
      });
    }
  }
  entries.push(
    { title: 'Open another window', icon: 'window', run: commands.openWindow },
    { title: 'Keyboard help', icon: 'help', keys: '?', run: () => state.overlayChanged('help') },
  );
  return entries;
}

function savedQueries({ savedQueries: saved, recentQueries, navigated }: AppState): readonly Entry[] {
  const named = saved.map(({ name, signal, query }): Entry => {
    const route: Route = signal === 'logs' ? { view: 'logs', query } : { view: 'traces', query };
    return {
      id: `${signal} ${name}`,
      title: `${name}: ${query}`,
      icon: 'search',
      run: () => navigated(route),
    };
  });
  const known = new Set(saved.map(({ query }) => query));
  const recent = recentQueries
    .filter((query) => !known.has(query))
    .map((query): Entry => ({
      id: `recent ${query}`,
      title: query,
      icon: 'search',
      run: () => navigated({ view: 'traces', query }),
    }));
  return [...named, ...recent];
}

/**
 * Commands that contain every word of the question, in their title or their group: those first whose title begins
 * with it, then those with a word that does, then the others, each in their own order.
 */
export function matchCommands(all: readonly Command[], question: string): readonly Command[] {
  const asked = question.trim().toLowerCase();
  if (asked === '') return all;
  const words = asked.split(/\s+/);
  const rank = ({ title }: Command) => {
    const text = title.toLowerCase();
    if (text.startsWith(asked)) return 0;
    return ` ${text}`.includes(` ${asked}`) ? 1 : 2;
  };
  return all
    .filter(({ title, group }) => words.every((word) => `${title} ${group}`.toLowerCase().includes(word)))
    .toSorted((a, b) => rank(a) - rank(b));
}
